/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_core_page.c - the night of a page, between real cores and a real relay in one process. */
/* link: tb_server */
/* wrap: clock_gettime */
#include "core_world.h"

static void a_report_wakes_the_first_tier_and_an_accept_stops_it(void **state)
{
    struct town t;

    (void)state;
    town_open(&t);
    struct node *so = town_node(&t, "so-y-te"), *an = town_node(&t, "an"),
                *binh = town_node(&t, "binh");
    struct tb_id id = town_report(so, "Mã độc tống tiền", 1);
    town_run(&t);

    assert_int_equal(town_rings(an, &id, TBC_RING_PAGE), 1);
    assert_string_equal(an->ring[an->n_rings - 1].title, "Mã độc tống tiền");
    assert_int_equal(binh->n_rings, 0);
    struct tbc_page p = town_page(an, &id);
    assert_int_equal(p.state, TBC_PAGE_RINGING);
    assert_true(p.readable && p.mine_to_answer && p.is_report);
    assert_string_equal(p.sender, "so-y-te");
    assert_int_equal(p.sender_trust.level, 2);
    p = town_page(binh, &id);
    assert_false(p.readable);
    assert_string_equal(p.title, "");
    p = town_page(so, &id);
    assert_true(p.relayed_ms > 0);

    assert_int_equal(town_answer(an, &id, TB_ACT_ACCEPT, NULL), TB_OK);
    town_run(&t);
    assert_int_equal(an->n_quiet, 1);
    p = town_page(so, &id);
    assert_int_equal(p.state, TBC_PAGE_ACCEPTED);
    assert_string_equal(p.owner, "an");
    assert_string_equal(p.owner_name, "Người an");
    assert_int_equal(p.eta_min, 10);
    town_pass(&t, 300000);
    assert_int_equal(binh->n_rings, 0);
    assert_int_equal(so->n_rings, 0);

    assert_int_equal(town_answer(an, &id, TB_ACT_RESOLVE, "xong"), TB_OK);
    town_run(&t);
    assert_int_equal(town_page(so, &id).state, TBC_PAGE_RESOLVED);
    assert_int_equal(town_page(binh, &id).state, TBC_PAGE_RESOLVED);
    town_close(&t);
}

static void a_clock_that_lost_its_battery_keeps_nobody_from_paging_or_accepting(void **state)
{
    const int64_t two_years = 2LL * 365 * 86400 * 1000;
    struct town t;

    (void)state;
    town_open(&t);
    struct node *so = town_node(&t, "so-y-te"), *an = town_node(&t, "an");
    town_wall_off = -two_years;
    struct tb_id id = town_report(so, "Đồng hồ máy sai", 2);
    town_wall_off = 0;
    town_run(&t);
    assert_int_equal(town_rings(an, &id, TBC_RING_PAGE), 1);
    assert_int_equal(town_page(an, &id).sender_trust.level, 2);
    town_wall_off = -two_years;
    assert_int_equal(town_answer(an, &id, TB_ACT_ACCEPT, NULL), TB_OK);
    town_wall_off = 0;
    town_run(&t);
    assert_string_equal(town_page(so, &id).owner, "an");
    town_close(&t);
}

static void silence_wakes_the_next_tier_and_in_the_end_the_sender(void **state)
{
    struct town t;

    (void)state;
    town_open(&t);
    struct node *so = town_node(&t, "so-y-te"), *an = town_node(&t, "an"),
                *binh = town_node(&t, "binh"), *chi = town_node(&t, "chi");
    struct tb_id id = town_report(so, "Không ai trả lời", 2);
    town_pass(&t, 59000);
    assert_int_equal(binh->n_rings, 0);
    town_pass(&t, 2000);
    assert_int_equal(town_rings(binh, &id, TBC_RING_PAGE), 1);
    assert_int_equal(town_page(so, &id).tier, 2);
    town_pass(&t, 60000);
    assert_int_equal(town_rings(chi, &id, TBC_RING_PAGE), 1);
    town_pass(&t, 60000);
    assert_int_equal(town_rings(so, &id, TBC_RING_NOBODY), 1);
    assert_int_equal(town_page(so, &id).state, TBC_PAGE_EXHAUSTED);
    assert_true(town_page(an, &id).mine_to_answer);

    /* It can still be accepted, and then nobody rings any more. */
    assert_int_equal(town_answer(binh, &id, TB_ACT_ACCEPT, NULL), TB_OK);
    town_run(&t);
    assert_string_equal(town_page(so, &id).owner, "binh");
    assert_int_equal(so->n_quiet, 1);
    assert_int_equal(an->n_quiet, 1);
    assert_int_equal(chi->n_quiet, 1);
    town_close(&t);
}

static void a_class_one_page_rings_again_in_every_round(void **state)
{
    struct town t;

    (void)state;
    town_open(&t);
    struct node *so = town_node(&t, "so-y-te"), *an = town_node(&t, "an");
    struct tb_id id = town_report(so, "Nghiêm trọng", 1);
    town_pass(&t, 200000);
    assert_true(town_rings(an, &id, TBC_RING_PAGE) >= 2);
    assert_true(town_page(an, &id).round >= 2);
    assert_int_equal(town_answer(an, &id, TB_ACT_ACCEPT, NULL), TB_OK);
    town_run(&t);
    assert_int_equal(town_page(so, &id).state, TBC_PAGE_ACCEPTED);
    town_close(&t);
}

static void a_decline_with_its_reason_moves_on_at_once(void **state)
{
    struct town t;
    struct tbc_page_full full;
    bool found = false;

    (void)state;
    town_open(&t);
    struct node *so = town_node(&t, "so-y-te"), *an = town_node(&t, "an"),
                *binh = town_node(&t, "binh");
    struct tb_id id = town_report(so, "Từ chối", 1);
    town_run(&t);
    assert_int_equal(town_answer(an, &id, TB_ACT_DECLINE, NULL), TB_E_RANGE);
    assert_int_equal(town_answer(an, &id, TB_ACT_DECLINE, "Đang đi công tác"), TB_OK);
    town_run(&t);
    assert_int_equal(an->n_quiet, 1);
    assert_int_equal(town_rings(binh, &id, TBC_RING_PAGE), 1);
    assert_int_equal(tbc_page_get(so->core, &id, &full), TB_OK);
    for (size_t i = 0; i < full.n_events; i++)
        found |= full.event[i].kind == TBC_EV_ACT && full.event[i].counted &&
                 strcmp(full.event[i].reason, "Đang đi công tác") == 0;
    assert_true(found);
    tbc_page_full_done(&full);
    town_close(&t);
}

static void a_hand_over_is_the_takers_only_when_he_accepts(void **state)
{
    struct town t;

    (void)state;
    town_open(&t);
    struct node *so = town_node(&t, "so-y-te"), *an = town_node(&t, "an"),
                *binh = town_node(&t, "binh");
    struct tb_id id = town_report(so, "Bàn giao", 2);
    town_run(&t);
    assert_int_equal(town_answer(an, &id, TB_ACT_ACCEPT, NULL), TB_OK);
    town_run(&t);
    assert_int_equal(town_answer(an, &id, TB_ACT_OFFER, "binh"), TB_OK);
    town_run(&t);
    assert_int_equal(town_rings(binh, &id, TBC_RING_OFFER), 1);
    assert_true(town_page(binh, &id).readable);
    assert_string_equal(town_page(so, &id).owner, "an");
    assert_string_equal(town_page(so, &id).offer_to, "binh");
    assert_int_equal(town_answer(binh, &id, TB_ACT_ACCEPT, NULL), TB_OK);
    town_run(&t);
    assert_string_equal(town_page(so, &id).owner, "binh");
    assert_string_equal(town_page(an, &id).owner, "binh");
    assert_string_equal(town_page(an, &id).offer_to, "");
    town_close(&t);
}

static void a_taker_outside_the_policy_gets_the_whole_page(void **state)
{
    struct town t;

    (void)state;
    town_open(&t);
    struct node *em = town_enrol(&t, "em", "dien-thoai", "pa05", TB_ROLE_RESPONDER);
    town_pass(&t, 60000);
    struct node *so = town_node(&t, "so-y-te"), *an = town_node(&t, "an");
    struct tb_id id = town_report(so, "Cho người ngoài", 2);
    town_run(&t);
    assert_false(town_has(em, &id));
    assert_int_equal(town_answer(an, &id, TB_ACT_ACCEPT, NULL), TB_OK);
    town_run(&t);
    assert_int_equal(town_answer(an, &id, TB_ACT_OFFER, "em"), TB_OK);
    town_run(&t);
    assert_int_equal(town_rings(em, &id, TBC_RING_OFFER), 1);
    assert_string_equal(town_page(em, &id).title, "Cho người ngoài");
    assert_int_equal(town_answer(em, &id, TB_ACT_ACCEPT, NULL), TB_OK);
    town_run(&t);
    assert_string_equal(town_page(so, &id).owner, "em");
    town_close(&t);
}

static void an_answer_on_one_device_quiets_the_other_of_the_same_person(void **state)
{
    struct town t;

    (void)state;
    town_open(&t);
    struct node *two = town_enrol(&t, "an", "may-tinh", "pa05", TB_ROLE_RESPONDER);
    town_pass(&t, 60000);
    struct node *so = town_node(&t, "so-y-te"), *one = town_device(&t, "an", "dien-thoai");
    struct tb_id id = town_report(so, "Hai máy", 1);
    town_run(&t);
    assert_int_equal(town_rings(one, &id, TBC_RING_PAGE), 1);
    assert_int_equal(town_rings(two, &id, TBC_RING_PAGE), 1);
    assert_int_equal(town_answer(two, &id, TB_ACT_ACCEPT, NULL), TB_OK);
    town_run(&t);
    assert_int_equal(one->n_quiet, 1);
    assert_string_equal(town_page(one, &id).owner, "an");
    town_close(&t);
}

static void what_one_device_sends_the_others_of_the_sender_can_read(void **state)
{
    struct town t;

    (void)state;
    town_open(&t);
    struct node *two = town_enrol(&t, "so-y-te", "du-phong", "so-y-te", TB_ROLE_AGENCY);
    town_pass(&t, 60000);
    struct node *so = town_device(&t, "so-y-te", "may-truc");
    struct tb_id id = town_report(so, "Máy thứ hai cũng thấy", 2);
    town_run(&t);
    struct tbc_page p = town_page(two, &id);
    assert_int_equal(p.box, TBC_BOX_OUT);
    assert_string_equal(p.title, "Máy thứ hai cũng thấy");
    assert_int_equal(two->n_rings, 0);
    town_close(&t);
}

static void a_report_made_offline_goes_out_later_and_alarms_meanwhile(void **state)
{
    struct town t;
    struct tbc_status s;

    (void)state;
    town_open(&t);
    struct node *so = town_node(&t, "so-y-te"), *an = town_node(&t, "an");
    so->cut = true;
    struct tb_id id = town_report(so, "Mất mạng", 1);
    town_pass(&t, 25000);
    assert_int_equal(so->n_rings, 0);
    assert_int_equal(town_page(so, &id).state, TBC_PAGE_QUEUED);
    town_pass(&t, 10000);
    assert_int_equal(town_rings(so, &id, TBC_RING_NO_RECEIPT), 1);
    tbc_status(so->core, &s);
    assert_int_equal(s.online != TBC_ONLINE, 1);
    assert_int_equal(s.outbox, 1);
    so->cut = false;
    town_pass(&t, 61000);
    assert_int_equal(town_rings(an, &id, TBC_RING_PAGE), 1);
    assert_int_equal(so->n_quiet, 1);
    tbc_status(so->core, &s);
    assert_int_equal(s.outbox, 0);
    assert_string_equal(s.last_error, "");
    town_close(&t);
}

static void an_accept_made_offline_that_came_second_is_shown_and_does_not_count(void **state)
{
    struct town t;
    struct tbc_page_full full;
    size_t late = 0;

    (void)state;
    town_open(&t);
    struct node *so = town_node(&t, "so-y-te"), *an = town_node(&t, "an"),
                *binh = town_node(&t, "binh");
    struct tb_id id = town_report(so, "Hai người nhận", 2);
    town_pass(&t, 61000);
    assert_int_equal(town_rings(binh, &id, TBC_RING_PAGE), 1);
    an->cut = true;
    assert_int_equal(town_answer(an, &id, TB_ACT_ACCEPT, NULL), TB_OK);
    assert_string_equal(town_page(an, &id).owner, "an");
    town_run(&t);
    assert_int_equal(town_answer(binh, &id, TB_ACT_ACCEPT, NULL), TB_OK);
    town_run(&t);
    an->cut = false;
    town_pass(&t, 60000);
    assert_string_equal(town_page(so, &id).owner, "binh");
    assert_string_equal(town_page(an, &id).owner, "binh");
    assert_int_equal(tbc_page_get(an->core, &id, &full), TB_OK);
    for (size_t i = 0; i < full.n_events; i++)
        late += full.event[i].kind == TBC_EV_ACT && !full.event[i].counted &&
                strcmp(full.event[i].account, "an") == 0;
    assert_int_equal(late, 1);
    tbc_page_full_done(&full);
    town_close(&t);
}

static void a_page_that_cannot_be_read_rings_says_so_and_is_wrapped_again(void **state)
{
    struct town t;

    (void)state;
    town_open(&t);
    struct node *so = town_node(&t, "so-y-te"), *an = town_node(&t, "an");
    /* First a page and an answer, so that both sides are past their first messages. */
    struct tb_id first = town_report(so, "Trước", 2);
    town_run(&t);
    assert_int_equal(town_answer(an, &first, TB_ACT_DECLINE, "bận"), TB_OK);
    town_run(&t);
    assert_int_equal(cs_begin(an->core->store), TB_OK);
    assert_int_equal(e2e_forget(an->core->e2e, &so->core->me->cred), TB_OK);
    assert_int_equal(cs_commit(an->core->store), TB_OK);
    struct tb_id id = town_report(so, "Đọc được sau", 1);
    town_run(&t);
    assert_true(town_rings(an, &id, TBC_RING_UNREADABLE) + town_rings(an, &id, TBC_RING_PAGE) >= 1);
    town_pass(&t, 10000);
    assert_true(town_page(an, &id).readable);
    assert_string_equal(town_page(an, &id).title, "Đọc được sau");
    struct tbc_page_full full;
    assert_int_equal(tbc_page_get(so->core, &id, &full), TB_OK);
    assert_true(full.device[0].rewrapped);
    assert_false(full.device[0].unreadable);
    assert_true(full.device[0].delivered_ms > 0);
    tbc_page_full_done(&full);
    town_close(&t);
}

/* As if 2,001 messages to `to` had been lost on their way: that direction of the session is dead. */
static void lose_too_many(struct node *from, struct node *to)
{
    const struct tb_cred *cred = tb_roster_cred(from->core->roster, &to->core->me->cred);
    struct e2e_peer peer = { .cred = cred->hash };

    memcpy(peer.ident_pk, cred->ident_pk, sizeof peer.ident_pk);
    assert_int_equal(cs_begin(from->core->store), TB_OK);
    for (int i = 0; i < 2001; i++) {
        TB_CLEANUP(tb_buf_done) struct tb_buf lost = { 0 };
        enum e2e_type type;
        assert_int_equal(e2e_encrypt(from->core->e2e, &peer, tb_view_of("x", 1), &type, &lost),
                         TB_OK);
    }
    assert_int_equal(cs_commit(from->core->store), TB_OK);
}

/* Eight capsules of a session that is dead, as many as may fail in a minute: what the sender wraps in the
 * next session is read all the same. */
static void read_after_loss(bool both_have_spoken)
{
    const struct tbc_report r = { .kind = "ATT-06",
                                  .policy = "tam",
                                  .title = "Tám lần",
                                  .text = "Máy chủ bị mã hoá.",
                                  .page_class = 2,
                                  .no_state_secret = true };
    struct tbc_why why = { "" };
    struct town t;
    struct tb_id id;

    town_open(&t);
    struct node *so = town_node(&t, "so-y-te"), *an = town_node(&t, "an");
    if (both_have_spoken) {
        struct tb_id first = town_report(so, "Trước", 2);
        town_run(&t);
        assert_int_equal(town_answer(an, &first, TB_ACT_DECLINE, "bận"), TB_OK);
    }
    town_policy(&t, "tam", "an;an;an;an;an;an;an;an");
    town_run(&t);
    lose_too_many(so, an);
    assert_int_equal(tbc_report(so->core, &r, &id, &why), TB_OK);
    town_pass(&t, 20000);
    assert_true(town_page(an, &id).readable);
    assert_string_equal(town_page(an, &id).title, "Tám lần");
    town_close(&t);
}

static void more_capsules_that_cannot_be_read_than_may_fail_leave_the_page_readable(void **state)
{
    (void)state;
    read_after_loss(true);
    read_after_loss(false); /* each message is a first one until the other side has spoken */
}

static void the_ladder_shows_how_far_each_device_came(void **state)
{
    struct town t;
    struct tbc_page_full full;

    (void)state;
    town_open(&t);
    struct node *so = town_node(&t, "so-y-te"), *an = town_node(&t, "an");
    struct tb_id id = town_report(so, "Thang", 2);
    town_run(&t);
    assert_int_equal(tbc_seen(an->core, &id), TB_OK);
    town_run(&t);
    assert_int_equal(tbc_page_get(so->core, &id, &full), TB_OK);
    assert_int_equal(full.n_devices, 3);
    for (size_t i = 0; i < 3; i++) {
        bool first = strcmp(full.device[i].account, "an") == 0;
        assert_true(full.device[i].capsule_ok_ms > 0);
        assert_int_equal(full.device[i].released, first);
        assert_int_equal(full.device[i].delivered_ms > 0, first);
        assert_int_equal(full.device[i].seen_ms > 0, first);
    }
    assert_string_equal(full.text, "Máy chủ bị mã hoá.");
    tbc_page_full_done(&full);
    town_close(&t);
}

static void a_test_page_comes_back_to_the_device_that_sent_it(void **state)
{
    struct town t;
    struct tb_id id;

    (void)state;
    town_open(&t);
    struct node *an = town_node(&t, "an"), *binh = town_node(&t, "binh");
    assert_int_equal(tbc_test_page(an->core, &id, NULL), TB_OK);
    town_run(&t);
    assert_int_equal(town_rings(an, &id, TBC_RING_PAGE), 1);
    assert_int_equal(binh->n_rings, 0);
    struct tbc_page p = town_page(an, &id);
    assert_true(p.test && p.drill && p.mine_to_answer);
    assert_int_equal(town_answer(an, &id, TB_ACT_ACCEPT, NULL), TB_OK);
    town_run(&t);
    assert_int_equal(town_page(an, &id).state, TBC_PAGE_RESOLVED);
    town_pass(&t, 300000);
    assert_int_equal(an->n_rings, 1);
    town_close(&t);
}

static void what_is_unanswered_rings_again_after_a_restart(void **state)
{
    struct town t;

    (void)state;
    town_open(&t);
    struct node *so = town_node(&t, "so-y-te"), *an = town_node(&t, "an");
    struct tb_id id = town_report(so, "Khởi động lại", 1);
    town_run(&t);
    town_kill(an);
    an->n_rings = 0;
    town_start(an);
    assert_int_equal(tbc_unlock(an->core, tb_view_of("sai", 3)), TB_E_BADSIG);
    struct tbc_status s;
    tbc_status(an->core, &s);
    assert_int_equal(s.stage, TBC_LOCKED);
    assert_int_equal(tbc_seen(an->core, &id), TB_E_LOCKED);
    town_unlock(an);
    an->cut = true; /* from what is on disk alone */
    town_pass(&t, 1000);
    assert_int_equal(town_rings(an, &id, TBC_RING_PAGE), 1);
    an->cut = false;
    town_pass(&t, 60000);
    assert_int_equal(tbc_lock(an->core), TB_OK);
    tbc_status(an->core, &s);
    assert_int_equal(s.stage, TBC_LOCKED);
    assert_null(an->core->me);
    town_unlock(an);
    town_pass(&t, 5000);
    assert_int_equal(town_answer(an, &id, TB_ACT_ACCEPT, NULL), TB_OK);
    town_run(&t);
    assert_string_equal(town_page(so, &id).owner, "an");
    town_close(&t);
}

static void
a_coordinator_outside_the_policy_hears_that_nobody_answers_and_who_does_then(void **state)
{
    struct town t;

    (void)state;
    town_open(&t);
    struct node *dung = town_enrol(&t, "dung", "may-truc", "pa05", TB_ROLE_COORDINATOR);
    town_pass(&t, 30000);
    struct node *so = town_node(&t, "so-y-te"), *an = town_node(&t, "an");
    struct tb_id id = town_report(so, "Không ai", 2);
    town_pass(&t, 170000);
    assert_int_equal(dung->n_rings, 0);
    town_pass(&t, 20000);
    assert_int_equal(town_rings(dung, &id, TBC_RING_NOBODY), 1);
    assert_string_equal(dung->ring[0].sender, "so-y-te");
    assert_false(town_page(dung, &id).readable);
    assert_int_equal(town_answer(an, &id, TB_ACT_ACCEPT, NULL), TB_OK);
    town_run(&t);
    assert_string_equal(town_page(dung, &id).owner, "an");
    assert_int_equal(dung->n_quiet, 1);
    town_close(&t);
}

static void a_device_that_joins_late_can_read_what_its_owner_was_called_for(void **state)
{
    struct town t;

    (void)state;
    town_open(&t);
    struct node *so = town_node(&t, "so-y-te");
    struct tb_id id = town_report(so, "Máy mới", 2);
    town_run(&t);
    struct node *two = town_enrol(&t, "an", "may-tinh", "pa05", TB_ROLE_RESPONDER);
    town_pass(&t, 20000);
    assert_true(town_has(two, &id));
    assert_string_equal(town_page(two, &id).title, "Máy mới");
    town_close(&t);
}

static void a_relay_that_falls_silent_is_noticed_within_twenty_seconds(void **state)
{
    struct town t;
    struct tbc_status s;

    (void)state;
    town_open(&t);
    struct node *an = town_node(&t, "an");
    town_pass(&t, 60000);
    tbc_status(an->core, &s);
    assert_int_equal(s.online, TBC_ONLINE);
    t.relay_down = true; /* connections stay, nobody answers */
    town_pass(&t, 20500);
    tbc_status(an->core, &s);
    assert_int_not_equal(s.online, TBC_ONLINE);
    t.relay_down = false;
    town_pass(&t, 60000);
    tbc_status(an->core, &s);
    assert_int_equal(s.online, TBC_ONLINE);
    town_close(&t);
}

static size_t accepts_of(struct node *n, const struct tb_id *id, uint32_t *ret_eta)
{
    struct tbc_page_full page = { 0 };
    size_t accepts = 0;

    assert_int_equal(tbc_page_get(n->core, id, &page), TB_OK);
    for (size_t i = 0; i < page.n_events; i++)
        accepts += page.event[i].kind == TBC_EV_ACT && page.event[i].act == TB_ACT_ACCEPT;
    *ret_eta = page.page.eta_min;
    tbc_page_full_done(&page);
    return accepts;
}

static void the_same_acceptance_said_twice_is_one_and_another_promise_is_a_new_one(void **state)
{
    struct town t;
    uint32_t eta = 0;

    (void)state;
    town_open(&t);
    struct node *so = town_node(&t, "so-y-te"), *an = town_node(&t, "an");
    struct tb_id id = town_report(so, "Mã độc tống tiền", 1);
    struct tbc_answer a = { .page = id, .kind = TB_ACT_ACCEPT, .eta_min = 10 };
    town_run(&t);

    assert_int_equal(tbc_answer(an->core, &a, NULL), TB_OK);
    assert_int_equal(tbc_answer(an->core, &a, NULL), TB_OK); /* not yet at the relay */
    town_run(&t);
    assert_int_equal(tbc_answer(an->core, &a, NULL), TB_OK);
    a.eta_min = 0; /* a button in a notification promises nothing */
    assert_int_equal(tbc_answer(an->core, &a, NULL), TB_OK);
    town_run(&t);
    assert_int_equal(accepts_of(so, &id, &eta), 1);
    assert_int_equal(eta, 10);

    a.eta_min = 25;
    assert_int_equal(tbc_answer(an->core, &a, NULL), TB_OK);
    town_run(&t);
    assert_int_equal(accepts_of(so, &id, &eta), 2);
    assert_int_equal(eta, 25);
    town_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_report_wakes_the_first_tier_and_an_accept_stops_it),
        cmocka_unit_test(a_clock_that_lost_its_battery_keeps_nobody_from_paging_or_accepting),
        cmocka_unit_test(silence_wakes_the_next_tier_and_in_the_end_the_sender),
        cmocka_unit_test(a_class_one_page_rings_again_in_every_round),
        cmocka_unit_test(a_decline_with_its_reason_moves_on_at_once),
        cmocka_unit_test(a_hand_over_is_the_takers_only_when_he_accepts),
        cmocka_unit_test(a_taker_outside_the_policy_gets_the_whole_page),
        cmocka_unit_test(an_answer_on_one_device_quiets_the_other_of_the_same_person),
        cmocka_unit_test(what_one_device_sends_the_others_of_the_sender_can_read),
        cmocka_unit_test(a_report_made_offline_goes_out_later_and_alarms_meanwhile),
        cmocka_unit_test(an_accept_made_offline_that_came_second_is_shown_and_does_not_count),
        cmocka_unit_test(a_page_that_cannot_be_read_rings_says_so_and_is_wrapped_again),
        cmocka_unit_test(more_capsules_that_cannot_be_read_than_may_fail_leave_the_page_readable),
        cmocka_unit_test(the_ladder_shows_how_far_each_device_came),
        cmocka_unit_test(a_test_page_comes_back_to_the_device_that_sent_it),
        cmocka_unit_test(what_is_unanswered_rings_again_after_a_restart),
        cmocka_unit_test(
            a_coordinator_outside_the_policy_hears_that_nobody_answers_and_who_does_then),
        cmocka_unit_test(a_device_that_joins_late_can_read_what_its_owner_was_called_for),
        cmocka_unit_test(a_relay_that_falls_silent_is_noticed_within_twenty_seconds),
        cmocka_unit_test(the_same_acceptance_said_twice_is_one_and_another_promise_is_a_new_one),
    };

    return cmocka_run_group_tests(tests, NULL, town_done);
}
