/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_lies_identity.c - a relay that lies about who is who: keys, people, the log of them.
 *
 * Real agents and the command line; the relay is tests/evil/.  Only what people
 * can see is looked at, and what the relay itself gets to see. */
/* timeout: 400 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tb_cmocka.h"
#include "world_liar.h"

enum { SOON_MS = 20000 };

static struct world w;
static char em_page[PAGE_ID];

/* Two entries of the registrar for one and the same place in the log; where the relay, in its sandbox, can
 * read them. */
static void draft_removal(const char *reason, const char *name, char *ret, size_t size)
{
    char key[2 * WORLD_PATH], roster[2 * WORLD_PATH];

    (void)snprintf(ret, size, "%s/relay/%s.tbp", w.dir, name);
    (void)snprintf(key, sizeof key, "%s/keys/registrar.key", w.dir);
    (void)snprintf(roster, sizeof roster, "%s/keys/roster.tbp", w.dir);
    free(world_tool(&w, "trucban-keys", "suspend", "--roster", roster, "--key", key,
                    "--passphrase-file", w.pass, "--reason", reason, "--out", ret, "dung", NULL));
}

static char mine[2 * WORLD_PATH], theirs[2 * WORLD_PATH];

static int open_province(void **state)
{
    (void)state;
    world_open_lying(&w);
    draft_removal("left", "theirs", theirs, sizeof theirs);
    draft_removal("other", "mine", mine, sizeof mine);
    return 0;
}

static int close_province(void **state)
{
    (void)state;
    world_close(&w);
    return 0;
}

/* A new connection asks for what is missing at once. */
static void ask_again(const char *name)
{
    world_stop_agent(&w, name);
    world_start_agent(&w, name);
    world_wait_status(&w, name, "online", "online", SOON_MS);
}

static void set_policy_for_em(void)
{
    static const char policy[] = "{\"id\": \"em\", \"name\": \"Em\", \"classes\": [3], \"tiers\": ["
                                 "{\"accounts\": [\"em\"], \"wait_s\": 120, \"repeat_s\": 5}]}";
    char path[2 * WORLD_PATH];

    (void)snprintf(path, sizeof path, "%s/em.json", w.dir);
    FILE *f = fopen(path, "we");
    assert_non_null(f);
    assert_true(fputs(policy, f) >= 0);
    assert_int_equal(fclose(f), 0);
    world_expect_code(&w, 0, "chi", "policy", "set", path, NULL);
    for (long long end = now_ms() + SOON_MS;; pause_ms(100)) {
        struct run r = world_run(&w, "so-y-te", "policy", "show", "em", NULL);
        bool there = r.code == 0;
        run_done(&r);
        if (there)
            return;
        assert_true(now_ms() < end);
    }
}

static void page_em(const char *policy)
{
    json_t *said = world_do(&w, "so-y-te", "page", "--policy", policy, "--class", "3", "--title",
                            "Thử khóa", NULL);

    (void)snprintf(em_page, sizeof em_page, "%s", doc_text(said, "page"));
    json_decref(said);
}

/* A01 */
static void keys_that_the_relay_made_are_refused_named_and_never_sealed_to(void **state)
{
    (void)state;
    (void)lie("bundle em own");
    world_enrol(&w, "em", "cong-an", "responder", "chi");
    set_policy_for_em();
    world_wait_status(&w, "so-y-te", "relay_alarm_text", "false keys for em", SOON_MS);
    world_wait_status(&w, "so-y-te", "sessions_missing", "1", SOON_MS);

    (void)lie("counts em");
    page_em("em");
    world_wait_rings(&w, "em", em_page, "unreadable", SOON_MS); /* from the signed header */
    assert_true(lie_count("submits") > 0);
    assert_int_equal(lie_count("capsules"), 0);
}

/* A02 */
static void a_one_time_key_that_the_relay_swapped_is_refused(void **state)
{
    static const char *const how[] = { "patched", "unknown" };
    (void)state;

    for (size_t i = 0; i < sizeof how / sizeof how[0]; i++) {
        long long before = lie_count("prekey-gets");
        (void)lie("bundle em %s", how[i]);
        ask_again("so-y-te");
        for (long long end = now_ms() + SOON_MS; lie_count("prekey-gets") == before; pause_ms(50))
            assert_true(now_ms() < end);
        pause_ms(300);
        world_wait_status(&w, "so-y-te", "sessions_missing", "1", SOON_MS);
    }
    assert_int_equal(lie_count("capsules"), 0);
}

/* A03 */
static void a_low_order_key_in_a_bundle_is_refused(void **state)
{
    long long before = lie_count("prekey-gets");
    (void)state;

    (void)lie("bundle em low");
    ask_again("so-y-te");
    for (long long end = now_ms() + SOON_MS; lie_count("prekey-gets") == before; pause_ms(50))
        assert_true(now_ms() < end);
    pause_ms(300);
    world_wait_status(&w, "so-y-te", "sessions_missing", "1", SOON_MS);
    assert_int_equal(lie_count("capsules"), 0);
}

/* A04 */
static void without_one_time_keys_people_still_reach_each_other(void **state)
{
    (void)state;
    (void)lie("bundle em none-left");
    ask_again("so-y-te");
    world_wait_status(&w, "so-y-te", "sessions_missing", "0", SOON_MS);
    world_wait_log(&w, "so-y-te", "the relay gave no one-time key of em/may-1", SOON_MS);
    /* What could not be sealed before is sealed now, and read. */
    for (long long end = now_ms() + SOON_MS;; pause_ms(100)) {
        json_t *page = world_page(&w, "em", em_page);
        bool readable = doc_true(page, "readable");
        json_decref(page);
        if (readable)
            break;
        assert_true(now_ms() < end);
    }
    world_expect_code(&w, 0, "em", "accept", em_page, NULL);
    world_wait_state(&w, "so-y-te", em_page, "accepted", SOON_MS);
    world_expect_code(&w, 0, "em", "resolve", em_page, NULL);
    (void)lie("truth");
}

static bool knows(const char *name, const char *account, long long *ret_devices)
{
    struct run r = world_run(&w, name, "contacts", NULL);
    bool found = false;

    for (char *line = r.out, *end; line && *line; line = end ? end + 1 : NULL) {
        end = strchr(line, '\n');
        json_t *c = json_loads(line, JSON_DISABLE_EOF_CHECK, NULL);
        if (strcmp(doc_text(c, "account"), account) == 0) {
            found = true;
            *ret_devices = doc_number(c, "devices");
        }
        json_decref(c);
    }
    run_done(&r);
    return found;
}

/* A06 */
static void a_member_whom_only_the_relay_let_in_is_nobody(void **state)
{
    long long devices = 0;
    (void)state;

    (void)lie("roster dung ghost ma may-1");
    world_wait_status(&w, "dung", "roster_alarm_text", "does not verify", SOON_MS);
    world_wait_rings(&w, "dung", NULL, "roster", SOON_MS);
    assert_false(knows("dung", "ma", &devices));
    assert_true(knows("dung", "an", &devices));
}

/* A07 */
static void a_device_that_only_the_relay_gave_to_somebody_gets_nothing(void **state)
{
    long long devices = 0;
    (void)state;

    (void)lie("roster em ghost an may-9");
    world_wait_status(&w, "em", "roster_alarm_text", "does not verify", SOON_MS);
    assert_true(knows("em", "an", &devices));
    assert_int_equal(devices, 1);
    assert_int_equal(lie_count("ghosts"), 0); /* nobody asks for a ghost's keys, or seals to it */
    (void)lie("truth");
}

/* A08 */
static void a_shorter_log_than_before_is_alarmed_about_and_forgets_nothing(void **state)
{
    json_t *s = world_status(&w, "binh");
    long long size = doc_number(s, "roster_size");
    char page[PAGE_ID];
    (void)state;

    json_decref(s);
    (void)lie("roster binh hold 2");
    world_wait_status(&w, "binh", "roster_alarm_text", "this device has seen", SOON_MS);
    world_wait_rings(&w, "binh", NULL, "roster", SOON_MS);
    s = world_status(&w, "binh");
    assert_int_equal(doc_number(s, "roster_size"), size);
    json_decref(s);

    world_report(&w, "so-y-te", 1, page); /* receiving fails open */
    world_wait_state(&w, "binh", page, "ringing", SOON_MS);
    world_expect_code(&w, 0, "binh", "accept", page, NULL);
    world_wait_state(&w, "so-y-te", page, "accepted", SOON_MS);
    world_expect_code(&w, 0, "binh", "resolve", page, NULL);

    (void)lie("truth");
    world_wait_status(&w, "binh", "roster_alarm", "false", SOON_MS);
}

static void wait_until_gone(const char *name, const char *account)
{
    long long devices = 1;

    for (long long end = now_ms() + SOON_MS;
         knows(name, account, &devices) && devices > 0 && now_ms() < end;)
        pause_ms(100);
}

/* A10 */
static void an_answer_that_comes_after_its_signer_was_shut_out_counts_for_nothing(void **state)
{
    char page[PAGE_ID], last[PAGE_ID];
    (void)state;

    page_em("em");
    memcpy(page, em_page, sizeof page);
    world_wait_state(&w, "em", page, "ringing", SOON_MS);
    (void)lie("swallow acts em"); /* the relay says "stored" and tells nobody */
    world_expect_code(&w, 0, "em", "accept", page, NULL);
    for (long long end = now_ms() + SOON_MS; lie_count("swallowed") == 0; pause_ms(50))
        assert_true(now_ms() < end);
    world_expect_code(&w, 0, "chi", "suspend", "em", "--reason", "lost", "--yes", NULL);
    wait_until_gone("so-y-te", "em");

    (void)lie("again so-y-te");
    world_wait_log(&w, "so-y-te", "act: accept of em/may-1 does not count", SOON_MS);
    assert_string_equal(world_owner(&w, "so-y-te", page), "");
    memcpy(last, page, sizeof last);
    (void)lie("swallow acts -");
    world_expect_code(&w, 0, "so-y-te", "resolve", last, NULL);
}

/* A09 */
static void two_people_with_two_logs_find_out_at_their_first_exchange(void **state)
{
    char state_dir[2 * WORLD_PATH], page[PAGE_ID];
    (void)state;

    (void)snprintf(state_dir, sizeof state_dir, "%s/relay", w.dir);
    (void)lie("roster so-y-te fork %s", mine);
    free(world_tool(&w, "trucban-relay", "import", "--state", state_dir, theirs, NULL));

    json_t *a = NULL, *b = NULL;
    for (long long end = now_ms() + SOON_MS;; pause_ms(100)) {
        a = world_status(&w, "an");
        b = world_status(&w, "so-y-te");
        if (doc_number(a, "roster_size") == doc_number(b, "roster_size") &&
            !doc_true(a, "roster_alarm") && !doc_true(b, "roster_alarm") &&
            now_ms() > end - SOON_MS + 1500)
            break;
        assert_true(now_ms() < end);
        json_decref(a);
        json_decref(b);
    }
    json_decref(a);
    json_decref(b);

    world_report(&w, "so-y-te", 1, page);
    world_wait_status(&w, "an", "roster_alarm_text", "a member has seen another roster", SOON_MS);
    world_wait_rings(&w, "an", NULL, "roster", SOON_MS);
    world_wait_state(&w, "an", page, "ringing", SOON_MS); /* and it rings all the same */
    world_expect_code(&w, 0, "an", "accept", page, NULL);
    world_wait_status(&w, "so-y-te", "roster_alarm_text", "a member has seen another roster",
                      SOON_MS);
    world_wait_rings(&w, "so-y-te", NULL, "roster", SOON_MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_that_the_relay_made_are_refused_named_and_never_sealed_to),
        cmocka_unit_test(a_one_time_key_that_the_relay_swapped_is_refused),
        cmocka_unit_test(a_low_order_key_in_a_bundle_is_refused),
        cmocka_unit_test(without_one_time_keys_people_still_reach_each_other),
        cmocka_unit_test(a_member_whom_only_the_relay_let_in_is_nobody),
        cmocka_unit_test(a_device_that_only_the_relay_gave_to_somebody_gets_nothing),
        cmocka_unit_test(a_shorter_log_than_before_is_alarmed_about_and_forgets_nothing),
        cmocka_unit_test(an_answer_that_comes_after_its_signer_was_shut_out_counts_for_nothing),
        cmocka_unit_test(two_people_with_two_logs_find_out_at_their_first_exchange),
    };
    return cmocka_run_group_tests(tests, open_province, close_province);
}
