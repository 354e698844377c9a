/* SPDX-License-Identifier: GPL-3.0-or-later */
/* turn.c - one transaction per entry from outside, and what may follow its commit (tbc.h). */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "client/core/parts.h"

enum { BEGIN_AGAIN_MS = 500 };

void core_log(struct tbc *c, int level, const char *format, ...)
{
    char line[300];
    va_list args;

    if (!c->env.log)
        return;
    va_start(args, format);
    (void)vsnprintf(line, sizeof line, format, args);
    va_end(args);
    c->env.log(c->env.user, level, line);
}

void core_touch(struct tbc *c, const struct tb_id *page)
{
    c->topics |= TBC_TOPIC_PAGES;
    for (size_t i = 0; i < c->n_touched; i++)
        if (tb_id_equal(&c->touched[i], page))
            return;
    struct tb_id *more = reallocarray(c->touched, c->n_touched + 1, sizeof *more);
    if (!more) {
        c->start = true; /* look at every page instead */
        return;
    }
    c->touched = more;
    c->touched[c->n_touched++] = *page;
}

tb_result core_begin(struct tbc *c)
{
    tb_result r = cs_begin(c->store);

    c->memory_failures = tb_memory_failures();
    if (r == TB_OK && c->memory_lost) {
        r = profile_reload(c);
        c->memory_lost = r != TB_OK;
        if (r != TB_OK)
            cs_rollback(c->store);
    }
    if (r == TB_OK)
        return r;
    core_log(c, LOG_ERROR_, "store: no transaction: %s", tb_strresult(r));
    c->begin_ms = now_boot_ms() + BEGIN_AGAIN_MS;
    return r;
}

void core_fail(struct tbc *c, tb_result r)
{
    if (r != TB_OK && c->failed == TB_OK)
        c->failed = r;
}

void core_undo(struct tbc *c)
{
    cs_rollback(c->store);
    link_undo(c);
    c->n_touched = 0;
    if (c->took || c->hearing) /* what came is gone with the turn: it must come again */
        unkept_failed(c, c->failed != TB_OK ? c->failed : TB_E_STORE);
    if (c->memory_ahead && (!cs_is_undone(c->store) || profile_reload(c) != TB_OK)) {
        core_log(c, LOG_ERROR_, "store: cannot be read again after a failure");
        c->memory_lost = true; /* the next turn begins with it, or not at all */
    }
    c->memory_ahead = false;
}

tb_result core_commit(struct tbc *c)
{
    tb_result r = cs_commit(c->store);

    if (r != TB_OK) {
        core_log(c, LOG_ERROR_, "store: commit failed: %s", tb_strresult(r));
        c->failed = r;
        core_undo(c);
        c->failed = TB_OK;
    }
    c->memory_ahead = false;
    return r;
}

static int64_t earliest(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static void arm(struct tbc *c)
{
    int64_t at = INT64_MAX;

    if (c->me) {
        at = earliest(at, link_due_ms(c));
        at = earliest(at, enrol_due_ms(c));
        at = earliest(at, prekeys_due_ms(c));
        at = earliest(at, rescue_due_ms(c));
        at = earliest(at, rosync_due_ms(c));
        at = earliest(at, outbox_due_ms(c));
        at = earliest(at, inbox_due_ms(c));
        at = earliest(at, alarm_due_ms(c));
        at = earliest(at, held_due_ms(c));
        at = earliest(at, doubt_due_ms(c));
        at = earliest(at, unkept_due_ms(c));
        if (c->start || publish_is_over(c))
            at = now_boot_ms();
    }
    if (at < c->begin_ms)
        at = c->begin_ms; /* what is due stays due as long as no turn begins: not without a pause */
    if (c->env.wake_at)
        c->env.wake_at(c->env.user, at);
}

tb_result core_end(struct tbc *c, tb_result r)
{
    if (r == TB_OK)
        r = c->failed;
    /* What could not be read for want of memory was perhaps taken for what is not there, or is false. */
    if (r == TB_OK && cs_in_transaction(c->store) && tb_memory_failures() != c->memory_failures)
        r = TB_E_NOMEM;
    c->failed = r;
    bool stored = c->took;
    if (cs_in_transaction(c->store) && r == TB_OK)
        r = core_commit(c);
    else if (r != TB_OK) /* also where there was no transaction: what came in this turn is gone */
        core_undo(c);
    c->failed = TB_OK;
    stored &= r == TB_OK;
    c->took = c->hearing = false;
    inbox_settle(c);
    if (c->following)
        return r;
    c->following = true;
    if (c->me && !c->start)
        alarm_run(c);
    if (c->me && stored)
        unkept_stored(c);
    outbox_pump(c);
    link_flush(c);
    publish_tell(c);
    c->turn_no++;
    unsigned topics = c->topics;
    c->topics = 0;
    if (topics && c->env.changed)
        c->env.changed(c->env.user, topics);
    arm(c);
    c->following = false;
    return r;
}
