/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_keys_demo.c - one person makes a province for a demonstration and lets people in, on files. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "tb_cmocka.h"
#include "world_keys.h"

#define REG "--roster", "d/roster.tbp", "--key", "d/registrar.key", KEYS_PASS
#define ROOT "--roster", "d/roster.tbp", "--key", "d/custodian.key", KEYS_PASS

static int set_up(void **state)
{
    (void)state;
    keys_open();
    keys_run("init", "--demo", "--province", "Tỉnh Thử", "--person", "Nguyễn Văn A", "--dir", "d",
             KEYS_CHEAP, NULL);
    keys_write_relay_request("relay.tbp");
    keys_run("relay", ROOT, "--append", "relay.tbp", NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    keys_close();
    return 0;
}

static void invite(const char *account, const char *path)
{
    keys_run("invite", REG, "--account", account, "--agency", "so-y-te", "--role", "agency",
             "--out", path, NULL);
}

static void approve(const struct keys_device *d, const char *request, const char *out)
{
    keys_run("approve", REG, "--out", out, "--append", "--words", d->words, request, NULL);
}

static void a_demonstration_is_made_in_one_go_and_says_so(void **state)
{
    (void)state;
    struct tb_roster *r = keys_roster("d/roster.tbp");
    assert_true(tb_roster_is_demo(r));
    assert_int_equal(tb_roster_size(r),
                     5); /* root, authority, registrar, secret, relay: in this order */
    assert_int_equal(tb_roster_epoch(r, NULL), 1);
    assert_non_null(tb_roster_first_relay(r));
    assert_true(keys_said(keys_do("inspect", "d/roster.tbp", NULL), "Tỉnh Thử"));
    tb_roster_free(r);
}

static void an_invited_device_comes_in_with_the_six_words(void **state)
{
    struct keys_device d;
    struct tb_key secret;
    uint32_t epoch = 0;

    (void)state;
    invite("so-y-te", "i1");
    keys_device_ask(&d, "i1", "may-1", "q1");
    assert_true(keys_said(keys_do("inspect", "--roster", "d/roster.tbp", "q1", NULL), "so-y-te"));
    approve(&d, "q1", "a1");
    keys_device_enter(&d, "a1", &epoch, &secret);
    assert_int_equal(epoch, 1);
    struct tb_roster *r = keys_roster("d/roster.tbp");
    const struct tb_cred *c = tb_roster_account(r, "so-y-te");
    assert_non_null(c);
    assert_memory_equal(c->sign_pk, d.sign.pk, TB_KEY_BYTES);
    assert_int_equal(c->vetted, TB_VETTED_REMOTE);
    struct tb_hash card_hash = tb_card_hash(&d.request.card_salt, tb_buf_view(&d.request.card));
    assert_true(tb_hash_equal(&card_hash, &c->card_hash));
    tb_roster_free(r);
    keys_device_done(&d);
}

static void wrong_words_sign_nothing(void **state)
{
    struct keys_device d, other;

    (void)state;
    invite("an", "i1");
    invite("binh", "i2");
    keys_device_ask(&d, "i1", "may-1", "q1");
    keys_device_ask(&other, "i2", "may-1", "q2");
    keys_refuse(1, "nothing was signed", "approve", REG, "--out", "a1", "--words", other.words,
                "q1", NULL);
    keys_refuse(1, "are not those of this request", "approve", REG, "--out", "a1", "--words",
                other.words, "q1", NULL);
    keys_refuse(1, "has 0 whole words, there are 6", "approve", REG, "--out", "a1", "--words", "",
                "q1", NULL);
    keys_refuse(1, "has 2 whole words, there are 6", "approve", REG, "--out", "a1", "--words",
                "mèo xanh · vịt đỏ", "q1", NULL);
    keys_refuse(1, "'kienn' is none of the words that can be read out, did you mean 'kiến'?",
                "approve", REG, "--out", "a1", "--words", "kienn xanh", "q1", NULL);
    assert_false(keys_file_exists("a1"));
    approve(&d, "q1", "a1"); /* heard better the second time */
    keys_device_done(&d);
    keys_device_done(&other);
}

static void an_invite_works_once(void **state)
{
    struct keys_device d, thief;

    (void)state;
    invite("an", "i1");
    keys_device_ask(&d, "i1", "may-1", "q1");
    keys_device_ask(&thief, "i1", "may-2", "q2");
    approve(&d, "q1", "a1");
    keys_refuse(1, "used up", "approve", REG, "--out", "a2", "--words", thief.words, "q2", NULL);
    keys_refuse(1, "used up", "approve", REG, "--out", "a2", "--words", d.words, "q1", NULL);
    assert_false(keys_file_exists("a2"));
    keys_device_done(&d);
    keys_device_done(&thief);
}

static void a_lost_approval_is_made_again_from_the_credential(void **state)
{
    struct keys_device d;
    struct tb_key secret;
    uint32_t epoch;

    (void)state;
    invite("an", "i1");
    keys_device_ask(&d, "i1", "may-1", "q1");
    approve(&d, "q1", "a1");
    keys_run("approve", "--finish", REG, "--out", "a2", "a1", NULL);
    keys_device_enter(&d, "a2", &epoch, &secret);
    keys_device_done(&d);
}

/* "Two hours from now", as --clock takes it. */
static void later(char ret[static 32])
{
    time_t t = time(NULL) + 7200;
    struct tm tm;

    assert_non_null(gmtime_r(&t, &tm));
    assert_true(strftime(ret, 32, "%Y-%m-%dT%H:%M:%SZ", &tm) > 0);
}

static void an_expired_invite_is_refused(void **state)
{
    struct keys_device d;
    char clock[32];

    (void)state;
    later(clock);
    keys_run("invite", REG, "--account", "an", "--agency", "so-y-te", "--role", "agency", "--out",
             "i1", "--expires", "1h", NULL);
    keys_device_ask(&d, "i1", "may-1", "q1");
    keys_refuse(1, "expired at", "approve", REG, "--out", "a1", "--words", d.words, "--clock",
                clock, "q1", NULL);
    approve(&d, "q1", "a1"); /* an hour earlier */
    keys_device_done(&d);
}

static void an_invite_of_somebody_else_is_refused(void **state)
{
    struct keys_device d;

    (void)state;
    keys_run("init", "--registrar", "Lê Văn C", "--out", "other.key", KEYS_CHEAP, NULL);
    keys_run("delegate", "registrar", ROOT, "--roles", "agency", "--append", "other.key.pub", NULL);
    invite("an", "i1");
    keys_device_ask(&d, "i1", "may-1", "q1");
    keys_refuse(1, "was not issued with 'other.key'", "approve", "--roster", "d/roster.tbp",
                "--key", "other.key", KEYS_PASS, "--out", "a1", "--words", d.words, "q1", NULL);
    keys_refuse(1, "may not grant role 'responder'", "invite", "--roster", "d/roster.tbp", "--key",
                "other.key", KEYS_PASS, "--account", "an", "--agency", "x", "--role", "responder",
                NULL);
    keys_refuse(1, "does not hold the province secret", "invite", "--roster", "d/roster.tbp",
                "--key", "other.key", KEYS_PASS, "--account", "an", "--agency", "x", "--role",
                "agency", NULL);
    keys_device_done(&d);
}

static void a_second_device_has_the_role_of_the_first_and_a_name_of_its_own(void **state)
{
    struct keys_device d, twin;

    (void)state;
    invite("an", "i1");
    keys_device_ask(&d, "i1", "may-1", "q1");
    approve(&d, "q1", "a1");
    keys_refuse(1, "is agency of 'so-y-te' already", "invite", REG, "--account", "an", "--agency",
                "so-y-te", "--role", "coordinator", NULL);
    keys_refuse(1, "is agency of 'so-y-te' already", "invite", REG, "--account", "an", "--agency",
                "khac", "--role", "agency", NULL);
    invite("an", "i2");
    keys_device_ask(&twin, "i2", "may-1", "q2");
    keys_refuse(1, "device 'an/may-1' exists", "approve", REG, "--out", "a2", "--words", twin.words,
                "q2", NULL);
    keys_run("approve", REG, "--out", "a2", "--replace", "--append", "--words", twin.words, "q2",
             NULL);
    keys_device_done(&d);
    keys_device_done(&twin);
}

static void a_suspended_account_comes_back_only_by_lifting(void **state)
{
    struct keys_device d, back;

    (void)state;
    invite("an", "i1");
    keys_device_ask(&d, "i1", "may-1", "q1");
    approve(&d, "q1", "a1");
    keys_run("suspend", REG, "--reason", "lost", "--append", "an", NULL);
    struct tb_roster *r = keys_roster("d/roster.tbp");
    assert_null(tb_roster_account(r, "an"));
    tb_roster_free(r);
    invite("an", "i2");
    keys_device_ask(&back, "i2", "may-2", "q2");
    keys_refuse(1, "is suspended or revoked", "approve", REG, "--out", "a2", "--words", back.words,
                "q2", NULL);
    keys_run("approve", REG, "--out", "a2", "--lift", "--append", "--words", back.words, "q2",
             NULL);
    r = keys_roster("d/roster.tbp");
    assert_non_null(tb_roster_account(r, "an"));
    assert_string_equal(tb_roster_account(r, "an")->device, "may-2");
    tb_roster_free(r);
    keys_device_done(&d);
    keys_device_done(&back);
}

static void a_registrars_key_serves_one_province(void **state)
{
    (void)state;
    keys_run("init", "--demo", "--province", "Tỉnh Khác", "--person", "B", "--dir", "e", KEYS_CHEAP,
             NULL);
    keys_run("delegate", "registrar", "--roster", "e/roster.tbp", "--key", "e/custodian.key",
             KEYS_PASS, "--roles", "all", "--append", "d/registrar.key.pub", NULL);
    keys_refuse(1, "belongs to another province", "invite", "--roster", "e/roster.tbp", "--key",
                "d/registrar.key", KEYS_PASS, "--account", "an", "--agency", "x", "--role",
                "agency", NULL);
}

/* Files from strangers must not command the terminal of whoever looks at them. */
static void what_a_terminal_could_act_on_is_not_printed(void **state)
{
    char person[] = "An\x1b[2J\xe2\x80\xae";
    uint8_t key[TB_KEY_BYTES] = { 1 };
    Tb__Custodian m, *list[] = { &m };
    Tb__Parcel p;

    (void)state;
    tb__custodian__init(&m);
    m.person = person;
    m.key = tb_field(key, sizeof key);
    tb__parcel__init(&p);
    p.custodian = list;
    p.n_custodian = 1;
    keys_write_parcel("evil", &p);
    char *shown = keys_do("inspect", "evil", NULL),
         *json = keys_do("inspect", "--json", "evil", NULL);
    assert_null(strchr(shown, 0x1b));
    assert_null(strchr(json, 0x1b));
    assert_null(strstr(json, "\xe2\x80\xae"));
    assert_true(keys_said(shown, "person: An?[2J???"));
    assert_true(keys_said(json, "\"person\": \"An?[2J???\""));
}

static void a_guest_gets_no_province_secret(void **state)
{
    static const struct tb_key none = { { 0 } };
    struct keys_device d;
    struct tb_key secret;
    uint32_t epoch = 9;

    (void)state;
    keys_run("invite", REG, "--account", "khach", "--agency", "cong-ty", "--role", "guest", "--out",
             "i1", NULL);
    keys_device_ask(&d, "i1", "may-1", "q1");
    approve(&d, "q1", "a1");
    keys_device_enter(&d, "a1", &epoch, &secret);
    assert_int_equal(epoch, 0);
    assert_memory_equal(&secret, &none, sizeof none);
    keys_device_done(&d);
}

static void devices_are_attested_and_policies_stand_before_coordinators(void **state)
{
    struct keys_device d;

    (void)state;
    invite("an", "i1");
    keys_device_ask(&d, "i1", "may-1", "q1");
    approve(&d, "q1", "a1");
    keys_run("attest", REG, "--all", "--append", NULL);
    keys_refuse(1, "nothing to attest", "attest", REG, "--append", "binh", NULL);
    struct tb_roster *r = keys_roster("d/roster.tbp");
    assert_true(tb_roster_account(r, "an")->attested_until_ms > 0);
    tb_roster_free(r);
    keys_device_done(&d);
}

static void nothing_is_overwritten(void **state)
{
    (void)state;
    keys_refuse(1, "not overwritten", "init", "--demo", "--province", "X", "--person", "B", "--dir",
                "d", KEYS_CHEAP, NULL);
    keys_refuse(1, "'d/custodian.key' exists and is not overwritten", "init", "--custodian", "B",
                "--out", "d/custodian.key", KEYS_CHEAP, NULL);
    keys_refuse(1, "'pass' exists", "invite", REG, "--account", "an", "--agency", "x", "--role",
                "agency", "--out", "pass", NULL);
}

static void an_approval_says_the_level_and_the_next_step(void **state)
{
    struct keys_device d;

    (void)state;
    keys_run("invite", REG, "--account", "chi", "--agency", "x", "--role", "coordinator", "--out",
             "i1", NULL);
    keys_device_ask(&d, "i1", "may-1", "q1");
    char *said = keys_do_err("approve", REG, "--out", "a1", "--words", d.words, "q1", NULL);
    assert_non_null(strstr(said, "Signed with --vetted remote: 'chi/may-1' has level 1"));
    assert_non_null(strstr(said, "a coordinator of level 1 cannot sign policies"));
    assert_non_null(strstr(said, "trucban-relay import a1"));
    assert_true(keys_said(said, "trucban-keys append --roster d/roster.tbp a1"));
    keys_run("append", "--roster", "d/roster.tbp", "a1", NULL);
    assert_true(keys_said(keys_do_err("append", "--roster", "d/roster.tbp", "a1", NULL),
                          "'a1', entry 0: already in the roster 'd/roster.tbp'"));
    keys_device_done(&d);
}

static void a_person_who_was_seen_has_level_two(void **state)
{
    struct keys_device d;

    (void)state;
    keys_run("invite", REG, "--account", "chi", "--agency", "x", "--role", "coordinator", "--out",
             "i1", NULL);
    keys_device_ask(&d, "i1", "may-1", "q1");
    char *said = keys_do_err("approve", REG, "--out", "a1", "--append", "--vetted", "in-person",
                             "--words", d.words, "q1", NULL);
    assert_null(strstr(said, "WARNING"));
    assert_null(strstr(said, "trucban-keys append"));
    assert_true(keys_said(said, "'chi/may-1' has level 2"));
    keys_device_done(&d);
}

static void a_second_open_invite_names_the_first(void **state)
{
    (void)state;
    invite("an", "i1");
    char *first = keys_do("inspect", "--json", "i1", NULL);
    char *said = keys_do_err("invite", REG, "--account", "an", "--agency", "so-y-te", "--role",
                             "agency", NULL);
    char *id = strstr(said, "two open invites: ");
    assert_non_null(id);
    id += strlen("two open invites: ");
    id[16] = '\0';
    assert_non_null(strstr(first, id));
    free(said);
    free(first);
    said = keys_do_err("invite", REG, "--account", "binh", "--agency", "so-y-te", "--role",
                       "agency", NULL);
    assert_null(strstr(said, "two open"));
    free(said);
}

static void a_demonstration_says_what_comes_next(void **state)
{
    (void)state;
    char *said = keys_do_err("init", "--demo", "--province", "X", "--person", "B", "--dir", "e",
                             KEYS_CHEAP, NULL);
    assert_non_null(strstr(said, "trucban-relay init --state"));
    assert_true(keys_said(said, "trucban-keys relay --roster e/roster.tbp --key e/custodian.key"));
}

static void a_passphrase_that_others_can_read_is_refused(void **state)
{
    (void)state;
    assert_int_equal(chmod("pass", 0644), 0);
    keys_refuse(1, "run 'chmod 600 pass'", "invite", REG, "--account", "an", "--agency", "x",
                "--role", "agency", NULL);
    assert_int_equal(chmod("pass", 0600), 0);
}

static void a_weak_passphrase_is_for_demonstrations(void **state)
{
    FILE *f = fopen("weak", "w");

    (void)state;
    assert_non_null(f);
    assert_true(fputs("12345678\n", f) >= 0);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(chmod("weak", 0600), 0);
    keys_refuse(1, "the passphrase is weak (8 bytes, 8 different)", "init", "--custodian", "An",
                "--out", "k", "--cost", "minimal", "--passphrase-file", "weak", NULL);
    assert_false(keys_file_exists("k"));
    assert_true(keys_said(keys_do_err("init", "--demo", "--province", "X", "--person", "B", "--dir",
                                      "e", "--cost", "minimal", "--passphrase-file", "weak", NULL),
                          "WARNING: this passphrase is weak"));
}

static void the_language_is_an_option_and_times_are_local(void **state)
{
    (void)state;
    keys_refuse(2, "--lang 'fr': there are vi (Vietnamese) and en (English)", "invite", "--lang",
                "fr", NULL);
    keys_refuse(2, "--lang '': there are vi", "invite", "--lang", NULL);
    keys_refuse(2, "không có lệnh 'invent'", "invent", "--lang=vi", NULL);
    keys_refuse(2, "không có lệnh 'invent'", "--lang", "vi", "invent", NULL);
    assert_int_equal(setenv("LANGUAGE", "vi", 1), 0);
    keys_refuse(2, "there is no command 'invent'", "--lang", "en", "invent", NULL);
    assert_int_equal(setenv("LANGUAGE", "en", 1), 0);
    assert_int_equal(setenv("TZ", "UTC", 1), 0); /* a server's; people live elsewhere */
    assert_true(
        keys_said(keys_do("invite", REG, "--account", "an", "--agency", "x", "--role", "agency",
                          "--clock", "2027-01-01T20:00:00Z", "--expires", "24h", NULL),
                  "expires at: 2027-01-03T03:00:00+07:00"));
    assert_int_equal(unsetenv("TZ"), 0);
}

static void words_of_the_command_line_that_are_wrong_are_named(void **state)
{
    (void)state;
    keys_refuse(2, "there is no command 'aprove': did you mean 'approve'?\n", "aprove", NULL);
    keys_refuse(2, "unknown option '--acount': did you mean '--account'?", "invite", "--acount",
                "an", NULL);
    keys_refuse(2, "--role is missing: agency, responder, coordinator", "invite", REG, "--account",
                "an", "--agency", "x", NULL);
    keys_refuse(2, "--vetted needs a value: in-person (level 2) or remote (level 1)", "approve",
                REG, "--vetted", NULL);
    keys_refuse(2, "--vetted 'seen': in-person (level 2) or remote", "approve", REG, "--out", "a",
                "--vetted", "seen", "q", NULL);
    keys_refuse(2, "--reason is missing: lost, left", "suspend", REG, "--append", "an", NULL);
    keys_refuse(2, "there is no command 'invent'", "invent", NULL);
    keys_refuse(2, "unknown option '--colour'", "invite", "--colour", "red", NULL);
    keys_refuse(2, "--roster FILE is missing", "invite", "--account", "an", NULL);
    keys_refuse(2, "--account 'An'", "invite", REG, "--account", "An", "--agency", "x", "--role",
                "agency", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(a_demonstration_is_made_in_one_go_and_says_so),
        TEST(a_demonstration_says_what_comes_next),
        TEST(an_approval_says_the_level_and_the_next_step),
        TEST(a_person_who_was_seen_has_level_two),
        TEST(a_second_open_invite_names_the_first),
        TEST(a_passphrase_that_others_can_read_is_refused),
        TEST(a_weak_passphrase_is_for_demonstrations),
        TEST(the_language_is_an_option_and_times_are_local),
        TEST(an_invited_device_comes_in_with_the_six_words),
        TEST(wrong_words_sign_nothing),
        TEST(an_invite_works_once),
        TEST(a_lost_approval_is_made_again_from_the_credential),
        TEST(an_expired_invite_is_refused),
        TEST(an_invite_of_somebody_else_is_refused),
        TEST(a_second_device_has_the_role_of_the_first_and_a_name_of_its_own),
        TEST(a_suspended_account_comes_back_only_by_lifting),
        TEST(a_registrars_key_serves_one_province),
        TEST(what_a_terminal_could_act_on_is_not_printed),
        TEST(a_guest_gets_no_province_secret),
        TEST(devices_are_attested_and_policies_stand_before_coordinators),
        TEST(nothing_is_overwritten),
        TEST(words_of_the_command_line_that_are_wrong_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
