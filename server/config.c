/* SPDX-License-Identifier: GPL-3.0-or-later */
/* config.c - reads configuration files with inih, line by line.
 *
 * inih calls back for keys only and cuts long lines in two, so the reader below
 * counts lines, refuses long ones and knows every section that is opened.
 * The tables `keys` and `sections` are all that can be written in a file. */
#include "server/config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <glob.h>
#include <ini.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/nearest.h"
#include "server/say.h"

enum { KEYS_MAX = 16 };

struct key {
    const char *section, *name;
    tb_result (*set)(void *field, const char *value, const struct key *key);
    size_t at; /* offset in struct config */
    long min, max;
    const char *wants; /* completes "should be ..." */
};

static tb_result set_number(void *field, const char *value, const struct key *key)
{
    char *end = NULL;

    errno = 0;
    long n = strtol(value, &end, 10);
    if (errno != 0 || end == value || *end != '\0' || n < key->min || n > key->max)
        return TB_E_RANGE;
    *(int *)field = (int)n;
    return TB_OK;
}

static tb_result set_path(void *field, const char *value, const struct key *key)
{
    (void)key;
    if (value[0] != '/' || strnlen(value, CONFIG_PATH_MAX) >= CONFIG_PATH_MAX)
        return TB_E_RANGE;
    (void)snprintf(field, CONFIG_PATH_MAX, "%s", value);
    return TB_OK;
}

static tb_result set_address(void *field, const char *value, const struct key *key)
{
    struct in6_addr six;
    struct in_addr four;

    (void)key;
    if (inet_pton(AF_INET, value, &four) != 1 && inet_pton(AF_INET6, value, &six) != 1)
        return TB_E_RANGE;
    (void)snprintf(field, CONFIG_ADDRESS_MAX, "%s", value);
    return TB_OK;
}

/* Metrics answer whoever asks, so only this machine may ask. */
static tb_result set_loopback(void *field, const char *value, const struct key *key)
{
    struct in_addr four;

    bool local = strcmp(value, "::1") == 0 ||
                 (inet_pton(AF_INET, value, &four) == 1 && ntohl(four.s_addr) >> 24 == 127);
    return local ? set_address(field, value, key) : TB_E_RANGE;
}

static tb_result set_level(void *field, const char *value, const struct key *key)
{
    static const struct {
        const char *name;
        enum log_level level;
    } levels[] = {
        { "error", LOG_ERROR },
        { "warning", LOG_WARN },
        { "info", LOG_NOTE },
        { "debug", LOG_TRACE },
    };

    (void)key;
    for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
        if (strcmp(value, levels[i].name) != 0)
            continue;
        *(enum log_level *)field = levels[i].level;
        return TB_OK;
    }
    return TB_E_RANGE;
}

#define AT(field) offsetof(struct config, field)
static const struct key keys[] = {
    { "relay", "state-dir", set_path, AT(state_dir), 0, 0, N_("an absolute path") },
    { "listen", "address", set_address, AT(address), 0, 0,
      N_("a numeric address such as 0.0.0.0 or ::") },
    { "listen", "port", set_number, AT(port), 0, 65535, N_("a number from 0 to 65535") },
    { "metrics", "address", set_loopback, AT(metrics_address), 0, 0, N_("127.0.0.1 or ::1") },
    { "metrics", "port", set_number, AT(metrics_port), 0, 65535, N_("a number from 0 to 65535") },
    { "limits", "max-peers", set_number, AT(max_peers), 1, 100000,
      N_("a number from 1 to 100000") },
    { "limits", "max-anonymous", set_number, AT(max_anonymous), 1, 10000,
      N_("a number from 1 to 10000") },
    { "limits", "max-anonymous-per-source", set_number, AT(max_anonymous_source), 1, 10000,
      N_("a number from 1 to 10000") },
    { "limits", "handshakes-per-source-s", set_number, AT(handshakes_per_source_s), 1, 100000,
      N_("a number from 1 to 100000") },
    { "heartbeat", "address", set_address, AT(heartbeat_address), 0, 0,
      N_("a numeric address such as 192.0.2.7 or 2001:db8::7") },
    { "heartbeat", "port", set_number, AT(heartbeat_port), 1, 65535,
      N_("a number from 1 to 65535") },
    { "heartbeat", "every-s", set_number, AT(heartbeat_every_s), 1, 3600,
      N_("a number from 1 to 3600") },
    { "log", "level", set_level, AT(log_level), 0, 0, N_("error, warning, info or debug") },
};
#undef AT
enum { KEYS = (int)(sizeof keys / sizeof keys[0]) };
_Static_assert((int)KEYS <= (int)KEYS_MAX, "seen[] is large enough");

/* One file being read.  `lost`: the first error was written to *error. */
struct reading {
    const char *path;
    FILE *file;
    unsigned line;
    bool seen[KEYS_MAX];
    bool lost;
    struct config *config;
    struct config_error *error;
};

/* What a file holds goes to the operator's terminal, which obeys control characters. */
static void make_harmless(char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            *text = '?';
}

__attribute__((format(printf, 2, 3))) static void complain(struct reading *r, const char *fmt, ...)
{
    va_list args;

    if (r->lost)
        return;
    r->lost = true;
    int n = snprintf(r->error->text, sizeof r->error->text, "%s:%u: ", r->path, r->line);
    if (n < 0 || (size_t)n >= sizeof r->error->text)
        return;
    va_start(args, fmt);
    (void)vsnprintf(r->error->text + n, sizeof r->error->text - (size_t)n, fmt, args);
    va_end(args);
    make_harmless(r->error->text + n);
}

/* Looks at a line that opens a section, since inih does not tell. */
static void check_section(struct reading *r, const char *line)
{
    const char *end = strchr(line, ']');

    if (!end)
        return; /* inih reports it */
    size_t n = (size_t)(end - line - 1);
    for (size_t i = 0; i < KEYS; i++)
        if (strlen(keys[i].section) == n && strncmp(keys[i].section, line + 1, n) == 0)
            return;
    complain(r,
             _("unknown section [%.*s]; there are [relay], [listen], [metrics], [limits], "
               "[heartbeat] and "
               "[log]"),
             (int)(n < 64 ? n : 64), line + 1);
}

/* inih's reader: a whole line or nothing. */
static char *next_line(char *line, int size, void *user)
{
    struct reading *r = user;

    if (r->lost || !fgets(line, size, r->file))
        return NULL;
    r->line++;
    size_t n = strlen(line);
    if (n + 1 == (size_t)size && line[n - 1] != '\n') {
        complain(r, _("the line is longer than %d bytes"), size - 2);
        return NULL;
    }
    const char *text = line + strspn(line, " \t");
    if (text[0] == '[')
        check_section(r, text);
    return r->lost ? NULL : line;
}

static void complain_unknown(struct reading *r, const char *section, const char *name)
{
    const char *names[KEYS + 1] = { NULL };
    size_t n = 0;

    for (size_t i = 0; i < KEYS; i++)
        if (strcmp(keys[i].section, section) == 0)
            names[n++] = keys[i].name;
    const char *near = tb_nearest(name, names);
    if (near)
        complain(r, _("unknown key '%s' in [%s]: did you mean '%s'?"), name, section, near);
    else
        complain(r, _("unknown key '%s' in [%s]; trucban-relay.8 lists all keys"), name, section);
}

static int set_key(void *user, const char *section, const char *name, const char *value)
{
    struct reading *r = user;

    if (r->lost)
        return 0;
    for (size_t i = 0; i < KEYS; i++) {
        const struct key *k = &keys[i];

        if (strcmp(k->section, section) != 0 || strcmp(k->name, name) != 0)
            continue;
        if (r->seen[i])
            complain(r, _("%s stands here a second time; keep one"), name);
        else if (k->set((char *)r->config + k->at, value, k) != TB_OK)
            complain(r, _("%s = %s: should be %s"), name, value, _(k->wants));
        r->seen[i] = true;
        return !r->lost;
    }
    complain_unknown(r, section, name);
    return 0;
}

static tb_result load_one(const char *path, struct config *c, struct config_error *error)
{
    struct reading r = { .path = path, .config = c, .error = error };

    r.file = fopen(path, "re");
    if (!r.file) {
        if (errno == ENOENT)
            (void)snprintf(error->text, sizeof error->text,
                           _("%s: there is no such file; name the configuration with --config "
                             "FILE, as in /etc/trucban/relay.conf"),
                           path);
        else
            (void)snprintf(error->text, sizeof error->text, "%s: %s", path, strerror(errno));
        return TB_E_IO;
    }
    int bad = ini_parse_stream(next_line, &r, set_key, &r);
    bool unread = ferror(r.file) != 0;
    (void)fclose(r.file);
    if (unread) {
        (void)snprintf(error->text, sizeof error->text, _("%s: cannot be read"), path);
        return TB_E_IO;
    }
    if (bad > 0 && !r.lost) {
        r.line = (unsigned)bad;
        complain(&r, _("neither [section] nor key = value"));
    }
    return r.lost || bad != 0 ? TB_E_RANGE : TB_OK;
}

void config_default(struct config *c)
{
    *c = (struct config){
        .state_dir = "/var/lib/trucban",
        .address = "0.0.0.0",
        .port = 7443,
        .metrics_address = "127.0.0.1",
        .metrics_port = CONFIG_OFF,
        .max_peers = 4096,
        .max_anonymous = 256,
        .max_anonymous_source = 64,
        .handshakes_per_source_s = 200,
        .heartbeat_port = CONFIG_OFF,
        .heartbeat_every_s = 10,
        .log_level = LOG_NOTE,
    };
}

tb_result config_load(const char *path, struct config *ret, struct config_error *ret_error)
{
    struct config c;
    char pattern[CONFIG_PATH_MAX];
    glob_t more = { 0 };

    config_default(&c);
    tb_result r = load_one(path, &c, ret_error);
    if (r != TB_OK)
        return r;
    int n = snprintf(pattern, sizeof pattern, "%s.d/*.conf", path);
    if (n < 0 || (size_t)n >= sizeof pattern) {
        (void)snprintf(ret_error->text, sizeof ret_error->text,
                       _("%.100s...: the path is too long"), path);
        return TB_E_RANGE;
    }
    int found = glob(pattern, 0, NULL, &more);
    for (size_t i = 0; found == 0 && r == TB_OK && i < more.gl_pathc; i++)
        r = load_one(more.gl_pathv[i], &c, ret_error);
    globfree(&more);
    if (r == TB_OK && (c.heartbeat_port == CONFIG_OFF) != (c.heartbeat_address[0] == '\0')) {
        (void)snprintf(ret_error->text, sizeof ret_error->text,
                       _("%.400s: [heartbeat] needs both address and port"), path);
        r = TB_E_RANGE;
    }
    if (r == TB_OK)
        *ret = c;
    return r;
}
