/* SPDX-License-Identifier: GPL-3.0-or-later */
/* heartbeat.c - see heartbeat.h.  Never waits: a datagram that cannot go now is lost, the next one is due soon. */
#include "server/heartbeat.h"

#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "server/clock.h"
#include "server/log.h"

#define HEARTBEAT_WORDS "trucban-heartbeat 1 "

struct heartbeat {
    uv_udp_t udp;
    struct sockaddr_storage to;
    struct tb_id relay_id;
    uint64_t era;
    int64_t every_ms, due_ms;
    bool failing; /* said so already */
};

void heartbeat_print(const struct tb_id *relay_id, uint64_t era, int64_t wall_ms,
                     struct heartbeat_text *ret)
{
    char hex[2 * TB_ID_BYTES + 1];

    tb_hex(relay_id->b, sizeof relay_id->b, hex);
    (void)snprintf(ret->s, sizeof ret->s, HEARTBEAT_WORDS "%s %" PRIu64 " %" PRId64 "\n", hex, era,
                   wall_ms);
}

/* What `text` begins with if it is a number and then `end`; NULL if not. */
static const char *skip_number(const char *text, char end)
{
    size_t n = strspn(text, "0123456789");

    return n > 0 && n <= 20 && text[n] == end ? text + n + 1 : NULL;
}

tb_result heartbeat_parse(struct tb_view datagram, struct tb_id *ret_relay_id)
{
    enum { WORDS = sizeof HEARTBEAT_WORDS - 1, HEX = 2 * TB_ID_BYTES };
    char text[HEARTBEAT_TEXT_MAX];
    char hex[HEX + 1] = "";
    struct tb_id id;

    if (datagram.n >= sizeof text || datagram.n < WORDS + HEX + 1)
        return TB_E_RANGE;
    memcpy(text, datagram.p, datagram.n);
    text[datagram.n] = '\0';
    memcpy(hex, text + WORDS, HEX);
    if (strncmp(text, HEARTBEAT_WORDS, WORDS) != 0 || text[WORDS + HEX] != ' ' ||
        tb_hex_parse(hex, id.b, sizeof id.b) != TB_OK)
        return TB_E_RANGE;
    const char *rest = skip_number(text + WORDS + HEX + 1, ' ');
    rest = rest ? skip_number(rest, '\n') : NULL;
    if (!rest || rest != text + datagram.n)
        return TB_E_RANGE;
    *ret_relay_id = id;
    return TB_OK;
}

static bool fill_address(const char *text, int port, struct sockaddr_storage *ret)
{
    struct sockaddr_in four;
    struct sockaddr_in6 six;

    if (uv_ip4_addr(text, port, &four) == 0)
        memcpy(ret, &four, sizeof four);
    else if (uv_ip6_addr(text, port, &six) == 0)
        memcpy(ret, &six, sizeof six);
    else
        return false;
    return true;
}

/* A socket from the start: the sandbox lets nobody make one later. */
static int bind_now(struct heartbeat *h)
{
    struct sockaddr_storage any;

    (void)fill_address(h->to.ss_family == AF_INET ? "0.0.0.0" : "::", 0, &any);
    return uv_udp_bind(&h->udp, (const struct sockaddr *)&any, 0);
}

tb_result heartbeat_open(struct uv_loop_s *loop, const struct heartbeat_options *o,
                         struct heartbeat **ret, int *ret_errno)
{
    struct heartbeat *h = calloc(1, sizeof *h);

    if (!h)
        return TB_E_NOMEM;
    h->relay_id = o->relay_id;
    h->era = o->era;
    h->every_ms = (int64_t)o->every_s * 1000;
    int error = fill_address(o->address, o->port, &h->to) ? 0 : UV_EINVAL;
    if (error == 0)
        error = uv_udp_init(loop, &h->udp); /* without a family: no socket yet, cannot fail */
    if (error != 0) {
        *ret_errno = -error;
        free(h);
        return TB_E_IO;
    }
    h->udp.data = h;
    error = bind_now(h);
    if (error != 0) {
        *ret_errno = -error;
        heartbeat_close(h);
        return TB_E_IO;
    }
    *ret = h;
    return TB_OK;
}

void heartbeat_cycle(struct heartbeat *h, int64_t now_ms)
{
    struct heartbeat_text text;

    if (now_ms < h->due_ms)
        return;
    h->due_ms = now_ms + h->every_ms;
    heartbeat_print(&h->relay_id, h->era, clock_wall_ms(), &text);
    uv_buf_t line = uv_buf_init(text.s, (unsigned)strlen(text.s));
    int sent = uv_udp_try_send(&h->udp, &line, 1, (const struct sockaddr *)&h->to);
    if (sent < 0 && !h->failing)
        log_line(LOG_WARN, "heartbeat", "result=%s", uv_err_name(sent));
    else if (sent >= 0 && h->failing)
        log_line(LOG_NOTE, "heartbeat", "result=sent-again");
    h->failing = sent < 0;
}

static void on_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void heartbeat_close(struct heartbeat *h)
{
    uv_close((uv_handle_t *)&h->udp, on_closed);
}
