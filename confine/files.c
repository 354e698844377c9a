/* SPDX-License-Identifier: GPL-3.0-or-later */
/* files.c - see files.h. */
#define _GNU_SOURCE
#include "confine/files.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "confine/calls.h"
#include "proto/cleanup.h"

enum { FS_FIRST = (1 << 13) - 1 /* all rights of version 1 */ };

static const uint64_t of_files = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE |
                                 LANDLOCK_ACCESS_FS_WRITE_FILE | CONFINE_TRUNCATE |
                                 CONFINE_IOCTL_DEV;

struct ruleset {
    uint64_t fs, net, scoped; /* a kernel that knows less wants zeros */
};

static struct ruleset wishes(const struct confine_files *f, int version)
{
    struct ruleset r = { .fs = FS_FIRST };

    r.fs |= version >= 2 ? CONFINE_REFER : 0;
    r.fs |= version >= 3 ? CONFINE_TRUNCATE : 0;
    r.fs |= version >= 5 ? CONFINE_IOCTL_DEV : 0;
    r.net = version >= 4 ? f->no_net : 0;
    r.scoped = version >= 6 ? f->no_reach : 0;
    return r;
}

static bool allow(int ruleset, const struct ruleset *handled, const struct confine_path *p)
{
    TB_CLEANUP(tb_closep) int fd = open(p->path, O_PATH | O_CLOEXEC);
    struct stat st;

    if (fd < 0)
        return p->optional;
    if (fstat(fd, &st) != 0)
        return false;
    uint64_t rights = p->rights & handled->fs & (S_ISDIR(st.st_mode) ? ~UINT64_C(0) : of_files);
    const struct landlock_path_beneath_attr rule = { .allowed_access = rights, .parent_fd = fd };
    return rights == 0 ||
           syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0 ||
           p->optional; /* a pipe, say, to which no path leads */
}

/* The leak checker looks at the process at its end, and a report names lines of the program. */
static bool allow_sanitizers(int ruleset, const struct ruleset *handled)
{
    static const struct confine_path needs[] = {
        { .path = "/proc", .rights = CONFINE_READ },
        { .path = "/proc/self/exe", .rights = CONFINE_READ },
    };

    return !CONFINE_SANITIZED ||
           (allow(ruleset, handled, &needs[0]) && allow(ruleset, handled, &needs[1]));
}

int confine_files(const struct confine_files *f)
{
    int version =
        (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);

    if (version <= 0)
        return 0;
    const struct ruleset handled = wishes(f, version);
    TB_CLEANUP(tb_closep)
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &handled, sizeof handled, 0);
    if (ruleset < 0 || !allow_sanitizers(ruleset, &handled))
        return 0;
    for (size_t i = 0; i < f->n; i++)
        if (!allow(ruleset, &handled, &f->path[i]))
            return 0;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        syscall(SYS_landlock_restrict_self, ruleset, 0) != 0)
        return 0;
    return version;
}
