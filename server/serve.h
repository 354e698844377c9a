/* SPDX-License-Identifier: GPL-3.0-or-later */
/* serve.h - the running relay: one loop, one commit per turn, until SIGTERM. */
#pragma once

#include "server/config.h"

struct serve_options {
    const char *config_path; /* read again on SIGHUP */
    int ready_fd; /* gets "ready <port> [metrics-port]\n" when connections are taken; -1: none */
};

/* Returns the exit status. */
int serve(const struct config *config, const struct serve_options *o);
