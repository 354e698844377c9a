/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_server_sandbox.c - inside the relay's own sandbox, each thing that somebody would try who took it over.
 *
 * Every attempt runs in a child that enters the sandbox as the relay does; its exit status is the errno of the
 * attempt, 0 if it went through.  The same attempts without the sandbox succeed or fail for another reason, which
 * a_process_without_the_sandbox_can_do_all_this checks, so that no test passes for lack of rights. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "attempts.h"
#include "server/files.h"
#include "server/log.h"
#include "server/sandbox.h"
#include "server/store.h"
#include "tb_cmocka.h"

static char dir[] = "/tmp/trucban-sandbox-XXXXXX";
static char state_dir[64], config[64], beside[64], outside[64];

static int set_up(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(dir));
    (void)snprintf(state_dir, sizeof state_dir, "%s/state", dir);
    (void)snprintf(config, sizeof config, "%s/etc/relay.conf", dir);
    (void)snprintf(beside, sizeof beside, "%s/etc", dir);
    (void)snprintf(outside, sizeof outside, "%s/outside", dir);
    assert_int_equal(mkdir(state_dir, 0700), 0);
    assert_int_equal(mkdir(beside, 0700), 0);
    assert_int_equal(file_create(config, tb_view_of("#\n", 2)), TB_OK);
    assert_int_equal(file_create(outside, tb_view_of("x", 1)), TB_OK);
    log_set_level(LOG_WARN);
    return 0;
}

static int tear_down(void **state)
{
    char rm[64];

    (void)state;
    (void)snprintf(rm, sizeof rm, "rm -rf %s", dir);
    return system(rm); /* NOLINT(cert-env33-c): a fixed word and a path of mkdtemp */
}

static int inside(attempt_fn *attempt)
{
    const struct sandbox_options o = { .state_dir = state_dir, .config_path = config };
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        struct sandbox_state s = sandbox_enter(&o);
        _exit(s.seccomp && s.landlock > 0 ? attempt() : 255);
    }
    return outcome(pid);
}

/* --- files */

static int list_root(void)
{
    return said(open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

static int write_outside(void)
{
    return said(open(outside, O_WRONLY | O_CLOEXEC));
}

static int make_outside(void)
{
    char path[80];

    (void)snprintf(path, sizeof path, "%s.new", outside);
    int error = said(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    (void)unlink(path);
    return error;
}

static int write_config(void)
{
    return said(open(config, O_WRONLY | O_CLOEXEC));
}

static int take_away(void)
{
    char path[80];

    (void)snprintf(path, sizeof path, "%s/taken", state_dir);
    int error = said(rename(outside, path));
    if (error == 0)
        error = said(rename(path, outside));
    return error;
}

static void files_outside_the_state_folder_are_out_of_reach(void **state)
{
    (void)state;
    assert_int_equal(inside(read_passwd), EACCES);
    assert_int_equal(inside(list_root), EACCES);
    assert_int_equal(inside(write_outside), EACCES);
    assert_int_equal(inside(make_outside), EACCES);
    assert_int_equal(inside(write_config), EACCES);
    assert_int_not_equal(inside(take_away), 0);
}

static void on_committed(void *user, tb_result how)
{
    *(tb_result *)user = how;
}

/* What the relay needs: each step says its line number if it fails. */
static int work_in_the_state_folder(void)
{
    char path[96], db[96];
    struct tb_buf text = { 0 };
    struct store *store = NULL;
    struct stat st;

    (void)snprintf(path, sizeof path, "%s/note", state_dir);
    (void)snprintf(db, sizeof db, "%s/relay.db", state_dir);
    if (file_replace(path, tb_view_of("one", 3)) != TB_OK ||
        file_replace(path, tb_view_of("two", 3)) != TB_OK)
        return 1;
    if (file_read(path, 10, &text) != TB_OK || file_read(config, 10, &text) != TB_OK)
        return 2;
    tb_buf_done(&text);
    if (unlink(path) != 0 || stat(db, &st) != 0)
        return 3;
    if (store_open(db, &store) != TB_OK)
        return 4;
    tb_result how = TB_E_STORE;
    if (store_begin(store) != TB_OK || store_set_era(store, 7) != TB_OK)
        return 5;
    store_commit(store, on_committed, &how);
    if (how != TB_OK || store_checkpoint(store) != TB_OK)
        return 6;
    store_close(store);
    return stat(db, &st) == 0 ? 0 : 7;
}

static void the_state_folder_stays_writable_and_the_configuration_readable(void **state)
{
    char db[96];
    const struct tb_id id = { { 1 } };

    (void)state;
    (void)snprintf(db, sizeof db, "%s/relay.db", state_dir);
    assert_int_equal(store_create(db, &id, 1), TB_OK);
    assert_int_equal(inside(work_in_the_state_folder), 0);
}

/* --- programs and processes */

static int raise_a_limit(void)
{
    struct rlimit core = { 0, 0 };

    return said(setrlimit(RLIMIT_CORE, &core));
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
    assert_int_equal(inside(raise_a_limit), EPERM);
}

/* --- the network */

static int kept_fd = -1;

static int connect_what_is_there(void)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(9) };

    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int error = said(connect(kept_fd, (struct sockaddr *)&at, sizeof at));
    return error == ECONNREFUSED ? 0 : error; /* it went out */
}

static void no_socket_is_made_and_none_goes_out(void **state)
{
    (void)state;
    assert_int_equal(inside(socket_tcp), EPERM);
    assert_int_equal(inside(socket_raw), EPERM);
    assert_int_equal(inside(socket_unix), EPERM);
    assert_int_equal(inside(socket_netlink), EPERM);
    kept_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(kept_fd >= 0);
    assert_int_equal(inside(connect_what_is_there), EPERM);
    assert_int_equal(without(connect_what_is_there), 0);
    assert_int_equal(close(kept_fd), 0);
}

/* --- memory and the kernel's rarer doors */

static void data_never_becomes_code(void **state)
{
    (void)state;
    assert_int_equal(inside(map_code), EPERM);
    assert_int_equal(inside(make_code), EPERM);
    assert_int_equal(without(map_code), 0);
    assert_int_equal(without(make_code), 0);
}

static void the_rarer_doors_of_the_kernel_are_shut(void **state)
{
    static const long doors[] = {
        SYS_bpf,
        SYS_userfaultfd,
        SYS_perf_event_open,
        SYS_keyctl,
        SYS_add_key,
        SYS_io_uring_setup,
        SYS_mount,
        SYS_chroot,
        SYS_pivot_root,
        SYS_init_module,
        SYS_kexec_load,
        SYS_setns,
        SYS_memfd_create,
        SYS_setuid,
        SYS_capset,
        SYS_personality,
        SYS_modify_ldt,
        SYS_seccomp,
        SYS_mknod,
        SYS_symlink,
        SYS_link,
        SYS_chmod,
        SYS_setxattr,
        SYS_inotify_init1,
        SYS_pidfd_open,
        SYS_open_by_handle_at,
        SYS_name_to_handle_at,
        SYS_clock_settime,
        SYS_reboot,
        SYS_swapon,
        SYS_syslog,
        SYS_quotactl,
        SYS_vmsplice,
        SYS_clone3,
        SYS_execveat,
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
    assert_int_equal(without(read_passwd), 0);
    assert_int_equal(without(list_root), 0);
    assert_int_equal(without(write_outside), 0);
    assert_int_equal(without(make_outside), 0);
    assert_int_equal(without(write_config), 0);
    assert_int_equal(without(take_away), 0);
    assert_int_equal(without(run_a_program), 0);
    assert_int_equal(without(make_a_process), 0);
    assert_int_equal(without(signal_the_parent), 0);
    assert_int_equal(without(raise_a_limit), 0);
    assert_int_equal(without(socket_tcp), 0);
    assert_int_equal(without(socket_unix), 0);
}

static void a_kernel_without_landlock_is_said_and_the_rest_holds(void **state)
{
    const struct sandbox_options o = { .state_dir = state_dir, .config_path = config };
    char text[1000] = "";
    int log = memfd_create("log", MFD_CLOEXEC);
    pid_t pid = fork();

    (void)state;
    assert_true(pid >= 0 && log >= 0);
    if (pid == 0) {
        (void)dup2(log, STDERR_FILENO);
        take_landlock_away();
        struct sandbox_state s = sandbox_enter(&o);
        _exit(s.landlock != 0 || !s.seccomp ? 254 : read_passwd() != 0 ? 253 : run_a_program());
    }
    assert_int_equal(outcome(pid), EPERM);
    assert_true(pread(log, text, sizeof text - 1, 0) > 0);
    assert_non_null(strstr(text, "<4>sandbox landlock=off error=38 effect=files-are-not-confined"));
    (void)close(log);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_process_without_the_sandbox_can_do_all_this),
        cmocka_unit_test(files_outside_the_state_folder_are_out_of_reach),
        cmocka_unit_test(the_state_folder_stays_writable_and_the_configuration_readable),
        cmocka_unit_test(no_program_is_started_and_no_process_touched),
        cmocka_unit_test(no_socket_is_made_and_none_goes_out),
        cmocka_unit_test(data_never_becomes_code),
        cmocka_unit_test(the_rarer_doors_of_the_kernel_are_shut),
        cmocka_unit_test(a_kernel_without_landlock_is_said_and_the_rest_holds),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
