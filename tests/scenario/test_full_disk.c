/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_full_disk.c - relay and agent on file systems of a few megabytes, filled to the last byte (A73).
 *
 * The file systems are tmpfs in a mount namespace of the test's own; where there
 * is none to be had, the test is skipped. */
/* timeout: 240 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proto/cleanup.h"
#include "tb_cmocka.h"
#include "world_look.h"

enum { SKIPPED = 77, WAIT_MS = 20000 };

static struct world w;

static bool write_line(const char *path, const char *text)
{
    TB_CLEANUP(tb_closep) int fd = open(path, O_WRONLY | O_CLOEXEC);

    return fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
}

/* Mounts that nobody else sees; as root, or as whoever may be root in a namespace. */
static bool own_mounts(void)
{
    unsigned uid = geteuid(), gid = getegid();
    char map[64];

    if (uid != 0) {
        if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0)
            return false;
        (void)snprintf(map, sizeof map, "%u %u 1", uid, uid);
        if (!write_line("/proc/self/uid_map", map) || !write_line("/proc/self/setgroups", "deny"))
            return false;
        (void)snprintf(map, sizeof map, "%u %u 1", gid, gid);
        if (!write_line("/proc/self/gid_map", map))
            return false;
    } else if (unshare(CLONE_NEWNS) != 0) {
        return false;
    }
    return mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

static void copy(const char *from, const char *to)
{
    char inside[3 * WORLD_PATH], target[3 * WORLD_PATH];

    (void)snprintf(inside, sizeof inside, "%s/.", from);
    (void)snprintf(target, sizeof target, "%s", to);
    char *argv[] = { (char[]){ "/bin/cp" }, (char[]){ "-a" }, inside, target, NULL };
    struct run r = proc_run(argv, NULL, 60);
    assert_int_equal(r.code, 0);
    run_done(&r);
}

/* What is in the folder moves onto a file system of so many megabytes. */
static void make_small(const char *dir, const char *size)
{
    char was[3 * WORLD_PATH];

    (void)snprintf(was, sizeof was, "%s.was", dir);
    assert_int_equal(mkdir(was, 0700), 0);
    copy(dir, was);
    assert_int_equal(mount("tmpfs", dir, "tmpfs", MS_NOSUID | MS_NODEV, size), 0);
    copy(was, dir);
}

static void path_in(const char *dir, const char *name, char ret[static 3 * WORLD_PATH])
{
    assert_true(snprintf(ret, 3 * WORLD_PATH, "%s/%s", dir, name) < 3 * WORLD_PATH);
}

/* To the last byte. */
static void fill(const char *dir)
{
    static const char zeros[65536];
    char path[3 * WORLD_PATH];

    path_in(dir, "filler", path);
    TB_CLEANUP(tb_closep) int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    for (size_t n = sizeof zeros; n > 0; n /= 2)
        while (write(fd, zeros, n) > 0)
            ;
}

static void empty(const char *dir)
{
    char path[3 * WORLD_PATH];

    path_in(dir, "filler", path);
    assert_int_equal(unlink(path), 0);
}

static const char *relay_dir(void)
{
    static char dir[3 * WORLD_PATH];

    path_in(w.dir, "relay", dir);
    return dir;
}

static int open_province(void **state)
{
    (void)state;
    world_open(&w);
    proc_stop(&w.relay);
    make_small(relay_dir(), "mode=0700,size=80m");
    world_start_relay(&w);
    look_wait_online(&w, WAIT_MS);
    return 0;
}

static int close_province(void **state)
{
    (void)state;
    proc_stop(&w.relay);
    for (size_t i = 0; i < w.n; i++) {
        world_stop_agent(&w, w.person[i].name);
        (void)umount(w.person[i].home); /* those that are */
    }
    (void)umount(relay_dir());
    world_close(&w);
    return 0;
}

static bool log_says(const char *log, const char *text)
{
    char path[3 * WORLD_PATH];

    path_in(w.dir, log, path);
    return world_file_holds(path, text);
}

/* Cleanly stopped, so that nothing of what a start makes is there already. */
static void stop_relay(void)
{
    char note[3 * WORLD_PATH];

    proc_stop(&w.relay);
    path_in(relay_dir(), "relay.run", note);
    assert_int_equal(unlink(note), 0);
}

/* A73 */
static void a_relay_starts_on_a_full_disk_and_lets_answers_through(void **state)
{
    struct look_reported later;
    char id[PAGE_ID];

    (void)state;
    world_report(&w, "so-y-te", 2, id);
    world_wait_state(&w, "an", id, "ringing", WAIT_MS);
    stop_relay();
    fill(relay_dir());
    world_start_relay(&w);
    assert_true(log_says("relay.log", "disk-full at=start ballast=freed"));
    look_wait_online(&w, WAIT_MS);
    world_expect_code(&w, 0, "an", "accept", id, NULL);
    world_wait_state(&w, "so-y-te", id, "accepted", WAIT_MS);
    assert_int_equal(look_report(&w, NULL, 0, &later), 3); /* the rest is for answers */
    empty(relay_dir());
    (void)world_wait_event(&w, "so-y-te", later.id, "release", 1, WAIT_MS);
    world_expect_code(&w, 0, "chi", "resolve", later.id, NULL);
}

/* A73 */
static void a_relay_without_any_room_says_what_to_do(void **state)
{
    char ballast[3 * WORLD_PATH], ready[64], id[PAGE_ID];
    int fd = -1, status = 0;

    (void)state;
    world_report(&w, "so-y-te", 2, id);
    world_wait_state(&w, "an", id, "ringing", WAIT_MS);
    stop_relay();
    path_in(relay_dir(), "ballast", ballast);
    (void)unlink(ballast);
    fill(relay_dir());
    world_launch_relay(&w, &fd);
    assert_int_equal(read(fd, ready, sizeof ready), 0); /* it has ended */
    assert_int_equal(close(fd), 0);
    assert_true(log_says("relay.log", "64 MB"));
    assert_int_equal(waitpid(w.relay.pid, &status, 0), w.relay.pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
    empty(relay_dir());
    world_start_relay(&w);
    look_wait_online(&w, WAIT_MS);
    world_expect_code(&w, 0, "an", "accept", id, NULL);
    world_wait_state(&w, "so-y-te", id, "accepted", WAIT_MS);
}

static void onto_a_full_disk(const char *name)
{
    struct person *p = world_person(&w, name);

    world_stop_agent(&w, name);
    make_small(p->home, "mode=0700,size=8m");
    fill(p->home);
    world_start_agent(&w, name);
    for (long long end = now_ms() + WAIT_MS; !look_is_online(&w, name); pause_ms(100))
        assert_true(now_ms() < end);
}

static bool rings_from_memory(const char *name)
{
    struct run r = world_run(&w, name, "status", NULL);
    bool rings = strstr(r.out, "\"why\":\"unkept\"") != NULL;

    run_done(&r);
    return rings;
}

/* A73 */
static void an_agent_starts_on_a_full_disk_and_rings_from_memory(void **state)
{
    char id[PAGE_ID];

    (void)state;
    onto_a_full_disk("an");
    world_report(&w, "so-y-te", 2, id);
    for (long long end = now_ms() + WAIT_MS; !rings_from_memory("an"); pause_ms(100))
        assert_true(now_ms() < end);
    empty(world_person(&w, "an")->home);
    world_wait_state(&w, "an", id, "ringing", WAIT_MS);
    world_expect_code(&w, 0, "an", "accept", id, NULL);
    world_wait_state(&w, "so-y-te", id, "accepted", WAIT_MS);
}

/* A73 */
static void a_report_on_a_full_disk_is_refused_and_names_the_machine_that_is_full(void **state)
{
    const char *home = world_person(&w, "so-y-te")->home;
    char id[PAGE_ID];

    (void)state;
    onto_a_full_disk("so-y-te");
    struct run r = world_run(&w, "so-y-te", "report", "--kind", "ATT-06", "--class", "2", "--title",
                             "Không còn chỗ", "--no-state-secrets", NULL);
    if (r.code == 0 || !strstr(r.err, home))
        fail_msg("%d: %s%s", r.code, r.out, r.err);
    print_message("%s", r.err);
    run_done(&r);
    empty(home);
    world_report(&w, "so-y-te", 2, id);
    world_wait_state(&w, "an", id, "ringing", WAIT_MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_relay_starts_on_a_full_disk_and_lets_answers_through),
        cmocka_unit_test(a_relay_without_any_room_says_what_to_do),
        cmocka_unit_test(an_agent_starts_on_a_full_disk_and_rings_from_memory),
        cmocka_unit_test(a_report_on_a_full_disk_is_refused_and_names_the_machine_that_is_full),
    };

    if (!own_mounts()) {
        print_message("skipped: no mount namespace to be had\n");
        return SKIPPED;
    }
    return cmocka_run_group_tests(tests, open_province, close_province);
}
