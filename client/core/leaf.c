/* SPDX-License-Identifier: GPL-3.0-or-later */
/* leaf.c - a page's row, ladder, events and bodies in the store (leaf.h). */
#include "client/core/parts.h"

#include <string.h>

static struct cs_key page_key(enum cs_table t, const struct leaf *l, int64_t n)
{
    return key_of(t, l->id.b, sizeof l->id.b, n);
}

void leaf_done(struct leaf *l)
{
    tb_arena_done(&l->arena); /* wipes: the key of the page was in it */
}

/* The header's payload was verified when it came; its form is checked again because the row may be damaged. */
static tb_result unpack_header(struct leaf *l)
{
    struct tb_signed s;
    tb_result r = tb_signed_parse(&l->arena, tb_field_view(&l->p->header_signed), &s);

    if (r == TB_OK)
        r = tb_header_unpack(&l->arena, s.payload, &l->h);
    if (r == TB_E_NOMEM)
        return r;
    if (r != TB_OK || !tb_is(&l->p->header_hash, TB_HASH_BYTES))
        return TB_E_DAMAGED;
    l->header_hash = tb_hash_from(l->p->header_hash.data);
    return TB_OK;
}

tb_result leaf_load(struct tbc *c, const struct tb_id *id, struct leaf *ret)
{
    tb_arena_init(&ret->arena, CORE_ARENA);
    ret->id = *id;
    const struct cs_key k = page_key(CS_PAGE, ret, 0);
    tb_result r = local_get(c, &k, &ret->arena, &tbl__page__descriptor, &ret->p);
    return r == TB_OK ? unpack_header(ret) : r;
}

tb_result leaf_new(struct tbc *c, struct tb_view header_signed, struct tb_view payload,
                   struct leaf *ret)
{
    tb_arena_init(&ret->arena, CORE_ARENA);
    tb_result r = tb_unpack(&ret->arena, &tbl__page__descriptor, tb_view_of(NULL, 0), &ret->p);
    if (r == TB_OK)
        r = tb_header_unpack(&ret->arena, payload, &ret->h);
    if (r != TB_OK)
        return r;
    ret->id = tb_id_from(ret->h->msg_id.data);
    ret->header_hash = tb_header_hash(payload);
    leaf_bytes(ret, &ret->p->id, ret->id.b, sizeof ret->id.b);
    leaf_bytes(ret, &ret->p->header_signed, header_signed.p, header_signed.n);
    leaf_bytes(ret, &ret->p->header_hash, ret->header_hash.b, sizeof ret->header_hash.b);
    ret->p->test = ret->h->n_tier == 0;
    ret->p->at_ms = now_wall_ms();
    struct tb_hash sender = tb_hash_from(ret->h->sender_cred.data);
    const struct tb_cred *cred = tb_roster_cred(c->roster, &sender);
    if (cred) {
        leaf_text(ret, &ret->p->sender, cred->account);
        leaf_text(ret, &ret->p->agency, cred->agency);
        ret->p->box = strcmp(cred->account, c->me->account) == 0 ? TBC_BOX_OUT : TBC_BOX_IN;
    }
    bool whole = ret->p->id.len && ret->p->header_signed.len && ret->p->header_hash.len;
    return whole ? TB_OK : TB_E_NOMEM;
}

/* What was lost of an open page may be what called me: it rings until somebody has it. */
static void call_in_doubt(const struct tbc *c, struct leaf *l)
{
    for (uint32_t t = 1; t <= l->h->n_tier && !l->p->mine; t++)
        if (!l->p->owner[0] && leaf_is_open(l) && leaf_names(l, t, c->me->account)) {
            l->p->mine = true;
            l->p->my_t = t;
        }
}

void leaf_damaged(struct tbc *c, const struct leaf *l)
{
    char id[17];

    if (l->p->damaged)
        return;
    tb_id_print(&l->id, id);
    core_log(c, LOG_ERROR_, "store: something of page %s is damaged on this device's disk", id);
    l->p->damaged = true;
}

tb_result leaf_save(struct tbc *c, struct leaf *l)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    const struct cs_key k = page_key(CS_PAGE, l, 0);
    Tbl__Counters *n;

    tb_arena_init(&a, CORE_ARENA);
    tb_result r = counters_get(c, &a, &n);
    if (r != TB_OK)
        return r;
    n->change++;
    if (l->p->change == 0)
        find_learn(c, &l->id);
    l->p->change = n->change;
    if (!leaf_is_open(l)) { /* nobody is wrapped to any more: the plaintext alone stays */
        l->p->key = (ProtobufCBinaryData){ 0, NULL };
        l->p->n_payload = 0;
    }
    if (l->p->damaged)
        call_in_doubt(c, l);
    const struct cs_sort sort = { (int64_t)n->change, leaf_is_open(l) };
    r = counters_put(c, n);
    if (r == TB_OK)
        r = local_put(c, &k, &sort, &l->p->base);
    core_touch(c, &l->id);
    return r;
}

/* ---- the ladder */

tb_result leaf_ladder(struct tbc *c, struct leaf *l)
{
    const struct cs_key k = page_key(CS_LADDER, l, 0);

    if (l->ladder)
        return TB_OK;
    tb_result r = local_get(c, &k, &l->arena, &tbl__devices__descriptor, &l->ladder);
    if (r == TB_E_DAMAGED)
        leaf_damaged(c, l);
    return r == TB_E_NOTFOUND || r == TB_E_DAMAGED
               ? tb_unpack(&l->arena, &tbl__devices__descriptor, tb_view_of(NULL, 0), &l->ladder)
               : r;
}

tb_result leaf_save_ladder(struct tbc *c, struct leaf *l)
{
    const struct cs_key k = page_key(CS_LADDER, l, 0);

    return local_put(c, &k, NULL, &l->ladder->base);
}

Tbl__Device *leaf_device(struct leaf *l, const struct tb_hash *cred, uint32_t t)
{
    for (size_t i = 0; i < l->ladder->n_device; i++) {
        Tbl__Device *d = l->ladder->device[i];
        if (tb_is(&d->cred, TB_HASH_BYTES) && memcmp(d->cred.data, cred->b, sizeof cred->b) == 0 &&
            (t == UINT32_MAX || d->t == t))
            return d;
    }
    return NULL;
}

Tbl__Device *leaf_add_device(struct leaf *l, const struct tb_cred *cred, uint32_t t)
{
    size_t n = l->ladder->n_device;
    Tbl__Device **list = tb_arena_take(&l->arena, (n + 1) * sizeof(Tbl__Device *));
    Tbl__Device *d = tb_arena_take(&l->arena, sizeof *d);

    if (!list || !d)
        return NULL;
    if (n)
        memcpy(list, l->ladder->device, n * sizeof *list);
    tbl__device__init(d);
    leaf_bytes(l, &d->cred, cred->hash.b, sizeof cred->hash.b);
    leaf_text(l, &d->account, cred->account);
    leaf_text(l, &d->device, cred->device);
    d->t = t;
    list[n] = d;
    l->ladder->device = list;
    l->ladder->n_device = n + 1;
    return d->cred.len ? d : NULL;
}

/* ---- events */

tb_result leaf_put_event(struct tbc *c, const struct leaf *l, int64_t n, const Tbl__Event *e)
{
    const struct cs_key k = page_key(CS_EVENT, l, n);

    return local_put(c, &k, NULL, &e->base);
}

/* Moves event n to place `to` if it comes after e in the relay's order.  TB_E_CONFLICT: it comes before. */
static tb_result move_behind(struct tbc *c, const struct leaf *l, int64_t n, int64_t to,
                             const Tbl__Event *e)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    const struct cs_key k = page_key(CS_EVENT, l, n);
    Tbl__Event *at;

    tb_arena_init(&a, CORE_ARENA);
    tb_result r = local_get(c, &k, &a, &tbl__event__descriptor, &at);
    if (r != TB_OK)
        return r == TB_E_DAMAGED ? TB_E_CONFLICT : r; /* stays where it is */
    if (!at->pending && (at->era != e->era || at->seq <= e->seq))
        return TB_E_CONFLICT;
    r = leaf_put_event(c, l, to, at);
    return r == TB_OK ? cs_drop(c->store, &k) : r;
}

/* At the end; one that waited (held.c) before those that overtook it. */
tb_result leaf_add_event(struct tbc *c, struct leaf *l, Tbl__Event *e)
{
    int64_t to = (int64_t)++l->p->events;

    for (int64_t n = to - 1; n > 0 && c->judging && e->seq; n--) {
        tb_result r = move_behind(c, l, n, to, e);
        if (r == TB_E_CONFLICT)
            break;
        if (r != TB_OK && r != TB_E_NOTFOUND)
            return r;
        to = r == TB_OK ? n : to; /* a gap is where one of mine was before it was confirmed */
    }
    return leaf_put_event(c, l, to, e);
}

struct each {
    event_fn *fn;
    void *user;
};

static tb_result each_event(void *user, int64_t n, struct tb_view plain)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    const struct each *each = user;
    Tbl__Event *e;

    tb_arena_init(&a, CORE_ARENA);
    tb_result r = tb_unpack(&a, &tbl__event__descriptor, plain, &e);
    if (r != TB_OK)
        return r == TB_E_NOMEM ? r : TB_E_DAMAGED;
    return each->fn(each->user, n, e);
}

tb_result leaf_events(struct tbc *c, const struct leaf *l, event_fn *fn, void *user)
{
    const struct cs_key from = page_key(CS_EVENT, l, 0);
    struct each each = { fn, user };

    tb_result r = cs_rows(c->store, &from, each_event, &each);
    if (r != TB_E_DAMAGED)
        return r;
    leaf_damaged(c, l);
    return TB_OK;
}

/* ---- bodies */

tb_result leaf_body(struct tbc *c, const struct leaf *l, bool plain, struct tb_buf *ret)
{
    const struct cs_key k = page_key(CS_BODY, l, plain);

    return cs_get(c->store, &k, ret);
}

tb_result leaf_put_body(struct tbc *c, const struct leaf *l, bool plain, struct tb_view body)
{
    const struct cs_key k = page_key(CS_BODY, l, plain);

    return cs_put(c->store, &k, NULL, body);
}

/* ---- questions */

bool leaf_is_open(const struct leaf *l)
{
    return l->p->ended_ms == 0;
}

bool leaf_is_out(const struct leaf *l)
{
    return l->p->box == TBC_BOX_OUT;
}

bool leaf_by_me(const struct tbc *c, const struct leaf *l)
{
    return memcmp(l->h->sender_cred.data, c->me->cred.b, sizeof c->me->cred.b) == 0;
}

bool leaf_names(const struct leaf *l, uint32_t t, const char *account)
{
    if (t == 0)
        return l->p->test && strcmp(l->p->sender, account) == 0;
    if (t > l->h->n_tier)
        return false;
    const Tb__HeaderTier *tier = l->h->tier[t - 1];
    for (size_t i = 0; i < tier->n_target; i++)
        if (strcmp(tier->target[i]->id, account) == 0)
            return true;
    return false;
}

/* A field that finds no memory stays empty; the row is then one text poorer, never wrong. */
void leaf_text(struct leaf *l, char **field, const char *text)
{
    char *copy = arena_text(&l->arena, text);

    if (copy)
        *field = copy;
}

void leaf_bytes(struct leaf *l, ProtobufCBinaryData *field, const void *p, size_t n)
{
    *field = arena_bytes(&l->arena, p, n);
}
