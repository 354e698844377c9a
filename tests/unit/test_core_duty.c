/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_core_duty.c - a device that receives pages no more: silent here, known there, and back. */
/* link: tb_server */
/* wrap: clock_gettime */
#include "core_lies.h"

#define MINUTE 60000LL

/* client/core/parts.h, which the relay's own private header excludes here */
tb_result duty_take(struct tbc *c, const Tb__RosterReply *m);

static void turn(struct node *n, bool off)
{
    assert_int_equal(tbc_duty_set(n->core, off), TB_OK);
}

static struct tbc_duty duty(struct node *n)
{
    struct tbc_duty d;

    assert_int_equal(tbc_duty(n->core, &d), TB_OK);
    return d;
}

static int64_t off_ms(struct node *n)
{
    struct tbc_status s;

    tbc_status(n->core, &s);
    return s.duty_off_ms;
}

static struct tbc_contact contact(struct node *n, const char *account)
{
    static struct tbc_contact list[40];
    size_t k = 0;

    assert_int_equal(tbc_contacts(n->core, list, 40, &k), TB_OK);
    for (size_t i = 0; i < k; i++)
        if (strcmp(list[i].account, account) == 0)
            return list[i];
    fail_msg("no contact %s", account);
    return list[0];
}

static int64_t ladder_off_ms(struct node *n, const struct tb_id *page, const char *account)
{
    struct tbc_page_full f;
    int64_t at = 0;

    assert_int_equal(tbc_page_get(n->core, page, &f), TB_OK);
    for (size_t i = 0; i < f.n_devices; i++)
        if (strcmp(f.device[i].account, account) == 0)
            at = f.device[i].duty_off_ms;
    tbc_page_full_done(&f);
    return at;
}

static size_t rings(const struct node *n, const struct tb_id *page)
{
    return town_rings(n, page, TBC_RING_PAGE);
}

static void a_page_does_not_ring_at_who_is_off_and_he_may_answer_it(void **state)
{
    struct town t;

    (void)state;
    town_open(&t);
    struct node *an = town_node(&t, "an"), *binh = town_node(&t, "binh");
    struct node *clerk = town_node(&t, "so-y-te");
    turn(an, true);
    town_run(&t);
    assert_true(duty(an).off && duty(an).told);
    struct tb_id page = town_report(clerk, "máy chủ", 1);
    town_run(&t);
    assert_int_equal(rings(an, &page), 0);
    assert_true(rings(binh, &page) > 0); /* at once, not after the wait of tier 1 */
    assert_true(town_has(an, &page));
    assert_int_equal(town_answer(binh, &page, TB_ACT_ACCEPT, NULL), TB_OK);
    town_run(&t);
    assert_string_equal(town_page(an, &page).owner, "binh");
    town_close(&t);
}

static void coming_back_rings_what_is_open(void **state)
{
    struct town t;

    (void)state;
    town_open(&t);
    struct node *an = town_node(&t, "an"), *clerk = town_node(&t, "so-y-te");
    turn(an, true);
    town_run(&t);
    struct tb_id page = town_report(clerk, "máy chủ", 1);
    town_run(&t);
    assert_int_equal(rings(an, &page), 0);
    turn(an, false);
    town_run(&t);
    assert_int_equal(rings(an, &page), 1);
    assert_int_equal(off_ms(an), 0);
    assert_int_equal(town_answer(an, &page, TB_ACT_ACCEPT, NULL), TB_OK);
    town_run(&t);
    assert_string_equal(town_page(clerk, &page).owner, "an");
    town_close(&t);
}

static void going_off_ends_what_rings_here(void **state)
{
    struct town t;

    (void)state;
    town_open(&t);
    struct node *an = town_node(&t, "an"), *clerk = town_node(&t, "so-y-te");
    struct tb_id page = town_report(clerk, "máy chủ", 1);
    town_run(&t);
    assert_int_equal(rings(an, &page), 1);
    size_t quiets = an->n_quiet;
    turn(an, true);
    assert_int_equal(an->n_quiet, quiets); /* nobody knows yet */
    town_run(&t);
    assert_int_equal(an->n_quiet, quiets + 1);
    assert_true(rings(town_node(&t, "binh"), &page) > 0);
    town_close(&t);
}

static void until_the_relay_knows_it_rings_as_before(void **state)
{
    struct town t;

    (void)state;
    town_open(&t);
    struct node *an = town_node(&t, "an"), *clerk = town_node(&t, "so-y-te");
    struct tb_id page = town_report(clerk, "máy chủ", 1);
    town_run(&t);
    town_stop_relay(&t);
    town_run(&t);
    turn(an, true);
    town_run(&t);
    assert_true(duty(an).off && !duty(an).told);
    assert_int_equal(off_ms(an), 0);
    town_kill(an);
    town_revive(an);
    town_run(&t);
    assert_true(rings(an, &page) >= 2); /* again, after its restart */
    town_start_relay(&t);
    town_pass(&t, MINUTE);
    assert_true(duty(an).told);
    assert_true(off_ms(an) > 0);
    town_close(&t);
}

static void everybody_sees_who_is_off_and_since_when(void **state)
{
    struct town t;

    (void)state;
    town_open(&t);
    struct node *an = town_node(&t, "an"), *clerk = town_node(&t, "so-y-te");
    int64_t before = town_now;
    assert_int_equal(contact(clerk, "an").duty_off_ms, 0);
    turn(an, true);
    town_run(&t);
    assert_true(contact(clerk, "an").duty_off_ms >= before);
    assert_int_equal(contact(clerk, "an").duty_off_ms, off_ms(an));
    assert_int_equal(contact(an, "an").duty_off_ms, off_ms(an));
    assert_int_equal(contact(clerk, "binh").duty_off_ms, 0);
    struct tb_id page = town_report(clerk, "máy chủ", 1);
    town_run(&t);
    assert_int_equal(ladder_off_ms(clerk, &page, "an"), off_ms(an));
    assert_int_equal(ladder_off_ms(clerk, &page, "binh"), 0);
    turn(an, false);
    town_run(&t);
    assert_int_equal(contact(clerk, "an").duty_off_ms, 0);
    town_close(&t);
}

static void one_device_that_rings_speaks_for_the_account(void **state)
{
    struct town t;

    (void)state;
    town_open(&t);
    struct node *an = town_node(&t, "an"), *clerk = town_node(&t, "so-y-te");
    struct node *second = town_enrol(&t, "an", "may-2", "pa05", TB_ROLE_RESPONDER);
    town_pass(&t, MINUTE);
    turn(an, true);
    town_run(&t);
    assert_int_equal(contact(clerk, "an").duty_off_ms, 0);
    turn(second, true);
    town_run(&t);
    assert_true(contact(clerk, "an").duty_off_ms > 0);
    turn(an, false); /* the first of them again, the second not */
    town_run(&t);
    assert_int_equal(contact(clerk, "an").duty_off_ms, 0);
    town_close(&t);
}

static void a_restart_and_a_lock_leave_it_off(void **state)
{
    struct town t;

    (void)state;
    town_open(&t);
    struct node *an = town_node(&t, "an"), *clerk = town_node(&t, "so-y-te");
    turn(an, true);
    town_run(&t);
    int64_t since = off_ms(an);
    town_kill(an);
    town_hang_up(an);
    town_revive(an);
    town_run(&t);
    assert_int_equal(off_ms(an), since);
    struct tb_id page = town_report(clerk, "máy chủ", 1);
    town_run(&t);
    assert_int_equal(rings(an, &page), 0);
    town_close(&t);
}

static void who_is_off_is_still_woken_for_his_own_page(void **state)
{
    struct town t;

    (void)state;
    town_open(&t);
    struct node *clerk = town_node(&t, "so-y-te");
    turn(clerk, true);
    town_run(&t);
    struct tb_id page = town_report(clerk, "máy chủ", 2);
    town_run(&t);
    town_pass(&t, 4 * MINUTE); /* three tiers, and nobody answers */
    assert_true(town_rings(clerk, &page, TBC_RING_NOBODY) > 0);
    town_close(&t);
}

static void an_older_number_never_replaces_a_newer(void **state)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf first = { 0 };
    struct town t;
    Tb__Duty m;

    (void)state;
    town_open(&t);
    struct node *an = town_node(&t, "an"), *clerk = town_node(&t, "so-y-te");
    turn(an, true);
    town_run(&t);
    int64_t since = off_ms(an);
    tb__duty__init(&m);
    m.suite = TB_SUITE;
    m.cred = tb_field(an->core->me->cred.b, TB_HASH_BYTES);
    m.at_ms = since - 1;
    m.number = (uint64_t)since - 1;
    assert_int_equal(tb_signed_make(TB_TYPE_DUTY, &an->core->me->roster_id, &m.base,
                                    &an->core->me->sign, &first),
                     TB_OK);
    /* A relay that serves what was said before, or what somebody else signed. */
    ProtobufCBinaryData list[1] = { tb_field(first.p, first.n) };
    Tb__RosterReply reply;
    tb__roster_reply__init(&reply);
    reply.n_duty_signed = 1;
    reply.duty_signed = list;
    assert_int_equal(core_begin(clerk->core), TB_OK);
    assert_int_equal(duty_take(clerk->core, &reply), TB_OK);
    assert_int_equal(core_end(clerk->core, TB_OK), TB_OK);
    assert_int_equal(contact(clerk, "an").duty_off_ms, since);
    m.number = (uint64_t)since + 1000;
    tb_buf_done(&first);
    first = (struct tb_buf){ 0 };
    assert_int_equal(tb_signed_make(TB_TYPE_DUTY, &an->core->me->roster_id, &m.base,
                                    &clerk->core->me->sign, &first),
                     TB_OK);
    list[0] = tb_field(first.p, first.n);
    assert_int_equal(core_begin(clerk->core), TB_OK);
    assert_int_equal(duty_take(clerk->core, &reply), TB_OK);
    assert_int_equal(core_end(clerk->core, TB_OK), TB_OK);
    assert_int_equal(contact(clerk, "an").duty_off_ms, since);
    town_close(&t);
}

static void a_profile_from_a_backup_hears_what_it_had_said(void **state)
{
    char kept[200];
    struct town t;

    (void)state;
    town_open(&t);
    struct node *an = town_node(&t, "an");
    town_kill(an);
    town_hang_up(an);
    (void)snprintf(kept, sizeof kept, "%.150s-kept", an->dir);
    assert_int_equal(mkdir(kept, 0700), 0);
    town_copy(an->dir, kept);
    town_revive(an);
    town_run(&t);
    turn(an, true);
    town_run(&t);
    int64_t since = off_ms(an);
    town_kill(an);
    town_hang_up(an);
    town_remove(an->dir);
    assert_int_equal(mkdir(an->dir, 0700), 0);
    town_copy(kept, an->dir);
    town_remove(kept);
    town_revive(an);
    town_pass(&t, MINUTE);
    assert_int_equal(off_ms(an), since);
    town_close(&t);
}

static void an_offer_waits_in_silence_for_who_is_off(void **state)
{
    struct town t;

    (void)state;
    town_open(&t);
    struct node *an = town_node(&t, "an"), *binh = town_node(&t, "binh");
    turn(an, true);
    town_run(&t);
    struct tb_id page = town_report(town_node(&t, "so-y-te"), "máy chủ", 1);
    town_run(&t);
    assert_int_equal(town_answer(binh, &page, TB_ACT_ACCEPT, NULL), TB_OK);
    town_run(&t);
    assert_int_equal(town_answer(binh, &page, TB_ACT_OFFER, "an"), TB_OK);
    town_run(&t);
    assert_string_equal(town_page(an, &page).offer_to, "an");
    assert_int_equal(town_rings(an, &page, TBC_RING_OFFER), 0);
    turn(an, false);
    town_run(&t);
    assert_int_equal(town_rings(an, &page, TBC_RING_OFFER), 1);
    town_close(&t);
}

static bool relay_has_off(const struct town *t, const struct node *n)
{
    struct store_duty d;

    return store_duty_get(t->relay->store, &n->core->me->cred, &d) == TB_OK && d.off;
}

static void an_answer_to_an_older_word_does_not_silence(void **state)
{
    struct town t;

    (void)state;
    town_open(&t);
    struct node *an = town_node(&t, "an");
    turn(an, true);
    town_run(&t);
    turn(an, false);
    assert_true(town_pump_up(an));
    relay_turn_end(t.relay, town_now);
    turn(an, true); /* while the answer to "on" is on its way */
    assert_true(town_pump_down(an));
    assert_false(duty(an).told);
    assert_false(relay_has_off(&t, an));
    town_run(&t);
    assert_true(duty(an).told && relay_has_off(&t, an));
    town_close(&t);
}

/* The relay goes back to what it had before, in a new era. */
static void restore(struct town *t, const char *kept, const char *dir)
{
    char path[300];
    struct store *s;

    town_stop_relay(t);
    town_remove(dir);
    assert_int_equal(mkdir(dir, 0700), 0);
    town_copy(kept, dir);
    town_remove(kept);
    (void)snprintf(path, sizeof path, "%s/relay.db", dir);
    assert_int_equal(store_open(path, &s), TB_OK);
    assert_int_equal(store_set_era(s, 7), TB_OK);
    store_close(s);
    town_start_relay(t);
}

static void a_restored_relay_hears_it_again_and_is_heard(void **state)
{
    char kept[200], dir[200];
    struct town t;

    (void)state;
    town_open(&t);
    struct node *an = town_node(&t, "an"), *clerk = town_node(&t, "so-y-te");
    (void)snprintf(dir, sizeof dir, "%s/relay", t.dir);
    (void)snprintf(kept, sizeof kept, "%s/kept", t.dir);
    assert_int_equal(mkdir(kept, 0700), 0);
    town_stop_relay(&t);
    town_copy(dir, kept);
    town_start_relay(&t);
    town_pass(&t, MINUTE);
    for (int i = 0; i < 3; i++) {
        turn(an, i != 1);
        town_pass(&t, 1000);
    }
    restore(&t, kept, dir);
    town_pass(&t, MINUTE);
    assert_true(relay_has_off(&t, an));
    assert_true(contact(clerk, "an").duty_off_ms > 0);
    turn(an, false);
    town_pass(&t, 1000);
    assert_int_equal(contact(clerk, "an").duty_off_ms, 0);
    town_close(&t);
}

static void it_is_known_which_tier_would_be_left_with_nobody(void **state)
{
    struct town t;

    (void)state;
    town_open(&t);
    struct node *an = town_node(&t, "an"), *binh = town_node(&t, "binh");
    struct tbc_duty d = duty(an);
    assert_int_equal(d.n_alone, 1);
    assert_string_equal(d.alone[0].policy, "truc-dem");
    assert_int_equal(d.alone[0].t, 1);
    town_policy(&t, "truc-dem", "an,binh;chi");
    town_pass(&t, MINUTE);
    assert_int_equal(duty(an).n_alone, 0);
    turn(binh, true);
    town_run(&t);
    assert_int_equal(duty(an).n_alone, 1);
    assert_int_equal(duty(binh).n_alone, 0); /* an is there */
    town_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_does_not_ring_at_who_is_off_and_he_may_answer_it),
        cmocka_unit_test(coming_back_rings_what_is_open),
        cmocka_unit_test(going_off_ends_what_rings_here),
        cmocka_unit_test(until_the_relay_knows_it_rings_as_before),
        cmocka_unit_test(everybody_sees_who_is_off_and_since_when),
        cmocka_unit_test(one_device_that_rings_speaks_for_the_account),
        cmocka_unit_test(a_restart_and_a_lock_leave_it_off),
        cmocka_unit_test(who_is_off_is_still_woken_for_his_own_page),
        cmocka_unit_test(an_older_number_never_replaces_a_newer),
        cmocka_unit_test(a_profile_from_a_backup_hears_what_it_had_said),
        cmocka_unit_test(an_offer_waits_in_silence_for_who_is_off),
        cmocka_unit_test(an_answer_to_an_older_word_does_not_silence),
        cmocka_unit_test(a_restored_relay_hears_it_again_and_is_heard),
        cmocka_unit_test(it_is_known_which_tier_would_be_left_with_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, town_done);
}
