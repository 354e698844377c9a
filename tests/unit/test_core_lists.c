/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_core_lists.c - years of pages, read in parts: none is missed, none comes twice. */
/* link: tb_server PkgConfig::SQLITE */
/* wrap: clock_gettime */
#include "core_world.h"

#include <sqlite3.h>

#include "client/core/leaf.h"

enum { YEARS = 1300, PART = 500, DAMAGED = 550 };

/* ---- as many rows as years of watch leave: copies of one page under other ids */

static void copy_page(struct node *n, const struct tb_id *of, uint32_t number, bool ended)
{
    TB_CLEANUP(leaf_done) struct leaf l = { 0 };

    assert_int_equal(leaf_load(n->core, of, &l), TB_OK);
    memcpy(l.id.b, &number, sizeof number);
    leaf_bytes(&l, &l.p->id, l.id.b, sizeof l.id.b);
    l.p->change = 0;
    l.p->ended_ms = ended ? town_now : 0;
    assert_int_equal(leaf_save(n->core, &l), TB_OK);
}

/* Every hundredth is still open. */
static struct tb_id years(struct town *t, struct node *n)
{
    struct tb_id first = town_report(town_node(t, "so-y-te"), "Trang đầu tiên", 2);

    town_run(t);
    assert_int_equal(core_begin(n->core), TB_OK);
    for (uint32_t i = 1; i < YEARS; i++)
        copy_page(n, &first, i, i % 100 != 0);
    assert_int_equal(core_end(n->core, TB_OK), TB_OK);
    return first;
}

static struct tbc_listing part(struct node *n, const struct tbc_query *q, struct tbc_page *list)
{
    struct tbc_listing l;

    assert_int_equal(tbc_pages(n->core, q, list, PART, &l), TB_OK);
    for (size_t i = 1; i < l.n; i++)
        assert_true(list[i].change < list[i - 1].change);
    return l;
}

/* Reads all parts; gives how many pages they held, and the `change` of the first. */
static size_t all_parts(struct node *n, struct tbc_query q, uint64_t *ret_change, size_t *ret_parts)
{
    static struct tbc_page list[PART];
    struct tbc_listing l = part(n, &q, list);
    size_t sum = l.n;

    *ret_change = l.change;
    for (*ret_parts = 1; l.older; ++*ret_parts) {
        assert_true(l.n == 0 || l.older <= list[l.n - 1].change);
        q.before = l.older;
        l = part(n, &q, list);
        assert_true(l.n == 0 || list[0].change < q.before);
        sum += l.n;
    }
    return sum;
}

static void the_parts_of_a_list_hold_every_page_once(void **state)
{
    struct town t;
    uint64_t change;
    size_t parts;

    (void)state;
    town_open(&t);
    struct node *an = town_node(&t, "an");
    (void)years(&t, an);
    assert_int_equal(all_parts(an, (struct tbc_query){ 0 }, &change, &parts), YEARS);
    assert_int_equal(parts, 3);
    assert_int_equal(all_parts(an, (struct tbc_query){ .since = change - 99 }, &change, &parts),
                     99);
    assert_int_equal(all_parts(an, (struct tbc_query){ .open = true }, &change, &parts),
                     1 + (YEARS - 1) / 100);
    assert_int_equal(parts, 1);
    town_close(&t);
}

static void more_changes_than_one_call_gives_lose_nothing(void **state)
{
    static struct tbc_page list[PART];
    struct town t;
    uint64_t change, later;
    size_t parts;

    (void)state;
    town_open(&t);
    struct node *an = town_node(&t, "an");
    struct tb_id first = years(&t, an);
    (void)all_parts(an, (struct tbc_query){ 0 }, &change, &parts);
    assert_int_equal(core_begin(an->core), TB_OK);
    for (uint32_t i = 1; i <= PART + 150; i++) /* known ones change, new ones come */
        copy_page(an, &first, i % 2 ? i : YEARS + i, true);
    assert_int_equal(core_end(an->core, TB_OK), TB_OK);
    struct tbc_query q = { .since = change };
    struct tbc_listing l = part(an, &q, list);
    assert_int_equal(l.n, PART);
    assert_true(l.older > change);
    later = l.change;
    /* Between two calls one that is still to come changes: it comes with the next `since`. */
    assert_int_equal(town_answer(an, &first, TB_ACT_ACCEPT, NULL), TB_OK);
    town_run(&t);
    q.before = l.older;
    l = part(an, &q, list);
    assert_int_equal(l.n, 150);
    assert_int_equal(l.older, 0);
    l = part(an, &(struct tbc_query){ .since = later }, list);
    assert_int_equal(l.n, 1);
    assert_true(tb_id_equal(&list[0].id, &first));
    town_close(&t);
}

/* A whole part, and some of the next. */
static void damage_newest(struct node *n)
{
    char path[200];
    sqlite3 *db;

    (void)snprintf(path, sizeof path, "%s/core.db", n->dir);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db,
                                  "UPDATE page SET data = zeroblob(200) WHERE row IN"
                                  " (SELECT row FROM page ORDER BY ord DESC LIMIT 550)",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_changes(db), DAMAGED);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void damaged_rows_end_no_list(void **state)
{
    struct town t;
    struct tbc_status s;
    uint64_t change;
    size_t parts;

    (void)state;
    town_open(&t);
    struct node *an = town_node(&t, "an");
    (void)years(&t, an);
    town_hang_up(an);
    town_kill(an);
    damage_newest(an);
    town_revive(an);
    assert_int_equal(all_parts(an, (struct tbc_query){ 0 }, &change, &parts), YEARS - DAMAGED);
    assert_int_equal(parts, 3);
    tbc_status(an->core, &s);
    assert_int_equal(s.damaged, DAMAGED);
    town_close(&t);
}

static void a_page_is_found_by_its_printed_id_also_one_that_came_later(void **state)
{
    struct town t;
    struct tb_id found;
    char printed[2 * TB_ID_BYTES + 1];

    (void)state;
    town_open(&t);
    struct node *an = town_node(&t, "an");
    struct tb_id first = years(&t, an);
    tb_hex(first.b, TB_ID_BYTES, printed);
    assert_int_equal(tbc_find(an->core, printed, &found), TB_OK);
    assert_true(tb_id_equal(&found, &first));
    assert_int_equal(tbc_find(an->core, "0", &found), TB_E_CONFLICT);
    struct tb_id later = town_report(town_node(&t, "so-y-te"), "Đến sau", 2);
    town_run(&t);
    tb_hex(later.b, TB_ID_BYTES, printed);
    assert_int_equal(tbc_find(an->core, printed, &found), TB_OK);
    assert_true(tb_id_equal(&found, &later));
    assert_int_equal(tbc_find(an->core, "ffffffffffffffffffffffffffffffff", &found), TB_E_NOTFOUND);
    town_close(&t);
}

static void the_open_pages_are_found_by_an_index(void **state)
{
    struct town t;
    char path[200];
    sqlite3 *db;
    sqlite3_stmt *st;

    (void)state;
    town_open(&t);
    struct node *an = town_node(&t, "an");
    town_hang_up(an);
    town_kill(an); /* while it runs, the file is its own */
    (void)snprintf(path, sizeof path, "%s/core.db", an->dir);
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db,
                                        "EXPLAIN QUERY PLAN SELECT row, data FROM page WHERE flag ="
                                        " 1 AND ord > ?1 AND ord < ?2 ORDER BY ord DESC",
                                        -1, &st, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(st), SQLITE_ROW);
    assert_non_null(strstr((const char *)sqlite3_column_text(st, 3), "USING INDEX page_open"));
    assert_int_equal(sqlite3_step(st), SQLITE_DONE); /* and nothing is sorted */
    assert_int_equal(sqlite3_finalize(st), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
    town_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_parts_of_a_list_hold_every_page_once),
        cmocka_unit_test(more_changes_than_one_call_gives_lose_nothing),
        cmocka_unit_test(damaged_rows_end_no_list),
        cmocka_unit_test(a_page_is_found_by_its_printed_id_also_one_that_came_later),
        cmocka_unit_test(the_open_pages_are_found_by_an_index),
    };
    return cmocka_run_group_tests(tests, NULL, town_done);
}
