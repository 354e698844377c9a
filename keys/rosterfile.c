/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rosterfile.c - see rosterfile.h. */
#include "keys/rosterfile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "keys/file.h"
#include "keys/say.h"
#include "proto/signed.pb-c.h"

/* Pointers and lengths of TB_ROSTER_MAX fields come on top of the bytes themselves. */
#define PARCEL_ARENA_MAX (2 * (size_t)TB_PARCEL_MAX)

void parcel_done(struct parcel *p)
{
    tb_arena_done(&p->arena);
    p->p = NULL;
}

tb_result parcel_load(const char *path, struct parcel *ret)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf file = { 0 };
    tb_result r = file_read(path, TB_PARCEL_MAX, &file);

    if (r != TB_OK)
        return say_fail(r, _("cannot read '%s': %s"), path,
                        r == TB_E_IO || r == TB_E_NOTFOUND ? strerror(errno)
                                                           : said_of(tb_strresult(r)).text);
    tb_arena_init(&ret->arena, PARCEL_ARENA_MAX);
    r = tb_parcel_decode(&ret->arena, tb_buf_view(&file), &ret->p);
    if (r == TB_OK)
        return TB_OK;
    parcel_done(ret);
    return say_fail(r, _("'%s' is no parcel of this program, or it is damaged: copy it again"),
                    path);
}

static tb_result say_written(tb_result r, const char *path)
{
    if (r == TB_E_CONFLICT)
        return say_fail(
            r, _("'%s' exists and is not overwritten: move it away or choose another name"), path);
    if (r == TB_E_IO)
        return say_fail(r, _("cannot write '%s': %s"), path, strerror(errno));
    return r == TB_OK
               ? r
               : say_fail(r, _("cannot write '%s': %s"), path, said_of(tb_strresult(r)).text);
}

tb_result parcel_create(const char *path, const Tb__Parcel *p, bool secret)
{
    TB_CLEANUP(tb_buf_wipe) struct tb_buf b = { 0 };
    tb_result r = tb_parcel_encode(p, &b);

    if (r == TB_OK)
        r = file_create(path, tb_buf_view(&b), secret ? FILE_SECRET : FILE_PUBLIC);
    return say_written(r, path);
}

tb_result parcel_replace(const char *path, const Tb__Parcel *p)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf b = { 0 };
    tb_result r = tb_parcel_encode(p, &b);

    if (r == TB_OK)
        r = file_replace(path, tb_buf_view(&b), FILE_PUBLIC);
    return say_written(r, path);
}

struct tb_view parcel_entry(const Tb__Parcel *p, size_t i)
{
    return tb_field_view(&p->entry_signed[i]);
}

size_t entry_signatures(struct tb_view entry_signed)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    Tb__Signed *s;

    tb_arena_init(&a, TB_ARENA_MAX);
    return tb_unpack(&a, &tb__signed__descriptor, entry_signed, &s) == TB_OK ? s->n_signature : 0;
}

void roster_file_done(struct roster_file *f)
{
    tb_roster_free(f->roster);
    f->roster = NULL;
    parcel_done(&f->parcel);
}

static tb_result replay(struct roster_file *f)
{
    const Tb__Parcel *p = f->parcel.p;

    for (size_t i = 0; i < p->n_entry_signed; i++) {
        struct tb_why why = { "" };
        if (entry_signatures(parcel_entry(p, i)) == 0)
            return say_fail(TB_E_QUORUM,
                            _("'%s' still lacks signatures: entry %zu has none, use 'cosign'"),
                            f->path, i);
        tb_result r = tb_roster_append(f->roster, parcel_entry(p, i), TB_SEEN_VOUCHED, &why);
        if (r == TB_E_QUORUM && i == 0)
            return say_fail(r, _("'%s' still lacks signatures of custodians (%s): use 'cosign'"),
                            f->path, said_of(why.text).text);
        if (r != TB_OK)
            return say_fail(r, _("'%s' is no valid roster, entry %zu: %s"), f->path, i,
                            said_of(why.text[0] != '\0' ? why.text : tb_strresult(r)).text);
    }
    if (tb_roster_size(f->roster) == 0)
        return say_fail(TB_E_NOTFOUND, _("'%s' holds no roster entries: give the roster file"),
                        f->path);
    for (size_t i = 0; i < p->n_freshness_signed; i++) {
        tb_result r = tb_roster_freshness(f->roster, tb_field_view(&p->freshness_signed[i]));
        if (r != TB_OK && r != TB_E_STALE)
            return say_fail(r, _("'%s': freshness statement %zu does not fit this roster: %s"),
                            f->path, i, said_of(tb_strresult(r)).text);
    }
    return TB_OK;
}

tb_result roster_file_load(const char *path, struct roster_file *ret)
{
    struct roster_file f = { .path = path };
    tb_result r =
        file_mark_of(path, &f.mark); /* before reading: a change in between is noticed too */

    if (r == TB_OK || r == TB_E_NOTFOUND)
        r = parcel_load(path, &f.parcel);
    if (r != TB_OK)
        return r;
    r = tb_roster_new(&f.roster);
    if (r == TB_OK)
        r = replay(&f);
    if (r == TB_OK)
        *ret = f;
    else
        roster_file_done(&f);
    return r;
}

TB_DEFINE_CLEANUP(ProtobufCBinaryData, free)

static tb_result check_unchanged(const struct roster_file *f)
{
    struct file_mark now;

    if (file_mark_of(f->path, &now) == TB_OK && file_mark_same(&now, &f->mark))
        return TB_OK;
    return say_fail(TB_E_STALE, _("'%s' was changed by somebody else in the meantime: start again"),
                    f->path);
}

static tb_result write_roster(struct roster_file *f)
{
    size_t n = (size_t)tb_roster_size(f->roster);
    TB_CLEANUP(freep) ProtobufCBinaryData *entries = calloc(n, sizeof *entries);
    Tb__Parcel p;

    tb_result r = check_unchanged(f);

    if (r != TB_OK)
        return r;
    if (entries == NULL)
        return say_fail(TB_E_NOMEM, "%s", said_of(tb_strresult(TB_E_NOMEM)).text);
    tb__parcel__init(&p);
    for (size_t i = 0; i < n; i++) {
        struct tb_view v = tb_roster_entry(f->roster, i);
        entries[i] = tb_field(v.p, v.n);
    }
    p.entry_signed = entries;
    p.n_entry_signed = n;
    p.freshness_signed = f->parcel.p->freshness_signed;
    p.n_freshness_signed = f->parcel.p->n_freshness_signed;
    r = parcel_replace(f->path, &p);
    return r == TB_OK ? file_mark_of(f->path, &f->mark) : r;
}

tb_result roster_file_append(struct roster_file *f, struct tb_view entry, int64_t now_ms)
{
    struct tb_why why = { "" };
    tb_result r = tb_roster_append(f->roster, entry, now_ms, &why);

    if (r == TB_E_QUORUM)
        return r;
    if (r != TB_OK)
        return say_fail(r, _("the roster '%s' does not take this entry: %s"), f->path,
                        said_of(why.text[0] != '\0' ? why.text : tb_strresult(r)).text);
    return write_roster(f);
}
