/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cli.h - what the commands of `trucban` share.
 *
 * One file per command, cmd_<verb>.c, each with one function of type cmd_fn whose
 * return value is the exit status.  Results go to stdout, everything else to
 * stderr.  With --json stdout has one JSON object per line and nothing else. */
#pragma once

#include <stdbool.h>
#include <stdio.h>

#include "client/api/agent-iface.h"
#include "client/api/lang.h"

/* The exit status is a contract with scripts: trucban(1). */
enum status {
    STATUS_DONE = 0,
    STATUS_REFUSED = 1,
    STATUS_USAGE = 2,
    STATUS_OFFLINE = 3, /* kept in the outbox */
    STATUS_GATE = 4,
    STATUS_TIMEOUT = 5,
};

enum {
    RELAY_WAIT_MS = 8000
}; /* how long a relay may take before a person is told to use the telephone */

struct cli {
    char *home; /* absolute */
    gboolean json;
    bool may_create; /* a profile that is not there yet: enrolling only */
    const char *lang;
    TbaAgent *agent; /* NULL until cli_connect() */
    guint64 nudges;  /* signals of the agent so far */
};

typedef int cmd_fn(struct cli *c, int argc, char **argv);

cmd_fn cmd_accept, cmd_contacts, cmd_decline, cmd_draft, cmd_duty, cmd_enroll, cmd_handover,
    cmd_lock, cmd_page, cmd_pages, cmd_policy, cmd_privacy, cmd_report, cmd_resolve, cmd_roster,
    cmd_show, cmd_status, cmd_suspend, cmd_test_page, cmd_unlock, cmd_verify, cmd_watch, cmd_whoami;

/* Runs the whole program. */
int cli_main(int argc, char **argv);

/* Parses a command's options (NULL-terminated; --json is always understood).  What is left is
 * argv[1]..; false: usage was printed, return STATUS_USAGE. */
bool cli_options(struct cli *c, const GOptionEntry *entries, const char *params, int *argc,
                 char ***argv);

/* "trucban: " and the text on stderr; returns `status`. */
int cli_say(int status, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* The same text on stdout, without a name before it. */
void cli_print(const char *format, ...) G_GNUC_PRINTF(1, 2);

/* The commands that a text names, as they must be typed here: with the --home of this call.  Gives. */
char *cli_hint(const char *text);

/* Connects to the profile's agent, starting it if it does not run.  False: said why. */
bool cli_connect(struct cli *c);

/* Says what an agent's error means, to people, and returns the exit status; frees. */
int cli_fail(struct cli *c, GError *error);
/* The same where something was to be stored: it may have been before the agent went away. */
int cli_fail_to_put(struct cli *c, GError *error);
/* The same about `what`, a file; NULL: nothing in particular. */
int cli_fail_at(struct cli *c, const char *what, GError *error);

/* Gives a connection that is being made its chance, some seconds, before an errand to the relay. */
void cli_await_relay(struct cli *c);

/* Lets signals of the agent arrive: until the next nudge or `deadline_ms` (when_now() clock), but at
 * most a second. */
void cli_idle(struct cli *c, gint64 deadline_ms);
