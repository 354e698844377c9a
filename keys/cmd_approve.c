/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_approve.c - trucban-keys approve: lets a device in after the words were compared. */
#include "keys/approve.h"
#include "keys/commands.h"
#include "keys/file.h"

static int approve_request(const struct run *run, struct desk *d, const char *path,
                           const struct approve_wish *w)
{
    TB_CLEANUP(parcel_done) struct parcel parcel = { .p = NULL };
    TB_CLEANUP(approving_done) struct approving a = { .run = run, .desk = d };
    struct removals lifts;

    if (parcel_load(path, &parcel) != TB_OK)
        return EXIT_REFUSED;
    if (w->finish)
        return approve_finish(run, d, path, parcel.p);
    if (approve_open(&a, path, parcel.p, w->account) != TB_OK ||
        desk_may_grant(run, d, a.invite.role) != TB_OK)
        return EXIT_REFUSED;
    if (approve_check_device(&a, w, &lifts) != TB_OK || approve_check_words(&a, w) != TB_OK)
        return EXIT_REFUSED;
    return approve_grant(&a, w, &lifts);
}

static int approve(const struct command_line *line)
{
    TB_CLEANUP(desk_done) struct desk d = { .book = { .lock = -1 } };
    struct run run = { .append = false };
    struct approve_wish w = { .account = NULL };
    struct words args;
    const struct option own[] = {
        { "account", OPTION_TEXT, &w.account }, { "words", OPTION_TEXT, &w.words },
        { "vetted", OPTION_TEXT, &w.vetted },   { "until", OPTION_TEXT, &w.until },
        { "finish", OPTION_FLAG, &w.finish },   { "replace", OPTION_FLAG, &w.replace },
        { "lift", OPTION_FLAG, &w.lift },       { NULL, OPTION_FLAG, NULL },
    };
    int status = EXIT_DONE;

    if (run_begin(&run, line, RUN_ROSTER | RUN_KEY | RUN_OUT | RUN_APPEND, own, &args, &status) !=
        TB_OK)
        return status;
    if (args.n != 1)
        return usage(_("give one file: the requests, or with --finish the cosigned credential"));
    if (run.out_path == NULL)
        return usage(_("--out FILE is missing: where the credential and the approval go"));
    if (approve_check_wish(&run, &w) != TB_OK)
        return EXIT_USAGE;
    if (file_exists(run.out_path))
        return refuse(_("'%s' exists and is not overwritten: move it away or choose another name"),
                      run.out_path);
    if (desk_open(&run, TB_ROLE_NONE, &d) != TB_OK)
        return EXIT_REFUSED;
    return approve_request(&run, &d, args.at[0], &w);
}

const struct command cmd_approve = {
    .name = "approve",
    .synopsis =
        N_("--roster ROSTER --key KEY --out FILE [--account A] [--words WORDS] [--vetted HOW] "
           "REQUESTS\n"
           "       trucban-keys approve --finish --roster ROSTER --key KEY --out FILE CREDENTIAL"),
    .summary = N_("registrars: let a device in after comparing six words"),
    .help =
        N_("Opens a request with the invite that this key issued, shows who asks to be what, and "
           "asks for\n"
           "the six words that the person reads over the telephone.  Only if they are the "
           "request's own, the\n"
           "credential is made and signed.  If its role needs one signature, FILE also holds the "
           "approval\n"
           "with the province secret; else FILE is a draft: another registrar signs it with "
           "'cosign', and\n"
           "'approve --finish' then makes the approval.\n"
           "\n"
           "  --account A             which request of the file; one person at a time\n"
           "  --words WORDS           the words as heard, instead of being asked for them\n"
           "  --vetted HOW            in-person: I saw this person and a paper; remote (default)\n"
           "  --until TIME            end of the credential: a span or a date (365d), at most two "
           "years\n"
           "  --replace               this device exists, and was set up anew\n"
           "  --lift                  lift the suspensions and revocations that stand against it\n"
           "  --finish                the file is a credential which others have cosigned\n"
           "  --roster FILE           the roster as it stands now\n"
           "  --key KEY               the registrar's key\n"
           "  --passphrase-file FILE  passphrase from the first line of FILE\n"
           "  --out FILE              the new file, to be published by 'trucban roster publish'\n"
           "  --append                also put a complete credential into the roster file\n"
           "  --clock TIME, --json    as in 'init'\n"),
    .run = approve,
};
