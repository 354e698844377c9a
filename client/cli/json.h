/* SPDX-License-Identifier: GPL-3.0-or-later */
/* json.h - documents of the agent as JSON, by one rule for all of them.
 *
 * Keys stay as they are; a moment (type x) becomes RFC 3339 text, or null if it is
 * not known; everything else is what it looks like. */
#pragma once

#include <stdbool.h>

#include <glib.h>
#include <jansson.h>

/* Gives. */
json_t *json_of_variant(GVariant *v);

/* One object, one line on stdout; takes.  False: it could not be written. */
bool json_print(json_t *j);
bool json_print_variant(GVariant *v);
