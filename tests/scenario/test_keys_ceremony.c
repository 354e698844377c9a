/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_keys_ceremony.c - three custodians, two of whom must agree, found a province; two registrars let people in. */
/* link: tb_keys */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keys/file.h"
#include "keys/handover.h"
#include "proto/kdf.h"
#include "tb_cmocka.h"
#include "world_keys.h"

#define ROSTER "--roster", "roster.tbp"
#define A "--key", "a.key", KEYS_PASS
#define B "--key", "b.key", KEYS_PASS
#define AB "--key", "a.key", "--key", "b.key", KEYS_PASS
#define R1 "--key", "r1.key", KEYS_PASS
#define R2 "--key", "r2.key", KEYS_PASS

static void make_key(const char *kind, const char *person, const char *path)
{
    keys_run("init", kind, person, "--out", path, KEYS_CHEAP, NULL);
}

static int set_up_keys(void **state)
{
    (void)state;
    keys_open();
    make_key("--custodian", "Nguyễn Văn An", "a.key");
    make_key("--custodian", "Trần Thị Bình", "b.key");
    make_key("--custodian", "Lê Văn Chi", "c.key");
    return 0;
}

/* Root signed by A and B. */
static int set_up_root(void **state)
{
    (void)set_up_keys(state);
    keys_run("init", "--province", "Tỉnh Thử", "--quorum", "2", "--out", "roster.tbp", "a.key.pub",
             "b.key.pub", "c.key.pub", NULL);
    keys_run("cosign", A, "--yes", "roster.tbp", NULL);
    keys_run("cosign", B, "--yes", "roster.tbp", NULL);
    return 0;
}

/* Authority, two registrars, secret, relay: ready to invite. */
static int set_up_province(void **state)
{
    (void)set_up_root(state);
    make_key("--registrar", "Phạm Thị Dung", "r1.key");
    make_key("--registrar", "Hoàng Văn Em", "r2.key");
    keys_run("delegate", "authority", ROSTER, AB, "--append", NULL);
    keys_run("delegate", "registrar", ROSTER, AB, "--roles", "all", "--append", "r1.key.pub", NULL);
    keys_run("delegate", "registrar", ROSTER, AB, "--roles", "agency,responder", "--append",
             "r2.key.pub", NULL);
    keys_run("secret", "new", ROSTER, R1, "--append", NULL);
    keys_write_relay_request("relay.req");
    keys_run("relay", ROSTER, AB, "--append", "relay.req", NULL);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    keys_close();
    return 0;
}

/* ---- custodians */

static void two_of_three_custodians_make_a_root(void **state)
{
    (void)state;
    keys_run("init", "--province", "Tỉnh Thử", "--quorum", "2", "--out", "roster.tbp", "a.key.pub",
             "b.key.pub", "c.key.pub", NULL);
    keys_refuse(1, "lacks signatures", "delegate", "authority", ROSTER, A, "--append", NULL);
    assert_true(keys_said(keys_do("cosign", A, "--yes", "roster.tbp", NULL), "1 of 2 signatures"));
    keys_refuse(1, "lacks signatures", "delegate", "authority", ROSTER, A, "--append", NULL);
    assert_true(keys_said(keys_do("cosign", B, "--yes", "roster.tbp", NULL), "complete: yes"));
    struct tb_roster *r = keys_roster("roster.tbp");
    assert_string_equal(tb_roster_province(r), "Tỉnh Thử");
    assert_false(tb_roster_is_demo(r));
    tb_roster_free(r);
}

static void one_person_does_not_count_twice(void **state)
{
    (void)state;
    make_key("--custodian", "Nguyễn Văn An", "a2.key");
    keys_refuse(1, "'Nguyễn Văn An' would be a custodian twice", "init", "--province", "T", "--out",
                "x.tbp", "a.key.pub", "a2.key.pub", NULL);
    keys_run("init", "--province", "T", "--quorum", "2", "--out", "x.tbp", "a.key.pub", "b.key.pub",
             NULL);
    keys_run("cosign", A, "--yes", "x.tbp", NULL);
    keys_refuse(1, "has signed this already", "cosign", A, "--yes", "x.tbp", NULL);
    keys_refuse(1, "is no custodian", "cosign", "--key", "a2.key", KEYS_PASS, "--yes", "x.tbp",
                NULL);
}

static void a_lone_custodian_is_for_demonstrations(void **state)
{
    (void)state;
    keys_refuse(1, "quorum 1", "init", "--province", "T", "--out", "x.tbp", "a.key.pub", NULL);
    keys_refuse(1, "quorum 1", "init", "--province", "T", "--quorum", "1", "--out", "x.tbp",
                "a.key.pub", "b.key.pub", NULL);
    keys_refuse(1, "not possible with 2", "init", "--province", "T", "--quorum", "3", "--out",
                "x.tbp", "a.key.pub", "b.key.pub", NULL);
    assert_false(keys_file_exists("x.tbp"));
}

static void one_signature_of_two_sets_no_authority(void **state)
{
    (void)state;
    keys_refuse(1, "signatures are missing", "delegate", "authority", ROSTER, A, "--append", NULL);
    keys_run("delegate", "authority", ROSTER, A, "--grant", "liaison=3", "--freshness", "48h",
             "--out", "auth.tbp", NULL);
    keys_refuse(1, "signatures are missing", "append", ROSTER, "auth.tbp", NULL);
    keys_refuse(1, "give it with --roster", "cosign", "--key", "b.key", KEYS_PASS, "--yes",
                "auth.tbp", NULL);
    assert_true(
        keys_said(keys_do("cosign", ROSTER, B, "--yes", "auth.tbp", NULL), "freshness limit: 48h"));
    keys_run("delegate", "authority", ROSTER, AB, "--out", "late.tbp", NULL);
    keys_run("append", ROSTER, "auth.tbp", NULL);
    struct tb_roster *r = keys_roster("roster.tbp");
    assert_int_equal(tb_roster_authority(r)->freshness_limit_ms, 48 * 3600 * 1000LL);
    tb_roster_free(r);
    keys_refuse(1, "another authority came first", "append", ROSTER, "late.tbp", NULL);
    keys_run("append", ROSTER, "auth.tbp", NULL); /* there already, which is no failure */
}

static void a_registrar_needs_two_people_everywhere(void **state)
{
    (void)state;
    keys_refuse(1, "for provinces with the demo flag", "delegate", "authority", ROSTER, AB,
                "--grant", "agency=1", "--append", NULL);
    keys_refuse(1, "no step 'dance'", "delegate", "authority", ROSTER, AB, "--gate", "dance=1",
                "--append", NULL);
    keys_refuse(1, "no role", "delegate", "authority", ROSTER, AB, "--grant", "king=2", "--append",
                NULL);
}

static void only_custodians_sign_what_gives_power(void **state)
{
    (void)state;
    make_key("--registrar", "Phạm Thị Dung", "r1.key");
    make_key("--custodian", "Kẻ Lạ", "stranger.key");
    keys_refuse(1, "is a registrar key", "delegate", "authority", ROSTER, A, R1, "--append", NULL);
    keys_refuse(1, "is no custodian of", "delegate", "authority", ROSTER, "--key", "stranger.key",
                KEYS_PASS, "--append", NULL);
    keys_refuse(1, "this step needs a registrar key", "delegate", "registrar", ROSTER, AB,
                "--roles", "all", "--append", "c.key.pub", NULL);
    keys_refuse(1, "is no registrar", "secret", "new", ROSTER, R1, "--append", NULL);
}

static void the_root_passes_to_other_custodians(void **state)
{
    (void)state;
    make_key("--custodian", "Vũ Thị Hoa", "d.key");
    keys_run("delegate", "root", ROSTER, A, "--quorum", "2", "--out", "root2.tbp", "a.key.pub",
             "b.key.pub", "d.key.pub", NULL);
    /* A and D are two of the new custodians, and only one of the old. */
    assert_true(keys_said(keys_do("cosign", ROSTER, "--key", "d.key", KEYS_PASS, "--yes", "--out",
                                  "root2d.tbp", "root2.tbp", NULL),
                          "1 of 2 signatures"));
    keys_refuse(1, "signatures are missing", "append", ROSTER, "root2d.tbp", NULL);
    keys_run("cosign", ROSTER, B, "--yes", "root2d.tbp", NULL);
    keys_run("append", ROSTER, "root2d.tbp", NULL);
    keys_refuse(1, "is no custodian", "delegate", "authority", ROSTER, "--key", "c.key", KEYS_PASS,
                "--append", NULL);
    keys_run("delegate", "authority", ROSTER, A, "--key", "d.key", "--append", NULL);
}

/* ---- registrars */

static void the_secret_goes_to_one_registrar_only(void **state)
{
    (void)state;
    keys_refuse(1, "does not hold the province secret", "invite", ROSTER, R2, "--account", "an",
                "--agency", "x", "--role", "agency", NULL);
    keys_refuse(1, "has a secret already", "secret", "new", ROSTER, R2, "--append", NULL);
    keys_refuse(1, "is no registrar of", "secret", "give", ROSTER, R1, "--to", "Kẻ Lạ", "--out",
                "s", NULL);
    keys_run("secret", "give", ROSTER, R1, "--to", "Hoàng Văn Em", "--out", "s", NULL);
    keys_refuse(1, "another registrar's key", "secret", "take", ROSTER, R1, "s", NULL);
    keys_run("secret", "take", ROSTER, R2, "s", NULL);
    keys_run("invite", ROSTER, R2, "--account", "an", "--agency", "x", "--role", "agency", NULL);
    keys_refuse(1, "may not grant role 'coordinator'", "invite", ROSTER, R2, "--account", "an",
                "--agency", "x", "--role", "coordinator", NULL);
}

static void invite(const char *account, struct keys_device *d, const char *device)
{
    keys_run("invite", ROSTER, R1, "--account", account, "--agency", "doi-ung-cuu", "--role",
             "responder", "--out", "inv", NULL);
    keys_device_ask(d, "inv", device, "req");
}

static void a_credential_takes_two_registrars_and_only_then_the_secret(void **state)
{
    struct keys_device d;
    struct tb_key secret;
    uint32_t epoch = 0;

    (void)state;
    invite("an", &d, "may-1");
    assert_true(keys_said(keys_do("approve", ROSTER, R1, "--vetted", "in-person", "--words",
                                  d.words, "--out", "draft", "req", NULL),
                          "1 of 2 signatures"));
    keys_refuse(1, "signatures are missing", "approve", "--finish", ROSTER, R1, "--out", "done",
                "draft", NULL);
    keys_refuse(1, "has signed this already", "cosign", ROSTER, R1, "--yes", "draft", NULL);
    assert_true(
        keys_said(keys_do("cosign", ROSTER, R2, "--yes", "draft", NULL), "vetted: in-person"));
    keys_refuse(1, "was not drafted with 'r2.key'", "approve", "--finish", ROSTER, R2, "--out",
                "done", "draft", NULL);
    keys_run("approve", "--finish", ROSTER, R1, "--append", "--out", "done", "draft", NULL);
    keys_device_enter(&d, "done", &epoch, &secret);
    struct tb_roster *r = keys_roster("roster.tbp");
    struct tb_buf info = { 0 };
    struct tb_hash said;
    assert_int_equal(tb_roster_epoch(r, &said), epoch);
    tb_put(&info, tb_roster_id(r)->b, TB_HASH_BYTES);
    tb_put_u32(&info, epoch);
    struct tb_hash is = tb_commit(&secret, TB_L_PSK_COMMIT, tb_buf_view(&info));
    assert_true(tb_hash_equal(&said, &is));
    assert_int_equal(tb_roster_account(r, "an")->vetted, TB_VETTED_IN_PERSON);
    tb_buf_done(&info);
    tb_roster_free(r);
    keys_device_done(&d);
}

static void two_keys_of_one_registrar_are_one_person(void **state)
{
    struct keys_device d;

    (void)state;
    make_key("--registrar", "Phạm Thị Dung", "r3.key");
    keys_run("delegate", "registrar", ROSTER, AB, "--roles", "all", "--append", "r3.key.pub", NULL);
    invite("an", &d, "may-1");
    keys_run("approve", ROSTER, R1, "--words", d.words, "--out", "draft", "req", NULL);
    assert_true(keys_said(keys_do("cosign", ROSTER, "--key", "r3.key", KEYS_PASS, "--yes", "--out",
                                  "twice", "draft", NULL),
                          "1 of 2 signatures"));
    keys_refuse(1, "signatures are missing", "append", ROSTER, "twice", NULL);
    keys_device_done(&d);
}

static void another_request_for_a_drafted_invite_is_an_alarm(void **state)
{
    struct keys_device d, thief;

    (void)state;
    invite("an", &d, "may-1");
    keys_device_ask(&thief, "inv", "may-2", "req2");
    keys_run("approve", ROSTER, R1, "--words", d.words, "--out", "draft", "req", NULL);
    keys_refuse(1, "somebody else holds that invite", "approve", ROSTER, R1, "--words", thief.words,
                "--out", "draft2", "req2", NULL);
    keys_device_done(&d);
    keys_device_done(&thief);
}

static void only_the_credential_that_was_drafted_is_finished(void **state)
{
    struct keys_device d;

    (void)state;
    invite("an", &d, "may-1");
    keys_run("approve", ROSTER, R1, "--words", d.words, "--out", "draft", "req", NULL);
    keys_run("approve", ROSTER, R1, "--words", d.words, "--out", "draft2", "req", NULL);
    keys_run("cosign", ROSTER, R2, "--yes", "draft", NULL);
    keys_refuse(1, "was not drafted with", "approve", "--finish", ROSTER, R1, "--out", "x", "draft",
                NULL);
    keys_refuse(1, "holds no request", "approve", ROSTER, R1, "--words", d.words, "--out", "x",
                "draft", NULL);
    keys_refuse(1, "holds 6 entries", "approve", "--finish", ROSTER, R1, "--out", "x", "roster.tbp",
                NULL);
    keys_run("cosign", ROSTER, R2, "--yes", "draft2", NULL);
    keys_run("approve", "--finish", ROSTER, R1, "--out", "x", "draft2", NULL);
    keys_device_done(&d);
}

/* Sealed for the right key, but not what the roster's commitment says. */
static void a_secret_that_the_roster_does_not_name_is_refused(void **state)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a;
    TB_CLEANUP(tb_buf_done) struct tb_buf file = { 0 };
    struct handover wrong = { .epoch = 1, .secret = { { 1 } } };

    (void)state;
    tb_arena_init(&a, TB_ARENA_MAX);
    struct tb_roster *r = keys_roster("roster.tbp");
    Tb__Parcel *p = keys_parcel(&a, "r2.key.pub");
    assert_int_equal(handover_seal(tb_roster_id(r), p->registrar[0]->key.data, &wrong, &file),
                     TB_OK);
    assert_int_equal(file_create("s", tb_buf_view(&file), FILE_SECRET), TB_OK);
    keys_refuse(1, "not the one that the roster names", "secret", "take", ROSTER, R2, "s", NULL);
    tb_roster_free(r);
}

static void a_revocation_suspends_until_the_second_signature(void **state)
{
    struct keys_device d;
    size_t i = 0;

    (void)state;
    invite("an", &d, "may-1");
    keys_run("approve", ROSTER, R1, "--words", d.words, "--out", "draft", "req", NULL);
    keys_run("cosign", ROSTER, R2, "--yes", "draft", NULL);
    keys_run("append", ROSTER, "draft", NULL);
    keys_run("revoke", ROSTER, R1, "--reason", "compromised", "--out", "rev", "--append",
             "an/may-1", NULL);
    struct tb_roster *r = keys_roster("roster.tbp");
    assert_int_equal(tb_roster_next_cred(r, &i)->standing, TB_STANDING_SUSPENDED);
    tb_roster_free(r);
    keys_run("cosign", ROSTER, R2, "--yes", "rev", NULL);
    keys_run("append", ROSTER, "rev", NULL);
    r = keys_roster("roster.tbp");
    i = 0;
    assert_int_equal(tb_roster_next_cred(r, &i)->standing, TB_STANDING_REVOKED);
    tb_roster_free(r);
    keys_device_done(&d);
}

/* ---- the rest */

static void write_text(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    assert_true(fputs(text, f) >= 0);
    assert_int_equal(fclose(f), 0);
}

static void custodians_set_the_first_policy(void **state)
{
    (void)state;
    write_text("p",
               "# thử\nid: su-co\nname: Sự cố\nclasses: 1 2\ntier 1: an binh wait 60 repeat 15\n"
               "tier 2: chi wait 120 repeat 30\n");
    write_text("bad", "id: su-co\nname: Sự cố\ntier 1: an wait sixty repeat 15\n");
    keys_refuse(1, "bad:3: 'wait' needs seconds", "policy", ROSTER, AB, "--append", "bad", NULL);
    keys_run("policy", ROSTER, AB, "--append", "p", NULL);
    struct tb_roster *r = keys_roster("roster.tbp");
    const struct tb_policy *p = tb_roster_policy_by_id(r, "su-co");
    assert_non_null(p);
    assert_int_equal(p->n_tiers, 2);
    assert_string_equal(p->tier[0].account[1], "binh");
    assert_int_equal(p->tier[1].wait_s, 120);
    tb_roster_free(r);
}

static void a_freshness_key_signs_the_head_and_nothing_else(void **state)
{
    (void)state;
    make_key("--freshness", "Máy trực 1", "f.key");
    keys_refuse(1, "may not sign freshness", "freshness", "sign", ROSTER, "--key", "f.key",
                KEYS_PASS, "--out", "fresh", NULL);
    keys_run("freshness", "grant", ROSTER, AB, "--append", "f.key.pub", NULL);
    keys_run("freshness", "sign", ROSTER, "--key", "f.key", KEYS_PASS, "--out", "fresh", NULL);
    assert_true(keys_said(keys_do("inspect", ROSTER, "fresh", NULL), "signature fits: yes"));
    keys_refuse(1, "is a freshness key", "delegate", "authority", ROSTER, "--key", "f.key",
                KEYS_PASS, "--append", NULL);
    keys_refuse(1, "needs a freshness key", "freshness", "sign", ROSTER, A, "--out", "fresh2",
                NULL);
}

static void inspect_finds_one_changed_byte(void **state)
{
    struct tb_buf b = { 0 };
    FILE *f = fopen("roster.tbp", "rb");
    uint8_t chunk[4096];
    size_t n;

    (void)state;
    assert_non_null(f);
    while ((n = fread(chunk, 1, sizeof chunk, f)) > 0)
        tb_put(&b, chunk, n);
    assert_int_equal(fclose(f), 0);
    assert_true(
        keys_said(keys_do("inspect", "--json", "roster.tbp", NULL), "\"province\": \"Tỉnh Thử\""));
    b.p[b.n / 2] ^= 1;
    f = fopen("changed.tbp", "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(b.p, 1, b.n, f), b.n);
    assert_int_equal(fclose(f), 0);
    keys_refuse(1, "changed.tbp'", "inspect", "changed.tbp", NULL);
    keys_refuse(1, "changed.tbp'", "delegate", "authority", "--roster", "changed.tbp", AB,
                "--append", NULL);
    tb_buf_done(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name, from) cmocka_unit_test_setup_teardown(name, set_up_##from, tear_down)
        TEST(two_of_three_custodians_make_a_root, keys),
        TEST(one_person_does_not_count_twice, keys),
        TEST(a_lone_custodian_is_for_demonstrations, keys),
        TEST(one_signature_of_two_sets_no_authority, root),
        TEST(a_registrar_needs_two_people_everywhere, root),
        TEST(only_custodians_sign_what_gives_power, root),
        TEST(the_root_passes_to_other_custodians, root),
        TEST(the_secret_goes_to_one_registrar_only, province),
        TEST(a_credential_takes_two_registrars_and_only_then_the_secret, province),
        TEST(two_keys_of_one_registrar_are_one_person, province),
        TEST(another_request_for_a_drafted_invite_is_an_alarm, province),
        TEST(only_the_credential_that_was_drafted_is_finished, province),
        TEST(a_secret_that_the_roster_does_not_name_is_refused, province),
        TEST(a_revocation_suspends_until_the_second_signature, province),
        TEST(custodians_set_the_first_policy, province),
        TEST(a_freshness_key_signs_the_head_and_nothing_else, province),
        TEST(inspect_finds_one_changed_byte, province),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
