/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_core_store.c - streams that were lost, disks that are full, rows that are damaged: the bell rings on. */
/* link: tb_server PkgConfig::SQLITE */
/* wrap: clock_gettime sqlite3_step */
#include "core_lies.h"

#include <sqlite3.h>

/* ---- a disk without space, in nodes that are faulty */

static bool disk_full;
static unsigned refused;
static unsigned reads_to_fail; /* of a page, outside any transaction */

int __real_sqlite3_step(sqlite3_stmt *st);
int __wrap_sqlite3_step(sqlite3_stmt *st);
int __wrap_sqlite3_step(sqlite3_stmt *st)
{
    const char *sql = sqlite3_sql(st);

    if (disk_full && town_inside && sql && strncmp(sql, "INSERT", 6) == 0) {
        refused++;
        return SQLITE_FULL;
    }
    if (reads_to_fail && town_inside && sql && strstr(sql, "FROM page WHERE key") &&
        sqlite3_get_autocommit(sqlite3_db_handle(st))) {
        reads_to_fail--;
        return SQLITE_IOERR;
    }
    return __real_sqlite3_step(st);
}

static struct tbc_status status(struct node *n)
{
    struct tbc_status s;

    tbc_status(n->core, &s);
    return s;
}

static size_t rows(struct node *n)
{
    static struct tbc_page list[16];
    struct tbc_listing got;

    assert_int_equal(tbc_pages(n->core, &(struct tbc_query){ 0 }, list, 16, &got), TB_OK);
    return got.n;
}

static void restart(struct node *n)
{
    town_kill(n);
    town_hang_up(n);
    town_revive(n);
}

/* ---- numbers */

/* The relay's next push to this node is numbered higher by a million. */
static bool number_up(struct node *n, struct tb_buf *batch)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    TB_CLEANUP(tb_buf_done) struct tb_buf body = { 0 };
    Tb__Envelopes *m;
    Tb__Batch *b;

    (void)n;
    tb_arena_init(&a, 1 << 22);
    assert_int_equal(tb_unpack(&a, &tb__batch__descriptor, tb_buf_view(batch), &b), TB_OK);
    for (size_t i = 0; i < b->n_frame; i++) {
        if (b->frame[i]->op != TB_OP_ENVELOPES || b->frame[i]->id || body.n)
            continue;
        assert_int_equal(
            tb_unpack(&a, &tb__envelopes__descriptor, tb_field_view(&b->frame[i]->body), &m),
            TB_OK);
        for (size_t k = 0; k < m->n_envelope; k++)
            m->envelope[k]->seq += 1000000;
        assert_int_equal(tb_pack(&m->base, &body), TB_OK);
        b->frame[i]->body = tb_field(body.p, body.n);
    }
    batch->n = 0;
    assert_int_equal(tb_pack(&b->base, batch), TB_OK);
    return true;
}

static void a_false_number_does_not_make_a_device_deaf(void **state)
{
    struct town t;

    (void)state;
    town_open(&t);
    struct node *so = town_node(&t, "so-y-te"), *an = town_node(&t, "an");
    an->filter = number_up;
    (void)town_report(so, "Số sai", 2);
    town_run(&t);
    an->filter = NULL;
    assert_true(an->core->seq > 1000000);
    assert_non_null(strstr(status(an).relay_alarm_text, "it refuses what was acknowledged"));
    struct tb_id honest = town_report(so, "Thật thà trở lại", 2);
    town_run(&t);
    assert_int_equal(town_rings(an, &honest, TBC_RING_PAGE), 1);
    assert_true(an->core->seq < 1000000);
    assert_non_null(strstr(status(an).relay_alarm_text, "came after number"));
    town_close(&t);
}

static void a_log_in_that_finds_less_than_was_taken_is_seen_and_healed(void **state)
{
    struct town t;

    (void)state;
    town_open(&t);
    struct node *so = town_node(&t, "so-y-te"), *an = town_node(&t, "an");
    an->filter = number_up;
    struct tb_id id = town_report(so, "Số sai", 2);
    town_run(&t);
    assert_int_equal(town_answer(an, &id, TB_ACT_ACCEPT, NULL), TB_OK);
    town_run(&t);
    an->filter = NULL;
    restart(an);
    town_pass(&t, 5000);
    assert_non_null(strstr(status(an).relay_alarm_text, "it knows of"));
    assert_string_equal(town_page(an, &id).owner, "an"); /* what comes again takes nothing back */
    assert_int_equal(rows(an), 1);
    assert_int_equal(town_rings(an, &id, TBC_RING_PAGE), 1);
    struct tb_id honest = town_report(so, "Thật thà trở lại", 2);
    town_run(&t);
    assert_int_equal(town_rings(an, &honest, TBC_RING_PAGE), 1);
    restart(an); /* remembered */
    assert_true(status(an).relay_alarm_text[0] != 0);
    town_now += 8 * PROVINCE_DAY;
    assert_string_equal(status(an).relay_alarm_text, "");
    town_close(&t);
}

static void a_gap_is_noted_and_the_ordinary_stream_has_none(void **state)
{
    struct town t;
    struct tape tape;

    (void)state;
    town_open(&t);
    struct node *so = town_node(&t, "so-y-te"), *an = town_node(&t, "an");
    tape_on(an, &tape);
    struct tb_id id = town_report(so, "Đủ cả", 2);
    town_pass(&t, 5000);
    assert_string_equal(status(an).relay_alarm_text, "");
    Tb__Envelope e = *taped(&tape, TB_ENV_RELEASE);
    inject_at(an, &e, an->core->seq + 3);
    assert_non_null(strstr(status(an).relay_alarm_text, "came after number"));
    assert_int_equal(town_rings(an, &id, TBC_RING_PAGE), 1); /* the same release rings once */
    tb_arena_done(&tape.arena);
    town_close(&t);
}

static void an_act_said_again_keeps_its_place(void **state)
{
    struct town t;
    struct tape tape;

    (void)state;
    town_open(&t);
    struct node *so = town_node(&t, "so-y-te"), *an = town_node(&t, "an"),
                *binh = town_node(&t, "binh");
    struct tb_id id = town_report(so, "Bàn giao", 2);
    town_run(&t);
    tape_on(an, &tape);
    assert_int_equal(town_answer(an, &id, TB_ACT_ACCEPT, NULL), TB_OK);
    town_run(&t);
    assert_int_equal(town_answer(an, &id, TB_ACT_OFFER, "binh"), TB_OK);
    town_run(&t);
    assert_int_equal(town_answer(binh, &id, TB_ACT_ACCEPT, NULL), TB_OK);
    town_run(&t);
    assert_string_equal(town_page(an, &id).owner, "binh");
    Tb__Envelope e = *taped(&tape, TB_ENV_ACT);
    inject_at(an, &e, 1); /* the accept */
    assert_string_equal(town_page(an, &id).owner, "binh");
    tb_arena_done(&tape.arena);
    town_close(&t);
}

static void copy_relay(struct town *t, const char *from, const char *to)
{
    char a[200], b[200];

    (void)snprintf(a, sizeof a, "%s/%s", t->dir, from);
    (void)snprintf(b, sizeof b, "%s/%s", t->dir, to);
    town_remove(b);
    assert_int_equal(mkdir(b, 0700), 0);
    town_copy(a, b);
}

static void a_relay_copied_back_doubles_nothing_and_takes_no_answer_back(void **state)
{
    struct town t;

    (void)state;
    town_open(&t);
    struct node *so = town_node(&t, "so-y-te"), *an = town_node(&t, "an");
    struct tb_id a = town_report(so, "Trước bản sao", 2);
    town_pass(&t, 3000);
    town_stop_relay(&t);
    copy_relay(&t, "relay", "copy");
    town_start_relay(&t);
    town_pass(&t, 3000);
    assert_int_equal(town_answer(an, &a, TB_ACT_ACCEPT, NULL), TB_OK);
    (void)town_report(so, "Sau bản sao", 2);
    town_pass(&t, 3000);
    town_stop_relay(&t);
    copy_relay(&t, "copy", "relay");
    town_start_relay(&t);
    town_pass(&t, 20000);
    assert_true(status(an).relay_alarm_text[0] != 0);
    assert_string_equal(town_page(an, &a).owner, "an");
    assert_string_equal(town_page(so, &a).owner, "an");
    assert_int_equal(town_rings(an, &a, TBC_RING_PAGE), 1);
    assert_int_equal(rows(an), 2);
    struct tb_id c = town_report(so, "Máy chủ cũ", 2);
    town_pass(&t, 3000);
    assert_int_equal(town_rings(an, &c, TBC_RING_PAGE), 1);
    assert_int_equal(town_answer(an, &c, TB_ACT_ACCEPT, NULL), TB_OK);
    town_pass(&t, 3000);
    assert_string_equal(town_page(so, &c).owner, "an");
    town_close(&t);
}

/* ---- a full disk */

static void a_full_disk_rings_from_memory_once_and_says_so(void **state)
{
    struct town t;

    (void)state;
    town_open(&t);
    struct node *so = town_node(&t, "so-y-te"), *an = town_node(&t, "an");
    an->faulty = true;
    disk_full = true;
    refused = 0;
    struct tb_id id = town_report(so, "Đĩa đầy", 2);
    town_pass(&t, 25000);
    assert_int_equal(town_rings(an, &id, TBC_RING_UNKEPT), 1);
    assert_int_equal(an->n_rings, 1);
    assert_true(refused < 60); /* no loop */
    assert_non_null(strstr(status(an).last_error, "disk is full"));
    assert_non_null(strstr(status(an).last_error, an->dir));
    struct tb_id second = town_report(so, "Đĩa vẫn đầy", 2);
    town_run(&t); /* no time passes: it does not wait for the next try */
    assert_int_equal(town_rings(an, &second, TBC_RING_UNKEPT), 1);
    disk_full = false;
    town_pass(&t, 15000);
    assert_int_equal(town_rings(an, &id, TBC_RING_PAGE), 1);
    assert_true(town_page(an, &id).readable);
    assert_string_equal(status(an).last_error, "");
    town_close(&t);
}

/* A72: it is stored, and then it cannot be read when it is to ring. */
static void a_page_that_cannot_be_read_at_once_rings_a_moment_later(void **state)
{
    struct town t;

    (void)state;
    town_open(&t);
    struct node *so = town_node(&t, "so-y-te"), *an = town_node(&t, "an");
    an->faulty = true;
    reads_to_fail = 4;
    struct tb_id id = town_report(so, "Đọc hỏng", 2);
    town_pass(&t, 10000);
    assert_int_equal(reads_to_fail, 0);
    assert_int_equal(town_rings(an, &id, TBC_RING_PAGE), 1);
    town_close(&t);
}

static void what_rings_from_memory_ends_when_a_colleague_signed(void **state)
{
    struct town t;

    (void)state;
    town_open(&t);
    struct node *so = town_node(&t, "so-y-te"), *an = town_node(&t, "an"),
                *binh = town_node(&t, "binh");
    an->faulty = true;
    disk_full = true;
    struct tb_id id = town_report(so, "Đồng nghiệp nhận", 1);
    town_pass(&t, 5000);
    assert_int_equal(town_rings(an, &id, TBC_RING_UNKEPT), 1);
    for (int i = 0; i < 40 && !town_rings(binh, &id, TBC_RING_PAGE); i++)
        town_pass(&t, 5000);
    size_t quiet = an->n_quiet;
    assert_int_equal(town_answer(binh, &id, TB_ACT_ACCEPT, NULL), TB_OK);
    town_pass(&t, 15000);
    assert_int_equal(an->n_quiet, quiet + 1);
    disk_full = false;
    town_pass(&t, 15000);
    assert_string_equal(town_page(an, &id).owner, "binh");
    assert_int_equal(town_rings(an, &id, TBC_RING_PAGE), 0);
    town_close(&t);
}

/* ---- damaged rows */

static const char spoil_pages[] = "UPDATE page SET data = CAST(zeroblob(length(data)) AS BLOB)";
static const char spoil_events[] = "UPDATE event SET data = CAST(zeroblob(length(data)) AS BLOB)";

static void damage(struct node *n, bool pages)
{
    char path[200];
    sqlite3 *db;

    town_kill(n);
    town_hang_up(n);
    (void)snprintf(path, sizeof path, "%s/core.db", n->dir);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    int how = pages ? sqlite3_exec(db, spoil_pages, NULL, NULL, NULL)
                    : sqlite3_exec(db, spoil_events, NULL, NULL, NULL);
    assert_int_equal(how, SQLITE_OK);
    assert_true(sqlite3_changes(db) > 0);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    town_revive(n);
}

static void damaged_events_are_one_pages_trouble(void **state)
{
    struct town t;

    (void)state;
    town_open(&t);
    struct node *so = town_node(&t, "so-y-te"), *an = town_node(&t, "an");
    struct tb_id bad = town_report(so, "Hỏng", 2);
    town_run(&t);
    damage(an, false);
    town_pass(&t, 2000);
    assert_int_equal(town_rings(an, &bad, TBC_RING_PAGE), 2); /* again after the start */
    struct tb_id good = town_report(so, "Lành", 2);
    town_pass(&t, 2000);
    assert_int_equal(town_rings(an, &good, TBC_RING_PAGE), 1);
    assert_int_equal(status(an).online, TBC_ONLINE);
    assert_true(town_page(an, &bad).damaged);
    assert_false(town_page(an, &good).damaged);
    assert_int_equal(town_answer(an, &good, TB_ACT_ACCEPT, NULL), TB_OK);
    /* A further step of the damaged page: it stays among what calls me, and is counted. */
    size_t quiet = an->n_quiet;
    town_pass(&t, 70000);
    assert_int_equal(status(an).damaged, 1);
    assert_true(town_page(an, &bad).mine_to_answer);
    assert_int_equal(an->n_quiet, quiet);
    town_close(&t);
}

static void a_damaged_page_hides_no_other_and_rings(void **state)
{
    struct town t;

    (void)state;
    town_open(&t);
    struct node *so = town_node(&t, "so-y-te"), *an = town_node(&t, "an");
    struct tb_id bad = town_report(so, "Hỏng", 2);
    town_run(&t);
    damage(an, true);
    size_t rings = an->n_rings;
    town_pass(&t, 2000);
    assert_int_equal(an->n_rings, rings + 1); /* nobody knows which page, but one it was */
    assert_int_equal(town_rings(an, NULL, TBC_RING_UNKEPT), 1);
    struct tb_id good = town_report(so, "Lành", 2);
    town_pass(&t, 2000);
    assert_int_equal(town_rings(an, &good, TBC_RING_PAGE), 1);
    assert_int_equal(rows(an), 1);
    assert_int_equal(status(an).damaged, 1);
    assert_int_equal(status(an).open_pages, 1);
    char printed[17];
    struct tb_id found;
    tb_id_print(&good, printed);
    assert_int_equal(tbc_find(an->core, printed, &found), TB_OK);
    assert_int_equal(town_answer(an, &good, TB_ACT_ACCEPT, NULL), TB_OK);
    town_pass(&t, 5000);
    assert_string_equal(town_page(so, &good).owner, "an");
    assert_false(town_has(an, &bad));
    assert_int_equal(status(an).online, TBC_ONLINE);
    town_close(&t);
}

/* ---- an act that is refused and told */

static bool refuse_acts(struct node *n, struct tb_buf *batch)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    Tb__Batch *b;

    (void)n;
    tb_arena_init(&a, 1 << 22);
    assert_int_equal(tb_unpack(&a, &tb__batch__descriptor, tb_buf_view(batch), &b), TB_OK);
    for (size_t i = 0; i < b->n_frame; i++)
        if (b->frame[i]->op == TB_OP_ACT && b->frame[i]->id)
            b->frame[i]->result = TB_E_STALE;
    batch->n = 0;
    assert_int_equal(tb_pack(&b->base, batch), TB_OK);
    return true;
}

static bool refuse_and_hide(struct node *n, struct tb_buf *batch)
{
    struct tape *tape = n->filter_user;

    return record(n, batch) && refuse_acts(n, batch) && tape;
}

static bool is_act(const Tb__Envelope *e)
{
    return e->kind == TB_ENV_ACT;
}

static void an_act_that_comes_back_counts_whatever_was_answered(void **state)
{
    struct town t;

    (void)state;
    town_open(&t);
    struct node *so = town_node(&t, "so-y-te"), *an = town_node(&t, "an");
    struct tb_id id = town_report(so, "Hai lời", 2);
    town_run(&t);
    an->filter = refuse_acts;
    assert_int_equal(town_answer(an, &id, TB_ACT_ACCEPT, NULL), TB_OK);
    town_pass(&t, 3000);
    assert_string_equal(town_page(so, &id).owner, "an");
    assert_string_equal(town_page(an, &id).owner, "an");
    town_close(&t);
}

static void an_act_that_does_not_count_says_why(void **state)
{
    struct town t;
    struct tape tape;
    struct tbc_page_full full;
    bool found = false;

    (void)state;
    town_open(&t);
    struct node *so = town_node(&t, "so-y-te"), *an = town_node(&t, "an");
    struct tb_id id = town_report(so, "Bị từ chối", 2);
    town_run(&t);
    tape_on(an, &tape);
    tape.drops = is_act;
    an->filter = refuse_and_hide;
    assert_int_equal(town_answer(an, &id, TB_ACT_ACCEPT, NULL), TB_OK);
    town_pass(&t, 3000);
    assert_int_equal(tbc_page_get(an->core, &id, &full), TB_OK);
    for (size_t i = 0; i < full.n_events; i++)
        if (full.event[i].kind == TBC_EV_ACT && strcmp(full.event[i].account, "an") == 0) {
            found = true;
            assert_false(full.event[i].counted);
            assert_int_equal(full.event[i].refusal, TB_E_STALE);
        }
    assert_true(found);
    tbc_page_full_done(&full);
    tb_arena_done(&tape.arena);
    town_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_false_number_does_not_make_a_device_deaf),
        cmocka_unit_test(a_log_in_that_finds_less_than_was_taken_is_seen_and_healed),
        cmocka_unit_test(a_gap_is_noted_and_the_ordinary_stream_has_none),
        cmocka_unit_test(an_act_said_again_keeps_its_place),
        cmocka_unit_test(a_relay_copied_back_doubles_nothing_and_takes_no_answer_back),
        cmocka_unit_test(a_full_disk_rings_from_memory_once_and_says_so),
        cmocka_unit_test(a_page_that_cannot_be_read_at_once_rings_a_moment_later),
        cmocka_unit_test(what_rings_from_memory_ends_when_a_colleague_signed),
        cmocka_unit_test(damaged_events_are_one_pages_trouble),
        cmocka_unit_test(a_damaged_page_hides_no_other_and_rings),
        cmocka_unit_test(an_act_that_comes_back_counts_whatever_was_answered),
        cmocka_unit_test(an_act_that_does_not_count_says_why),
    };

    return cmocka_run_group_tests(tests, NULL, town_done);
}
