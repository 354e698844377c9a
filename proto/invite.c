/* SPDX-License-Identifier: GPL-3.0-or-later */
/* invite.c - the text of an invite, the keys that its secret gives, its ticket (enrol.h). */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "proto/enrol.h"
#include "proto/text.h"
#include "proto/wire.pb-c.h"

enum {
    SUM = 4, /* bytes of the hash at the end: finds a part that was not copied */
    ADDRESSES_MAX = 4,
    ADDRESS_MAX = TB_ADDRESS_MAX + 6, /* ":65535" */
    PACKED_MAX = 4096,
    TEXT_MAX = 8192,
    TICKET_MAX = 1024, /* AUTH_INVITE has room for it beside its claim */
    PORT_MAX = 65535,
    VARIANT = sodium_base64_VARIANT_URLSAFE_NO_PADDING,
};

void tb_invite_done(struct tb_invite *i)
{
    tb_buf_wipe(&i->ticket_signed);
    sodium_memzero(i, sizeof *i);
}

/* ---- ticket */

static bool one_role(uint32_t role)
{
    /* No invite is for a state of a connection. */
    const char *name = role <= TB_ROLE_REGISTRAR ? tb_role_name((enum tb_role)role) : NULL;

    return name && tb_role_of(name) != TB_ROLE_NONE;
}

static tb_result check_ticket(const Tb__Ticket *t)
{
    if (!tb_is(&t->invite_id, TB_ID_BYTES) || !tb_is(&t->admit_pk, TB_KEY_BYTES) ||
        !one_role(t->role) || t->expires_ms <= 0)
        return TB_E_RANGE;
    if (tb_name_check(t->account) != TB_OK || tb_name_check(t->agency) != TB_OK)
        return TB_E_RANGE;
    return tb_sign_pk_ok(t->admit_pk.data) ? TB_OK : TB_E_BADSIG;
}

tb_result tb_ticket_unpack(struct tb_arena *a, struct tb_view payload, Tb__Ticket **ret)
{
    Tb__Ticket *t;
    tb_result r = tb_unpack(a, &tb__ticket__descriptor, payload, &t);

    if (r == TB_OK)
        r = check_ticket(t);
    if (r == TB_OK)
        *ret = t;
    return r;
}

struct tb_hash tb_ticket_hash(struct tb_view payload)
{
    return tb_hash_of(TB_L_TICKET, payload);
}

/* Fills what the invite repeats from its ticket. */
static tb_result read_ticket(struct tb_arena *a, struct tb_invite *i)
{
    struct tb_signed s;
    Tb__Ticket *t;
    tb_result r = tb_signed_parse(a, tb_buf_view(&i->ticket_signed), &s);

    if (r == TB_OK)
        r = tb_ticket_unpack(a, s.payload, &t);
    if (r != TB_OK)
        return r;
    if (memcmp(t->invite_id.data, i->invite_id.b, TB_ID_BYTES) != 0)
        return TB_E_RANGE;
    memcpy(i->account, t->account, strlen(t->account) + 1);
    memcpy(i->agency, t->agency, strlen(t->agency) + 1);
    i->role = (enum tb_role)t->role;
    i->expires_ms = t->expires_ms;
    memcpy(i->admit_pk, t->admit_pk.data, TB_KEY_BYTES);
    i->ticket_hash = tb_ticket_hash(s.payload);
    return TB_OK;
}

/* ---- text */

/* host:port, as a resolver takes it: no spaces, no user, no path. */
static bool address_ok(const char *s)
{
    size_t n = strnlen(s, ADDRESS_MAX + 1);
    const char *colon = strrchr(s, ':');
    unsigned port = 0;

    if (n > ADDRESS_MAX || !colon || colon == s || colon[1] == 0 || strlen(colon + 1) > 5)
        return false;
    for (const char *p = colon + 1; *p; p++) {
        if (*p < '0' || *p > '9')
            return false;
        port = port * 10 + (unsigned)(*p - '0');
    }
    for (const char *p = s; p < colon; p++)
        if (!((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') ||
              strchr("-.:[]", *p)))
            return false;
    return port >= 1 && port <= PORT_MAX;
}

static tb_result check_invite(const Tb__Invite *m)
{
    if (m->n_address < 1 || m->n_address > ADDRESSES_MAX || m->roster_size < 1 ||
        !tb_is(&m->tls_pin, TB_HASH_BYTES) || !tb_is(&m->roster_id, TB_HASH_BYTES) ||
        !tb_is(&m->roster_head, TB_HASH_BYTES) || !tb_is(&m->invite_id, TB_ID_BYTES) ||
        !tb_is(&m->secret, 16) || m->ticket_signed.len > TICKET_MAX)
        return TB_E_RANGE;
    for (size_t i = 0; i < m->n_address; i++)
        if (!address_ok(m->address[i]))
            return TB_E_RANGE;
    return TB_OK;
}

static tb_result read_invite(struct tb_arena *a, struct tb_view packed, struct tb_invite *i)
{
    Tb__Invite *m;
    tb_result r = tb_unpack(a, &tb__invite__descriptor, packed, &m);

    if (r == TB_OK)
        r = check_invite(m);
    if (r != TB_OK)
        return r;
    i->n_addresses = m->n_address;
    for (size_t k = 0; k < m->n_address; k++)
        memcpy(i->address[k], m->address[k], strlen(m->address[k]) + 1);
    i->tls_pin = tb_hash_from(m->tls_pin.data);
    i->roster_id = tb_hash_from(m->roster_id.data);
    i->roster_size = m->roster_size;
    i->roster_head = tb_hash_from(m->roster_head.data);
    i->invite_id = tb_id_from(m->invite_id.data);
    memcpy(i->secret, m->secret.data, sizeof i->secret);
    tb_put(&i->ticket_signed, m->ticket_signed.data, m->ticket_signed.len);
    r = tb_buf_check(&i->ticket_signed);
    return r == TB_OK ? read_ticket(a, i) : r;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* Takes spaces and prefix off, decodes, compares the sum: gives the packed Invite. */
static tb_result decode(const char *text, struct tb_buf *ret)
{
    TB_CLEANUP(tb_buf_wipe) struct tb_buf clean = { 0 };
    const size_t skip = sizeof TB_INVITE_PREFIX - 1;
    size_t n = 0;

    if (strnlen(text, TEXT_MAX + 1) > TEXT_MAX)
        return TB_E_TRUNCATED;
    for (const char *p = text; *p; p++)
        if (!is_space(*p))
            tb_put(&clean, p, 1);
    if (clean.failed)
        return TB_E_NOMEM;
    if (clean.n < skip || memcmp(clean.p, TB_INVITE_PREFIX, skip) != 0)
        return TB_E_TRUNCATED;
    uint8_t *at = tb_put_room(ret, clean.n);
    if (!at)
        return TB_E_NOMEM;
    if (sodium_base642bin(at, clean.n, (const char *)clean.p + skip, clean.n - skip, NULL, &n, NULL,
                          VARIANT) != 0 ||
        n <= SUM || n > PACKED_MAX + SUM)
        return TB_E_TRUNCATED;
    ret->n = n - SUM;
    struct tb_hash sum = tb_hash_of(TB_L_INVITE_SUM, tb_buf_view(ret));
    return memcmp(sum.b, at + ret->n, SUM) == 0 ? TB_OK : TB_E_TRUNCATED;
}

tb_result tb_invite_parse(const char *text, struct tb_invite *ret)
{
    TB_CLEANUP(tb_buf_wipe) struct tb_buf packed = { 0 };
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    TB_CLEANUP(tb_invite_done) struct tb_invite i = { 0 };

    tb_arena_init(&a, TB_ARENA_ANON);
    tb_result r = decode(text, &packed);
    if (r == TB_OK)
        r = read_invite(&a, tb_buf_view(&packed), &i);
    if (r != TB_OK)
        return r;
    *ret = i;
    i.ticket_signed = (struct tb_buf){ 0 }; /* now the caller's */
    return TB_OK;
}

static void fill(const struct tb_invite *i, char *address[static ADDRESSES_MAX], Tb__Invite *m)
{
    tb__invite__init(m);
    for (size_t k = 0; k < i->n_addresses; k++)
        memcpy(&address[k], &(const char *){ i->address[k] }, sizeof address[k]);
    m->n_address = i->n_addresses;
    m->address = address;
    m->tls_pin = tb_field(i->tls_pin.b, TB_HASH_BYTES);
    m->roster_id = tb_field(i->roster_id.b, TB_HASH_BYTES);
    m->roster_size = i->roster_size;
    m->roster_head = tb_field(i->roster_head.b, TB_HASH_BYTES);
    m->invite_id = tb_field(i->invite_id.b, TB_ID_BYTES);
    m->secret = tb_field(i->secret, sizeof i->secret);
    m->ticket_signed = tb_field(i->ticket_signed.p, i->ticket_signed.n);
}

tb_result tb_invite_encode(const struct tb_invite *i, struct tb_buf *ret)
{
    TB_CLEANUP(tb_buf_wipe) struct tb_buf packed = { 0 };
    char *address[ADDRESSES_MAX];
    Tb__Invite m;

    if (i->n_addresses > ADDRESSES_MAX)
        return TB_E_RANGE;
    fill(i, address, &m);
    tb_result r = check_invite(&m);
    if (r == TB_OK)
        r = tb_pack(&m.base, &packed);
    if (r != TB_OK)
        return r;
    struct tb_hash sum = tb_hash_of(TB_L_INVITE_SUM, tb_buf_view(&packed));
    tb_put(&packed, sum.b, SUM);
    if (packed.failed)
        return TB_E_NOMEM;
    size_t n = sodium_base64_encoded_len(packed.n, VARIANT); /* with the NUL */
    tb_put(ret, TB_INVITE_PREFIX, sizeof TB_INVITE_PREFIX - 1);
    char *at = (char *)tb_put_room(ret, n);
    if (!at)
        return TB_E_NOMEM;
    (void)sodium_bin2base64(at, n, packed.p, packed.n, VARIANT);
    return TB_OK;
}

/* ---- keys */

void tb_invite_keys_wipe(struct tb_invite_keys *k)
{
    sodium_memzero(k, sizeof *k);
}

void tb_invite_keys_of(const struct tb_invite *i, struct tb_invite_keys *ret)
{
    uint8_t in[TB_HASH_BYTES + TB_ID_BYTES + sizeof i->secret];
    struct tb_view id = tb_view_of(i->invite_id.b, TB_ID_BYTES);
    TB_CLEANUP(tb_key_wipe) struct tb_key r = { 0 };

    memcpy(in, i->roster_id.b, TB_HASH_BYTES);
    memcpy(in + TB_HASH_BYTES, i->invite_id.b, TB_ID_BYTES);
    memcpy(in + TB_HASH_BYTES + TB_ID_BYTES, i->secret, sizeof i->secret);
    struct tb_hash root = tb_hash_of(TB_L_INVITE_ROOT, tb_view_of(in, sizeof in));
    memcpy(r.b, root.b, sizeof r.b);
    sodium_memzero(&root, sizeof root);
    sodium_memzero(in, sizeof in);

    ret->request = tb_kdf(&r, TB_L_INV_REQUEST, id);
    ret->approve = tb_kdf(&r, TB_L_INV_APPROVE, id);
    TB_CLEANUP(tb_key_wipe) struct tb_key seed = tb_kdf(&r, TB_L_INV_ADMIT, id);
    tb_sign_pair_from_seed(&seed, &ret->admit);
}

tb_result tb_invite_derive(const struct tb_invite *i, struct tb_invite_keys *ret)
{
    TB_CLEANUP(tb_invite_keys_wipe) struct tb_invite_keys k = { 0 };

    tb_invite_keys_of(i, &k);
    if (memcmp(k.admit.pk, i->admit_pk, TB_KEY_BYTES) != 0)
        return TB_E_BADSIG;
    *ret = k;
    return TB_OK;
}
