/* SPDX-License-Identifier: GPL-3.0-or-later */
/* attempts.h - what somebody would try who took a program over, for the tests of sandboxes.
 *
 * Every attempt runs in a child; its exit status is the errno of the attempt, 0 if it went through. */
#pragma once

#ifndef _GNU_SOURCE
#error "attempts.h needs _GNU_SOURCE before the first #include"
#endif

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tb_cmocka.h"

typedef int attempt_fn(void); /* gives errno, 0: it was possible */

static inline int outcome(pid_t pid)
{
    int status = 0;

    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static inline int without(attempt_fn *attempt)
{
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0)
        _exit(attempt());
    return outcome(pid);
}

static inline int said(long r)
{
    return r < 0 ? errno : 0;
}

static inline int read_passwd(void)
{
    return said(open("/etc/passwd", O_RDONLY | O_CLOEXEC));
}

static inline int run_a_program(void)
{
    char name[] = "/bin/true";
    char *const argv[] = { name, NULL };

    return said(execv(name, argv));
}

static inline int make_a_process(void)
{
    long pid = syscall(SYS_fork);

    if (pid == 0)
        _exit(0);
    return said(pid);
}

static inline int make_a_namespace(void)
{
    return said(unshare(CLONE_NEWUSER));
}

static inline int signal_the_parent(void)
{
    return said(kill(getppid(), 0));
}

static inline int trace_the_parent(void)
{
    int error = said(ptrace(PTRACE_SEIZE, getppid(), 0, 0));

    if (error == 0)
        (void)ptrace(PTRACE_DETACH, getppid(), 0, 0);
    return error;
}

static inline int read_the_parents_memory(void)
{
    char byte = 0;
    char ours[] = "x";
    struct iovec here = { &byte, 1 }, there = { ours, 1 };

    return said(process_vm_readv(getppid(), &here, 1, &there, 1, 0));
}

static inline int socket_tcp(void)
{
    return said(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

static inline int socket_raw(void)
{
    return said(socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP));
}

static inline int socket_unix(void)
{
    return said(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

static inline int socket_netlink(void)
{
    return said(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, 0));
}

static inline int map_code(void)
{
    void *p =
        mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return p == MAP_FAILED ? errno : 0;
}

static inline int make_code(void)
{
    void *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return p == MAP_FAILED ? 254 : said(mprotect(p, 4096, PROT_READ | PROT_EXEC));
}

static long rare;

static inline int call_something_rare(void)
{
    return said(syscall(rare, 0, 0, 0, 0, 0, 0));
}

/* A kernel without Landlock answers ENOSYS; so does one under this filter. */
static inline void take_landlock_away(void)
{
    scmp_filter_ctx f = seccomp_init(SCMP_ACT_ALLOW);

    if (!f ||
        seccomp_rule_add(f, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(landlock_create_ruleset), 0) != 0 ||
        seccomp_load(f) != 0)
        _exit(254);
    seccomp_release(f);
}
