/* SPDX-License-Identifier: GPL-3.0-or-later */
/* approve_grant.c - the half of `approve` that gives: credential, quorum, sealed approval.
 *
 * The book learns of a credential before it leaves, and of its approval after:
 * a crash in between costs a repeated step, never a second grant. */
#include <string.h>

#include "keys/approve.h"
#include "keys/when.h"
#include "proto/page.h"
#include "proto/trust.h"

#define DEFAULT_MS (365 * WHEN_DAY_MS)

enum { SUBJECT = 2 * TB_NAME_MAX + 2 };

/* A Credential and what its pointers need; do not move. */
struct credential_body {
    Tb__Credential m;
    struct tb_hash card_hash;
    ProtobufCBinaryData lifts[REMOVALS_MAX];
    char account[TB_NAME_MAX + 1], agency[TB_NAME_MAX + 1], device[TB_NAME_MAX + 1];
};

static tb_result vetted_of(const char *name, uint32_t *ret)
{
    if (name == NULL || strcmp(name, "remote") == 0)
        *ret = TB_VETTED_REMOTE;
    else if (strcmp(name, "in-person") == 0)
        *ret = TB_VETTED_IN_PERSON;
    else
        return say_fail(TB_E_RANGE, "--vetted '%s': %s", name, args_choices("vetted"));
    return TB_OK;
}

static tb_result until_of(const struct run *run, const char *text, int64_t *ret_ms)
{
    *ret_ms = run->now_ms + DEFAULT_MS;
    if (text != NULL && when_either(text, run->now_ms, ret_ms) != TB_OK)
        return say_fail(TB_E_RANGE,
                        _("--until '%s' is neither a span (365d) nor a date (2027-01-31)"), text);
    if (*ret_ms <= run->now_ms || *ret_ms - run->now_ms > TB_CREDENTIAL_MAX_MS)
        return say_fail(TB_E_RANGE, _("--until '%s': a credential lasts up to two years from now"),
                        text);
    return TB_OK;
}

tb_result approve_check_wish(const struct run *run, const struct approve_wish *w)
{
    uint32_t vetted;
    int64_t until_ms;
    tb_result r = vetted_of(w->vetted, &vetted);

    return r == TB_OK ? until_of(run, w->until, &until_ms) : r;
}

static tb_result fill(const struct approving *a, const struct approve_wish *w,
                      const struct removals *lifts, struct credential_body *b)
{
    Tb__Credential *m = &b->m;
    tb_result r;

    tb__credential__init(m);
    if ((r = vetted_of(w->vetted, &m->vetted)) != TB_OK ||
        (r = until_of(a->run, w->until, &m->until_ms)) != TB_OK)
        return r;
    memcpy(b->account, a->invite.account, sizeof b->account);
    memcpy(b->agency, a->invite.agency, sizeof b->agency);
    memcpy(b->device, a->request.device, sizeof b->device);
    b->card_hash = tb_card_hash(&a->request.card_salt, tb_buf_view(&a->request.card));
    m->suite = TB_SUITE;
    m->account = b->account;
    m->agency = b->agency;
    m->device = b->device;
    m->role = (uint32_t)a->invite.role;
    m->sign_pk = tb_field(a->request.sign_pk, TB_KEY_BYTES);
    m->ident_pk = tb_field(a->request.ident_pk, TB_IDENT_PK_BYTES);
    m->box_pk = tb_field(a->request.box_pk, TB_KEY_BYTES);
    m->card_hash = tb_field(b->card_hash.b, TB_HASH_BYTES);
    m->from_ms = a->run->now_ms;
    m->invite_id = tb_field(a->invite.invite_id.b, TB_ID_BYTES);
    for (size_t i = 0; i < lifts->n; i++)
        b->lifts[i] = tb_field(lifts->at[i].b, TB_HASH_BYTES);
    m->lifts = b->lifts;
    m->n_lifts = lifts->n;
    return TB_OK;
}

static tb_result make_entry(const struct approving *a, const struct credential_body *b,
                            struct tb_buf *ret)
{
    char subject[SUBJECT];
    size_t account = strlen(b->account), device = strlen(b->device);

    memcpy(subject, b->account, account);
    subject[account] = '/';
    memcpy(subject + account + 1, b->device, device);
    struct draft_of of = { TB_ENTRY_CREDENTIAL, tb_view_of(subject, account + 1 + device),
                           &b->m.base };
    tb_result r = draft_make(a->run, &a->desk->roster, &of, ret);
    return r == TB_OK ? draft_sign(&a->desk->roster, &a->desk->signer, ret) : r;
}

static struct tb_hash hash_of(struct tb_view entry)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena arena = { 0 };
    struct tb_hash hash = { { 0 } };
    Tb__RosterEntry *e;

    tb_arena_init(&arena, TB_ARENA_MAX);
    if (tb_entry_peek(&arena, entry, &e, &hash) != TB_OK)
        hash = (struct tb_hash){ { 0 } };
    return hash;
}

static tb_result set_state(struct desk *d, struct book_invite *row, enum book_state state)
{
    row->state = state;
    return open_book_write(&d->book, &d->signer);
}

/* Seals credential and province secret for the device that asked. */
static tb_result seal(struct desk *d, const struct book_invite *row, struct tb_view credential,
                      struct tb_buf *ret)
{
    TB_CLEANUP(tb_approval_done) struct tb_approval p = { .epoch = 0 };
    TB_CLEANUP(tb_invite_done) struct tb_invite invite = { .n_addresses = 0 };
    TB_CLEANUP(tb_invite_keys_wipe) struct tb_invite_keys keys = { .request = { { 0 } } };
    tb_result r = tb_invite_parse(row->text, &invite);

    if (r == TB_OK)
        r = tb_invite_derive(&invite, &keys);
    if (r != TB_OK)
        return say_fail(r, _("the invite in '%s' is damaged: issue a new one"), d->book.path);
    if ((r = secret_for(d, invite.role, &p.epoch, &p.province_secret)) != TB_OK)
        return r;
    tb_put(&p.credential, credential.p, credential.n);
    p.roster_size = tb_roster_size(d->roster.roster);
    p.roster_head = tb_roster_head(d->roster.roster);
    struct tb_approval_to to = {
        .roster_id = tb_roster_id(d->roster.roster),
        .invite_id = &row->invite_id,
        .keys = &keys,
        .box_pk = row->box_pk,
        .request_hash = &row->request_hash,
    };
    r = tb_buf_check(&p.credential);
    if (r == TB_OK)
        r = tb_approval_seal(&to, &p, &d->signer.pair, ret);
    return r == TB_OK
               ? r
               : say_fail(r, _("cannot seal the approval: %s"), said_of(tb_strresult(r)).text);
}

static uint32_t policy_gate(const struct tb_roster *r)
{
    const struct tb_authority *a = tb_roster_authority(r);

    for (size_t i = 0; i < a->n_gates; i++) {
        if (a->gate[i].step == (uint32_t)TB_STEP_POLICY)
            return a->gate[i].level;
    }
    return tb_step_default_gate(TB_STEP_POLICY);
}

/* What was just signed about the person, while it can still be mended cheaply. */
static void say_level(const struct approving *a, uint32_t vetted)
{
    const char *account = a->invite.account, *device = a->request.device;
    bool signs = a->invite.role == TB_ROLE_COORDINATOR;

    if (vetted == TB_VETTED_IN_PERSON) {
        say_note(_("Signed with --vetted in-person: '%s/%s' has level 2."), account, device);
        return;
    }
    say_note(_("Signed with --vetted remote: '%s/%s' has level 1, a voice on the telephone."),
             account, device);
    if (!signs || policy_gate(a->desk->roster.roster) < 2)
        return;
    say_note(
        _("WARNING: a coordinator of level 1 cannot sign policies.  If you see '%s' and a paper, "
          "issue a new invite and use 'approve --replace --vetted in-person'."),
        account);
}

/* Where the file goes from here. */
static void say_next(const struct run *run)
{
    say_note(_("Next: let the device in with 'trucban-relay import %s' on the relay's machine, or "
               "'trucban roster publish %s' by a coordinator."),
             run->out_path, run->out_path);
    if (!run->append)
        say_note(
            _("'%s' does not hold the credential yet: 'trucban-keys append --roster %s %s' (or "
              "--append the next time)."),
            run->roster_path, run->roster_path, run->out_path);
}

int approve_grant(struct approving *a, const struct approve_wish *w, const struct removals *lifts)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf entry = { 0 }, approval = { 0 };
    struct delivery d = { .entry = &entry, .n = 1 };
    struct tb_why why = { "" };
    struct credential_body body;
    int status;

    if (fill(a, w, lifts, &body) != TB_OK || make_entry(a, &body, &entry) != TB_OK)
        return EXIT_REFUSED;
    tb_result r = draft_check(a->run, &a->desk->roster, tb_buf_view(&entry), &why);
    if (r != TB_OK && r != TB_E_QUORUM)
        return EXIT_REFUSED;
    a->row->request_hash = a->request_hash;
    a->row->entry_hash = hash_of(tb_buf_view(&entry));
    memcpy(a->row->box_pk, a->request.box_pk, TB_KEY_BYTES);
    if (set_state(a->desk, a->row, BOOK_DRAFTED) != TB_OK)
        return EXIT_REFUSED;
    if (r == TB_OK) {
        if (seal(a->desk, a->row, tb_buf_view(&entry), &approval) != TB_OK)
            return EXIT_REFUSED;
        d.approval = &approval;
    }
    if ((status = draft_deliver(a->run, &a->desk->roster, &d)) != EXIT_DONE)
        return status;
    say_level(a, body.m.vetted);
    if (r == TB_E_QUORUM) {
        say_note(_("Next: let another registrar run 'trucban-keys cosign --roster %s %s', then run "
                   "'trucban-keys approve --finish' on it."),
                 a->run->roster_path, a->run->out_path);
        return EXIT_DONE;
    }
    if (set_state(a->desk, a->row, BOOK_FINISHED) != TB_OK)
        return EXIT_REFUSED;
    say_next(a->run);
    return EXIT_DONE;
}

/* ---- finish */

/* The row of our book that this credential answers; NULL and a word if there is none. */
static struct book_invite *row_of(struct desk *d, const char *path, struct tb_view entry)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena arena = { 0 };
    struct book_invite *row = NULL;
    struct tb_hash hash;
    Tb__RosterEntry *e;
    Tb__Credential *m;

    tb_arena_init(&arena, TB_ARENA_MAX);
    if (tb_entry_peek(&arena, entry, &e, &hash) != TB_OK || e->kind != TB_ENTRY_CREDENTIAL ||
        tb_unpack(&arena, &tb__credential__descriptor, tb_field_view(&e->body), &m) != TB_OK) {
        say_error(_("'%s' holds something else than a credential"), path);
        return NULL;
    }
    if (tb_is(&m->invite_id, TB_ID_BYTES)) {
        struct tb_id id = tb_id_from(m->invite_id.data);
        row = book_find_invite(&d->book.book, &id);
    }
    if (row == NULL || row->state == BOOK_OPEN || !tb_hash_equal(&row->entry_hash, &hash)) {
        say_error(_("'%s': this credential was not drafted with '%s': the registrar who approved "
                    "the request finishes it"),
                  path, d->signer.path);
        return NULL;
    }
    return row;
}

/* Complete by its own signatures, or in the log already? */
static tb_result check_complete(const struct run *run, const struct desk *d, const char *path,
                                struct tb_view entry)
{
    struct tb_hash hash = hash_of(entry);
    struct tb_why why = { "" };
    tb_result r;

    if (tb_roster_cred(d->roster.roster, &hash) != NULL)
        return TB_OK;
    r = draft_check(run, &d->roster, entry, &why);
    if (r == TB_E_QUORUM)
        return say_fail(r,
                        _("'%s': signatures are missing (%s): let another registrar 'cosign' it"),
                        path, said_of(why.text).text);
    return r;
}

static tb_result put_finished(const struct run *run, struct desk *d, struct tb_buf *entry,
                              const struct tb_buf *approval)
{
    struct tb_hash hash = hash_of(tb_buf_view(entry));
    struct run only_write = *run;
    ProtobufCBinaryData fields[] = { tb_field(entry->p, entry->n),
                                     tb_field(approval->p, approval->n) };
    Tb__Parcel p;

    if (tb_roster_cred(d->roster.roster, &hash) == NULL)
        return draft_deliver(&only_write, &d->roster, &(struct delivery){ entry, 1, approval }) ==
                       EXIT_DONE
                   ? TB_OK
                   : TB_E_IO;
    tb__parcel__init(&p);
    p.entry_signed = &fields[0];
    p.n_entry_signed = 1;
    p.approval_signed = &fields[1];
    p.n_approval_signed = 1;
    return parcel_create(run->out_path, &p, true);
}

int approve_finish(const struct run *run, struct desk *d, const char *path, const Tb__Parcel *p)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf entry = { 0 }, approval = { 0 };

    if (p->n_entry_signed != 1)
        return refuse(_("'%s' holds %zu entries: give the file of one credential"), path,
                      p->n_entry_signed);
    struct tb_view v = parcel_entry(p, 0);
    struct book_invite *row = row_of(d, path, v);
    if (row == NULL || check_complete(run, d, path, v) != TB_OK)
        return EXIT_REFUSED;
    tb_put(&entry, v.p, v.n);
    if (tb_buf_check(&entry) != TB_OK || seal(d, row, v, &approval) != TB_OK)
        return EXIT_REFUSED;
    if (put_finished(run, d, &entry, &approval) != TB_OK ||
        set_state(d, row, BOOK_FINISHED) != TB_OK)
        return EXIT_REFUSED;
    say_next(run);
    return EXIT_DONE;
}
