/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_cli_calling.c - how the calling for a page stands, in the words that both frontends show: who is called next
 * and when, since when that is overdue, that nobody answered; and whom to ring up then. */
#include <string.h>

#include "client/cli/page_text.h"
#include "client/text/calling.h"
#include "client/text/phones.h"
#include "client/text/words.h"
#include "tb_cmocka.h"

#define T0 INT64_C(1795323600000) /* 2026-11-22T12:00:00+07:00 */
#define AT(s) (T0 + (s)*INT64_C(1000))

/* `@N` in a text stands for the moment N seconds after 12:00:00. */
static GVariant *doc(const char *type, const char *text)
{
    g_autoptr(GRegex) moment = g_regex_new("@(\\d+)", 0, 0, NULL);
    g_auto(GStrv) parts = g_regex_split(moment, text, 0);
    g_autoptr(GString) s = g_string_new(NULL);

    for (gsize i = 0; parts[i]; i++) {
        if (i % 2 == 0)
            g_string_append(s, parts[i]);
        else
            g_string_append_printf(s, "<int64 %" G_GINT64_FORMAT ">",
                                   (gint64)AT(g_ascii_strtoll(parts[i], NULL, 10)));
    }
    g_autoptr(GError) error = NULL;
    GVariant *v = g_variant_parse(G_VARIANT_TYPE(type), s->str, NULL, NULL, &error);
    if (!v)
        fail_msg("%s: %s", s->str, error->message);
    return g_variant_ref_sink(v);
}

/* A page of three tiers in its second, due to go on at 12:05:00 and overdue from 12:05:30. */
#define SECOND_OF_THREE                                                                         \
    "'round': <@u 1>, 'tier': <@u 2>, 'tiers': <@u 3>, 'relayed_at': @0, 'next_tier_at': @300," \
    " 'overdue_at': @330"
#define THIRD_OF_THREE                                                                          \
    "'round': <@u 1>, 'tier': <@u 3>, 'tiers': <@u 3>, 'relayed_at': @0, 'next_tier_at': @300," \
    " 'overdue_at': @330"
#define ROUND_TWO                                                                           \
    "'nobody': <true>, 'round': <@u 2>, 'tier': <@u 1>, 'tiers': <@u 3>, 'relayed_at': @0," \
    " 'next_tier_at': @300, 'overdue_at': @330"

struct says {
    const char *page;
    int64_t now_ms;
    const char *word, *clock, *headline, *advice; /* NULL: nothing */
};

static void is_text(const char *what, const char *said, const char *wanted)
{
    if (g_strcmp0(said, wanted) != 0)
        fail_msg("%s: '%s', not '%s'", what, said ? said : "(nothing)",
                 wanted ? wanted : "(nothing)");
}

static void says(const struct says *s)
{
    g_autofree char *text = g_strdup_printf("{%s}", s->page);
    g_autoptr(GVariant) page = doc("a{sv}", text);
    g_autofree char *clock = calling_clock(page, s->now_ms);
    g_autofree char *advice = calling_advice(page, s->now_ms);

    is_text(s->page, calling_word(page, s->now_ms), s->word);
    is_text(s->page, clock, s->clock);
    is_text(s->page, calling_headline(page, s->now_ms), s->headline);
    is_text(s->page, advice, s->advice);
    assert_int_equal(calling_is_loud(page, s->now_ms), s->advice != NULL);
}

static void what_goes_on_is_counted_down(void **state)
{
    (void)state;
    says(&(struct says){ "'state': <'ringing'>, " SECOND_OF_THREE, AT(258), "ringing",
                         "Next tier in 0:42", NULL, NULL });
    says(&(struct says){ "'state': <'ringing'>, " SECOND_OF_THREE, AT(329), "ringing",
                         "Going on to the next tier…", NULL, NULL });
    says(&(struct says){ "'state': <'ringing'>, " THIRD_OF_THREE, AT(258), "ringing",
                         "Last tier: 0:42 left", NULL, NULL });
    says(&(struct says){ "'state': <'ringing'>, " THIRD_OF_THREE, AT(305), "ringing",
                         "The last tier's time is over…", NULL, NULL });
}

/* The page that said "going on to the next tier" for ever. */
static void a_relay_that_calls_no_further_is_told_with_the_hour_and_what_to_do(void **state)
{
    (void)state;
    says(&(struct says){ "'state': <'ringing'>, " SECOND_OF_THREE, AT(330), "NEXT TIER OVERDUE",
                         "Next tier overdue since 12:05:00", "THE NEXT TIER IS OVERDUE",
                         "Tier 3 should have been called at 12:05:00; the relay has not said that "
                         "it was. Use the telephone now:" });
    says(&(struct says){ "'state': <'ringing'>, " THIRD_OF_THREE, AT(9000), "NOBODY ANSWERED",
                         "Last tier over since 12:05:00", "NOBODY HAS ANSWERED",
                         "Tier 3, the last one, had time until 12:05:00: nobody is left to call, "
                         "and the relay has said nothing since. Use the telephone now:" });
    says(&(struct says){ "'state': <'waiting'>, 'round': <@u 1>, 'tiers': <@u 3>, 'relayed_at': @0,"
                         " 'overdue_at': @30",
                         AT(31), "NOBODY CALLED YET", "Nobody called since 12:00:00",
                         "NOBODY HAS BEEN CALLED",
                         "The relay has had it since 12:00:00 and has not said that it called "
                         "anybody. Use the telephone now:" });
}

static void a_report_that_does_not_reach_the_relay_is_told_with_the_telephone(void **state)
{
    (void)state;
    g_autoptr(GVariant) page =
        doc("a{sv}", "{'state': <'queued'>, 'box': <'out'>, 'created_at': @0}");
    g_autofree char *soon = calling_advice(page, AT(15)), *late = calling_advice(page, AT(16));

    assert_null(soon);
    is_text("kept back", late,
            "The relay does not have it yet. It is kept here and sent as soon as possible; use the "
            "telephone:");
    assert_false(calling_is_loud(page, AT(16))); /* nobody was called in vain */
}

static void
a_page_that_went_through_all_tiers_says_so_also_while_a_further_round_rings(void **state)
{
    (void)state;
    says(&(struct says){ "'state': <'exhausted'>, 'nobody': <true>, 'round': <@u 1>, 'tier': <@u "
                         "3>, 'tiers': <@u 3>, 'relayed_at': @0",
                         AT(500), "NOBODY ANSWERED", NULL, "NOBODY HAS ANSWERED",
                         "All tiers have passed and nobody took it. Use the telephone now:" });
    says(&(struct says){ "'state': <'ringing'>, " ROUND_TWO, AT(258), "NOBODY ANSWERED",
                         "Next tier in 0:42", "NOBODY HAS ANSWERED",
                         "All tiers have passed and nobody took it; round 2 is being called. Use "
                         "the telephone now:" });
    says(&(struct says){ "'state': <'ringing'>, " ROUND_TWO, AT(331), "NOBODY ANSWERED",
                         "Next tier overdue since 12:05:00", "NOBODY HAS ANSWERED",
                         "All tiers have passed and nobody took it. Tier 2 should have been called "
                         "again at 12:05:00; the relay has not said that it was. Use the telephone "
                         "now:" });
    says(&(struct says){ "'state': <'ringing'>, 'mine_to_answer': <true>, " ROUND_TWO, AT(258),
                         "NOBODY ANSWERED", "Next tier in 0:42", "NOBODY HAS ANSWERED",
                         "All tiers have passed and nobody took it; round 2 is being called. "
                         "Accept it if you can; if not, use the telephone now:" });
}

static void what_is_taken_ended_or_on_its_way_is_calm(void **state)
{
    (void)state;
    says(&(struct says){ "'state': <'accepted'>, " SECOND_OF_THREE, AT(9000), "accepted", NULL,
                         NULL, NULL });
    says(&(struct says){ "'state': <'resolved'>, " ROUND_TWO, AT(9000), "resolved", NULL, NULL,
                         NULL });
    says(&(struct says){ "'state': <'queued'>, 'overdue_at': @30", AT(9000), "not yet at the relay",
                         NULL, NULL, NULL });
    says(&(struct says){ "'state': <'waiting'>", AT(9000), "waiting for its turn", NULL, NULL,
                         NULL });
}

/* ---- whom to ring up */

static GPtrArray *directory(void)
{
    static const char *const people[] = {
        "{'account': <'chi'>, 'role': <'coordinator'>, 'name': <'Chi'>, 'phone': <'03'>}",
        "{'account': <'an'>, 'role': <'responder'>, 'name': <'An'>, 'phone': <'01'>}",
        "{'account': <'binh'>, 'role': <'responder'>, 'name': <'Bình'>, 'phone': <'02'>}",
        "{'account': <'dung'>, 'role': <'responder'>, 'name': <'Dũng'>, 'phone': <'(chưa có)'>}",
        "{'account': <'so-y-te'>, 'role': <'agency'>, 'name': <'Thử'>, 'phone': <'04'>}",
    };
    GPtrArray *docs = g_ptr_array_new_with_free_func((GDestroyNotify)g_variant_unref);

    for (gsize i = 0; i < G_N_ELEMENTS(people); i++)
        g_ptr_array_add(docs, doc("a{sv}", people[i]));
    return docs;
}

#define FROM_CLERK "'sender': <'so-y-te'>, 'sender_name': <'Thử'>, 'sender_phone': <'04'>"
#define LADDER                                                                                 \
    "'devices': <[{'tier': <@u 2>, 'account': <'binh'>}, {'tier': <@u 1>, 'account': <'an'>}," \
    " {'tier': <@u 1>, 'account': <'an'>}, {'tier': <@u 3>, 'account': <'dung'>}]>"

static void rings_up(const char *page, const char *policies, const char *me, const char *wanted)
{
    g_autoptr(GVariant) p = page ? doc("a{sv}", page) : NULL;
    g_autoptr(GVariant) rules = policies ? doc("aa{sv}", policies) : NULL;
    g_autoptr(GPtrArray) contacts = directory();
    g_autoptr(GPtrArray) phones = phones_for(p, rules, contacts, me);
    g_autoptr(GString) all = g_string_new(NULL);

    for (guint i = 0; i < phones->len; i++) {
        const struct phone *one = phones->pdata[i];
        g_string_append_printf(all, "%s%s%s=%s", i ? " " : "", one->reported ? "*" : "",
                               one->account, one->number);
    }
    is_text("phones", all->str, wanted);
}

static void the_numbers_are_of_who_reported_and_of_everybody_whom_the_page_calls(void **state)
{
    static const char policy[] = "[{'tiers': <[{'accounts': <['binh', 'dung']>}]>},"
                                 " {'tiers': <[{'accounts': <['chi', 'binh']>}]>}]";

    (void)state;
    rings_up("{" FROM_CLERK ", " LADDER "}", policy, "chi", "*so-y-te=04 an=01 binh=02");
    rings_up("{" FROM_CLERK ", " LADDER "}", policy, "so-y-te", "an=01 binh=02");
    rings_up("{" FROM_CLERK "}", policy, "so-y-te", "binh=02 chi=03");
    rings_up(NULL, policy, "an", "binh=02 chi=03");
    rings_up("{" FROM_CLERK "}", NULL, "so-y-te", "chi=03 an=01 binh=02");
    rings_up(NULL, NULL, "an", "chi=03 binh=02");
}

static void dials(const char *text, const char *wanted)
{
    g_autofree char *first = phones_first(text);

    is_text(text, first ? first : "nothing", wanted);
}

static void of_several_numbers_or_an_extension_only_the_first_number_is_dialled(void **state)
{
    (void)state;
    dials("0000 000 000", "0000000000");
    dials("+84 (0) 00.000-0000", "+84000000000");
    dials("(+84) 000 000 000", "+84000000000");
    dials("0000 000 000 / 0000 000 001", "0000000000");
    dials("0000 000 000, 0000 000 001", "0000000000");
    dials("0000 000 000 - 0000 000 001", "0000000000");
    dials("000 - 0000 0000", "00000000000");
    dials("000 0000 0000 máy lẻ 12", "00000000000");
    dials("000 0000 0000 ext. 12", "00000000000");
    dials("đt: 113", "113");
    dials("0000 000 000 0000 000 001", "nothing"); /* where does the second begin? */
    dials("abc", "nothing");
    dials("", "nothing");
    dials("+", "nothing");
}

/* ---- trucban show */

static void the_page_in_words_gives_advice_and_numbers_before_anything_else(void **state)
{
    g_autoptr(GVariant) page =
        doc("a{sv}", "{'id': <'0900000000000001'>, 'state': <'ringing'>, 'class': <@u 1>,"
                     " 'readable': <true>, 'title': <'Mất mạng'>, " ROUND_TWO "}");
    g_autoptr(GPtrArray) contacts = directory(), phones = phones_for(NULL, NULL, contacts, "an");
    char *text = NULL;
    size_t n = 0;
    FILE *f = open_memstream(&text, &n);

    (void)state;
    assert_non_null(f);
    page_print(page, phones, f);
    assert_int_equal(fclose(f), 0);
    /* The moments of this page are long past: it is overdue by now. */
    assert_true(g_str_has_prefix(text, "Page 0900000000000001 · severe · NOBODY ANSWERED · tier 1, "
                                       "round 2\nAll tiers have passed and nobody took it."));
    assert_non_null(strstr(text, "Use the telephone now:\n  03  Chi (chi)\n  02  Bình (binh)\n"));
    assert_null(strstr(text, "Next tier"));
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_goes_on_is_counted_down),
        cmocka_unit_test(a_relay_that_calls_no_further_is_told_with_the_hour_and_what_to_do),
        cmocka_unit_test(a_report_that_does_not_reach_the_relay_is_told_with_the_telephone),
        cmocka_unit_test(
            a_page_that_went_through_all_tiers_says_so_also_while_a_further_round_rings),
        cmocka_unit_test(what_is_taken_ended_or_on_its_way_is_calm),
        cmocka_unit_test(the_numbers_are_of_who_reported_and_of_everybody_whom_the_page_calls),
        cmocka_unit_test(of_several_numbers_or_an_extension_only_the_first_number_is_dialled),
        cmocka_unit_test(the_page_in_words_gives_advice_and_numbers_before_anything_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
