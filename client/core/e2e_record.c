/* SPDX-License-Identifier: GPL-3.0-or-later */
/* e2e_record.c - sessions and prekeys as they lie in the store.
 *
 * Each record is sealed under a key of this identity, bound to its kind and
 * name.  The library never parses bytes that we did not write: it leaks on a
 * broken record, and a session moved to another peer's row would be used.
 *
 *   session = u8 version | ident_pk | u32 n | n x {u32 signed id, base[16]} | the library's record */
#include <sodium.h>
#include <string.h>

#include "client/core/e2e_part.h"
#include "proto/kdf.h"

enum { VERSION = 1, HEAD = 1 + TB_IDENT_PK_BYTES + 4, SEEN = 4 + 16 };

void e2e_session_wipe(struct e2e_session *s)
{
    tb_buf_wipe(&s->record);
    *s = (struct e2e_session){ 0 };
}

static void put_place(struct tb_buf *ad, enum e2e_record kind, struct tb_view name)
{
    tb_put_u32(ad, (uint32_t)kind);
    tb_put_var(ad, name.p, name.n);
}

tb_result e2e_record_load(struct e2e *e, enum e2e_record kind, struct tb_view name,
                          struct tb_buf *ret)
{
    TB_CLEANUP(tb_buf_wipe) struct tb_buf sealed = { 0 };
    TB_CLEANUP(tb_buf_done) struct tb_buf ad = { 0 };

    put_place(&ad, kind, name);
    tb_result r = tb_buf_check(&ad);
    if (r == TB_OK)
        r = e->store->load(e->store->user, kind, name, &sealed);
    if (r != TB_OK)
        return r;
    return tb_aead_open(&e->secret->record_key, tb_buf_view(&sealed), tb_buf_view(&ad), ret);
}

tb_result e2e_record_save(struct e2e *e, enum e2e_record kind, struct tb_view name,
                          struct tb_view plain)
{
    TB_CLEANUP(tb_buf_wipe) struct tb_buf sealed = { 0 };
    TB_CLEANUP(tb_buf_done) struct tb_buf ad = { 0 };

    if (plain.n > E2E_RECORD_MAX)
        return TB_E_LIMIT;
    put_place(&ad, kind, name);
    tb_result r = tb_buf_check(&ad);
    if (r == TB_OK)
        r = tb_aead_seal(&e->secret->record_key, plain, tb_buf_view(&ad), &sealed);
    if (r != TB_OK)
        return r;
    return e->store->save(e->store->user, kind, name, tb_buf_view(&sealed));
}

tb_result e2e_record_drop(struct e2e *e, enum e2e_record kind, struct tb_view name)
{
    tb_result r = e->store->drop(e->store->user, kind, name);

    return r == TB_E_NOTFOUND ? TB_OK : r;
}

/* --- prekeys: the name is the id, little-endian */

struct id_name {
    uint8_t b[4];
};

static struct id_name name_of(uint32_t id)
{
    return (struct id_name){ { (uint8_t)id, (uint8_t)(id >> 8), (uint8_t)(id >> 16),
                               (uint8_t)(id >> 24) } };
}

tb_result e2e_key_load(struct e2e *e, enum e2e_record kind, uint32_t id, struct tb_buf *ret)
{
    struct id_name n = name_of(id);

    return e2e_record_load(e, kind, tb_view_of(n.b, sizeof n.b), ret);
}

tb_result e2e_key_save(struct e2e *e, enum e2e_record kind, uint32_t id, struct tb_view plain)
{
    struct id_name n = name_of(id);

    return e2e_record_save(e, kind, tb_view_of(n.b, sizeof n.b), plain);
}

tb_result e2e_key_drop(struct e2e *e, enum e2e_record kind, uint32_t id)
{
    struct id_name n = name_of(id);

    return e2e_record_drop(e, kind, tb_view_of(n.b, sizeof n.b));
}

/* --- sessions */

static uint32_t get_u32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static tb_result session_parse(struct tb_view in, struct e2e_session *s)
{
    if (in.n < HEAD || in.p[0] != VERSION)
        return TB_E_UNREADABLE;
    uint32_t n = get_u32(in.p + HEAD - 4);
    if (n > E2E_SEEN_MAX || in.n < HEAD + (size_t)n * SEEN)
        return TB_E_UNREADABLE;
    memcpy(s->ident_pk, in.p + 1, sizeof s->ident_pk);
    for (s->n_seen = 0; s->n_seen < n; s->n_seen++) {
        const uint8_t *p = in.p + HEAD + (size_t)s->n_seen * SEEN;
        s->seen[s->n_seen].signed_id = get_u32(p);
        memcpy(s->seen[s->n_seen].base, p + 4, sizeof s->seen[0].base);
    }
    tb_put(&s->record, in.p + HEAD + (size_t)n * SEEN, in.n - HEAD - (size_t)n * SEEN);
    return tb_buf_check(&s->record);
}

tb_result e2e_session_load(struct e2e *e, const struct tb_hash *cred, struct e2e_session *ret)
{
    TB_CLEANUP(tb_buf_wipe) struct tb_buf plain = { 0 };
    struct e2e_session s = { 0 };

    tb_result r = e2e_record_load(e, E2E_SESSION, tb_view_of(cred->b, sizeof cred->b), &plain);
    if (r == TB_OK)
        r = session_parse(tb_buf_view(&plain), &s);
    if (r != TB_OK) {
        e2e_session_wipe(&s);
        return r;
    }
    *ret = s;
    return TB_OK;
}

tb_result e2e_session_save(struct e2e *e, const struct tb_hash *cred, const struct e2e_session *s)
{
    TB_CLEANUP(tb_buf_wipe) struct tb_buf plain = { 0 };
    struct tb_view name = tb_view_of(cred->b, sizeof cred->b);

    if (s->record.n == 0 && s->n_seen == 0)
        return e2e_record_drop(e, E2E_SESSION, name);
    tb_put_u8(&plain, VERSION);
    tb_put(&plain, s->ident_pk, sizeof s->ident_pk);
    tb_put_u32(&plain, (uint32_t)s->n_seen);
    for (size_t i = 0; i < s->n_seen; i++) {
        tb_put_u32(&plain, s->seen[i].signed_id);
        tb_put(&plain, s->seen[i].base, sizeof s->seen[i].base);
    }
    tb_put(&plain, s->record.p, s->record.n);
    tb_result r = tb_buf_check(&plain);
    if (r != TB_OK)
        return r;
    return e2e_record_save(e, E2E_SESSION, name, tb_buf_view(&plain));
}
