/* SPDX-License-Identifier: GPL-3.0-or-later */
/* approve_request.c - the half of `approve` that doubts: is this request ours, in
 * time, the first, and from whom we think? */
#include <stdio.h>
#include <string.h>

#include "keys/approve.h"
#include "keys/heard.h"
#include "keys/terminal.h"
#include "keys/when.h"
#include "proto/page.h"
#include "proto/words.h"

void approving_done(struct approving *a)
{
    tb_invite_done(&a->invite);
    tb_invite_keys_wipe(&a->keys);
    tb_request_done(&a->request);
}

/* ---- which request */

/* The ticket of a pending request, unverified: it only helps to find our own copy. */
static const Tb__Ticket *ticket_of(struct tb_arena *arena, const Tb__PendingRequest *q,
                                   struct tb_hash *ret_hash)
{
    struct tb_signed s;
    Tb__Ticket *t;

    if (tb_signed_parse(arena, tb_field_view(&q->ticket_signed), &s) != TB_OK ||
        tb_ticket_unpack(arena, s.payload, &t) != TB_OK)
        return NULL;
    *ret_hash = tb_ticket_hash(s.payload);
    return t;
}

/* What was found in a file of requests. */
struct found {
    const Tb__PendingRequest *request;
    struct tb_id invite_id;
    struct tb_hash ticket_hash;
    size_t n; /* requests that fit */
};

static tb_result find_request(const char *path, const Tb__Parcel *p, const char *account,
                              struct found *ret)
{
    struct found f = { .n = 0 };

    for (size_t i = 0; i < p->n_request; i++) {
        TB_CLEANUP(tb_arena_done) struct tb_arena arena = { 0 };
        struct tb_hash hash;
        tb_arena_init(&arena, TB_ARENA_ANON);
        const Tb__Ticket *t = ticket_of(&arena, p->request[i], &hash);
        if (t == NULL) {
            say_note(_("Request %zu of '%s' cannot be read and was left out."), i, path);
            continue;
        }
        if (account != NULL && strcmp(t->account, account) != 0)
            continue;
        f.n++;
        f.request = p->request[i];
        f.invite_id = tb_id_from(t->invite_id.data);
        f.ticket_hash = hash;
        if (account == NULL && p->n_request > 1)
            say_note(_("'%s' holds a request of account '%s'."), path, t->account);
    }
    if (f.n == 0)
        return say_fail(TB_E_NOTFOUND, _("'%s' holds no request of account '%s'"), path,
                        account != NULL ? account : "*");
    if (f.n > 1)
        return say_fail(
            TB_E_CONFLICT,
            _("'%s' holds %zu requests: choose one with --account; approve one person at a "
              "time"),
            path, f.n);
    *ret = f;
    return TB_OK;
}

/* ---- is it good */

static tb_result check_row(const struct approving *a)
{
    const struct book_invite *row = a->row;
    char expired[WHEN_TEXT];

    if (row->state == BOOK_FINISHED)
        return say_fail(
            TB_E_CONFLICT,
            _("the invite of '%s' was used up: its request has been approved.  If that "
              "approval got lost, run 'approve --finish' on the credential; a further device "
              "needs a new invite"),
            a->invite.account);
    if (a->run->now_ms > row->expires_ms) {
        when_print(row->expires_ms, expired);
        return say_fail(TB_E_EXPIRED,
                        _("the invite of '%s' expired at %s: issue a new one with 'invite'"),
                        a->invite.account, expired);
    }
    if (row->state == BOOK_DRAFTED && !tb_hash_equal(&row->request_hash, &a->request_hash))
        return say_fail(
            TB_E_CONFLICT,
            _("another request came for the invite of '%s', which had been approved for other "
              "keys: somebody else holds that invite.  Approve neither; suspend the account, "
              "ask how the invite was handed over, and issue a new one"),
            a->invite.account);
    return TB_OK;
}

static tb_result open_row(struct approving *a, const struct found *f, const char *path)
{
    a->row = book_find_invite(&a->desk->book.book, &f->invite_id);
    if (a->row == NULL)
        return say_fail(
            TB_E_NOTFOUND,
            _("'%s': the invite of this request was not issued with '%s': the registrar who "
              "issued it must approve it"),
            path, a->desk->signer.path);
    if (tb_invite_parse(a->row->text, &a->invite) != TB_OK ||
        tb_invite_derive(&a->invite, &a->keys) != TB_OK)
        return say_fail(TB_E_TRUNCATED, _("the invite in '%s' is damaged: issue a new one"),
                        a->desk->book.path);
    if (!tb_hash_equal(&a->invite.ticket_hash, &f->ticket_hash))
        return say_fail(
            TB_E_BADSIG,
            _("'%s': the ticket is not the one that was issued for account '%s': approve "
              "nothing, issue a new invite"),
            path, a->invite.account);
    return TB_OK;
}

tb_result approve_open(struct approving *a, const char *path, const Tb__Parcel *p,
                       const char *account)
{
    struct found f = { .n = 0 };
    tb_result r = find_request(path, p, account, &f);

    if (r == TB_OK)
        r = open_row(a, &f, path);
    if (r != TB_OK)
        return r;
    r = tb_request_open(&a->invite, &a->keys, tb_field_view(&f.request->request_signed),
                        &a->request, &a->request_hash);
    if (r != TB_OK)
        return say_fail(r,
                        _("'%s': the request of '%s' is not genuine (%s): do not approve it; issue "
                          "a new invite"),
                        path, a->invite.account, said_of(tb_strresult(r)).text);
    a->second_try = f.request->second_try;
    return check_row(a);
}

/* ---- is the device welcome */

static tb_result check_account(const struct approving *a)
{
    const struct tb_cred *c = tb_roster_account(a->desk->roster.roster, a->invite.account);

    if (c == NULL || (c->role == a->invite.role && strcmp(c->agency, a->invite.agency) == 0))
        return TB_OK;
    return say_fail(
        TB_E_CONFLICT,
        _("account '%s' is %s of '%s', this invite says %s of '%s': issue a new invite"),
        a->invite.account, tb_role_name(c->role), c->agency, tb_role_name(a->invite.role),
        a->invite.agency);
}

static tb_result check_name_free(const struct approving *a, const struct approve_wish *w)
{
    const struct tb_cred *c;

    for (size_t i = 0; (c = tb_roster_next_cred(a->desk->roster.roster, &i)) != NULL;) {
        if (strcmp(c->account, a->invite.account) != 0 || strcmp(c->device, a->request.device) != 0)
            continue;
        if (c->standing == TB_STANDING_GOOD && !w->replace)
            return say_fail(
                TB_E_CONFLICT,
                _("device '%s/%s' exists: if this is the same machine set up again, use "
                  "--replace; else let it enrol under another device name with a new invite"),
                c->account, c->device);
    }
    return TB_OK;
}

tb_result approve_check_device(const struct approving *a, const struct approve_wish *w,
                               struct removals *ret_lifts)
{
    struct removals lifts = { .n = 0 };
    tb_result r = check_account(a);

    if (r == TB_OK)
        r = check_name_free(a, w);
    if (r != TB_OK)
        return r;
    r = removals_of(a->desk->roster.roster, a->invite.account, a->request.device, &lifts);
    if (r != TB_OK)
        return say_fail(
            r, _("'%s' was suspended or revoked too often (%s): enrol it under another name"),
            a->invite.account, said_of(tb_strresult(r)).text);
    if (lifts.n > 0 && !w->lift)
        return say_fail(
            TB_E_REVOKED,
            _("'%s/%s' is suspended or revoked (%zu times): a new credential would not count.  "
              "If the reason is gone, use --lift; it needs the signatures of a grant"),
            a->invite.account, a->request.device, lifts.n);
    *ret_lifts = lifts;
    return TB_OK;
}

/* ---- is it the person */

static void show(const struct approving *a)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena arena = { 0 };
    struct emit e = a->run->emit;
    Tb__Card *card;
    char id[17];

    tb_arena_init(&arena, TB_ARENA_ANON);
    tb_id_print(&a->invite.invite_id, id);
    emit_begin(&e, N_("request"));
    emit_text(&e, N_("account"), a->invite.account);
    emit_text(&e, N_("agency"), a->invite.agency);
    emit_word(&e, N_("role"), tb_role_name(a->invite.role));
    emit_text(&e, N_("device"), a->request.device);
    emit_text(&e, N_("invite"), id);
    if (tb_card_unpack(&arena, tb_buf_view(&a->request.card), &card) == TB_OK) {
        emit_text(&e, N_("name"), card->name);
        emit_text(&e, N_("rank"), card->rank);
        emit_text(&e, N_("position"), card->position);
        emit_text(&e, N_("unit"), card->unit);
        emit_text(&e, N_("phone"), card->phone);
        emit_text(&e, N_("email"), card->email);
    }
    emit_flag(&e, N_("second try"), a->second_try);
    emit_end(&e);
    if (a->second_try)
        say_note(_("WARNING: the relay refused a second request for this invite.  Someone else may "
                   "hold it: compare the "
                   "words with special care."));
}

enum { WORDS_TEXT_MAX = 400, TRIES = 3 };

/* The expected words are never shown: typing what was heard is the comparison. */
static void say_call(const struct approving *a)
{
    say_note(_("Call '%s' on a number from your own records, not from this request, and let the "
               "person read the six "
               "words."),
             a->invite.account);
    (void)fflush(stdout);
}

static tb_result ask_words(struct tb_buf *ret)
{
    tb_result r = terminal_ask(_("Words heard: "), TERMINAL_SHOWN, WORDS_TEXT_MAX, ret);

    if (r == TB_E_NOTFOUND)
        return say_fail(r, _("no terminal to ask for the words: give them with --words"));
    return r == TB_OK
               ? r
               : say_fail(r, _("the words could not be read: %s"), said_of(tb_strresult(r)).text);
}

/* A slip of ear or finger, or another person? */
static tb_result say_wrong_words(const char *typed)
{
    struct heard h;

    heard_read(typed, &h);
    if (h.strange[0] != '\0' && h.meant != NULL)
        return say_fail(
            TB_E_UNVERIFIED,
            _("'%s' is none of the words that can be read out, did you mean '%s'? Nothing "
              "was signed: type all six again"),
            h.strange, h.meant);
    if (h.strange[0] != '\0')
        return say_fail(
            TB_E_UNVERIFIED,
            _("'%s' is none of the words that can be read out: nothing was signed.  Let the "
              "person read them once more, and type all six again"),
            h.strange);
    if (h.words != TB_WORDS_OF_ENROL || h.half)
        return say_fail(
            TB_E_UNVERIFIED,
            _("'%s' has %u whole words, there are %d of two syllables each, such as '%s "
              "%s': nothing was signed.  Type all of them, in the order in which they are "
              "read"),
            typed, h.words, TB_WORDS_OF_ENROL, tb_word_noun(0), tb_word_adjective(0));
    return say_fail(
        TB_E_UNVERIFIED,
        _("the words '%s' are not those of this request: nothing was signed.  Let the person "
          "read them once more; if they differ again, somebody else used the invite or "
          "stands between: issue a new invite and hand it over in person"),
        typed);
}

/* TB_E_UNVERIFIED: other words, and it was said how they differ. */
static tb_result try_words(const char *given, const char *expected)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf heard = { 0 };
    tb_result r;

    if (given != NULL)
        tb_put(&heard, given, strlen(given));
    else if ((r = ask_words(&heard)) != TB_OK)
        return r;
    tb_put_u8(&heard, 0);
    if (tb_buf_check(&heard) != TB_OK)
        return say_fail(TB_E_NOMEM, "%s", said_of(tb_strresult(TB_E_NOMEM)).text);
    const char *typed = (const char *)heard.p;
    return tb_words_equal(typed, expected) ? TB_OK : say_wrong_words(typed);
}

/* Whoever types may slip; few tries, because a guess must stay hopeless. */
tb_result approve_check_words(const struct approving *a, const struct approve_wish *w)
{
    char expected[160];
    tb_result r;

    show(a);
    r = tb_enrol_words(&a->invite, &a->request.plain_hash, expected);
    if (r != TB_OK)
        return say_fail(r, _("cannot compute the words: %s"), said_of(tb_strresult(r)).text);
    if (w->words != NULL)
        return try_words(w->words, expected);
    say_call(a);
    r = try_words(NULL, expected);
    for (int tries = 1; r == TB_E_UNVERIFIED && tries < TRIES; tries++) {
        say_note(_("Try %d of %d, or Ctrl-C to stop:"), tries + 1, TRIES);
        r = try_words(NULL, expected);
    }
    return r;
}
