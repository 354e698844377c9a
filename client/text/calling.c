/* SPDX-License-Identifier: GPL-3.0-or-later */
/* calling.c - see calling.h. */
#include "client/text/calling.h"

#include <string.h>

#include "client/api/lang.h"
#include "client/text/when.h"
#include "client/text/words.h"

enum { OLD_QUEUE_MS = 15000 }; /* what the relay has not got by then needs the telephone */

/* ---- the decision */

static bool may_be_called(const char *state)
{
    return strcmp(state, "queued") != 0 && strcmp(state, "accepted") != 0 &&
           strcmp(state, "resolved") != 0;
}

struct calling calling_of(GVariant *page, int64_t now_ms)
{
    struct calling c = { CALLING_NOT, .tier = doc_number(page, "tier"),
                         .round = doc_number(page, "round") };
    const char *state = doc_text(page, "state");
    uint32_t tiers = doc_number(page, "tiers");
    int64_t overdue = doc_moment(page, "overdue_at");
    bool said = strcmp(state, "exhausted") == 0; /* by the relay, and no new round has begun */

    if (!may_be_called(state))
        return c;
    c.last = tiers > 0 && c.tier >= tiers;
    c.late = !said && overdue > 0 && now_ms >= overdue;
    c.due_ms = said ? 0 : doc_moment(page, c.tier ? "next_tier_at" : "relayed_at");
    c.again = !said && doc_is(page, "nobody") && c.round > 1;
    if (said || doc_is(page, "nobody") || (c.late && c.last))
        c.stage = CALLING_NOBODY;
    else if (c.late)
        c.stage = CALLING_OVERDUE;
    else if (c.tier && c.due_ms)
        c.stage = CALLING_GOES_ON;
    return c;
}

static bool is_loud(const struct calling *c)
{
    return c->stage == CALLING_NOBODY || c->stage == CALLING_OVERDUE;
}

bool calling_is_loud(GVariant *page, int64_t now_ms)
{
    struct calling c = calling_of(page, now_ms);

    return is_loud(&c);
}

/* ---- the words */

const char *calling_word(GVariant *page, int64_t now_ms)
{
    struct calling c = calling_of(page, now_ms);

    if (c.stage == CALLING_NOBODY)
        return word_state("exhausted");
    if (c.stage == CALLING_OVERDUE)
        return c.tier ? _("NEXT TIER OVERDUE") : _("NOBODY CALLED YET");
    return word_state(doc_text(page, "state"));
}

static char *late_clock(const struct calling *c, int64_t now_ms)
{
    g_autofree char *since = when_short(c->due_ms, now_ms);

    if (c->due_ms == 0)
        return NULL;
    if (c->tier == 0)
        return g_strdup_printf(_("Nobody called since %s"), since);
    return g_strdup_printf(c->last ? _("Last tier over since %s") : _("Next tier overdue since %s"),
                           since);
}

char *calling_clock(GVariant *page, int64_t now_ms)
{
    struct calling c = calling_of(page, now_ms);
    int64_t left = (c.due_ms - now_ms + 999) / 1000;

    if (c.late)
        return late_clock(&c, now_ms);
    if (c.stage == CALLING_NOT || c.tier == 0 || c.due_ms == 0)
        return NULL;
    if (left <= 0)
        return g_strdup(c.last ? _("The last tier's time is over…")
                               : _("Going on to the next tier…"));
    return g_strdup_printf(c.last ? _("Last tier: %d:%02d left") : _("Next tier in %d:%02d"),
                           (int)(left / 60), (int)(left % 60));
}

const char *calling_headline(GVariant *page, int64_t now_ms)
{
    struct calling c = calling_of(page, now_ms);

    if (!is_loud(&c))
        return NULL;
    if (c.stage == CALLING_NOBODY)
        return _("NOBODY HAS ANSWERED");
    return c.tier ? _("THE NEXT TIER IS OVERDUE") : _("NOBODY HAS BEEN CALLED");
}

static char *nobody_fact(const struct calling *c, const char *at)
{
    if (c->late && c->last)
        return g_strdup_printf(_("Tier %u, the last one, had time until %s: nobody is left to "
                                 "call, and the relay has said nothing since."),
                               c->tier, at);
    if (c->late && c->tier)
        return g_strdup_printf(_("All tiers have passed and nobody took it. Tier %u should have "
                                 "been called again at %s; the relay has not said that it was."),
                               c->tier + 1, at);
    if (c->again)
        return g_strdup_printf(
            _("All tiers have passed and nobody took it; round %u is being called."), c->round);
    return g_strdup(_("All tiers have passed and nobody took it."));
}

static char *overdue_fact(const struct calling *c, const char *at)
{
    if (c->tier == 0)
        return g_strdup_printf(_("The relay has had it since %s and has not said that it called "
                                 "anybody."),
                               at);
    return g_strdup_printf(_("Tier %u should have been called at %s; the relay has not said that "
                             "it was."),
                           c->tier + 1, at);
}

static bool is_kept_back(GVariant *page, int64_t now_ms)
{
    int64_t created = doc_moment(page, "created_at");

    return strcmp(doc_text(page, "state"), "queued") == 0 && created > 0 &&
           now_ms - created > OLD_QUEUE_MS;
}

char *calling_advice(GVariant *page, int64_t now_ms)
{
    struct calling c = calling_of(page, now_ms);
    g_autofree char *at = when_short(c.due_ms, now_ms);

    if (is_kept_back(page, now_ms))
        return g_strdup(_("The relay does not have it yet. It is kept here and sent as soon as "
                          "possible; use the telephone:"));
    if (!is_loud(&c))
        return NULL;
    g_autofree char *fact = c.stage == CALLING_NOBODY ? nobody_fact(&c, at) : overdue_fact(&c, at);
    const char *remedy = doc_is(page, "mine_to_answer") && !doc_is(page, "declined_by_me")
                             ? _("Accept it if you can; if not, use the telephone now:")
                             : _("Use the telephone now:");
    return g_strdup_printf("%s %s", fact, remedy);
}
