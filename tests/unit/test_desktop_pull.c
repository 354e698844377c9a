/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_desktop_pull.c - the window's cursors: whatever changes between two calls, nothing is missed. */
#include <stdlib.h>
#include <string.h>

#include "client/desktop/pull.h"
#include "tb_cmocka.h"

enum { PAGES = 2000, BOOK = 4000 };

/* An agent with pages that change, and what a window has of it. */
struct book {
    uint64_t change[BOOK]; /* of each page; 0: there is no such page */
    bool open[BOOK];
    uint64_t newest;
    uint64_t here[BOOK]; /* as the window knows it */
    unsigned calls;
};

static void touch(struct book *b, unsigned page, bool open)
{
    b->change[page] = ++b->newest;
    b->open[page] = open;
}

static void fill(struct book *b, unsigned n)
{
    memset(b, 0, sizeof *b);
    for (unsigned i = 0; i < n; i++)
        touch(b, i, i % 150 == 0);
}

/* The page with the highest change below `before`, above `since`. */
static int newest_below(const struct book *b, const struct pull_call *c, uint64_t before)
{
    int best = -1;

    for (int i = 0; i < BOOK; i++)
        if (b->change[i] > c->since && b->change[i] < before &&
            (c->what != PULL_OPEN || b->open[i]) && (best < 0 || b->change[i] > b->change[best]))
            best = i;
    return best;
}

static bool answer(struct book *b, struct pull *p)
{
    struct pull_call c = pull_next(p);
    uint64_t change = c.since, before = c.before ? c.before : UINT64_MAX, older = 0;

    if (c.what == PULL_NOTHING)
        return false;
    b->calls++;
    for (int i, n = 0; (i = newest_below(b, &c, before)) >= 0; n++) {
        if (n == PULL_PART) {
            older = before;
            break;
        }
        before = b->change[i];
        b->here[i] = before;
        change = before > change ? before : change;
    }
    pull_took(p, &c, change, older);
    return true;
}

static unsigned missed(const struct book *b, uint64_t from)
{
    unsigned n = 0;

    for (int i = 0; i < BOOK; i++)
        n += b->change[i] >= from && b->here[i] != b->change[i];
    return n;
}

static void the_newest_and_all_that_are_open_come_first(void **state)
{
    static struct book b;
    struct pull p = { .begun = false };

    (void)state;
    fill(&b, PAGES);
    assert_true(answer(&b, &p));
    assert_false(pull_is_level(&p));
    while (answer(&b, &p))
        ;
    assert_true(pull_is_level(&p));
    assert_int_equal(b.calls, 2);
    assert_int_equal(p.older, PAGES - PULL_PART + 1);
    for (int i = 0; i < PAGES; i++)
        assert_int_equal(b.here[i] != 0, b.open[i] || i >= PAGES - PULL_PART);
}

static void an_empty_agent_is_asked_once_and_then_when_it_nudges(void **state)
{
    static struct book b;
    struct pull p = { .begun = false };

    (void)state;
    fill(&b, 0);
    assert_true(answer(&b, &p));
    assert_false(answer(&b, &p));
    touch(&b, 7, true);
    p.nudged = true;
    assert_true(answer(&b, &p));
    assert_int_equal(missed(&b, 1), 0);
    assert_false(answer(&b, &p));
}

static void older_ones_come_only_when_they_are_wanted_and_in_the_end_all(void **state)
{
    static struct book b;
    struct pull p = { .begun = false };

    (void)state;
    fill(&b, PAGES);
    while (answer(&b, &p))
        ;
    unsigned before = b.calls;
    while (p.older) {
        p.wanted = true;
        assert_true(answer(&b, &p));
        assert_false(answer(&b, &p)); /* one part for each wish */
    }
    assert_int_equal(b.calls - before, PAGES / PULL_PART - 1);
    assert_int_equal(missed(&b, 1), 0);
    p.wanted = true;
    assert_false(answer(&b, &p));
}

static void more_changes_than_a_call_brings_are_caught_up_call_by_call(void **state)
{
    static struct book b;
    struct pull p = { .begun = false };

    (void)state;
    fill(&b, PAGES);
    while (answer(&b, &p))
        ;
    uint64_t then = b.newest;
    for (unsigned i = 0; i < 6 * PULL_PART; i++)
        touch(&b, i, false);
    p.nudged = true;
    while (answer(&b, &p))
        ;
    assert_int_equal(missed(&b, then + 1), 0);
    assert_int_equal(p.since, b.newest);
}

static void a_call_that_fails_is_made_again(void **state)
{
    static struct book b;
    struct pull p = { .begun = false };

    (void)state;
    fill(&b, PAGES);
    for (int i = 0; i < 3; i++) {
        struct pull_call c = pull_next(&p);
        assert_int_equal(c.what, PULL_FIRST);
        pull_failed(&p, &c);
    }
    while (answer(&b, &p))
        ;
    touch(&b, 3, true);
    p.nudged = true;
    struct pull_call c = pull_next(&p);
    assert_int_equal(c.what, PULL_NEWS);
    pull_failed(&p, &c);
    while (answer(&b, &p))
        ;
    assert_int_equal(b.here[3], b.change[3]);
}

/* Changes, wishes and failures at every place, many times over. */
static void whatever_happens_between_calls_nothing_is_missed(void **state)
{
    static struct book b;

    (void)state;
    for (unsigned seed = 1; seed <= 12; seed++) {
        struct pull p = { .begun = false };
        srand(seed);
        fill(&b, 300 + (unsigned)rand() % 900);
        for (int step = 0; step < 120; step++) {
            for (int n = rand() % (step % 17 == 0 ? 400 : 3); n > 0; n--) {
                touch(&b, (unsigned)rand() % BOOK, rand() % 5 == 0);
                p.nudged = true;
            }
            p.wanted = p.wanted || rand() % 3 == 0;
            if (rand() % 6 == 0) {
                struct pull_call c = pull_next(&p);
                pull_failed(&p, &c);
            } else {
                (void)answer(&b, &p);
            }
        }
        while (answer(&b, &p) || p.older)
            p.wanted = true;
        assert_int_equal(missed(&b, 1), 0);
        assert_int_equal(p.since, b.newest);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_newest_and_all_that_are_open_come_first),
        cmocka_unit_test(an_empty_agent_is_asked_once_and_then_when_it_nudges),
        cmocka_unit_test(older_ones_come_only_when_they_are_wanted_and_in_the_end_all),
        cmocka_unit_test(more_changes_than_a_call_brings_are_caught_up_call_by_call),
        cmocka_unit_test(a_call_that_fails_is_made_again),
        cmocka_unit_test(whatever_happens_between_calls_nothing_is_missed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
