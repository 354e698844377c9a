/* SPDX-License-Identifier: GPL-3.0-or-later */
/* world_liar.c - see world_liar.h. */
#include "world_liar.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "tb_cmocka.h"

enum { POLL_MS = 50, ANSWER_S = 20 };

static int wire = -1;
static char path[108];

void world_open_lying(struct world *w)
{
    (void)snprintf(path, sizeof path, "/tmp/tb-liar-%d", (int)getpid());
    (void)setenv("LIAR_SOCKET", path, 1);
    world_relay = "tests/lying_relay";
    wire = -1;
    world_open(w);
}

static void dial(void)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX };
    const struct timeval patience = { .tv_sec = ANSWER_S };

    memcpy(at.sun_path, path, sizeof at.sun_path);
    wire = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    assert_true(wire >= 0);
    assert_int_equal(connect(wire, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(setsockopt(wire, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), 0);
}

const char *lie(const char *fmt, ...)
{
    static char said[600];
    char order[512];
    ssize_t n = -1;
    va_list more;

    va_start(more, fmt);
    int len = vsnprintf(order, sizeof order, fmt, more);
    va_end(more);
    assert_true(len > 0 && (size_t)len < sizeof order);
    for (int tries = 0; tries < 2 && n <= 0; tries++) { /* the relay may have been started again */
        if (wire < 0)
            dial();
        if (send(wire, order, (size_t)len, MSG_NOSIGNAL) == len)
            n = recv(wire, said, sizeof said - 1, 0);
        if (n <= 0) {
            (void)close(wire);
            wire = -1;
        }
    }
    assert_true(n > 0);
    said[n] = '\0';
    if (strncmp(said, "ok ", 3) != 0)
        fail_msg("the liar does not obey '%s'", order);
    return said + 3;
}

long long lie_count(const char *name)
{
    return strtoll(lie("count %s", name), NULL, 10);
}

const char *doc_text(const json_t *doc, const char *key)
{
    const char *text = json_string_value(json_object_get(doc, key));

    return text ? text : "";
}

long long doc_number(const json_t *doc, const char *key)
{
    return json_integer_value(json_object_get(doc, key));
}

bool doc_true(const json_t *doc, const char *key)
{
    return json_is_true(json_object_get(doc, key));
}

json_t *world_status(struct world *w, const char *name)
{
    struct run r = world_run(w, name, "status", NULL);
    json_t *j = json_loads(r.out, JSON_DISABLE_EOF_CHECK, NULL);

    run_done(&r);
    return j;
}

static void value_of(const json_t *s, const char *key, char *ret, size_t size)
{
    const json_t *is = json_object_get(s, key);

    if (json_is_integer(is))
        (void)snprintf(ret, size, "%lld", doc_number(s, key));
    else if (json_is_boolean(is))
        (void)snprintf(ret, size, "%s", json_is_true(is) ? "true" : "false");
    else
        (void)snprintf(ret, size, "%s", doc_text(s, key));
}

void world_wait_status(struct world *w, const char *name, const char *key, const char *text,
                       int within_ms)
{
    for (long long end = now_ms() + within_ms;; pause_ms(POLL_MS)) {
        json_t *s = world_status(w, name);
        char value[400];
        value_of(s, key, value, sizeof value);
        json_decref(s);
        if (strstr(value, text))
            return;
        if (now_ms() > end)
            fail_msg("%s: %s is '%s', not '%s'", name, key, value, text);
    }
}

bool world_rings(struct world *w, const char *name, const char *page, const char *why)
{
    json_t *s = world_status(w, name), *r;
    bool rings = false;
    size_t i;

    json_array_foreach(json_object_get(s, "ringing"), i, r) rings |=
        (!page || strcmp(doc_text(r, "page"), page) == 0) &&
        (!why || strcmp(doc_text(r, "why"), why) == 0);
    json_decref(s);
    return rings;
}

void world_wait_rings(struct world *w, const char *name, const char *page, const char *why,
                      int within_ms)
{
    for (long long end = now_ms() + within_ms; !world_rings(w, name, page, why);
         pause_ms(POLL_MS)) {
        if (now_ms() <= end)
            continue;
        json_t *s = world_status(w, name);
        fail_msg("%s does not ring for %s (%s): %s", name, page ? page : "any page",
                 why ? why : "anything", json_dumps(s, JSON_INDENT(1)));
    }
}

void world_wait_readable(struct world *w, const char *name, const char *id, int within_ms)
{
    for (long long end = now_ms() + within_ms;; pause_ms(50)) {
        json_t *p = world_page(w, name, id);
        bool readable = doc_true(p, "readable");
        json_decref(p);
        if (readable)
            return;
        if (now_ms() > end)
            fail_msg("%s cannot read page %s in time", name, id);
    }
}

bool world_log_says(struct world *w, const char *name, const char *text)
{
    char log[2 * WORLD_PATH];

    (void)snprintf(log, sizeof log, "%s/%s.log", w->dir, name);
    return world_file_holds(log, text);
}

void world_wait_log(struct world *w, const char *name, const char *text, int within_ms)
{
    for (long long end = now_ms() + within_ms; !world_log_says(w, name, text); pause_ms(POLL_MS))
        if (now_ms() > end)
            fail_msg("the log of %s does not say: %s", name, text);
}
