/* SPDX-License-Identifier: GPL-3.0-or-later */
/* settings.h - what a person may choose for this profile: HOME/agent.conf.
 *
 *     [notifications]
 *     privacy = none | id | full
 *
 * How much a bubble says, which a lock screen may show to anybody: nothing but
 * that there is an alarm; its class and id (the default); or sender and title. */
#pragma once

#include <stdbool.h>

enum privacy { PRIVACY_NONE, PRIVACY_ID, PRIVACY_FULL };

/* Reads the file anew, so that a change counts from the next ring on.  What is missing or not
 * understood is PRIVACY_ID. */
enum privacy settings_privacy(const char *home);
/* Writes it, and leaves the rest of the file alone; false: *ret_error says why (gives). */
bool settings_set_privacy(const char *home, enum privacy p, char **ret_error);

const char *privacy_name(enum privacy p); /* "none", "id", "full" */
bool privacy_of(const char *name, enum privacy *ret);
