/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_core_prekeys.c - a device's one-time keys, kept in supply at the relay. */
/* link: tb_server */
/* wrap: clock_gettime */
#include "core_world.h"

/* client/core/parts.h, which the relay's own private header excludes here */
tb_result core_begin(struct tbc *c);
tb_result core_end(struct tbc *c, tb_result r);
void prekeys_low(struct tbc *c, uint32_t left);

static struct town t;
static bool mute; /* what the device says arrives nowhere */

static bool leaves(struct node *n, struct tb_view batch)
{
    (void)n, (void)batch;
    return !mute;
}

static size_t outbox(struct node *n)
{
    struct tbc_status s;

    tbc_status(n->core, &s);
    return s.outbox;
}

static void the_relay_says_that_few_are_left(struct node *n)
{
    assert_int_equal(core_begin(n->core), TB_OK);
    prekeys_low(n->core, 1);
    assert_int_equal(core_end(n->core, TB_OK), TB_OK);
}

/* Sent again after a newer one, an older batch would bring back keys that were spent: whoever is given one twice writes
 * what cannot be read. */
static void a_batch_that_waits_is_not_followed_by_another(void **state)
{
    (void)state;
    town_open(&t);
    t.leaves = leaves;
    struct node *an = town_node(&t, "an");
    mute = true;
    the_relay_says_that_few_are_left(an);
    assert_int_equal(outbox(an), 1);
    the_relay_says_that_few_are_left(an);
    assert_int_equal(outbox(an), 1);
    town_kill(an);
    mute = false;
    town_revive(an);
    town_pass(&t, 60000);
    assert_int_equal(outbox(an), 0);
    the_relay_says_that_few_are_left(an);
    assert_int_equal(outbox(an), 1);
    town_pass(&t, 1000);
    assert_int_equal(outbox(an), 0);
    town_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_batch_that_waits_is_not_followed_by_another),
    };

    return cmocka_run_group_tests(tests, NULL, town_done);
}
