/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sandbox.h - what a running relay can no longer do, also when its code is not its own any more.
 *
 * Entered once, after everything is open and before the first stranger is served; there is no way back, and
 * children would inherit it.  Left over are: the state folder, reading the folder of the configuration, the
 * sockets that are open, and accepting at them.  Gone: every other file, programs, processes, new sockets,
 * other processes' memory and signals, executable memory, the kernel's rarer doors.
 *
 * A denied call fails with EPERM or EACCES instead of ending the relay: a library that tries something new
 * after an update must not silence the hotline.  What the kernel does not offer is logged and done without. */
#pragma once

#include <stdbool.h>

struct sandbox_options {
    const char *state_dir;
    const char *config_path; /* read again on SIGHUP, with what stands beside it; NULL: none */
};

/* What holds now; says the same in the log. */
struct sandbox_state {
    int landlock; /* the kernel's version of it; 0: no protection of files */
    bool seccomp;
};

struct sandbox_state sandbox_enter(const struct sandbox_options *o);
