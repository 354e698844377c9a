/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ringer.h - which alarms sound, and when they sound again.
 *
 * A pure state machine: no clock, no bus, no sound.  The caller brings the time
 * (ms of CLOCK_BOOTTIME), shows and sounds what ringer_due() gives, and calls
 * again at ringer_next().
 *
 *  - An alarm rings at once, then every repeat_s until it is quiet: answered, by
 *    whomever, or ended.  A bubble that was closed is no answer.
 *  - One that was looked at rests for a while, then rings on.
 *  - A real page silences drills: their bubbles stay, their sound waits.
 *  - Repeats that fell into a suspend are made up for by one ring, not by many.
 *  - An alarm about the roster, or about a page that cannot be verified, has no
 *    answer: it rings RINGER_ROSTER_RINGS times.  A page that is then verified
 *    begins anew.
 *  - With the table full, the least important alarm gives way: drills first, then
 *    what is not verified, then the lower class, then the older. */
#pragma once

#include "client/core/core.h"

enum {
    RINGER_MAX = 64,              /* alarms at once; more than a person can tell apart */
    RINGER_REPEAT_DEFAULT_S = 30, /* where no policy says it */
    RINGER_SEEN_REST_S = 120,     /* time to decide after looking */
    RINGER_ROSTER_RINGS = 5,
};

struct ringer_item {
    struct tb_id page; /* zero for the roster's */
    enum tbc_ring_why why;
    uint32_t page_class;
    bool drill;
    uint32_t repeat_s;
    char sender[TB_NAME_MAX + 1], agency[TB_NAME_MAX + 1];
    char title[TB_TITLE_MAX + 1];
    int64_t since_ms; /* wall clock, for people */
    int64_t next_ms;  /* boot clock; INT64_MAX: rings no more */
    uint32_t rings;
    bool presented; /* the window was brought since it started or began anew */
};

struct ringer {
    struct ringer_item item[RINGER_MAX];
    size_t n;
    uint32_t rings; /* of all alarms since the start */
};

/* Starts an alarm, or restarts it with the new reason; strings are copied, cut at whole characters. */
void ringer_start(struct ringer *r, const struct tbc_ring *ring, int64_t now_ms, int64_t wall_ms);

/* Ends the alarm about a page; was there one? */
bool ringer_quiet(struct ringer *r, const struct tb_id *page);

/* A person looked at the page. */
void ringer_seen(struct ringer *r, const struct tb_id *page, int64_t now_ms);

/* Counts and gives the alarms whose time has come: indices into r->item. */
size_t ringer_due(struct ringer *r, int64_t now_ms, size_t ret[static RINGER_MAX]);

/* When to ask again; INT64_MAX: never. */
int64_t ringer_next(const struct ringer *r);

/* May this alarm be heard, or does a real page silence it? */
bool ringer_audible(const struct ringer *r, const struct ringer_item *i);

/* Is it so severe that the window must come where no bubble can be acted upon?  Once each time that it
 * starts, which is once a round: a window that comes again and again cannot be worked in. */
bool ringer_present(struct ringer *r, const struct tb_id *page);

const struct ringer_item *ringer_find(const struct ringer *r, const struct tb_id *page);
