/* SPDX-License-Identifier: GPL-3.0-or-later */
/* core_disk.h - the town of core_world.h with its databases on the disk in memory (tests/crash/disk.h).
 *
 * Everything else of a town stays in its folder, which is one for all towns: one at a time is open. */
#pragma once

#include "core_world.h"

#include "tests/crash/disk.h"

static struct disk_image *town_sound; /* everybody enrolled, nothing has happened yet */

/* Like town_open().  `leaves` sees what is said from the start. */
static inline void town_open_on_disk(struct town *t,
                                     bool (*leaves)(struct node *n, struct tb_view batch))
{
    if (!town_sound) {
        town_build(&town_first);
        town_sound = disk_save();
    }
    disk_load(town_sound);
    *t = town_first;
    town_now = town_first_now;
    assert_int_equal(tb_roster_new(&t->p.roster), TB_OK);
    for (uint64_t i = 0; i < tb_roster_size(town_first.p.roster); i++)
        assert_int_equal(tb_roster_append(t->p.roster, tb_roster_entry(town_first.p.roster, i),
                                          TB_SEEN_VOUCHED, NULL),
                         TB_OK);
    t->leaves = leaves;
    town_start_relay(t);
    for (size_t i = 0; i < t->n; i++) {
        t->node[i].t = t;
        t->node[i].n_rings = t->node[i].n_quiet = 0;
        town_revive(&t->node[i]);
    }
    town_pass(t, 2000);
}

static inline void town_close_on_disk(struct town *t)
{
    town_stop(t);
    tb_roster_free(t->p.roster);
}

/* At the end of the program. */
static inline int town_done_on_disk(void **state)
{
    disk_forget(town_sound);
    town_sound = NULL;
    return town_done(state);
}
