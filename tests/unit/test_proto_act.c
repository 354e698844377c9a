/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_proto_act.c - the form of statements, and what an act changes. */
#include "tb_cmocka.h"

#include <string.h>

#include "support_proto_samples.h"

/* Packs the sample as changed and unpacks it by its own function. */
#define CHECK(type, sample, unpack, change, expected)                    \
    do {                                                                 \
        type *m = sample();                                              \
        type *back;                                                      \
        TB_CLEANUP(tb_arena_done) struct tb_arena a;                     \
        change;                                                          \
        TB_CLEANUP(tb_buf_done) struct tb_buf b = sample_pack(&m->base); \
        tb_arena_init(&a, TB_ARENA_ANON);                                \
        assert_int_equal(unpack(&a, tb_buf_view(&b), &back), expected);  \
    } while (0)
#define ACT(change, expected) CHECK(Tb__Act, sample_act, tb_act_unpack, change, expected)
#define RELEASE(change, expected) \
    CHECK(Tb__Release, sample_release, tb_release_unpack, change, expected)
#define RELAYED(change, expected) \
    CHECK(Tb__RelayReceipt, sample_relay_receipt, tb_relay_receipt_unpack, change, expected)
#define INCLUDED(change, expected) \
    CHECK(Tb__RelayReceipt, sample_inclusion, tb_relay_receipt_unpack, change, expected)
#define RECEIPT(change, expected) \
    CHECK(Tb__Receipt, sample_receipt, tb_receipt_unpack, change, expected)
#define PREKEYS(change, expected) \
    CHECK(Tb__Prekeys, sample_prekeys, tb_prekeys_unpack, change, expected)
#define RESET(change, expected) CHECK(Tb__Reset, sample_reset, tb_reset_unpack, change, expected)
#define DUTY(change, expected) CHECK(Tb__Duty, sample_duty, tb_duty_unpack, change, expected)

static char binh[] = "binh", empty[] = "", bad_name[] = "Bình";
static char *one_bad[] = { binh, bad_name };

static void an_act_has_every_field_in_its_range(void **state)
{
    (void)state;
    ACT((void)m, TB_OK);
    ACT(m->suite = 0, TB_E_VERSION);
    ACT(m->kind = 0, TB_E_RANGE);
    ACT(m->kind = 7, TB_E_RANGE);
    ACT(m->kind = TB_ACT_TAKEOVER, TB_E_RESERVED);
    ACT(m->kind = 16, TB_E_RESERVED);
    ACT(m->accept_expires_ms = 1, TB_E_RESERVED);
    ACT(m->t = TB_TIER_STANDBY, TB_E_RESERVED);
    ACT(m->act_id.len = 0, TB_E_RANGE);
    ACT(m->page_id.len = 0, TB_E_RANGE);
    ACT(m->header_hash.len = 0, TB_E_RANGE);
    ACT(m->incident_id.len = 0, TB_OK);
    ACT(m->incident_id.len = 1, TB_E_RANGE);
    ACT(m->actor_cred.len = 0, TB_E_RANGE);
    ACT(m->account = empty, TB_E_RANGE);
    ACT(m->account = bad_name, TB_E_RANGE);
    ACT(m->round = 0, TB_E_RANGE);
    ACT(m->round = TB_ROUNDS_MAX + 1, TB_E_RANGE);
    ACT(m->release_hash.len = 0, TB_E_RANGE);
    ACT(m->refers_to.len = 0, TB_OK);
    ACT(m->refers_to.len = 16, TB_E_RANGE);
    ACT(m->t = TB_TIERS_MAX + 1, TB_E_RANGE);
    ACT(m->level = 4, TB_E_RANGE);
    ACT(m->evidence = 4, TB_E_RANGE);
    ACT(m->time_ms = 0, TB_E_RANGE);
    ACT(m->act_no = 0, TB_E_RANGE);
    ACT(m->act_no = 1, TB_E_RANGE); /* the first has no predecessor */
    ACT(m->prev_act_hash = sample_bytes(0, 32), TB_E_RANGE);
    ACT(m->act_no = 1; m->prev_act_hash = sample_bytes(0, 32), TB_OK);
    ACT(m->roster = NULL, TB_E_RANGE);
    ACT(m->detail_hash = sample_bytes(0, 32), TB_E_RANGE);
    ACT(m->detail_hash = m->detail_kc = sample_bytes(0, 32), TB_OK);
    ACT(m->detail_kc.len = 0, TB_E_RANGE);
}

static void an_act_has_only_the_fields_of_its_kind(void **state)
{
    (void)state;
    ACT(m->eta_min = TB_ETA_MIN_MAX, TB_OK);
    ACT(m->eta_min = TB_ETA_MIN_MAX + 1, TB_E_RANGE);
    ACT(m->kind = TB_ACT_DECLINE, TB_E_RANGE); /* with an ETA */
    ACT(m->kind = TB_ACT_DECLINE; m->eta_min = 0, TB_OK);
    ACT(m->kind = TB_ACT_RESOLVE; m->eta_min = 0, TB_OK);
    ACT(m->target_account = binh, TB_E_RANGE);
    ACT(m->kind = TB_ACT_OFFER; m->eta_min = 0, TB_E_RANGE);
    ACT(m->kind = TB_ACT_OFFER; m->eta_min = 0; m->target_account = binh, TB_OK);
    ACT(m->kind = TB_ACT_OFFER; m->eta_min = 0; m->target_account = bad_name, TB_E_RANGE);
    ACT(m->to_cred = sample_bytes(1, 32), TB_E_RANGE);
    ACT(m->kind = TB_ACT_REWRAP; m->eta_min = 0, TB_E_RANGE);
    ACT(m->kind = TB_ACT_REWRAP; m->eta_min = 0; m->to_cred = sample_bytes(1, 32), TB_OK);
}

static void a_release_has_every_field_in_its_range(void **state)
{
    (void)state;
    RELEASE((void)m, TB_OK);
    RELEASE(m->relay_id.len = 0, TB_E_RANGE);
    RELEASE(m->page_id.len = 0, TB_E_RANGE);
    RELEASE(m->header_hash.len = 0, TB_E_RANGE);
    RELEASE(m->prev_release_hash.len = 0, TB_E_RANGE);
    RELEASE(m->release_no = 0, TB_E_RANGE);
    RELEASE(m->release_no = 1, TB_E_RANGE);
    RELEASE(m->release_no = 1; m->prev_release_hash = sample_bytes(0, 32), TB_OK);
    RELEASE(m->round = 0, TB_E_RANGE);
    RELEASE(m->policy_hash.len = 0, TB_E_RANGE);
    RELEASE(m->schedule_hash.len = 0, TB_OK);
    RELEASE(m->schedule_hash = sample_bytes(1, 32), TB_E_RESERVED);
    RELEASE(m->nonce.len = 0, TB_E_RANGE);
    RELEASE(m->time_ms = -1, TB_E_RANGE);
    RELEASE(m->step = 0, TB_E_RANGE);
    RELEASE(m->step = 4, TB_E_RANGE);
    RELEASE(m->t = 0, TB_OK); /* a test page */
    RELEASE(m->step = TB_RELEASE_SKIP; m->t = 0, TB_E_RANGE);
    RELEASE(m->t = TB_TIERS_MAX + 1, TB_E_RANGE);
    RELEASE(m->t = TB_TIER_STANDBY, TB_E_RESERVED);
    RELEASE(m->n_account = 0, TB_E_RANGE);
    RELEASE(m->step = TB_RELEASE_SKIP; m->n_account = 0, TB_OK);
    RELEASE(m->step = TB_RELEASE_NOBODY, TB_E_RANGE);
    RELEASE(m->step = TB_RELEASE_NOBODY; m->t = 0; m->n_account = 0, TB_OK);
    RELEASE(m->account = one_bad, TB_E_RANGE);
}

static void a_relay_receipt_is_of_a_page_or_of_an_entry(void **state)
{
    (void)state;
    RELAYED((void)m, TB_OK);
    RELAYED(m->kind = 3, TB_E_RANGE);
    RELAYED(m->kind = TB_RELAYED_ENTRY, TB_E_RANGE);
    RELAYED(m->page_id.len = 0, TB_E_RANGE);
    RELAYED(m->relay_id.len = 0, TB_E_RANGE);
    RELAYED(m->capsules = TB_CAPSULES_MAX + 1, TB_E_RANGE);
    RELAYED(m->entry_hash = sample_bytes(1, 32), TB_E_RANGE);
    INCLUDED((void)m, TB_OK);
    INCLUDED(m->kind = TB_RELAYED_PAGE, TB_E_RANGE);
    INCLUDED(m->head = NULL, TB_E_RANGE);
    INCLUDED(m->position = m->head->size, TB_E_RANGE); /* the head must cover it */
    INCLUDED(m->entry_hash.len = 0, TB_E_RANGE);
}

static void a_receipt_answers_a_capsule_or_a_release(void **state)
{
    (void)state;
    RECEIPT((void)m, TB_OK);
    RECEIPT(m->kind = 0, TB_E_RANGE);
    RECEIPT(m->kind = 5, TB_E_RANGE);
    RECEIPT(m->cred.len = 0, TB_E_RANGE);
    RECEIPT(m->release_hash = sample_bytes(1, 32), TB_E_RANGE);
    RECEIPT(m->kind = TB_RECEIPT_CAPSULE_OK, TB_E_RANGE);
    RECEIPT(m->kind = TB_RECEIPT_CAPSULE_OK; m->need_epoch = m->have_epoch = 0;
            m->error = 0, TB_OK);
    RECEIPT(m->kind = TB_RECEIPT_SEEN; m->need_epoch = m->have_epoch = 0; m->error = 0, TB_E_RANGE);
    RECEIPT(m->kind = TB_RECEIPT_SEEN; m->need_epoch = m->have_epoch = 0; m->error = 0;
            m->release_hash = sample_bytes(1, 32), TB_OK);
}

static void prekeys_are_points_that_agree_on_a_secret(void **state)
{
    static uint8_t low[33] = { 5, 1 }; /* order 1 */

    (void)state;
    PREKEYS((void)m, TB_OK);
    PREKEYS(m->n_one_time = 0, TB_OK);
    PREKEYS(m->signed_key->key = tb_field(low, 33), TB_E_BADSIG);
    PREKEYS(m->one_time[1]->key = tb_field(low, 33), TB_E_BADSIG);
    PREKEYS(m->one_time[0]->key.len = 32, TB_E_RANGE);
    PREKEYS(m->one_time[0]->key = sample_bytes(6, 33), TB_E_RANGE); /* no type byte */
    PREKEYS(m->one_time[1]->id = m->one_time[0]->id, TB_E_RANGE);
    PREKEYS(m->one_time[1]->id = 0, TB_E_RANGE);
    PREKEYS(m->one_time[1]->id = 0x1000000, TB_E_RANGE);
    PREKEYS(m->signed_key = NULL, TB_E_RANGE);
    PREKEYS(m->signed_sig.len = 63, TB_E_RANGE);
    PREKEYS(m->registration_id = 0, TB_E_RANGE);
    PREKEYS(m->kem = 1, TB_E_RESERVED);
    PREKEYS(m->kem_pk = sample_bytes(1, 1), TB_E_RESERVED);
}

static void a_batch_has_at_most_fifty_prekeys(void **state)
{
    static Tb__PrekeyKey *many[TB_PREKEY_BATCH + 1];

    (void)state;
    PREKEYS(for (size_t i = 0; i <= TB_PREKEY_BATCH; i++) many[i] = m->one_time[0];
            m->one_time = many; m->n_one_time = TB_PREKEY_BATCH + 1, TB_E_LIMIT);
}

static void a_reset_is_between_two_devices(void **state)
{
    (void)state;
    RESET((void)m, TB_OK);
    RESET(m->to_cred = m->from_cred, TB_E_RANGE);
    RESET(m->number = 0, TB_E_RANGE);
    RESET(m->reason = 256, TB_E_RANGE);
    RESET(m->to_cred.len = 0, TB_E_RANGE);
}

static void a_duty_statement_names_its_device_and_its_place_in_a_row(void **state)
{
    (void)state;
    DUTY((void)m, TB_OK);
    DUTY(m->off = false, TB_OK);
    DUTY(m->suite = 2, TB_E_VERSION);
    DUTY(m->cred.len = 31, TB_E_RANGE);
    DUTY(m->cred.len = 0, TB_E_RANGE);
    DUTY(m->at_ms = 0, TB_E_RANGE);
    DUTY(m->number = 0, TB_E_RANGE);
    DUTY(m->number = UINT64_MAX, TB_E_RANGE);
}

/* ---- what an act changes */

static const struct tb_hash offer_hash = { { 0x77 } };

/* The sample's page in round 2; binh's offer stands if `offer_to`. */
static struct tb_act_page page_of(const char *owner, const char *offer_to)
{
    Tb__Act *m = sample_act();

    return (struct tb_act_page){
        .page_id = tb_id_from(m->page_id.data),
        .header_hash = tb_hash_from(m->header_hash.data),
        .round = 2,
        .owner = owner,
        .sender = "so-y-te",
        .offer_to = offer_to,
        .offer_hash = offer_to ? &offer_hash : NULL,
    };
}

/* An act of `account` in round 2 that refers to no offer. */
static Tb__Act *act_of(enum tb_act_kind kind, char *account)
{
    Tb__Act *m = sample_act();

    m->kind = (uint32_t)kind;
    m->account = account;
    m->refers_to.len = 0;
    return m;
}

static const struct tb_act_release released = { 2, 1, true };
static char an[] = "an", clerk[] = "so-y-te";

static tb_result accept_as(char *account, const char *owner, const struct tb_act_release *cited)
{
    struct tb_act_page p = page_of(owner, NULL);

    return tb_act_applies(act_of(TB_ACT_ACCEPT, account), TB_ROLE_RESPONDER, &p, cited);
}

static void an_accept_needs_a_release_that_names_the_actor(void **state)
{
    (void)state;
    assert_int_equal(accept_as(an, NULL, &released), TB_OK);
    assert_int_equal(accept_as(an, NULL, NULL), TB_E_DENIED);
    assert_int_equal(accept_as(an, NULL, &(struct tb_act_release){ 2, 1, false }), TB_E_DENIED);
    assert_int_equal(accept_as(an, NULL, &(struct tb_act_release){ 2, 2, true }), TB_E_DENIED);
    /* Called in an earlier round and still not answered: called. */
    assert_int_equal(accept_as(an, NULL, &(struct tb_act_release){ 1, 1, true }), TB_OK);
    assert_int_equal(accept_as(an, NULL, &(struct tb_act_release){ 3, 1, true }), TB_E_STALE);

    struct tb_act_page p = page_of(NULL, NULL);
    Tb__Act *m = act_of(TB_ACT_ACCEPT, an);
    m->release_hash = sample_bytes(0, 32); /* cites nothing, whatever the caller looked up */
    assert_int_equal(tb_act_applies(m, TB_ROLE_RESPONDER, &p, &released), TB_E_DENIED);
}

static void the_first_accept_owns_the_page(void **state)
{
    (void)state;
    assert_int_equal(accept_as(an, "binh", &released), TB_E_CONFLICT);
    assert_int_equal(accept_as(an, "an", &released), TB_OK); /* a second device, or a new ETA */
}

static void answers_of_another_round_or_page_change_nothing(void **state)
{
    struct tb_act_page p = page_of(NULL, NULL);

    (void)state;
    for (uint32_t round = 1; round <= 3; round += 2) {
        Tb__Act *m = act_of(TB_ACT_ACCEPT, an);
        m->round = round;
        assert_int_equal(tb_act_applies(m, TB_ROLE_RESPONDER, &p, &released), TB_E_STALE);
    }
    p.page_id.b[0] ^= 1;
    assert_int_equal(tb_act_applies(act_of(TB_ACT_ACCEPT, an), TB_ROLE_RESPONDER, &p, &released),
                     TB_E_NOTFOUND);
    p = page_of(NULL, NULL);
    p.header_hash.b[0] ^= 1;
    assert_int_equal(tb_act_applies(act_of(TB_ACT_ACCEPT, an), TB_ROLE_RESPONDER, &p, &released),
                     TB_E_NOTFOUND);
}

static void nothing_changes_a_page_that_ended(void **state)
{
    struct tb_act_page p = page_of("an", NULL);

    (void)state;
    p.ended = true;
    for (int kind = TB_ACT_ACCEPT; kind <= TB_ACT_REWRAP; kind++)
        assert_int_equal(
            tb_act_applies(act_of((enum tb_act_kind)kind, an), TB_ROLE_COORDINATOR, &p, &released),
            TB_E_CONFLICT);
}

static void only_the_taker_of_an_open_offer_accepts_it(void **state)
{
    struct tb_act_page p = page_of("binh", "an"), none = page_of("binh", NULL),
                       own = page_of("binh", "chi");
    Tb__Act *m = act_of(TB_ACT_ACCEPT, an);

    (void)state;
    m->refers_to = tb_field(offer_hash.b, 32);
    assert_int_equal(tb_act_applies(m, TB_ROLE_RESPONDER, &p, NULL), TB_OK);
    assert_int_equal(tb_act_applies(m, TB_ROLE_RESPONDER, &none, NULL), TB_E_STALE);
    assert_int_equal(tb_act_applies(m, TB_ROLE_RESPONDER, &own, NULL), TB_E_DENIED);
    m->refers_to = sample_bytes(0x78, 32);
    assert_int_equal(tb_act_applies(m, TB_ROLE_RESPONDER, &p, NULL), TB_E_STALE);
    m->refers_to = tb_field(offer_hash.b, 32);
    m->round = 1;
    assert_int_equal(tb_act_applies(m, TB_ROLE_RESPONDER, &p, NULL), TB_E_STALE);
}

static void who_was_released_declines_and_the_owner_does_not(void **state)
{
    struct tb_act_page p = page_of(NULL, NULL), own = page_of("an", NULL),
                       other = page_of("binh", NULL);
    Tb__Act *m = act_of(TB_ACT_DECLINE, an);

    (void)state;
    assert_int_equal(tb_act_applies(m, TB_ROLE_RESPONDER, &p, &released), TB_OK);
    assert_int_equal(tb_act_applies(m, TB_ROLE_RESPONDER, &other, &released), TB_OK);
    assert_int_equal(tb_act_applies(m, TB_ROLE_RESPONDER, &own, &released), TB_E_DENIED);
    assert_int_equal(tb_act_applies(m, TB_ROLE_RESPONDER, &p, NULL), TB_E_DENIED);
}

static void only_the_owner_offers_and_to_somebody_else(void **state)
{
    struct tb_act_page own = page_of("an", NULL), other = page_of("binh", NULL),
                       none = page_of(NULL, NULL);
    Tb__Act *m = act_of(TB_ACT_OFFER, an);

    (void)state;
    m->target_account = binh;
    assert_int_equal(tb_act_applies(m, TB_ROLE_RESPONDER, &own, NULL), TB_OK);
    assert_int_equal(tb_act_applies(m, TB_ROLE_COORDINATOR, &other, NULL), TB_E_DENIED);
    assert_int_equal(tb_act_applies(m, TB_ROLE_RESPONDER, &none, NULL), TB_E_DENIED);
    m->target_account = an;
    assert_int_equal(tb_act_applies(m, TB_ROLE_RESPONDER, &own, NULL), TB_E_DENIED);
}

static void owner_sender_and_coordinators_resolve(void **state)
{
    struct tb_act_page p = page_of("binh", NULL);

    (void)state;
    assert_int_equal(tb_act_applies(act_of(TB_ACT_RESOLVE, an), TB_ROLE_RESPONDER, &p, &released),
                     TB_E_DENIED);
    assert_int_equal(tb_act_applies(act_of(TB_ACT_RESOLVE, an), TB_ROLE_COORDINATOR, &p, NULL),
                     TB_OK);
    assert_int_equal(tb_act_applies(act_of(TB_ACT_RESOLVE, binh), TB_ROLE_RESPONDER, &p, NULL),
                     TB_OK);
    Tb__Act *m = act_of(TB_ACT_RESOLVE, clerk);
    m->round = 1; /* the sender may not have seen the second round begin */
    assert_int_equal(tb_act_applies(m, TB_ROLE_AGENCY, &p, NULL), TB_OK);
    m->round = 3;
    assert_int_equal(tb_act_applies(m, TB_ROLE_AGENCY, &p, NULL), TB_E_STALE);
}

static void who_may_not_page_may_not_act(void **state)
{
    static const enum tb_role roles[] = { TB_ROLE_NONE, TB_ROLE_GUEST, TB_ROLE_REGISTRAR,
                                          TB_ROLE_INVITE, TB_ROLE_BELL };
    struct tb_act_page p = page_of("an", NULL);

    (void)state;
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++)
        for (int kind = TB_ACT_ACCEPT; kind <= TB_ACT_REWRAP; kind++)
            assert_int_equal(
                tb_act_applies(act_of((enum tb_act_kind)kind, an), roles[i], &p, &released),
                TB_E_DENIED);
    assert_int_equal(tb_act_applies(act_of(TB_ACT_REWRAP, an), TB_ROLE_RESPONDER, &p, NULL), TB_OK);
    assert_int_equal(tb_act_applies(act_of(TB_ACT_TAKEOVER, an), TB_ROLE_COORDINATOR, &p, NULL),
                     TB_E_RESERVED);
}

static void acts_have_names(void **state)
{
    static const char *const names[] = { "unknown", "accept", "decline",  "offer",
                                         "resolve", "rewrap", "takeover", "unknown" };

    (void)state;
    for (unsigned k = 0; k < 8; k++)
        assert_string_equal(tb_act_name((enum tb_act_kind)k), names[k]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_act_has_every_field_in_its_range),
        cmocka_unit_test(an_act_has_only_the_fields_of_its_kind),
        cmocka_unit_test(a_release_has_every_field_in_its_range),
        cmocka_unit_test(a_relay_receipt_is_of_a_page_or_of_an_entry),
        cmocka_unit_test(a_receipt_answers_a_capsule_or_a_release),
        cmocka_unit_test(prekeys_are_points_that_agree_on_a_secret),
        cmocka_unit_test(a_batch_has_at_most_fifty_prekeys),
        cmocka_unit_test(a_reset_is_between_two_devices),
        cmocka_unit_test(a_duty_statement_names_its_device_and_its_place_in_a_row),
        cmocka_unit_test(an_accept_needs_a_release_that_names_the_actor),
        cmocka_unit_test(the_first_accept_owns_the_page),
        cmocka_unit_test(answers_of_another_round_or_page_change_nothing),
        cmocka_unit_test(nothing_changes_a_page_that_ended),
        cmocka_unit_test(only_the_taker_of_an_open_offer_accepts_it),
        cmocka_unit_test(who_was_released_declines_and_the_owner_does_not),
        cmocka_unit_test(only_the_owner_offers_and_to_somebody_else),
        cmocka_unit_test(owner_sender_and_coordinators_resolve),
        cmocka_unit_test(who_may_not_page_may_not_act),
        cmocka_unit_test(acts_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
