/* SPDX-License-Identifier: GPL-3.0-or-later */
/* draft.c - see draft.h. */
#include "keys/draft.h"

#include <string.h>

#include "keys/describe.h"
#include "keys/names.h"
#include "proto/page.h"

static const struct tb_roster *roster_of(const struct roster_file *f)
{
    return f != NULL ? f->roster : NULL;
}

tb_result draft_make(const struct run *run, const struct roster_file *f, const struct draft_of *of,
                     struct tb_buf *ret)
{
    struct tb_entry_draft d = {
        .kind = of->kind,
        .subject = of->subject,
        .body = of->body,
        .signed_ms = run->now_ms,
    };
    tb_result r = tb_entry_make(roster_of(f), &d, ret);

    return r == TB_OK ? r
                      : say_fail(r, _("cannot make this entry: %s"), said_of(tb_strresult(r)).text);
}

/* ---- signing */

static bool by_custodians(uint32_t kind)
{
    switch (kind) {
    case TB_ENTRY_ROOT:
    case TB_ENTRY_AUTHORITY:
    case TB_ENTRY_REGISTRAR:
    case TB_ENTRY_RELAY:
    case TB_ENTRY_FRESHNESS_KEY:
    case TB_ENTRY_POLICY:
        return true;
    default:
        return false;
    }
}

/* Does the root that this entry is name the key? */
static bool named_in(struct tb_arena *a, const Tb__RosterEntry *e, const uint8_t *pk)
{
    Tb__Root *m;

    if (e->kind != TB_ENTRY_ROOT ||
        tb_unpack(a, &tb__root__descriptor, tb_field_view(&e->body), &m) != TB_OK)
        return false;
    for (size_t i = 0; i < m->n_custodian; i++) {
        if (tb_is(&m->custodian[i]->key, TB_KEY_BYTES) &&
            memcmp(m->custodian[i]->key.data, pk, TB_KEY_BYTES) == 0)
            return true;
    }
    return false;
}

static tb_result check_custodian(const struct roster_file *f, const struct signer *s,
                                 struct tb_arena *a, const Tb__RosterEntry *e)
{
    TB_CLEANUP(names_done) struct names names = { NULL, 0 };
    tb_result r = names_collect(roster_of(f), &names);

    if (r != TB_OK)
        return say_fail(r, "%s", said_of(tb_strresult(r)).text);
    const struct name *name = names_find(&names, s->pub.pk);
    if ((name != NULL && name->kind == TB_ENTRY_ROOT) || named_in(a, e, s->pub.pk))
        return TB_OK;
    return say_fail(
        TB_E_DENIED,
        _("'%s' (%s) is no custodian of '%s': its signature would not count.  Is one of "
          "them another province's? 'trucban-keys inspect' shows the custodians"),
        s->path, s->pub.person, f != NULL ? f->path : _("this root"));
}

tb_result draft_may_sign(const struct roster_file *f, const struct signer *s, struct tb_view entry)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    enum key_kind needed;
    Tb__RosterEntry *e;
    tb_result r;

    tb_arena_init(&a, TB_ARENA_MAX);
    if ((r = tb_entry_peek(&a, entry, &e, NULL)) != TB_OK)
        return say_fail(r, _("this is no roster entry: %s"), said_of(tb_strresult(r)).text);
    if (f == NULL && (e->kind != TB_ENTRY_ROOT || e->based_on != NULL))
        return say_fail(TB_E_TRUNCATED,
                        _("this entry belongs to a roster: give it with --roster FILE"));
    const char *kind = tb_entry_kind_name((enum tb_entry_kind)e->kind);
    needed = by_custodians(e->kind) ? KEY_CUSTODIAN : KEY_REGISTRAR;
    if (s->pub.kind != needed)
        return say_fail(
            TB_E_DENIED, _("'%s' is a %s key; an entry of kind %s is signed with a %s key"),
            s->path, key_kind_name(s->pub.kind), kind != NULL ? kind : "?", key_kind_name(needed));
    if (needed == KEY_CUSTODIAN)
        return check_custodian(f, s, &a, e);
    if (f == NULL || tb_roster_registrar(f->roster, s->pub.pk, TB_ROLE_NONE, e->signed_ms) == NULL)
        return say_fail(TB_E_DENIED,
                        _("'%s' (%s) is no registrar of '%s', or its time is over: the custodians "
                          "grant it with "
                          "'delegate registrar'.  Or is one of them another province's?"),
                        s->path, s->pub.person, f != NULL ? f->path : _("this root"));
    return TB_OK;
}

tb_result draft_sign(const struct roster_file *f, const struct signer *s, struct tb_buf *entry)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf more = { 0 };
    tb_result r = draft_may_sign(f, s, tb_buf_view(entry));

    if (r != TB_OK)
        return r;
    r = tb_entry_sign(tb_buf_view(entry), f != NULL ? tb_roster_id(f->roster) : NULL, &s->pair,
                      &more);
    if (r == TB_E_CONFLICT)
        return say_fail(
            r, _("'%s' (%s) has signed this already: the next signature must be another person's"),
            s->path, s->pub.person);
    if (r != TB_OK)
        return say_fail(r, _("cannot sign with '%s': %s"), s->path, said_of(tb_strresult(r)).text);
    tb_buf_done(entry);
    *entry = more;
    more = (struct tb_buf){ 0 };
    return TB_OK;
}

tb_result draft_sign_all(const struct run *run, const struct roster_file *f, struct tb_buf *entry)
{
    tb_result r = TB_OK;

    for (size_t i = 0; i < run->keys.n && r == TB_OK; i++) {
        TB_CLEANUP(signer_wipe) struct signer s = { .path = NULL };
        r = signer_open(run, i, &s);
        if (r == TB_OK)
            r = draft_sign(f, &s, entry);
    }
    return r;
}

/* ---- checking */

/* Roster entry 0 is tried against an empty log. */
static tb_result try_entry(const struct run *run, const struct roster_file *f, struct tb_view entry,
                           struct tb_why *why)
{
    struct tb_roster *empty = NULL;
    tb_result r;

    if (f != NULL)
        return tb_roster_try(f->roster, entry, run->now_ms, why);
    if ((r = tb_roster_new(&empty)) == TB_OK)
        r = tb_roster_try(empty, entry, run->now_ms, why);
    tb_roster_free(empty);
    return r;
}

tb_result draft_check(const struct run *run, const struct roster_file *f, struct tb_view entry,
                      struct tb_why *ret_why)
{
    struct tb_why why = { "" };
    tb_result r;

    if (entry_signatures(entry) == 0) {
        *ret_why = (struct tb_why){ "no signature yet" };
        return TB_E_QUORUM;
    }
    r = try_entry(run, f, entry, &why);
    if (r == TB_OK || r == TB_E_QUORUM) {
        *ret_why = why;
        return r;
    }
    const char *reason = said_of(why.text[0] != '\0' ? why.text : tb_strresult(r)).text;
    if (f == NULL)
        return say_fail(r, _("the roster would not take this entry: %s"), reason);
    return say_fail(r, _("the roster '%s' does not take this entry: %s"), f->path, reason);
}

/* ---- writing out */

static tb_result write_out(const struct run *run, const struct delivery *d)
{
    ProtobufCBinaryData entries[DRAFTS_MAX], approval;
    Tb__Parcel p;

    if (run->out_path == NULL)
        return TB_OK;
    tb__parcel__init(&p);
    for (size_t i = 0; i < d->n; i++)
        entries[i] = tb_field(d->entry[i].p, d->entry[i].n);
    p.entry_signed = entries;
    p.n_entry_signed = d->n;
    if (d->approval != NULL) {
        approval = tb_field(d->approval->p, d->approval->n);
        p.approval_signed = &approval;
        p.n_approval_signed = 1;
    }
    return parcel_create(run->out_path, &p, d->approval != NULL);
}

/* One object that says what became of an entry. */
static void report(const struct run *run, struct tb_view entry, bool appended,
                   const struct tb_why *missing)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    struct emit e = run->emit;
    struct tb_hash hash;
    Tb__RosterEntry *m;

    tb_arena_init(&a, TB_ARENA_MAX);
    if (tb_entry_peek(&a, entry, &m, &hash) != TB_OK)
        return;
    emit_begin(&e, missing != NULL ? N_("draft") : N_("entry"));
    emit_word(&e, N_("kind"), tb_entry_kind_name((enum tb_entry_kind)m->kind));
    emit_hex(&e, N_("entry hash"), hash.b, sizeof hash.b);
    emit_number(&e, N_("signatures"), (int64_t)entry_signatures(entry));
    emit_flag(&e, N_("complete"), missing == NULL);
    if (missing != NULL)
        emit_text(&e, N_("missing"), run->json ? missing->text : said_of(missing->text).text);
    emit_time(&e, N_("append by"), m->append_by_ms);
    /* A complete root is the roster: there is nothing to append it to. */
    emit_flag(&e, N_("appended"), appended || (m->kind == TB_ENTRY_ROOT && missing == NULL));
    if (run->out_path != NULL)
        emit_text(&e, N_("file"), run->out_path);
    emit_end(&e);
}

static tb_result check_places(const struct run *run)
{
    if (run->out_path == NULL && !run->append)
        return say_fail(TB_E_TRUNCATED,
                        _("where to? Give --out FILE, or --append to put it into the roster file"));
    return TB_OK;
}

/* Entries of one delivery may build on each other: each is tried and applied in turn. */
static tb_result deliver_one(const struct run *run, struct roster_file *f, struct tb_view entry)
{
    struct tb_why why = { "" };
    tb_result r = draft_check(run, f, entry, &why);

    if (r == TB_E_QUORUM) {
        if (run->append && run->out_path == NULL)
            return say_fail(r, _("signatures are missing (%s): give --out FILE for the draft"),
                            said_of(why.text).text);
        report(run, entry, false, &why);
        return TB_OK;
    }
    if (r == TB_OK && run->append)
        r = roster_file_append(f, entry, run->now_ms);
    if (r == TB_OK)
        report(run, entry, run->append, NULL);
    return r;
}

int draft_deliver(const struct run *run, struct roster_file *f, const struct delivery *d)
{
    struct tb_why why;

    if (check_places(run) != TB_OK)
        return EXIT_USAGE;
    for (size_t i = 0; i < d->n; i++) {
        tb_result r = draft_check(run, f, tb_buf_view(&d->entry[i]), &why);
        if (r != TB_OK && r != TB_E_QUORUM)
            return EXIT_REFUSED;
    }
    if (write_out(run, d) != TB_OK)
        return EXIT_REFUSED;
    for (size_t i = 0; i < d->n; i++) {
        if (deliver_one(run, f, tb_buf_view(&d->entry[i])) != TB_OK)
            return EXIT_REFUSED;
    }
    return EXIT_DONE;
}

int draft_command(const struct run *run, struct roster_file *f, const struct draft_of *of)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf entry = { 0 };

    if (check_places(run) != TB_OK)
        return EXIT_USAGE;
    if (draft_make(run, f, of, &entry) != TB_OK || draft_sign_all(run, f, &entry) != TB_OK)
        return EXIT_REFUSED;
    return draft_deliver(run, f, &(struct delivery){ .entry = &entry, .n = 1 });
}
