/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_core_people.c - contacts, comparing, policies, suspension, bundles: who is who, and who may what. */
/* link: tb_server */
/* wrap: clock_gettime */
#include "core_world.h"

struct errand {
    unsigned calls;
    tb_result result;
    char text[300];
    struct tb_buf data;
};

static void on_done(void *user, tb_result r, const char *text, struct tb_view data)
{
    struct errand *e = user;

    e->calls++;
    e->result = r;
    (void)snprintf(e->text, sizeof e->text, "%s", text);
    tb_put(&e->data, data.p, data.n);
}

static struct tbc_contact contact(struct node *n, const char *account)
{
    static struct tbc_contact list[16];
    size_t got = 0;

    assert_int_equal(tbc_contacts(n->core, list, 16, &got), TB_OK);
    for (size_t i = 0; i < got; i++)
        if (strcmp(list[i].account, account) == 0)
            return list[i];
    fail_msg("%s has no contact %s", n->account, account);
    return list[0];
}

static void everybody_knows_everybodys_card_and_level(void **state)
{
    struct town t;

    (void)state;
    town_open(&t);
    struct node *so = town_node(&t, "so-y-te");
    struct tbc_contact c = contact(so, "binh");
    assert_string_equal(c.name, "Người binh");
    assert_string_equal(c.phone, "0000 000 000");
    assert_int_equal(c.role, TB_ROLE_RESPONDER);
    assert_int_equal(c.devices, 1);
    assert_int_equal(c.trust.level, 2);
    struct tbc_whoami me;
    assert_int_equal(tbc_whoami(so->core, &me), TB_OK);
    assert_string_equal(me.account, "so-y-te");
    assert_string_equal(me.card_name, "Người so-y-te");
    assert_int_equal(me.role, TB_ROLE_AGENCY);
    town_close(&t);
}

static void two_people_compare_the_same_digits_and_remember_it(void **state)
{
    struct town t;
    char mine[72], theirs[72], group[6] = "";

    (void)state;
    town_open(&t);
    struct node *so = town_node(&t, "so-y-te"), *an = town_node(&t, "an");
    assert_int_equal(tbc_fingerprint(so->core, "an", mine), TB_OK);
    assert_int_equal(tbc_fingerprint(an->core, "an", theirs), TB_OK);
    assert_string_equal(mine, theirs);
    memcpy(group, mine + 12, 5); /* the third group, as read aloud */
    assert_int_equal(tbc_verify(so->core, "an", 3, group), TB_OK);
    assert_true(contact(so, "an").compared);
    group[0] = group[0] == '9' ? '0' : (char)(group[0] + 1);
    assert_int_equal(tbc_verify(so->core, "an", 3, group), TB_E_BADSIG);
    assert_false(contact(so, "an").compared);
    assert_int_equal(tbc_verify(so->core, "an", 12, "12345 12345"), TB_E_RANGE);
    assert_int_equal(tbc_verify(so->core, "an", 1, "abcde"), TB_E_RANGE);
    assert_int_equal(tbc_verify(so->core, "an", 1, mine), TB_OK);
    /* Another device is another set of keys: what was compared is no longer all of it. */
    (void)town_enrol(&t, "an", "may-tinh", "pa05", TB_ROLE_RESPONDER);
    town_pass(&t, 5000);
    assert_false(contact(so, "an").compared);
    assert_true(contact(so, "an").key_changed);
    town_close(&t);
}

static void a_coordinator_sets_a_policy_and_pages_follow_it(void **state)
{
    struct town t;
    struct tb_policy p = { .n_tiers = 1 };
    TB_CLEANUP(tb_buf_done) struct tb_buf parcel = { 0 }, again = { 0 };
    struct errand e = { 0 };
    struct tbc_why why = { "" };
    const uint32_t classes[] = { 3 };

    (void)state;
    town_open(&t);
    struct node *so = town_node(&t, "so-y-te"), *an = town_node(&t, "an"),
                *chi = town_node(&t, "chi"), *binh = town_node(&t, "binh");
    (void)snprintf(p.id, sizeof p.id, "tu-van");
    (void)snprintf(p.name, sizeof p.name, "Tư vấn");
    (void)snprintf(p.tier[0].account[0], sizeof p.tier[0].account[0], "binh");
    p.tier[0].n_targets = 1;
    p.tier[0].wait_s = 60;
    p.tier[0].repeat_s = 10;
    assert_int_equal(tbc_policy_make(an->core, &p, classes, 1, &parcel, &why), TB_E_DENIED);
    assert_int_equal(tbc_policy_make(chi->core, &p, classes, 1, &parcel, &why), TB_OK);
    assert_int_equal(tbc_roster_cosign(chi->core, tb_buf_view(&parcel), &again, &why),
                     TB_E_CONFLICT);
    assert_int_equal(tbc_roster_publish(chi->core, tb_buf_view(&parcel), on_done, &e), TB_OK);
    assert_int_equal(e.calls, 0); /* never from inside the call */
    town_pass(&t, 3000);
    assert_int_equal(e.calls, 1);
    assert_int_equal(e.result, TB_OK);
    assert_non_null(tb_roster_policy_by_id(tbc_roster(so->core), "tu-van"));

    const struct tbc_report r = { .title = "Hỏi", .page_class = 3, .policy = "tu-van" };
    struct tb_id id;
    assert_int_equal(tbc_report(so->core, &r, &id, &why), TB_OK);
    town_run(&t);
    assert_int_equal(town_rings(binh, &id, TBC_RING_PAGE), 1);
    assert_int_equal(an->n_rings, 0);
    const struct tbc_report wrong = { .title = "Hỏi", .page_class = 1, .policy = "tu-van" };
    assert_int_equal(tbc_report(so->core, &wrong, &id, &why), TB_E_RANGE);
    tb_buf_done(&e.data);
    town_close(&t);
}

static void a_suspended_person_is_paged_no_more_and_his_answers_count_for_nothing(void **state)
{
    struct town t;
    struct errand e = { 0 };

    (void)state;
    town_open(&t);
    struct node *so = town_node(&t, "so-y-te"), *an = town_node(&t, "an"),
                *chi = town_node(&t, "chi"), *binh = town_node(&t, "binh");
    struct tb_id before = town_report(so, "Trước khi treo", 2);
    town_run(&t);
    assert_int_equal(tbc_suspend(so->core, "an", TB_REMOVAL_LOST, on_done, &e), TB_E_DENIED);
    assert_int_equal(tbc_suspend(chi->core, "an", TB_REMOVAL_COMPROMISED, on_done, &e), TB_OK);
    town_pass(&t, 3000);
    assert_int_equal(e.result, TB_OK);
    assert_int_equal(contact(so, "an").trust.level, 0);
    (void)town_answer(an, &before, TB_ACT_ACCEPT, NULL);
    town_pass(&t, 3000);
    assert_string_equal(town_page(so, &before).owner, "");
    struct tb_id after = town_report(so, "Sau khi treo", 2);
    town_pass(&t, 3000);
    assert_int_equal(town_rings(an, &after, TBC_RING_PAGE), 0);
    assert_int_equal(town_rings(binh, &after, TBC_RING_PAGE), 1);
    tb_buf_done(&e.data);
    town_close(&t);
}

static void everybody_can_take_the_whole_log_to_a_file_and_back(void **state)
{
    struct town t;
    TB_CLEANUP(tb_buf_done) struct tb_buf parcel = { 0 };
    struct errand e = { 0 };

    (void)state;
    town_open(&t);
    struct node *so = town_node(&t, "so-y-te");
    assert_int_equal(tbc_roster_export(so->core, &parcel), TB_OK);
    assert_int_equal(tbc_roster_publish(so->core, tb_buf_view(&parcel), on_done, &e), TB_OK);
    town_pass(&t, 3000);
    assert_int_equal(e.calls, 1);
    assert_int_equal(e.result, TB_OK); /* entries that are there already are there already */
    so->cut = true;
    town_pass(&t, 60000);
    assert_int_equal(tbc_roster_publish(so->core, tb_buf_view(&parcel), on_done, &e), TB_E_OFFLINE);
    tb_buf_done(&e.data);
    town_close(&t);
}

/* ---- a relay that gives other keys than the device made (A01, A02) */

static bool swapped;

static bool swap_bundles(struct node *n, struct tb_buf *batch)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    TB_CLEANUP(tb_buf_done) struct tb_buf body = { 0 };
    Tb__PrekeysReply *m;
    Tb__Batch *b;

    (void)n;
    tb_arena_init(&a, 16 << 20);
    assert_int_equal(tb_unpack(&a, &tb__batch__descriptor, tb_buf_view(batch), &b), TB_OK);
    for (size_t i = 0; i < b->n_frame; i++) {
        if (b->frame[i]->op != TB_OP_PREKEYS_GET || b->frame[i]->result)
            continue;
        assert_int_equal(
            tb_unpack(&a, &tb__prekeys_reply__descriptor, tb_field_view(&b->frame[i]->body), &m),
            TB_OK);
        for (size_t k = 0; k < m->n_bundle; k++) {
            swapped |= m->bundle[k]->prekeys_signed.len > 0;
            if (k % 2)
                m->bundle[k]->one_time_id = 999999; /* not one of the signed batch */
            else if (m->bundle[k]->prekeys_signed.len)
                m->bundle[k]->prekeys_signed.data[60] ^= 1;
        }
        tb_buf_done(&body);
        assert_int_equal(tb_pack(&m->base, &body), TB_OK);
        b->frame[i]->body = tb_field(body.p, body.n);
        tb_buf_done(batch);
        assert_int_equal(tb_pack(&b->base, batch), TB_OK);
        return true;
    }
    return true;
}

static void a_bundle_that_its_device_did_not_sign_starts_no_session(void **state)
{
    struct town t;
    struct tbc_status s;

    (void)state;
    town_open(&t);
    struct node *em = town_enrol(&t, "em", "dien-thoai", "pa05", TB_ROLE_RESPONDER);
    tbc_status(em->core, &s);
    assert_int_equal(s.sessions_missing, 0);
    /* All sessions are dropped and fetched again, through the liar. */
    swapped = false;
    em->filter = swap_bundles;
    assert_int_equal(cs_begin(em->core->store), TB_OK);
    for (size_t i = 0; i < t.n; i++)
        assert_int_equal(e2e_forget(em->core->e2e, &t.node[i].core->me->cred), TB_OK);
    assert_int_equal(cs_commit(em->core->store), TB_OK);
    tbc_reconnect(em->core);
    town_pass(&t, 10000);
    tbc_status(em->core, &s);
    assert_true(swapped);
    assert_true(s.sessions_missing >= 3);
    em->filter = NULL;
    town_pass(&t, 700000);
    tbc_status(em->core, &s);
    assert_int_equal(s.sessions_missing, 0);
    town_close(&t);
}

static void an_invite_serves_one_device_only(void **state)
{
    struct town t;
    struct tbc_status s;
    struct tb_buf text = { 0 };

    (void)state;
    town_open(&t);
    struct tb_invite inv = town_invite(&t, "em", "pa05", TB_ROLE_RESPONDER);
    assert_int_equal(tb_invite_encode(&inv, &text), TB_OK);
    struct node *thief = town_add(&t, "em", "ke-gian"), *em = town_add(&t, "em", "dien-thoai");
    struct node *both[] = { thief, em };
    for (size_t i = 0; i < 2; i++) {
        const struct tbc_enrol e = { .invite = (const char *)text.p,
                                     .device = both[i]->device,
                                     .card = { .name = "Em" },
                                     .cost = VAULT_COST_MINIMAL };
        town_start(both[i]);
        assert_int_equal(tbc_enrol(both[i]->core, &e), TB_OK);
        assert_int_equal(tbc_enrol(both[i]->core, &e), TB_E_CONFLICT);
        town_run(&t);
    }
    tbc_status(em->core, &s);
    assert_int_equal(s.stage, TBC_ENROLLING);
    assert_non_null(strstr(em->core->link.error, "used by another device"));
    assert_string_equal(thief->core->link.error, "");
    tb_invite_done(&inv);
    tb_buf_done(&text);
    town_close(&t);
}

static void a_profile_without_passphrase_opens_by_itself(void **state)
{
    struct town t;
    struct tbc_status s;
    struct tb_buf text = { 0 };

    (void)state;
    town_open(&t);
    struct tb_invite inv = town_invite(&t, "em", "pa05", TB_ROLE_RESPONDER), parsed = { 0 };
    assert_int_equal(tb_invite_encode(&inv, &text), TB_OK);
    assert_int_equal(tb_invite_parse((const char *)text.p, &parsed), TB_OK);
    struct node *em = town_add(&t, "em", "dien-thoai");
    const struct tbc_enrol e = { .invite = (const char *)text.p,
                                 .device = "dien-thoai",
                                 .card = { .name = "Em" },
                                 .cost = VAULT_COST_MINIMAL };
    town_start(em);
    assert_int_equal(tbc_enrol(em->core, &e), TB_OK);
    assert_false(tbc_is_protected(em->core));
    town_run(&t);
    /* Killed while it waits for its approval: it goes on waiting. */
    town_kill(em);
    town_hang_up(em);
    town_start(em);
    tbc_status(em->core, &s);
    assert_int_equal(s.stage, TBC_ENROLLING);
    town_pass(&t, 3000);
    town_approve(&t, &parsed);
    town_pass(&t, 6000);
    tbc_status(em->core, &s);
    assert_int_equal(s.stage, TBC_READY);
    assert_int_equal(s.online, TBC_ONLINE);
    struct tbc *second = NULL;
    const struct tbc_env env = { 0 };
    assert_int_equal(tbc_open(em->dir, &env, &second), TB_E_CONFLICT);
    tb_invite_done(&inv);
    tb_invite_done(&parsed);
    tb_buf_done(&text);
    town_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everybody_knows_everybodys_card_and_level),
        cmocka_unit_test(two_people_compare_the_same_digits_and_remember_it),
        cmocka_unit_test(a_coordinator_sets_a_policy_and_pages_follow_it),
        cmocka_unit_test(a_suspended_person_is_paged_no_more_and_his_answers_count_for_nothing),
        cmocka_unit_test(everybody_can_take_the_whole_log_to_a_file_and_back),
        cmocka_unit_test(a_bundle_that_its_device_did_not_sign_starts_no_session),
        cmocka_unit_test(an_invite_serves_one_device_only),
        cmocka_unit_test(a_profile_without_passphrase_opens_by_itself),
    };

    return cmocka_run_group_tests(tests, NULL, town_done);
}
