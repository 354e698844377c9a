/* SPDX-License-Identifier: GPL-3.0-or-later */
/* transport_conn.c - the transport that is used in life: conn.c behind the names of transport.h. */
#include <stdlib.h>

#include "client/core/conn.h"
#include "client/core/transport.h"

struct over_conn {
    struct conn *conn;
    struct transport_events ev;
    void *link;
};

static void on_up(void *user, const struct tb_hash *exporter)
{
    struct over_conn *o = user;

    o->ev.up(o->link, exporter);
}

static void on_message(void *user, struct tb_view batch)
{
    struct over_conn *o = user;

    o->ev.message(o->link, batch);
}

static void on_down(void *user, enum conn_down why, const char *text)
{
    struct over_conn *o = user;

    (void)why;
    o->ev.down(o->link, text);
}

static void on_resolve(void *user, struct conn *conn, const char *host)
{
    struct over_conn *o = user;

    (void)conn;
    o->ev.resolve(o->link, host);
}

static void on_moving(void *user)
{
    struct over_conn *o = user;

    o->ev.moving(o->link);
}

static tb_result dial(void *self, const char *address, const struct tb_hash *pin,
                      const struct tb_hash *pin_next)
{
    struct over_conn *o = self;

    return conn_dial(o->conn, address, pin, pin_next);
}

static tb_result send_batch(void *self, struct tb_view batch)
{
    struct over_conn *o = self;

    return conn_send(o->conn, batch);
}

static void resolved(void *self, const char *ip)
{
    struct over_conn *o = self;

    conn_resolved(o->conn, ip);
}

static void hang_up(void *self)
{
    struct over_conn *o = self;

    conn_hang_up(o->conn);
}

static void over_free(void *self)
{
    struct over_conn *o = self;

    conn_free(o->conn);
    free(o);
}

tb_result transport_conn(void *glib_loop, const struct transport_events *ev, void *link,
                         struct transport *ret)
{
    static const struct conn_events events = { on_up, on_message, on_down, on_resolve, on_moving };
    struct over_conn *o = calloc(1, sizeof *o);

    if (!o)
        return TB_E_NOMEM;
    o->ev = *ev;
    o->link = link;
    tb_result r = conn_new(glib_loop, &events, o, &o->conn);
    if (r != TB_OK) {
        free(o);
        return r;
    }
    *ret = (struct transport){ o, dial, send_batch, resolved, hang_up, over_free };
    return TB_OK;
}
