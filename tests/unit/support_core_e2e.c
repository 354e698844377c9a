/* SPDX-License-Identifier: GPL-3.0-or-later */
/* support_core_e2e.c - a transactional store in memory, and letters between people. */
#include "support_core_e2e.h"

#include <stdlib.h>
#include <string.h>

int64_t clock_ms = 1000;

static void shelf_done(struct shelf *s)
{
    for (size_t i = 0; i < s->n; i++) {
        tb_buf_done(&s->records[i].name);
        tb_buf_done(&s->records[i].data);
    }
    free(s->records);
    *s = (struct shelf){ 0 };
}

static struct shelf_record *shelf_find(const struct shelf *s, enum e2e_record kind,
                                       struct tb_view name)
{
    for (size_t i = 0; i < s->n; i++) {
        struct shelf_record *r = &s->records[i];
        if (r->kind == kind && r->name.n == name.n && memcmp(r->name.p, name.p, name.n) == 0)
            return r;
    }
    return NULL;
}

static void shelf_put(struct shelf *s, enum e2e_record kind, struct tb_view name,
                      struct tb_view data)
{
    struct shelf_record *r = shelf_find(s, kind, name);

    if (!r) {
        s->records = realloc(s->records, (s->n + 1) * sizeof *s->records);
        assert_non_null(s->records);
        r = &s->records[s->n++];
        *r = (struct shelf_record){ .kind = kind };
        tb_put(&r->name, name.p, name.n);
    }
    tb_buf_done(&r->data);
    tb_put(&r->data, data.p, data.n);
}

void memory_begin(struct memory *m)
{
    shelf_done(&m->before);
    for (size_t i = 0; i < m->now.n; i++) {
        const struct shelf_record *r = &m->now.records[i];
        shelf_put(&m->before, r->kind, tb_buf_view(&r->name), tb_buf_view(&r->data));
    }
}

void memory_rollback(struct memory *m)
{
    shelf_done(&m->now);
    m->now = m->before;
    m->before = (struct shelf){ 0 };
}

void memory_commit(struct memory *m)
{
    shelf_done(&m->before);
}

void memory_done(struct memory *m)
{
    shelf_done(&m->now);
    shelf_done(&m->before);
}

struct tb_buf *memory_find(struct memory *m, enum e2e_record kind, struct tb_view name)
{
    struct shelf_record *r = shelf_find(&m->now, kind, name);

    return r ? &r->data : NULL;
}

static tb_result load(void *user, enum e2e_record kind, struct tb_view name, struct tb_buf *ret)
{
    struct tb_buf *data = memory_find(user, kind, name);

    if (!data)
        return TB_E_NOTFOUND;
    tb_put(ret, data->p, data->n);
    return tb_buf_check(ret);
}

static tb_result save(void *user, enum e2e_record kind, struct tb_view name, struct tb_view data)
{
    struct memory *m = user;

    if (m->fail_save != TB_OK)
        return m->fail_save;
    m->writes++;
    shelf_put(&m->now, kind, name, data);
    return TB_OK;
}

static tb_result drop(void *user, enum e2e_record kind, struct tb_view name)
{
    struct memory *m = user;
    struct shelf_record *r = shelf_find(&m->now, kind, name);

    if (!r)
        return TB_E_NOTFOUND;
    m->writes++;
    tb_buf_done(&r->name);
    tb_buf_done(&r->data);
    *r = m->now.records[--m->now.n];
    return TB_OK;
}

void person_new(struct person *p, uint8_t tag)
{
    *p = (struct person){ .next_prekey = 1 };
    p->store = (struct e2e_store){ &p->memory, load, save, drop, NULL };
    assert_ok(e2e_identity_new(&p->identity));
    memset(p->self.cred.b, tag, sizeof p->self.cred.b);
    memcpy(p->self.ident_pk, p->identity.public_key, sizeof p->self.ident_pk);
    assert_ok(e2e_new(&p->identity, &p->store, &p->e));
}

void person_restart(struct person *p)
{
    e2e_free(p->e);
    assert_ok(e2e_new(&p->identity, &p->store, &p->e));
}

void person_done(struct person *p)
{
    e2e_free(p->e);
    memory_done(&p->memory);
    e2e_identity_wipe(&p->identity);
}

void bundle_of(struct person *p, bool one_time, struct e2e_bundle *ret)
{
    struct e2e_prekeys keys;

    assert_ok(e2e_make_prekeys(p->e, 7, p->next_prekey, one_time ? 1 : 0, &keys));
    *ret = (struct e2e_bundle){ .registration_id = keys.registration_id,
                                .signed_key = keys.signed_key,
                                .has_one_time = one_time };
    memcpy(ret->signed_sig, keys.signed_sig, sizeof ret->signed_sig);
    if (one_time) {
        ret->one_time = keys.one_time[0];
        p->next_prekey++;
    }
}

void start(struct person *from, struct person *to, bool one_time)
{
    struct e2e_bundle b;

    bundle_of(to, one_time, &b);
    assert_ok(e2e_start(from->e, &to->self, &b));
}

void letter_done(struct letter *l)
{
    tb_buf_done(&l->bytes);
}

struct letter write_letter(struct person *from, struct person *to, const char *text)
{
    struct letter l = { 0 };

    assert_ok(e2e_encrypt(from->e, &to->self, tb_view_of(text, strlen(text)), &l.type, &l.bytes));
    return l;
}

tb_result read_letter(struct person *to, struct person *from, const struct letter *l,
                      struct tb_buf *ret)
{
    return e2e_decrypt(to->e, &from->self, l->type, tb_buf_view(&l->bytes), clock_ms, ret);
}

void assert_reads(struct person *to, struct person *from, const struct letter *l, const char *text)
{
    struct tb_buf plain = { 0 };

    assert_ok(read_letter(to, from, l, &plain));
    assert_int_equal(plain.n, strlen(text));
    assert_memory_equal(plain.p, text, plain.n);
    tb_buf_wipe(&plain);
}

void talk(struct person *from, struct person *to, const char *text)
{
    struct letter l = write_letter(from, to, text);

    assert_reads(to, from, &l, text);
    letter_done(&l);
}
