/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_core_memory.c - memory that runs out at any allocation of a device's core, or of SQLite's below it (A75). */
/* link: tb_server tb_disk PkgConfig::SQLITE */
/* wrap: clock_gettime malloc calloc realloc reallocarray sodium_malloc */
#include "no_memory.h"

#include "core_disk.h"
#include "core_story.h"

static struct town t;

/* `fail` allocations after each other fail, in the middle of what people do; they try again, and the night ends as ever. */
static void at_any_allocation(const char *account, bool of_sqlite, long fail, long first_step)
{
    const char *from = getenv("TRUCBAN_AT"); /* to see one again; TOWN_LOG says which it was */
    bool struck = true;
    long nth;

    for (nth = from ? strtol(from, NULL, 10) : 1; struck;
         nth += getenv("TRUCBAN_LONG") ? 1 : first_step + nth) {
        town_open_on_disk(&t, NULL);
        town_node(&t, account)->faulty = true;
        if (getenv("TOWN_LOG"))
            fprintf(stderr, "---- %s: allocation %ld%s\n", account, nth,
                    of_sqlite ? " of SQLite" : "");
        no_memory_for(of_sqlite, nth, fail);
        (void)story(&t);
        struck = no_memory_struck();
        no_memory_at(false, -1);
        town_close_on_disk(&t);
    }
    assert_true(nth > 100);
}

/* A75 */
static void memory_that_runs_out_at_any_allocation_loses_nothing(void **state)
{
    (void)state;
    at_any_allocation("so-y-te", false, 1, 23);
    at_any_allocation("an", false, 1, 29);
}

/* A75 */
static void memory_that_sqlite_lacks_at_any_allocation_loses_nothing(void **state)
{
    (void)state;
    at_any_allocation("so-y-te", true, 1, 31);
    at_any_allocation("an", true, 1, 37);
}

/* A75: so long that what was undone cannot be read again either. */
static void memory_that_is_short_for_a_while_loses_nothing(void **state)
{
    (void)state;
    at_any_allocation("an", false, 6, 31);
    for (long fail = 8; fail <= 24; fail += 16)
        at_any_allocation("an", true, fail, 41);
}

/* A75: at the start; and the start after it is whole. */
static void a_start_without_memory_is_refused_and_the_next_one_is_whole(void **state)
{
    (void)state;
    for (int of_sqlite = 0; of_sqlite < 2; of_sqlite++) {
        bool struck = true;
        town_open_on_disk(&t, NULL);
        struct tb_id page = story(&t);
        struct node *an = town_node(&t, "an");
        for (long nth = 1; struck; nth += getenv("TRUCBAN_LONG") ? 1 : 11 + nth / 2) {
            const struct tbc_env env = { .user = an };
            const struct transport_maker maker = { town_make, an };
            struct tbc *core = NULL;
            town_kill(an);
            town_hang_up(an);
            no_memory_at(of_sqlite, nth);
            town_inside = true;
            tb_result r = tbc_open_over(an->dir, &env, &maker, &core);
            if (r == TB_OK)
                r = tbc_unlock(core, tb_view_of("mat-khau", 8));
            town_inside = false;
            struck = no_memory_struck();
            no_memory_at(false, -1);
            assert_true(r == TB_OK || (struck && (r == TB_E_NOMEM || r == TB_E_STORE)));
            tbc_close(core);
            town_revive(an);
            assert_string_equal(town_page(an, &page).owner, "an");
        }
        town_close_on_disk(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_that_runs_out_at_any_allocation_loses_nothing),
        cmocka_unit_test(memory_that_sqlite_lacks_at_any_allocation_loses_nothing),
        cmocka_unit_test(memory_that_is_short_for_a_while_loses_nothing),
        cmocka_unit_test(a_start_without_memory_is_refused_and_the_next_one_is_whole),
    };

    if (no_memory_begin() != SQLITE_OK)
        return 1;
    no_memory_inside = &town_inside;
    disk_begin(5);
    int status = cmocka_run_group_tests(tests, NULL, town_done_on_disk);
    disk_end();
    return status;
}
