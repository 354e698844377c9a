/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_agent_sandbox.c - inside the agent's own sandbox, what somebody would try who took it over, and what the
 * alarm needs.  a_process_without_the_sandbox_can_do_all_this sees that nothing is denied for lack of rights. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <linux/netlink.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/xattr.h>

#include <glib.h>

#include "attempts.h"
#include "client/agent/sandbox.h"
#include "confine/calls.h"

static char dir[] = "/tmp/trucban-cell-XXXXXX";
static char *home, *server, *diary, *start_file, *cookie;

static char *file_at(const char *name)
{
    char *path = g_build_filename(dir, name, NULL);
    g_autofree char *folder = g_path_get_dirname(path);

    assert_int_equal(g_mkdir_with_parents(folder, 0700), 0);
    assert_true(g_file_set_contents(path, "x", 1, NULL));
    return path;
}

static int set_up(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(dir));
    (void)setenv("HOME", dir, 1);
    (void)unsetenv("DISPLAY");
    (void)unsetenv("XDG_CONFIG_HOME");
    (void)unsetenv("XDG_RUNTIME_DIR");
    home = g_build_filename(dir, ".local/share/trucban", NULL);
    server = g_build_filename(home, "agent.sock", NULL);
    diary = file_at("Documents/diary");
    start_file = file_at(".bashrc");
    cookie = file_at(".config/pulse/cookie");
    return 0;
}

static int tear_down(void **state)
{
    g_autofree char *rm = g_strdup_printf("rm -rf %s", dir);

    (void)state;
    g_free(home), g_free(server), g_free(diary), g_free(start_file), g_free(cookie);
    return system(rm); /* NOLINT(cert-env33-c): a fixed word and a path of mkdtemp */
}

static struct sandbox_state entered;

static int inside(attempt_fn *attempt)
{
    const struct sandbox_options o = { .home = home, .socket = server };
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        (void)close(STDERR_FILENO); /* its log */
        entered = sandbox_enter(&o);
        _exit(entered.seccomp && entered.landlock > 0 ? attempt() : 255);
    }
    return outcome(pid);
}

/* --- files */

static int read_the_diary(void)
{
    return said(open(diary, O_RDONLY | O_CLOEXEC));
}

static int list_the_persons_folder(void)
{
    return said(open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

static int write_a_start_file(void)
{
    return said(open(start_file, O_WRONLY | O_APPEND | O_CLOEXEC));
}

static int write_the_sound_servers_settings(void)
{
    return said(open(cookie, O_WRONLY | O_CLOEXEC));
}

static int make_a_start_file(void)
{
    g_autofree char *path = g_strconcat(dir, "/.config/pulse/default.pa", NULL);
    int error = said(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));

    (void)unlink(path);
    return error;
}

static int give_the_diary_away(void)
{
    return said(chmod(diary, 0644));
}

static int mark_the_diary(void)
{
    return said(setxattr(diary, "user.mark", "x", 1, 0));
}

static int take_the_diary(void)
{
    g_autofree char *path = g_build_filename(home, "taken", NULL);
    int error = said(rename(diary, path));

    if (error == 0)
        error = said(rename(path, diary));
    return error;
}

static int read_terminals(void)
{
    return said(open("/dev/pts", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

static void the_persons_other_files_are_out_of_reach(void **state)
{
    (void)state;
    assert_int_equal(inside(read_the_diary), EACCES);
    assert_int_equal(inside(list_the_persons_folder), 0); /* of /tmp the names are seen: libpulse */
    assert_int_equal(inside(write_a_start_file), EACCES);
    assert_int_equal(inside(make_a_start_file), EACCES);
    assert_int_equal(inside(write_the_sound_servers_settings), EACCES);
    assert_int_equal(inside(give_the_diary_away), EPERM);
    assert_int_equal(inside(mark_the_diary), EPERM);
    assert_int_not_equal(inside(take_the_diary), 0);
    assert_int_equal(inside(read_terminals), EACCES);
}

static int make_a_socket_file(const char *path)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)g_strlcpy(at.sun_path, path, sizeof at.sun_path);
    return fd < 0 ? errno : said(bind(fd, (struct sockaddr *)&at, sizeof at));
}

/* What the agent and its libraries do; each step says its number if it fails. */
static int work(void)
{
    g_autofree char *book = g_build_filename(home, "book", NULL);
    g_autofree char *more = g_build_filename(home, "more", NULL);
    static const char *const readable[] = { "/etc/hosts", "/etc/passwd", "/proc/self/statm",
                                            "/usr/share/zoneinfo", "/dev/urandom" };

    if (!g_file_set_contents(book, "one", 3, NULL) || !g_file_set_contents(book, "two", 3, NULL))
        return 1;
    if (mkdir(more, 0700) != 0 || rmdir(more) != 0 || unlink(book) != 0)
        return 2;
    if (make_a_socket_file(server) != 0 || unlink(server) != 0)
        return 3;
    for (size_t i = 0; i < G_N_ELEMENTS(readable); i++)
        if (access(readable[i], F_OK) == 0 && open(readable[i], O_RDONLY | O_CLOEXEC) < 0)
            return 10 + (int)i;
    if (open(cookie, O_RDONLY | O_CLOEXEC) < 0)
        return 4;
    int shared = shm_open("/trucban-cell", O_RDWR | O_CREAT | O_EXCL, 0600);
    return shared >= 0 && shm_unlink("/trucban-cell") == 0 ? 0 : 5;
}

static void what_the_agent_and_the_alarm_need_stays(void **state)
{
    (void)state;
    assert_int_equal(inside(work), 0);
}

/* --- programs and processes */

static int become_traceable(void)
{
    return said(prctl(PR_SET_DUMPABLE, 1, 0, 0, 0));
}

static void *nothing(void *user)
{
    return user;
}

static int make_a_thread(void)
{
    pthread_t thread;
    int error = pthread_create(&thread, NULL, nothing, NULL);

    return error ? error : pthread_join(thread, NULL);
}

static int fork_itself(void)
{
    pid_t pid = fork();

    if (pid == 0)
        _exit(0);
    return said(pid);
}

static void no_program_is_started_and_no_process_touched(void **state)
{
    (void)state;
    assert_int_equal(inside(run_a_program), EPERM);
    assert_int_equal(inside(make_a_process), EPERM);
    assert_int_equal(inside(make_a_namespace), EPERM);
    assert_int_equal(inside(signal_the_parent), EPERM);
    assert_int_not_equal(inside(trace_the_parent), 0); /* with sanitizers: by Landlock alone */
    assert_int_equal(inside(read_the_parents_memory), EPERM);
    if (!CONFINE_SANITIZED) { /* the leak checker does both itself */
        assert_int_equal(inside(become_traceable), EPERM);
        assert_int_equal(inside(fork_itself), EPERM);
    }
    assert_int_equal(inside(make_a_thread), 0);
}

/* --- the network */

static int socket_packet(void)
{
    return said(socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
}

static int socket_vsock(void)
{
    return said(socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

static int socket_sctp(void)
{
    return said(socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_SCTP));
}

static int socket_audit(void)
{
    return said(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_AUDIT));
}

static int socket_udp(void)
{
    return said(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_UDP));
}

static int open_a_door(void)
{
    struct sockaddr_in at = { .sin_family = AF_INET };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP);

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int error = said(bind(fd, (struct sockaddr *)&at, sizeof at));
    bool cannot_tell = entered.landlock > 0 && entered.landlock < 4; /* an older kernel */
    return cannot_tell ? EACCES : error;
}

static int call_somebody(void)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(9) };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP);

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int error = said(connect(fd, (struct sockaddr *)&at, sizeof at));
    return error == ECONNREFUSED ? 0 : error; /* it went out */
}

static void it_calls_out_by_tcp_and_udp_and_lets_nobody_in(void **state)
{
    (void)state;
    assert_int_equal(inside(call_somebody), 0);
    assert_int_equal(inside(socket_udp), 0);
    assert_int_equal(inside(socket_unix), 0);
    assert_int_equal(inside(socket_netlink), 0); /* which addresses do we have? */
    assert_int_equal(inside(open_a_door), EACCES);
    assert_int_equal(inside(socket_raw), EPERM);
    assert_int_equal(inside(socket_sctp), EPERM);
    assert_int_equal(inside(socket_audit), EPERM);
    assert_int_equal(inside(socket_packet), EAFNOSUPPORT);
    assert_int_equal(inside(socket_vsock), EAFNOSUPPORT);
}

/* --- memory and the kernel's rarer doors */

static int load_a_library(void)
{
    void *library = dlopen("libanl.so.1", RTLD_NOW | RTLD_LOCAL);

    return library ? 0 : 254;
}

static void memory_that_was_written_is_not_run_but_libraries_are_loaded(void **state)
{
    (void)state;
    assert_int_equal(inside(map_code), EPERM);
    assert_int_equal(inside(make_code), EPERM);
    assert_int_equal(inside(load_a_library), 0);
}

static void the_rarer_doors_of_the_kernel_are_shut(void **state)
{
    static const long doors[] = {
        SYS_bpf,
        SYS_userfaultfd,
        SYS_perf_event_open,
        SYS_keyctl,
        SYS_add_key,
        SYS_request_key,
        SYS_mount,
        SYS_io_uring_setup,
        SYS_io_uring_enter,
        SYS_chroot,
        SYS_pivot_root,
        SYS_init_module,
        SYS_kexec_load,
        SYS_setns,
        SYS_setuid,
        SYS_capset,
        SYS_personality,
        SYS_mknod,
        SYS_pidfd_open,
        SYS_open_by_handle_at,
        SYS_name_to_handle_at,
        SYS_reboot,
        SYS_clock_settime,
        SYS_swapon,
        SYS_syslog,
        SYS_quotactl,
        SYS_vmsplice,
        SYS_execveat,
        SYS_fanotify_init,
        SYS_process_vm_writev,
        SYS_pidfd_getfd,
        SYS_kcmp,
        SYS_acct,
    };

    (void)state;
    for (size_t i = 0; i < sizeof doors / sizeof doors[0]; i++) {
        rare = doors[i];
        int error = inside(call_something_rare);
        if (error != EPERM)
            fail_msg("system call %ld: errno %d, expected EPERM", rare, error);
    }
}

/* --- the tests themselves, and other kernels */

static void a_process_without_the_sandbox_can_do_all_this(void **state)
{
    (void)state;
    assert_int_equal(without(read_the_diary), 0);
    assert_int_equal(without(write_a_start_file), 0);
    assert_int_equal(without(make_a_start_file), 0);
    assert_int_equal(without(write_the_sound_servers_settings), 0);
    assert_int_equal(without(give_the_diary_away), 0);
    assert_int_equal(g_mkdir_with_parents(home, 0700), 0);
    assert_int_equal(without(take_the_diary), 0);
    assert_int_equal(without(run_a_program), 0);
    assert_int_equal(without(make_a_process), 0);
    assert_int_equal(without(signal_the_parent), 0);
    assert_int_equal(without(become_traceable), 0);
    assert_int_equal(without(open_a_door), 0);
    assert_int_equal(without(map_code), 0);
    assert_int_equal(without(make_code), 0);
}

static int read_in_vain(void)
{
    return read_the_diary() == 0 ? run_a_program() : 253;
}

static void a_kernel_without_landlock_is_said_and_the_rest_holds(void **state)
{
    const struct sandbox_options o = { .home = home, .socket = server };
    char text[1000] = "";
    int log = memfd_create("log", MFD_CLOEXEC);
    pid_t pid = fork();

    (void)state;
    assert_true(pid >= 0 && log >= 0);
    if (pid == 0) {
        (void)dup2(log, STDERR_FILENO);
        take_landlock_away();
        struct sandbox_state s = sandbox_enter(&o);
        _exit(s.landlock != 0 || !s.seccomp ? 254 : read_in_vain());
    }
    assert_int_equal(outcome(pid), EPERM);
    assert_true(pread(log, text, sizeof text - 1, 0) > 0);
    assert_non_null(strstr(text, "<4>trucban-agent: sandbox landlock=off error=38 "
                                 "effect=files-are-not-confined"));
    (void)close(log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_process_without_the_sandbox_can_do_all_this),
        cmocka_unit_test(the_persons_other_files_are_out_of_reach),
        cmocka_unit_test(what_the_agent_and_the_alarm_need_stays),
        cmocka_unit_test(no_program_is_started_and_no_process_touched),
        cmocka_unit_test(it_calls_out_by_tcp_and_udp_and_lets_nobody_in),
        cmocka_unit_test(memory_that_was_written_is_not_run_but_libraries_are_loaded),
        cmocka_unit_test(the_rarer_doors_of_the_kernel_are_shut),
        cmocka_unit_test(a_kernel_without_landlock_is_said_and_the_rest_holds),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
