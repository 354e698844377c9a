/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lanes.c - see lanes.h. */
#include "client/desktop/lanes.h"

#include <string.h>

#include "client/api/lang.h"
#include "client/desktop/brief.h"
#include "client/desktop/reach.h"
#include "client/text/when.h"
#include "client/text/words.h"

enum { SHORTEST_MS = 120000 };

/* What happened, read once. */
struct story {
    GVariant *full, *events;
    GPtrArray *people; /* of struct reach */
    int64_t start_ms, now_ms, taken_ms, next_ms,
        end_ms; /* end: nobody, or ended without an owner */
    bool open;
    guint tiers, newest; /* newest: the highest that was ever called or passed over */
    guint round, turn;   /* the last, and whose turn it is in it; 0: nobody's */
};

static bool event_is(GVariant *e, const char *kind)
{
    return strcmp(doc_text(e, "kind"), kind) == 0;
}

static guint round_of(GVariant *e)
{
    return MAX(doc_number(e, "round"), 1);
}

static gsize n_events(const struct story *s)
{
    return s->events ? g_variant_n_children(s->events) : 0;
}

static GVariant *event_at(const struct story *s, gsize i)
{
    return g_variant_get_child_value(s->events, i);
}

static void read_events(struct story *s)
{
    for (gsize i = 0; i < n_events(s); i++) {
        g_autoptr(GVariant) e = event_at(s, i);
        int64_t at = doc_moment(e, "at");
        if (event_is(e, "release") || event_is(e, "skip")) {
            s->newest = MAX(s->newest, doc_number(e, "tier"));
            s->turn = round_of(e) > s->round ? doc_number(e, "tier")
                                             : MAX(s->turn, doc_number(e, "tier"));
            s->round = MAX(s->round, round_of(e));
            s->end_ms = 0; /* a further round */
        } else if (event_is(e, "nobody") || event_is(e, "resolve")) {
            s->end_ms = at;
        } else if (event_is(e, "accept") && doc_is(e, "counted") && s->taken_ms == 0) {
            s->taken_ms = at;
        }
    }
    s->tiers = MIN(MAX(s->tiers, s->newest), LANES);
}

static void read_story(struct story *s, GVariant *full, int64_t now_ms)
{
    const char *state = doc_text(full, "state");

    *s = (struct story){ .full = full, .now_ms = now_ms };
    s->events = g_variant_lookup_value(full, "events", G_VARIANT_TYPE("aa{sv}"));
    s->people = reach_of(full);
    s->start_ms = doc_moment(full, "relayed_at") ? doc_moment(full, "relayed_at")
                                                 : doc_moment(full, "created_at");
    s->next_ms = doc_moment(full, "next_tier_at");
    s->open = strcmp(state, "ringing") == 0 || strcmp(state, "waiting") == 0 ||
              strcmp(state, "queued") == 0;
    for (guint i = 0; i < s->people->len; i++)
        s->tiers = MAX(s->tiers, ((struct reach *)g_ptr_array_index(s->people, i))->tier);
    read_events(s);
}

static void story_done(struct story *s)
{
    g_clear_pointer(&s->events, g_variant_unref);
    g_ptr_array_unref(s->people);
}

/* ---- one tier */

/* Until when the tier released at event `from` was the newest one. */
static int64_t turn_end(const struct story *s, gsize from, bool *ret_vain)
{
    for (gsize i = from + 1; i < n_events(s); i++) {
        g_autoptr(GVariant) e = event_at(s, i);
        bool answered = event_is(e, "accept") && doc_is(e, "counted");
        if (answered || event_is(e, "release") || event_is(e, "nobody") || event_is(e, "resolve")) {
            *ret_vain = !answered && !event_is(e, "resolve");
            return doc_moment(e, "at");
        }
    }
    *ret_vain = false;
    return s->now_ms;
}

static bool in_tier(const struct story *s, const char *account, guint tier)
{
    for (guint i = 0; i < s->people->len; i++) {
        const struct reach *r = g_ptr_array_index(s->people, i);
        if (r->tier == tier && strcmp(r->account, account) == 0)
            return true;
    }
    return false;
}

static void add_act(const struct story *s, struct paper_lane *lane, GVariant *e, guint tier,
                    int64_t until_ms)
{
    int64_t at = doc_moment(e, "at"), eta = (int64_t)doc_number(e, "eta_min") * 60000;

    if (!doc_is(e, "counted") ||
        !(in_tier(s, doc_text(e, "account"), tier) || doc_number(e, "tier") == tier))
        return;
    if (event_is(e, "accept")) {
        paper_add_span(lane, at, eta ? MIN(at + eta, until_ms) : until_ms, PAPER_TAKEN);
        paper_add_mark(lane, at, PAPER_ACCEPTED);
    } else if (event_is(e, "decline")) {
        paper_add_mark(lane, at, PAPER_DECLINED);
    }
}

static void add_turns(const struct story *s, struct paper_lane *lane, guint tier, int64_t until_ms)
{
    for (gsize i = 0; i < n_events(s); i++) {
        g_autoptr(GVariant) e = event_at(s, i);
        bool vain = false;
        if (event_is(e, "release") && doc_number(e, "tier") == tier) {
            int64_t end = turn_end(s, i, &vain);
            paper_add_span(lane, doc_moment(e, "at"), end, vain ? PAPER_SILENT : PAPER_CALLED);
        }
        add_act(s, lane, e, tier, until_ms);
    }
    if (s->open && s->next_ms > s->now_ms && tier == s->turn)
        paper_add_span(lane, s->now_ms, s->next_ms, PAPER_PLANNED);
    if (s->open && s->next_ms && tier == s->turn + 1)
        paper_add_span(lane, MAX(s->next_ms, s->now_ms), until_ms, PAPER_PLANNED);
}

static void add_receipts(const struct story *s, struct paper_lane *lane, guint tier)
{
    g_autoptr(GVariant) devices =
        g_variant_lookup_value(s->full, "devices", G_VARIANT_TYPE("aa{sv}"));

    for (gsize i = 0; devices && i < g_variant_n_children(devices); i++) {
        g_autoptr(GVariant) d = g_variant_get_child_value(devices, i);
        if (doc_number(d, "tier") != tier)
            continue;
        paper_add_mark(lane, doc_moment(d, "delivered_at"), PAPER_DELIVERED);
        paper_add_mark(lane, doc_moment(d, "seen_at"), PAPER_SEEN);
    }
}

static char *label_of(const struct story *s, guint tier)
{
    GString *text = g_string_new(NULL);

    g_string_append_printf(text, _("Tier %u"), tier);
    for (guint i = 0, n = 0; i < s->people->len; i++) {
        const struct reach *r = g_ptr_array_index(s->people, i);
        if (r->tier == tier)
            g_string_append_printf(text, "%s%s", n++ ? ", " : ": ", r->who);
    }
    return g_string_free(text, FALSE);
}

/* "2:05" from the start. */
static char *after(const struct story *s, int64_t at)
{
    int64_t sec = MAX(at - s->start_ms, 0) / 1000;

    return sec < 3600 ? g_strdup_printf("%d:%02d", (int)(sec / 60), (int)(sec % 60))
                      : g_strdup_printf("%d:%02d:%02d", (int)(sec / 3600), (int)(sec / 60 % 60),
                                        (int)(sec % 60));
}

/* " (round 2)", "" in the first. */
static char *in_round(guint round)
{
    return round > 1 ? g_strdup_printf(_(" (round %u)"), round) : g_strdup("");
}

/* The calls of a tier: the first stays in the words, and the last with its round. */
struct calls {
    int64_t first_ms;
    guint n;
};

static char *called_words(const struct story *s, GVariant *e, const struct calls *c, bool vain)
{
    g_autofree char *first = after(s, c->first_ms), *last = after(s, doc_moment(e, "at"));
    g_autofree char *round = in_round(round_of(e));

    if (c->n < 2)
        return g_strdup_printf(vain ? _("called after %s%s, no answer") : _("called after %s%s"),
                               first, round);
    return g_strdup_printf(vain ? _("called after %s, again after %s%s, no answer")
                                : _("called after %s, again after %s%s"),
                           first, last, round);
}

static char *act_words(const struct story *s, GVariant *e, guint tier)
{
    g_autofree char *who = brief_person(e, "name", "account");
    g_autofree char *when = after(s, doc_moment(e, "at")), *round = in_round(round_of(e));
    bool accept = event_is(e, "accept");

    if (!*doc_text(e, "account") || !doc_is(e, "counted") || !(accept || event_is(e, "decline")) ||
        (doc_number(e, "tier") != tier && !in_tier(s, doc_text(e, "account"), tier)))
        return NULL;
    return g_strdup_printf(accept ? _("✓ %s accepted after %s%s") : _("✗ %s declined after %s%s"),
                           who, when, round);
}

static char *skip_words(const struct story *s, GVariant *e)
{
    g_autofree char *when = after(s, doc_moment(e, "at")), *round = in_round(round_of(e));

    return g_strdup_printf(page_tier_was_off(s->full, e)
                               ? _("skipped after %s%s: nobody there receives pages")
                               : _("skipped after %s%s: nobody there"),
                           when, round);
}

/* The last thing that happened in this tier. */
static char *outcome_of(const struct story *s, guint tier)
{
    char *text = g_strdup(tier > s->newest ? _("not called") : "");
    struct calls calls = { 0 };

    for (gsize i = 0; i < n_events(s); i++) {
        g_autoptr(GVariant) e = event_at(s, i);
        bool here = doc_number(e, "tier") == tier, vain = false;
        char *now = act_words(s, e, tier);
        if (!now && here && event_is(e, "skip"))
            now = skip_words(s, e);
        if (!now && here && event_is(e, "release")) {
            if (calls.n++ == 0)
                calls.first_ms = doc_moment(e, "at");
            (void)turn_end(s, i, &vain);
            now = called_words(s, e, &calls, vain);
        }
        if (!now)
            continue;
        g_free(text);
        text = now;
    }
    return text;
}

/* ---- the chart */

static void choose_window(const struct story *s, struct paper_chart *c)
{
    int64_t last = MAX(s->start_ms + SHORTEST_MS, MAX(s->taken_ms, s->open ? s->next_ms : 0));
    int64_t eta = (int64_t)doc_number(s->full, "eta_min") * 60000;

    for (gsize i = 0; i < n_events(s); i++) {
        g_autoptr(GVariant) e = event_at(s, i);
        if (!event_is(e, "resolve") && !event_is(e, "rewrap"))
            last = MAX(last, doc_moment(e, "at"));
    }
    if (s->open)
        last = MAX(last, s->now_ms);
    if (s->taken_ms)
        last = MAX(last, s->taken_ms + MIN(eta, MAX(s->taken_ms - s->start_ms, SHORTEST_MS)));
    c->from_ms = s->start_ms;
    c->to_ms = last + (last - s->start_ms) / 12;
    c->now_ms = s->open && s->now_ms < c->to_ms ? s->now_ms : 0;
}

static void set_words(struct paper_chart *c)
{
    c->second = _("s");
    c->minute = _("min");
    c->hour = _("h");
    c->now = _("now");
    c->look[PAPER_CALLED] = _("being called");
    c->look[PAPER_SILENT] = _("no answer in time");
    c->look[PAPER_TAKEN] = _("taken");
    c->look[PAPER_PLANNED] = _("still to come");
    c->sign[PAPER_DELIVERED] = _("on the device");
    c->sign[PAPER_SEEN] = _("has seen it");
    c->sign[PAPER_ACCEPTED] = _("accepted");
    c->sign[PAPER_DECLINED] = _("declined");
}

void lanes_fill(struct lanes *ret, GVariant *full, int64_t now_ms)
{
    struct story s;

    memset(ret, 0, sizeof *ret);
    read_story(&s, full, now_ms);
    choose_window(&s, &ret->chart);
    set_words(&ret->chart);
    for (guint tier = 1; tier <= s.tiers; tier++) {
        struct paper_lane *lane = &ret->lane[tier - 1];
        ret->text[tier - 1][0] = label_of(&s, tier);
        ret->text[tier - 1][1] = outcome_of(&s, tier);
        lane->label = ret->text[tier - 1][0];
        lane->outcome = ret->text[tier - 1][1];
        add_turns(&s, lane, tier, ret->chart.to_ms);
        add_receipts(&s, lane, tier);
    }
    ret->chart.lane = ret->lane;
    ret->chart.n_lanes = s.start_ms > 0 ? s.tiers : 0;
    story_done(&s);
}

void lanes_done(struct lanes *l)
{
    for (int i = 0; i < LANES; i++) {
        g_clear_pointer(&l->text[i][0], g_free);
        g_clear_pointer(&l->text[i][1], g_free);
    }
    l->chart.n_lanes = 0;
}
