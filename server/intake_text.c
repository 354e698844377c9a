/* SPDX-License-Identifier: GPL-3.0-or-later */
/* intake_text.c - see intake_text.h. */
#include "server/intake_text.h"

#include <stdio.h>
#include <string.h>

#include "server/offline.h"
#include "server/say.h"

enum { FIELDS = 5, LINE_MAX_BYTES = 500 };

tb_result intake_result_of(const char *name)
{
    for (int value = 0; value > -100; value--) {
        tb_result r = tb_result_of(value);
        if (strcmp(tb_result_name(r), name) == 0)
            return r;
    }
    return TB_E_CONFLICT;
}

static const char *thing(const char *word)
{
    if (strcmp(word, "entry") == 0)
        return _("entry");
    if (strcmp(word, "freshness") == 0)
        return _("freshness statement");
    return _("approval");
}

/* Splits in place; the number of fields, each ended by a tab or the end. */
static size_t split(char *line, char *field[static FIELDS])
{
    size_t n = 0;

    for (char *part; n < FIELDS && (part = strsep(&line, "\t"));)
        field[n++] = part;
    return n;
}

static void tell_item(const struct relay_say *people, char *field[static FIELDS])
{
    const char *result = said_of(tb_strresult(intake_result_of(field[3]))).text;

    if (field[4][0] != '\0')
        offline_say(people, "%s %s: %s: %s", thing(field[1]), field[2], result,
                    said_of(field[4]).text);
    else
        offline_say(people, "%s %s: %s", thing(field[1]), field[2], result);
}

static void tell_taken(const struct relay_say *people, char *field[static FIELDS])
{
    if (strcmp(field[1], field[2]) == 0 && strcmp(field[1], field[3]) == 0) {
        offline_say(people,
                    _("all %s are here already, nothing was new; the roster has %s entries"),
                    field[3], field[4]);
        return;
    }
    if (strcmp(field[2], "0") != 0)
        offline_say(people,
                    _("taken: %s of %s, of them %s were here already; the roster has %s entries"),
                    field[1], field[3], field[2], field[4]);
    else
        offline_say(people, _("taken: %s of %s; the roster has %s entries"), field[1], field[3],
                    field[4]);
}

void intake_tell(const struct relay_say *people, const char *line)
{
    char copy[LINE_MAX_BYTES], *field[FIELDS] = { NULL };

    (void)snprintf(copy, sizeof copy, "%s", line);
    size_t n = split(copy, field);
    if (n == 2 && strcmp(field[0], "damaged") == 0)
        offline_say(people, _("not a parcel of this program, or damaged: %s; copy the file again"),
                    said_of(tb_strresult(intake_result_of(field[1]))).text);
    else if (n == 2 && strcmp(field[0], "foreign") == 0)
        offline_say(people, _("this is another province's roster, nothing was taken; import the "
                              "roster of this relay's province"));
    else if (n == 2 && strcmp(field[0], "nothing") == 0)
        offline_say(people,
                    _("nothing in this file is for the relay; it holds %s enrolment requests, "
                      "which are for "
                      "'trucban-keys approve'"),
                    field[1]);
    else if (n == FIELDS && strcmp(field[0], "item") == 0)
        tell_item(people, field);
    else if (n == FIELDS && strcmp(field[0], "taken") == 0)
        tell_taken(people, field);
    else
        people->fn(people->user, line);
}
