/* SPDX-License-Identifier: GPL-3.0-or-later */
/* judge.h - was anything that was answered lost, done twice, done early or done late?
 *
 * Pure: what people asked for and were told (the history, kept outside of the programs), when the relay was
 * there, and what every device shows in the end.  The rules:
 *
 *  1. A page that its sender's agent took is on the sender's device, and on every device of every tier, each time
 *     as one row; on no other device.  A page that nobody knows to be taken is at the sender's if it is anywhere.
 *  2. It ends accepted or resolved, or has come to its last tier and said so.
 *  3. In one round a tier is released at most once, and skipped at most once; "nobody" is said once.
 *  4. Turns come in order, none before the wait of the tier before it is over, unless that tier was skipped or
 *     declined; a round begins no sooner than `repeat_ms` after the one before.  After an accept nothing comes.
 *  5. None comes later than `late_ms` after it was due; what fell due while the relay was dead, after the next start
 *     that lasted so long.
 *  6. An answer that was taken is in everybody's record of the page, and all agree on the owner.
 *  7. Whoever was called can read the page, and the device said so to the sender. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { J_TIERS = 4, J_NAME = 33, J_ID = 17, J_SAYS = 16384 };

enum j_kind { J_RELEASE, J_SKIP, J_NOBODY, J_ACCEPT, J_DECLINE, J_RESOLVE, J_OTHER };

/* What happened to a page, in the relay's order and by its clock. */
struct j_event {
    enum j_kind kind;
    int tier, round;
    bool counted;
    char who[J_NAME];
    int64_t at_ms;
};

/* One page on one device. */
struct j_view {
    char who[J_NAME];
    int rows;
    bool readable;
    char state[16], owner[J_NAME];
    struct j_event *event;
    size_t n;
};

/* What a person asked of an agent that took it. */
struct j_answer {
    char who[J_NAME];
    enum j_kind kind;
};

struct j_page {
    char id[J_ID], sender[J_NAME];
    int page_class;
    bool taken;              /* the sender's agent said that it has it */
    bool delivered[J_TIERS]; /* [t]: the sender holds that device's receipt; tier t's, from 1 */
    struct j_view *view;     /* one for each person */
    size_t n;
    struct j_answer *answer;
    size_t n_answers;
};

/* The relay was there from its "ready" until it was killed. */
struct j_up {
    int64_t from_ms, to_ms;
};

struct j_world {
    size_t tiers;
    char account[J_TIERS][J_NAME]; /* [t - 1]: tier t's only one */
    int64_t wait_ms[J_TIERS], repeat_ms, late_ms;
    const struct j_up *up;
    size_t n_up;
    int64_t seen_ms; /* when the devices were looked at */
};

struct j_verdict {
    char text[J_SAYS]; /* a line for each complaint */
    size_t n;          /* complaints */
    int64_t worst_ms;  /* how late the latest turn came */
};

/* Adds its complaints about one page to the verdict. */
void judge_page(const struct j_world *w, const struct j_page *p, struct j_verdict *v);
/* One complaint, printf-like, as judge_page makes them. */
void judge_complain(struct j_verdict *v, const char *id, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
