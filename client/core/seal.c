/* SPDX-License-Identifier: GPL-3.0-or-later */
/* seal.c - one body, a share per tier, a capsule per device, all on disk before a byte is sent (seal.h).
 *
 * Every device in good standing of every target gets its capsule now, and so do
 * the author's other devices.  One to which there is no session yet is on the
 * ladder without a capsule: it rings from the header, says so, and gets one.
 * Every tier is opened once here, before it is anybody else's problem. */
#include "client/core/seal.h"

#include <stdlib.h>
#include <string.h>

#include "client/core/parts.h"

struct dest {
    const struct tb_cred *cred;
    uint32_t t;
    bool skip; /* no session */
    struct capsule_made made;
};

struct sealing {
    struct tbc *c;
    const struct letter *letter;
    struct tb_id msg_id, incident;
    struct tb_key k;
    struct tb_key share[TB_TIERS_MAX];
    uint8_t e[TB_TIERS_MAX][TB_PAYLOAD_BYTES], direct[TB_PAYLOAD_BYTES];
    struct tb_sealed body;
    struct tb_hash share_commit[TB_TIERS_MAX], recipients, header_hash;
    struct tb_buf header; /* packed Signed */
    struct dest *dest;
    size_t n_dest;
};

static void drop_capsules(struct sealing *s)
{
    for (size_t i = 0; i < s->n_dest; i++) {
        tb_buf_wipe(&s->dest[i].made.data);
        s->dest[i].made = (struct capsule_made){ 0 };
    }
}

static void sealing_done(struct sealing *s)
{
    drop_capsules(s);
    free(s->dest);
    tb_sealed_done(&s->body);
    tb_buf_done(&s->header);
    tb_key_wipe(&s->k);
    for (size_t i = 0; i < TB_TIERS_MAX; i++)
        tb_key_wipe(&s->share[i]);
}

static size_t tiers_of(const struct sealing *s)
{
    return s->letter->policy ? s->letter->policy->n_tiers : 0;
}

/* ---- to whom */

static tb_result add_dest(struct sealing *s, const struct tb_cred *cred, uint32_t t)
{
    if (s->n_dest >= TB_CAPSULES_MAX)
        return TB_E_LIMIT;
    struct dest *more = reallocarray(s->dest, s->n_dest + 1, sizeof *more);
    if (!more)
        return TB_E_NOMEM;
    s->dest = more;
    s->dest[s->n_dest++] = (struct dest){ cred, t, false, { 0 } };
    return TB_OK;
}

static tb_result add_account(struct sealing *s, const char *account, uint32_t t)
{
    const struct tb_cred *cred;
    tb_result r = TB_OK;
    size_t i = 0;

    while (r == TB_OK && (cred = tb_roster_next_cred(s->c->roster, &i)) != NULL)
        if (cred->standing == TB_STANDING_GOOD && strcmp(cred->account, account) == 0 &&
            !tb_hash_equal(&cred->hash, &s->c->me->cred))
            r = add_dest(s, cred, t);
    return r;
}

static tb_result find_dests(struct sealing *s)
{
    tb_result r = TB_OK;

    for (size_t t = 0; t < tiers_of(s); t++) {
        const struct tb_policy_tier *tier = &s->letter->policy->tier[t];
        for (size_t i = 0; i < tier->n_targets && r == TB_OK; i++)
            r = add_account(s, tier->account[i], (uint32_t)t + 1);
    }
    return r == TB_OK ? add_account(s, s->c->me->account, 0) : r;
}

/* ---- keys */

static tb_result seal_tiers(struct sealing *s)
{
    const struct tb_tier_ctx ctx = { s->msg_id, s->c->me->cred, s->body.body_hash, s->body.kc };
    tb_result r = TB_OK;

    for (uint32_t t = 1; t <= tiers_of(s) && r == TB_OK; t++) {
        TB_CLEANUP(tb_key_wipe) struct tb_key again = { 0 };
        s->share[t - 1] = tb_key_random();
        s->share_commit[t - 1] = tb_share_commit(&ctx, t, &s->share[t - 1]);
        r = tb_tier_seal(&ctx, t, &s->share[t - 1], &s->k, s->e[t - 1]);
        if (r == TB_OK)
            r = tb_tier_open(&ctx, t, &s->share[t - 1], s->e[t - 1], &again);
    }
    return r;
}

static tb_result seal_body(struct sealing *s)
{
    const struct tb_body_ctx ctx = { s->letter->type, s->msg_id, s->c->me->cred };
    tb_result r;

    s->k = tb_key_random();
    tb_payload_of_key(&s->k, s->direct);
    r = tb_body_seal(&ctx, &s->k, s->letter->plain, &s->body);
    return r == TB_OK ? seal_tiers(s) : r;
}

/* ---- header */

static tb_result hash_recipients(struct sealing *s)
{
    struct tb_recipient *list = calloc(s->n_dest + 1, sizeof *list);
    size_t n = 0;

    if (!list)
        return TB_E_NOMEM;
    for (size_t i = 0; i < s->n_dest; i++) {
        if (s->dest[i].skip)
            continue;
        list[n].t = s->dest[i].t;
        list[n].cred = s->dest[i].cred->hash;
        copy_text(list[n].account, sizeof list[n].account, s->dest[i].cred->account);
        n++;
    }
    s->recipients = tb_recipients_hash(list, n);
    free(list);
    return TB_OK;
}

struct header_parts {
    Tb__Head roster;
    Tb__HeaderTier tier[TB_TIERS_MAX], *tiers[TB_TIERS_MAX];
    Tb__Target target[TB_TIERS_MAX][TB_TARGETS_MAX], *targets[TB_TIERS_MAX][TB_TARGETS_MAX];
    struct tb_hash head, zero;
};

static void fill_tiers(const struct sealing *s, struct header_parts *p, Tb__Header *h)
{
    for (size_t t = 0; t < tiers_of(s); t++) {
        const struct tb_policy_tier *from = &s->letter->policy->tier[t];
        tb__header_tier__init(&p->tier[t]);
        p->tiers[t] = &p->tier[t];
        p->tier[t].t = (uint32_t)t + 1;
        p->tier[t].share_commit = tb_field(s->share_commit[t].b, TB_HASH_BYTES);
        p->tier[t].n_target = from->n_targets;
        p->tier[t].target = p->targets[t];
        for (size_t i = 0; i < from->n_targets; i++) {
            tb__target__init(&p->target[t][i]);
            p->target[t][i].kind = TB_TARGET_ACCOUNT;
            p->target[t][i].id = (char *)(uintptr_t)from->account[i]; /* packing only reads */
            p->targets[t][i] = &p->target[t][i];
        }
    }
    h->n_tier = tiers_of(s);
    h->tier = p->tiers;
}

static void fill_header(const struct sealing *s, struct header_parts *p, Tb__Header *h)
{
    const struct letter *l = s->letter;

    tb__header__init(h);
    tb__head__init(&p->roster);
    p->head = tb_roster_head(s->c->roster);
    p->roster.size = tb_roster_size(s->c->roster);
    p->roster.hash = tb_field(p->head.b, TB_HASH_BYTES);
    h->suite = TB_SUITE;
    h->type = l->type;
    h->msg_id = tb_field(s->msg_id.b, TB_ID_BYTES);
    if (l->type == TB_MSG_REPORT) {
        h->incident_id = tb_field(s->incident.b, TB_ID_BYTES);
        h->entry_no = 1;
    }
    h->prev_seen = tb_field(p->zero.b, TB_HASH_BYTES);
    h->sender_cred = tb_field(s->c->me->cred.b, TB_HASH_BYTES);
    h->roster = &p->roster;
    h->page_class = l->page_class;
    h->drill = l->drill;
    h->policy_hash = tb_field(l->policy ? l->policy->hash.b : p->zero.b, TB_HASH_BYTES);
    fill_tiers(s, p, h);
    h->recipients_hash = tb_field(s->recipients.b, TB_HASH_BYTES);
    h->body_hash = tb_field(s->body.body_hash.b, TB_HASH_BYTES);
    h->kc = tb_field(s->body.kc.b, TB_HASH_BYTES);
    h->padded_len = s->body.padded_len;
    h->created_ms = now_wall_ms();
    h->expires_ms = h->created_ms + TB_PAGE_TTL_MS;
    h->tlp = l->tlp ? l->tlp : TB_TLP_RED;
}

static tb_result make_header(struct sealing *s)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    struct header_parts *p = calloc(1, sizeof *p);
    struct tb_view payload;
    Tb__Header h, *checked;

    if (!p)
        return TB_E_NOMEM;
    tb_arena_init(&a, CORE_ARENA);
    tb_buf_done(&s->header);
    fill_header(s, p, &h);
    tb_result r =
        tb_signed_make(TB_TYPE_HEADER, &s->c->me->roster_id, &h.base, &s->c->me->sign, &s->header);
    free(p);
    if (r == TB_OK)
        r = signed_payload(&a, tb_buf_view(&s->header), &payload);
    if (r == TB_OK)
        r = tb_header_unpack(&a, payload,
                             &checked); /* what the relay will say of it, said here first */
    if (r == TB_OK)
        s->header_hash = tb_header_hash(payload);
    return r;
}

/* ---- capsules */

static tb_result wrap_one(struct sealing *s, struct dest *d)
{
    const struct capsule_of of = { .msg_id = s->msg_id,
                                   .conversation =
                                       s->letter->type == TB_MSG_REPORT ? s->incident : s->msg_id,
                                   .header_hash = s->header_hash,
                                   .body_hash = s->body.body_hash,
                                   .kc = s->body.kc };
    const struct capsule_to to = { .cred = d->cred,
                                   .kind = d->t ? TB_CAPSULE_TIER : TB_CAPSULE_DIRECT,
                                   .t = d->t,
                                   .payload = d->t ? s->e[d->t - 1] : s->direct };

    return capsule_make(s->c, &of, &to, &d->made);
}

/* TB_E_STALE: there is no session with some devices, or none that can be used; they are left out and the header
 * must be made anew.  Not asked before, since every session would be read twice for the sake of a rare one. */
static tb_result wrap_all(struct sealing *s)
{
    tb_result all = TB_OK;

    for (size_t i = 0; i < s->n_dest; i++) {
        struct dest *d = &s->dest[i];
        if (d->skip)
            continue;
        tb_result r = wrap_one(s, d);
        if (r == TB_E_NOTFOUND || r == TB_E_BADSIG || r == TB_E_UNREADABLE) {
            d->skip = true;
            all = TB_E_STALE;
        } else if (r != TB_OK) {
            return r;
        }
    }
    return all;
}

static tb_result wrap(struct sealing *s)
{
    tb_result r = TB_E_STALE;

    for (size_t i = 0; i <= s->n_dest && r == TB_E_STALE; i++) {
        r = cs_mark(s->c->store);
        if (r == TB_OK)
            r = hash_recipients(s);
        if (r == TB_OK)
            r = make_header(s);
        if (r == TB_OK)
            r = wrap_all(s);
        if (r == TB_OK)
            return cs_keep(s->c->store);
        cs_undo(s->c->store);
        drop_capsules(s);
    }
    return r;
}

/* ---- rows */

static tb_result fill_ladder(struct sealing *s, struct leaf *l)
{
    tb_result r = leaf_ladder(s->c, l);

    for (size_t i = 0; i < s->n_dest && r == TB_OK; i++) {
        const struct dest *d = &s->dest[i];
        Tbl__Device *row = leaf_add_device(l, d->cred, d->t);
        r = row ? TB_OK : TB_E_NOMEM;
        if (row)
            row->capsule = !d->skip;
    }
    const struct tb_cred *me = tb_roster_cred(s->c->roster, &s->c->me->cred);
    if (r == TB_OK && me && !s->letter->policy)
        r = leaf_add_device(l, me, 0) ? TB_OK : TB_E_NOMEM;
    return r == TB_OK ? leaf_save_ladder(s->c, l) : r;
}

/* The tiers' E_t stay with the page, so that a capsule can be made again before its release. */
static tb_result keep_keys(struct sealing *s, struct leaf *l)
{
    size_t n = tiers_of(s);
    Tbl__Payload **list = tb_arena_take(&l->arena, (n + 1) * sizeof(Tbl__Payload *));

    if (!list)
        return TB_E_NOMEM;
    for (size_t t = 0; t < n; t++) {
        list[t] = tb_arena_take(&l->arena, sizeof **list);
        if (!list[t])
            return TB_E_NOMEM;
        tbl__payload__init(list[t]);
        list[t]->t = (uint32_t)t + 1;
        list[t]->kind = TB_CAPSULE_TIER;
        leaf_bytes(l, &list[t]->data, s->e[t], TB_PAYLOAD_BYTES);
    }
    l->p->payload = list;
    l->p->n_payload = n;
    leaf_bytes(l, &l->p->key, s->k.b, sizeof s->k.b);
    return l->p->key.len ? TB_OK : TB_E_NOMEM;
}

static tb_result put_page(struct sealing *s)
{
    TB_CLEANUP(leaf_done) struct leaf l = { 0 };
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    struct tb_view payload;

    tb_arena_init(&a, CORE_ARENA);
    tb_result r = signed_payload(&a, tb_buf_view(&s->header), &payload);
    if (r == TB_OK)
        r = leaf_new(s->c, tb_buf_view(&s->header), payload, &l);
    if (r == TB_OK)
        r = keep_keys(s, &l);
    if (r == TB_OK)
        r = fill_ladder(s, &l);
    if (r == TB_OK)
        r = leaf_put_body(s->c, &l, false, tb_buf_view(&s->body.c));
    if (r == TB_OK)
        r = leaf_put_body(s->c, &l, true, s->letter->plain);
    if (r != TB_OK)
        return r;
    l.p->readable = l.p->queued = true;
    l.p->round = 1;
    leaf_text(&l, &l.p->title, s->letter->title);
    leaf_text(&l, &l.p->kind, s->letter->kind ? s->letter->kind : "");
    return leaf_save(s->c, &l);
}

static tb_result put_outbox(struct sealing *s)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    Tb__WireShare share[TB_TIERS_MAX], *shares[TB_TIERS_MAX];
    Tb__Submit m;

    tb_arena_init(&a, CORE_ARENA);
    tb__submit__init(&m);
    m.header_signed = tb_field(s->header.p, s->header.n);
    m.body = tb_field(s->body.c.p, s->body.c.n);
    m.capsule = tb_arena_take(&a, (s->n_dest + 1) * sizeof(Tb__WireCapsule *));
    for (size_t i = 0; m.capsule && i < s->n_dest; i++) {
        const struct dest *d = &s->dest[i];
        Tb__WireCapsule *w = d->skip ? NULL : tb_arena_take(&a, sizeof *w);
        if (!w)
            continue;
        tb__wire_capsule__init(w);
        w->to_cred = tb_field(d->cred->hash.b, TB_HASH_BYTES);
        w->t = d->t;
        w->type = d->made.type;
        w->data = tb_field(d->made.data.p, d->made.data.n);
        m.capsule[m.n_capsule++] = w;
    }
    for (size_t t = 0; t < tiers_of(s); t++) {
        tb__wire_share__init(&share[t]);
        share[t].t = (uint32_t)t + 1;
        share[t].share = tb_field(s->share[t].b, TB_KEY_BYTES);
        shares[t] = &share[t];
    }
    m.n_share = tiers_of(s);
    m.share = shares;
    const struct outgoing o = { .op = TB_OP_SUBMIT, .body = &m.base, .page = &s->msg_id };
    return m.capsule ? outbox_put(s->c, &o) : TB_E_NOMEM;
}

tb_result seal_letter(struct tbc *c, const struct letter *letter, struct tb_id *ret_page)
{
    TB_CLEANUP(sealing_done)
    struct sealing s = {
        .c = c, .letter = letter, .msg_id = tb_id_random(), .incident = tb_id_random()
    };
    tb_result r = find_dests(&s);

    if (r == TB_OK)
        r = seal_body(&s);
    if (r == TB_OK)
        r = wrap(&s);
    if (r == TB_OK)
        r = put_page(&s);
    if (r == TB_OK)
        r = put_outbox(&s);
    if (r == TB_OK)
        *ret_page = s.msg_id;
    return r;
}
