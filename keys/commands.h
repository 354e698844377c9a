/* SPDX-License-Identifier: GPL-3.0-or-later */
/* commands.h - one file per command: cmd_<name>.c. */
#pragma once

#include "keys/run.h"

extern const struct command cmd_init, cmd_delegate, cmd_cosign, cmd_append, cmd_relay,
    cmd_freshness, cmd_secret, cmd_invite, cmd_approve, cmd_revoke, cmd_suspend, cmd_attest,
    cmd_policy, cmd_inspect;

/* The part of `init` that has a file of its own: demo.c. */
struct demo {
    const char *province, *person, *dir;
};
int init_demo(const struct run *run, const struct demo *d);
