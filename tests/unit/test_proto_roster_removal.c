/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_proto_roster_removal.c - a suspension or revocation never loses and never wears off. */
#include "tb_cmocka.h"

#include "province.h"

static void refused(struct province *p, const struct province_entry *e, tb_result want,
                    const char *why)
{
    uint64_t size = tb_roster_size(p->roster);
    tb_result r = province_append(p, e);

    if (r != want || !strstr(p->why.text, why))
        fail_msg("%s: '%s' instead of %s: '%s'", tb_result_name(r), p->why.text,
                 tb_result_name(want), why);
    assert_int_equal(tb_roster_size(p->roster), size);
}

static enum tb_standing standing(const struct province *p, const struct tb_hash *cred)
{
    return tb_roster_cred(p->roster, cred)->standing;
}

static enum tb_standing of(struct province *p, const char *account)
{
    return standing(p, &province_find(p, account)->cred);
}

static struct tb_hash hash_of(struct tb_view entry_signed)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a;
    Tb__RosterEntry *e;
    struct tb_hash hash = { { 0 } };

    tb_arena_init(&a, 1 << 20);
    province_must(tb_entry_peek(&a, entry_signed, &e, &hash), "peek", "");
    return hash;
}

/* Hash of the entry at the end of the log. */
static struct tb_hash newest(const struct province *p)
{
    return hash_of(tb_roster_entry(p->roster, tb_roster_size(p->roster) - 1));
}

static void remove_account(struct province *p, enum tb_entry_kind kind, const char *account,
                           const struct tb_sign_pair *by)
{
    Tb__Removal m = province_removal(account);
    struct province_entry e = province_entry(kind, account, &m.base);

    province_by(&e, by);
    province_put(p, &e);
}

static void remove_device(struct province *p, enum tb_entry_kind kind,
                          const struct province_device *d, const struct tb_sign_pair *by)
{
    Tb__Removal m = province_removal(d->account);
    struct tb_hash cred = d->cred;
    struct province_entry e = province_entry_of(kind, cred.b, sizeof cred.b, &m.base);

    m.cred = tb_field(cred.b, sizeof cred.b);
    province_by(&e, by);
    province_put(p, &e);
}

static void make_removal(struct province *p, const char *account, const struct tb_sign_pair *by,
                         struct tb_buf *ret)
{
    Tb__Removal m = province_removal(account);
    struct province_entry e = province_entry(TB_ENTRY_SUSPENSION, account, &m.base);

    province_by(&e, by);
    province_make(p, &e, ret);
}

/* A new credential for the device which lifts `removal`, or nothing if that is NULL. */
static struct province_entry lifting(struct province_device *d, Tb__Credential *m, char subject[66],
                                     ProtobufCBinaryData *lift, const struct tb_hash *removal)
{
    struct province_entry e = province_credential_entry(d, m, subject);

    if (removal) {
        *lift = tb_field(removal->b, sizeof removal->b);
        m->lifts = lift;
        m->n_lifts = 1;
    }
    return e;
}

/* ---- who may */

static void one_registrar_or_coordinator_suspends_at_once(void **state)
{
    struct province p;
    (void)state;

    province_real(&p);
    remove_account(&p, TB_ENTRY_SUSPENSION, "an", &p.registrar[1]);
    assert_int_equal(of(&p, "an"), TB_STANDING_SUSPENDED);
    assert_null(tb_roster_account(p.roster, "an"));
    remove_account(&p, TB_ENTRY_SUSPENSION, "binh", &province_find(&p, "chi")->sign);
    assert_int_equal(of(&p, "binh"), TB_STANDING_SUSPENDED);
    assert_int_equal(of(&p, "so-y-te"), TB_STANDING_GOOD);
    province_done(&p);
}

static void a_device_suspends_its_own_account_and_no_other(void **state)
{
    struct province p;
    (void)state;

    province_real(&p);
    struct province_device *second = province_enrol(&p, "an", "pa05", "may-2", TB_ROLE_RESPONDER);
    Tb__Removal m = province_removal("binh");
    struct province_entry e = province_entry(TB_ENTRY_SUSPENSION, "binh", &m.base);
    province_by(&e, &second->sign);
    refused(&p, &e, TB_E_DENIED, "'an' is no coordinator");
    remove_device(&p, TB_ENTRY_SUSPENSION, province_find(&p, "an"), &second->sign);
    assert_int_equal(of(&p, "an"), TB_STANDING_SUSPENDED); /* the lost phone */
    assert_int_equal(standing(&p, &second->cred), TB_STANDING_GOOD);
    province_done(&p);
}

static void a_suspended_device_suspends_nobody(void **state)
{
    struct province p;
    (void)state;

    province_real(&p);
    remove_account(&p, TB_ENTRY_SUSPENSION, "chi", &p.registrar[0]);
    Tb__Removal m = province_removal("dung");
    struct province_entry e = province_entry(TB_ENTRY_SUSPENSION, "dung", &m.base);
    province_by(&e, &province_find(&p, "chi")->sign);
    refused(&p, &e, TB_E_REVOKED, "'chi/may-truc'");
    province_done(&p);
}

static void strangers_suspend_nobody(void **state)
{
    struct province p;
    (void)state;

    province_real(&p);
    Tb__Removal m = province_removal("an");
    struct province_entry e = province_entry(TB_ENTRY_SUSPENSION, "an", &m.base);
    province_by(&e, &p.custodian[0]);
    province_by(&e, &p.relay);
    refused(&p, &e, TB_E_QUORUM, "0 of 1");
    struct province_entry revocation = province_entry(TB_ENTRY_REVOCATION, "an", &m.base);
    province_by(&revocation, &province_find(&p, "chi")->sign); /* registrars alone revoke */
    refused(&p, &revocation, TB_E_QUORUM, "0 of 1 signatures of distinct registrars");
    province_done(&p);
}

static void a_revocation_by_one_of_two_suspends(void **state)
{
    struct province p;
    (void)state;

    province_real(&p);
    remove_account(&p, TB_ENTRY_REVOCATION, "an", &p.registrar[0]);
    assert_int_equal(of(&p, "an"), TB_STANDING_SUSPENDED);

    Tb__Removal m = province_removal("binh");
    struct province_entry e = province_entry(TB_ENTRY_REVOCATION, "binh", &m.base);
    province_by(&e, &p.registrar[0]);
    province_by(&e, &p.registrar[1]);
    province_put(&p, &e);
    assert_int_equal(of(&p, "binh"), TB_STANDING_REVOKED);
    province_done(&p);
}

static void the_second_signature_makes_it_a_revocation(void **state)
{
    struct province p;
    Tb__Removal m = province_removal("an");
    struct province_entry e = province_entry(TB_ENTRY_REVOCATION, "an", &m.base);
    TB_CLEANUP(tb_buf_done) struct tb_buf one = { 0 }, two = { 0 };
    (void)state;

    province_real(&p);
    province_by(&e, &p.registrar[0]);
    province_make(&p, &e, &one);
    assert_int_equal(tb_entry_sign(tb_buf_view(&one), &p.id, &p.registrar[1], &two), TB_OK);
    assert_int_equal(tb_roster_append(p.roster, tb_buf_view(&one), 0, &p.why), TB_OK);
    assert_int_equal(of(&p, "an"), TB_STANDING_SUSPENDED);
    assert_int_equal(tb_roster_append(p.roster, tb_buf_view(&one), 0, &p.why), TB_E_QUORUM);
    assert_int_equal(tb_roster_append(p.roster, tb_buf_view(&two), 0, &p.why), TB_OK);
    assert_int_equal(of(&p, "an"), TB_STANDING_REVOKED);
    assert_int_equal(tb_roster_append(p.roster, tb_buf_view(&two), 0, &p.why), TB_E_CONFLICT);
    province_done(&p);
}

/* Seen on another way first, with one signature, it must still find its place in the log. */
static void a_revocation_known_on_sight_comes_into_the_log(void **state)
{
    struct province p;
    Tb__Removal m = province_removal("an");
    struct province_entry e = province_entry(TB_ENTRY_REVOCATION, "an", &m.base);
    TB_CLEANUP(tb_buf_done) struct tb_buf one = { 0 }, two = { 0 };
    (void)state;

    province_real(&p);
    province_by(&e, &p.registrar[0]);
    province_make(&p, &e, &one);
    assert_int_equal(tb_entry_sign(tb_buf_view(&one), &p.id, &p.registrar[1], &two), TB_OK);
    assert_int_equal(tb_roster_remove_on_sight(p.roster, tb_buf_view(&one), &p.why), TB_OK);
    assert_int_equal(tb_roster_append(p.roster, tb_buf_view(&one), 0, &p.why), TB_OK);
    assert_int_equal(tb_roster_append(p.roster, tb_buf_view(&two), 0, &p.why), TB_OK);
    assert_int_equal(tb_roster_remove_on_sight(p.roster, tb_buf_view(&one), &p.why), TB_OK);
    assert_int_equal(of(&p, "an"), TB_STANDING_REVOKED);
    province_done(&p);
}

static void a_second_signature_on_sight_makes_it_a_revocation(void **state)
{
    struct province p;
    Tb__Removal m = province_removal("an");
    struct province_entry e = province_entry(TB_ENTRY_REVOCATION, "an", &m.base);
    TB_CLEANUP(tb_buf_done) struct tb_buf one = { 0 }, two = { 0 };
    (void)state;

    province_real(&p);
    province_by(&e, &p.registrar[0]);
    province_make(&p, &e, &one);
    assert_int_equal(tb_entry_sign(tb_buf_view(&one), &p.id, &p.registrar[1], &two), TB_OK);
    assert_int_equal(tb_roster_remove_on_sight(p.roster, tb_buf_view(&one), &p.why), TB_OK);
    assert_int_equal(of(&p, "an"), TB_STANDING_SUSPENDED);
    assert_int_equal(tb_roster_remove_on_sight(p.roster, tb_buf_view(&two), &p.why), TB_OK);
    assert_int_equal(of(&p, "an"), TB_STANDING_REVOKED);
    province_done(&p);
}

/* ---- what it hits */

static void an_account_removed_is_removed_with_every_device_also_later_ones(void **state)
{
    struct province p;
    (void)state;

    province_real(&p);
    struct province_device *second = province_enrol(&p, "an", "pa05", "may-2", TB_ROLE_RESPONDER);
    remove_account(&p, TB_ENTRY_SUSPENSION, "an", &p.registrar[0]);
    assert_int_equal(standing(&p, &second->cred), TB_STANDING_SUSPENDED);
    struct province_device *third = province_enrol(&p, "an", "pa05", "may-3", TB_ROLE_RESPONDER);
    assert_int_equal(standing(&p, &third->cred), TB_STANDING_SUSPENDED);
    assert_null(tb_roster_account(p.roster, "an"));
    province_done(&p);
}

static void somebody_may_be_removed_before_he_comes(void **state)
{
    struct province p;
    (void)state;

    province_real(&p);
    remove_account(&p, TB_ENTRY_SUSPENSION, "em", &p.registrar[0]);
    struct province_device *em = province_enrol(&p, "em", "pa05", "may", TB_ROLE_RESPONDER);
    assert_int_equal(standing(&p, &em->cred), TB_STANDING_SUSPENDED);
    province_done(&p);
}

static void a_device_removed_stays_removed_under_a_new_credential(void **state)
{
    struct province p;
    (void)state;

    province_real(&p);
    struct province_device *an = province_find(&p, "an");
    struct tb_hash before = an->cred;
    remove_device(&p, TB_ENTRY_SUSPENSION, an, &p.registrar[0]);
    assert_int_equal(province_admit(&p, an), TB_OK); /* renewed, but nothing lifted */
    assert_int_equal(of(&p, "an"), TB_STANDING_SUSPENDED);
    assert_int_equal(standing(&p, &before), TB_STANDING_SUSPENDED);
    province_done(&p);
}

static void a_renewed_credential_replaces_the_old_one(void **state)
{
    struct province p;
    size_t i = 0, n = 0;
    (void)state;

    province_real(&p);
    struct province_device *an = province_find(&p, "an");
    struct tb_hash before = an->cred;
    assert_int_equal(province_admit(&p, an), TB_OK);
    assert_int_equal(standing(&p, &before), TB_STANDING_REPLACED);
    assert_int_equal(of(&p, "an"), TB_STANDING_GOOD);
    while (tb_roster_next_cred(p.roster, &i))
        n++;
    assert_int_equal(n, 5);
    province_done(&p);
}

/* ---- lifting */

static void only_a_credential_that_names_the_removal_lifts_it(void **state)
{
    struct province p;
    Tb__Credential m;
    char subject[66];
    ProtobufCBinaryData lift;
    (void)state;

    province_real(&p);
    struct province_device *an = province_find(&p, "an");
    struct province_device *second = province_enrol(&p, "an", "pa05", "may-2", TB_ROLE_RESPONDER);
    remove_account(&p, TB_ENTRY_SUSPENSION, "an", &p.registrar[0]);
    struct tb_hash removal = newest(&p);

    struct province_entry e = lifting(an, &m, subject, &lift, &removal);
    province_by(&e, &p.registrar[0]);
    refused(&p, &e, TB_E_QUORUM, "1 of 2"); /* un-suspending takes as many as granting */
    province_by(&e, &p.registrar[1]);
    province_put(&p, &e);
    an->cred = newest(&p);
    assert_int_equal(of(&p, "an"), TB_STANDING_GOOD);
    assert_int_equal(standing(&p, &second->cred), TB_STANDING_SUSPENDED); /* each on its own */

    assert_int_equal(province_admit(&p, an), TB_OK);
    assert_int_equal(of(&p, "an"), TB_STANDING_GOOD); /* once lifted, renewing changes nothing */
    remove_account(&p, TB_ENTRY_SUSPENSION, "an", &p.registrar[0]);
    assert_int_equal(of(&p, "an"), TB_STANDING_SUSPENDED); /* but a new removal is another one */
    province_done(&p);
}

static void two_removals_need_two_lifts(void **state)
{
    struct province p;
    Tb__Credential m;
    char subject[66];
    ProtobufCBinaryData lift;
    (void)state;

    province_demo(&p);
    struct province_device *an = province_find(&p, "an");
    remove_account(&p, TB_ENTRY_SUSPENSION, "an", &p.registrar[0]);
    struct tb_hash first = newest(&p);
    remove_device(&p, TB_ENTRY_REVOCATION, an, &p.registrar[0]);
    assert_int_equal(of(&p, "an"), TB_STANDING_REVOKED);
    struct province_entry e = lifting(an, &m, subject, &lift, &first);
    province_by(&e, &p.registrar[0]);
    province_put(&p, &e);
    an->cred = newest(&p);
    assert_int_equal(of(&p, "an"), TB_STANDING_REVOKED);
    province_done(&p);
}

static void a_credential_lifts_only_what_is_in_the_log_and_its_own(void **state)
{
    struct province p;
    Tb__Credential m;
    char subject[66];
    ProtobufCBinaryData lift;
    struct tb_hash none = { { 7 } };
    (void)state;

    province_demo(&p);
    remove_account(&p, TB_ENTRY_SUSPENSION, "binh", &p.registrar[0]);
    struct tb_hash of_binh = newest(&p);
    struct province_entry e = lifting(province_find(&p, "an"), &m, subject, &lift, &of_binh);
    province_by(&e, &p.registrar[0]);
    refused(&p, &e, TB_E_RANGE, "not about 'an/dien-thoai'");
    lift = tb_field(none.b, 32);
    refused(&p, &e, TB_E_NOTFOUND, "no removal 0700000000000000");

    remove_device(&p, TB_ENTRY_SUSPENSION, province_find(&p, "binh"), &p.registrar[0]);
    struct tb_hash device_of_binh = newest(&p);
    lift = tb_field(device_of_binh.b, 32);
    refused(&p, &e, TB_E_RANGE, "not about 'an/dien-thoai'");
    struct province_device *second = province_enrol(&p, "an", "pa05", "may-2", TB_ROLE_RESPONDER);
    remove_device(&p, TB_ENTRY_SUSPENSION, second, &p.registrar[0]);
    struct tb_hash other_device = newest(&p);
    lift = tb_field(other_device.b, 32);
    refused(&p, &e, TB_E_RANGE, "not about 'an/dien-thoai'");

    Tb__Removal unknown = province_removal("an"); /* whose credential nobody knows */
    unknown.cred = tb_field(none.b, 32);
    struct province_entry x = province_entry_of(TB_ENTRY_SUSPENSION, none.b, 32, &unknown.base);
    province_by(&x, &p.registrar[0]);
    province_put(&p, &x);
    struct tb_hash of_unknown = newest(&p);
    lift = tb_field(of_unknown.b, 32);
    refused(&p, &e, TB_E_RANGE, "not about 'an/dien-thoai'");

    TB_CLEANUP(tb_buf_done) struct tb_buf b = { 0 };
    make_removal(&p, "an", &p.registrar[0], &b);
    assert_int_equal(tb_roster_remove_on_sight(p.roster, tb_buf_view(&b), NULL), TB_OK);
    struct tb_hash on_sight = hash_of(tb_buf_view(&b));
    lift = tb_field(on_sight.b, 32);
    refused(&p, &e, TB_E_NOTFOUND, "it must be there before it is lifted");
    province_done(&p);
}

/* ---- on sight */

static void a_removal_applies_on_sight_and_again_in_the_log(void **state)
{
    struct province p;
    TB_CLEANUP(tb_buf_done) struct tb_buf b = { 0 };
    (void)state;

    province_real(&p);
    make_removal(&p, "an", &p.registrar[0], &b);
    assert_int_equal(tb_roster_remove_on_sight(p.roster, tb_buf_view(&b), &p.why), TB_OK);
    assert_int_equal(of(&p, "an"), TB_STANDING_SUSPENDED);
    assert_int_equal(tb_roster_size(p.roster), 11);
    assert_int_equal(tb_roster_remove_on_sight(p.roster, tb_buf_view(&b), &p.why), TB_OK);
    assert_int_equal(tb_roster_append(p.roster, tb_buf_view(&b), 0, &p.why), TB_OK);
    assert_int_equal(of(&p, "an"), TB_STANDING_SUSPENDED);
    assert_int_equal(tb_roster_remove_on_sight(p.roster, tb_buf_view(&b), &p.why), TB_OK);
    assert_int_equal(tb_roster_append(p.roster, tb_buf_view(&b), 0, &p.why), TB_E_CONFLICT);
    province_done(&p);
}

static void removals_on_sight_are_checked_like_others_and_have_a_limit(void **state)
{
    struct province p;
    struct tb_roster *empty;
    char account[16];
    tb_result r = TB_OK;
    int n = 0;
    (void)state;

    province_demo(&p);
    TB_CLEANUP(tb_buf_done) struct tb_buf b = { 0 }, other = { 0 };
    make_removal(&p, "an", &p.registrar[0], &b);
    assert_int_equal(tb_roster_new(&empty), TB_OK);
    assert_int_equal(tb_roster_remove_on_sight(empty, tb_buf_view(&b), NULL), TB_E_DENIED);
    tb_roster_free(empty);
    b.n--;
    assert_int_equal(tb_roster_remove_on_sight(p.roster, tb_buf_view(&b), &p.why), TB_E_TRUNCATED);
    Tb__Removal m = province_removal("an");
    const struct tb_hash *binh = &province_find(&p, "binh")->cred;
    m.cred = tb_field(binh->b, 32);
    struct province_entry e = province_entry_of(TB_ENTRY_SUSPENSION, binh->b, 32, &m.base);
    province_by(&e, &p.registrar[0]);
    province_make(&p, &e, &other);
    assert_int_equal(tb_roster_remove_on_sight(p.roster, tb_buf_view(&other), &p.why), TB_E_RANGE);
    assert_int_equal(of(&p, "binh"), TB_STANDING_GOOD);
    for (; r == TB_OK && n < 1000; n++) {
        TB_CLEANUP(tb_buf_done) struct tb_buf one = { 0 };
        (void)snprintf(account, sizeof account, "a%d", n);
        make_removal(&p, account, &p.registrar[0], &one);
        r = tb_roster_remove_on_sight(p.roster, tb_buf_view(&one), &p.why);
    }
    assert_int_equal(r, TB_E_LIMIT);
    assert_int_equal(n, 257);
    province_done(&p);
}

static void only_removals_apply_on_sight_and_only_with_their_signatures(void **state)
{
    struct province p;
    TB_CLEANUP(tb_buf_done) struct tb_buf b = { 0 }, policy = { 0 };
    struct province_policy body;
    (void)state;

    province_demo(&p);
    make_removal(&p, "an", &p.relay, &b);
    assert_int_equal(tb_roster_remove_on_sight(p.roster, tb_buf_view(&b), &p.why), TB_E_QUORUM);
    b.p[b.n - 1] ^= 1;
    assert_int_equal(tb_roster_remove_on_sight(p.roster, tb_buf_view(&b), &p.why), TB_E_BADSIG);
    assert_int_equal(of(&p, "an"), TB_STANDING_GOOD);
    province_policy_body(&body, "truc-dem", "an");
    struct province_entry e = province_entry(TB_ENTRY_POLICY, "truc-dem", &body.m.base);
    province_by(&e, &province_find(&p, "chi")->sign);
    province_make(&p, &e, &policy);
    assert_int_equal(tb_roster_remove_on_sight(p.roster, tb_buf_view(&policy), &p.why),
                     TB_E_DENIED);
    province_done(&p);
}

static void a_removal_on_sight_of_a_credential_still_to_come_waits_for_it(void **state)
{
    struct province p;
    struct tb_roster *behind;
    TB_CLEANUP(tb_buf_done) struct tb_buf b = { 0 };
    (void)state;

    province_demo(&p);
    assert_int_equal(tb_roster_new(&behind), TB_OK);
    for (uint64_t i = 0; i < 6; i++)
        assert_int_equal(tb_roster_append(behind, tb_roster_entry(p.roster, i), 0, NULL), TB_OK);
    Tb__Removal m = province_removal("an");
    struct tb_hash cred = province_find(&p, "an")->cred;
    m.cred = tb_field(cred.b, sizeof cred.b);
    struct province_entry e = province_entry_of(TB_ENTRY_SUSPENSION, cred.b, 32, &m.base);
    province_by(&e, &p.registrar[0]);
    province_make(&p, &e, &b);
    assert_int_equal(tb_roster_remove_on_sight(behind, tb_buf_view(&b), &p.why), TB_OK);
    for (uint64_t i = 6; i < 8; i++)
        assert_int_equal(tb_roster_append(behind, tb_roster_entry(p.roster, i), 0, NULL), TB_OK);
    assert_int_equal(tb_roster_cred(behind, &cred)->standing, TB_STANDING_SUSPENDED);
    assert_non_null(tb_roster_account(behind, "binh")); /* who has a device of the same name */
    tb_roster_free(behind);
    province_done(&p);
}

/* Else a device that knows more than the log could not follow it any longer. */
static void what_came_on_sight_does_not_decide_what_the_log_takes(void **state)
{
    struct province p;
    TB_CLEANUP(tb_buf_done) struct tb_buf b = { 0 };
    (void)state;

    province_demo(&p);
    make_removal(&p, "chi", &p.registrar[0], &b);
    assert_int_equal(tb_roster_remove_on_sight(p.roster, tb_buf_view(&b), &p.why), TB_OK);
    assert_int_equal(of(&p, "chi"), TB_STANDING_SUSPENDED);
    province_set_policy(&p, "truc-dem", "an"); /* signed by chi: in the log chi stands well */
    province_done(&p);
}

/* A removal of an account that has nothing in this log yet may name a head that is not here yet. */
static void a_removal_on_sight_may_be_ahead_of_the_log(void **state)
{
    struct province p;
    struct tb_roster *behind;
    TB_CLEANUP(tb_buf_done) struct tb_buf b = { 0 };
    (void)state;

    province_demo(&p);
    assert_int_equal(tb_roster_new(&behind), TB_OK);
    for (uint64_t i = 0; i < 7; i++)
        assert_int_equal(tb_roster_append(behind, tb_roster_entry(p.roster, i), 0, NULL), TB_OK);
    make_removal(&p, "an", &p.registrar[0], &b);
    assert_int_equal(tb_roster_append(behind, tb_buf_view(&b), 0, &p.why), TB_E_CONFLICT);
    assert_int_equal(tb_roster_remove_on_sight(behind, tb_buf_view(&b), &p.why), TB_OK);
    assert_int_equal(tb_roster_cred(behind, &province_find(&p, "an")->cred)->standing,
                     TB_STANDING_SUSPENDED);
    tb_roster_free(behind);
    province_done(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_registrar_or_coordinator_suspends_at_once),
        cmocka_unit_test(a_device_suspends_its_own_account_and_no_other),
        cmocka_unit_test(a_suspended_device_suspends_nobody),
        cmocka_unit_test(strangers_suspend_nobody),
        cmocka_unit_test(a_revocation_by_one_of_two_suspends),
        cmocka_unit_test(the_second_signature_makes_it_a_revocation),
        cmocka_unit_test(a_revocation_known_on_sight_comes_into_the_log),
        cmocka_unit_test(a_second_signature_on_sight_makes_it_a_revocation),
        cmocka_unit_test(an_account_removed_is_removed_with_every_device_also_later_ones),
        cmocka_unit_test(somebody_may_be_removed_before_he_comes),
        cmocka_unit_test(a_device_removed_stays_removed_under_a_new_credential),
        cmocka_unit_test(a_renewed_credential_replaces_the_old_one),
        cmocka_unit_test(only_a_credential_that_names_the_removal_lifts_it),
        cmocka_unit_test(two_removals_need_two_lifts),
        cmocka_unit_test(a_credential_lifts_only_what_is_in_the_log_and_its_own),
        cmocka_unit_test(a_removal_applies_on_sight_and_again_in_the_log),
        cmocka_unit_test(removals_on_sight_are_checked_like_others_and_have_a_limit),
        cmocka_unit_test(only_removals_apply_on_sight_and_only_with_their_signatures),
        cmocka_unit_test(a_removal_on_sight_of_a_credential_still_to_come_waits_for_it),
        cmocka_unit_test(what_came_on_sight_does_not_decide_what_the_log_takes),
        cmocka_unit_test(a_removal_on_sight_may_be_ahead_of_the_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
