/* SPDX-License-Identifier: GPL-3.0-or-later */
/* policy.h - a policy as people write it: JSON.
 *
 *     { "id": "su-co", "name": "Sự cố", "classes": [1, 2, 3],
 *       "tiers": [ { "accounts": ["an"], "wait_s": 60, "repeat_s": 15 },
 *                  { "accounts": ["binh", "cuc"], "wait_s": 180 } ] }
 *
 * Nothing is ignored: a key that is not known is an error, for it may be one that
 * was meant to be. */
#pragma once

#include <glib.h>

/* The document for `PolicyMake`, floating; NULL with *ret_error: where and what.  Gives both. */
GVariant *policy_parse(const char *text, gsize n, char **ret_error);
