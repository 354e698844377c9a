/* SPDX-License-Identifier: GPL-3.0-or-later */
/* status.c - how this profile stands, and who I am. */
#include <string.h>

#include "client/core/parts.h"

enum { DAMAGE_CHECK_MS = 600000 };

static enum tbc_stage stage_of(struct tbc *c)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf wrap = { 0 };

    if (c->me)
        return c->me->member ? TBC_READY : TBC_ENROLLING;
    return cs_open_value(c->store, "wrap", &wrap) == TB_OK ? TBC_LOCKED : TBC_NONE;
}

static enum tbc_online online_of(const struct tbc *c)
{
    if (c->link.state == LINK_UP)
        return TBC_ONLINE;
    return c->link.state == LINK_OFF || c->link.state == LINK_WAIT ? TBC_OFFLINE : TBC_CONNECTING;
}

static bool is_stale(struct tbc *c)
{
    struct tb_trust t = trust_of(c, &c->me->cred, TB_STEP_RESOLVE);

    return (t.flags & TB_TRUST_STALE) != 0;
}

static void roster_status(struct tbc *c, struct tbc_status *s)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    Tbl__RosterState *m;

    tb_arena_init(&a, CORE_ARENA);
    s->roster_size = tb_roster_size(c->roster);
    s->roster_fresh_ms = tb_roster_fresh_ms(c->roster);
    s->demo = s->roster_size && tb_roster_is_demo(c->roster);
    s->roster_stale = c->me->member && is_stale(c);
    s->signer = freshness_signer(c);
    if (rosync_state(c, &a, &m) == TB_OK) {
        s->roster_alarm = m->alarm[0] != 0;
        copy_text(s->roster_alarm_text, sizeof s->roster_alarm_text, m->alarm);
    }
}

static void count_damaged(void *user, const struct tb_id *name)
{
    struct tbc *c = user;

    (void)name;
    c->damaged_rows++;
}

/* Every row has to be opened for it: not at each glance at the status. */
static uint32_t damaged_rows(struct tbc *c)
{
    const struct cs_query all = { CS_PAGE, -1, false };

    if (now_boot_ms() < c->damaged_due_ms)
        return c->damaged_rows;
    c->damaged_rows = 0;
    c->damaged_due_ms = now_boot_ms() + DAMAGE_CHECK_MS;
    (void)cs_damaged(c->store, &all, count_damaged, c); /* a damaged store shows elsewhere */
    return c->damaged_rows;
}

static tb_result count_page(void *user, int64_t n, struct tb_view plain)
{
    struct tbc_status *s = user;
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    Tbl__Page *p;

    (void)n;
    tb_arena_init(&a, CORE_ARENA);
    if (tb_unpack(&a, &tbl__page__descriptor, plain, &p) != TB_OK)
        return TB_OK;
    s->open_pages++;
    s->damaged += p->damaged ? 1 : 0;
    s->nobody += p->nobody_yet ? 1 : 0;
    s->unanswered += p->mine && !p->declined && p->owner[0] == 0;
    return TB_OK;
}

void tbc_status(struct tbc *c, struct tbc_status *ret)
{
    const struct cs_query open = { CS_PAGE, 0, true };

    *ret = (struct tbc_status){ .stage = stage_of(c), .online = online_of(c) };
    copy_text(ret->relay, sizeof ret->relay, c->link.relay);
    copy_text(ret->last_error, sizeof ret->last_error,
              ret->online == TBC_ONLINE && !enrol_unsent(c) ? "" : c->link.error);
    if (unkept_why(c)[0])
        copy_text(ret->last_error, sizeof ret->last_error, unkept_why(c));
    ret->heard_ms = c->link.heard_wall_ms;
    ret->relay_skew_ms = c->link.skew_ms;
    if (c->link.state == LINK_WAIT)
        ret->next_try_ms = now_wall_ms() + c->link.due_ms - now_boot_ms();
    ret->invite_refused = c->invite_refused && ret->stage == TBC_ENROLLING;
    ret->prekeys_left = c->prekeys_left;
    ret->sessions_missing = c->sessions_missing;
    if (!c->me)
        return;
    roster_status(c, ret);
    copy_text(ret->relay_alarm_text, sizeof ret->relay_alarm_text, cursor_lost(c));
    ret->secret_epoch = province_epoch(c);
    duty_status(c, ret);
    (void)cs_count(c->store, CS_OUTBOX, false, &ret->outbox); /* a damaged store shows elsewhere */
    ret->outbox += enrol_unsent(c);
    (void)cs_newest(c->store, &open, count_page, ret); /* as above */
    ret->damaged += damaged_rows(c);
}

static void fill_card_name(struct tbc *c, struct tbc_whoami *w)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    const struct cs_key k = key_meta("identity");
    Tbl__Identity *m;
    Tb__Card *card;

    tb_arena_init(&a, CORE_ARENA);
    if (local_get(c, &k, &a, &tbl__identity__descriptor, &m) == TB_OK &&
        tb_card_unpack(&a, tb_field_view(&m->card), &card) == TB_OK)
        copy_text(w->card_name, sizeof w->card_name, card->name);
}

tb_result tbc_whoami(struct tbc *c, struct tbc_whoami *ret)
{
    struct tbc_whoami w = { 0 };
    tb_result r = need_unlocked(c);

    if (r != TB_OK)
        return r;
    copy_text(w.account, sizeof w.account, c->me->account);
    copy_text(w.device, sizeof w.device, c->me->device);
    tb_hex(c->me->roster_id.b, TB_HASH_BYTES, w.root);
    fill_card_name(c, &w);
    if (tb_roster_size(c->roster))
        copy_text(w.province, sizeof w.province, tb_roster_province(c->roster));
    w.cred = c->me->cred;
    const struct tb_cred *cred = c->me->member ? tb_roster_cred(c->roster, &c->me->cred) : NULL;
    if (cred) {
        copy_text(w.agency, sizeof w.agency, cred->agency);
        w.role = cred->role;
        w.until_ms = cred->until_ms;
        w.trust = trust_of(c, &w.cred, TB_STEP_SHOW);
        if (tb_fingerprint(c->roster, w.account, w.fingerprint) != TB_OK)
            w.fingerprint[0] = 0; /* no device in good standing: nothing to compare */
    }
    *ret = w;
    return TB_OK;
}

const struct tb_roster *tbc_roster(struct tbc *c)
{
    return c->me && tb_roster_size(c->roster) ? c->roster : NULL;
}
