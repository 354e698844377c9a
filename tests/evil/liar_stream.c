/* SPDX-License-Identifier: GPL-3.0-or-later */
/* liar_stream.c - envelopes on their way to a device: dropped, doubled, swapped, bent, shown again. */
#include "liar.h"

#include <string.h>

/* ---- rules */

struct lie_rule *liar_rule_new(void)
{
    for (size_t i = 0; i < LIAR_RULES; i++)
        if (!liar.rule[i].on) {
            liar.rule[i] = (struct lie_rule){ .on = true, .left = LIAR_ANY };
            return &liar.rule[i];
        }
    liar_must(false, "too many rules");
    return NULL;
}

void liar_stream_page(const struct tb_id *page)
{
    for (size_t i = 0; i < LIAR_RULES; i++) {
        struct lie_rule *rule = &liar.rule[i];
        if (!rule->on || !rule->next)
            continue;
        rule->next = false;
        rule->paged = true;
        rule->page = *page;
    }
}

static bool fits(const struct lie_rule *rule, const struct victim *v, const Tb__Envelope *e)
{
    if (!rule->on || rule->next || rule->left == 0 || !liar_is(rule->whom, v->account) ||
        (rule->kind && rule->kind != e->kind))
        return false;
    return !rule->paged || (tb_is(&e->page_id, TB_ID_BYTES) &&
                            memcmp(e->page_id.data, rule->page.b, TB_ID_BYTES) == 0);
}

/* ---- showing */

static void append(struct tb_buf *ret, Tb__Envelope *e)
{
    Tb__Envelope *list[] = { e };
    Tb__Envelopes all;

    tb__envelopes__init(&all);
    all.n_envelope = 1;
    all.envelope = list;
    liar_must(tb_pack(&all.base, ret) == TB_OK, "pack");
}

static void show(struct victim *v, Tb__Envelope *e, struct tb_buf *ret)
{
    e->seq = ++v->shown;
    append(ret, e);
}

static void keep_on_tape(struct victim *v, const Tb__Envelope *e)
{
    struct tb_buf *slot = &v->tape[v->n++ % LIAR_TAPE];

    tb_buf_done(slot);
    liar_must(tb_pack(&e->base, slot) == TB_OK, "pack");
}

/* Bends one envelope by one rule; false: it is not shown now. */
static bool bend(struct victim *v, Tb__Envelope *e, const struct lie_rule *rule, struct tb_arena *a)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf forged = { 0 };

    switch (rule->lie) {
    case LIE_DROP:
        liar.count.dropped++;
        return false;
    case LIE_SWAP:
        tb_buf_done(&v->swapped);
        liar_must(tb_pack(&e->base, &v->swapped) == TB_OK, "pack");
        return false;
    case LIE_NO_SHARE:
        e->share = tb_field(NULL, 0);
        return true;
    case LIE_NO_BODY_KEY:
        e->capsule = NULL;
        return true;
    case LIE_LOW_KEY:
        if (e->capsule)
            liar_low_key(&e->capsule->data, a);
        return true;
    case LIE_NAMES:
    case LIE_NOBODY:
    case LIE_LATER:
        if (liar_release(e, rule, &forged)) {
            uint8_t *p = tb_arena_take(a, forged.n);
            liar_must(p != NULL, "out of memory");
            memcpy(p, forged.p, forged.n);
            e->statement = tb_field(p, forged.n);
        }
        return true;
    case LIE_DOUBLE:
        return true;
    }
    return true;
}

/* How often it is to be shown. */
static int bend_all(struct victim *v, Tb__Envelope *e, struct tb_arena *a)
{
    int times = 1;

    for (size_t i = 0; i < LIAR_RULES && times > 0; i++) {
        struct lie_rule *rule = &liar.rule[i];
        if (!fits(rule, v, e))
            continue;
        if (rule->left > 0)
            rule->left--;
        if (rule->lie == LIE_DOUBLE)
            times += rule->times;
        else if (!bend(v, e, rule, a))
            times = 0;
    }
    return times;
}

static void show_swapped(struct victim *v, struct tb_arena *a, struct tb_buf *ret)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf old = v->swapped;
    Tb__Envelope *e;

    v->swapped = (struct tb_buf){ 0 };
    if (old.n && tb_unpack(a, &tb__envelope__descriptor, tb_buf_view(&old), &e) == TB_OK) {
        show(v, e, ret);
        v->skew--;
    }
}

void liar_stream(struct victim *v, const Tb__Envelopes *in, struct tb_buf *ret)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    Tb__Envelopes head;

    tb_arena_init(&a, 4 * TB_ARENA_MAX);
    tb__envelopes__init(&head);
    head.era = in->era;
    liar_must(tb_pack(&head.base, ret) == TB_OK, "pack");
    for (size_t i = 0; i < in->n_envelope; i++) {
        Tb__Envelope *e = in->envelope[i];
        uint64_t seq = e->seq;
        bool waits = v->swapped.n != 0;
        keep_on_tape(v, e);
        int times = bend_all(v, e, &a);
        v->shown = (uint64_t)((int64_t)seq - v->skew) - 1;
        if (times == 0 && !liar.gaps)
            v->skew++;
        for (int k = 0; k < times; k++) {
            show(v, e, ret);
            v->skew -= k > 0;
        }
        if (times == 0 && liar.gaps)
            v->shown++;
        if (waits && times)
            show_swapped(v, &a, ret);
    }
}

void liar_show(struct victim *v, const Tb__Envelope *e, int times)
{
    for (int done = 0; done < times && v->conn;) {
        TB_CLEANUP(tb_buf_done) struct tb_buf packed = { 0 };
        TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
        Tb__Envelope copy = *e;
        Tb__Envelopes head, *all;
        tb__envelopes__init(&head);
        head.era = store_era(liar.r->store);
        liar_must(tb_pack(&head.base, &packed) == TB_OK, "pack");
        for (int k = 0; k < TB_PUSH_BATCH && done < times; k++, done++) {
            show(v, &copy, &packed);
            v->skew--;
        }
        tb_arena_init(&a, 64 << 20);
        liar_must(tb_unpack(&a, &tb__envelopes__descriptor, tb_buf_view(&packed), &all) == TB_OK,
                  "unpack");
        liar_push(v->conn, TB_OP_ENVELOPES, &all->base);
    }
}

bool liar_replay(struct victim *v, uint32_t kind, int times)
{
    for (uint64_t i = 0; i < LIAR_TAPE && i < v->n; i++) {
        TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
        Tb__Envelope *e;
        tb_arena_init(&a, TB_ARENA_MAX);
        liar_must(tb_unpack(&a, &tb__envelope__descriptor,
                            tb_buf_view(&v->tape[(v->n - 1 - i) % LIAR_TAPE]), &e) == TB_OK,
                  "unpack");
        if (e->kind != kind)
            continue;
        liar_show(v, e, times);
        return true;
    }
    return false;
}
