/* SPDX-License-Identifier: GPL-3.0-or-later */
/* liar_words.c - the orders of a test, one line each.
 *
 *   truth                          no more lies
 *   clock NUM DEN                  the relay's clock runs NUM/DEN as fast
 *   gaps                           numbers of what is dropped are missing
 *   KIND of all rules: capsule, release, receipt, act, reset, rewrap, any; WHOM: an account, or *
 *   drop KIND WHOM N | swap KIND WHOM N      N: so many, -1: all
 *   double KIND WHOM TIMES         each comes so many times more
 *   next LIE KIND WHOM [NAME]      of the next page that comes in: drop, no-share, no-capsule, low-key,
 *                                  names NAME, nobody, later
 *   replay KIND WHOM TIMES         the newest of the kind that WHOM was sent, again
 *   accept PAGE ACCOUNT WHOM       a forged accept; PAGE: "last" only
 *   again WHOM                     the swallowed act, pushed to WHOM as if it had just come
 *   as-last KIND WHOM              the newest envelope of the kind, said to be about the last page
 *   swallow submits|acts WHOM      answered as if stored; "-": nobody's
 *   bundle WHOM own|patched|unknown|none-left|low|true
 *   roster WHOM hold N | ghost ACCOUNT DEVICE | fork PARCEL | true     hold: N entries fewer than now
 *   count NAME | counts ACCOUNT    a figure; counts: count capsules to that account from now on */
#define _GNU_SOURCE
#include "liar.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS = 8 };

static bool is(const char *word, const char *text)
{
    return word && strcmp(word, text) == 0;
}

static bool kind_of(const char *word, uint32_t *ret)
{
    static const char *const name[] = { "any", "capsule", "release", "receipt",
                                        "act", "reset",   "rewrap",  "note" };

    for (uint32_t i = 0; word && i < sizeof name / sizeof name[0]; i++)
        if (strcmp(word, name[i]) == 0) {
            *ret = i;
            return true;
        }
    return false;
}

static int number(const char *word)
{
    return word ? (int)strtol(word, NULL, 10) : 0;
}

static void name_it(char ret[static TB_NAME_MAX + 1], const char *word)
{
    (void)snprintf(ret, TB_NAME_MAX + 1, "%s", word ? word : "");
}

static struct lie_rule *rule_for(enum lie lie, const char *kind, const char *whom)
{
    uint32_t k = 0;

    if (!kind_of(kind, &k) || !whom)
        return NULL;
    struct lie_rule *rule = liar_rule_new();
    rule->lie = lie;
    rule->kind = k;
    name_it(rule->whom, whom);
    return rule;
}

/* ---- orders */

static bool order_truth(void)
{
    memset(liar.rule, 0, sizeof liar.rule);
    memset(&liar.bundle, 0, sizeof liar.bundle);
    liar.swallow.submits_of[0] = liar.swallow.acts_of[0] = '\0';
    liar.gaps = false;
    for (size_t i = 0; i < liar.n_victims; i++)
        if (liar.victim[i].view != VIEW_TRUE) {
            liar.victim[i].view = VIEW_TRUE;
            liar_tell_head(&liar.victim[i]);
        }
    return true;
}

static bool order_clock(char **w)
{
    int64_t now = liar_now();

    if (number(w[1]) <= 0 || number(w[2]) <= 0)
        return false;
    if (!liar.clock.from_real)
        liar.clock.from_real = now;
    else
        liar.clock.from_real += (now - liar.clock.from_shown) * liar.clock.den / liar.clock.num;
    liar.clock.from_shown = now;
    liar.clock.num = number(w[1]);
    liar.clock.den = number(w[2]);
    return true;
}

static bool order_next(char **w)
{
    static const struct {
        const char *name;
        enum lie lie;
    } lies[] = {
        { "drop", LIE_DROP },       { "no-share", LIE_NO_SHARE }, { "no-capsule", LIE_NO_BODY_KEY },
        { "low-key", LIE_LOW_KEY }, { "names", LIE_NAMES },       { "nobody", LIE_NOBODY },
        { "later", LIE_LATER },     { "double", LIE_DOUBLE }
    };

    for (size_t i = 0; w[1] && i < sizeof lies / sizeof lies[0]; i++) {
        if (strcmp(w[1], lies[i].name) != 0)
            continue;
        struct lie_rule *rule = rule_for(lies[i].lie, w[2], w[3]);
        if (!rule)
            return false;
        rule->next = true;
        rule->times = number(w[4]);
        name_it(rule->name, w[4]);
        return true;
    }
    return false;
}

static bool order_rule(char **w)
{
    bool twice = is(w[0], "double");
    struct lie_rule *rule = rule_for(twice              ? LIE_DOUBLE
                                     : is(w[0], "swap") ? LIE_SWAP
                                                        : LIE_DROP,
                                     w[1], w[2]);

    if (!rule || !w[3])
        return false;
    rule->left = twice ? LIAR_ANY : number(w[3]);
    rule->times = number(w[3]);
    return true;
}

static bool order_replay(char **w)
{
    struct victim *v = w[2] ? liar_victim(w[2]) : NULL;
    uint32_t kind = 0;

    return v && v->conn && kind_of(w[1], &kind) && liar_replay(v, kind, number(w[3]));
}

static void push_act(const char *whom, const struct tb_id *page, struct tb_view act)
{
    Tb__Envelope e;

    tb__envelope__init(&e);
    e.kind = TB_ENV_ACT;
    e.page_id = tb_field(page->b, sizeof page->b);
    e.statement = tb_field(act.p, act.n);
    e.at_ms = liar_now();
    for (size_t i = 0; i < liar.n_victims; i++)
        if (liar_is(whom, liar.victim[i].account) && liar.victim[i].conn)
            liar_show(&liar.victim[i], &e, 1);
}

static bool order_accept(char **w)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf act = { 0 };

    if (!w[2] || !w[3] || !liar_accept(&liar.last_page, w[2], &act))
        return false;
    push_act(w[3], &liar.last_page, tb_buf_view(&act));
    return true;
}

static bool order_again(char **w)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    Tb__ActPut *m;

    tb_arena_init(&a, TB_ARENA_MAX);
    if (!w[1] || !liar.swallow.act.n ||
        tb_unpack(&a, &tb__act_put__descriptor, tb_buf_view(&liar.swallow.act), &m) != TB_OK)
        return false;
    push_act(w[1], &liar.last_page, tb_field_view(&m->act_signed));
    return true;
}

/* The newest envelope of this kind, which is about an older page, is said to be about the last one. */
static bool order_as_last(char **w)
{
    struct victim *v = w[2] ? liar_victim(w[2]) : NULL;
    uint32_t kind = 0;

    if (!v || !v->conn || !kind_of(w[1], &kind))
        return false;
    for (uint64_t i = 0; i < LIAR_TAPE && i < v->n; i++) {
        TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
        Tb__Envelope *e;
        tb_arena_init(&a, TB_ARENA_MAX);
        if (tb_unpack(&a, &tb__envelope__descriptor,
                      tb_buf_view(&v->tape[(v->n - 1 - i) % LIAR_TAPE]), &e) != TB_OK ||
            e->kind != kind || !tb_is(&e->page_id, TB_ID_BYTES) ||
            memcmp(e->page_id.data, liar.last_page.b, TB_ID_BYTES) == 0)
            continue;
        e->page_id = tb_field(liar.last_page.b, TB_ID_BYTES);
        liar_show(v, e, 1);
        return true;
    }
    return false;
}

static bool order_swallow(char **w)
{
    if (!w[2] || (!is(w[1], "submits") && !is(w[1], "acts")))
        return false;
    name_it(is(w[1], "acts") ? liar.swallow.acts_of : liar.swallow.submits_of,
            is(w[2], "-") ? "" : w[2]);
    return true;
}

static bool order_bundle(char **w)
{
    static const char *const name[] = { "true", "own", "patched", "unknown", "none-left", "low" };

    for (size_t i = 0; w[2] && i < sizeof name / sizeof name[0]; i++)
        if (strcmp(w[2], name[i]) == 0) {
            name_it(liar.bundle.whom, w[1]);
            liar.bundle.lie = (enum bundle_lie)i;
            return true;
        }
    return false;
}

static bool roster_for(struct victim *v, char **w)
{
    v->view_size = tb_roster_size(liar.r->roster);
    if (is(w[2], "hold")) {
        v->view_size -= (uint64_t)number(w[3]);
        v->view = VIEW_HELD;
    } else if (is(w[2], "ghost") && w[3] && w[4]) {
        if (!liar_ghost(w[3], w[4], &v->entry))
            return false;
        v->view = VIEW_GHOST;
    } else if (is(w[2], "fork") && w[3]) {
        if (!liar_read_entry(w[3], &v->entry))
            return false;
        v->view = VIEW_FORK;
    } else if (is(w[2], "true")) {
        v->view = VIEW_TRUE;
    } else {
        return false;
    }
    liar_tell_head(v);
    return true;
}

static bool order_roster(char **w)
{
    bool done = false;

    for (size_t i = 0; w[1] && w[2] && i < liar.n_victims; i++)
        if (liar_is(w[1], liar.victim[i].account)) {
            if (!roster_for(&liar.victim[i], w))
                return false;
            done = true;
        }
    return done;
}

static bool order_count(char **w, char *ret, size_t size)
{
    const struct {
        const char *name;
        uint64_t value;
    } all[] = { { "submits", liar.count.submits },
                { "swallowed", liar.count.swallowed },
                { "dropped", liar.count.dropped },
                { "prekey-gets", liar.count.prekey_gets },
                { "resets", liar.count.resets },
                { "ghosts", liar.count.ghosts },
                { "capsules", liar.count.capsules_for_named } };

    if (is(w[0], "counts")) {
        name_it(liar.counted, w[1]);
        liar.count.capsules_for_named = 0;
        return true;
    }
    for (size_t i = 0; w[1] && i < sizeof all / sizeof all[0]; i++)
        if (strcmp(w[1], all[i].name) == 0) {
            (void)snprintf(ret, size, "%llu", (unsigned long long)all[i].value);
            return true;
        }
    return false;
}

bool liar_order(char *line, char *ret, size_t size)
{
    char *w[WORDS + 1] = { NULL }, *rest = line;
    size_t n = 0;

    for (char *word; n < WORDS && (word = strsep(&rest, " ")) != NULL;)
        if (word[0])
            w[n++] = word;
    if (is(w[0], "truth"))
        return order_truth();
    if (is(w[0], "gaps"))
        return liar.gaps = true;
    if (is(w[0], "count") || is(w[0], "counts"))
        return order_count(w, ret, size);
    static const struct {
        const char *word;
        bool (*order)(char **w);
    } orders[] = { { "clock", order_clock },     { "next", order_next },
                   { "drop", order_rule },       { "swap", order_rule },
                   { "double", order_rule },     { "replay", order_replay },
                   { "accept", order_accept },   { "again", order_again },
                   { "as-last", order_as_last }, { "swallow", order_swallow },
                   { "bundle", order_bundle },   { "roster", order_roster } };
    for (size_t i = 0; i < sizeof orders / sizeof orders[0]; i++)
        if (is(w[0], orders[i].word))
            return orders[i].order(w);
    return false;
}
