/* SPDX-License-Identifier: GPL-3.0-or-later */
/* phones.h - whom to ring up where the relay is of no help, in which order; one rule for both frontends. */
#pragma once

#include <stdbool.h>

#include <glib.h>

/* Text of peers as the agent gave it. */
struct phone {
    char *account, *name, *number;
    bool reported; /* who raised the page */
};

/* There is a digit in it. */
bool phones_is_number(const char *text);

/* What to dial for a text that may hold several numbers or an extension: the first number alone, digits after a plus
 * or none; NULL where there is none, or no telling where it ends.  Gives. */
char *phones_first(const char *text);

/* Of struct phone.  Who raised the page first, if that is not me; then everybody whom it calls, tier by tier;
 * without any of them whom `policies` (of PolicyShow) name; without any of those some of the team.
 * `page` (of PageGet) and `policies` may be NULL.  contacts: of GVariant, the agent's documents.  Gives. */
GPtrArray *phones_for(GVariant *page, GVariant *policies, GPtrArray *contacts, const char *me);
