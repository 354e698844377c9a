/* SPDX-License-Identifier: GPL-3.0-or-later */
/* roster_make.c - drafting and signing entries; the roster that takes them checks them. */
#include <string.h>

#include "proto/roster_priv.h"

/* Packs a Signed of this payload and these signatures. */
static tb_result put_signed(ProtobufCBinaryData payload, Tb__Signature **list, size_t n,
                            struct tb_buf *ret)
{
    Tb__Signed s;

    tb__signed__init(&s);
    s.payload = payload;
    s.signature = list;
    s.n_signature = n;
    return tb_pack(&s.base, ret);
}

tb_result tb_entry_make(const struct tb_roster *r, const struct tb_entry_draft *d,
                        struct tb_buf *ret)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf body = { 0 }, payload = { 0 };
    bool follows = r && r->n_entries;
    struct tb_hash head = { { 0 } }, prev = { { 0 } };
    Tb__RosterEntry e;
    Tb__Head based_on;

    tb_result res = tb_pack(d->body, &body);
    if (res != TB_OK)
        return res;
    tb__roster_entry__init(&e);
    tb__head__init(&based_on);
    e.suite = RO_SUITE;
    e.kind = (uint32_t)d->kind;
    e.subject = tb_field(d->subject.p, d->subject.n);
    e.signed_ms = d->signed_ms;
    e.append_by_ms = d->append_by_ms;
    e.expires_ms = d->expires_ms;
    e.body = tb_field(body.p, body.n);
    if (follows) {
        head = tb_roster_head(r);
        based_on.size = r->n_entries;
        based_on.hash = tb_field(head.b, sizeof head.b);
        e.based_on = &based_on;
        prev = tb_roster_prev(r, d->kind, d->subject);
    }
    if (!tb_hash_is_zero(&prev))
        e.prev = tb_field(prev.b, sizeof prev.b);
    if (e.append_by_ms == 0 && follows && !ro_is_removal(d->kind))
        e.append_by_ms = d->signed_ms + TB_APPEND_BY_MAX_MS;
    res = tb_pack(&e.base, &payload);
    return res == TB_OK ? put_signed(tb_field(payload.p, payload.n), NULL, 0, ret) : res;
}

tb_result tb_entry_peek(struct tb_arena *a, struct tb_view entry_signed, void *ret_entry,
                        struct tb_hash *ret_hash)
{
    Tb__Signed *s;
    Tb__RosterEntry *e;

    if (entry_signed.n > TB_ENTRY_MAX)
        return TB_E_LIMIT;
    tb_result res = tb_unpack(a, &tb__signed__descriptor, entry_signed, &s);
    if (res == TB_OK)
        res = tb_unpack(a, &tb__roster_entry__descriptor, tb_field_view(&s->payload), &e);
    if (res != TB_OK)
        return res;
    memcpy(ret_entry, &e, sizeof(Tb__RosterEntry *));
    if (ret_hash)
        *ret_hash = tb_hash_of(TB_L_ENTRY, tb_field_view(&s->payload));
    return TB_OK;
}

/* The id under which this entry is signed, and the type of its signatures. */
static tb_result signed_as(struct tb_arena *a, struct tb_view entry_signed, struct tb_view payload,
                           const struct tb_hash *roster_id, struct tb_hash *ret_id,
                           enum tb_type *ret_type)
{
    Tb__RosterEntry *e;
    tb_result res = tb_entry_peek(a, entry_signed, &e, NULL);

    if (res != TB_OK)
        return res;
    if (!roster_id && (e->kind != TB_ENTRY_ROOT || e->based_on))
        return TB_E_RANGE;
    *ret_id = roster_id ? *roster_id : tb_hash_of(TB_L_ROSTER_ID, payload);
    *ret_type = e->kind == TB_ENTRY_ROOT ? TB_TYPE_ROOT : TB_TYPE_ROSTER;
    return TB_OK;
}

static tb_result add_signature(const Tb__Signed *s, const struct tb_sign_pair *by,
                               const uint8_t sig[static TB_SIG_BYTES], struct tb_buf *ret)
{
    Tb__Signature *list[TB_SIGNATURES_MAX];
    Tb__Signature mine;

    if (s->n_signature >= TB_SIGNATURES_MAX)
        return TB_E_LIMIT;
    for (size_t i = 0; i < s->n_signature; i++) {
        list[i] = s->signature[i];
        if (tb_is(&list[i]->signer, TB_KEY_BYTES) &&
            memcmp(list[i]->signer.data, by->pk, TB_KEY_BYTES) == 0)
            return TB_E_CONFLICT;
    }
    tb__signature__init(&mine);
    mine.alg = 1;
    mine.signer = tb_field(by->pk, sizeof by->pk);
    mine.sig = tb_field(sig, TB_SIG_BYTES);
    list[s->n_signature] = &mine;
    return put_signed(s->payload, list, s->n_signature + 1, ret);
}

tb_result tb_entry_sign(struct tb_view entry_signed, const struct tb_hash *roster_id,
                        const struct tb_sign_pair *by, struct tb_buf *ret)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    uint8_t sig[TB_SIG_BYTES];
    struct tb_hash id;
    enum tb_type type;
    Tb__Signed *s;

    tb_arena_init(&a, RO_ARENA_MAX);
    if (entry_signed.n > TB_ENTRY_MAX)
        return TB_E_LIMIT;
    tb_result res = tb_unpack(&a, &tb__signed__descriptor, entry_signed, &s);
    if (res != TB_OK)
        return res;
    struct tb_view payload = tb_field_view(&s->payload);
    res = signed_as(&a, entry_signed, payload, roster_id, &id, &type);
    if (res == TB_OK)
        res = tb_sign(type, &id, payload, by, sig);
    if (res == TB_OK)
        res = add_signature(s, by, sig, ret);
    return res;
}
