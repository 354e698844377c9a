/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ask.c - see ask.h. */
#define _GNU_SOURCE
#include "client/cli/ask.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "client/cli/cli.h"
#include "client/text/words.h"
#include "proto/cleanup.h"

enum { PASSPHRASE_MAX = 1024, PASSPHRASE_LEAST = 8, PASSPHRASE_GOOD = 14 }; /* characters */

bool ask_possible(void)
{
    return isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

char *ask_line(const char *question)
{
    char line[1024];

    (void)fprintf(stderr, "%s ", question);
    if (!fgets(line, sizeof line, stdin))
        return NULL;
    return g_strdup(g_strstrip(line));
}

bool ask_yes(const char *question)
{
    g_autofree char *line = ask_line(question);
    static const char *const yes[] = { "c", "có", "co", "y", "yes", NULL };
    g_autofree char *lower = line ? g_utf8_strdown(line, -1) : NULL;

    return lower && g_strv_contains(yes, lower);
}

/* Reads a line without showing it. */
static bool ask_hidden(const char *question, char *ret, size_t size)
{
    struct termios shown, hidden;

    if (!ask_possible() || tcgetattr(STDIN_FILENO, &shown) != 0)
        return false;
    hidden = shown;
    hidden.c_lflag &= ~(tcflag_t)ECHO;
    (void)fprintf(stderr, "%s ", question);
    (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
    bool ok = fgets(ret, (int)size, stdin) != NULL;
    (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
    (void)fputc('\n', stderr);
    ret[ok ? strcspn(ret, "\n") : 0] = '\0';
    return ok;
}

/* Whoever else can read the file has the passphrase too. */
static bool is_private(int fd, const char *path)
{
    struct stat st;

    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) || (st.st_mode & 077) == 0)
        return true; /* a pipe or terminal is nobody else's */
    (void)cli_say(
        STATUS_REFUSED,
        _("%s: other users can read this passphrase file (mode %03o); first: chmod 600 %s"), path,
        (unsigned)st.st_mode & 0777, path);
    return false;
}

static bool read_first_line(const char *path, char *ret, size_t size)
{
    TB_CLEANUP(tb_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t n = 0;
    ssize_t got = fd < 0 ? -1 : 1;

    ret[0] = '\0';
    if (fd >= 0 && !is_private(fd, path))
        return false;
    while (got > 0 && n < size - 1) {
        got = read(fd, ret + n, size - 1 - n);
        n += got > 0 ? (size_t)got : 0;
    }
    ret[n] = '\0';
    ret[strcspn(ret, "\n")] = '\0';
    if (got < 0)
        (void)cli_say(STATUS_REFUSED, "%s: %s", path, word_errno(errno));
    return got >= 0;
}

static bool ask_twice(char *first, size_t size)
{
    char second[PASSPHRASE_MAX];
    bool same = false;

    for (int tries = 0; tries < 3 && !same; tries++) {
        if (!ask_hidden(_("New passphrase (empty: none):"), first, size) ||
            !ask_hidden(_("Once more:"), second, sizeof second))
            break;
        same = strcmp(first, second) == 0;
        if (!same)
            (void)fprintf(stderr, "%s\n", _("They differ."));
    }
    sodium_memzero(second, sizeof second);
    return same;
}

/* A new passphrase: a thief of the disk tries short ones in hours. */
static bool is_long_enough(const char *pass, bool asked)
{
    glong n = g_utf8_validate(pass, -1, NULL) ? g_utf8_strlen(pass, -1) : (glong)strlen(pass);

    if (n == 0 && asked) { /* as the question said */
        (void)cli_say(0, "%s", _("WITHOUT PASSPHRASE: whoever has the disk has the keys"));
        return true;
    }
    if (n < PASSPHRASE_LEAST) {
        (void)cli_say(
            STATUS_REFUSED,
            _("the passphrase has %ld characters and can be guessed: take at least %d; six "
              "random words are good"),
            n, (int)PASSPHRASE_LEAST);
        return false;
    }
    if (n < PASSPHRASE_GOOD)
        (void)cli_say(0,
                      _("WARNING: a passphrase of %ld characters is weak: whoever has the disk can "
                        "guess it; six random words are good"),
                      n);
    return true;
}

int ask_passphrase(const char *path, bool twice)
{
    char pass[PASSPHRASE_MAX] = "";
    bool ok;
    int fd = -1;

    if (path)
        ok = read_first_line(path, pass, sizeof pass);
    else if (!ask_possible())
        ok = (cli_say(STATUS_REFUSED,
                      _("no terminal to ask for the passphrase; use --passphrase-file")),
              false);
    else
        ok = twice ? ask_twice(pass, sizeof pass) : ask_hidden(_("Passphrase:"), pass, sizeof pass);
    if (ok && twice)
        ok = is_long_enough(pass, path == NULL);
    if (ok)
        fd = memory_file("passphrase", pass, strlen(pass));
    sodium_memzero(pass, sizeof pass);
    return fd;
}

/* A pipe whose other end nobody opens would be waited for without end; a device may never end. */
static bool is_file(int fd, const char *path)
{
    struct stat st;

    if (fd < 0 || fstat(fd, &st) != 0 || S_ISREG(st.st_mode))
        return true;
    (void)cli_say(
        STATUS_REFUSED,
        _("%s is a folder, a pipe or a device: a file is needed, or - for standard input"), path);
    return false;
}

char *read_whole(const char *path, gsize max, gsize *ret_n)
{
    bool from_stdin = strcmp(path, "-") == 0;
    TB_CLEANUP(tb_closep)
    int fd = from_stdin ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (!from_stdin && !is_file(fd, path))
        return NULL;
    g_autofree char *text = g_malloc(max + 2);
    gsize n = 0;
    ssize_t got = fd < 0 ? -1 : 1;

    while (got > 0 && n <= max) {
        got = read(fd, text + n, max + 1 - n);
        n += got > 0 ? (gsize)got : 0;
    }
    if (got < 0) {
        (void)cli_say(STATUS_REFUSED, "%s: %s", path, word_errno(errno));
        return NULL;
    }
    if (n > max) {
        (void)cli_say(STATUS_REFUSED, _("%s: larger than %zu bytes"), path, (size_t)max);
        return NULL;
    }
    text[n] = '\0';
    *ret_n = n;
    return g_steal_pointer(&text);
}

int memory_file(const char *name, const void *data, gsize n)
{
    int fd = memfd_create(name, MFD_CLOEXEC);

    if (fd >= 0 && (n == 0 || write(fd, data, n) == (ssize_t)n))
        return fd;
    (void)cli_say(STATUS_REFUSED, "%s: %s", name, word_errno(errno));
    tb_closep(&fd);
    return -1;
}

static bool write_all(int fd, const char *data, size_t n)
{
    while (n > 0) {
        ssize_t done = write(fd, data, n);
        if (done <= 0)
            return false;
        data += done;
        n -= (size_t)done;
    }
    return fsync(fd) == 0;
}

/* What stands there may be the only copy of something: the log, a signature. */
static bool save_new(const char *path, const char *data, size_t n)
{
    TB_CLEANUP(tb_closep)
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

    if (fd >= 0 && write_all(fd, data, n))
        return true;
    if (fd >= 0)
        (void)unlink(path); /* ours, and not whole */
    else if (errno == EEXIST) {
        (void)cli_say(STATUS_REFUSED,
                      _("%s exists already and was left as it is: give --out another name, or move "
                        "that file away first"),
                      path);
        return false;
    }
    (void)cli_say(STATUS_REFUSED,
                  _("%s: cannot be written; is there such a folder, and is it yours?"), path);
    return false;
}

bool save_memory(int fd, const char *path)
{
    struct stat st;

    if (fstat(fd, &st) != 0)
        return false;
    g_autofree char *data = g_malloc((gsize)st.st_size + 1);
    if (pread(fd, data, (size_t)st.st_size, 0) != st.st_size)
        return false;
    if (strcmp(path, "-") == 0)
        return fwrite(data, 1, (size_t)st.st_size, stdout) == (size_t)st.st_size;
    return save_new(path, data, (size_t)st.st_size);
}
