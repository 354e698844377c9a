/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_cosign.c - trucban-keys cosign: shows a draft and adds one person's signature. */
#include <string.h>

#include "keys/commands.h"
#include "keys/describe.h"
#include "keys/draft.h"

/* The entries of one file of drafts. */
struct drafts {
    struct tb_buf entry[DRAFTS_MAX];
    size_t n;
};

static void drafts_done(struct drafts *d)
{
    for (size_t i = 0; i < d->n; i++)
        tb_buf_done(&d->entry[i]);
}

static tb_result take_drafts(const char *path, const Tb__Parcel *p, struct drafts *ret)
{
    if (p->n_entry_signed == 0)
        return say_fail(TB_E_NOTFOUND, _("'%s' holds no entry to sign"), path);
    if (p->n_entry_signed > DRAFTS_MAX)
        return say_fail(
            TB_E_LIMIT,
            _("'%s' holds %zu entries: this is a roster, not a draft; give it with --roster"), path,
            p->n_entry_signed);
    for (size_t i = 0; i < p->n_entry_signed; i++) {
        struct tb_view v = parcel_entry(p, i);
        tb_put(&ret->entry[i], v.p, v.n);
        ret->n = i + 1;
        if (tb_buf_check(&ret->entry[i]) != TB_OK)
            return say_fail(TB_E_NOMEM, "%s", said_of(tb_strresult(TB_E_NOMEM)).text);
    }
    return TB_OK;
}

static tb_result show(const struct run *run, const struct roster_file *f, const struct drafts *d)
{
    TB_CLEANUP(names_done) struct names names = { NULL, 0 };
    struct emit e = run->emit;
    struct describe how = {
        .emit = &e, .names = &names, .type = N_("to be signed"), .position = -1
    };
    tb_result r = names_collect(f != NULL ? f->roster : NULL, &names);

    for (size_t i = 0; i < d->n && r == TB_OK; i++)
        r = describe_entry(&how, tb_buf_view(&d->entry[i]));
    return r == TB_OK
               ? r
               : say_fail(r, _("this is no roster entry: %s"), said_of(tb_strresult(r)).text);
}

/* Keeps everything else that the file holds. */
static tb_result write_back(const struct run *run, const char *path, const Tb__Parcel *old,
                            const struct drafts *d)
{
    ProtobufCBinaryData entries[DRAFTS_MAX];
    Tb__Parcel p = *old;

    for (size_t i = 0; i < d->n; i++)
        entries[i] = tb_field(d->entry[i].p, d->entry[i].n);
    p.entry_signed = entries;
    p.n_entry_signed = d->n;
    if (run->out_path != NULL)
        return parcel_create(run->out_path, &p, false);
    return parcel_replace(path, &p);
}

static tb_result report(const struct run *run, const struct roster_file *f, const struct drafts *d)
{
    struct emit e = run->emit;

    for (size_t i = 0; i < d->n; i++) {
        struct tb_why why = { "" };
        tb_result r = draft_check(run, f, tb_buf_view(&d->entry[i]), &why);
        if (r != TB_OK && r != TB_E_QUORUM)
            return r;
        emit_begin(&e, N_("signed"));
        emit_flag(&e, N_("complete"), r == TB_OK);
        if (r == TB_E_QUORUM)
            emit_text(&e, N_("missing"), run->json ? why.text : said_of(why.text).text);
        emit_end(&e);
    }
    return TB_OK;
}

static int cosign_file(const struct run *run, struct roster_file *f, const char *path)
{
    TB_CLEANUP(parcel_done) struct parcel parcel = { .p = NULL };
    TB_CLEANUP(drafts_done) struct drafts drafts = { .n = 0 };
    TB_CLEANUP(signer_wipe) struct signer signer = { .path = NULL };

    if (parcel_load(path, &parcel) != TB_OK || take_drafts(path, parcel.p, &drafts) != TB_OK)
        return EXIT_REFUSED;
    if (show(run, f, &drafts) != TB_OK || run_confirm(run, _("Sign this?")) != TB_OK)
        return EXIT_REFUSED;
    if (signer_open(run, 0, &signer) != TB_OK)
        return EXIT_REFUSED;
    for (size_t i = 0; i < drafts.n; i++) {
        if (draft_sign(f, &signer, &drafts.entry[i]) != TB_OK)
            return EXIT_REFUSED;
    }
    if (report(run, f, &drafts) != TB_OK || write_back(run, path, parcel.p, &drafts) != TB_OK)
        return EXIT_REFUSED;
    return EXIT_DONE;
}

static int cosign(const struct command_line *line)
{
    TB_CLEANUP(roster_file_done) struct roster_file f = { .path = NULL };
    struct run run = { .append = false };
    struct words args;
    int status = EXIT_DONE;

    if (run_begin(&run, line, RUN_ROSTER_MAYBE | RUN_KEY | RUN_OUT | RUN_YES, NULL, &args,
                  &status) != TB_OK)
        return status;
    if (args.n != 1 || run.keys.n != 1)
        return usage(
            _("give one --key KEY and one file to sign; see 'trucban-keys cosign --help'"));
    if (run.roster_path != NULL && roster_file_load(run.roster_path, &f) != TB_OK)
        return EXIT_REFUSED;
    return cosign_file(&run, f.roster != NULL ? &f : NULL, args.at[0]);
}

const struct command cmd_cosign = {
    .name = "cosign",
    .synopsis = N_("--key KEY [--roster ROSTER] [--out FILE] [--yes] DRAFT"),
    .summary = N_("look at a draft and sign it"),
    .help = N_(
        "Shows what a draft says and who has signed it, asks, and adds one signature to the same "
        "file.\n"
        "A custodian's key signs root, authority, registrars, relays, freshness keys and policies; "
        "a\n"
        "registrar's signs credentials, revocations, suspensions and attestations.\n"
        "\n"
        "  --key KEY               the key to sign with\n"
        "  --roster FILE           the roster as it stands now; not for entry 0, which has none\n"
        "  --out FILE              write to this new file and leave DRAFT as it is\n"
        "  --yes                   do not ask\n"
        "  --passphrase-file FILE  passphrase from the first line of FILE\n"
        "  --clock TIME, --json    as in 'init'\n"),
    .run = cosign,
};
