/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_proto_roster_policy.c - who is paged and when: form of a policy, and whose it is to sign. */
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

static uint32_t classes[3];
static char upper[] = "An", empty[] = "";

static void schedule_target(struct province_policy *b)
{
    b->target[0][0].kind = TB_TARGET_SCHEDULE;
}
static void target_kind_0(struct province_policy *b)
{
    b->target[0][0].kind = 0;
}
static void target_name(struct province_policy *b)
{
    b->target[1][0].id = upper;
}
static void target_twice(struct province_policy *b)
{
    b->target[0][1].id = b->target[0][0].id;
}
static void accept_expires(struct province_policy *b)
{
    b->m.accept_expires_s = 60;
}
static void wake_up(struct province_policy *b)
{
    b->m.wake_up = 1;
}
static void quorum_2(struct province_policy *b)
{
    b->tier[1].quorum = 2;
}
static void no_tier(struct province_policy *b)
{
    b->m.n_tier = 0;
}
static void gap(struct province_policy *b)
{
    b->tier[1].t = 3;
}
static void from_0(struct province_policy *b)
{
    b->tier[0].t = 0;
}
static void wait_0(struct province_policy *b)
{
    b->tier[0].wait_s = 0;
}
static void wait_long(struct province_policy *b)
{
    b->tier[1].wait_s = 86401;
}
static void repeat_4(struct province_policy *b)
{
    b->tier[0].repeat_s = 4;
}
static void repeat_long(struct province_policy *b)
{
    b->tier[0].repeat_s = 86401;
}
static void no_target(struct province_policy *b)
{
    b->tier[1].n_target = 0;
}
static void bad_id(struct province_policy *b)
{
    b->m.id = upper;
}
static void bad_name(struct province_policy *b)
{
    static char two_lines[] = "a\nb";
    b->m.name = two_lines;
}
static void other_id(struct province_policy *b)
{
    static char other[] = "truc-ngay";
    b->m.id = other;
}
static void class_0(struct province_policy *b)
{
    classes[0] = 0;
    b->m.page_class = classes;
    b->m.n_page_class = 1;
}
static void class_4(struct province_policy *b)
{
    classes[0] = 4;
    b->m.page_class = classes;
    b->m.n_page_class = 1;
}
static void class_twice(struct province_policy *b)
{
    classes[0] = classes[1] = 1;
    b->m.page_class = classes;
    b->m.n_page_class = 2;
}

static void every_field_of_a_policy_is_checked(void **state)
{
    static const struct {
        void (*spoil)(struct province_policy *b);
        tb_result want;
        const char *why;
    } table[] = {
        { schedule_target, TB_E_RESERVED, "target kind 2 (schedule) in tier 1" },
        { target_kind_0, TB_E_RANGE, "target kind 0" },
        { target_name, TB_E_RANGE, "account 'An' in tier 2" },
        { target_twice, TB_E_RANGE, "'an' stands twice in tier 1" },
        { accept_expires, TB_E_RESERVED, "accept_expires_s 60" },
        { wake_up, TB_E_RESERVED, "wake_up 1" },
        { quorum_2, TB_E_RESERVED, "quorum 2 of tier 2" },
        { no_tier, TB_E_RANGE, "0 tiers" },
        { gap, TB_E_RANGE, "tier 3 stands where tier 2 should" },
        { from_0, TB_E_RANGE, "tier 0 stands where tier 1 should" },
        { wait_0, TB_E_RANGE, "wait_s 0 of tier 1" },
        { wait_long, TB_E_RANGE, "wait_s 86401 of tier 2" },
        { repeat_4, TB_E_RANGE, "repeat_s 4 of tier 1" },
        { repeat_long, TB_E_RANGE, "repeat_s 86401" },
        { no_target, TB_E_RANGE, "0 accounts in tier 2" },
        { bad_id, TB_E_RANGE, "policy 'An'" },
        { bad_name, TB_E_RANGE, "policy name" },
        { other_id, TB_E_RANGE, "subject" },
        { class_0, TB_E_RANGE, "page_class 0" },
        { class_4, TB_E_RANGE, "page_class 4" },
        { class_twice, TB_E_RANGE, "page_class 1" },
    };
    struct province p;
    (void)state;

    province_demo(&p);
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct province_policy b;
        province_policy_body(&b, "truc-dem", "an,em;binh");
        table[i].spoil(&b);
        struct province_entry e = province_entry(TB_ENTRY_POLICY, "truc-dem", &b.m.base);
        province_by(&e, &province_find(&p, "chi")->sign);
        refused(&p, &e, table[i].want, table[i].why);
    }
    province_done(&p);
}

static void sizes_of_a_policy_have_limits(void **state)
{
    static Tb__Target target[TB_TARGETS_MAX + 1];
    static Tb__Target *list[TB_TARGETS_MAX + 1];
    static char name[TB_TARGETS_MAX + 1][8];
    static Tb__PolicyTier *tiers[TB_TIERS_MAX + 1];
    struct province p;
    struct province_policy b;
    (void)state;

    province_demo(&p);
    for (size_t i = 0; i <= TB_TARGETS_MAX; i++) {
        (void)snprintf(name[i], sizeof name[i], "a%zu", i);
        tb__target__init(&target[i]);
        target[i].kind = TB_TARGET_ACCOUNT;
        target[i].id = name[i];
        list[i] = &target[i];
    }
    province_policy_body(&b, "truc-dem", "an");
    b.tier[0].target = list;
    b.tier[0].n_target = TB_TARGETS_MAX + 1;
    struct province_entry e = province_entry(TB_ENTRY_POLICY, "truc-dem", &b.m.base);
    province_by(&e, &province_find(&p, "chi")->sign);
    refused(&p, &e, TB_E_RANGE, "65 accounts in tier 1");
    b.tier[0].n_target = TB_TARGETS_MAX;
    province_put(&p, &e);
    assert_string_equal(tb_roster_policy_by_id(p.roster, "truc-dem")->tier[0].account[63], "a63");

    for (size_t i = 0; i <= TB_TIERS_MAX; i++)
        tiers[i] = b.tiers[0];
    b.m.tier = tiers;
    b.m.n_tier = TB_TIERS_MAX + 1;
    b.tier[0].n_target = 1;
    refused(&p, &e, TB_E_RANGE, "9 tiers");
    province_done(&p);
}

/* Accounts may be named before they are enrolled; an account may stand in two tiers. */
static void a_policy_may_name_who_is_still_to_come(void **state)
{
    struct province p;
    (void)state;

    province_demo(&p);
    province_set_policy(&p, "truc-ngay", "khong-co;an;an");
    assert_int_equal(tb_roster_policy_by_id(p.roster, "truc-ngay")->n_tiers, 3);
    province_done(&p);
}

static void a_policy_replaces_the_one_before_and_keeps_it_known(void **state)
{
    struct province p;
    size_t i = 0;
    (void)state;

    province_demo(&p);
    struct tb_hash first = tb_roster_policy_by_id(p.roster, "truc-dem")->hash;
    province_set_policy(&p, "truc-dem", "binh");
    const struct tb_policy *now = tb_roster_policy_by_id(p.roster, "truc-dem");
    assert_memory_not_equal(&now->hash, &first, sizeof first);
    assert_string_equal(now->tier[0].account[0], "binh");
    assert_int_equal(tb_roster_policy(p.roster, &first)->n_tiers, 3);
    assert_false(tb_roster_policy(p.roster, &first)->current);
    assert_ptr_equal(tb_roster_next_policy(p.roster, &i), now);
    assert_null(tb_roster_next_policy(p.roster, &i));
    province_done(&p);
}

static void a_policy_tells_which_classes_it_serves(void **state)
{
    struct province p;
    struct province_policy b;
    (void)state;

    province_demo(&p);
    province_policy_body(&b, "nang", "an");
    classes[0] = 1, classes[1] = 3;
    b.m.page_class = classes;
    b.m.n_page_class = 2;
    b.m.name = empty; /* the id alone is enough */
    struct province_entry e = province_entry(TB_ENTRY_POLICY, "nang", &b.m.base);
    province_by(&e, &province_find(&p, "chi")->sign);
    province_put(&p, &e);
    assert_int_equal(tb_roster_policy_by_id(p.roster, "nang")->classes, 1 << 1 | 1 << 3);
    province_done(&p);
}

/* ---- whose it is to sign */

static struct province_entry policy_entry(struct province_policy *b)
{
    province_policy_body(b, "truc-dem", "an");
    return province_entry(TB_ENTRY_POLICY, "truc-dem", &b->m.base);
}

static void a_policy_takes_two_coordinators(void **state)
{
    struct province p;
    struct province_policy b;
    (void)state;

    province_real(&p);
    struct province_entry e = policy_entry(&b);
    province_by(&e, &province_find(&p, "chi")->sign);
    refused(&p, &e, TB_E_QUORUM, "1 of 2 signatures of distinct coordinators");
    province_by(&e, &province_find(&p, "dung")->sign);
    province_put(&p, &e);
    province_done(&p);
}

static void two_devices_of_one_coordinator_are_one_person(void **state)
{
    struct province p;
    struct province_policy b;
    (void)state;

    province_real(&p);
    struct province_device *second =
        province_enrol(&p, "chi", "pa05", "dien-thoai", TB_ROLE_COORDINATOR);
    struct province_entry e = policy_entry(&b);
    province_by(&e, &province_find(&p, "chi")->sign);
    province_by(&e, &second->sign);
    refused(&p, &e, TB_E_QUORUM, "1 of 2");
    province_done(&p);
}

static void other_roles_sign_no_policy(void **state)
{
    struct province p;
    struct province_policy b;
    (void)state;

    province_real(&p);
    struct province_entry e = policy_entry(&b);
    province_by(&e, &province_find(&p, "chi")->sign);
    province_by(&e, &province_find(&p, "an")->sign);
    refused(&p, &e, TB_E_DENIED, "'an' is no coordinator");
    e.by[1] = &p.registrar[0];
    refused(&p, &e, TB_E_QUORUM, "1 of 2");
    e.by[0] = &p.custodian[0];
    e.by[1] = &p.custodian[1];
    refused(&p, &e, TB_E_QUORUM, "0 of 2"); /* coordinators exist: it is theirs alone */
    province_done(&p);
}

static void before_any_coordinator_the_custodians_sign_policies(void **state)
{
    struct province p;
    struct province_policy b;
    (void)state;

    province_bare(&p, false);
    struct province_entry e = policy_entry(&b);
    province_by(&e, &p.custodian[1]);
    refused(&p, &e, TB_E_QUORUM, "1 of 2 signatures of distinct custodians");
    province_by(&e, &p.custodian[2]);
    province_put(&p, &e);
    province_done(&p);
}

static void a_suspended_coordinator_signs_no_policy(void **state)
{
    struct province p;
    struct province_policy b;
    (void)state;

    province_demo(&p);
    Tb__Removal m = province_removal("chi");
    struct province_entry removal = province_entry(TB_ENTRY_SUSPENSION, "chi", &m.base);
    province_by(&removal, &p.registrar[0]);
    province_put(&p, &removal);
    struct province_entry e = policy_entry(&b);
    province_by(&e, &province_find(&p, "chi")->sign);
    refused(&p, &e, TB_E_REVOKED, "'chi/may-truc'");
    province_done(&p);
}

static void a_key_that_was_replaced_signs_no_policy(void **state)
{
    struct province p;
    struct province_policy b;
    (void)state;

    province_demo(&p);
    struct province_device *chi = province_find(&p, "chi");
    struct tb_sign_pair old = chi->sign;
    chi->sign = province_pair("sign", "new");
    assert_int_equal(province_admit(&p, chi), TB_OK);
    struct province_entry e = policy_entry(&b);
    province_by(&e, &old);
    refused(&p, &e, TB_E_QUORUM, "0 of 1");
    e.by[0] = &chi->sign;
    province_put(&p, &e);
    province_done(&p);
}

static void an_expired_coordinator_signs_no_policy(void **state)
{
    struct province p;
    struct province_policy b;
    (void)state;

    province_demo(&p);
    p.now_ms += 366 * PROVINCE_DAY;
    struct province_entry e = policy_entry(&b);
    province_by(&e, &province_find(&p, "chi")->sign);
    refused(&p, &e, TB_E_EXPIRED, "'chi/may-truc'");
    province_done(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_of_a_policy_is_checked),
        cmocka_unit_test(sizes_of_a_policy_have_limits),
        cmocka_unit_test(a_policy_may_name_who_is_still_to_come),
        cmocka_unit_test(a_policy_replaces_the_one_before_and_keeps_it_known),
        cmocka_unit_test(a_policy_tells_which_classes_it_serves),
        cmocka_unit_test(a_policy_takes_two_coordinators),
        cmocka_unit_test(two_devices_of_one_coordinator_are_one_person),
        cmocka_unit_test(other_roles_sign_no_policy),
        cmocka_unit_test(before_any_coordinator_the_custodians_sign_policies),
        cmocka_unit_test(a_suspended_coordinator_signs_no_policy),
        cmocka_unit_test(a_key_that_was_replaced_signs_no_policy),
        cmocka_unit_test(an_expired_coordinator_signs_no_policy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
