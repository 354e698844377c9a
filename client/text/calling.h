/* SPDX-License-Identifier: GPL-3.0-or-later */
/* calling.h - how the calling for a page stands, and when people must be told to take the telephone.
 *
 * Judged here once for both frontends, from a page's document and this moment alone. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <glib.h>

enum calling_stage {
    CALLING_NOT,     /* nothing is due: on its way to the relay, taken, ended */
    CALLING_GOES_ON, /* a tier has its time, or the next follows at any moment */
    CALLING_OVERDUE, /* the relay should have said by now that it went on */
    CALLING_NOBODY   /* every tier had its turn, and nobody took it */
};

struct calling {
    enum calling_stage stage;
    uint32_t tier, round; /* tier 0: none has been called */
    bool last;            /* nobody is left to call after this tier */
    bool again;           /* NOBODY: a further round is being called */
    bool late;            /* the relay should have said more by now */
    int64_t due_ms; /* when the tier's time ends or ended; of tier 0: when the relay got the page */
};

struct calling calling_of(GVariant *page, int64_t now_ms);
/* Must somebody take the telephone? */
bool calling_is_loud(GVariant *page, int64_t now_ms);

/* The state in a word or three, for a line of a list.  Static. */
const char *calling_word(GVariant *page, int64_t now_ms);
/* "Next tier in 0:42", "Next tier overdue since 12:05:00".  Gives; NULL: nothing is counted. */
char *calling_clock(GVariant *page, int64_t now_ms);
/* What is wrong, in capitals.  Static; NULL where nothing is. */
const char *calling_headline(GVariant *page, int64_t now_ms);
/* The same in sentences, and what to do, also about a report that the relay has not got for a while;
 * telephone numbers follow.  Gives; NULL where nothing is wrong. */
char *calling_advice(GVariant *page, int64_t now_ms);
