/* SPDX-License-Identifier: GPL-3.0-or-later */
/* prekeys.c - this device's own prekeys and sealed card, kept in supply at the relay. */
#include <string.h>

#include "client/core/parts.h"

#define RENEW_MS \
    (7 * 86400000LL) /* a signed prekey that leaks opens a week of first messages, not a year */

enum { ID_MAX = 0xfffffe };

static void fill_statement(const struct e2e_prekeys *p, Tb__PrekeyKey *key, Tb__PrekeyKey **list,
                           Tb__Prekeys *m)
{
    m->registration_id = p->registration_id;
    tb__prekey_key__init(&key[0]);
    key[0].id = p->signed_key.id;
    key[0].key = tb_field(p->signed_key.public_key, TB_IDENT_PK_BYTES);
    m->signed_key = &key[0];
    m->signed_sig = tb_field(p->signed_sig, sizeof p->signed_sig);
    for (size_t i = 0; i < p->n_one_time; i++) {
        tb__prekey_key__init(&key[i + 1]);
        key[i + 1].id = p->one_time[i].id;
        key[i + 1].key = tb_field(p->one_time[i].public_key, TB_IDENT_PK_BYTES);
        list[i] = &key[i + 1];
    }
    m->n_one_time = p->n_one_time;
    m->one_time = list;
}

static tb_result put_statement(struct tbc *c, const struct e2e_prekeys *p)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf packed = { 0 };
    Tb__PrekeyKey key[TB_PREKEY_BATCH + 1], *list[TB_PREKEY_BATCH];
    const struct cs_key k = key_meta("prekeys");
    Tb__PrekeysPut put;
    Tb__Prekeys m;
    Tbl__Prekeys row;

    tb__prekeys__init(&m);
    tb__prekeys_put__init(&put);
    tbl__prekeys__init(&row);
    m.cred = tb_field(c->me->cred.b, sizeof c->me->cred.b);
    m.secret_epoch = province_epoch(c);
    m.time_ms = now_wall_ms();
    fill_statement(p, key, list, &m);
    tb_result r =
        tb_signed_make(TB_TYPE_PREKEYS, &c->me->roster_id, &m.base, &c->me->sign, &packed);
    if (r != TB_OK)
        return r;
    row.era = c->link.era;
    row.made_ms = m.time_ms;
    r = local_put(c, &k, NULL, &row.base);
    put.prekeys_signed = tb_field(packed.p, packed.n);
    const struct outgoing o = { .op = TB_OP_PREKEYS_PUT, .body = &put.base };
    return r == TB_OK ? outbox_put(c, &o) : r;
}

/* One batch at a time: if its answer is lost it is sent again, and after a newer one it would bring back to the relay
 * what was spent already. */
static tb_result make_prekeys(struct tbc *c)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    struct e2e_prekeys *p = NULL;
    Tbl__Counters *n;

    if (outbox_holds(c, TB_OP_PREKEYS_PUT))
        return TB_OK;
    tb_arena_init(&a, CORE_ARENA);
    tb_result r = counters_get(c, &a, &n);
    if (r == TB_OK)
        p = tb_arena_take(&a, sizeof *p);
    if (r != TB_OK || !p)
        return r == TB_OK ? TB_E_NOMEM : r;
    memset(p, 0, sizeof *p);
    if (n->next_prekey + TB_PREKEY_BATCH >= ID_MAX)
        n->next_prekey = 0; /* round again after three hundred thousand batches */
    uint32_t first = n->next_prekey + 1;
    n->signed_prekey = n->signed_prekey % ID_MAX + 1;
    n->next_prekey += TB_PREKEY_BATCH;
    r = e2e_make_prekeys(c->e2e, n->signed_prekey, first, TB_PREKEY_BATCH, p);
    if (r == TB_OK)
        r = counters_put(c, n);
    return r == TB_OK ? put_statement(c, p) : r;
}

/* Why new ones are needed: none yet, another era (the relay lost some), few, old. */
static bool are_needed(struct tbc *c, uint32_t left)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    const struct cs_key k = key_meta("prekeys");
    Tbl__Prekeys *m;

    tb_arena_init(&a, CORE_ARENA);
    if (local_get(c, &k, &a, &tbl__prekeys__descriptor, &m) != TB_OK)
        return true;
    return m->era != c->link.era || left < TB_PREKEY_LOW || now_wall_ms() - m->made_ms > RENEW_MS;
}

static tb_result put_card(struct tbc *c)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    TB_CLEANUP(tb_buf_done) struct tb_buf sealed = { 0 }, box = { 0 };
    TB_CLEANUP(tb_key_wipe) struct tb_key salt = { 0 }, p = { 0 };
    const struct cs_key k = key_meta("identity");
    uint32_t epoch = province_epoch(c);
    Tbl__Identity *m;
    Tb__CardBox b;
    Tb__CardPut put;

    tb_arena_init(&a, CORE_ARENA);
    tb_result r = local_get(c, &k, &a, &tbl__identity__descriptor, &m);
    if (r != TB_OK || m->card.len == 0 || !tb_is(&m->card_salt, TB_KEY_BYTES) ||
        epoch == TB_EPOCH_GUEST)
        return r; /* guests show no card: they hold no province secret to seal it under */
    memcpy(salt.b, m->card_salt.data, sizeof salt.b);
    r = province_secret(c, epoch, &p);
    if (r == TB_OK)
        r = tb_card_seal(&p, epoch, &c->me->cred, &salt, tb_field_view(&m->card), &sealed);
    if (r != TB_OK)
        return r;
    tb__card_box__init(&b);
    tb__card_put__init(&put);
    b.cred = tb_field(c->me->cred.b, sizeof c->me->cred.b);
    b.epoch = epoch;
    b.sealed = tb_field(sealed.p, sealed.n);
    r = tb_pack(&b.base, &box);
    put.card = tb_field(box.p, box.n);
    const struct outgoing o = { .op = TB_OP_CARD_PUT, .body = &put.base };
    return r == TB_OK ? outbox_put(c, &o) : r;
}

static tb_result put_card_once(struct tbc *c)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf epoch = { 0 }, was = { 0 };
    const struct cs_key k = key_meta("card-epoch");

    tb_put_u32(&epoch, province_epoch(c));
    tb_result r = tb_buf_check(&epoch);
    if (r != TB_OK)
        return r;
    if (cs_get(c->store, &k, &was) == TB_OK && was.n == epoch.n &&
        memcmp(was.p, epoch.p, was.n) == 0)
        return TB_OK;
    r = put_card(c);
    return r == TB_OK ? cs_put(c->store, &k, NULL, tb_buf_view(&epoch)) : r;
}

void prekeys_up(struct tbc *c, uint32_t left)
{
    c->prekeys_left = left;
    if (are_needed(c, left))
        core_fail(c, make_prekeys(c));
    core_fail(c, put_card_once(c));
}

void prekeys_low(struct tbc *c, uint32_t left)
{
    c->prekeys_left = left;
    if (left < TB_PREKEY_LOW)
        core_fail(c, make_prekeys(c));
    c->topics |= TBC_TOPIC_STATUS;
}
