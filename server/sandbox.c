/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sandbox.c - Landlock for files, seccomp for everything else; see sandbox.h.
 *
 * The list below is what a relay was seen to call after its start (strace, all tests) and what libuv, SQLite,
 * OpenSSL and the C library may call instead of it on another day.  Whoever adds a library looks here. */
#define _GNU_SOURCE
#include "server/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "proto/cleanup.h"
#include "server/log.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

/* --- files: Landlock */

/* The headers of Debian 12 know the kernel of Debian 12; these came later, and are asked for where they are. */
enum {
    FS_FIRST = (1 << 13) - 1, /* all rights of version 1 */
    FS_REFER = 1 << 13,       /* version 2: from one folder into another */
    FS_TRUNCATE = 1 << 14,    /* 3 */
    FS_IOCTL_DEV = 1 << 15,   /* 5 */
    NET_TCP = 3,              /* 4: bind, connect */
    SCOPE_ABSTRACT = 1,       /* 6: sockets without a file, of others */
    SCOPE_SIGNAL = 2,         /* 6: signals to others */

    MAY_READ = (int)(LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR),
    MAY_KEEP = MAY_READ |
               (int)(LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE |
                     LANDLOCK_ACCESS_FS_MAKE_REG) |
               FS_TRUNCATE,
};

struct ruleset {
    uint64_t fs, net, scoped; /* a kernel that knows less wants zeros */
};

static struct ruleset wishes(int version)
{
    const char *notify = getenv("NOTIFY_SOCKET");
    struct ruleset r = { .fs = FS_FIRST };

    r.fs |= version >= 2 ? FS_REFER : 0;
    r.fs |= version >= 3 ? FS_TRUNCATE : 0;
    r.fs |= version >= 5 ? FS_IOCTL_DEV : 0;
    r.net = version >= 4 ? NET_TCP : 0;
    if (version >= 6)
        r.scoped = notify && notify[0] == '@' ? SCOPE_SIGNAL : SCOPE_SIGNAL | SCOPE_ABSTRACT;
    return r;
}

static bool allow(int ruleset, const struct ruleset *handled, const char *path, uint64_t rights)
{
    TB_CLEANUP(tb_closep) int fd = open(path, O_PATH | O_CLOEXEC);
    const struct landlock_path_beneath_attr rule = { .allowed_access = rights & handled->fs,
                                                     .parent_fd = fd };

    return fd >= 0 &&
           syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
}

/* The folder, not the file: an editor puts a new file in its place. */
static bool allow_config(int ruleset, const struct ruleset *handled, const char *path)
{
    char dir[PATH_MAX];
    const char *end = path ? strrchr(path, '/') : NULL;

    if (!path)
        return true;
    int n = snprintf(dir, sizeof dir, "%.*s", end ? (int)(end - path) + 1 : 1, end ? path : ".");
    return n > 0 && (size_t)n < sizeof dir && allow(ruleset, handled, dir, MAY_READ);
}

/* The leak checker looks at the process at its end, and a report names lines of the program. */
static bool allow_sanitizers(int ruleset, const struct ruleset *handled)
{
    return !SANITIZED || (allow(ruleset, handled, "/proc", MAY_READ) &&
                          allow(ruleset, handled, "/proc/self/exe", LANDLOCK_ACCESS_FS_READ_FILE));
}

/* The version that holds now, or 0 and errno. */
static int confine_files(const struct sandbox_options *o)
{
    int version =
        (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

    if (version <= 0)
        return 0;
    const struct ruleset handled = wishes(version);
    TB_CLEANUP(tb_closep)
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &handled, sizeof handled, 0);
    if (ruleset < 0 || !allow(ruleset, &handled, o->state_dir, MAY_KEEP) ||
        !allow_config(ruleset, &handled, o->config_path) || !allow_sanitizers(ruleset, &handled))
        return 0;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        syscall(SYS_landlock_restrict_self, ruleset, 0) != 0)
        return 0;
    return version;
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

static bool permit(scmp_filter_ctx filter, const int *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int r = seccomp_rule_add(filter, SCMP_ACT_ALLOW, list[i], 0);

        if (r != 0 && r != -EDOM) /* a call that this processor never had */
            return false;
    }
    return true;
}

/* Argument number ARG is VALUE; the library's own macros leave a field unnamed, which clang refuses. */
static struct scmp_arg_cmp equals(unsigned arg, scmp_datum_t value)
{
    return (struct scmp_arg_cmp){ .arg = arg, .op = SCMP_CMP_EQ, .datum_a = value };
}

/* Calls that depend on what they are asked for. */
static bool permit_some(scmp_filter_ctx f)
{
    const scmp_datum_t self = (scmp_datum_t)getpid();

    return seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
                            SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) == 0 &&
           seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
                            SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) == 0 &&
           seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, equals(0, self)) ==
               0 && /* abort() */
           seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(kill), 1, equals(0, self)) == 0 &&
           /* reads a limit; changing one has a pointer to the new value */
           seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(prlimit64), 2, equals(0, 0),
                            equals(2, 0)) == 0 &&
           seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1, equals(1, FIONBIO)) == 0 &&
           seccomp_rule_add(f, SCMP_ACT_ALLOW, SCMP_SYS(ioctl), 1, equals(1, FIONREAD)) == 0;
}

static bool confine_calls(void)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));

    if (!filter)
        return false;
    bool ok = permit(filter, calls, sizeof calls / sizeof calls[0]) && permit_some(filter);
    if (ok && SANITIZED)
        ok = permit(filter, sanitizer_calls, sizeof sanitizer_calls / sizeof sanitizer_calls[0]);
    /* All threads, should a library have made one; libseccomp sets no_new_privs. */
    ok = ok && seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1) == 0 && seccomp_load(filter) == 0;
    seccomp_release(filter);
    return ok;
}

struct sandbox_state sandbox_enter(const struct sandbox_options *o)
{
    struct sandbox_state s = { 0 };

    errno = 0;
    s.landlock = confine_files(o);
    if (s.landlock == 0)
        log_line(LOG_WARN, "sandbox", "landlock=off error=%d effect=files-are-not-confined", errno);
    s.seccomp = confine_calls();
    if (!s.seccomp)
        log_line(LOG_WARN, "sandbox", "seccomp=off effect=system-calls-are-not-confined");
    if (s.landlock != 0 || s.seccomp)
        log_line(LOG_NOTE, "sandbox", "landlock=%d seccomp=%s%s", s.landlock,
                 s.seccomp ? "on" : "off", SANITIZED ? " sanitizers=let-through" : "");
    return s;
}
