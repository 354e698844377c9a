/* SPDX-License-Identifier: GPL-3.0-or-later */
/* run.h - one run of one command: what was asked for by options that several
 * commands share, and the clock. */
#pragma once

#include "keys/args.h"
#include "keys/emit.h"
#include "keys/keyfile.h"
#include "keys/say.h"

struct command_line;

struct command {
    const char *name;
    const char *synopsis; /* after "trucban-keys NAME", N_() */
    const char *summary;  /* one line, N_() */
    const char *help;     /* what stands below the synopsis, N_() */
    int (*run)(const struct command_line *line);
};

/* Which shared options a command takes, besides --json, --clock and --help. */
enum run_takes {
    RUN_ROSTER = 1 << 0,       /* --roster FILE, required */
    RUN_KEY = 1 << 1,          /* --key FILE, repeatable; with --passphrase-file */
    RUN_OUT = 1 << 2,          /* --out FILE */
    RUN_APPEND = 1 << 3,       /* --append */
    RUN_NEW_KEY = 1 << 4,      /* --passphrase-file, --cost */
    RUN_YES = 1 << 5,          /* --yes */
    RUN_ROSTER_MAYBE = 1 << 6, /* --roster FILE, where it can be done without */
};

struct run {
    const char *roster_path, *out_path, *cost_name, *clock_text;
    struct words keys, passphrase_files;
    bool append, yes, json, help;
    bool weak_is_fine; /* for the passphrase of a new key: a demonstration warns only */
    int64_t now_ms;
    enum key_cost cost;
    struct emit emit; /* to stdout */
};

/* The words after the command's name. */
struct command_line {
    const struct command *self;
    int argc;
    char **argv;
};

/* Parses the command line into `run`, the command's `own` options and the rest.  TB_OK: go on; else
 * the command returns *ret_status (help was asked for and shown, or a usage error was said). */
tb_result run_begin(struct run *run, const struct command_line *line, unsigned takes,
                    const struct option *own, struct words *ret_args, int *ret_status);

void command_help(const struct command *c);

/* One line from the i-th --passphrase-file (the last one serves all later keys; "-" is stdin), else
 * from the terminal; asked twice when `fresh`.  Says what was wrong. */
tb_result run_passphrase(const struct run *run, size_t i, const char *what, bool fresh,
                         struct tb_buf *ret);

/* Asks "yes" at the terminal unless --yes was given.  Says what was wrong. */
tb_result run_confirm(const struct run *run, const char *question);
