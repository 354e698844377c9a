/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cli.c - global options, the table of commands, and the way to one of them. */
#include "client/cli/cli.h"

#include <stdlib.h>
#include <string.h>

#include "client/api/build.h"
#include "client/api/profile.h"
#include "client/cli/options.h"
#include "client/text/clean.h"

struct command {
    const char *name;
    cmd_fn *run; /* NULL: the word is reserved for a later version */
    const char *params, *does;
    const char *more; /* what --help adds; NULL */
};

static const struct command commands[] = {
    { "report", cmd_report, N_("--kind K --class N --title T"),
      N_("report an incident and page the team"),
      N_("Needed: --kind, --class and --title. State secrets must not go through this network.\n"
         "Example: trucban report --kind ATT-06 --class 1 --title 'Files are being encrypted' \\\n"
         "  --text-file report.txt --no-state-secrets") },
    { "draft", cmd_draft, "[show|clear]", N_("the report that is being written"), NULL },
    { "page", cmd_page, N_("--class N --title T"), N_("page without a report"),
      N_("Needed: --class and --title. Afterwards it says whether the relay has the page; with\n"
         "--wait also who comes.") },
    { "accept", cmd_accept, N_("[ID] [--eta MIN]"), N_("take a page"),
      N_("Without ID: the only page that waits for me. The relay stops calling, and everybody is\n"
         "told who comes, and when.") },
    { "decline", cmd_decline, N_("ID --reason R"), N_("pass a page on at once"),
      N_("The next tier is called without waiting. ID is the page's number or the start of it, "
         "see\n"
         "`trucban pages`.") },
    { "handover", cmd_handover, N_("ID --to ACCOUNT"), N_("offer my page to somebody"), NULL },
    { "resolve", cmd_resolve, "ID", N_("end a page"), NULL },
    { "pages", cmd_pages, "[--open]", N_("list pages"), NULL },
    { "show", cmd_show, "ID", N_("one page, with its ladder per device"), NULL },
    { "watch", cmd_watch, "", N_("tell what happens, as it happens"), NULL },
    { "status", cmd_status, "", N_("agent, relay, alarm: is everything ready?"), NULL },
    { "test-page", cmd_test_page, "", N_("page myself, through the relay and back"),
      N_("Do this at the start of every watch: only a bell that was heard wakes.") },
    { "duty", cmd_duty, "[on|off]", N_("whether pages ring on this device"),
      N_("`off` is signed and told to everybody: a tier in which nobody receives pages is "
         "skipped.\n"
         "The page itself still comes and can be answered here; it only does not ring.") },
    { "whoami", cmd_whoami, "", N_("who I am, and at which level"), NULL },
    { "enroll", cmd_enroll, "INVITE", N_("join with an invite"),
      N_("The registrar sends the invite: one line that begins with 'trucban:1:', or a file with "
         "it.\n"
         "Then six words appear here: read them to the registrar over the telephone. Once that is\n"
         "approved, `trucban test-page` shows whether you can be woken.") },
    { "unlock", cmd_unlock, "", N_("open the profile with its passphrase"), NULL },
    { "privacy", cmd_privacy, "[none|id|full]", N_("how much a notification says"), NULL },
    { "lock", cmd_lock, "", N_("close the profile: forget the keys"), NULL },
    { "contacts", cmd_contacts, "", N_("people, telephone numbers and levels"), NULL },
    { "verify", cmd_verify, "ACCOUNT", N_("compare keys by reading digits aloud"),
      N_("Call the person by telephone, on a number that you knew before. The person runs\n"
         "`trucban whoami` and reads one group of five digits, which this command names; you type\n"
         "it. If it is the same, nobody stands between you, and the person counts as verified by "
         "you.") },
    { "roster", cmd_roster, "[log|verify|requests|publish|export|cosign|freshness|freshness-key]",
      N_("the signed log"),
      N_("  log                          list who was let in, changed and locked out, by whom "
         "signed\n"
         "  verify                       check all signatures again on this machine (usual)\n"
         "  requests --out FILE          take the waiting enrolments from the relay, for the "
         "registrar\n"
         "  publish FILE                 bring what was signed offline (an approval) to the relay\n"
         "  export --out FILE            write the whole log, e.g. for the offline machine\n"
         "  cosign FILE --out NEWFILE    add my signature where two are needed\n"
         "  freshness                    who signed that this log is the newest, and when\n"
         "  freshness-key --out FILE     this device's key for that, for the custodians to "
         "admit") },
    { "suspend", cmd_suspend, "ACCOUNT", N_("lock an account out at once"),
      N_("For a lost device or a stolen key. One coordinator or registrar is enough to lock out; "
         "to\n"
         "let the person in again the registrar issues a new invite.") },
    { "policy", cmd_policy, "[show|set FILE]", N_("who is paged, in which order"),
      N_("`set` takes a JSON file and signs it as coordinator; wait_s is how long a tier has "
         "before\n"
         "the next one is called too, repeat_s how often it rings:\n"
         "  {\"id\": \"su-co\", \"name\": \"Sự cố\", \"classes\": [1, 2],\n"
         "   \"tiers\": [{\"accounts\": [\"an\"], \"wait_s\": 60, \"repeat_s\": 15},\n"
         "             {\"accounts\": [\"binh\", \"chi\"], \"wait_s\": 120, \"repeat_s\": 30}]}") },
    { "incident", NULL, "", "", NULL },
    { "advise", NULL, "", "", NULL },
    { "advisories", NULL, "", "", NULL },
    { "confirm", NULL, "", "", NULL },
    { "schedule", NULL, "", "", NULL },
    { "oncall", NULL, "", "", NULL },
};

static void help(FILE *f)
{
    (void)fprintf(f, "%s trucban [--home %s] [--json] [--lang vi|en] %s …\n\n", _("Usage:"),
                  _("DIR"), _("COMMAND"));
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
        if (commands[i].run)
            (void)fprintf(f, "  %-11s %s\n", commands[i].name, _(commands[i].does));
    (void)fprintf(f, "\n%s\n", _("`trucban COMMAND --help` tells more; so does trucban(1)."));
}

/* " --home DIR" of this call, as a shell takes it; NULL: it was not given. */
static char *home_given;

static void remember_home(const char *home)
{
    bool plain = home[strspn(home, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                   "/._-+,:@")] == '\0';
    g_autofree char *word = plain ? g_strdup(home) : g_shell_quote(home);

    g_free(home_given);
    home_given = g_strconcat(" --home ", word, NULL);
}

static bool is_command(const char *word)
{
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        size_t n = strlen(commands[i].name);
        if (commands[i].run && strncmp(word, commands[i].name, n) == 0 &&
            !g_ascii_isalnum(word[n]) && word[n] != '-')
            return true;
    }
    return false;
}

char *cli_hint(const char *text)
{
    static const char us[] = "trucban ";
    const size_t n = sizeof us - 1;
    GString *out = g_string_new(NULL);

    for (const char *p = text; *p; p++) {
        bool begins = p == text || !(g_ascii_isalnum(p[-1]) || strchr("/-_.", p[-1]));
        if (home_given && begins && strncmp(p, us, n) == 0 && is_command(p + n)) {
            g_string_append_len(out, us, (gssize)n - 1);
            g_string_append(out, home_given);
            p += n - 1;
        }
        g_string_append_c(out, *p);
    }
    return g_string_free(out, FALSE);
}

int cli_say(int status, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    g_autofree char *hint = cli_hint(text);
    g_autofree char *clean = text_clean(hint, true); /* it may name what a file or a peer said */
    (void)fprintf(stderr, "trucban: %s\n", clean);   /* nowhere else to say it */
    return status;
}

void cli_print(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    g_autofree char *hint = cli_hint(text);
    (void)printf("%s\n", hint);
}

static const struct command *command_of(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

/* The options of a command, and those that every command has. */
static GOptionEntry *all_entries(const GOptionEntry *own, const GOptionEntry common[4])
{
    size_t n = 0;

    while (own && own[n].long_name)
        n++;
    GOptionEntry *all = g_new0(GOptionEntry, n + 5);
    for (size_t i = 0; i < n; i++)
        all[i] = own[i];
    for (size_t i = 0; i < 4; i++)
        all[n + i] = common[i];
    return all;
}

static void set_home(struct cli *c, const char *home)
{
    g_free(c->home);
    c->home = tba_profile_home(home);
    remember_home(c->home);
}

static char *bad_lang(const char *lang)
{
    return lang && !tba_lang_known(lang)
               ? g_strdup_printf(_("--lang '%s': there are vi (Vietnamese) and en (English)"), lang)
               : NULL;
}

bool cli_options(struct cli *c, const GOptionEntry *entries, const char *params, int *argc,
                 char ***argv)
{
    gboolean want_help = FALSE;
    g_autofree char *home = NULL,
                    *lang = NULL; /* also where people write them, after the command */
    const GOptionEntry common[4] = {
        { "json", 0, 0, G_OPTION_ARG_NONE, &c->json, NULL, NULL },
        { "help", 'h', 0, G_OPTION_ARG_NONE, &want_help, NULL, NULL },
        { "home", 0, 0, G_OPTION_ARG_FILENAME, &home, N_("Profile directory"), N_("DIR") },
        { "lang", 0, 0, G_OPTION_ARG_STRING, &lang, N_("Language: vi or en"), "vi|en" },
    };
    g_autofree GOptionEntry *all = all_entries(entries, common);
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_autofree char *name = g_strconcat("trucban ", (*argv)[0], NULL);
    const struct command *command = command_of((*argv)[0]);
    g_autofree char *trouble = options_trouble(all, *argc, *argv);

    g_option_context_set_help_enabled(context, FALSE);
    g_option_context_add_main_entries(context, all, NULL);
    if (!trouble && !g_option_context_parse(context, argc, argv, NULL))
        trouble = g_strdup(_("the options cannot be read"));
    if (!trouble)
        trouble = bad_lang(lang);
    if (home)
        set_home(c, home);
    for (int i = 1; !trouble && i < *argc; i++)
        if (!g_utf8_validate((*argv)[i], -1, NULL))
            trouble = g_strdup_printf(_("argument %d is not UTF-8"), i);
    if (!trouble && want_help) {
        options_help(stdout, name, params, entries,
                     (const char *const[]){ command ? _(command->does) : "",
                                            command && command->more ? _(command->more) : "" });
        exit(STATUS_DONE);
    }
    if (!trouble)
        return true;
    (void)fprintf(stderr, "%s %s --help\n", _("See:"), name);
    (void)cli_say(STATUS_USAGE, "%s", trouble);
    return false;
}

static int no_command(const char *name)
{
    const char *known[G_N_ELEMENTS(commands) + 1] = { NULL };
    g_autofree char *shown = g_utf8_make_valid(name, -1);
    size_t n = 0;

    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++)
        if (commands[i].run)
            known[n++] = commands[i].name;
    const char *near = options_nearest(name, known);
    help(stderr);
    (void)fputc('\n', stderr); /* the reason stands last, where it is not scrolled away */
    return near ? cli_say(STATUS_USAGE, _("there is no command '%s': did you mean '%s'?"), shown,
                          near)
                : cli_say(STATUS_USAGE, _("there is no command '%s'"), shown);
}

static int run_command(struct cli *c, int argc, char **argv)
{
    const struct command *command = command_of(argv[0]);

    if (!command)
        return no_command(argv[0]);
    if (!command->run)
        return cli_say(STATUS_REFUSED, _("%s: not available in this version"), argv[0]);
    return command->run(c, argc, argv);
}

/* The language must be known before the options can explain themselves in it. */
static const char *early_lang(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strncmp(argv[i], "--lang=", 7) == 0)
            return argv[i] + 7;
        if (strcmp(argv[i], "--lang") == 0 && i + 1 < argc)
            return argv[i + 1];
        if (strcmp(argv[i], "--home") == 0)
            i++;
    }
    return NULL;
}

/* How many arguments stand before the command. */
static int own_arguments(int argc, char **argv)
{
    int i = 1;

    while (i < argc && argv[i][0] == '-' && argv[i][1])
        i += strcmp(argv[i], "--home") == 0 || strcmp(argv[i], "--lang") == 0 ? 2 : 1;
    return MIN(i, argc);
}

static bool parse_global(struct cli *c, int *argc, char ***argv)
{
    g_autofree char *home = NULL, *lang = NULL;
    gboolean version = FALSE, want_help = FALSE;
    const GOptionEntry entries[] = {
        { "home", 0, 0, G_OPTION_ARG_FILENAME, &home, N_("Profile directory"), N_("DIR") },
        { "json", 0, 0, G_OPTION_ARG_NONE, &c->json, N_("One JSON object per line"), NULL },
        { "lang", 0, 0, G_OPTION_ARG_STRING, &lang, N_("Language: vi or en"), "vi|en" },
        { "version", 0, 0, G_OPTION_ARG_NONE, &version, N_("Show the version"), NULL },
        { "help", 'h', 0, G_OPTION_ARG_NONE, &want_help, N_("Show this help"), NULL },
        G_OPTION_ENTRY_NULL,
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    int own = own_arguments(*argc, *argv);
    g_autofree char *trouble = options_trouble(entries, own, *argv);

    g_option_context_set_strict_posix(context, TRUE);
    g_option_context_set_help_enabled(context, FALSE);
    g_option_context_add_main_entries(context, entries, NULL);
    if (!trouble && !g_option_context_parse(context, argc, argv, NULL))
        trouble = g_strdup(_("the options cannot be read"));
    if (!trouble)
        trouble = bad_lang(lang);
    if (trouble) {
        (void)fprintf(stderr, "%s trucban --help\n", _("See:"));
        (void)cli_say(STATUS_USAGE, "%s", trouble);
        return false;
    }
    if (version || want_help) {
        if (version)
            (void)printf("trucban %s\n", TB_VERSION);
        else
            help(stdout);
        exit(STATUS_DONE);
    }
    if (*argc < 2)
        help(stderr);
    if (home)
        set_home(c, home);
    else
        c->home = tba_profile_home(NULL);
    return *argc >= 2;
}

int cli_main(int argc, char **argv)
{
    struct cli c = { .lang = tba_lang_choose(early_lang(argc, argv)) };
    int status = STATUS_USAGE;

    tba_lang_init(c.lang);
    g_set_prgname("trucban");
    if (parse_global(&c, &argc, &argv))
        status = run_command(&c, argc - 1, argv + 1);
    if (fflush(stdout) != 0 && status == STATUS_DONE)
        status = cli_say(STATUS_REFUSED, _("the output could not be written"));
    g_clear_object(&c.agent);
    g_free(c.home);
    g_clear_pointer(&home_given, g_free);
    return status;
}
