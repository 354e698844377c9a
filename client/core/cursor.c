/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cursor.c - how far the relay's stream was taken, and what its numbers give away.
 *
 * Numbers are only the relay's word.  Every envelope is taken whatever its number
 * (what came before changes nothing: rows are told apart by content); the cursor
 * follows the relay, up and down.  A number that goes back, a gap, an
 * acknowledgement refused, or a log-in that finds less than was taken here says
 * that messages were lost or hidden: logged, and shown for a week.  What else the
 * relay was caught at is shown in the same place. */
#include <stdio.h>
#include <string.h>

#include "client/core/parts.h"

#define SHOW_MS (7 * 86400000LL)

/* ---- the row */

tb_result cursor_load(struct tbc *c)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    const struct cs_key k = key_meta("cursor");
    Tbl__Cursor *m;

    tb_arena_init(&a, CORE_ARENA);
    tb_result r = local_get(c, &k, &a, &tbl__cursor__descriptor, &m);
    c->era = r == TB_OK ? m->era : 0;
    c->seq = r == TB_OK ? m->seq : 0;
    c->lost_ms = r == TB_OK ? m->lost_ms : 0;
    copy_text(c->lost, sizeof c->lost, r == TB_OK ? m->lost : "");
    return r == TB_E_NOTFOUND ? TB_OK : r;
}

tb_result cursor_put(struct tbc *c)
{
    const struct cs_key k = key_meta("cursor");
    Tbl__Cursor m;

    tbl__cursor__init(&m);
    m.era = c->era;
    m.seq = c->seq;
    m.lost_ms = c->lost_ms;
    m.lost = c->lost;
    return local_put(c, &k, NULL, &m.base);
}

/* ---- what must not stay unseen */

void cursor_alarm(struct tbc *c, const char *text)
{
    bool again = strcmp(c->lost, text) == 0;

    c->memory_ahead = true;
    c->lost_ms = now_wall_ms();
    copy_text(c->lost, sizeof c->lost, text);
    if (again)
        return;
    c->topics |= TBC_TOPIC_STATUS;
    core_log(c, LOG_WARN_, "relay: %s", text);
}

const char *cursor_lost(const struct tbc *c)
{
    return c->lost[0] && now_wall_ms() - c->lost_ms < SHOW_MS ? c->lost : "";
}

/* ---- a relay that counts anew */

struct again {
    struct tbc *c;
    const struct leaf *l;
};

static tb_result offer_act(void *user, int64_t n, Tbl__Event *e)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    const struct again *g = user;
    Tb__Act *act;

    (void)n;
    if (e->kind != EVENT_ACT || e->put.len == 0 || e->refused || e->pending)
        return TB_OK;
    tb_arena_init(&a, CORE_ARENA);
    if (tb_act_unpack(&a, tb_field_view(&e->statement), &act) != TB_OK)
        return TB_OK; /* a damaged one cannot be said again */
    struct tb_id id = tb_id_from(act->act_id.data);
    return outbox_again(g->c, TB_OP_ACT, &g->l->id, &id, tb_field_view(&e->put));
}

static tb_result offer_acts(void *user, int64_t n, struct tb_view plain)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    TB_CLEANUP(leaf_done) struct leaf l = { 0 };
    struct tbc *c = user;
    Tbl__Page *p;

    (void)n;
    tb_arena_init(&a, CORE_ARENA);
    if (tb_unpack(&a, &tbl__page__descriptor, plain, &p) != TB_OK || !tb_is(&p->id, TB_ID_BYTES))
        return TB_OK;
    struct tb_id id = tb_id_from(p->id.data);
    tb_result r = leaf_load(c, &id, &l);
    struct again g = { c, &l };
    if (r == TB_OK)
        r = leaf_events(c, &l, offer_act, &g);
    return r == TB_E_DAMAGED ? TB_OK : r;
}

static tb_result begin_anew(struct tbc *c)
{
    const struct cs_query open = { CS_PAGE, 0, true };

    c->memory_ahead = true;
    c->seq = 0;
    tb_result r = cs_newest(c->store, &open, offer_acts, c);
    return r == TB_E_DAMAGED ? TB_OK : r;
}

tb_result cursor_era(struct tbc *c, uint64_t era)
{
    bool first = c->era == 0;

    c->memory_ahead = true;
    c->era = era;
    c->seq = 0;
    if (first)
        return TB_OK;
    core_log(c, LOG_WARN_, "relay: restored from a backup; acts of open pages are offered again");
    return begin_anew(c);
}

/* Our prekeys are not those that it holds: it may give out some that were used. */
tb_result cursor_login(struct tbc *c, uint64_t era, uint64_t newest)
{
    const struct cs_key prekeys = key_meta("prekeys");
    char text[sizeof c->lost];

    if (era != c->era || c->seq <= newest)
        return TB_OK;
    (void)snprintf(text, sizeof text,
                   "the relay lost or hid messages: %llu had come here, it knows of %llu",
                   (unsigned long long)c->seq, (unsigned long long)newest);
    cursor_alarm(c, text);
    tb_result r = begin_anew(c);
    if (r == TB_OK)
        r = cs_drop(c->store, &prekeys);
    return r == TB_OK ? cursor_put(c) : r;
}

void cursor_sees(struct tbc *c, uint64_t seq)
{
    char text[sizeof c->lost];

    if (c->seq == 0 || seq == c->seq + 1)
        return;
    (void)snprintf(text, sizeof text,
                   "the relay lost or hid messages: number %llu came after number %llu",
                   (unsigned long long)seq, (unsigned long long)c->seq);
    cursor_alarm(c, text);
}

/* ---- acknowledging */

static void on_ack(struct tbc *c, uint64_t ctx, const struct answer *ans)
{
    char text[sizeof c->lost];

    (void)ctx;
    if (ans->result == TB_OK || ans->result == TB_E_OFFLINE)
        return;
    (void)snprintf(text, sizeof text,
                   "the relay lost or hid messages: it refuses what was acknowledged (%s)",
                   tb_strresult(ans->result));
    cursor_alarm(c, text);
    core_fail(c, cursor_put(c));
    /* The next envelope, or the next log-in, puts the cursor right. */
}

void cursor_ack(struct tbc *c)
{
    Tb__Ack m;

    tb__ack__init(&m);
    m.era = c->era;
    m.seq = c->seq;
    if (link_request_msg(c, TB_OP_ACK, &m.base, on_ack, 0) == TB_OK)
        c->ack = false;
}
