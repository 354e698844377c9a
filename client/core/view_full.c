/* SPDX-License-Identifier: GPL-3.0-or-later */
/* view_full.c - one page whole: text, files, the ladder per device, and what happened (core.h). */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "client/core/parts.h"
#include "client/core/views.h"

void tbc_page_full_done(struct tbc_page_full *p)
{
    if (p->text)
        sodium_memzero(p->text, strlen(p->text));
    free(p->text);
    for (size_t i = 0; i < p->n_files; i++) {
        if (p->file[i].data)
            sodium_memzero(p->file[i].data, p->file[i].n);
        free(p->file[i].data);
    }
    free(p->device);
    free(p->event);
    *p = (struct tbc_page_full){ 0 };
}

static void name_of(struct tbc *c, const char *account, char *ret, size_t size)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    Tb__Card *card;

    tb_arena_init(&a, CORE_ARENA);
    if (card_of(c, account, &a, &card) == TB_OK)
        copy_text(ret, size, card->name);
}

/* ---- content */

static tb_result fill_files(const Tb__Report *m, struct tbc_page_full *v)
{
    for (size_t i = 0; i < m->n_file && i < TB_INLINE_FILES; i++) {
        size_t n = m->file[i]->data.len;
        uint8_t *copy = malloc(n ? n : 1);
        if (!copy)
            return TB_E_NOMEM;
        if (n)
            memcpy(copy, m->file[i]->data.data, n);
        copy_text(v->file[i].name, sizeof v->file[i].name, m->file[i]->name);
        v->file[i].data = copy;
        v->file[i].n = n;
        v->n_files = i + 1;
    }
    return TB_OK;
}

static tb_result fill_content(struct tbc *c, const struct leaf *l, struct tbc_page_full *v)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    TB_CLEANUP(tb_buf_wipe) struct tb_buf plain = { 0 };
    Tb__Content *m;

    if (!l->p->readable)
        return TB_OK;
    tb_arena_init(&a, CORE_ARENA);
    tb_result r = leaf_body(c, l, true, &plain);
    if (r == TB_OK)
        r = tb_content_unpack(&a, tb_buf_view(&plain), &m);
    if (r == TB_E_STORE || r == TB_E_NOMEM)
        return r;
    if (r != TB_OK) { /* the rest of the page is shown all the same */
        leaf_damaged(c, l);
        v->page.damaged = true;
        return TB_OK;
    }
    v->text = strdup(m->report ? m->report->text : m->page ? m->page->text : "");
    if (!v->text)
        return TB_E_NOMEM;
    if (!m->report)
        return TB_OK;
    v->detected_ms = m->report->detected_ms;
    if (m->report->system) {
        copy_text(v->system_name, sizeof v->system_name, m->report->system->name);
        copy_text(v->system_address, sizeof v->system_address, m->report->system->address);
        v->system_level = m->report->system->level;
    }
    return fill_files(m->report, v);
}

/* ---- the ladder */

static void fill_device(struct tbc *c, const Tbl__Device *d, struct tbc_page_device *v)
{
    *v = (struct tbc_page_device){ .t = d->t,
                                   .released = d->released,
                                   .unreadable = d->bad_ms != 0,
                                   .rewrapped = d->rewrapped,
                                   .capsule_ok_ms = d->ok_ms,
                                   .delivered_ms = d->delivered_ms,
                                   .seen_ms = d->seen_ms };
    copy_text(v->account, sizeof v->account, d->account);
    copy_text(v->device, sizeof v->device, d->device);
    name_of(c, d->account, v->name, sizeof v->name);
    if (tb_is(&d->cred, TB_HASH_BYTES)) {
        struct tb_hash cred = tb_hash_from(d->cred.data);
        v->trust = trust_of(c, &cred, TB_STEP_SHOW);
        v->duty_off_ms = duty_off_ms(c, &cred);
    }
}

static tb_result fill_ladder(struct tbc *c, struct leaf *l, struct tbc_page_full *v)
{
    tb_result r = leaf_ladder(c, l);

    if (r != TB_OK || l->ladder->n_device == 0)
        return r;
    v->device = calloc(l->ladder->n_device, sizeof *v->device);
    if (!v->device)
        return TB_E_NOMEM;
    for (size_t i = 0; i < l->ladder->n_device; i++)
        if (l->ladder->device[i]->t || l->p->test)
            fill_device(c, l->ladder->device[i], &v->device[v->n_devices++]);
    return TB_OK;
}

/* ---- events */

struct listing {
    struct tbc *c;
    struct tbc_page_full *v;
};

static struct tbc_page_event *add_event(struct tbc_page_full *v)
{
    struct tbc_page_event *more = reallocarray(v->event, v->n_events + 1, sizeof *more);

    if (!more)
        return NULL;
    v->event = more;
    more[v->n_events] = (struct tbc_page_event){ 0 };
    return &more[v->n_events++];
}

static tb_result show_release(struct tb_arena *a, const Tbl__Event *e, struct tbc_page_event *v)
{
    Tb__Release *m;

    if (tb_release_unpack(a, tb_field_view(&e->statement), &m) != TB_OK)
        return TB_E_DAMAGED;
    v->kind = m->step == TB_RELEASE_TIER   ? TBC_EV_RELEASE
              : m->step == TB_RELEASE_SKIP ? TBC_EV_SKIP
                                           : TBC_EV_NOBODY;
    v->t = m->t;
    v->round = m->round;
    v->release_no = m->release_no;
    v->counted = true;
    return TB_OK;
}

static tb_result show_act(struct tbc *c, struct tb_arena *a, const Tbl__Event *e,
                          struct tbc_page_event *v)
{
    Tb__Act *m;

    if (tb_act_unpack(a, tb_field_view(&e->statement), &m) != TB_OK)
        return TB_E_DAMAGED;
    v->kind = TBC_EV_ACT;
    v->refusal = e->refused ? tb_result_of(e->answer) : TB_OK;
    v->act = (enum tb_act_kind)m->kind;
    v->t = m->t;
    v->round = m->round;
    v->counted = e->counted;
    v->level = e->level;
    v->eta_min = m->eta_min;
    v->override_gate = m->override_gate;
    copy_text(v->account, sizeof v->account, m->account);
    copy_text(v->target, sizeof v->target, m->target_account);
    copy_text(v->reason, sizeof v->reason, e->reason);
    name_of(c, m->account, v->name, sizeof v->name);
    return TB_OK;
}

static tb_result show_event(void *user, int64_t n, Tbl__Event *e)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    struct listing *list = user;
    struct tbc_page_event *v = add_event(list->v);

    (void)n;
    if (!v)
        return TB_E_NOMEM;
    tb_arena_init(&a, CORE_ARENA);
    v->at_ms = e->at_ms;
    return e->kind == EVENT_RELEASE ? show_release(&a, e, v) : show_act(list->c, &a, e, v);
}

static tb_result fill_events(struct tbc *c, const struct leaf *l, struct tbc_page_full *v)
{
    struct listing list = { c, v };

    if (l->p->relayed_ms) {
        struct tbc_page_event *first = add_event(v);
        if (!first)
            return TB_E_NOMEM;
        first->kind = TBC_EV_RELAYED;
        first->at_ms = l->p->relayed_ms;
        first->counted = true;
    }
    return leaf_events(c, l, show_event, &list);
}

tb_result tbc_page_get(struct tbc *c, const struct tb_id *id, struct tbc_page_full *ret)
{
    TB_CLEANUP(leaf_done) struct leaf l = { 0 };
    struct tbc_page_full v = { 0 };
    tb_result r = need_unlocked(c);

    if (r == TB_OK)
        r = leaf_load(c, id, &l);
    if (r != TB_OK)
        return r;
    view_fill(c, &l, &v.page);
    r = fill_content(c, &l, &v);
    if (r == TB_OK)
        r = fill_ladder(c, &l, &v);
    if (r == TB_OK)
        r = fill_events(c, &l, &v);
    v.page.damaged |= l.p->damaged;
    if (r != TB_OK) {
        tbc_page_full_done(&v);
        return r;
    }
    *ret = v;
    return TB_OK;
}
