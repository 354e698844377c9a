/* SPDX-License-Identifier: GPL-3.0-or-later */
/* core_conn_peers.h - a relay's front in the test's own loop, and hostile peers in a thread. */
#pragma once

#include <glib.h>

#include "client/core/conn.h"
#include "tb_cmocka.h"

struct tls_identity; /* a key and its self-signed certificate */
struct tls_identity *identity_new(struct tb_hash *ret_pin);
void identity_free(struct tls_identity *i);

/* --- a websocket server: echoes; on the text "bye" it closes */
struct front_options {
    int tls_max;             /* OpenSSL's version number; 0 = any */
    const char *subprotocol; /* NULL = the right one */
};
struct front {
    void *lws; /* struct lws_context */
    struct front_options options;
    struct tls_identity *identity;
    int port;
    struct tb_hash exporter; /* of the newest connection */
    unsigned connections;    /* so far */
};
void front_open(struct front *f, GMainLoop *loop, struct tls_identity *i,
                const struct front_options *o);
void front_close(struct front *f);

/* --- one connection by hand, in a thread */
enum trick {
    TRICK_MUTE,      /* TCP, then nothing */
    TRICK_MUTE_HTTP, /* TLS, then nothing */
    TRICK_MUTE_WS,   /* the upgrade, then nothing, not even an answer to pings */
    TRICK_NOT_TLS,   /* another protocol altogether */
    TRICK_PAGE,      /* a web page instead of the upgrade */
    TRICK_NO_SUBPROTOCOL,
    TRICK_REDIRECT,    /* sends the agent elsewhere */
    TRICK_LONG_HEADER, /* a header that does not end */
    TRICK_EXTENSION,   /* the upgrade with cookies, and with an extension that nobody asked for */
    TRICK_GIANT,       /* a frame that announces 2^40 bytes */
    TRICK_PIECES,      /* a message in endless pieces */
    TRICK_TEXT,        /* a text message */
    TRICK_HANG_UP,     /* closes TCP after the upgrade */
};
struct trickster;
struct trickster *trickster_new(enum trick trick, struct tls_identity *i, int *ret_port);
void trickster_free(struct trickster *t); /* joins */

/* --- the side under test */
struct caller {
    GMainLoop *loop;
    struct conn *conn;
    unsigned ups, downs, messages;
    enum conn_down why;
    char text[200];
    struct tb_hash exporter;
    struct tb_buf in; /* all messages, one after another */
    size_t last_bytes;
    unsigned resolves;
    char resolved_host[300];
    void (*on_message)(struct caller *c);
    void (*on_down)(struct caller *c);
    void (*on_resolve)(struct caller *c);
};
void caller_new(struct caller *c, bool resolves);
void caller_done(struct caller *c);
/* Runs the loop until *what reaches n; fails after `seconds`. */
void run_until(struct caller *c, const unsigned *what, unsigned n, unsigned seconds);
/* Runs the loop for a while. */
void run_for(struct caller *c, unsigned ms);
void dial(struct caller *c, const char *host, int port, const struct tb_hash *pin);
