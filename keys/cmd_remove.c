/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_remove.c - trucban-keys suspend, revoke: against an account or one device of it. */
#include <string.h>

#include "keys/commands.h"
#include "keys/registrar.h"
#include "keys/when.h"
#include "proto/page.h"
#include "proto/text.h"

struct wish {
    const char *cred, *reason, *since;
    enum tb_entry_kind kind;
};

/* A Removal and what its pointers need; do not move. */
struct removal_body {
    Tb__Removal m;
    char account[TB_NAME_MAX + 1];
    struct tb_hash cred;
    bool by_cred;
};

static tb_result reason_of(const char *text, uint32_t *ret)
{
    static const char *const reasons[] = { "lost", "left", "compromised", "other" };

    for (uint32_t i = 0; text != NULL && i < sizeof reasons / sizeof *reasons; i++) {
        if (strcmp(reasons[i], text) == 0) {
            *ret = i + TB_REMOVAL_LOST;
            return TB_OK;
        }
    }
    return say_fail(TB_E_RANGE, "--reason '%s': %s", text != NULL ? text : "",
                    args_choices("reason"));
}

/* A device by "account/device" or by the first digits of its credential's hash. */
static tb_result find_device(const struct tb_roster *r, const char *device, const char *digits,
                             struct removal_body *b)
{
    const struct tb_cred *c, *hit = NULL;
    size_t n = 0, length = digits != NULL ? strlen(digits) : 0;

    for (size_t i = 0; (c = tb_roster_next_cred(r, &i)) != NULL;) {
        char hex[2 * TB_HASH_BYTES + 1], name[2 * TB_NAME_MAX + 2] = "";
        size_t account = strlen(c->account);
        tb_hex(c->hash.b, sizeof c->hash.b, hex);
        memcpy(name, c->account, account);
        name[account] = '/';
        memcpy(name + account + 1, c->device, strlen(c->device) + 1);
        bool same = digits != NULL ? length >= 8 && strncmp(hex, digits, length) == 0
                                   : strcmp(name, device) == 0;
        if (!same)
            continue;
        hit = c;
        n++;
    }
    if (n != 1)
        return say_fail(
            TB_E_NOTFOUND,
            _("%zu devices are called '%s': see 'inspect' for account/device and credential "
              "(at least 8 digits)"),
            n, digits != NULL ? digits : device);
    memcpy(b->account, hit->account, sizeof b->account);
    b->cred = hit->hash;
    b->by_cred = true;
    return TB_OK;
}

static tb_result find_target(const struct run *run, const struct roster_file *f, const char *name,
                             const struct wish *w, struct removal_body *b)
{
    const struct tb_cred *c;

    if (w->cred != NULL || strchr(name, '/') != NULL)
        return find_device(f->roster, name, w->cred, b);
    if (tb_name_check(name) != TB_OK)
        return say_fail(TB_E_RANGE, _("'%s' is no account name: a-z, 0-9 and '-'"), name);
    memcpy(b->account, name, strlen(name) + 1);
    for (size_t i = 0; (c = tb_roster_next_cred(f->roster, &i)) != NULL;) {
        if (strcmp(c->account, name) == 0)
            return TB_OK;
    }
    say_note(_("'%s' has no device in '%s' yet: its future devices are meant."), name,
             run->roster_path);
    return TB_OK;
}

static tb_result fill(const struct run *run, const struct roster_file *f, const char *name,
                      const struct wish *w, struct removal_body *b)
{
    tb_result r;

    tb__removal__init(&b->m);
    b->by_cred = false;
    if ((r = reason_of(w->reason, &b->m.reason)) != TB_OK)
        return r;
    if (w->since != NULL && when_time(w->since, &b->m.suspect_since_ms) != TB_OK)
        return say_fail(TB_E_RANGE,
                        _("--since '%s' is no time: write it as 2026-01-31T08:00:00+07:00"),
                        w->since);
    if ((r = find_target(run, f, name, w, b)) != TB_OK)
        return r;
    b->m.account = b->account;
    if (b->by_cred)
        b->m.cred = tb_field(b->cred.b, sizeof b->cred.b);
    return TB_OK;
}

static int put(const struct run *run, struct desk *d, const char *name, const struct wish *w)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf entry = { 0 };
    struct removal_body b;

    if (fill(run, &d->roster, name, w, &b) != TB_OK)
        return EXIT_REFUSED;
    struct tb_view subject = b.by_cred ? tb_view_of(b.cred.b, sizeof b.cred.b)
                                       : tb_view_of(b.account, strlen(b.account));
    struct draft_of of = { w->kind, subject, &b.m.base };
    if (draft_make(run, &d->roster, &of, &entry) != TB_OK ||
        draft_sign(&d->roster, &d->signer, &entry) != TB_OK)
        return EXIT_REFUSED;
    int status = draft_deliver(run, &d->roster, &(struct delivery){ .entry = &entry, .n = 1 });
    uint32_t quorum = tb_roster_authority(d->roster.roster)->revocation_quorum;
    if (status == EXIT_DONE && w->kind == TB_ENTRY_REVOCATION && quorum > 1)
        say_note(_("With this one signature it acts as a suspension, at once.  %u registrars must "
                   "sign to revoke: let "
                   "another one 'cosign' the file, and publish it again."),
                 quorum);
    return status;
}

static int remove_someone(const struct command_line *line, enum tb_entry_kind kind)
{
    TB_CLEANUP(desk_done) struct desk d = { .book = { .lock = -1 } };
    struct run run = { .append = false };
    struct wish w = { .kind = kind };
    struct words args;
    const struct option own[] = {
        { "cred", OPTION_TEXT, &w.cred },
        { "reason", OPTION_TEXT, &w.reason },
        { "since", OPTION_TEXT, &w.since },
        { NULL, OPTION_FLAG, NULL },
    };
    int status = EXIT_DONE;

    if (run_begin(&run, line, RUN_ROSTER | RUN_KEY | RUN_OUT | RUN_APPEND, own, &args, &status) !=
        TB_OK)
        return status;
    if ((w.cred == NULL && args.n != 1) || (w.cred != NULL && args.n != 0))
        return usage(_("name one ACCOUNT or ACCOUNT/DEVICE, or give --cred DIGITS"));
    if (w.reason == NULL && args_missing("reason") != TB_OK)
        return EXIT_USAGE;
    if (desk_open(&run, TB_ROLE_NONE, &d) != TB_OK)
        return EXIT_REFUSED;
    return put(&run, &d, args.n > 0 ? args.at[0] : "", &w);
}

static int suspend_someone(const struct command_line *line)
{
    return remove_someone(line, TB_ENTRY_SUSPENSION);
}

static int revoke_someone(const struct command_line *line)
{
    return remove_someone(line, TB_ENTRY_REVOCATION);
}

const struct command cmd_suspend = {
    .name = "suspend",
    .synopsis =
        N_("--roster ROSTER --key KEY --reason WHY [--append] [--out FILE] ACCOUNT[/DEVICE]"),
    .summary = N_("registrars: suspend an account or device, alone and at once"),
    .help = N_(
        "One signature is enough, and the entry works on sight.  Only a later credential "
        "that names it\n"
        "(approve --lift) lifts it, with the signatures of a grant.\n"
        "\n"
        "  --reason WHY            lost, left, compromised or other\n"
        "  --since TIME            what was signed since then is suspect\n"
        "  --cred DIGITS           the device with this credential, at least 8 digits of its hash\n"
        "  --roster FILE           the roster as it stands now\n"
        "  --key KEY               the registrar's key\n"
        "  --passphrase-file FILE  passphrase from the first line of FILE\n"
        "  --out FILE, --append    where the entry goes, as in 'delegate'\n"
        "  --clock TIME, --json    as in 'init'\n"),
    .run = suspend_someone,
};

const struct command cmd_revoke = {
    .name = "revoke",
    .synopsis =
        N_("--roster ROSTER --key KEY --reason WHY [--append] [--out FILE] ACCOUNT[/DEVICE]"),
    .summary = N_("registrars: revoke an account or device"),
    .help = N_(
        "Takes as many registrars as 'delegate authority' says; until then it acts as a "
        "suspension, at\n"
        "once.  Let the others 'cosign' the file, and publish it again.\n"
        "\n"
        "  --reason WHY            lost, left, compromised or other\n"
        "  --since TIME            what was signed since then is suspect\n"
        "  --cred DIGITS           the device with this credential, at least 8 digits of its hash\n"
        "  --roster FILE           the roster as it stands now\n"
        "  --key KEY               the registrar's key\n"
        "  --passphrase-file FILE  passphrase from the first line of FILE\n"
        "  --out FILE, --append    where the entry goes, as in 'delegate'\n"
        "  --clock TIME, --json    as in 'init'\n"),
    .run = revoke_someone,
};
