/* SPDX-License-Identifier: GPL-3.0-or-later */
/* answer.h - what accept, decline, handover and resolve have in common. */
#pragma once

#include "client/cli/cli.h"

struct answer {
    const char *kind; /* "accept", "decline", "offer", "resolve" */
    char *reason, *to, *override;
    int eta_min;
};
void answer_done(struct answer *a);

/* Takes argv[1] as the page, or the only one that waits for me if `may_guess`; signs, sends, waits for
 * the relay, says what came of it. */
int answer_page(struct cli *c, const struct answer *a, int argc, char **argv, bool may_guess);
