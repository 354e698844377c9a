/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sandbox.h - what a running agent can no longer do, also when its code is not its own any more.
 *
 * Entered before the profile is opened and before there is a second thread; there is no way back.  Left over
 * are: the profile's folder, what the sound server's and the resolver's libraries read, sockets to the desktop and
 * to the network.  Gone: every other file of the person, programs and processes, listening for others, rarer
 * kinds of sockets, other processes' memory and signals, memory that is written and then run, the kernel's
 * rarer doors.
 *
 * The relay has a list of what it may call; the agent one of what it may not.  What its libraries need for the
 * alarm differs from desktop to desktop, and an alarm that rings is worth more than a call fewer. */
#pragma once

#include <stdbool.h>

struct sandbox_options {
    const char *home;            /* the profile's folder */
    const char *socket;          /* where frontends come in; may be elsewhere */
    const char *passphrase_file; /* read once, after this; NULL: none */
};

/* What holds now; says the same in the log. */
struct sandbox_state {
    int landlock; /* the kernel's version of it; 0: no protection of files */
    bool seccomp;
};

/* Makes the folders that must be there, where it can. */
struct sandbox_state sandbox_enter(const struct sandbox_options *o);
