/* SPDX-License-Identifier: GPL-3.0-or-later */
/* nearest.c - what somebody probably meant to type. */
#include "proto/nearest.h"

#include <stddef.h>
#include <string.h>

enum { LONGEST = 40 };

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Letters left out, put in, changed, or two beside each other swapped; both at most LONGEST long. */
static size_t slips(const char *a, const char *b)
{
    size_t row[3][LONGEST + 1] = { { 0 } };
    size_t n = strlen(b), *before = row[0], *above = row[1], *here = row[2];

    for (size_t j = 0; j <= n; j++)
        above[j] = j;
    for (size_t i = 1; a[i - 1] != '\0'; i++) {
        here[0] = i;
        for (size_t j = 1; j <= n; j++) {
            size_t other = a[i - 1] != b[j - 1];
            here[j] = least(above[j - 1] + other, least(above[j], here[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                here[j] = least(here[j], before[j - 2] + 1);
        }
        size_t *old = before;
        before = above;
        above = here;
        here = old;
    }
    return above[n];
}

const char *tb_nearest(const char *typed, const char *const *words)
{
    size_t n = strnlen(typed, LONGEST + 1), best = 1 + n / 4 + 1;
    const char *found = NULL;

    if (n < 2 || n > LONGEST)
        return NULL;
    for (; *words != NULL; words++) {
        size_t length = strnlen(*words, LONGEST + 1);
        if (length > LONGEST)
            continue;
        size_t away = n >= 3 && strncmp(typed, *words, n) == 0 ? 1 : slips(typed, *words);
        if (away < best) {
            best = away;
            found = *words;
        }
    }
    return found;
}
