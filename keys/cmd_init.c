/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_init.c - trucban-keys init: keys, and the first entry of a province's roster. */
#include <string.h>

#include "keys/commands.h"
#include "keys/draft.h"
#include "keys/rootdraft.h"

struct wish {
    const char *custodian, *registrar, *freshness; /* makes one key for this person */
    const char *person, *dir;                      /* the demonstration */
    struct root_wish root;
};

static int make_key(const struct run *run, enum key_kind kind, const char *person)
{
    TB_CLEANUP(signer_wipe) struct signer s = { .path = NULL };
    struct emit e = run->emit;

    if (run->out_path == NULL)
        return usage(_("--out FILE is missing: where the new %s key goes"), key_kind_name(kind));
    if (signer_create(run, kind, person, run->out_path, &s) != TB_OK)
        return EXIT_REFUSED;
    emit_begin(&e, N_("key"));
    emit_word(&e, N_("kind"), key_kind_name(kind));
    emit_text(&e, N_("person"), s.pub.person);
    emit_hex(&e, N_("key"), s.pub.pk, sizeof s.pub.pk);
    emit_text(&e, N_("file"), run->out_path);
    emit_end(&e);
    return EXIT_DONE;
}

static int make_root(const struct run *run, const struct wish *w, const struct words *paths)
{
    struct root_body body;
    struct draft_of of = { TB_ENTRY_ROOT, tb_view_of("root", 4), &body.root.base };

    if (run->out_path == NULL)
        return usage(_("--out FILE is missing: where the draft of the root goes"));
    if (root_fill_files(&body, &w->root, paths) != TB_OK)
        return EXIT_REFUSED;
    return draft_command(run, NULL, &of);
}

static int init(const struct command_line *line)
{
    struct run run = { .append = false };
    struct wish w = { .custodian = NULL };
    struct words args;
    const struct option own[] = {
        { "custodian", OPTION_TEXT, &w.custodian },
        { "registrar", OPTION_TEXT, &w.registrar },
        { "freshness", OPTION_TEXT, &w.freshness },
        { "province", OPTION_TEXT, &w.root.province },
        { "quorum", OPTION_TEXT, &w.root.quorum },
        { "demo", OPTION_FLAG, &w.root.demo },
        { "person", OPTION_TEXT, &w.person },
        { "dir", OPTION_TEXT, &w.dir },
        { NULL, OPTION_FLAG, NULL },
    };
    int status = EXIT_DONE;

    if (run_begin(&run, line, RUN_OUT | RUN_KEY | RUN_NEW_KEY, own, &args, &status) != TB_OK)
        return status;
    run.weak_is_fine = w.root.demo;
    int things = (w.custodian != NULL) + (w.registrar != NULL) + (w.freshness != NULL) +
                 (w.root.province != NULL);
    if (things != 1)
        return usage(_("say one of --custodian, --registrar, --freshness or --province; see "
                       "'trucban-keys init --help'"));
    if (w.root.province == NULL && args.n > 0)
        return usage(_("'%s' is too much here: one key is made at a time"), args.at[0]);
    if (w.custodian != NULL)
        return make_key(&run, KEY_CUSTODIAN, w.custodian);
    if (w.registrar != NULL)
        return make_key(&run, KEY_REGISTRAR, w.registrar);
    if (w.freshness != NULL)
        return make_key(&run, KEY_FRESHNESS, w.freshness);
    if (w.root.demo && (w.dir != NULL || w.person != NULL)) {
        if (w.dir == NULL || w.person == NULL)
            return usage(_("a demonstration needs both --person NAME and --dir DIR"));
        return init_demo(&run, &(struct demo){ w.root.province, w.person, w.dir });
    }
    return make_root(&run, &w, &args);
}

const struct command cmd_init = {
    .name = "init",
    .synopsis = N_("--custodian|--registrar|--freshness PERSON --out KEY\n"
                   "       trucban-keys init --province NAME [--quorum K] [--demo] --out ROSTER "
                   "[--key KEY]... KEY.pub...\n"
                   "       trucban-keys init --demo --province NAME --person PERSON --dir DIR"),
    .summary = N_("make a key; draft the root of a province"),
    .help = N_(
        "Makes one key, protected by a passphrase, and its public half KEY.pub; or drafts entry 0 "
        "of a\n"
        "province's roster from the public halves of its custodians.  When enough custodians have\n"
        "signed the draft with 'cosign', it is the roster file.\n"
        "\n"
        "A province of three custodians, of whom two must sign:\n"
        "  1. each custodian, on a machine without network:\n"
        "       trucban-keys init --custodian NAME --out a.key            (b.key, c.key)\n"
        "     each registrar (two are usual: a grant needs two of them), the relay's keeper:\n"
        "       trucban-keys init --registrar NAME --out r.key\n"
        "       trucban-relay init --address HOST:PORT --out relay.tbp\n"
        "  2. the first custodian, with the three public halves:\n"
        "       trucban-keys init --province P --quorum 2 --key a.key --out roster.tbp \\\n"
        "           a.key.pub b.key.pub c.key.pub\n"
        "  3. the second reads what he signs, and signs; now roster.tbp is the roster:\n"
        "       trucban-keys cosign --key b.key roster.tbp\n"
        "  4. one drafts, another signs, then it is appended:\n"
        "       trucban-keys delegate authority --roster roster.tbp --key a.key --out draft\n"
        "       trucban-keys cosign --roster roster.tbp --key b.key draft\n"
        "       trucban-keys append --roster roster.tbp draft\n"
        "  5. like step 4, each with an --out of its own:\n"
        "       trucban-keys delegate registrar --roster roster.tbp --roles all --key a.key \\\n"
        "           --out draft2 r.key.pub\n"
        "       trucban-keys relay --roster roster.tbp --key a.key --out draft3 relay.tbp\n"
        "  6. the first registrar makes the province secret:\n"
        "       trucban-keys secret new --roster roster.tbp --key r.key --append\n"
        "  7. the relay takes it: trucban-relay import roster.tbp; then invite people.\n"
        "\n"
        "  --custodian, --registrar, --freshness PERSON   make a key for this person\n"
        "  --province NAME         draft the root of this province\n"
        "  --quorum K              custodians who must sign (default: more than half; at least 2)\n"
        "  --demo                  marks the province as a demonstration, for ever: 1 may do for "
        "2\n"
        "  --key KEY               a custodian key to sign with at once; may be repeated\n"
        "  --person, --dir         with --demo: makes custodian, root, authority, registrar and "
        "province\n"
        "                          secret in DIR in one go, all of one person\n"
        "  --out FILE              the new file; nothing is ever overwritten\n"
        "  --passphrase-file FILE  passphrase from the first line of FILE ('-' is stdin), not the "
        "terminal\n"
        "  --cost COST             minimal, interactive or moderate (default) work for a wrong "
        "guess\n"
        "  --clock TIME            take this as the time, as 2026-01-31T08:00:00+07:00\n"
        "  --json                  print JSON\n"),
    .run = init,
};
