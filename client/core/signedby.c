/* SPDX-License-Identifier: GPL-3.0-or-later */
/* signedby.c - statements verified against the roster at receipt, never at display. */
#include <string.h>

#include "client/core/parts.h"

tb_result signed_payload(struct tb_arena *a, struct tb_view data, struct tb_view *ret)
{
    struct tb_signed s;
    tb_result r = tb_signed_parse(a, data, &s);

    if (r == TB_OK && s.n != 1)
        r = TB_E_BADSIG;
    if (r == TB_OK)
        *ret = s.payload;
    return r;
}

/* Who signed is not known here.  What does not verify under the key that it names itself will never be true. */
static tb_result stranger(struct tbc *c, enum tb_type type, const struct tb_signed *s)
{
    bool whole =
        s->n == 1 && tb_verify(type, &c->me->roster_id, s->payload, s->by[0].pk, s->by[0].sig);

    return whole ? TB_E_UNVERIFIED : TB_E_BADSIG;
}

/* The id stands first in a release and second in a receipt, so the key is looked up by what signed. */
static const struct tb_relay_info *relay_of_key(struct tbc *c, const uint8_t *pk,
                                                const struct tb_id *id)
{
    const struct tb_relay_info *info = tb_roster_relay(c->roster, id);

    return info && memcmp(info->key, pk, TB_KEY_BYTES) == 0 ? info : NULL;
}

/* Reads the relay id that a payload of this type names. */
static tb_result named_relay(struct tb_arena *a, enum tb_type type, struct tb_view payload,
                             struct tb_id *ret)
{
    tb_result r;

    if (type == TB_TYPE_RELEASE) {
        Tb__Release *m;
        r = tb_release_unpack(a, payload, &m);
        if (r == TB_OK)
            *ret = tb_id_from(m->relay_id.data);
        return r;
    }
    Tb__RelayReceipt *m;
    r = tb_relay_receipt_unpack(a, payload, &m);
    if (r == TB_OK)
        *ret = tb_id_from(m->relay_id.data);
    return r;
}

tb_result signed_by_relay(struct tbc *c, struct tb_arena *a, enum tb_type type, struct tb_view data,
                          struct tb_view *ret_payload, const struct tb_relay_info **ret_relay)
{
    struct tb_signed s;
    struct tb_id id;
    tb_result r = tb_signed_parse(a, data, &s);

    if (r == TB_OK && s.n != 1)
        r = TB_E_BADSIG;
    if (r == TB_OK)
        r = named_relay(a, type, s.payload, &id);
    if (r != TB_OK)
        return r;
    const struct tb_relay_info *info = relay_of_key(c, s.by[0].pk, &id);
    if (!info) /* no such relay, or one that has another key by now */
        return stranger(c, type, &s);
    if (!tb_verify(type, &c->me->roster_id, s.payload, info->key, s.by[0].sig))
        return TB_E_BADSIG;
    *ret_payload = s.payload;
    *ret_relay = info;
    return TB_OK;
}

tb_result signed_by_device(struct tbc *c, struct tb_arena *a, enum tb_type type,
                           struct tb_view data, const ProtobufCBinaryData *cred,
                           const struct tb_cred **ret)
{
    struct tb_view payload;

    if (!tb_is(cred, TB_HASH_BYTES))
        return TB_E_RANGE;
    struct tb_hash hash = tb_hash_from(cred->data);
    const struct tb_cred *known = tb_roster_cred(c->roster, &hash);
    if (!known) {
        struct tb_signed s;
        tb_result how = tb_signed_parse(a, data, &s);
        return how == TB_OK ? stranger(c, type, &s) : how;
    }
    tb_result r = tb_signed_open(a, type, &c->me->roster_id, data, known->sign_pk, &payload);
    if (r == TB_OK)
        *ret = known;
    return r;
}
