/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_keys_file.c - a file is there whole or not at all, whatever fails and whenever the machine stops. */
/* wrap: openat write fsync renameat2 renameat linkat */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "keys/file.h"
#include "tb_cmocka.h"

int __real_openat(int dir, const char *path, int flags, ...);
ssize_t __real_write(int fd, const void *p, size_t n);
int __real_fsync(int fd);
int __real_renameat2(int a, const char *from, int b, const char *to, unsigned flags);
int __real_renameat(int a, const char *from, int b, const char *to);
int __real_linkat(int a, const char *from, int b, const char *to, int flags);

int __wrap_openat(int dir, const char *path, int flags, ...);
ssize_t __wrap_write(int fd, const void *p, size_t n);
int __wrap_fsync(int fd);
int __wrap_renameat2(int a, const char *from, int b, const char *to, unsigned flags);
int __wrap_renameat(int a, const char *from, int b, const char *to);
int __wrap_linkat(int a, const char *from, int b, const char *to, int flags);

static int fail_at = -1;  /* which of the calls below fails; -1: none */
static bool die;          /* fail by ending the process, as a power cut would */
static bool no_renameat2; /* as on a kernel or file system without it */
static int calls;

static bool fails(void)
{
    if (calls++ != fail_at)
        return false;
    if (die)
        _exit(9);
    errno = EIO;
    return true;
}

int __wrap_openat(int dir, const char *path, int flags, ...)
{
    va_list more;

    va_start(more, flags);
    mode_t mode = va_arg(more, mode_t);
    va_end(more);
    return fails() ? -1 : __real_openat(dir, path, flags, mode);
}

/* Half of it first: a torn write. */
ssize_t __wrap_write(int fd, const void *p, size_t n)
{
    if (fails())
        return -1;
    return __real_write(fd, p, n > 1 ? n / 2 : n);
}

int __wrap_fsync(int fd)
{
    return fails() ? -1 : __real_fsync(fd);
}

int __wrap_renameat2(int a, const char *from, int b, const char *to, unsigned flags)
{
    if (no_renameat2) {
        errno = EINVAL;
        return -1;
    }
    return fails() ? -1 : __real_renameat2(a, from, b, to, flags);
}

int __wrap_renameat(int a, const char *from, int b, const char *to)
{
    return fails() ? -1 : __real_renameat(a, from, b, to);
}

int __wrap_linkat(int a, const char *from, int b, const char *to, int flags)
{
    return fails() ? -1 : __real_linkat(a, from, b, to, flags);
}

/* ---- a folder */

static char dir[] = "/tmp/trucban-file-XXXXXX";
static char path[64];

static int set_up(void **state)
{
    (void)state;
    (void)snprintf(dir, sizeof dir, "/tmp/trucban-file-XXXXXX");
    assert_non_null(mkdtemp(dir));
    (void)snprintf(path, sizeof path, "%s/a.key", dir);
    fail_at = -1;
    die = no_renameat2 = false;
    return 0;
}

/* Removes what is there; gives how many files there were. */
static int sweep(void)
{
    DIR *d = opendir(dir);
    int n = 0;

    assert_non_null(d);
    for (struct dirent *e; (e = readdir(d)) != NULL;) {
        if (e->d_name[0] == '.' && strncmp(e->d_name, ".trucban-", 9) != 0)
            continue;
        assert_int_equal(unlinkat(dirfd(d), e->d_name, 0), 0);
        n++;
    }
    assert_int_equal(closedir(d), 0);
    return n;
}

static int tear_down(void **state)
{
    (void)state;
    fail_at = -1;
    (void)sweep();
    assert_int_equal(rmdir(dir), 0);
    return 0;
}

static struct tb_view text(const char *s)
{
    return tb_view_of(s, strlen(s));
}

static bool holds(const char *expected)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf b = { 0 };

    return file_read(path, 1000, &b) == TB_OK && b.n == strlen(expected) &&
           memcmp(b.p, expected, b.n) == 0;
}

/* ---- tests */

static void a_new_file_is_whole_and_private(void **state)
{
    struct stat st;

    (void)state;
    assert_int_equal(file_create(path, text("secret"), FILE_SECRET), TB_OK);
    assert_true(holds("secret"));
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(sweep(), 1);
}

static void nothing_is_overwritten(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        no_renameat2 = i == 1;
        assert_int_equal(file_create(path, text("first"), FILE_SECRET), TB_OK);
        assert_int_equal(file_create(path, text("second"), FILE_SECRET), TB_E_CONFLICT);
        assert_true(holds("first"));
        assert_int_equal(sweep(), 1);
    }
}

static void not_even_a_dangling_link_is_followed(void **state)
{
    char target[80];

    (void)state;
    (void)snprintf(target, sizeof target, "%s/elsewhere", dir);
    assert_int_equal(symlink(target, path), 0);
    assert_int_equal(file_create(path, text("secret"), FILE_SECRET), TB_E_CONFLICT);
    assert_false(file_exists(target));
}

static void a_failing_step_leaves_nothing(void **state)
{
    tb_result r = TB_E_IO;

    (void)state;
    for (int i = 0; i < 2; i++) {
        no_renameat2 = i == 1;
        r = TB_E_IO;
        for (fail_at = 0; r != TB_OK; fail_at++) {
            calls = 0;
            r = file_create(path, text("a longer secret"), FILE_SECRET);
            assert_true(r == TB_OK || r == TB_E_IO);
            assert_true(!file_exists(path) ||
                        holds("a longer secret")); /* only the folder's own sync may fail */
            assert_true(sweep() <= 1);
        }
        assert_true(fail_at > 5);
    }
}

static void a_failing_replacement_leaves_the_old_file(void **state)
{
    tb_result r = TB_E_IO;

    (void)state;
    for (fail_at = 0; r != TB_OK; fail_at++) {
        calls = -1000;
        assert_int_equal(file_create(path, text("old"), FILE_SECRET), TB_OK);
        calls = 0;
        r = file_replace(path, text("much newer"), FILE_SECRET);
        assert_true(holds("old") || holds("much newer"));
        assert_true(r != TB_OK || holds("much newer"));
        assert_int_equal(sweep(), 1);
    }
    assert_true(fail_at > 5);
}

/* A process that is gone cleans nothing up: a hidden remainder is allowed, half a file is not. */
static void a_crash_at_any_step_leaves_the_old_or_the_new(void **state)
{
    int status = -1;

    (void)state;
    die = true;
    for (fail_at = 0; status != 0; fail_at++) {
        calls = -1000;
        assert_int_equal(file_create(path, text("old"), FILE_SECRET), TB_OK);
        calls = 0;
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0)
            _exit(file_replace(path, text("much newer"), FILE_SECRET) == TB_OK ? 0 : 1);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(holds("old") || holds("much newer"));
        (void)sweep();
    }
    assert_true(fail_at > 5);
}

static void reading_is_bounded_and_says_what_is_missing(void **state)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf b = { 0 };

    (void)state;
    assert_int_equal(file_read(path, 10, &b), TB_E_NOTFOUND);
    assert_int_equal(file_create(path, text("0123456789"), FILE_PUBLIC), TB_OK);
    assert_int_equal(file_read(path, 9, &b), TB_E_LIMIT);
    assert_int_equal(b.n, 0);
    assert_int_equal(file_read(path, 10, &b), TB_OK);
    assert_int_equal(file_read(dir, 10, &b), TB_E_IO);
    assert_int_equal(file_create("/nowhere/at/all", text("x"), FILE_PUBLIC), TB_E_IO);
    assert_int_equal(errno, ENOENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(a_new_file_is_whole_and_private),
        TEST(nothing_is_overwritten),
        TEST(not_even_a_dangling_link_is_followed),
        TEST(a_failing_step_leaves_nothing),
        TEST(a_failing_replacement_leaves_the_old_file),
        TEST(a_crash_at_any_step_leaves_the_old_or_the_new),
        TEST(reading_is_bounded_and_says_what_is_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
