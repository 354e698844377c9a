/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_lies_paging.c - a relay that lies about pages: keeps them back, makes answers up, shows old ones.
 *
 * Real agents and the command line; the relay is tests/evil/.  What takes its time
 * (a sender trusts his own clock, and waits as long as the signed policy allows)
 * is begun for all pages at once, and then each test looks at one of them. */
/* timeout: 400 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tb_cmocka.h"
#include "world_liar.h"

enum { SOON_MS = 20000, ALARM_MS = 75000, REPLAYS = 1000, LOST = 2001 };

static struct world w;

static int open_province(void **state)
{
    (void)state;
    world_open_lying(&w);
    return 0;
}

static int close_province(void **state)
{
    (void)state;
    world_close(&w);
    return 0;
}

static void set_policy(const char *id, const char *tiers)
{
    char path[2 * WORLD_PATH];

    (void)snprintf(path, sizeof path, "%s/%s.json", w.dir, id);
    FILE *f = fopen(path, "we");
    assert_non_null(f);
    assert_true(fprintf(f, "{\"id\": \"%s\", \"name\": \"%s\", \"tiers\": [%s]}", id, id, tiers) >
                0);
    assert_int_equal(fclose(f), 0);
    world_expect_code(&w, 0, "chi", "policy", "set", path, NULL);
    for (long long end = now_ms() + SOON_MS;; pause_ms(100)) {
        struct run r = world_run(&w, "so-y-te", "policy", "show", id, NULL);
        bool there = r.code == 0;
        run_done(&r);
        if (there)
            return;
        assert_true(now_ms() < end);
    }
}

/* so-y-te pages; returns when the relay has it. */
static void page(const char *policy, const char *page_class, char ret[PAGE_ID])
{
    long long before = lie_count("submits");
    json_t *said = world_do(&w, "so-y-te", "page", "--policy", policy, "--class", page_class,
                            "--title", "Máy chủ bị mã hóa", NULL);

    (void)snprintf(ret, PAGE_ID, "%s", doc_text(said, "page"));
    json_decref(said);
    for (long long end = now_ms() + SOON_MS; lie_count("submits") == before; pause_ms(20))
        assert_true(now_ms() < end);
}

static void end_page(const char *id)
{
    struct run r = world_run(&w, "so-y-te", "resolve", id, NULL);

    run_done(&r);
}

static size_t rows_of(const char *name, const char *id)
{
    struct run r = world_run(&w, name, "pages", NULL);
    size_t n = 0;

    for (const char *at = r.out; (at = strstr(at, id)) != NULL; at += PAGE_ID - 1)
        n++;
    run_done(&r);
    return n;
}

static long long rings_of(const char *name, const char *id)
{
    json_t *s = world_status(&w, name), *r;
    long long n = 0;
    size_t i;

    json_array_foreach(json_object_get(s, "ringing"), i,
                       r) if (strcmp(doc_text(r, "page"), id) == 0) n += doc_number(r, "rings");
    json_decref(s);
    return n;
}

static void wait_round(const char *name, const char *id, long long round)
{
    for (long long end = now_ms() + SOON_MS;; pause_ms(50)) {
        json_t *p = world_page(&w, name, id), *event;
        bool there = false;
        size_t i;
        json_array_foreach(json_object_get(p, "events"), i, event) there |=
            strcmp(doc_text(event, "kind"), "release") == 0 && doc_number(event, "round") >= round;
        json_decref(p);
        if (there)
            return;
        if (now_ms() > end)
            fail_msg("%s sees no round %lld of %s", name, round, id);
    }
}

/* How often this step of the relay stands in somebody's record of the page. */
static size_t releases_of(const char *name, const char *id)
{
    json_t *p = world_page(&w, name, id), *event;
    size_t n = 0, i;

    json_array_foreach(json_object_get(p, "events"), i, event) n +=
        strcmp(doc_text(event, "kind"), "release") == 0 && doc_number(event, "tier") == 1;
    json_decref(p);
    return n;
}

/* ---- shown again */

/* A27 */
static void an_old_page_shown_a_thousand_times_is_one_row_and_one_alarm(void **state)
{
    char old[PAGE_ID], next[PAGE_ID];
    (void)state;

    page("su-co", "2", old);
    world_wait_state(&w, "an", old, "ringing", SOON_MS);
    world_expect_code(&w, 0, "an", "accept", old, NULL);
    world_wait_state(&w, "an", old, "accepted", SOON_MS);
    (void)lie("replay capsule an %d", REPLAYS);
    (void)lie("replay release an %d", REPLAYS);
    page("su-co", "2", next);
    world_wait_state(&w, "an", next, "ringing", SOON_MS); /* all that came before it was taken */
    assert_int_equal(rows_of("an", old), 1);
    assert_int_equal(rings_of("an", old), 0); /* it was answered, and stays so */
    assert_string_equal(world_owner(&w, "an", old), "an");
    end_page(old);

    /* And one that rings: once, however often it comes. */
    long long began = now_ms(), rings = rings_of("an", next);
    (void)lie("replay capsule an %d", REPLAYS);
    (void)lie("replay release an %d", REPLAYS);
    pause_ms(1500);
    assert_int_equal(rows_of("an", next), 1);
    assert_true(rings_of("an", next) - rings <= (now_ms() - began) / 5000 + 1);
    end_page(next);
}

/* A28 */
static void a_page_that_comes_five_times_around_a_kill_is_one_row_and_rings(void **state)
{
    char id[PAGE_ID];
    (void)state;

    (void)lie("next double capsule an 4");
    (void)lie("next double release an 4");
    page("su-co", "2", id);
    world_wait_state(&w, "an", id, "ringing", SOON_MS);
    proc_kill(&world_person(&w, "an")->agent);
    world_start_agent(&w, "an");
    world_wait_status(&w, "an", "online", "online", SOON_MS);
    (void)lie("replay capsule an 4");
    (void)lie("replay release an 4");
    world_wait_rings(&w, "an", id, "page", SOON_MS);
    assert_int_equal(rows_of("an", id), 1);
    assert_int_equal(releases_of("an", id), 1);
    end_page(id);
    (void)lie("truth");
}

/* an accepts; the relay says "stored" and tells nobody. */
static void accept_in_vain(const char *id)
{
    long long before = lie_count("swallowed");

    (void)lie("swallow acts an");
    world_expect_code(&w, 0, "an", "accept", id, NULL);
    for (long long end = now_ms() + SOON_MS; lie_count("swallowed") == before; pause_ms(20))
        assert_true(now_ms() < end);
}

/* A21 */
static void an_accept_of_another_page_gives_no_owner(void **state)
{
    char old[PAGE_ID], hidden[PAGE_ID], new[PAGE_ID];
    (void)state;

    page("su-co", "2", old);
    world_wait_state(&w, "an", old, "ringing", SOON_MS);
    world_expect_code(&w, 0, "an", "accept", old, NULL);
    world_wait_state(&w, "so-y-te", old, "accepted", SOON_MS);
    page("su-co", "2", hidden);
    world_wait_state(&w, "an", hidden, "ringing", SOON_MS);
    accept_in_vain(hidden);
    (void)lie("swallow acts -");

    page("su-co", "2", new);
    (void)world_wait_event(&w, "so-y-te", new, "release", 1, SOON_MS);
    (void)lie("as-last act so-y-te"); /* "this is about the new page" */
    (void)lie("replay act so-y-te 3");
    (void)lie("as-last act binh");
    (void)lie("again so-y-te"); /* and so is this, which nobody has seen before */
    (void)lie("again binh");
    (void)world_wait_event(&w, "so-y-te", new, "release", 2, SOON_MS);
    assert_string_equal(world_owner(&w, "so-y-te", new), "");
    assert_string_equal(world_owner(&w, "binh", new), "");
    assert_string_equal(world_owner(&w, "so-y-te", old), "an");
    end_page(old);
    end_page(hidden);
    end_page(new);
}

/* A21 */
static void an_accept_of_an_older_round_gives_no_owner(void **state)
{
    char id[PAGE_ID];
    (void)state;

    set_policy("vong", "{\"accounts\": [\"an\"], \"wait_s\": 3, \"repeat_s\": 5}");
    page("vong", "1", id);
    world_wait_state(&w, "an", id, "ringing", SOON_MS);
    accept_in_vain(id);
    wait_round("so-y-te", id, 2);
    (void)lie("swallow acts -");
    (void)lie("again so-y-te");
    wait_round("so-y-te", id, 3);
    assert_string_equal(world_owner(&w, "so-y-te", id), "");
    end_page(id);
}

/* ---- bent */

/* A26 */
static void what_is_missing_from_the_order_is_told(void **state)
{
    char id[PAGE_ID];
    (void)state;

    (void)lie("gaps");
    (void)lie("drop receipt so-y-te 1");
    page("su-co", "2", id);
    world_wait_status(&w, "so-y-te", "relay_alarm_text", "lost or hid messages", SOON_MS);
    end_page(id);
    (void)lie("truth");
}

/* A26 */
static void a_release_that_overtook_its_page_rings_when_the_page_is_there(void **state)
{
    char id[PAGE_ID];
    (void)state;

    (void)lie("swap capsule an 1");
    page("su-co", "2", id);
    world_wait_rings(&w, "an", id, "page", SOON_MS);
    world_wait_readable(&w, "an", id, SOON_MS);
    end_page(id);
    (void)lie("truth");
}

/* As so-y-te sees it. */
static bool was_wrapped_again(const char *id, const char *account)
{
    json_t *p = world_page(&w, "so-y-te", id), *device;
    bool was = false;
    size_t i;

    json_array_foreach(json_object_get(p, "devices"), i, device) was |=
        strcmp(doc_text(device, "account"), account) == 0 && doc_true(device, "rewrapped");
    json_decref(p);
    return was;
}

/* A03 */
static void a_message_with_a_low_order_key_opens_nothing_and_still_rings(void **state)
{
    char id[PAGE_ID];
    (void)state;

    (void)lie("next low-key capsule an");
    page("su-co", "2", id);
    world_wait_rings(&w, "an", id, NULL, SOON_MS);
    world_wait_readable(&w, "an", id, SOON_MS); /* the sender hears of it, and wraps it again */
    for (long long end = now_ms() + SOON_MS; !was_wrapped_again(id, "an"); pause_ms(50))
        assert_true(now_ms() < end);
    end_page(id);
    (void)lie("truth");
}

static void a_share_that_the_relay_keeps_back_costs_the_text_not_the_bell(void **state)
{
    char id[PAGE_ID];
    (void)state;

    set_policy("mot", "{\"accounts\": [\"an\"], \"wait_s\": 120, \"repeat_s\": 5}");
    (void)lie("next no-share release an");
    page("mot", "2", id);
    world_wait_rings(&w, "an", id, NULL, SOON_MS);
    world_wait_readable(&w, "an", id, SOON_MS); /* his sender gives him the key itself */
    end_page(id);
    (void)lie("truth");
}

static void a_relay_in_a_hurry_calls_the_next_and_loses_nobody(void **state)
{
    char id[PAGE_ID];
    (void)state;

    (void)lie("clock 10 1");
    page("su-co", "2", id);
    world_wait_state(&w, "chi", id, "ringing", SOON_MS);
    (void)lie("clock 1 1");
    world_expect_code(&w, 0, "an", "accept", id, NULL);
    world_wait_state(&w, "so-y-te", id, "accepted", SOON_MS);
    world_wait_state(&w, "chi", id, "accepted", SOON_MS);
    end_page(id);
}

/* ---- sessions */

/* A29 */
static void two_thousand_and_one_lost_messages_cost_seconds_through_a_new_session(void **state)
{
    char id[PAGE_ID], tiers[1024] = "";
    (void)state;

    if (!getenv(
            "TRUCBAN_LONG")) /* some minutes; the ratchet alone: tests/unit/test_core_e2e_guards.c */
        skip();
    /* Eight capsules for one device in each page. */
    for (int i = 0; i < 8; i++)
        (void)snprintf(tiers + strlen(tiers), sizeof tiers - strlen(tiers),
                       "%s{\"accounts\": [\"an\"], \"wait_s\": 120, \"repeat_s\": 5}",
                       i ? "," : "");
    set_policy("tam", tiers);
    (void)lie("swallow submits so-y-te");
    (void)lie("counts an");
    while (lie_count("capsules") < LOST)
        page("tam", "3", id);
    (void)lie("swallow submits -");

    long long began = now_ms();
    page("tam", "3", id); /* eight that cannot be read, more than are tried in a minute */
    world_wait_rings(&w, "an", id, NULL, SOON_MS); /* from its header */
    world_wait_readable(&w, "an", id, SOON_MS);
    print_message("readable %lld ms after it was sent\n", now_ms() - began);
    end_page(id);
}

/* A30 */
static void a_reset_shown_again_resets_nothing(void **state)
{
    char id[PAGE_ID];
    (void)state;

    long long resets = lie_count("resets");
    (void)lie("next low-key any an"); /* what cannot be read, three times, brings a true reset */
    page("mot", "2", id);
    for (long long end = now_ms() + SOON_MS; lie_count("resets") == resets; pause_ms(50))
        assert_true(now_ms() < end);
    end_page(id);
    (void)lie("truth");
    page("mot", "2", id);
    world_wait_readable(&w, "an", id, SOON_MS);
    end_page(id);
    world_wait_status(&w, "so-y-te", "sessions_missing", "0", SOON_MS);

    long long gets = lie_count("prekey-gets");
    (void)lie("replay reset so-y-te 100");
    page("su-co", "2", id);
    world_wait_rings(&w, "an", id, "page", SOON_MS);
    world_wait_readable(&w, "an", id, SOON_MS);
    assert_int_equal(lie_count("prekey-gets"), gets);
    end_page(id);
}

/* ---- kept back: all are begun together */

static char withheld[PAGE_ID], unanswered[PAGE_ID], forged[PAGE_ID], slow[PAGE_ID];
static char misdirected[PAGE_ID], skipped[PAGE_ID], denied[PAGE_ID];

static void begin_all(void)
{
    set_policy("cham", "{\"accounts\": [\"an\"], \"wait_s\": 6, \"repeat_s\": 5},"
                       "{\"accounts\": [\"chi\"], \"wait_s\": 6, \"repeat_s\": 5}");
    (void)lie("next drop capsule *");
    (void)lie("next drop release *");
    page("su-co", "1", withheld);
    (void)lie("next drop act so-y-te");
    page("su-co", "1", unanswered);
    world_wait_state(&w, "an", unanswered, "ringing", SOON_MS);
    world_expect_code(&w, 0, "an", "accept", unanswered, NULL);
    world_wait_state(&w, "binh", unanswered, "accepted", SOON_MS); /* so the relay calls nobody */
    (void)lie("next names release * dung");
    page("su-co", "1", misdirected);
    (void)lie("next later release *");
    page("su-co", "1", skipped);
    (void)lie("next nobody release *");
    page("su-co", "1", denied);
    (void)lie("clock 1 10"); /* from here on; what is due at once is not late */
    page("cham", "1", slow);
    page("su-co", "1", forged);
    world_wait_state(&w, "an", forged, "ringing", SOON_MS);
    (void)lie("accept last an *"); /* of the page that came in last */
}

/* A20 */
static void an_accept_that_the_relay_forged_shows_no_name_and_ends_no_bell(void **state)
{
    (void)state;
    begin_all();
    for (size_t i = 0; i < w.n; i++)
        assert_string_equal(world_owner(&w, w.person[i].name, forged), "");
    assert_true(world_rings(&w, "an", forged, "page"));
    world_wait_log(&w, "so-y-te", "BADSIG", SOON_MS);
}

/* A25 */
static void whom_the_relay_calls_instead_hears_nothing_and_who_was_meant_rings(void **state)
{
    (void)state;
    world_wait_rings(&w, "an", misdirected, NULL, SOON_MS);
    json_t *dung = world_page(&w, "dung", misdirected);
    assert_null(dung);
}

/* A25 */
static void a_tier_that_the_relay_skips_is_seen_by_the_sender(void **state)
{
    (void)state;
    (void)world_wait_event(&w, "so-y-te", skipped, "release", 2, SOON_MS);
}

/* A25 */
static void a_relay_that_says_nobody_is_left_is_told_to_the_sender_at_once(void **state)
{
    (void)state;
    world_wait_rings(&w, "so-y-te", denied, "nobody", SOON_MS);
}

/* A23 */
static void an_accept_that_is_kept_from_the_sender_ends_in_his_alarm(void **state)
{
    (void)state;
    assert_string_equal(world_owner(&w, "so-y-te", unanswered), "");
    world_wait_rings(&w, "so-y-te", unanswered, "nobody", ALARM_MS);
    /* The page says what the bell says: it counts down to nothing. */
    char *home = world_person(&w, "so-y-te")->home;
    char *shown =
        world_tool(&w, "trucban", "--home", home, "--lang", "en", "show", unanswered, NULL);
    assert_non_null(strstr(shown, "se the telephone now:\n  0000 000 000  "));
    free(shown);
}

/* A22 */
static void a_page_that_the_relay_takes_and_keeps_alarms_its_sender(void **state)
{
    (void)state;
    assert_null(world_page(&w, "an", withheld));
    world_wait_rings(&w, "so-y-te", withheld, "no-receipt", ALARM_MS);
}

/* A20 */
static void a_forged_accept_does_not_keep_the_sender_calm(void **state)
{
    (void)state;
    world_wait_rings(&w, "so-y-te", forged, "nobody", ALARM_MS);
}

/* A24 */
static void timers_ten_times_too_slow_alarm_sender_and_coordinator(void **state)
{
    char alarm[80];
    (void)state;

    world_wait_rings(&w, "so-y-te", slow, "nobody", ALARM_MS);
    (void)snprintf(alarm, sizeof alarm, "ring page=%s why=nobody", slow);
    world_wait_log(&w, "chi", alarm, ALARM_MS); /* once she is called herself, it rings for that */
}

/* A25 */
static void pages_that_were_misdirected_alarm_their_sender(void **state)
{
    const char *const all[] = { misdirected, skipped };
    (void)state;

    for (size_t i = 0; i < 2; i++)
        world_wait_rings(&w, "so-y-te", all[i], "nobody", ALARM_MS);
    (void)lie("truth");
    (void)lie("clock 1 1");
    const char *const ended[] = {
        withheld, unanswered, forged, slow, misdirected, skipped, denied
    };
    for (size_t i = 0; i < sizeof ended / sizeof ended[0]; i++)
        end_page(ended[i]);
}

/* ---- the past */

static void copy_database(const char *from, const char *to)
{
    static const char *const part[] = { "", "-wal", "-shm" };

    for (size_t i = 0; i < 3; i++) {
        char a[2 * WORLD_PATH + 16], b[2 * WORLD_PATH + 16];
        (void)snprintf(a, sizeof a, "%s/%s/relay.db%s", w.dir, from, part[i]);
        (void)snprintf(b, sizeof b, "%s/%s/relay.db%s", w.dir, to, part[i]);
        struct run r =
            proc_run((char *[]){ (char[]){ "/bin/cp" }, (char[]){ "-f" }, a, b, NULL }, NULL, 10);
        if (r.code != 0)
            (void)remove(b);
        run_done(&r);
    }
}

static void wait_for_owner(const char *who, const char *id, const char *owner)
{
    for (long long end = now_ms() + SOON_MS; now_ms() < end; pause_ms(100))
        if (strcmp(world_owner(&w, who, id), owner) == 0)
            return;
    assert_string_equal(world_owner(&w, who, id), owner);
}

/* By the relay, since it was started. */
static void wait_until_acts_are_taken(void)
{
    bool taken = false;

    for (long long end = now_ms() + SOON_MS; !taken; pause_ms(100)) {
        char *metrics = world_metrics(&w);
        taken = strstr(metrics, "trucban_acts_total ") && !strstr(metrics, "trucban_acts_total 0");
        free(metrics);
        assert_true(now_ms() < end);
    }
}

static void a_relay_with_yesterdays_database_is_found_out_and_the_answer_stands(void **state)
{
    char id[PAGE_ID], past[2 * WORLD_PATH];
    (void)state;

    page("su-co", "1", id);
    world_wait_state(&w, "an", id, "ringing", SOON_MS);
    proc_stop(&w.relay);
    (void)snprintf(past, sizeof past, "%s/past", w.dir);
    struct run r = proc_run((char *[]){ (char[]){ "/bin/mkdir" }, past, NULL }, NULL, 10);
    run_done(&r);
    copy_database("relay", "past");
    world_start_relay(&w);
    world_wait_status(&w, "an", "online", "online", SOON_MS);
    world_wait_status(&w, "so-y-te", "online", "online", SOON_MS);
    world_expect_code(&w, 0, "an", "accept", id, NULL);
    world_wait_state(&w, "so-y-te", id, "accepted", SOON_MS);

    proc_stop(&w.relay);
    copy_database("past", "relay"); /* nothing says that it is not the newest */
    world_start_relay(&w);
    world_wait_status(&w, "an", "relay_alarm_text", "lost or hid messages", SOON_MS);
    world_wait_status(&w, "so-y-te", "relay_alarm_text", "lost or hid messages", SOON_MS);
    wait_until_acts_are_taken(); /* the accept is said again: nobody is called any more */
    wait_for_owner("so-y-te", id, "an");
    wait_for_owner("binh", id, "an");
    end_page(id);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_old_page_shown_a_thousand_times_is_one_row_and_one_alarm),
        cmocka_unit_test(a_page_that_comes_five_times_around_a_kill_is_one_row_and_rings),
        cmocka_unit_test(an_accept_of_another_page_gives_no_owner),
        cmocka_unit_test(an_accept_of_an_older_round_gives_no_owner),
        cmocka_unit_test(a_release_that_overtook_its_page_rings_when_the_page_is_there),
        cmocka_unit_test(what_is_missing_from_the_order_is_told),
        cmocka_unit_test(a_message_with_a_low_order_key_opens_nothing_and_still_rings),
        cmocka_unit_test(a_share_that_the_relay_keeps_back_costs_the_text_not_the_bell),
        cmocka_unit_test(a_relay_in_a_hurry_calls_the_next_and_loses_nobody),
        cmocka_unit_test(two_thousand_and_one_lost_messages_cost_seconds_through_a_new_session),
        cmocka_unit_test(a_reset_shown_again_resets_nothing),
        cmocka_unit_test(an_accept_that_the_relay_forged_shows_no_name_and_ends_no_bell),
        cmocka_unit_test(whom_the_relay_calls_instead_hears_nothing_and_who_was_meant_rings),
        cmocka_unit_test(a_tier_that_the_relay_skips_is_seen_by_the_sender),
        cmocka_unit_test(a_relay_that_says_nobody_is_left_is_told_to_the_sender_at_once),
        cmocka_unit_test(an_accept_that_is_kept_from_the_sender_ends_in_his_alarm),
        cmocka_unit_test(a_page_that_the_relay_takes_and_keeps_alarms_its_sender),
        cmocka_unit_test(a_forged_accept_does_not_keep_the_sender_calm),
        cmocka_unit_test(timers_ten_times_too_slow_alarm_sender_and_coordinator),
        cmocka_unit_test(pages_that_were_misdirected_alarm_their_sender),
        cmocka_unit_test(a_relay_with_yesterdays_database_is_found_out_and_the_answer_stands),
    };
    cmocka_set_test_filter(getenv("TRUCBAN_TEST")); /* NULL: all */
    return cmocka_run_group_tests(tests, open_province, close_province);
}
