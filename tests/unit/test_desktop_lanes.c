/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_desktop_lanes.c - a page's document becomes the lanes of its chart: whose turn it was, and how it ended. */
#include <string.h>

#include "client/desktop/lanes.h"
#include "tb_cmocka.h"

/* Moments in seconds after the relay had the page. */
#define T0 INT64_C(1795323600000)
#define AT(s) (T0 + (s)*INT64_C(1000))

/* `@N` in a text stands for the moment N seconds after the start. */
static GVariant *full(const char *text)
{
    g_autoptr(GString) s = g_string_new(NULL);

    for (const char *c = text; *c; c++) {
        if (*c != '@' || (c[1] != '-' && !g_ascii_isdigit(c[1]))) {
            g_string_append_c(s, *c);
            continue;
        }
        char *end = NULL;
        gint64 seconds = g_ascii_strtoll(c + 1, &end, 10);
        g_string_append_printf(s, "<int64 %" G_GINT64_FORMAT ">", (gint64)AT(seconds));
        c = end - 1;
    }
    g_autoptr(GError) error = NULL;
    GVariant *v = g_variant_parse(G_VARIANT_TYPE_VARDICT, s->str, NULL, NULL, &error);
    if (!v)
        fail_msg("%s: %s", s->str, error->message);
    return g_variant_ref_sink(v);
}

#define AN "{'tier': <uint32 1>, 'account': <'an'>, 'name': <'An'>, 'released': <true>"
#define BINH "{'tier': <uint32 2>, 'account': <'binh'>, 'name': <'Bình'>"
#define CALLED_1 "{'at': @0, 'kind': <'release'>, 'tier': <uint32 1>}"
#define CALLED_2 "{'at': @60, 'kind': <'release'>, 'tier': <uint32 2>}"

static void span_is(const struct paper_lane *l, size_t i, int64_t from, int64_t to,
                    enum paper_look look)
{
    assert_true(i < l->n_spans);
    assert_int_equal(l->span[i].look, look);
    assert_int_equal(l->span[i].from_ms, from);
    if (to)
        assert_int_equal(l->span[i].to_ms, to);
}

static bool has_mark(const struct paper_lane *l, int64_t at, enum paper_sign sign)
{
    for (size_t i = 0; i < l->n_marks; i++)
        if (l->mark[i].at_ms == at && l->mark[i].sign == sign)
            return true;
    return false;
}

static void a_tier_that_rings_has_its_time_and_the_next_is_still_to_come(void **state)
{
    g_autoptr(GVariant) doc =
        full("{'state': <'ringing'>, 'relayed_at': @0, 'next_tier_at': @60, 'devices': <[" AN
             ", 'delivered_at': @1, 'seen_at': @9}, " BINH "}]>, 'events': <[" CALLED_1 "]>}");
    struct lanes l;

    (void)state;
    lanes_fill(&l, doc, AT(20));
    assert_int_equal(l.chart.n_lanes, 2);
    span_is(&l.lane[0], 0, AT(0), AT(20), PAPER_CALLED);
    span_is(&l.lane[0], 1, AT(20), AT(60), PAPER_PLANNED);
    span_is(&l.lane[1], 0, AT(60), 0, PAPER_PLANNED);
    assert_true(has_mark(&l.lane[0], AT(1), PAPER_DELIVERED));
    assert_true(has_mark(&l.lane[0], AT(9), PAPER_SEEN));
    assert_int_equal(l.chart.now_ms, AT(20));
    assert_string_equal(l.lane[0].outcome, "called after 0:00");
    assert_string_equal(l.lane[1].outcome, "not called");
    assert_non_null(strstr(l.lane[0].label, "An"));
    lanes_done(&l);
}

static void who_did_not_answer_and_who_accepted_stand_in_their_lanes(void **state)
{
    g_autoptr(GVariant) doc =
        full("{'state': <'accepted'>, 'relayed_at': @0, 'eta_min': <uint32 10>, 'devices': <[" AN
             "}, " BINH "}]>, 'events': <[" CALLED_1 ", " CALLED_2
             ", {'at': @75, 'kind': <'accept'>, 'account': <'binh'>, 'name': <'Bình'>, 'counted':"
             " <true>, 'tier': <uint32 2>, 'eta_min': <uint32 10>}]>}");
    struct lanes l;

    (void)state;
    lanes_fill(&l, doc, AT(500));
    span_is(&l.lane[0], 0, AT(0), AT(60), PAPER_SILENT);
    span_is(&l.lane[1], 0, AT(60), AT(75), PAPER_CALLED);
    span_is(&l.lane[1], 1, AT(75), 0, PAPER_TAKEN);
    assert_true(has_mark(&l.lane[1], AT(75), PAPER_ACCEPTED));
    assert_string_equal(l.lane[0].outcome, "called after 0:00, no answer");
    assert_non_null(strstr(l.lane[1].outcome, "Bình"));
    assert_non_null(strstr(l.lane[1].outcome, "1:15"));
    assert_int_equal(l.chart.now_ms, 0); /* it is over */
    lanes_done(&l);
}

static void an_accept_that_did_not_count_takes_nothing(void **state)
{
    g_autoptr(GVariant) doc = full(
        "{'state': <'ringing'>, 'relayed_at': @0, 'devices': <[" AN "}]>, 'events': <[" CALLED_1
        ", {'at': @5, 'kind': <'accept'>, 'account': <'an'>, 'counted': <false>, 'tier':"
        " <uint32 1>}]>}");
    struct lanes l;

    (void)state;
    lanes_fill(&l, doc, AT(30));
    span_is(&l.lane[0], 0, AT(0), AT(30), PAPER_CALLED);
    assert_int_equal(l.lane[0].n_spans, 1);
    assert_string_equal(l.lane[0].outcome, "called after 0:00");
    lanes_done(&l);
}

static void why_a_tier_was_skipped_is_told(void **state)
{
    static const char skipped[] =
        "{'state': <'ringing'>, 'relayed_at': @0, 'devices': <[{'tier': <uint32 1>, 'account':"
        " <'an'>, 'duty_off_at': %s}, " BINH "}]>, 'events': <[{'at': @1, 'kind': <'skip'>,"
        " 'tier': <uint32 1>}, " CALLED_2 "]>}";
    static const struct {
        const char *off, *outcome;
    } cases[] = { { "@-900", "skipped after 0:01: nobody there receives pages" },
                  { "<int64 0>", "skipped after 0:01: nobody there" },
                  { "@20", "skipped after 0:01: nobody there" } }; /* he stopped later */

    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_auto(GStrv) halves = g_strsplit(skipped, "%s", 2);
        g_autofree char *text = g_strconcat(halves[0], cases[i].off, halves[1], NULL);
        g_autoptr(GVariant) doc = full(text);
        struct lanes l;
        lanes_fill(&l, doc, AT(80));
        assert_string_equal(l.lane[0].outcome, cases[i].outcome);
        lanes_done(&l);
    }
}

static void a_page_that_the_relay_has_not_got_has_no_chart_yet(void **state)
{
    g_autoptr(GVariant) nothing = full("{'state': <'queued'>}");
    g_autoptr(GVariant) waits = full("{'state': <'queued'>, 'created_at': @0, 'devices': <[" AN
                                     "}]>, 'events': <@aa{sv} []>}");
    struct lanes l;

    (void)state;
    lanes_fill(&l, nothing, AT(3));
    assert_int_equal(l.chart.n_lanes, 0);
    lanes_done(&l);
    lanes_fill(&l, waits, AT(3));
    assert_int_equal(l.chart.n_lanes, 1);
    assert_string_equal(l.lane[0].outcome, "not called");
    lanes_done(&l);
}

/* A tier that is called again keeps its first call in the words; whose turn comes next is that of this round. */
static void a_page_called_again_keeps_the_first_call_and_names_the_round(void **state)
{
    static const char again[] =
        "{'state': <'ringing'>, 'relayed_at': @0, 'next_tier_at': @180, 'devices': <[" AN "}, " BINH
        "}]>, 'events': <[" CALLED_1 ", " CALLED_2 ", {'at': @120, 'kind': <'nobody'>},"
        " {'at': @125, 'kind': <'release'>, 'tier': <uint32 1>, 'round': <uint32 2>}%s]>}";
    static const struct {
        const char *more, *tier_1, *tier_2;
    } cases[] = {
        { "", "called after 0:00, again after 2:05 (round 2)", "called after 1:00, no answer" },
        { ", {'at': @150, 'kind': <'release'>, 'tier': <uint32 2>, 'round': <uint32 2>}",
          "called after 0:00, again after 2:05 (round 2), no answer",
          "called after 1:00, again after 2:30 (round 2)" },
        { ", {'at': @150, 'kind': <'skip'>, 'tier': <uint32 2>, 'round': <uint32 2>}",
          "called after 0:00, again after 2:05 (round 2)",
          "skipped after 2:30 (round 2): nobody there" },
        { ", {'at': @140, 'kind': <'accept'>, 'account': <'an'>, 'name': <'An'>, 'counted': <true>,"
          " 'tier': <uint32 1>, 'round': <uint32 2>}",
          "✓ An accepted after 2:20 (round 2)", "called after 1:00, no answer" },
    };

    (void)state;
    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_auto(GStrv) halves = g_strsplit(again, "%s", 2);
        g_autofree char *text = g_strconcat(halves[0], cases[i].more, halves[1], NULL);
        g_autoptr(GVariant) doc = full(text);
        struct lanes l;
        lanes_fill(&l, doc, AT(160));
        assert_string_equal(l.lane[0].outcome, cases[i].tier_1);
        assert_string_equal(l.lane[1].outcome, cases[i].tier_2);
        if (i == 0) { /* tier 1 has its time, tier 2 is still to come */
            span_is(&l.lane[0], l.lane[0].n_spans - 1, AT(160), AT(180), PAPER_PLANNED);
            span_is(&l.lane[1], l.lane[1].n_spans - 1, AT(180), 0, PAPER_PLANNED);
        }
        lanes_done(&l);
    }
}

/* A relay that lies, or a later program: drawn as far as there is room. */
static void more_than_fits_is_left_out(void **state)
{
    g_autoptr(GString) text =
        g_string_new("{'state': <'ringing'>, 'relayed_at': @0, 'devices': <[");
    struct lanes l;

    (void)state;
    for (int i = 0; i < 300; i++)
        g_string_append_printf(text, "%s{'tier': <uint32 %d>, 'account': <'a%d'>, 'seen_at': @%d}",
                               i ? ", " : "", i % 40, i, i);
    g_string_append(text, "]>, 'events': <[");
    for (int i = 0; i < 300; i++)
        g_string_append_printf(text, "%s{'at': @%d, 'kind': <'release'>, 'tier': <uint32 %d>}",
                               i ? ", " : "", i, i % 3);
    g_string_append(text, "]>}");
    g_autoptr(GVariant) doc = full(text->str);
    lanes_fill(&l, doc, AT(400));
    assert_int_equal(l.chart.n_lanes, LANES);
    for (int i = 0; i < LANES; i++) {
        assert_true(l.lane[i].n_spans <= PAPER_SPANS);
        assert_true(l.lane[i].n_marks <= PAPER_MARKS);
    }
    lanes_done(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tier_that_rings_has_its_time_and_the_next_is_still_to_come),
        cmocka_unit_test(who_did_not_answer_and_who_accepted_stand_in_their_lanes),
        cmocka_unit_test(an_accept_that_did_not_count_takes_nothing),
        cmocka_unit_test(why_a_tier_was_skipped_is_told),
        cmocka_unit_test(a_page_that_the_relay_has_not_got_has_no_chart_yet),
        cmocka_unit_test(a_page_called_again_keeps_the_first_call_and_names_the_round),
        cmocka_unit_test(more_than_fits_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
