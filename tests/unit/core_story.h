/* SPDX-License-Identifier: GPL-3.0-or-later */
/* core_story.h - a page from its report to everybody who knows its owner, told whatever fails on the way.
 *
 * People try again until the program says yes.  What fails is the test's
 * business; it strikes while town_inside is set, in nodes that are faulty. */
#pragma once

#include "core_world.h"

static inline struct tb_id report_stubbornly(struct town *t, struct node *so)
{
    const struct tbc_report r = {
        .kind = "ATT-06", .title = "Bền", .page_class = 2, .no_state_secret = true
    };
    struct tb_id page;

    for (int i = 0; i < 5; i++) {
        town_inside = so->faulty;
        tb_result how = tbc_report(so->core, &r, &page, NULL);
        town_inside = false;
        if (how == TB_OK)
            return page;
        town_pass(t, 1000);
    }
    fail_msg("the report never went through");
    return page;
}

static inline void accept_stubbornly(struct town *t, struct node *an, const struct tb_id *page)
{
    for (int i = 0; i < 5; i++) {
        town_inside = an->faulty;
        tb_result how = town_answer(an, page, TB_ACT_ACCEPT, NULL);
        town_inside = false;
        if (how == TB_OK)
            return;
        town_pass(t, 1000);
    }
    fail_msg("the accept never went through");
}

static inline size_t rows(struct node *n)
{
    static struct tbc_page list[8];
    struct tbc_listing got;

    assert_int_equal(tbc_pages(n->core, &(struct tbc_query){ 0 }, list, 8, &got), TB_OK);
    return got.n;
}

/* The whole story; what is checked must hold whatever happened on the way.  Gives the page. */
static inline struct tb_id story(struct town *t)
{
    struct node *so = town_node(t, "so-y-te"), *an = town_node(t, "an"),
                *binh = town_node(t, "binh");
    struct tb_id id = report_stubbornly(t, so);

    town_pass(t, 20000);
    assert_true(town_rings(an, &id, TBC_RING_PAGE) >= 1);
    assert_true(town_page(an, &id).readable);
    accept_stubbornly(t, an, &id);
    town_pass(t, 35000);
    assert_string_equal(town_page(so, &id).owner, "an");
    assert_string_equal(town_page(an, &id).owner, "an");
    assert_string_equal(town_page(binh, &id).owner, "an");
    assert_int_equal(rows(an), 1);
    assert_int_equal(rows(binh), 1);
    struct tbc_page_full full;
    assert_int_equal(tbc_page_get(so->core, &id, &full), TB_OK);
    for (size_t i = 0; i < full.n_devices; i++)
        assert_true(full.device[i].capsule_ok_ms > 0);
    tbc_page_full_done(&full);
    struct tbc_status s;
    tbc_status(so->core, &s);
    assert_int_equal(s.outbox, 0);
    return id;
}
