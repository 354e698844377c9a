/* SPDX-License-Identifier: GPL-3.0-or-later */
/* alarm.h - wakes a person: the ringer's decisions become sound and bubbles.
 *
 * Nothing here knows the core but by its ring; what a person chose in a bubble
 * goes to the agent.  Each ring is a log line, so that a box without sound or
 * desktop can be checked too. */
#pragma once

#include <glib.h>

#include "client/agent/notify.h"
#include "client/agent/ringer.h"
#include "client/agent/sound.h"

struct alarm;

/* NOTIFY_OPEN is also what a severe alarm asks for where no bubble has buttons; a page of NULL then means
 * no page in particular. */
typedef void alarm_chosen_fn(void *user, const struct tb_id *page, enum notify_action action);

/* Borrows `launch`; NULL: nothing is started. */
struct alarm *alarm_new(const char *home, struct launch *launch, alarm_chosen_fn *chosen,
                        void *user);
void alarm_free(struct alarm *a); /* NULL allowed */

void alarm_ring(struct alarm *a, const struct tbc_ring *ring);
void alarm_quiet(struct alarm *a, const struct tb_id *page);
void alarm_seen(struct alarm *a, const struct tb_id *page);
/* The machine slept: what came due rings now. */
void alarm_resume(struct alarm *a);
/* The machine woke up and the relay stays away: a bubble says so until it is `heard`. */
void alarm_relay(struct alarm *a, bool heard);

const struct ringer *alarm_ringer(const struct alarm *a);
enum bell alarm_bell(const struct alarm *a);
enum notify_state alarm_notify(const struct alarm *a);
