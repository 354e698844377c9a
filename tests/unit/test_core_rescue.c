/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_core_rescue.c - a page that cannot be read, its sender gone: who opened it wraps it again. */
/* link: tb_server */
/* wrap: clock_gettime */
#include "core_world.h"

#include "client/core/leaf.h"

static void forget_all(struct node *n)
{
    assert_int_equal(cs_begin(n->core->store), TB_OK);
    for (size_t i = 0; i < n->t->n; i++)
        if (n->t->node[i].core && &n->t->node[i] != n)
            assert_int_equal(e2e_forget(n->core->e2e, &n->t->node[i].core->me->cred), TB_OK);
    assert_int_equal(cs_commit(n->core->store), TB_OK);
}

/* Both sides are past their first messages: a session that is lost on one side is lost. */
static void talk(struct town *t)
{
    struct node *so = town_node(t, "so-y-te");
    struct tb_id first = town_report(so, "Trước", 2);

    town_pass(t, 130000);
    assert_int_equal(town_answer(town_node(t, "an"), &first, TB_ACT_DECLINE, "bận"), TB_OK);
    assert_int_equal(town_answer(town_node(t, "binh"), &first, TB_ACT_DECLINE, "bận"), TB_OK);
    town_run(t);
    assert_int_equal(town_answer(so, &first, TB_ACT_RESOLVE, "xong"), TB_OK);
    town_pass(t, 5000);
}

/* A page whose sender is gone before `n`, who lost its sessions, is there to say so. */
static struct tb_id orphan(struct town *t, struct node *n, const char *title)
{
    struct node *so = town_node(t, "so-y-te");

    forget_all(n);
    n->cut = true;
    struct tb_id id = town_report(so, title, 2);
    town_run(t);
    so->cut = true;
    n->cut = false;
    return id;
}

static size_t rewraps_by(struct node *at, const struct tb_id *id, const char *account)
{
    struct tbc_page_full full;
    size_t hits = 0;

    assert_int_equal(tbc_page_get(at->core, id, &full), TB_OK);
    for (size_t i = 0; i < full.n_events; i++)
        hits += full.event[i].kind == TBC_EV_ACT && full.event[i].act == TB_ACT_REWRAP &&
                full.event[i].counted && strcmp(full.event[i].account, account) == 0;
    tbc_page_full_done(&full);
    return hits;
}

static size_t town_rewraps; /* REWRAP envelopes that reached the watched device */
static bool count_rewraps(struct node *n, struct tb_buf *batch)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    Tb__Envelopes *m;
    Tb__Batch *b;

    (void)n;
    tb_arena_init(&a, CORE_ARENA);
    if (tb_unpack(&a, &tb__batch__descriptor, tb_buf_view(batch), &b) != TB_OK)
        return true;
    for (size_t i = 0; i < b->n_frame; i++)
        if (b->frame[i]->op == TB_OP_ENVELOPES && !b->frame[i]->id &&
            tb_unpack(&a, &tb__envelopes__descriptor, tb_field_view(&b->frame[i]->body), &m) ==
                TB_OK)
            for (size_t k = 0; k < m->n_envelope; k++)
                town_rewraps += m->envelope[k]->kind == TB_ENV_REWRAP;
    return true;
}

static void a_page_whose_sender_is_gone_is_made_readable_by_another_who_opened_it(void **state)
{
    struct town t;

    (void)state;
    town_open(&t);
    struct node *two = town_enrol(&t, "an", "may-tinh", "pa05", TB_ROLE_RESPONDER);
    town_pass(&t, 60000);
    talk(&t);
    struct node *one = town_device(&t, "an", "dien-thoai"), *so = town_node(&t, "so-y-te");
    struct tb_id id = orphan(&t, two, "Đọc nhờ đồng đội");
    town_pass(&t, 20000);
    assert_true(town_page(one, &id).readable);
    assert_string_equal(town_page(two, &id).title, "Đọc nhờ đồng đội");
    assert_int_equal(rewraps_by(two, &id, "an"), 1);
    assert_int_equal(rewraps_by(one, &id, "an"), 1);
    so->cut = false;
    town_pass(&t, 60000);
    assert_int_equal(rewraps_by(so, &id, "an"), 1);
    town_close(&t);
}

static void nobody_is_helped_to_read_before_the_release_of_his_tier(void **state)
{
    struct town t;

    (void)state;
    town_open(&t);
    talk(&t);
    struct node *an = town_node(&t, "an"), *binh = town_node(&t, "binh");
    struct tb_id id = orphan(&t, binh, "Chưa đến lượt");
    town_rewraps = 0;
    binh->filter = count_rewraps;
    town_pass(&t, 50000);
    assert_true(town_page(an, &id).readable);
    assert_false(town_page(binh, &id).readable);
    assert_int_equal(town_rewraps, 0);
    town_pass(&t, 30000);
    assert_string_equal(town_page(binh, &id).title, "Chưa đến lượt");
    assert_true(rewraps_by(binh, &id, "an") + rewraps_by(binh, &id, "chi") >= 1);
    town_close(&t);
}

static void spoil_key(struct node *n, const struct tb_id *id)
{
    TB_CLEANUP(leaf_done) struct leaf l = { 0 };

    assert_int_equal(cs_begin(n->core->store), TB_OK);
    assert_int_equal(leaf_load(n->core, id, &l), TB_OK);
    assert_int_equal(l.p->key.len, TB_KEY_BYTES);
    l.p->key.data[0] ^= 1;
    assert_int_equal(leaf_save(n->core, &l), TB_OK);
    assert_int_equal(cs_commit(n->core->store), TB_OK);
}

static void a_false_key_is_refused_and_does_not_keep_out_the_true_one(void **state)
{
    struct town t;

    (void)state;
    town_open(&t);
    talk(&t);
    struct node *an = town_node(&t, "an"), *binh = town_node(&t, "binh"),
                *chi = town_node(&t, "chi");
    struct tb_id id = orphan(&t, binh, "Khoá giả");
    chi->cut = true; /* comes later, and has the true one */
    spoil_key(an, &id);
    town_rewraps = 0;
    binh->filter = count_rewraps;
    town_pass(&t, 110000);
    assert_true(town_rewraps >= 1);
    assert_false(town_page(binh, &id).readable);
    chi->cut = false;
    town_pass(&t, 150000);
    assert_true(town_page(chi, &id).readable);
    assert_string_equal(town_page(binh, &id).title, "Khoá giả");
    assert_true(rewraps_by(binh, &id, "chi") >= 1);
    town_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_page_whose_sender_is_gone_is_made_readable_by_another_who_opened_it),
        cmocka_unit_test(nobody_is_helped_to_read_before_the_release_of_his_tier),
        cmocka_unit_test(a_false_key_is_refused_and_does_not_keep_out_the_true_one),
    };

    return cmocka_run_group_tests(tests, NULL, town_done);
}
