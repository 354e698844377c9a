/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_invite.c - trucban-keys invite: a one-time invite for one account. */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "keys/commands.h"
#include "keys/file.h"
#include "keys/qr.h"
#include "keys/registrar.h"
#include "keys/when.h"
#include "proto/text.h"

#define DEFAULT_MS (72LL * 3600 * 1000)

struct wish {
    const char *account, *agency, *role_name, *expires;
    bool qr;
    enum tb_role role;
    int64_t expires_ms;
};

static tb_result check_name(const char *option, const char *value)
{
    if (value == NULL)
        return args_missing(option);
    if (tb_name_check(value) != TB_OK)
        return say_fail(TB_E_RANGE, _("--%s '%s': 1 to %d of a-z, 0-9 and '-', not '-' at an end"),
                        option, value, TB_NAME_MAX);
    return TB_OK;
}

static tb_result check_wish(const struct run *run, struct wish *w)
{
    if (check_name("account", w->account) != TB_OK || check_name("agency", w->agency) != TB_OK)
        return TB_E_RANGE;
    if (w->role_name == NULL)
        return args_missing("role");
    if (parse_role(w->role_name, &w->role) != TB_OK)
        return TB_E_RANGE;
    w->expires_ms = run->now_ms + DEFAULT_MS;
    if (w->expires != NULL && when_either(w->expires, run->now_ms, &w->expires_ms) != TB_OK)
        return say_fail(TB_E_RANGE, _("--expires '%s' is neither a span (72h) nor a time"),
                        w->expires);
    if (w->expires_ms <= run->now_ms || w->expires_ms - run->now_ms > TB_INVITE_MAX_MS)
        return say_fail(TB_E_RANGE, _("--expires '%s': an invite lives up to 7 days from now"),
                        w->expires);
    return TB_OK;
}

/* An account has one role and one agency, on all its devices. */
static tb_result check_account(const struct desk *d, const struct wish *w)
{
    const struct tb_cred *c = tb_roster_account(d->roster.roster, w->account);

    if (c == NULL || (c->role == w->role && strcmp(c->agency, w->agency) == 0))
        return TB_OK;
    return say_fail(
        TB_E_CONFLICT,
        _("account '%s' is %s of '%s' already: invite it as that, or take another account "
          "name"),
        w->account, tb_role_name(c->role), c->agency);
}

static tb_result sign_ticket(const struct desk *d, const struct wish *w, struct tb_invite *i)
{
    TB_CLEANUP(tb_invite_keys_wipe) struct tb_invite_keys keys = { 0 };
    char account[TB_NAME_MAX + 1], agency[TB_NAME_MAX + 1];
    Tb__Ticket t;

    tb_invite_keys_of(i, &keys);
    memcpy(account, w->account, strlen(w->account) + 1);
    memcpy(agency, w->agency, strlen(w->agency) + 1);
    tb__ticket__init(&t);
    t.invite_id = tb_field(i->invite_id.b, sizeof i->invite_id.b);
    t.admit_pk = tb_field(keys.admit.pk, sizeof keys.admit.pk);
    t.account = account;
    t.agency = agency;
    t.role = (uint32_t)w->role;
    t.expires_ms = w->expires_ms;
    return tb_signed_make(TB_TYPE_ADMIT, &i->roster_id, &t.base, &d->signer.pair,
                          &i->ticket_signed);
}

static tb_result make_invite(const struct desk *d, const struct wish *w, struct tb_invite *i,
                             struct tb_buf *ret_text)
{
    const struct tb_relay_info *relay = tb_roster_first_relay(d->roster.roster);
    tb_result r;

    if (relay == NULL)
        return say_fail(
            TB_E_NOTFOUND,
            _("'%s' names no relay to invite to: the custodians admit one with 'relay'"),
            d->roster.path);
    memcpy(i->address, relay->address, sizeof i->address);
    i->n_addresses = relay->n_addresses;
    i->tls_pin = relay->tls_pin;
    i->roster_id = *tb_roster_id(d->roster.roster);
    i->roster_size = tb_roster_size(d->roster.roster);
    i->roster_head = tb_roster_head(d->roster.roster);
    i->invite_id = tb_id_random();
    randombytes_buf(i->secret, sizeof i->secret);
    r = sign_ticket(d, w, i);
    if (r == TB_OK)
        r = tb_invite_encode(i, ret_text);
    return r == TB_OK ? r
                      : say_fail(r, _("cannot make the invite: %s"), said_of(tb_strresult(r)).text);
}

/* Two open invites let two devices ask in one name: the registrar should know of each. */
static void warn_open(const struct run *run, const struct desk *d, const struct wish *w,
                      const struct tb_id *fresh)
{
    char new_id[17], old_id[17], until[WHEN_TEXT];

    tb_id_print(fresh, new_id);
    for (size_t i = 0; i < d->book.book.n_invites; i++) {
        const struct book_invite *row = &d->book.book.invite[i];
        TB_CLEANUP(tb_invite_done) struct tb_invite old = { .n_addresses = 0 };
        if (row->state != BOOK_OPEN || row->expires_ms <= run->now_ms ||
            tb_invite_parse(row->text, &old) != TB_OK || strcmp(old.account, w->account) != 0)
            continue;
        tb_id_print(&row->invite_id, old_id);
        when_print(row->expires_ms, until);
        say_note(
            _("WARNING: account '%s' now has two open invites: %s (until %s) and the new %s.  If "
              "the older one got lost, approve nothing that comes of it."),
            w->account, old_id, until, new_id);
    }
}

static tb_result keep(const struct run *run, struct desk *d, const struct wish *w,
                      const struct tb_invite *i, const struct tb_buf *text)
{
    tb_result r;

    book_prune(&d->book.book, run->now_ms);
    warn_open(run, d, w, &i->invite_id);
    r = book_add_invite(&d->book.book, &i->invite_id, (const char *)text->p, w->expires_ms);
    if (r != TB_OK)
        return say_fail(r, _("cannot keep the invite in '%s': %s"), d->book.path,
                        said_of(tb_strresult(r)).text);
    return open_book_write(&d->book, &d->signer);
}

static tb_result write_text(const struct run *run, const struct tb_buf *text)
{
    TB_CLEANUP(tb_buf_wipe) struct tb_buf line = { 0 };
    tb_result r;

    tb_put(&line, text->p, text->n - 1);
    tb_put_u8(&line, '\n');
    r = tb_buf_check(&line);
    if (r == TB_OK)
        r = file_create(run->out_path, tb_buf_view(&line), FILE_SECRET);
    if (r == TB_E_CONFLICT)
        return say_fail(
            r, _("'%s' exists and is not overwritten: move it away or choose another name"),
            run->out_path);
    return r == TB_OK ? r : say_fail(r, _("cannot write '%s': %s"), run->out_path, strerror(errno));
}

static void print_invite(const struct run *run, const struct wish *w, const struct tb_invite *i,
                         const char *text)
{
    struct emit e = run->emit;
    char id[17];
    bool terminal = isatty(STDOUT_FILENO) == 1;

    tb_id_print(&i->invite_id, id);
    emit_begin(&e, N_("invite"));
    emit_text(&e, N_("id"), id);
    emit_text(&e, N_("account"), w->account);
    emit_text(&e, N_("agency"), w->agency);
    emit_word(&e, N_("role"), tb_role_name(w->role));
    emit_time(&e, N_("expires at"), w->expires_ms);
    if (run->out_path != NULL)
        emit_text(&e, N_("file"), run->out_path);
    if (run->json)
        emit_text(&e, N_("invite"), text);
    emit_end(&e);
    if (run->json)
        return;
    (void)printf("\n%s\n", text);
    if ((w->qr || terminal) && qr_print(text, terminal) != TB_OK)
        say_note(_("The invite is too long for a QR code; hand it over as text."));
}

static int invite(const struct command_line *line)
{
    TB_CLEANUP(desk_done) struct desk d = { .book = { .lock = -1 } };
    TB_CLEANUP(tb_invite_done) struct tb_invite i = { .n_addresses = 0 };
    TB_CLEANUP(tb_buf_wipe) struct tb_buf text = { 0 };
    TB_CLEANUP(tb_key_wipe) struct tb_key secret = { { 0 } };
    struct run run = { .append = false };
    struct wish w = { .account = NULL };
    struct words args;
    const struct option own[] = {
        { "account", OPTION_TEXT, &w.account }, { "agency", OPTION_TEXT, &w.agency },
        { "role", OPTION_TEXT, &w.role_name },  { "expires", OPTION_TEXT, &w.expires },
        { "qr", OPTION_FLAG, &w.qr },           { NULL, OPTION_FLAG, NULL },
    };
    int status = EXIT_DONE;
    uint32_t epoch;

    if (run_begin(&run, line, RUN_ROSTER | RUN_KEY | RUN_OUT, own, &args, &status) != TB_OK)
        return status;
    if (args.n > 0)
        return usage(_("'%s' is too much: an invite is described by its options"), args.at[0]);
    if (check_wish(&run, &w) != TB_OK)
        return EXIT_USAGE;
    if (run.out_path != NULL && file_exists(run.out_path))
        return refuse(_("'%s' exists and is not overwritten: move it away or choose another name"),
                      run.out_path);
    if (desk_open(&run, w.role, &d) != TB_OK || check_account(&d, &w) != TB_OK)
        return EXIT_REFUSED;
    if (secret_for(&d, w.role, &epoch, &secret) != TB_OK || make_invite(&d, &w, &i, &text) != TB_OK)
        return EXIT_REFUSED;
    if (keep(&run, &d, &w, &i, &text) != TB_OK)
        return EXIT_REFUSED;
    if (run.out_path != NULL && write_text(&run, &text) != TB_OK)
        return EXIT_REFUSED;
    print_invite(&run, &w, &i, (const char *)text.p);
    return EXIT_DONE;
}

const struct command cmd_invite = {
    .name = "invite",
    .synopsis =
        N_("--roster ROSTER --key KEY --account A --agency G --role R [--expires SPAN] [--qr] "
           "[--out FILE]"),
    .summary = N_("registrars: invite one device of one account"),
    .help =
        N_("Prints a one-time invite as text, and as a QR code on a terminal.  It works once, for "
           "this\n"
           "account only; what is needed to approve its request stays in KEY.book.  Hand it over "
           "on a way\n"
           "where you know who receives it.\n"
           "\n"
           "  --account A, --agency G a-z, 0-9 and '-'; the agency is the account's organisation\n"
           "  --role R                agency, responder, coordinator, liaison, guest, machine or "
           "registrar\n"
           "  --expires SPAN          72h unless told otherwise, at most 7d\n"
           "  --qr                    print the QR code even if this is no terminal\n"
           "  --out FILE              also write the text to this new file\n"
           "  --roster FILE           the roster as it stands now\n"
           "  --key KEY               the registrar's key\n"
           "  --passphrase-file FILE  passphrase from the first line of FILE\n"
           "  --clock TIME, --json    as in 'init'\n"),
    .run = invite,
};
