/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_policy.c - trucban-keys policy: the first policies, before any coordinator exists. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "keys/commands.h"
#include "keys/draft.h"
#include "keys/file.h"
#include "keys/policyfile.h"

TB_DEFINE_CLEANUP(struct policy_body, free)

static tb_result load(const char *path, struct policy_body *b)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf file = { 0 };
    struct policy_problem problem = { .line = 0 };
    tb_result r = file_read(path, POLICY_FILE_MAX, &file);

    if (r != TB_OK)
        return say_fail(r, _("cannot read '%s': %s"), path,
                        r == TB_E_IO || r == TB_E_NOTFOUND ? strerror(errno)
                                                           : said_of(tb_strresult(r)).text);
    r = policy_parse(tb_buf_view(&file), b, &problem);
    if (r == TB_OK)
        return r;
    if (problem.line > 0)
        return say_fail(r, "%s:%u: %s", path, problem.line, problem.text);
    return say_fail(r, "%s: %s", path, problem.text);
}

/* An account that nobody enrolled yet is no error: the policy may come first. */
static void note_unknown(const struct roster_file *f, const struct policy_body *b)
{
    for (size_t t = 0; t < b->m.n_tier; t++) {
        for (size_t i = 0; i < b->tier[t].n_target; i++) {
            if (tb_roster_account(f->roster, b->account[t][i]) == NULL)
                say_note(_("Tier %zu names '%s', who has no device in good standing yet."), t + 1,
                         b->account[t][i]);
        }
    }
}

static int policy(const struct command_line *line)
{
    TB_CLEANUP(roster_file_done) struct roster_file f = { .path = NULL };
    TB_CLEANUP(freep) struct policy_body *b = calloc(1, sizeof *b);
    struct run run = { .append = false };
    struct words args;
    int status = EXIT_DONE;

    if (b == NULL)
        return refuse("%s", said_of(tb_strresult(TB_E_NOMEM)).text);
    if (run_begin(&run, line, RUN_ROSTER | RUN_KEY | RUN_OUT | RUN_APPEND, NULL, &args, &status) !=
        TB_OK)
        return status;
    if (args.n != 1)
        return usage(_("give one policy file; see 'trucban-keys policy --help'"));
    if (roster_file_load(run.roster_path, &f) != TB_OK || load(args.at[0], b) != TB_OK)
        return EXIT_REFUSED;
    note_unknown(&f, b);
    struct draft_of of = { TB_ENTRY_POLICY, tb_view_of(b->id, strlen(b->id)), &b->m.base };
    return draft_command(&run, &f, &of);
}

const struct command cmd_policy = {
    .name = "policy",
    .synopsis = N_("--roster ROSTER [--key KEY]... [--append] [--out DRAFT] FILE"),
    .summary = N_("custodians: set a policy before there is a coordinator"),
    .help = N_("Who is called in which order.  As soon as the roster has a coordinator, policies "
               "are signed by\n"
               "coordinators on their devices ('trucban policy set'), and no longer here.\n"
               "\n"
               "FILE has one statement per line, '#' begins a comment line:\n"
               "  id: mac-dinh\n"
               "  name: Mặc định\n"
               "  classes: 1 2 3\n"
               "  tier 1: an binh wait 60 repeat 15\n"
               "  tier 2: chi wait 120 repeat 30\n"
               "'classes' may be left out and means all; wait and repeat are seconds.\n"
               "\n"
               "  --roster FILE           the roster as it stands now\n"
               "  --key KEY               a custodian key to sign with; may be repeated\n"
               "  --passphrase-file FILE  passphrase of the key in the same place\n"
               "  --out DRAFT, --append   where the entry goes, as in 'delegate'\n"
               "  --clock TIME, --json    as in 'init'\n"),
    .run = policy,
};
