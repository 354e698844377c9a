/* SPDX-License-Identifier: GPL-3.0-or-later */
/* escalate.h - who is paged next, and when.
 *
 * A pure state machine: no clock, no store, no socket.  The caller brings the
 * facts and the time (ms of any clock that never jumps), carries out the steps
 * that come back in one transaction with the new state, and calls again at
 * due_ms or when a fact changed.  Tiers are numbered 1..tiers.
 *
 * Rules (the plan's night, DESIGN "A page"):
 *  - a tier is released when its turn comes and waits wait_ms for an accept;
 *  - a tier with no live device is skipped at once, and released late if one
 *    comes alive before the page ends;
 *  - a released tier of which every live device says "not readable" does not
 *    hold up the next one; neither does one in which everybody declined or has
 *    stopped receiving pages;
 *  - after the last tier: NOBODY is said once per loop; class 1 then starts a
 *    new loop and round, no sooner than repeat_ms after the loop began;
 *    other classes stay EXHAUSTED and can still be accepted;
 *  - accept, hand-over and resolve belong to the current round only. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/limits.h"
#include "proto/result.h"

enum esc_state { ESC_NEW, ESC_RINGING, ESC_EXHAUSTED, ESC_ACCEPTED, ESC_RESOLVED };

struct esc_policy {
    uint8_t tiers;                 /* 1..TB_TIERS_MAX */
    int64_t wait_ms[TB_TIERS_MAX]; /* [0] is tier 1's */
    int64_t repeat_ms;             /* shortest loop */
    bool loops;                    /* class 1 */
};

struct escalation {
    enum esc_state state;
    uint8_t tier;      /* newest tier whose turn came; 0 before the first */
    uint32_t round;    /* 1.. ; grows with every loop */
    uint32_t loop;     /* 0.. */
    uint16_t released; /* bit t: tier t was released in this round */
    uint16_t skipped;  /* bit t: its turn came with nobody there */
    bool said_nobody;  /* in this loop */
    int64_t loop_began_ms;
    int64_t due_ms; /* when time alone changes something; INT64_MAX = never */
};

/* Bit t of each mask speaks of tier t. */
struct esc_facts {
    uint16_t live;     /* has a device that the relay can reach now and at which pages ring */
    uint16_t readable; /* has a live device that has not said "not readable" */
    uint16_t declined; /* every account of it declined in this round, or rings nowhere */
};

enum esc_step_kind { ESC_RELEASE, ESC_SKIP, ESC_NOBODY };

struct esc_step {
    enum esc_step_kind kind;
    uint8_t tier; /* 0 for ESC_NOBODY */
    uint32_t round, loop;
};

enum { ESC_STEPS_MAX = 2 * TB_TIERS_MAX + 2 };

/* Does all that facts and time allow; writes up to ESC_STEPS_MAX steps, in order, and returns how
 * many.  Called again with the same arguments it returns 0. */
size_t escalate_run(struct escalation *e, const struct esc_policy *p, const struct esc_facts *f,
                    int64_t now_ms, struct esc_step ret_steps[static ESC_STEPS_MAX]);

/* An accept that was verified for `round`.  TB_E_STALE: an older round; TB_E_CONFLICT: already
 * accepted or resolved. */
tb_result escalate_accept(struct escalation *e, uint32_t round);

/* Ends the page.  TB_E_CONFLICT: already resolved. */
tb_result escalate_resolve(struct escalation *e);
