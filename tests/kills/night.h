/* SPDX-License-Identifier: GPL-3.0-or-later */
/* night.h - people report and answer while something goes wrong, in episodes, each judged.
 *
 * In an episode troubles come one after the other; then all is left alone until nothing is left to do, and the judge
 * (judge.h) compares what the devices show with what was answered.  The plan is made from a seed, TRUCBAN_SEED or the
 * time of day, which is printed: the same seed makes the same plan, what a trouble meets also depends on the machine. */
#pragma once

#include "people.h"

struct night {
    struct people *all;
    long seed;
    int64_t report_ms, trouble_ms, look_ms; /* next ones; `trouble` sets its own */
    size_t first;                           /* page of this episode */
    bool calm;                              /* no more troubles and reports */
    int64_t worst_ms;
};

uint64_t night_chance(void);
int64_t night_between(int64_t low, int64_t high);
long night_wish(const char *name, long usual); /* a number from the environment */

void night_begin(struct night *n, struct people *all);
/* `trouble` is called when trouble_ms has come, until it says that there is no more in this episode; then `end`. */
void night_episode(struct night *n, bool (*trouble)(struct night *n), void (*end)(struct night *n));
/* What was taken in all episodes is there in the end. */
void night_end(struct night *n);
void night_turn(struct night *n);
