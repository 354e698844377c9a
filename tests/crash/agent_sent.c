/* SPDX-License-Identifier: GPL-3.0-or-later */
/* agent_sent.c - see agent_sent.h.  Reads libsignal's wire format by itself: version || protobuf [|| mac]. */
#include "tests/crash/agent_sent.h"

#include <string.h>

#include "proto/kdf.h"
#include "proto/op.h"
#include "proto/unpack.h"
#include "proto/wire.pb-c.h"
#include "tests/crash/crash.h"

enum { ARENA = 4 << 20, MAC = 8, TYPE_PREKEY = 3 };

static bool varint(struct tb_view *in, uint64_t *ret)
{
    *ret = 0;
    for (unsigned shift = 0; in->n && shift < 64; shift += 7) {
        uint8_t b = *in->p++;
        in->n--;
        *ret |= (uint64_t)(b & 127) << shift;
        if (b < 128)
            return true;
    }
    return false;
}

/* Finds field `want`: its bytes, or its number. */
static bool field(struct tb_view in, uint64_t want, struct tb_view *ret, uint64_t *ret_number)
{
    uint64_t tag = 0, v = 0;

    while (in.n && varint(&in, &tag) && varint(&in, &v)) {
        if ((tag & 7) == 0) {
            if (tag >> 3 == want && ret_number) {
                *ret_number = v;
                return true;
            }
            continue;
        }
        if ((tag & 7) != 2 || v > in.n)
            return false;
        if (tag >> 3 == want && ret) {
            *ret = tb_view_of(in.p, (size_t)v);
            return true;
        }
        in.p += v;
        in.n -= (size_t)v;
    }
    return false;
}

static struct tb_view inside(struct tb_view m, size_t tail)
{
    CRASH_MUST(m.n > 1 + tail, "a ratchet message of %zu bytes", m.n);
    return tb_view_of(m.p + 1, m.n - 1 - tail);
}

static void note(struct sent *s, const struct tb_hash *name, const struct tb_hash *text)
{
    for (size_t i = 0; i < s->n; i++) {
        if (!tb_hash_equal(&s->name[i], name))
            continue;
        CRASH_MUST(tb_hash_equal(&s->text[i], text),
                   "a message key was used for two texts: the ratchet went back");
        s->again++;
        return;
    }
    CRASH_MUST(s->n < SENT_MAX, "too many messages in one world");
    s->name[s->n] = *name;
    s->text[s->n++] = *text;
}

static void see_capsule(struct sent *s, const char *account, const Tb__WireCapsule *c)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf name = { 0 };
    struct tb_view m = tb_field_view(&c->data), key, text;
    uint64_t counter = 0;

    if (c->type == TYPE_PREKEY)
        CRASH_MUST(field(inside(m, 0), 4, &m, NULL), "a first message without a message");
    m = inside(m, MAC);
    CRASH_MUST(field(m, 1, &key, NULL) && field(m, 4, &text, NULL), "not a ratchet message");
    (void)field(m, 2, NULL, &counter);
    tb_put(&name, account, strlen(account) + 1);
    tb_put(&name, c->to_cred.data, c->to_cred.len);
    tb_put(&name, key.p, key.n);
    tb_put_u64(&name, counter);
    struct tb_hash n = tb_hash_of(TB_L_ROW, tb_buf_view(&name)), t = tb_hash_of(TB_L_ROW, text);
    note(s, &n, &t);
}

static void see_all(struct sent *s, const char *account, Tb__WireCapsule **c, size_t n)
{
    for (size_t i = 0; i < n; i++)
        see_capsule(s, account, c[i]);
}

static void see_frame(struct sent *s, const char *account, const Tb__Frame *f, struct tb_arena *a)
{
    struct tb_view body = tb_field_view(&f->body);
    Tb__Submit *submit;
    Tb__CapsulesAdd *add;
    Tb__ActPut *act;
    Tb__NotePut *note_put;

    s->resets += f->op == TB_OP_RESET;
    if (f->op == TB_OP_SUBMIT && tb_unpack(a, &tb__submit__descriptor, body, &submit) == TB_OK) {
        see_all(s, account, submit->capsule, submit->n_capsule);
    } else if (f->op == TB_OP_CAPSULES_ADD &&
               tb_unpack(a, &tb__capsules_add__descriptor, body, &add) == TB_OK) {
        see_all(s, account, add->capsule, add->n_capsule);
    } else if (f->op == TB_OP_ACT && tb_unpack(a, &tb__act_put__descriptor, body, &act) == TB_OK) {
        see_all(s, account, act->capsule, act->n_capsule);
        see_all(s, account, act->rewrap, act->n_rewrap);
    } else if (f->op == TB_OP_NOTE_PUT &&
               tb_unpack(a, &tb__note_put__descriptor, body, &note_put) == TB_OK) {
        see_all(s, account, &note_put->capsule, 1);
    }
}

void sent_see(struct sent *s, const char *account, struct tb_view batch)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    Tb__Batch *b;

    tb_arena_init(&a, ARENA);
    CRASH_MUST(tb_unpack(&a, &tb__batch__descriptor, batch, &b) == TB_OK,
               "a device sent what is no batch");
    for (size_t i = 0; i < b->n_frame; i++)
        see_frame(s, account, b->frame[i], &a);
}
