/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sandbox.c - Landlock for files, seccomp for everything else; see sandbox.h.
 *
 * The list below is what a relay was seen to call after its start (strace, all tests) and what libuv, SQLite,
 * OpenSSL and the C library may call instead of it on another day.  Whoever adds a library looks here. */
#define _GNU_SOURCE
#include "server/sandbox.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "confine/calls.h"
#include "confine/files.h"
#include "server/log.h"

/* --- files: Landlock */

/* The folder of a file, not the file: an editor puts a new file in its place. */
static bool folder_of(const char *path, char ret[static PATH_MAX])
{
    const char *end = strrchr(path, '/');
    int n = snprintf(ret, PATH_MAX, "%.*s", end ? (int)(end - path) + 1 : 1, end ? path : ".");

    return n > 0 && n < PATH_MAX;
}

/* The version that holds now, or 0 and errno. */
static int keep_to_our_files(const struct sandbox_options *o)
{
    const char *notify = getenv("NOTIFY_SOCKET");
    char config_dir[PATH_MAX] = "";

    if (o->config_path && !folder_of(o->config_path, config_dir))
        return 0;
    const struct confine_path path[] = {
        { .path = o->state_dir, .rights = CONFINE_KEEP },
        { .path = config_dir, .rights = CONFINE_READ },
    };
    const struct confine_files files = {
        .path = path,
        .n = o->config_path ? 2 : 1,
        .no_net = CONFINE_TCP_BIND | CONFINE_TCP_CONNECT,
        .no_reach = CONFINE_SIGNAL | (notify && notify[0] == '@' ? 0 : CONFINE_ABSTRACT),
    };
    return confine_files(&files);
}

/* --- everything else: seccomp */

static const int calls[] = {
    /* the loop */
    SCMP_SYS(epoll_wait),
    SCMP_SYS(epoll_pwait),
    SCMP_SYS(epoll_pwait2),
    SCMP_SYS(epoll_ctl),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(nanosleep),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(time),
    SCMP_SYS(restart_syscall),
    /* connections that are there, and new ones at the door */
    SCMP_SYS(accept4),
    SCMP_SYS(accept),
    SCMP_SYS(recvfrom),
    SCMP_SYS(recvmsg),
    SCMP_SYS(sendto),
    SCMP_SYS(sendmsg),
    SCMP_SYS(shutdown),
    SCMP_SYS(getsockname),
    SCMP_SYS(getpeername),
    SCMP_SYS(getsockopt),
    SCMP_SYS(setsockopt),
    /* files, as far as Landlock lets */
    SCMP_SYS(openat),
    SCMP_SYS(open),
    SCMP_SYS(close),
    SCMP_SYS(read),
    SCMP_SYS(readv),
    SCMP_SYS(pread64),
    SCMP_SYS(preadv),
    SCMP_SYS(write),
    SCMP_SYS(writev),
    SCMP_SYS(pwrite64),
    SCMP_SYS(pwritev),
    SCMP_SYS(lseek),
    SCMP_SYS(fsync),
    SCMP_SYS(fdatasync),
    SCMP_SYS(ftruncate),
    SCMP_SYS(fallocate),
    SCMP_SYS(fstat),
    SCMP_SYS(stat),
    SCMP_SYS(lstat),
    SCMP_SYS(newfstatat),
    SCMP_SYS(statx),
    SCMP_SYS(statfs),
    SCMP_SYS(fstatfs),
    SCMP_SYS(access),
    SCMP_SYS(faccessat),
    SCMP_SYS(faccessat2),
    SCMP_SYS(readlink),
    SCMP_SYS(readlinkat),
    SCMP_SYS(getdents64),
    SCMP_SYS(unlink),
    SCMP_SYS(unlinkat),
    SCMP_SYS(rename),
    SCMP_SYS(renameat),
    SCMP_SYS(renameat2),
    SCMP_SYS(fchmod),
    SCMP_SYS(fchown),
    SCMP_SYS(fcntl),
    SCMP_SYS(flock),
    SCMP_SYS(dup),
    SCMP_SYS(getcwd),
    SCMP_SYS(umask),
    SCMP_SYS(fadvise64),
    SCMP_SYS(utimensat),
    /* memory; mmap and mprotect stand below */
    SCMP_SYS(brk),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    SCMP_SYS(mlock),
    SCMP_SYS(mlock2),
    SCMP_SYS(munlock),
    SCMP_SYS(msync),
    SCMP_SYS(membarrier),
    /* itself */
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(getuid),
    SCMP_SYS(geteuid),
    SCMP_SYS(getgid),
    SCMP_SYS(getegid),
    SCMP_SYS(getrlimit),
    SCMP_SYS(getrusage),
    SCMP_SYS(getrandom),
    SCMP_SYS(futex),
    SCMP_SYS(sched_yield),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(sysinfo),
    SCMP_SYS(uname),
    SCMP_SYS(rseq),
    SCMP_SYS(set_robust_list),
    SCMP_SYS(get_robust_list),
};

/* A tracer of its own stops the threads while leaks are looked for. */
static const int sanitizer_calls[] = {
    SCMP_SYS(clone),  SCMP_SYS(getppid), SCMP_SYS(getdents), SCMP_SYS(wait4),
    SCMP_SYS(ptrace), SCMP_SYS(prctl),   SCMP_SYS(mincore),
};

/* Calls that depend on what they are asked for. */
static bool permit_some(scmp_filter_ctx f)
{
    const scmp_datum_t self = (scmp_datum_t)getpid();

    return seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
                            SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) == 0 &&
           seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
                            SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) == 0 &&
           seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
                            confine_if(0, SCMP_CMP_EQ, self)) == 0 && /* abort() */
           seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(kill), 1,
                            confine_if(0, SCMP_CMP_EQ, self)) == 0 &&
           /* reads a limit; changing one has a pointer to the new value */
           seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 2,
                            confine_if(0, SCMP_CMP_EQ, 0), confine_if(2, SCMP_CMP_EQ, 0)) == 0 &&
           seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1,
                            confine_if(1, SCMP_CMP_EQ, FIONBIO)) == 0 &&
           seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1,
                            confine_if(1, SCMP_CMP_EQ, FIONREAD)) == 0;
}

static bool keep_to_our_calls(void)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));

    if (!filter)
        return false;
    bool ok = confine_calls_add(filter, SCMP_ACT_ALLOW, calls, sizeof calls / sizeof calls[0]) &&
              permit_some(filter);
    if (ok && CONFINE_SANITIZED)
        ok = confine_calls_add(filter, SCMP_ACT_ALLOW, sanitizer_calls,
                               sizeof sanitizer_calls / sizeof sanitizer_calls[0]);
    if (ok)
        return confine_calls_enter(filter);
    seccomp_release(filter);
    return false;
}

struct sandbox_state sandbox_enter(const struct sandbox_options *o)
{
    struct sandbox_state s = { 0 };

    errno = 0;
    s.landlock = keep_to_our_files(o);
    if (s.landlock == 0)
        log_line(LOG_WARN, "sandbox", "landlock=off error=%d effect=files-are-not-confined", errno);
    s.seccomp = keep_to_our_calls();
    if (!s.seccomp)
        log_line(LOG_WARN, "sandbox", "seccomp=off effect=system-calls-are-not-confined");
    if (s.landlock != 0 || s.seccomp)
        log_line(LOG_NOTE, "sandbox", "landlock=%d seccomp=%s%s", s.landlock,
                 s.seccomp ? "on" : "off", CONFINE_SANITIZED ? " sanitizers=let-through" : "");
    return s;
}
