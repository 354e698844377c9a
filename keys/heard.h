/* SPDX-License-Identifier: GPL-3.0-or-later */
/* heard.h - is what was typed six words of the list at all?  Tells a slip of ear or finger from the wrong
 * person; the list is public, so nothing is given away. */
#pragma once

#include "proto/enrol.h"

/* What was typed, looked at syllable by syllable. */
struct heard {
    unsigned words;    /* whole ones; each is a noun and an adjective */
    bool half;         /* a word lacks its other half, or halves stand in the wrong order */
    char strange[64];  /* the first syllable that is in neither list; "" if all are known */
    const char *meant; /* what it probably was; NULL if nothing is near */
};

void heard_read(const char *typed, struct heard *ret);
