/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_cli_night.c - what people do with the command line in one night, against a real
 * province: waiting for a human, trying the alarm, comparing digits, locking, files. */
/* link: PkgConfig::JANSSON */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proto/cleanup.h"
#include "tb_cmocka.h"
#include "world.h"

static struct world w;

static int open_province(void **state)
{
    (void)state;
    (void)setenv("PULSE_SERVER", "unix:/nonexistent", 1);
    (void)setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent", 1);
    world_open(&w);
    return 0;
}

static int close_province(void **state)
{
    (void)state;
    world_close(&w);
    return 0;
}

static const char *text_of(const json_t *j, const char *key)
{
    const char *text = json_string_value(json_object_get(j, key));
    return text ? text : "";
}

/* Starts `trucban --home .. --json ARGS` in the background, its output in a file. */
static struct proc in_background(const char *name, char *const more[], char *ret_file, size_t size)
{
    char cli[2 * WORLD_PATH];
    char *argv[PROC_ARGS_MAX] = { cli, (char[]){ "--home" }, world_person(&w, name)->home,
                                  (char[]){ "--json" } };
    size_t n = 4;

    (void)snprintf(cli, sizeof cli, "%s/trucban", w.bin);
    (void)snprintf(ret_file, size, "%s/%s.out", w.dir, name);
    for (; *more; more++)
        argv[n++] = *more;
    (void)unlink(ret_file);
    return proc_start(argv, ret_file, NULL, 0, 0);
}

static char *content(const char *file)
{
    TB_CLEANUP(tb_closep) int fd = open(file, O_RDONLY | O_CLOEXEC);
    static char text[65536];
    ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof text - 1);

    text[n > 0 ? n : 0] = '\0';
    return text;
}

static void wait_for_text(const char *file, const char *text)
{
    for (long long end = now_ms() + 15000; !strstr(content(file), text); pause_ms(20))
        if (now_ms() > end)
            fail_msg("'%s' does not come: %s", text, content(file));
}

static void a_report_that_waits_returns_with_the_verified_human_who_took_it(void **state)
{
    char file[2 * WORLD_PATH], id[PAGE_ID] = "";
    char *argv[] = { (char[]){ "report" },
                     (char[]){ "--kind" },
                     (char[]){ "att-06" },
                     (char[]){ "--class" },
                     (char[]){ "1" },
                     (char[]){ "--title" },
                     (char[]){ "Chờ người" },
                     (char[]){ "--wait" },
                     (char[]){ "30" },
                     (char[]){ "--no-state-secrets" },
                     NULL };
    (void)state;

    struct proc report = in_background("so-y-te", argv, file, sizeof file);
    for (long long end = now_ms() + 15000; !*id && now_ms() < end; pause_ms(40)) {
        struct run r = world_run(&w, "so-y-te", "pages", "--open", "--max", "1", NULL);
        json_t *page = json_loads(r.out, 0, NULL); /* NULL: there is none yet */
        (void)snprintf(id, sizeof id, "%s", text_of(page, "id"));
        json_decref(page);
        run_done(&r);
    }
    world_wait_state(&w, "an", id, "ringing", 5000);
    world_expect_code(&w, 0, "an", "accept", "--eta", "15", NULL); /* the only one that waits */
    wait_for_text(file, "\"result\"");
    json_t *said = json_loads(content(file), 0, NULL);
    assert_string_equal(text_of(said, "page"), id);
    assert_string_equal(text_of(said, "result"), "accepted");
    assert_string_equal(text_of(said, "owner"), "an");
    assert_int_equal(json_integer_value(json_object_get(said, "eta_min")), 15);
    assert_true(json_integer_value(json_object_get(said, "owner_level")) >= 2);
    json_decref(said);
    for (long long end = now_ms() + 5000; proc_alive(&report) && now_ms() < end; pause_ms(20))
        if (waitpid(report.pid, NULL, WNOHANG) == report.pid)
            break;
    world_expect_code(&w, 0, "an", "resolve", id, NULL);
}

static void waiting_has_an_end(void **state)
{
    (void)state;
    struct run r = world_run(&w, "so-y-te", "page", "--class", "2", "--title", "Không ai",
                             "--drill", "--wait", "1", NULL);
    json_t *said = json_loads(r.out, 0, NULL);

    assert_int_equal(r.code, 5);
    assert_string_equal(text_of(said, "result"), "timeout");
    assert_true(json_is_true(json_object_get(said, "drill")));
    world_expect_code(&w, 0, "so-y-te", "resolve", text_of(said, "page"), NULL);
    json_decref(said);
    run_done(&r);
}

static void a_test_page_comes_back_and_rings(void **state)
{
    (void)state;
    json_t *said = world_do(&w, "an", "test-page", NULL);

    assert_string_equal(text_of(said, "result"), "rang");
    assert_string_equal(text_of(said, "bell"), "none");
    json_t *status = world_do(&w, "an", "status", NULL);
    json_t *ringing = json_object_get(status, "ringing");
    assert_true(json_array_size(ringing) >= 1);
    assert_true(json_integer_value(json_object_get(status, "rings")) >= 1);
    world_expect_code(&w, 0, "an", "resolve", text_of(said, "id"), NULL);
    json_decref(status);
    json_decref(said);
    status = world_do(&w, "an", "status", NULL);
    assert_int_equal(json_array_size(json_object_get(status, "ringing")), 0);
    json_decref(status);
}

static void digits_read_aloud_verify_a_person_and_others_do_not(void **state)
{
    (void)state;
    json_t *me = world_do(&w, "binh", "whoami", NULL);
    char group[6] = "";

    memcpy(group, text_of(me, "fingerprint") + 6 * 4, 5); /* the fifth */
    json_decref(me);
    world_expect_code(&w, 0, "an", "verify", "binh", "--group", "5", "--digits", group, NULL);
    json_t *contact = world_do(&w, "an", "contacts", "binh", NULL);
    assert_true(json_is_true(json_object_get(contact, "compared")));
    json_decref(contact);
    group[0] = group[0] == '9' ? '0' : '9';
    world_expect_code(&w, 1, "an", "verify", "binh", "--group", "5", "--digits", group, NULL);
    contact = world_do(&w, "an", "contacts", "binh", NULL);
    assert_false(json_is_true(json_object_get(contact, "compared")));
    json_decref(contact);
    world_expect_code(&w, 2, "an", "verify", "binh", NULL); /* no terminal to ask */
    world_expect_code(&w, 1, "an", "verify", "nobody", "--group", "1", "--digits", "12345", NULL);
}

static void a_locked_profile_tells_nothing_until_it_is_unlocked(void **state)
{
    char wrong[2 * WORLD_PATH];
    (void)state;

    (void)snprintf(wrong, sizeof wrong, "%s/wrong", w.dir);
    FILE *f = fopen(wrong, "w");
    assert_non_null(f);
    assert_true(fputs("sai\n", f) >= 0);
    assert_int_equal(fclose(f), 0);

    world_expect_code(&w, 0, "dung", "lock", NULL);
    json_t *status = world_do(&w, "dung", "status", NULL);
    assert_string_equal(text_of(status, "stage"), "locked");
    json_decref(status);
    world_expect_code(&w, 1, "dung", "whoami", NULL);
    world_expect_code(&w, 1, "dung", "pages", NULL);
    world_expect_code(&w, 1, "dung", "unlock", "--passphrase-file", wrong, NULL);
    world_expect_code(&w, 1, "dung", "unlock", NULL); /* no terminal, no file */
    world_expect_code(&w, 0, "dung", "unlock", "--passphrase-file", w.pass, NULL);
    world_wait_online(&w, "dung");
    status = world_do(&w, "dung", "status", NULL);
    assert_string_equal(text_of(status, "unlocked_by"), "passphrase");
    json_decref(status);
}

static void an_attached_file_arrives_whole_and_overwrites_nothing(void **state)
{
    char in[2 * WORLD_PATH], dir[2 * WORLD_PATH], out[3 * WORLD_PATH], big[2 * WORLD_PATH];
    (void)state;

    (void)snprintf(in, sizeof in, "%s/nhat-ky.log", w.dir);
    (void)snprintf(big, sizeof big, "%s/lon.log", w.dir);
    (void)snprintf(dir, sizeof dir, "%s/saved", w.dir);
    (void)snprintf(out, sizeof out, "%s/nhat-ky.log", dir);
    assert_int_equal(mkdir(dir, 0700), 0);
    FILE *f = fopen(in, "wb"), *g = fopen(big, "wb");
    assert_true(f && g);
    for (int i = 0; i < 20000; i++)
        assert_int_equal(fputc(i * 7 % 251, f), i * 7 % 251);
    for (int i = 0; i < 24577; i++)
        assert_int_equal(fputc('x', g), 'x');
    assert_int_equal(fclose(f) | fclose(g), 0);

    world_expect_code(&w, 1, "so-y-te", "report", "--kind", "SYS-01", "--class", "2", "--title",
                      "x", "--no-state-secrets", "--attach", big, NULL);
    json_t *said = world_do(&w, "so-y-te", "report", "--kind", "SYS-01", "--class", "2", "--title",
                            "Tệp", "--no-state-secrets", "--attach", in, NULL);
    world_wait_state(&w, "an", text_of(said, "page"), "ringing", 5000);
    world_expect_code(&w, 0, "an", "show", text_of(said, "page"), "--save", dir, NULL);
    world_expect_code(&w, 1, "an", "show", text_of(said, "page"), "--save", dir, NULL);
    char command[8 * WORLD_PATH];
    (void)snprintf(command, sizeof command, "cmp -s '%s' '%s'", in, out);
    assert_int_equal(system(command), 0);
    world_expect_code(&w, 0, "an", "accept", text_of(said, "page"), NULL);
    world_expect_code(&w, 0, "an", "resolve", text_of(said, "page"), NULL);
    json_decref(said);
}

static void a_draft_outlives_its_agent_and_ends_with_the_report(void **state)
{
    char in[2 * WORLD_PATH];
    (void)state;

    (void)snprintf(in, sizeof in, "%s/ghi-chep.txt", w.dir);
    FILE *f = fopen(in, "wb");
    assert_true(f && fputs("mot hai ba\n", f) >= 0 && fclose(f) == 0);
    world_expect_code(&w, 1, "so-y-te", "draft", NULL); /* none yet */
    world_expect_code(&w, 0, "so-y-te", "report", "--save-draft", "--kind", "SYS-01", "--title",
                      "Viết dở", "--system-level", "3", "--attach", in, NULL);
    world_stop_agent(&w, "so-y-te");
    world_start_agent(&w, "so-y-te");
    world_wait_online(&w, "so-y-te");
    json_t *draft = world_do(&w, "so-y-te", "draft", "show", NULL);
    assert_string_equal(text_of(draft, "title"), "Viết dở");
    assert_int_equal(json_integer_value(json_object_get(draft, "system_level")), 3);
    assert_int_equal(json_array_size(json_object_get(draft, "files")), 1);
    json_decref(draft);

    world_expect_code(&w, 2, "so-y-te", "report", "--draft", "--no-state-secrets", NULL);
    json_t *said =
        world_do(&w, "so-y-te", "report", "--draft", "--class", "2", "--no-state-secrets", NULL);
    json_t *page = world_page(&w, "so-y-te", text_of(said, "page"));
    assert_string_equal(text_of(page, "title"), "Viết dở");
    assert_string_equal(text_of(page, "kind"), "SYS-01");
    assert_int_equal(json_array_size(json_object_get(page, "files")), 1);
    world_expect_code(&w, 1, "so-y-te", "draft", NULL);
    world_expect_code(&w, 0, "so-y-te", "draft", "clear", NULL); /* nothing there is fine */
    world_expect_code(&w, 2, "so-y-te", "draft", "eat", NULL);
    world_expect_code(&w, 0, "so-y-te", "resolve", text_of(said, "page"), NULL);
    json_decref(page);
    json_decref(said);
}

static void watching_tells_each_step_once(void **state)
{
    char file[2 * WORLD_PATH], id[PAGE_ID];
    char *argv[] = { (char[]){ "watch" }, (char[]){ "--for" }, (char[]){ "30" }, NULL };
    (void)state;

    struct proc watch = in_background("so-y-te", argv, file, sizeof file);
    wait_for_text(file, "\"event\":\"status\"");
    world_report(&w, "so-y-te", 2, id);
    world_wait_state(&w, "an", id, "ringing", 5000);
    world_expect_code(&w, 0, "an", "accept", id, NULL);
    wait_for_text(file, "\"event\":\"accept\"");
    world_expect_code(&w, 0, "an", "resolve", id, NULL);
    wait_for_text(file, "\"event\":\"resolve\"");
    proc_kill(&watch);

    int releases = 0, accepts = 0;
    assert_int_equal(content(file)[0], '{');
    for (const char *p = content(file); (p = strstr(p, "\"kind\":\"release\"")); p++)
        releases++;
    for (const char *p = content(file); (p = strstr(p, "\"event\":\"accept\"")); p++)
        accepts++;
    assert_true(releases >= 1);
    assert_int_equal(accepts, 1);
}

static void with_the_relay_down_the_numbers_are_printed_and_the_status_is_3(void **state)
{
    (void)state;
    proc_stop(&w.relay);
    struct run r = world_run(&w, "so-y-te", "report", "--kind", "ATT-06", "--class", "1", "--title",
                             "Mất mạng", "--no-state-secrets", NULL);
    assert_int_equal(r.code, 3);
    assert_non_null(strstr(r.err, "0000 000 000"));
    json_t *said = json_loads(r.out, 0, NULL);
    assert_string_equal(text_of(said, "result"), "outbox");
    world_start_relay(&w);
    world_wait_state(&w, "an", text_of(said, "page"), "ringing", 30000);
    world_expect_code(&w, 0, "an", "accept", text_of(said, "page"), NULL);
    world_expect_code(&w, 0, "an", "resolve", text_of(said, "page"), NULL);
    json_decref(said);
    run_done(&r);
}

static void an_agent_stays_small(void **state)
{
    char line[200] = "";
    unsigned long kib = 0;
    (void)state;

    json_t *status = world_do(&w, "an", "status", "--full", NULL);
    kib = (unsigned long)json_integer_value(json_object_get(status, "resident_kib"));
    (void)snprintf(line, sizeof line, "agent: %lu KiB resident\n", kib);
    print_message("%s", line);
#ifndef __SANITIZE_ADDRESS__
    assert_true(kib > 0 && kib <= 20UL * 1024);
#endif
    json_decref(status);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_report_that_waits_returns_with_the_verified_human_who_took_it),
        cmocka_unit_test(waiting_has_an_end),
        cmocka_unit_test(a_test_page_comes_back_and_rings),
        cmocka_unit_test(digits_read_aloud_verify_a_person_and_others_do_not),
        cmocka_unit_test(a_locked_profile_tells_nothing_until_it_is_unlocked),
        cmocka_unit_test(an_attached_file_arrives_whole_and_overwrites_nothing),
        cmocka_unit_test(a_draft_outlives_its_agent_and_ends_with_the_report),
        cmocka_unit_test(watching_tells_each_step_once),
        cmocka_unit_test(with_the_relay_down_the_numbers_are_printed_and_the_status_is_3),
        cmocka_unit_test(an_agent_stays_small),
    };
    return cmocka_run_group_tests(tests, open_province, close_province);
}
