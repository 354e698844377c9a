/* SPDX-License-Identifier: GPL-3.0-or-later */
/* draft.c - the report that is being written: one sealed row, so that a crash loses no word of it (core.h).
 *
 * A draft may be wrong in every field; what it may not be is larger than a
 * report with all its files could ever become. */
#include <string.h>

#include "client/core/parts.h"

enum { DRAFT_MAX = 2 * TB_BODY_MAX };

static char *text_of(const char *s)
{
    return (char *)(uintptr_t)(s ? s : ""); /* packing only reads */
}

struct draft_parts {
    Tbl__Draft m;
    Tbl__DraftFile file[TB_INLINE_FILES], *files[TB_INLINE_FILES];
};

static void fill(const struct tbc_report *q, struct draft_parts *d)
{
    Tbl__Draft *m = &d->m;

    tbl__draft__init(m);
    m->kind = text_of(q->kind);
    m->title = text_of(q->title);
    m->text = text_of(q->text);
    m->page_class = q->page_class;
    m->policy = text_of(q->policy);
    m->detected_ms = q->detected_ms;
    m->system_name = text_of(q->system_name);
    m->system_address = text_of(q->system_address);
    m->system_level = q->system_level;
    m->drill = q->drill;
    m->tlp = q->tlp;
    m->saved_ms = now_wall_ms();
    for (size_t i = 0; i < q->n_files; i++) {
        tbl__draft_file__init(&d->file[i]);
        d->file[i].name = text_of(q->file[i].name);
        d->file[i].data = tb_field(q->file[i].data.p, q->file[i].data.n);
        d->files[i] = &d->file[i];
    }
    m->n_file = q->n_files;
    m->file = d->files;
}

tb_result tbc_draft_put(struct tbc *c, const struct tbc_report *q)
{
    TB_CLEANUP(tb_buf_wipe) struct tb_buf plain = { 0 };
    const struct cs_key k = key_meta("draft");
    struct draft_parts d = { 0 };
    tb_result r = need_member(c);

    if (r == TB_OK && q->n_files > TB_INLINE_FILES)
        r = TB_E_LIMIT;
    if (r != TB_OK)
        return r;
    fill(q, &d);
    r = tb_pack(&d.m.base, &plain);
    if (r == TB_OK && plain.n > DRAFT_MAX)
        r = TB_E_LIMIT;
    if (r != TB_OK)
        return r;
    r = core_begin(c);
    if (r == TB_OK)
        r = cs_put(c->store, &k, NULL, tb_buf_view(&plain));
    return core_end(c, r);
}

static const char *or_null(const char *s)
{
    return s && *s ? s : NULL;
}

static void give(const Tbl__Draft *m, struct tbc_draft *ret)
{
    ret->report = (struct tbc_report){
        .kind = or_null(m->kind),
        .title = or_null(m->title),
        .text = or_null(m->text),
        .page_class = m->page_class,
        .policy = or_null(m->policy),
        .detected_ms = m->detected_ms,
        .system_name = or_null(m->system_name),
        .system_address = or_null(m->system_address),
        .system_level = m->system_level,
        .drill = m->drill,
        .tlp = m->tlp,
        .file = ret->file,
    };
    for (size_t i = 0; i < m->n_file && i < TB_INLINE_FILES; i++) {
        const Tbl__DraftFile *f = m->file[i];
        ret->file[ret->report.n_files++] =
            (struct tbc_file){ f->name, tb_view_of(f->data.data, f->data.len) };
    }
    ret->saved_ms = m->saved_ms;
}

tb_result tbc_draft_get(struct tbc *c, struct tbc_draft *ret)
{
    const struct cs_key k = key_meta("draft");
    Tbl__Draft *m;
    tb_result r = need_member(c);

    if (r != TB_OK)
        return r;
    *ret = (struct tbc_draft){ 0 };
    tb_arena_init(&ret->own, CORE_ARENA);
    r = local_get(c, &k, &ret->own, &tbl__draft__descriptor, &m);
    if (r == TB_OK)
        give(m, ret);
    else
        tbc_draft_done(ret);
    return r;
}

void tbc_draft_done(struct tbc_draft *d)
{
    tb_arena_done(&d->own);
    *d = (struct tbc_draft){ 0 };
}

tb_result draft_drop(struct tbc *c)
{
    const struct cs_key k = key_meta("draft");

    return cs_drop(c->store, &k);
}

tb_result tbc_draft_clear(struct tbc *c)
{
    tb_result r = need_member(c);

    if (r != TB_OK)
        return r;
    r = core_begin(c);
    if (r == TB_OK)
        r = draft_drop(c);
    return core_end(c, r);
}
