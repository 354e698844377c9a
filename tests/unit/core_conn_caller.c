/* SPDX-License-Identifier: GPL-3.0-or-later */
/* core_conn_caller.c - the side under test: counts its events and turns the loop. */
#include <stdio.h>

#include "core_conn_peers.h"

static void on_up(void *user, const struct tb_hash *exporter)
{
    struct caller *c = user;

    c->ups++;
    c->exporter = *exporter;
}

static void on_message(void *user, struct tb_view batch)
{
    struct caller *c = user;

    c->messages++;
    c->last_bytes = batch.n;
    tb_put(&c->in, batch.p, batch.n);
    if (c->on_message)
        c->on_message(c);
}

static void on_down(void *user, enum conn_down why, const char *text)
{
    struct caller *c = user;

    c->downs++;
    c->why = why;
    (void)snprintf(c->text, sizeof c->text, "%s", text);
    if (c->on_down)
        c->on_down(c);
}

static void on_resolve(void *user, struct conn *conn, const char *host)
{
    struct caller *c = user;

    c->resolves++;
    (void)snprintf(c->resolved_host, sizeof c->resolved_host, "%s", host);
    assert_true(!c->conn || conn == c->conn);
    if (c->on_resolve)
        c->on_resolve(c);
}

void caller_new(struct caller *c, bool resolves)
{
    struct conn_events ev = {
        .up = on_up, .message = on_message, .down = on_down, .resolve = resolves ? on_resolve : NULL
    };

    *c = (struct caller){ .loop = g_main_loop_new(NULL, FALSE) };
    assert_int_equal(conn_new(c->loop, &ev, c, &c->conn), TB_OK);
}

void caller_done(struct caller *c)
{
    conn_free(c->conn);
    g_main_loop_unref(c->loop);
    tb_buf_done(&c->in);
}

static gboolean on_timeout(gpointer user)
{
    *(bool *)user = true;
    return G_SOURCE_REMOVE;
}

/* Turns the loop until the time is over or *what reaches n; was it reached? */
static bool turn(struct caller *c, const unsigned *what, unsigned n, unsigned ms)
{
    bool late = false;
    GMainContext *context = g_main_loop_get_context(c->loop);
    GSource *timer = g_timeout_source_new(ms);

    g_source_set_callback(timer, on_timeout, &late, NULL);
    (void)g_source_attach(timer, context);
    while (!late && (!what || *what < n))
        (void)g_main_context_iteration(context, TRUE);
    g_source_destroy(timer);
    g_source_unref(timer);
    return what && *what >= n;
}

void run_until(struct caller *c, const unsigned *what, unsigned n, unsigned seconds)
{
    if (!turn(c, what, n, seconds * 1000))
        fail_msg("waited %u s in vain; ups %u downs %u (%s)", seconds, c->ups, c->downs, c->text);
}

void run_for(struct caller *c, unsigned ms)
{
    (void)turn(c, NULL, 0, ms);
}

void dial(struct caller *c, const char *host, int port, const struct tb_hash *pin)
{
    static const struct tb_hash none;
    char address[300];

    (void)snprintf(address, sizeof address, "%s:%d", host, port);
    assert_int_equal(conn_dial(c->conn, address, pin, &none), TB_OK);
}
