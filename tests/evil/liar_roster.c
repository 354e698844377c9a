/* SPDX-License-Identifier: GPL-3.0-or-later */
/* liar_roster.c - the log as it is shown to one person: shorter, with a ghost in it, or another one. */
#include "liar.h"

#include <stdio.h>

#include "proto/kdf.h"
#include "proto/parcel.h"

/* head after one entry more, as roster.h has it */
static struct tb_hash head_with(struct tb_hash head, struct tb_view entry)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    struct tb_hash hash = { 0 };
    Tb__RosterEntry *e;

    tb_arena_init(&a, TB_ARENA_MAX);
    if (tb_entry_peek(&a, entry, &e, &hash) != TB_OK)
        return head;
    return tb_hash_of2(TB_L_ROSTER_HEAD, tb_view_of(head.b, sizeof head.b),
                       tb_view_of(hash.b, sizeof hash.b));
}

/* The log that this one sees. */
static uint64_t view_of(const struct victim *v, struct tb_hash *ret_head)
{
    uint64_t size = tb_roster_size(liar.r->roster), shown = size;

    if (v->view == VIEW_HELD || v->view == VIEW_FORK)
        shown = v->view_size < size ? v->view_size : size;
    if (tb_roster_head_at(liar.r->roster, shown, ret_head) != TB_OK)
        return size;
    if (v->view == VIEW_GHOST || v->view == VIEW_FORK) {
        *ret_head = head_with(*ret_head, tb_buf_view(&v->entry));
        return shown + 1;
    }
    return shown;
}

void liar_head(const struct victim *v, uint64_t *size, struct tb_hash *head)
{
    if (v->view != VIEW_TRUE)
        *size = view_of(v, head);
}

void liar_roster_reply(const struct victim *v, Tb__RosterReply *m, struct tb_arena *a)
{
    struct tb_hash *head = tb_arena_take(a, sizeof *head);
    ProtobufCBinaryData *list = tb_arena_take(a, (m->n_entry_signed + 1) * sizeof *list);
    uint64_t shown = view_of(v, head);
    bool more = v->view == VIEW_GHOST || v->view == VIEW_FORK;
    uint64_t real = shown - more;
    size_t n = 0;

    liar_must(head != NULL && list != NULL, "out of memory");
    for (size_t i = 0; i < m->n_entry_signed && m->from + i < real; i++)
        list[n++] = m->entry_signed[i];
    if (more && m->from + n == real && m->from <= real)
        list[n++] = tb_field(v->entry.p, v->entry.n);
    m->entry_signed = list;
    m->n_entry_signed = n;
    m->size = shown;
    m->head = tb_field(head->b, sizeof head->b);
    if (v->view == VIEW_HELD || v->view == VIEW_FORK)
        m->n_freshness_signed = 0; /* they may be about what is hidden */
}

void liar_tell_head(struct victim *v)
{
    struct tb_hash head = tb_roster_head(liar.r->roster);
    Tb__PingReply m;

    if (!v->conn)
        return;
    tb__ping_reply__init(&m);
    m.time_ms = liar_now();
    m.roster_size = tb_roster_size(liar.r->roster);
    liar_head(v, &m.roster_size, &head);
    m.roster_head = tb_field(head.b, sizeof head.b);
    liar_push(v->conn, TB_OP_ROSTER_HEAD, &m.base);
}

bool liar_read_entry(const char *parcel, struct tb_buf *ret_entry)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    TB_CLEANUP(tb_buf_done) struct tb_buf file = { 0 };
    char chunk[4096];
    size_t got;
    Tb__Parcel *p;

    FILE *f = fopen(parcel, "re");
    if (!f)
        return false;
    while ((got = fread(chunk, 1, sizeof chunk, f)) > 0)
        tb_put(&file, chunk, got);
    (void)fclose(f);
    tb_arena_init(&a, TB_ARENA_MAX);
    if (tb_parcel_decode(&a, tb_buf_view(&file), &p) != TB_OK || p->n_entry_signed == 0)
        return false;
    const ProtobufCBinaryData *last = &p->entry_signed[p->n_entry_signed - 1];
    tb_buf_done(ret_entry);
    tb_put(ret_entry, last->data, last->len);
    return true;
}
