/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_delegate.c - trucban-keys delegate: what the custodians grant and set. */
#include <string.h>

#include "keys/commands.h"
#include "keys/draft.h"
#include "keys/registrar.h"
#include "keys/rootdraft.h"
#include "keys/when.h"

struct wish {
    struct authority_wish authority;
    struct root_wish root;
    const char *roles, *until;
};

static int delegate_authority(const struct run *run, struct roster_file *f, const struct wish *w)
{
    struct authority_body body;
    struct draft_of of = { TB_ENTRY_AUTHORITY, tb_view_of("authority", 9), &body.authority.base };

    if (authority_fill(&body, f->roster, &w->authority) != TB_OK)
        return EXIT_REFUSED;
    return draft_command(run, f, &of);
}

static int delegate_registrar(const struct run *run, struct roster_file *f, const struct wish *w,
                              const char *path)
{
    struct registrar_wish wish = { .roles = w->roles, .until_ms = run->now_ms + 365 * WHEN_DAY_MS };
    struct registrar_body body;
    struct key_public pub;

    if (w->roles == NULL)
        return usage(_("--roles is missing: the roles that this registrar may grant, as in "
                       "agency,responder, or all"));
    if (w->until != NULL && when_either(w->until, run->now_ms, &wish.until_ms) != TB_OK)
        return usage(_("--until '%s' is neither a span (365d) nor a date (2027-01-31)"), w->until);
    if (wish.until_ms <= run->now_ms)
        return usage(_("--until '%s' is in the past"), w->until);
    if (signer_public(path, KEY_REGISTRAR, &pub) != TB_OK ||
        registrar_fill(&body, &pub, &wish, run->now_ms) != TB_OK)
        return EXIT_REFUSED;
    struct draft_of of = { TB_ENTRY_REGISTRAR, tb_view_of(pub.pk, sizeof pub.pk),
                           &body.registrar.base };
    return draft_command(run, f, &of);
}

/* Another set of custodians; needs the quorum of the old and that of the new. */
static int delegate_root(const struct run *run, struct roster_file *f, const struct wish *w,
                         const struct words *paths)
{
    struct root_wish wish = w->root;
    struct words files = *paths;
    struct root_body body;
    struct draft_of of = { TB_ENTRY_ROOT, tb_view_of("root", 4), &body.root.base };

    wish.demo = tb_roster_is_demo(f->roster);
    if (wish.province == NULL)
        wish.province = tb_roster_province(f->roster);
    if (root_fill_files(&body, &wish, &files) != TB_OK)
        return EXIT_REFUSED;
    return draft_command(run, f, &of);
}

static int dispatch(const struct run *run, const struct wish *w, struct words *args)
{
    TB_CLEANUP(roster_file_done) struct roster_file f = { .path = NULL };
    const char *what = args->n > 0 ? args->at[0] : "";

    if (strcmp(what, "authority") != 0 && strcmp(what, "registrar") != 0 &&
        strcmp(what, "root") != 0)
        return usage(_("delegate what? '%s' is none of authority, registrar, root"), what);
    if (strcmp(what, "authority") == 0 && args->n != 1)
        return usage(_("'%s' is too much after 'delegate authority'"), args->at[1]);
    if (strcmp(what, "registrar") == 0 && args->n != 2)
        return usage(_("'delegate registrar' takes one file, the registrar's KEY.pub"));
    if (roster_file_load(run->roster_path, &f) != TB_OK)
        return EXIT_REFUSED;
    if (strcmp(what, "authority") == 0)
        return delegate_authority(run, &f, w);
    if (strcmp(what, "registrar") == 0)
        return delegate_registrar(run, &f, w, args->at[1]);
    memmove(args->at, args->at + 1, --args->n * sizeof *args->at);
    return delegate_root(run, &f, w, args);
}

static int delegate(const struct command_line *line)
{
    struct run run = { .append = false };
    struct wish w = { .roles = NULL };
    struct words args;
    const struct option own[] = {
        { "grant", OPTION_LIST, &w.authority.grants },
        { "gate", OPTION_LIST, &w.authority.gates },
        { "freshness", OPTION_TEXT, &w.authority.freshness },
        { "attestation", OPTION_TEXT, &w.authority.attestation },
        { "policy-quorum", OPTION_TEXT, &w.authority.policy_quorum },
        { "revocation-quorum", OPTION_TEXT, &w.authority.revocation_quorum },
        { "roles", OPTION_TEXT, &w.roles },
        { "until", OPTION_TEXT, &w.until },
        { "province", OPTION_TEXT, &w.root.province },
        { "quorum", OPTION_TEXT, &w.root.quorum },
        { NULL, OPTION_FLAG, NULL },
    };
    int status = EXIT_DONE;

    if (run_begin(&run, line, RUN_ROSTER | RUN_KEY | RUN_OUT | RUN_APPEND, own, &args, &status) !=
        TB_OK)
        return status;
    return dispatch(&run, &w, &args);
}

const struct command cmd_delegate = {
    .name = "delegate",
    .synopsis =
        N_("authority --roster ROSTER [--key KEY]... [--append] [--out DRAFT] [SETTING]...\n"
           "       trucban-keys delegate registrar --roster ROSTER --roles ROLES [--until "
           "TIME] ... KEY.pub\n"
           "       trucban-keys delegate root --roster ROSTER [--quorum K] ... KEY.pub..."),
    .summary = N_("custodians: set the rules, appoint a registrar, change the custodians"),
    .help =
        N_("Makes an entry that custodians sign: those given with --key at once, others with "
           "'cosign'.\n"
           "\n"
           "authority: how many must sign what, kept as it is where nothing is said:\n"
           "  --grant ROLE=N          registrars who must sign a credential of this role\n"
           "  --gate STEP=LEVEL       identity level (0 to 3) that a step needs\n"
           "  --policy-quorum N       coordinators who must sign a policy\n"
           "  --revocation-quorum N   registrars who must sign a revocation; fewer only suspend\n"
           "  --freshness SPAN        how old the newest freshness statement may be (72h)\n"
           "  --attestation SPAN      how long an attestation lasts (92d)\n"
           "registrar: who may grant what\n"
           "  --roles ROLES           agency,responder,... or all\n"
           "  --until TIME            end of the appointment: a span or a date (365d)\n"
           "root: other custodians; needs the quorum of the old and of the new ones\n"
           "  --quorum K              of the new ones (default: more than half)\n"
           "  --province NAME         another name of the province\n"
           "\n"
           "  --roster FILE           the roster as it stands now\n"
           "  --key KEY               a custodian key to sign with; may be repeated\n"
           "  --passphrase-file FILE  passphrase of the key in the same place; the last one serves "
           "all others\n"
           "  --out DRAFT             write the entry, complete or not, to this new file\n"
           "  --append                put a complete entry into the roster file\n"
           "  --clock TIME, --json    as in 'init'\n"),
    .run = delegate,
};
