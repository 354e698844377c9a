/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pull.h - which part of the agent's pages to ask for next.
 *
 * The agent gives a few hundred at a call.  First come the newest, then all that are still open, however
 * long ago they changed last; after that what changed, call by call until nothing is left of it; and older
 * ones only when somebody wants to see them.  A call that fails is made again; no cursor moves before a
 * part is here, so nothing is missed. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum { PULL_PART = 100 }; /* pages that are merged between two frames */

struct pull {
    bool begun;
    bool nudged;    /* something changed since the last question about it */
    bool wanted;    /* somebody scrolls towards older ones */
    uint64_t since; /* every change up to here has come */
    uint64_t
        older; /* what changed last below this is not here, unless it is open; 0: all is here */
    uint64_t open_before;              /* open ones below this are still to come */
    uint64_t news_before, news_change; /* in the middle of the changes since `since` */
};

enum pull_what { PULL_NOTHING, PULL_FIRST, PULL_OPEN, PULL_NEWS, PULL_OLDER };

struct pull_call {
    enum pull_what what;
    uint64_t since, before;
};

struct pull_call pull_next(struct pull *p);
/* The answer to it: `change` and `older` as the agent gave them. */
void pull_took(struct pull *p, const struct pull_call *call, uint64_t change, uint64_t older);
void pull_failed(struct pull *p, const struct pull_call *call);
/* Has everything come without which the list would hide something? */
bool pull_is_level(const struct pull *p);
