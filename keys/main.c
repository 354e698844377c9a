/* SPDX-License-Identifier: GPL-3.0-or-later */
/* main.c - trucban-keys: finds the command and runs it.  A process that holds
 * root keys leaves no core dump and lets nobody attach. */
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "keys/commands.h"
#include "keys/lang.h"
#include "keys/when.h"
#include "proto/nearest.h"

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
        _("\n  --lang vi|en  Vietnamese (usual) or English, with every command\n"
          "'trucban-keys COMMAND --help' says more.  Exit status: 0 done, 1 refused, 2 usage.\n"),
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

/* After the help: what was wrong stands last, where it is seen. */
static int no_command(const char *name)
{
    const char *names[COMMANDS + 1] = { NULL };

    for (int i = 0; i < COMMANDS; i++)
        names[i] = commands[i]->name;
    const char *near = tb_nearest(name, names);
    if (near == NULL)
        return usage(_("there is no command '%s'"), name);
    return usage(_("there is no command '%s': did you mean '%s'?"), name, near);
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
        help(stderr);
        return name[0] != '\0' ? no_command(name) : EXIT_USAGE;
    }
    return c->run(&(struct command_line){ .self = c, .argc = argc - 2, .argv = argv + 2 });
}

int main(int argc, char **argv)
{
    if (lang_choose(&argc, argv) != TB_OK)
        return EXIT_USAGE;
    when_choose_zone();
    close_doors();
    if (sodium_init() < 0)
        return refuse(_("libsodium cannot start: this machine gives no randomness"));
    int status = run(argc, argv);
    if (fflush(stdout) != 0 || ferror(stdout))
        return refuse(_("cannot write to standard output"));
    return status;
}
