/* SPDX-License-Identifier: GPL-3.0-or-later */
/* alarm_text.h - what a bubble says about an alarm, as much as its owner allows.
 *
 * A lock screen shows bubbles to anybody, so content needs PRIVACY_FULL. */
#pragma once

#include <glib.h>

#include "client/agent/ringer.h"
#include "client/agent/settings.h"

struct alarm_text {
    char *summary, *body; /* owned; plain text, not yet escaped */
};

/* `actions`: the bubble has buttons; without them the body says what to type. */
struct alarm_text alarm_text_make(const struct ringer_item *i, enum privacy privacy, bool actions);
void alarm_text_done(struct alarm_text *t);

/* "page", "unreadable", "offer", "nobody", "no-receipt", "unverified", "unkept", "roster" */
const char *alarm_why_name(enum tbc_ring_why why);

/* May it be accepted and declined from a bubble? */
bool alarm_answerable(const struct ringer_item *i);
