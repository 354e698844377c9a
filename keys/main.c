/* SPDX-License-Identifier: GPL-3.0-or-later */
/* main.c - trucban-keys: finds the command and runs it.  A process that holds
 * root keys leaves no core dump and lets nobody attach. */
#include <limits.h>
#include <locale.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "keys/commands.h"

static const struct command *const commands[] = {
    &cmd_init,      &cmd_delegate, &cmd_cosign, &cmd_append,  &cmd_relay,
    &cmd_freshness, &cmd_secret,   &cmd_invite, &cmd_approve, &cmd_revoke,
    &cmd_suspend,   &cmd_attest,   &cmd_policy, &cmd_inspect,
};
enum { COMMANDS = sizeof commands / sizeof *commands };

static void help(FILE *to)
{
    (void)fputs(_("Usage: trucban-keys COMMAND [OPTION]...\n"
                  "Keeps the root of trust of a province: keys, roster entries, invites.  Works on "
                  "files only.\n"
                  "\n"),
                to);
    for (int i = 0; i < COMMANDS; i++)
        (void)fprintf(to, "  %-10s %s\n", commands[i]->name, _(commands[i]->summary));
    (void)fputs(
        _("\n'trucban-keys COMMAND --help' says more.  Exit status: 0 done, 1 refused, 2 usage.\n"),
        to);
}

static const struct command *find(const char *name)
{
    for (int i = 0; i < COMMANDS; i++) {
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    }
    return NULL;
}

static void close_doors(void)
{
    const struct rlimit none = { 0, 0 };

    (void)setrlimit(RLIMIT_CORE, &none);
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

static int run(int argc, char **argv)
{
    const char *name = argc > 1 ? argv[1] : "";
    const struct command *c = find(name);

    if (strcmp(name, "--help") == 0 || strcmp(name, "help") == 0) {
        help(stdout);
        return EXIT_DONE;
    }
    if (strcmp(name, "--version") == 0) {
        (void)printf("trucban-keys %s\n", TB_VERSION);
        return EXIT_DONE;
    }
    if (c == NULL) {
        if (name[0] != '\0')
            say_error(_("there is no command '%s'"), name);
        help(stderr);
        return EXIT_USAGE;
    }
    return c->run(&(struct command_line){ .self = c, .argc = argc - 2, .argv = argv + 2 });
}

/* The catalogues beside the program in a build folder, else the installed ones. */
static const char *catalogues(void)
{
    static char path[PATH_MAX];
    static const char beside[] = "/locale";
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - sizeof beside);

    while (n > 0 && path[n - 1] != '/')
        n--;
    if (n <= 0)
        return TB_LOCALE_DIR;
    (void)snprintf(path + n - 1, sizeof beside, "%s", beside);
    return access(path, F_OK) == 0 ? path : TB_LOCALE_DIR;
}

/* Vietnamese unless the environment asks for English; works without installed locales. */
static void choose_language(void)
{
    static const char *const names[] = { "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG" };
    const char *value = "";

    for (size_t i = 0; i < sizeof names / sizeof names[0] && value[0] == '\0'; i++)
        value = getenv(names[i]) ? getenv(names[i]) : "";
    bool english = strncmp(value, "en", 2) == 0;
    (void)setlocale(LC_ALL, "");
    (void)setlocale(LC_MESSAGES, "C.UTF-8"); /* gettext asks LANGUAGE only if this is not "C" */
    (void)setenv("LANGUAGE", english ? "en" : "vi", 1);
}

int main(int argc, char **argv)
{
    const char *locales = getenv("TRUCBAN_LOCALE_DIR");

    choose_language();
    (void)bindtextdomain("trucban", locales != NULL ? locales : catalogues());
    (void)bind_textdomain_codeset("trucban", "UTF-8");
    close_doors();
    if (sodium_init() < 0)
        return refuse(_("libsodium cannot start: this machine gives no randomness"));
    int status = run(argc, argv);
    if (fflush(stdout) != 0 || ferror(stdout))
        return refuse(_("cannot write to standard output"));
    return status;
}
