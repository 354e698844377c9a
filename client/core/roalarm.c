/* SPDX-License-Identifier: GPL-3.0-or-later */
/* roalarm.c - heads of the roster compared: a shorter log, another log, a log that is kept from us.
 *
 * A fork is kept for ever: somebody must look into it.  A relay that is only
 * behind (restored from a backup) is offered what it lacks, and the alarm ends
 * when it has caught up.  Receiving goes on in every case. */
#include <stdio.h>

#include "client/core/parts.h"

#define SERVE_MS (5LL * 60 * 1000) /* so long a relay may lag behind what members show */

void rosync_alarm(struct tbc *c, enum rosync_alarm_kind kind, const char *text)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    Tbl__RosterState *m;

    tb_arena_init(&a, CORE_ARENA);
    tb_result r = rosync_state(c, &a, &m);
    if (r == TB_OK && (m->alarm_kind == (uint32_t)kind || m->alarm_kind == ROSYNC_FORK))
        return;
    core_log(c, kind == ROSYNC_FINE ? LOG_NOTE_ : LOG_ERROR_, "roster: %s",
             kind == ROSYNC_FINE ? "the relay has caught up" : text);
    if (r == TB_OK) {
        m->alarm_kind = kind;
        m->alarm = arena_text(&a, kind == ROSYNC_FINE ? "" : text);
        r = m->alarm ? rosync_put_state(c, m) : TB_E_NOMEM;
    }
    core_fail(c, r);
    c->roster_seen = false;
    c->topics |= TBC_TOPIC_STATUS | TBC_TOPIC_ROSTER;
}

void rosync_calm(struct tbc *c, enum rosync_alarm_kind kind)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    Tbl__RosterState *m;

    tb_arena_init(&a, CORE_ARENA);
    if (rosync_state(c, &a, &m) == TB_OK && m->alarm_kind == (uint32_t)kind)
        rosync_alarm(c, ROSYNC_FINE, "");
}

/* The entries verify themselves, whoever brings them. */
static void offer_entries(struct tbc *c, uint64_t from)
{
    Tb__RosterAppend m;

    for (uint64_t i = from; i < tb_roster_size(c->roster); i++) {
        struct tb_view entry = tb_roster_entry(c->roster, i);
        tb__roster_append__init(&m);
        m.entry_signed = tb_field(entry.p, entry.n);
        if (link_request_msg(c, TB_OP_ROSTER_APPEND, &m.base, NULL, 0) != TB_OK)
            return;
    }
}

static void relay_is_short(struct tbc *c, uint64_t size, const struct tb_hash *head)
{
    char text[160];
    struct tb_hash mine;

    if (tb_roster_head_at(c->roster, size, &mine) != TB_OK || !tb_hash_equal(&mine, head)) {
        rosync_alarm(c, ROSYNC_FORK, "the relay shows another roster than this device has seen");
        return;
    }
    (void)snprintf(text, sizeof text,
                   "the relay's roster has %llu entries, this device has seen %llu",
                   (unsigned long long)size, (unsigned long long)tb_roster_size(c->roster));
    rosync_alarm(c, ROSYNC_SHORT, text);
    if (link_is_up(c))
        offer_entries(c, size);
}

void rosync_head(struct tbc *c, uint64_t size, const struct tb_hash *head)
{
    uint64_t mine_size = tb_roster_size(c->roster);
    struct tb_hash mine = tb_roster_head(c->roster);

    c->relay_size = size;
    c->relay_head = *head;
    if (size > mine_size || !c->synced) {
        rosync_start(c);
        return;
    }
    if (size < mine_size) {
        relay_is_short(c, size, head);
        return;
    }
    if (!tb_hash_equal(&mine, head)) {
        rosync_alarm(c, ROSYNC_FORK, "the relay shows another roster than this device has seen");
        return;
    }
    rosync_calm(c, ROSYNC_SHORT);
    if (c->peer_ahead_ms && mine_size >= c->peer_size)
        rosync_peer(c, c->peer_size, &c->peer_head);
}

void rosync_peer(struct tbc *c, uint64_t size, const struct tb_hash *head)
{
    struct tb_hash mine;

    if (size == 0)
        return;
    if (size <= tb_roster_size(c->roster)) {
        if (tb_roster_head_at(c->roster, size, &mine) == TB_OK && !tb_hash_equal(&mine, head))
            rosync_alarm(c, ROSYNC_FORK, "a member has seen another roster than this device");
        if (c->peer_ahead_ms && size >= c->peer_size) {
            c->peer_ahead_ms = 0;
            rosync_calm(c, ROSYNC_AHEAD);
        }
        return;
    }
    if (!c->peer_ahead_ms)
        c->peer_ahead_ms = now_boot_ms();
    if (size > c->peer_size) {
        c->peer_size = size;
        c->peer_head = *head;
    }
    rosync_start(c);
}

int64_t rosync_due_ms(const struct tbc *c)
{
    int64_t serve = c->peer_ahead_ms > 0 ? c->peer_ahead_ms + SERVE_MS : INT64_MAX;
    int64_t refresh = link_is_up(c) && c->synced && !c->syncing ? c->refresh_ms : INT64_MAX;

    return serve < refresh ? serve : refresh;
}

void rosync_tick(struct tbc *c)
{
    int64_t now = now_boot_ms();

    if (now < rosync_due_ms(c))
        return;
    if (c->peer_ahead_ms > 0 && now >= c->peer_ahead_ms + SERVE_MS) {
        if (c->peer_size > tb_roster_size(c->roster))
            rosync_alarm(c, ROSYNC_AHEAD,
                         "a member has seen a longer roster than the relay serves");
        c->peer_ahead_ms = -1; /* said once */
    }
    if (now >= c->refresh_ms) {
        c->refresh_ms = now + SERVE_MS;
        rosync_start(c);
    }
}
