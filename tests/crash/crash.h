/* SPDX-License-Identifier: GPL-3.0-or-later */
/* crash.h - what the programs that cut the power share: their options, their progress, and how a run is repeated.
 *
 * A run is many worlds, each with a seed of its own that follows from the run's;
 * a world is one machine whose power is cut again and again.  When something is
 * lost the program says with which options that world alone comes again. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct crash_run {
    uint64_t cuts, seed;
    uint64_t done;                        /* cuts so far */
    uint64_t world;                       /* number of the one under way, from 0 */
    uint64_t answered, judged, recovered; /* for the last line */
};

/* Runs `world` until so many cuts were made; the exit status. */
int crash_main(int argc, char **argv, const char *what, void (*world)(struct crash_run *r));
/* After each cut: shows how far it is. */
void crash_progress(struct crash_run *r);
/* Ends the program and says how to see it again. */
_Noreturn __attribute__((format(printf, 1, 2))) void crash_lost(const char *format, ...);
#define CRASH_MUST(is, ...)          \
    do {                             \
        if (!(is))                   \
            crash_lost(__VA_ARGS__); \
    } while (0)
