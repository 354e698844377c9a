/* SPDX-License-Identifier: GPL-3.0-or-later */
/* admin.c - checks arguments and hands them to the offline functions of relay.h; asks a running relay. */
#include "server/admin.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "server/clock.h"
#include "server/relay.h"
#include "server/say.h"
#include "server/statedir.h"

enum {
    PASSPHRASE_MAX = 1024,
    ANSWER_MAX = 65536,
    ANSWER_WAIT_S = 5,
};

struct passphrase {
    uint8_t text[PASSPHRASE_MAX + 1];
    size_t n;
};

static void passphrase_wipe(struct passphrase *p)
{
    sodium_memzero(p, sizeof *p);
}

/* What a command said, until it is known whether it succeeded. */
static struct tb_buf said;

static void keep_line(void *user, const char *line)
{
    (void)user;
    tb_put(&said, line, strlen(line));
    tb_put_u8(&said, '\n');
}

/* A refusal goes where refusals are looked for. */
static void print_said(FILE *to)
{
    if (!said.failed && said.n > 0)
        (void)fwrite(said.p, 1, said.n, to);
    tb_buf_done(&said);
    said = (struct tb_buf){ 0 };
}

static const struct relay_say to_whoever_asked = { .fn = keep_line, .user = NULL };

static int finish(const char *command, tb_result r)
{
    bool explained = said.n > 0;

    print_said(r == TB_OK ? stdout : stderr);
    if (r == TB_OK)
        return fflush(stdout) == 0 ? EXIT_DONE : EXIT_FAILED;
    (void)fflush(stdout);
    if (!explained)
        say_error("%s: %s", command, said_of(tb_strresult(r)).text);
    return EXIT_FAILED;
}

static bool given(const char *value, const char *option)
{
    if (value && value[0] != '\0')
        return true;
    say_error(_("%s is missing; see --help"), option);
    return false;
}

static bool no_files(const struct admin_options *o)
{
    if (o->n_files == 0)
        return true;
    say_error(_("'%s' is one argument too many; see --help"), o->files[0]);
    return false;
}

static bool ours(const char *state_dir)
{
    struct statedir_text why;

    if (statedir_check(state_dir, &why) == TB_OK)
        return true;
    say_error("%s", why.text);
    return false;
}

int admin_init(const struct admin_options *o)
{
    if (!no_files(o) || !given(o->address, "--address") || !given(o->out, "--out"))
        return EXIT_USAGE;
    if (mkdir(o->state_dir, 0700) != 0 && errno != EEXIST) {
        say_error(_("%s cannot be made: %s"), o->state_dir, strerror(errno));
        return EXIT_FAILED;
    }
    if (!ours(o->state_dir))
        return EXIT_FAILED;
    return finish("init", relay_init(o->state_dir, o->address, o->out, &to_whoever_asked));
}

int admin_entry(const struct admin_options *o)
{
    if (!no_files(o) || !given(o->address, "--address") || !given(o->out, "--out"))
        return EXIT_USAGE;
    if (!ours(o->state_dir))
        return EXIT_FAILED;
    return finish("entry", relay_entry(o->state_dir, o->address, o->out, &to_whoever_asked));
}

int admin_import(const struct admin_options *o)
{
    int status = EXIT_DONE;

    if (o->n_files == 0) {
        say_error(_("import needs at least one FILE; see --help"));
        return EXIT_USAGE;
    }
    if (!ours(o->state_dir))
        return EXIT_FAILED;
    for (size_t i = 0; i < o->n_files && status == EXIT_DONE; i++)
        status = finish(o->files[i], relay_import(o->state_dir, o->files[i], &to_whoever_asked));
    return status;
}

int admin_requests(const struct admin_options *o)
{
    if (!no_files(o) || !given(o->out, "--out"))
        return EXIT_USAGE;
    if (!ours(o->state_dir))
        return EXIT_FAILED;
    return finish("requests", relay_requests(o->state_dir, o->out, &to_whoever_asked));
}

int admin_check(const struct admin_options *o)
{
    if (!no_files(o))
        return EXIT_USAGE;
    if (!ours(o->state_dir))
        return EXIT_FAILED;
    return finish("check", relay_check(o->state_dir, &to_whoever_asked));
}

/* The file's first line, if only its owner can read it. */
static tb_result read_passphrase(const char *path, struct passphrase *ret)
{
    struct stat st;
    TB_CLEANUP(tb_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0 || fstat(fd, &st) != 0) {
        say_error("%s: %s", path, strerror(errno));
        return TB_E_IO;
    }
    if (S_ISREG(st.st_mode) && (st.st_mode & 077) != 0) {
        say_error(_("%s: mode %04o lets others read the passphrase; run: chmod 600 %s"), path,
                  (unsigned)(st.st_mode & 07777), path);
        return TB_E_DENIED;
    }
    size_t n = 0;
    ssize_t more = 0;
    while (n < sizeof ret->text && (more = read(fd, ret->text + n, sizeof ret->text - n)) > 0)
        n += (size_t)more;
    const uint8_t *end = memchr(ret->text, '\n', n);
    ret->n = end ? (size_t)(end - ret->text) : n;
    if (more < 0 || ret->n == 0 || ret->n > PASSPHRASE_MAX) {
        say_error(_("%s: should hold one line of 1 to %d bytes"), path, PASSPHRASE_MAX);
        return TB_E_RANGE;
    }
    return TB_OK;
}

int admin_backup(const struct admin_options *o)
{
    TB_CLEANUP(passphrase_wipe) struct passphrase pass = { .n = 0 };

    if (!no_files(o) || !given(o->out, "--out") || !given(o->passphrase_file, "--passphrase-file"))
        return EXIT_USAGE;
    if (!ours(o->state_dir) || read_passphrase(o->passphrase_file, &pass) != TB_OK)
        return EXIT_FAILED;
    return finish("backup", relay_backup(o->state_dir, o->out, tb_view_of(pass.text, pass.n),
                                         &to_whoever_asked));
}

int admin_restore(const struct admin_options *o)
{
    TB_CLEANUP(passphrase_wipe) struct passphrase pass = { .n = 0 };

    if (!no_files(o) || !given(o->in, "--in") || !given(o->passphrase_file, "--passphrase-file"))
        return EXIT_USAGE;
    if (mkdir(o->state_dir, 0700) != 0 && errno != EEXIST) {
        say_error(_("%s cannot be made: %s"), o->state_dir, strerror(errno));
        return EXIT_FAILED;
    }
    if (!ours(o->state_dir) || read_passphrase(o->passphrase_file, &pass) != TB_OK)
        return EXIT_FAILED;
    return finish("restore", relay_restore(o->state_dir, o->in, tb_view_of(pass.text, pass.n),
                                           &to_whoever_asked));
}

/* --- status */

static int connect_metrics(const struct statedir_note *note)
{
    struct sockaddr_in four = { .sin_family = AF_INET,
                                .sin_port = htons((uint16_t)note->metrics_port) };
    struct sockaddr_in6 six = { .sin6_family = AF_INET6,
                                .sin6_port = htons((uint16_t)note->metrics_port) };
    const struct timeval patience = { .tv_sec = ANSWER_WAIT_S };
    bool is_four = inet_pton(AF_INET, note->metrics_address, &four.sin_addr) == 1;

    if (!is_four && inet_pton(AF_INET6, note->metrics_address, &six.sin6_addr) != 1)
        return -1;
    int fd = socket(is_four ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    bool up = setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0 &&
              (is_four ? connect(fd, (struct sockaddr *)&four, sizeof four)
                       : connect(fd, (struct sockaddr *)&six, sizeof six)) == 0;
    if (!up) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

/* GET; *ret_body is NUL-terminated. */
static tb_result ask(const struct statedir_note *note, const char *path, int *ret_status,
                     char body[static ANSWER_MAX])
{
    char request[128];
    TB_CLEANUP(tb_closep) int fd = connect_metrics(note);

    if (fd < 0)
        return TB_E_OFFLINE;
    int size = snprintf(request, sizeof request, "GET %s HTTP/1.0\r\n\r\n", path);
    if (write(fd, request, (size_t)size) != size)
        return TB_E_OFFLINE;
    size_t n = 0;
    ssize_t more = 0;
    while (n < ANSWER_MAX - 1 && (more = read(fd, body + n, ANSWER_MAX - 1 - n)) > 0)
        n += (size_t)more;
    body[n] = '\0';
    if (more < 0)
        return TB_E_TIMEOUT;
    const char *text = strstr(body, "\r\n\r\n");
    if (sscanf(body, "HTTP/1.%*d %d", ret_status) != 1 || !text)
        return TB_E_TRUNCATED;
    memmove(body, text + 4, strlen(text + 4) + 1);
    return TB_OK;
}

/* The values without the comments of the format. */
static void print_values(const char *text)
{
    while (*text != '\0') {
        size_t n = strcspn(text, "\n");

        if (text[0] != '#')
            (void)printf("%.*s\n", (int)n, text);
        text += n + (text[n] == '\n');
    }
}

static void say_whether_admitted(const char *state_dir)
{
    if (relay_warn(state_dir, &to_whoever_asked) != TB_OK && said.n == 0)
        say_error(_("%s cannot be opened; look at it with: trucban-relay check --state %s"),
                  state_dir, state_dir);
    print_said(stdout);
}

/* One that was started a moment ago says so once it listens: waits for it as long as was asked for. */
static tb_result find_relay(const struct admin_options *o, struct statedir_note *ret)
{
    const struct timespec step = { .tv_nsec = 50000000 };
    int64_t until_ms = clock_boot_ms() + (int64_t)o->within_s * 1000;
    tb_result r = statedir_note_read(o->state_dir, ret);

    while (r == TB_E_NOTFOUND && clock_boot_ms() < until_ms) {
        (void)nanosleep(&step, NULL);
        r = statedir_note_read(o->state_dir, ret);
    }
    return r;
}

int admin_status(const struct admin_options *o)
{
    static char body[ANSWER_MAX];
    struct statedir_note note = { 0 };
    int status = 0;

    if (!no_files(o))
        return EXIT_USAGE;
    if (!ours(o->state_dir))
        return EXIT_FAILED;
    tb_result r = find_relay(o, &note);
    if (r == TB_E_NOTFOUND)
        (void)printf(_("not running: no relay uses %s\n"), o->state_dir);
    else if (r == TB_OK)
        (void)printf(_("running: process %ld, port %d\n"), note.pid, note.port);
    say_whether_admitted(o->state_dir);
    if (r == TB_E_NOTFOUND)
        return EXIT_NOT_RUNNING;
    if (r != TB_OK)
        return finish("status", r);
    if (note.metrics_address[0] == '\0') {
        (void)printf(_("no figures: [metrics] has no port in its configuration\n"));
        return EXIT_DONE;
    }
    r = ask(&note, "/healthz", &status, body);
    if (r != TB_OK)
        return finish("status", r);
    (void)printf(_("health: %s"), body);
    bool healthy = status == 200;
    r = ask(&note, "/metrics", &status, body);
    if (r == TB_OK)
        print_values(body);
    int done = finish("status", r);
    return done == EXIT_DONE && !healthy ? EXIT_FAILED : done;
}
