/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_core_members.c - members who turn on the others, alone or together with a relay that lies.
 *
 * A province in which everything takes two people.  What one member signs is first offered to an honest
 * relay, then shown to the devices by a relay that pretends to have taken it. */
/* link: tb_server */
/* wrap: clock_gettime */
#include "core_lies.h"
#include "proto/parcel.h"

struct errand {
    unsigned calls;
    tb_result result;
    char text[300];
};

static void on_done(void *user, tb_result r, const char *text, struct tb_view data)
{
    struct errand *e = user;

    (void)data;
    e->calls++;
    e->result = r;
    (void)snprintf(e->text, sizeof e->text, "%s", text);
}

/* ---- entries that too few have signed */

/* The member takes it to the relay, which refuses it; gives the relay's answer. */
static tb_result offer(struct node *by, const struct tb_buf *entry)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf parcel = { 0 };
    struct errand e = { 0 };
    ProtobufCBinaryData list[] = { tb_field(entry->p, entry->n) };
    uint64_t before = tb_roster_size(by->t->relay->roster);
    Tb__Parcel p;

    tb__parcel__init(&p);
    p.n_entry_signed = 1;
    p.entry_signed = list;
    assert_int_equal(tb_parcel_encode(&p, &parcel), TB_OK);
    assert_int_equal(tbc_roster_publish(by->core, tb_buf_view(&parcel), on_done, &e), TB_OK);
    town_pass(by->t, 3000);
    assert_int_equal(e.calls, 1);
    assert_int_equal(tb_roster_size(by->t->relay->roster), before);
    assert_true(e.text[0] != '\0');
    return e.result;
}

/* What the lying relay adds to the log that it serves. */
static const struct tb_buf *added;

static struct tb_hash head_with(const struct tb_roster *r, const struct tb_buf *entry)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a;
    struct tb_hash head = tb_roster_head(r);
    struct tb_signed s;

    tb_arena_init(&a, TB_ARENA_MAX);
    assert_int_equal(tb_signed_parse(&a, tb_buf_view(entry), &s), TB_OK);
    struct tb_hash e = tb_hash_of(TB_L_ENTRY, s.payload);
    return tb_hash_of2(TB_L_ROSTER_HEAD, tb_view_of(head.b, sizeof head.b),
                       tb_view_of(e.b, sizeof e.b));
}

static void add_entry(struct tb_arena *a, Tb__Frame *f, const struct tb_hash *head,
                      struct tb_buf *ret)
{
    ProtobufCBinaryData list[300];
    Tb__RosterReply *m;

    assert_int_equal(tb_unpack(a, &tb__roster_reply__descriptor, tb_field_view(&f->body), &m),
                     TB_OK);
    assert_true(m->n_entry_signed < 299);
    for (size_t i = 0; i < m->n_entry_signed; i++)
        list[i] = m->entry_signed[i];
    list[m->n_entry_signed++] = tb_field(added->p, added->n);
    m->entry_signed = list;
    m->size++;
    m->head = tb_field(head->b, sizeof head->b);
    assert_int_equal(tb_pack(&m->base, ret), TB_OK);
    f->body = tb_field(ret->p, ret->n);
}

static bool serve_added(struct node *n, struct tb_buf *batch)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a;
    TB_CLEANUP(tb_buf_done) struct tb_buf body = { 0 };
    struct tb_hash head = head_with(n->t->relay->roster, added);
    struct tb_buf out = { 0 };
    bool changed = false;
    Tb__Batch *b;

    tb_arena_init(&a, 64 << 20);
    assert_int_equal(tb_unpack(&a, &tb__batch__descriptor, tb_buf_view(batch), &b), TB_OK);
    for (size_t i = 0; i < b->n_frame && !changed; i++) {
        changed = b->frame[i]->op == TB_OP_ROSTER_GET && b->frame[i]->id;
        if (changed)
            add_entry(&a, b->frame[i], &head, &body);
    }
    if (!changed)
        return true;
    assert_int_equal(tb_pack(&b->base, &out), TB_OK);
    tb_buf_done(batch);
    *batch = out;
    return true;
}

static void push_head(struct node *n, uint64_t size, const struct tb_hash *head)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf body = { 0 }, batch = { 0 };
    Tb__Frame f, *frames[] = { &f };
    Tb__PingReply m;
    Tb__Batch b;

    tb__ping_reply__init(&m);
    tb__frame__init(&f);
    tb__batch__init(&b);
    m.time_ms = town_now;
    m.roster_size = size;
    m.roster_head = tb_field(head->b, sizeof head->b);
    assert_int_equal(tb_pack(&m.base, &body), TB_OK);
    f.op = TB_OP_ROSTER_HEAD;
    f.body = tb_field(body.p, body.n);
    b.n_frame = 1;
    b.frame = frames;
    assert_int_equal(tb_pack(&b.base, &batch), TB_OK);
    n->ev->message(n->link, tb_buf_view(&batch));
}

/* The relay is in it too; the device believes none of it, goes on, and rings. */
static void show(struct node *to, const struct tb_buf *entry)
{
    struct tb_hash head = head_with(to->t->relay->roster, entry);
    uint64_t before = tb_roster_size(to->core->roster);
    struct tbc_status s;

    added = entry;
    to->filter = serve_added;
    push_head(to, before + 1, &head);
    town_pass(to->t, 3000);
    to->filter = NULL;
    assert_int_equal(tb_roster_size(to->core->roster), before);
    tbc_status(to->core, &s);
    assert_true(s.roster_alarm);
    assert_int_not_equal(town_rings(to, NULL, TBC_RING_ROSTER), 0);
}

static void refused_everywhere(struct town *t, struct province_entry *e)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf entry = { 0 };

    province_make(&t->p, e, &entry);
    assert_int_not_equal(offer(town_node(t, "chi"), &entry), TB_OK);
    show(town_node(t, "so-y-te"), &entry);
}

/* A15 */
static void a_registrar_alone_lets_nobody_in(void **state)
{
    struct town t;
    char subject[66];
    Tb__Credential m;

    (void)state;
    town_open(&t);
    struct province_device *ghost =
        province_device(&t.p, "em", "pa05", "dien-thoai", TB_ROLE_RESPONDER);
    struct province_entry e = province_credential_entry(ghost, &m, subject);
    province_by(&e, &t.p.registrar[0]);
    refused_everywhere(&t, &e);
    province_by(&e, &town_node(&t, "chi")->core->me->sign); /* a coordinator is no registrar */
    refused_everywhere(&t, &e);
    town_close(&t);
}

/* A15: a second device for somebody who is known, which would get all his pages. */
static void a_registrar_alone_adds_no_device_to_a_person(void **state)
{
    struct town t;
    char subject[66];
    Tb__Credential m;

    (void)state;
    town_open(&t);
    struct province_device *ghost =
        province_device(&t.p, "an", "pa05", "may-la", TB_ROLE_RESPONDER);
    struct province_entry e = province_credential_entry(ghost, &m, subject);
    province_by(&e, &t.p.registrar[1]);
    refused_everywhere(&t, &e);
    town_close(&t);
}

static void one_coordinator_changes_no_policy(void **state)
{
    struct town t;
    struct province_policy b;

    (void)state;
    town_open(&t);
    struct node *chi = town_node(&t, "chi"), *so = town_node(&t, "so-y-te");
    struct tb_hash before = tb_roster_policy_by_id(so->core->roster, "truc-dem")->hash;
    province_policy_body(&b, "truc-dem", "chi");
    struct province_entry e = province_entry(TB_ENTRY_POLICY, "truc-dem", &b.m.base);
    province_by(&e, &chi->core->me->sign);
    refused_everywhere(&t, &e);
    struct tb_hash after = tb_roster_policy_by_id(so->core->roster, "truc-dem")->hash;
    assert_true(tb_hash_equal(&before, &after));
    town_close(&t);
}

static void coordinators_and_registrars_together_change_no_authority(void **state)
{
    struct town t;

    (void)state;
    town_open(&t);
    Tb__Registrar m = province_registrar(&t.p, 2);
    struct province_entry e =
        province_entry_of(TB_ENTRY_REGISTRAR, t.p.registrar[2].pk, TB_KEY_BYTES, &m.base);
    province_by(&e, &town_node(&t, "chi")->core->me->sign);
    province_by(&e, &town_node(&t, "dung")->core->me->sign);
    province_by(&e, &t.p.registrar[0]);
    province_by(&e, &t.p.custodian[0]); /* one of the two that it takes */
    refused_everywhere(&t, &e);
    town_close(&t);
}

static void a_responder_suspends_nobody_but_himself(void **state)
{
    struct town t;
    Tb__Removal m = province_removal("chi");

    (void)state;
    town_open(&t);
    struct province_entry e = province_entry(TB_ENTRY_SUSPENSION, "chi", &m.base);
    province_by(&e, &town_node(&t, "an")->core->me->sign);
    refused_everywhere(&t, &e);
    town_close(&t);
}

/* ---- devices that are out and go on */

static void remove_account(struct town *t, const char *account, enum tb_entry_kind kind)
{
    Tb__Removal m = province_removal(account);
    struct province_entry e = province_entry(kind, account, &m.base);

    province_by_registrars(&t->p, &e);
    province_put(&t->p, &e);
    town_sync(t);
    town_pass(t, 2000);
}

/* A10, A11: it claims the log of before and the time of before; the relay is with it. */
static void act_of_removed(enum tb_entry_kind kind)
{
    struct town t;

    town_open(&t);
    struct node *so = town_node(&t, "so-y-te"), *an = town_node(&t, "an");
    struct tb_id page = town_report(so, "Ai còn trực?", 2);
    town_run(&t);
    an->cut = true; /* it never hears of its end */
    remove_account(&t, "an", kind);
    log_ahead = (uint64_t)-1; /* as if signed with the log of before */
    struct tb_buf act = make_accept(so, &page, an, &an->core->me->sign);
    log_ahead = 0;
    push_act(so, &page, &act);
    assert_string_equal(town_page(so, &page).owner, "");
    tb_buf_done(&act);
    /* And the honest relay lets it in no more, whatever its clock says. */
    an->wall_off = -90 * PROVINCE_DAY;
    an->cut = false;
    tbc_reconnect(an->core);
    (void)town_answer(an, &page, TB_ACT_ACCEPT, NULL);
    town_pass(&t, 60000);
    assert_string_equal(town_page(so, &page).owner, "");
    struct tb_id next = town_report(so, "Sau đó", 2);
    town_pass(&t, 3000);
    assert_false(town_has(an, &next));
    town_close(&t);
}

static void a_suspended_device_that_claims_an_older_log_changes_nothing(void **state)
{
    (void)state;
    act_of_removed(TB_ENTRY_SUSPENSION);
}

static void a_revoked_device_that_claims_an_older_log_changes_nothing(void **state)
{
    (void)state;
    act_of_removed(TB_ENTRY_REVOCATION);
}

/* All processes stop, so much time passes, they start again. */
static void sleep_long(struct town *t, int64_t ms)
{
    town_stop(t);
    for (size_t i = 0; i < t->n; i++) {
        t->node[i].peer = NULL;
        t->node[i].dialled = t->node[i].closed = false;
    }
    town_now += ms;
    town_start_relay(t);
    for (size_t i = 0; i < t->n; i++)
        town_revive(&t->node[i]);
    town_pass(t, 60000);
}

/* A11 */
static void an_expired_device_whose_clock_was_set_back_changes_nothing(void **state)
{
    struct town t;

    (void)state;
    town_open(&t);
    struct node *so = town_node(&t, "so-y-te");
    town_valid_ms = town_now - PROVINCE_T0 + 3600 * 1000;
    struct node *em = town_enrol(&t, "em", "dien-thoai", "pa05", TB_ROLE_RESPONDER);
    town_valid_ms = 365 * PROVINCE_DAY;
    town_policy(&t, "ca-em", "em;binh");
    town_pass(&t, 30000);
    em->wall_off = -32 * PROVINCE_DAY; /* a device that believes in its own time */
    sleep_long(&t, 31 * PROVINCE_DAY + 7200 * 1000);
    struct tbc_status s;
    tbc_status(em->core, &s);
    assert_int_not_equal(s.online, TBC_ONLINE);
    const struct tbc_report r = { .title = "Đêm muộn", .page_class = 2, .policy = "ca-em" };
    struct tbc_why why = { "" };
    struct tb_id page;
    assert_int_equal(tbc_report(so->core, &r, &page, &why), TB_OK);
    town_pass(&t, 3000);
    assert_false(town_has(em, &page)); /* nobody wraps for it */
    struct tb_buf act = make_accept(so, &page, em, &em->core->me->sign);
    push_act(so, &page, &act);
    assert_string_equal(town_page(so, &page).owner, "");
    tb_buf_done(&act);
    town_close(&t);
}

/* A83 */
static void two_devices_with_one_identity_are_told_and_the_page_still_rings(void **state)
{
    struct town t;
    struct tbc_status s;

    (void)state;
    town_open(&t);
    struct node *so = town_node(&t, "so-y-te"), *an = town_node(&t, "an");
    struct node *copy = town_add(&t, "an", "ban-sao");
    assert_int_equal(mkdir(copy->dir, 0700), 0);
    town_kill(an);
    town_hang_up(an);
    town_copy(an->dir, copy->dir);
    town_revive(an);
    town_pass(&t, 3000);
    town_revive(copy);
    town_run(&t);
    tbc_status(an->core, &s);
    assert_non_null(strstr(s.last_error, "second copy of the profile"));
    town_pass(&t, 120000);
    struct tb_id page = town_report(so, "Hai máy một tên", 2);
    town_pass(&t, 50000);
    assert_true(town_rings(an, &page, TBC_RING_PAGE) + town_rings(copy, &page, TBC_RING_PAGE) +
                    town_rings(an, &page, TBC_RING_UNREADABLE) +
                    town_rings(copy, &page, TBC_RING_UNREADABLE) >=
                1);
    town_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_registrar_alone_lets_nobody_in),
        cmocka_unit_test(a_registrar_alone_adds_no_device_to_a_person),
        cmocka_unit_test(one_coordinator_changes_no_policy),
        cmocka_unit_test(coordinators_and_registrars_together_change_no_authority),
        cmocka_unit_test(a_responder_suspends_nobody_but_himself),
        cmocka_unit_test(a_suspended_device_that_claims_an_older_log_changes_nothing),
        cmocka_unit_test(a_revoked_device_that_claims_an_older_log_changes_nothing),
        cmocka_unit_test(an_expired_device_whose_clock_was_set_back_changes_nothing),
        cmocka_unit_test(two_devices_with_one_identity_are_told_and_the_page_still_rings),
    };

    town_real = true;
    return cmocka_run_group_tests(tests, NULL, town_done);
}
