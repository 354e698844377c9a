/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_verify.c - compare keys with a person over another channel.
 *
 * Not "do they look the same?", which people answer yes without looking: the other
 * person reads one group aloud, chosen here by chance, and it is typed in.  The
 * digits that are expected are shown only to whoever asks for them. */
#include <sodium.h>
#include <string.h>

#include "client/cli/ask.h"
#include "client/cli/cli.h"
#include "client/cli/json.h"
#include "client/cli/term.h"
#include "client/text/clean.h"
#include "client/text/words.h"

enum { GROUPS = 12, GROUP_DIGITS = 5 };

static int show_mine(struct cli *c)
{
    g_autoptr(GVariant) me = NULL;
    GError *error = NULL;

    if (!tba_agent_call_whoami_sync(c->agent, &me, NULL, &error))
        return cli_fail(c, error);
    (void)fprintf(stderr, "%s\n    %s\n", _("My digits, to read to the other side:"),
                  doc_text(me, "fingerprint"));
    return STATUS_DONE;
}

static char *ask_digits(const char *account, int group)
{
    g_autofree char *name = text_clean(account, false);
    g_autofree char *question = g_strdup_printf(
        _("Call %s by telephone. Ask for group %d of `trucban whoami` there. Type it:"), name,
        group);

    return ask_line(question);
}

static int show_theirs(struct cli *c, const char *account)
{
    g_autofree char *digits = NULL;
    GError *error = NULL;

    if (!tba_agent_call_fingerprint_sync(c->agent, account, &digits, NULL, &error))
        return cli_fail(c, error);
    if (c->json)
        return json_print(json_pack("{s:s, s:s}", "account", account, "digits", digits))
                   ? STATUS_DONE
                   : STATUS_REFUSED;
    (void)printf("%s: %s\n", account, digits);
    return STATUS_DONE;
}

/* A typing error is not a stranger between us: what cannot be a group is told apart from a wrong one. */
static int check_digits(const char *digits)
{
    size_t n = 0;

    for (const char *p = digits; *p; p++) {
        if (*p == ' ')
            continue;
        if (!g_ascii_isdigit(*p))
            return cli_say(STATUS_USAGE, _("a group has digits only, not '%s'; nothing compared"),
                           digits);
        n++;
    }
    if (n == 0 || n % GROUP_DIGITS != 0)
        return cli_say(
            STATUS_USAGE,
            _("a group has %d digits, these are %zu; nothing compared: ask for it again"),
            (int)GROUP_DIGITS, n);
    return STATUS_DONE;
}

/* Is there such a person to compare with?  Before anybody reads out digits. */
static int check_account(struct cli *c, const char *account)
{
    g_autofree char *digits = NULL;
    GError *error = NULL;

    return tba_agent_call_fingerprint_sync(c->agent, account, &digits, NULL, &error)
               ? STATUS_DONE
               : cli_fail(c, error);
}

static int compare(struct cli *c, const char *account, int group, const char *digits)
{
    GError *error = NULL;
    int status = check_digits(digits);

    if (status != STATUS_DONE)
        return status;
    if (!tba_agent_call_verify_sync(c->agent, account, (guint)group, digits, NULL, &error))
        return cli_fail(c, error);
    if (c->json)
        return json_print(json_pack("{s:s, s:b}", "account", account, "compared", 1))
                   ? STATUS_DONE
                   : STATUS_REFUSED;
    (void)printf(_("%s: the digits are the same; verified by you.\n"), account);
    return STATUS_DONE;
}

int cmd_verify(struct cli *c, int argc, char **argv)
{
    int group = 0;
    gboolean show = FALSE;
    g_autofree char *digits = NULL;
    const GOptionEntry entries[] = {
        { "group", 0, 0, G_OPTION_ARG_INT, &group, N_("Which group was read aloud, 1 to 12"),
          N_("N") },
        { "digits", 0, 0, G_OPTION_ARG_STRING, &digits, N_("What was read aloud"), N_("D") },
        { "show", 0, 0, G_OPTION_ARG_NONE, &show,
          N_("Show the other side's digits; compares nothing"), NULL },
        G_OPTION_ENTRY_NULL,
    };

    if (!cli_options(c, entries, _("ACCOUNT"), &argc, &argv))
        return STATUS_USAGE;
    if (argc != 2)
        return cli_say(STATUS_USAGE, argc < 2 ? _("an account is needed: trucban verify ACCOUNT")
                                              : _("one account at a time"));
    if (group < 0 || group > GROUPS || (digits && group == 0))
        return cli_say(STATUS_USAGE, _("--group is 1 to 12, and --digits needs it"));
    if (!digits && !show && !ask_possible())
        return cli_say(STATUS_USAGE, _("no terminal to ask; use --group N --digits D"));
    if (!cli_connect(c))
        return STATUS_REFUSED;
    if (show)
        return show_theirs(c, argv[1]);
    if (digits)
        return compare(c, argv[1], group, digits);
    int status = check_account(c, argv[1]);
    if (status == STATUS_DONE)
        status = show_mine(c);
    if (status != STATUS_DONE)
        return status;
    if (group == 0)
        group = (int)randombytes_uniform(GROUPS) + 1;
    digits = ask_digits(argv[1], group);
    return digits && *digits ? compare(c, argv[1], group, digits)
                             : cli_say(STATUS_REFUSED, _("nothing compared"));
}
