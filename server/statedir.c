/* SPDX-License-Identifier: GPL-3.0-or-later */
/* statedir.c - looks at the state folder before anything trusts it. */
#define _GNU_SOURCE /* locks of open files */
#include "server/statedir.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "server/say.h"

static const char note_name[] = "relay.run";

tb_result statedir_check(const char *dir, struct statedir_text *ret_why)
{
    struct stat st;
    size_t max = sizeof ret_why->text;

    if (stat(dir, &st) != 0) {
        (void)snprintf(ret_why->text, max, _("%s: %s; make it with: trucban-relay init --state %s"),
                       dir, strerror(errno), dir);
        return TB_E_NOTFOUND;
    }
    if (!S_ISDIR(st.st_mode)) {
        (void)snprintf(ret_why->text, max, _("%s: is not a directory"), dir);
        return TB_E_NOTFOUND;
    }
    if (st.st_uid != geteuid()) {
        (void)snprintf(ret_why->text, max,
                       _("%s: belongs to user %u, this is user %u; run as its owner"), dir,
                       (unsigned)st.st_uid, (unsigned)geteuid());
        return TB_E_DENIED;
    }
    if ((st.st_mode & 077) != 0) {
        (void)snprintf(ret_why->text, max, _("%s: mode %04o lets others in; run: chmod 700 %s"),
                       dir, (unsigned)(st.st_mode & 07777), dir);
        return TB_E_DENIED;
    }
    return TB_OK;
}

bool statedir_is_full(const char *dir)
{
    struct statvfs v;

    return statvfs(dir, &v) == 0 && (uint64_t)v.f_bavail * v.f_frsize < (uint64_t)STATEDIR_FULL_KB
                                                                            << 10;
}

static int open_note(const char *dir, int flags)
{
    char path[PATH_MAX];
    int n = snprintf(path, sizeof path, "%s/%s", dir, note_name);

    if (n < 0 || (size_t)n >= sizeof path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    return open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0600);
}

/* A lock of the open file, which asking about does not disturb. */
static struct flock whole_file(void)
{
    return (struct flock){ .l_type = F_WRLCK, .l_whence = SEEK_SET };
}

tb_result statedir_note_write(const char *dir, const struct statedir_note *note, int *ret_fd)
{
    char text[256];
    TB_CLEANUP(tb_closep) int fd = open_note(dir, O_RDWR | O_CREAT);

    if (fd < 0)
        return TB_E_IO;
    struct flock lock = whole_file();
    if (fcntl(fd, F_OFD_SETLK, &lock) != 0)
        return TB_E_CONFLICT;
    int n = snprintf(text, sizeof text, "pid %ld\nport %d\nmetrics %s %d\n", note->pid, note->port,
                     note->metrics_address[0] ? note->metrics_address : "-", note->metrics_port);
    if (ftruncate(fd, 0) != 0 || pwrite(fd, text, (size_t)n, 0) != n)
        return TB_E_IO;
    *ret_fd = fd;
    fd = -1;
    return TB_OK;
}

tb_result statedir_note_read(const char *dir, struct statedir_note *ret)
{
    char text[256];
    struct statedir_note note = { 0 };
    TB_CLEANUP(tb_closep) int fd = open_note(dir, O_RDONLY);

    if (fd < 0)
        return TB_E_NOTFOUND;
    struct flock lock = whole_file();
    if (fcntl(fd, F_OFD_GETLK, &lock) != 0 || lock.l_type == F_UNLCK)
        return TB_E_NOTFOUND; /* nobody holds it: left by one that is gone */
    ssize_t n = read(fd, text, sizeof text - 1);
    if (n <= 0)
        return TB_E_NOTFOUND; /* just starting */
    text[n] = '\0';
    if (sscanf(text, "pid %ld\nport %d\nmetrics %63s %d\n", &note.pid, &note.port,
               note.metrics_address, &note.metrics_port) != 4)
        return TB_E_TRUNCATED;
    if (strcmp(note.metrics_address, "-") == 0)
        note.metrics_address[0] = '\0';
    *ret = note;
    return TB_OK;
}
