/* SPDX-License-Identifier: GPL-3.0-or-later */
/* page.c - see page.h: facts in, steps out, all in one transaction.  release.c writes the steps. */
#include "server/page.h"

#include <string.h>

#include "proto/wire.pb-c.h"
#include "server/device.h"
#include "server/log.h"
#include "server/release.h"

void page_done(struct page *p)
{
    store_recipients_done(&p->to);
}

static tb_result load_rest(struct relay *r, struct page *p)
{
    tb_result res = store_state_get(r->store, p->is.no, &p->st);

    if (res == TB_OK)
        res = store_recipients(r->store, p->is.no, &p->to);
    if (res == TB_OK && p->is.tiers) {
        p->policy = tb_roster_policy(r->roster, &p->is.policy_hash);
        if (!p->policy || p->policy->n_tiers != p->is.tiers)
            res = TB_E_STORE; /* it was in the log at submit, and the log only grows */
    }
    /* A page without its state is damaged, not absent. */
    return res == TB_E_NOTFOUND ? TB_E_STORE : res;
}

static tb_result finish(struct relay *r, struct page *p, tb_result found, struct page *ret)
{
    tb_result res = found == TB_OK ? load_rest(r, p) : found;

    if (res == TB_OK)
        *ret = *p;
    else
        page_done(p);
    return res;
}

tb_result page_find(struct relay *r, const struct tb_id *id, struct page *ret)
{
    struct page p = { 0 };

    return finish(r, &p, store_page_find(r->store, id, &p.is), ret);
}

tb_result page_get(struct relay *r, uint64_t no, struct page *ret)
{
    struct page p = { 0 };

    return finish(r, &p, store_page_get(r->store, no, &p.is), ret);
}

tb_result page_store_state(struct relay *r, const struct page *p)
{
    return store_state_put(r->store, p->is.no, &p->st);
}

tb_result page_header(struct relay *r, const struct page *p, struct tb_buf *ret)
{
    return store_blob_get(r->store, p->is.header, ret);
}

bool page_names(const struct page *p, const struct tb_hash *cred)
{
    for (size_t i = 0; i < p->to.n; i++)
        if (tb_hash_equal(&p->to.at[i].cred, cred))
            return true;
    return false;
}

tb_result page_set_capsule(struct relay *r, struct page *p, const struct tb_hash *cred,
                           enum store_capsule now)
{
    tb_result res = TB_OK;

    for (size_t i = 0; i < p->to.n && res == TB_OK; i++) {
        struct store_recipient *to = &p->to.at[i];
        if (!tb_hash_equal(&to->cred, cred) || to->capsule == now)
            continue;
        to->capsule = now;
        res = store_recipient_put(r->store, p->is.no, to);
    }
    return res;
}

/* ---- facts */

static uint16_t bit(uint32_t t)
{
    return (uint16_t)(1u << t);
}

static bool stands(const struct relay *r, const struct tb_hash *cred)
{
    const struct tb_cred *c = tb_roster_cred(r->roster, cred);

    return c && c->standing == TB_STANDING_GOOD;
}

/* Its own signed word; where that cannot be read, it is taken to ring. */
static bool is_off(const struct relay *r, const struct tb_hash *cred)
{
    struct store_duty d;

    return store_duty_get(r->store, cred, &d) == TB_OK && d.off;
}

/* Has it devices, and do pages ring at none of them? */
static bool account_is_off(const struct relay *r, const struct page *p, uint32_t t,
                           const char *account)
{
    bool off = false;

    for (size_t i = 0; i < p->to.n; i++) {
        const struct store_recipient *to = &p->to.at[i];
        if (to->t != t || strcmp(to->account, account) != 0 || !stands(r, &to->cred))
            continue;
        if (!is_off(r, &to->cred))
            return false;
        off = true;
    }
    return off;
}

static bool reachable(const struct relay *r, const struct tb_hash *cred, int64_t now_ms)
{
    return stands(r, cred) && device_is_live(r, cred, now_ms) && !is_off(r, cred);
}

/* Who has stopped receiving pages answers as little as who declined. */
static tb_result tier_declined(struct relay *r, const struct page *p, uint32_t t, bool *ret)
{
    const struct tb_policy_tier *tier = &p->policy->tier[t - 1];
    bool all = tier->n_targets > 0;

    for (size_t i = 0; i < tier->n_targets && all; i++) {
        if (account_is_off(r, p, t, tier->account[i]))
            continue;
        tb_result res = store_declined(r->store, p->is.no, p->st.esc.round, tier->account[i], &all);
        if (res != TB_OK)
            return res;
    }
    *ret = all;
    return TB_OK;
}

static tb_result facts_of(struct relay *r, const struct page *p, int64_t now_ms,
                          struct esc_facts *ret)
{
    struct esc_facts f = { 0 };

    for (size_t i = 0; i < p->to.n; i++) {
        const struct store_recipient *to = &p->to.at[i];
        if (to->t == 0 || !reachable(r, &to->cred, now_ms))
            continue;
        f.live |= bit(to->t);
        if (to->capsule == STORE_CAPSULE_SENT || to->capsule == STORE_CAPSULE_OK)
            f.readable |= bit(to->t);
    }
    for (uint32_t t = 1; t <= p->is.tiers; t++) {
        bool declined = false;
        tb_result res = tier_declined(r, p, t, &declined);
        if (res != TB_OK)
            return res;
        if (declined)
            f.declined |= bit(t);
    }
    *ret = f;
    return TB_OK;
}

static struct esc_policy rules_of(const struct page *p)
{
    struct esc_policy e = { .tiers = p->policy->n_tiers, .loops = p->is.page_class == 1 };

    for (size_t i = 0; i < e.tiers; i++) {
        e.wait_ms[i] = (int64_t)p->policy->tier[i].wait_s * 1000;
        if ((int64_t)p->policy->tier[i].repeat_s * 1000 > e.repeat_ms)
            e.repeat_ms = (int64_t)p->policy->tier[i].repeat_s * 1000;
    }
    return e;
}

/* ---- running */

/* Field by field: what lies between them is nobody's. */
static bool same(const struct escalation *a, const struct escalation *b)
{
    return a->state == b->state && a->tier == b->tier && a->round == b->round &&
           a->loop == b->loop && a->released == b->released && a->skipped == b->skipped &&
           a->said_nobody == b->said_nobody && a->loop_began_ms == b->loop_began_ms &&
           a->due_ms == b->due_ms;
}

tb_result page_run(struct relay *r, struct page *p, int64_t now_ms)
{
    struct esc_step steps[ESC_STEPS_MAX];
    struct esc_facts facts;

    if (!p->policy)
        return TB_OK;
    tb_result res = facts_of(r, p, now_ms, &facts);
    if (res != TB_OK)
        return res;
    struct esc_policy rules = rules_of(p);
    struct escalation before = p->st.esc;
    size_t n = escalate_run(&p->st.esc, &rules, &facts, now_ms, steps);
    for (size_t i = 0; i < n && res == TB_OK; i++)
        res = release_write(r, p, &steps[i], now_ms);
    if (res == TB_OK && (n || !same(&before, &p->st.esc)))
        res = page_store_state(r, p);
    return res;
}

tb_result page_release_test(struct relay *r, struct page *p, int64_t now_ms)
{
    struct esc_step step = { .kind = ESC_RELEASE, .tier = 0, .round = 1 };

    p->st.esc = (struct escalation){ .state = ESC_EXHAUSTED, .round = 1, .due_ms = INT64_MAX };
    tb_result res = release_write(r, p, &step, now_ms);
    return res == TB_OK ? page_store_state(r, p) : res;
}

/* One page behind a savepoint of its own. */
static tb_result run_one(struct relay *r, uint64_t no, int64_t now_ms)
{
    TB_CLEANUP(page_done) struct page p = { 0 };
    tb_result res = store_mark(r->store);

    if (res != TB_OK)
        return res;
    res = page_get(r, no, &p);
    if (res == TB_OK)
        res = page_run(r, &p, now_ms);
    if (store_health(r->store) != STORE_FINE)
        return res;
    tb_result end = res == TB_OK ? store_keep(r->store) : store_undo(r->store);
    return end == TB_OK ? res : end;
}

/* Whoever sent it hears that nobody will be called any more, unless it is that very row which is damaged. */
static void tell_sender(struct relay *r, uint64_t no, int64_t now_ms)
{
    struct store_page is;
    tb_result res = store_page_get(r->store, no, &is);

    if (res == TB_OK)
        res = store_mark(r->store);
    if (res == TB_OK) {
        res = release_give_up(r, &is, now_ms);
        if (store_health(r->store) != STORE_FINE)
            return;
        tb_result end = res == TB_OK ? store_keep(r->store) : store_undo(r->store);
        res = end == TB_OK ? res : end;
    }
    if (res != TB_OK)
        log_line(LOG_ERROR, "page-aside", "page=%llu sender=not-told result=%s",
                 (unsigned long long)no, tb_result_name(res));
}

/* A damaged page is put aside, loudly: it must not be due for ever. */
static void put_aside(struct relay *r, uint64_t no, tb_result why, int64_t now_ms)
{
    log_line(LOG_ERROR, "page-aside", "page=%llu result=%s remedy=check-and-restore",
             (unsigned long long)no, tb_result_name(why));
    (void)store_page_aside(r->store, no); /* its health tells what is to be told */
    tell_sender(r, no, now_ms);
}

void pages_run_due(struct relay *r, int64_t now_ms)
{
    TB_CLEANUP(store_list_done) struct store_list due = { 0 };

    if (store_pages_due(r->store, now_ms, &due) != TB_OK) {
        r->rest_ms = now_ms + FULL_RETRY_MS;
        return;
    }
    for (size_t i = 0; i < due.n; i++) {
        tb_result res = run_one(r, due.no[i], now_ms);
        if (store_health(r->store) != STORE_FINE)
            return;
        if (res == TB_E_NOMEM)
            r->rest_ms = now_ms + FULL_RETRY_MS;
        else if (res != TB_OK)
            put_aside(r, due.no[i], res, now_ms);
    }
}

tb_result pages_run_for(struct relay *r, const struct tb_hash *cred, int64_t now_ms)
{
    TB_CLEANUP(store_list_done) struct store_list open = { 0 };
    tb_result res = store_pages_open_of(r->store, cred, &open);

    for (size_t i = 0; i < open.n && res == TB_OK; i++) {
        tb_result one = run_one(r, open.no[i], now_ms);
        if (store_health(r->store) != STORE_FINE)
            return one;
    }
    return res;
}

static tb_result rearm(struct relay *r, struct page *p, int64_t now_ms)
{
    struct escalation *e = &p->st.esc;

    if (!p->policy || e->due_ms == INT64_MAX)
        return TB_OK;
    struct esc_policy rules = rules_of(p);
    int64_t longest = rules.repeat_ms;
    if (!e->said_nobody && e->tier >= 1 && e->tier <= rules.tiers)
        longest = rules.wait_ms[e->tier - 1];
    if (e->due_ms <= now_ms + longest && e->loop_began_ms <= now_ms)
        return TB_OK;
    log_line(LOG_WARN, "clock-behind", "page=%llu late_ms=%lld", (unsigned long long)p->is.no,
             (long long)(e->due_ms - now_ms - longest));
    if (e->due_ms > now_ms + longest)
        e->due_ms = now_ms + longest;
    if (e->loop_began_ms > now_ms)
        e->loop_began_ms = now_ms;
    return page_store_state(r, p);
}

tb_result pages_rearm(struct relay *r, int64_t now_ms)
{
    TB_CLEANUP(store_list_done) struct store_list open = { 0 };
    tb_result res = store_pages_open(r->store, &open);

    for (size_t i = 0; i < open.n && res == TB_OK; i++) {
        TB_CLEANUP(page_done) struct page p = { 0 };
        if (page_get(r, open.no[i], &p) == TB_OK)
            res = rearm(r, &p, now_ms);
    }
    return res;
}

bool submit_is_severe(struct tb_view submit_body)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    struct tb_signed s;
    Tb__Submit *m;
    Tb__Header *h;

    tb_arena_init(&a, TB_ARENA_MAX);
    return tb_unpack(&a, &tb__submit__descriptor, submit_body, &m) == TB_OK &&
           tb_signed_parse(&a, tb_field_view(&m->header_signed), &s) == TB_OK &&
           tb_header_unpack(&a, s.payload, &h) == TB_OK && h->page_class == 1;
}
