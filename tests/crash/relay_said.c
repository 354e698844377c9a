/* SPDX-License-Identifier: GPL-3.0-or-later */
/* relay_said.c - see relay_said.h. */
#include "tests/crash/relay_said.h"

#include <sqlite3.h>

#include "tests/crash/crash.h"

void history_begin(struct history *h, struct world *w)
{
    static const char *const accounts[DEVICES_MAX] = { "so-y-te", "an", "binh", "chi", "dung" };

    memset(h, 0, sizeof *h);
    for (size_t i = 0; i < DEVICES_MAX; i++)
        h->device[i].d = province_find(&w->p, accounts[i]);
}

void history_done(struct history *h)
{
    for (size_t i = 0; i < h->n; i++) {
        tb_buf_done(&h->said[i].body);
        tb_buf_done(&h->said[i].reply);
    }
    h->n = 0;
}

struct said *history_ask(struct history *h, struct client *c, enum tb_op op,
                         const ProtobufCMessage *m)
{
    struct said *s = &h->said[h->n++];

    assert_true(h->n < SAID_MAX);
    *s = (struct said){ .op = op, .cred = c->d->cred };
    assert_int_equal(tb_pack(m, &s->body), TB_OK);
    return s;
}

struct seen_device *history_device(struct history *h, const struct client *c)
{
    for (size_t i = 0; i < DEVICES_MAX; i++)
        if (h->device[i].d == c->d)
            return &h->device[i];
    fail_msg("no such device");
    return NULL;
}

/* ---- one-time keys: never given twice */

static void hear_keys(struct history *h, struct client *c)
{
    Tb__PrekeysReply *reply;

    assert_int_equal(tb_unpack(&c->arena, &tb__prekeys_reply__descriptor,
                               tb_field_view(&c->reply->body), &reply),
                     TB_OK);
    for (size_t i = 0; i < reply->n_bundle; i++) {
        const Tb__PrekeyBundle *b = reply->bundle[i];
        struct tb_hash of = tb_hash_from(b->cred.data);
        for (size_t k = 0; k < h->n_keys && b->one_time_id; k++)
            CRASH_MUST(h->key[k].id != b->one_time_id || !tb_hash_equal(&h->key[k].of, &of),
                       "one-time key %u was given out twice", b->one_time_id);
        if (!b->one_time_id)
            continue;
        assert_true(h->n_keys < KEYS_SEEN);
        h->key[h->n_keys].of = of;
        h->key[h->n_keys++].id = b->one_time_id;
    }
}

void history_hear(struct history *h, struct said *s, struct client *c)
{
    if (!c->reply)
        return;
    s->answered = true;
    s->how = tb_result_of(c->reply->result);
    tb_put(&s->reply, c->reply->body.data, c->reply->body.len);
    if (s->op == TB_OP_PREKEYS_GET && s->how == TB_OK)
        hear_keys(h, c);
}

/* ---- envelopes */

static struct tb_hash hash_of_envelope(Tb__Envelope *e)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf b = { 0 };
    ProtobufCBinaryData share = e->share;

    e->share = tb_field(NULL, 0); /* it may be destroyed meanwhile */
    assert_int_equal(tb_pack(&e->base, &b), TB_OK);
    e->share = share;
    return tb_hash_of(TB_L_ROW, tb_buf_view(&b));
}

static size_t page_at(struct history *h, const struct tb_id *page)
{
    size_t i = 0;

    while (i < h->n_pages && !tb_id_equal(&h->page[i].page, page))
        i++;
    return i;
}

static void see_release(struct history *h, struct client *c, const Tb__Envelope *e)
{
    struct tb_id page = tb_id_from(e->page_id.data);
    size_t i = page_at(h, &page);
    struct tb_signed s;
    Tb__Release *m;

    assert_int_equal(tb_signed_parse(&c->arena, tb_field_view(&e->statement), &s), TB_OK);
    assert_int_equal(tb_release_unpack(&c->arena, s.payload, &m), TB_OK);
    struct tb_hash hash = tb_release_hash(s.payload);
    uint32_t last = i < h->n_pages ? h->page[i].no : 0;
    if (m->release_no < last)
        return;
    if (m->release_no == last) {
        CRASH_MUST(tb_hash_equal(&hash, &h->page[i].hash), "two releases have number %u", last);
        return;
    }
    CRASH_MUST(m->release_no == last + 1, "release %u follows number %u", m->release_no, last);
    if (i == h->n_pages)
        assert_true(h->n_pages++ < PAGES_SEEN);
    else
        CRASH_MUST(memcmp(m->prev_release_hash.data, h->page[i].hash.b, TB_HASH_BYTES) == 0,
                   "release %u does not follow the one before", m->release_no);
    h->page[i].page = page;
    h->page[i].no = m->release_no;
    h->page[i].hash = hash;
}

void history_see(struct history *h, struct client *c)
{
    struct seen_device *d = history_device(h, c);

    for (size_t i = 0; i < c->n_env; i++) {
        Tb__Envelope *e = c->env[i];
        struct tb_hash hash = hash_of_envelope(e);
        assert_true(e->seq < SEQ_MAX);
        if (!tb_hash_is_zero(&d->env[e->seq]))
            CRASH_MUST(tb_hash_equal(&hash, &d->env[e->seq]),
                       "number %llu of %s was given to two envelopes", (unsigned long long)e->seq,
                       d->d->account);
        d->env[e->seq] = hash;
        if (e->seq > d->newest)
            d->newest = e->seq;
        if (e->kind == TB_ENV_RELEASE && d == &h->device[0])
            see_release(h, c, e);
    }
}

void history_judge_stream(struct history *h, struct client *c)
{
    struct seen_device *d = history_device(h, c);
    uint64_t last = c->n_env ? c->env[c->n_env - 1]->seq : 0;
    size_t at = 0;

    for (uint64_t seq = d->acked + 1; seq <= d->newest; seq++) {
        if (tb_hash_is_zero(&d->env[seq]))
            continue;
        while (at < c->n_env && c->env[at]->seq < seq)
            at++;
        if (seq > last && last > d->acked)
            return; /* the window is full: the rest comes after acknowledgements */
        CRASH_MUST(at < c->n_env && c->env[at]->seq == seq,
                   "envelope %llu of %s was pushed, never acknowledged, and is gone",
                   (unsigned long long)seq, d->d->account);
        h->judged++;
    }
}

/* ---- the store */

static void judge_submit(struct world *w, const struct said *s)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf receipt = { 0 };
    struct tb_arena a;
    struct store_page page;
    struct store_state st;
    Tb__SubmitReply *reply;

    CRASH_MUST(store_page_find(w->relay->store, &s->page, &page) == TB_OK,
               "a page was answered and is gone");
    CRASH_MUST(store_page_receipt(w->relay->store, page.no, &receipt) == TB_OK,
               "the receipt of a page is gone");
    CRASH_MUST(store_state_get(w->relay->store, page.no, &st) == TB_OK,
               "the state of a page is gone");
    tb_arena_init(&a, 1 << 20);
    assert_int_equal(tb_unpack(&a, &tb__submit_reply__descriptor, tb_buf_view(&s->reply), &reply),
                     TB_OK);
    CRASH_MUST(receipt.n == reply->receipt_signed.len &&
                   memcmp(receipt.p, reply->receipt_signed.data, receipt.n) == 0,
               "a page has another receipt than was given for it");
    tb_arena_done(&a);
}

static void judge_act(struct world *w, const struct said *s)
{
    struct store_state st;
    struct store_act a;

    CRASH_MUST(store_act_find(w->relay->store, &s->cred, &s->act, &a) == TB_OK,
               "an act was answered and is gone");
    CRASH_MUST(tb_result_of(a.result) == s->how, "an act has another answer than was given");
    CRASH_MUST(store_state_get(w->relay->store, a.page, &st) == TB_OK, "an act without its page");
    CRASH_MUST(s->kind != TB_ACT_ACCEPT || st.owner[0], "an accepted page has no owner");
    CRASH_MUST(s->kind != TB_ACT_RESOLVE || st.ended_ms, "a resolved page goes on");
}

static void judge_receipt(struct world *w, const struct said *s)
{
    struct store_page page;
    bool there = false;

    CRASH_MUST(store_page_find(w->relay->store, &s->page, &page) == TB_OK &&
                   store_receipt_any(w->relay->store, page.no, &s->cred, s->kind, &there) ==
                       TB_OK &&
                   there,
               "a receipt of kind %u was answered and is gone", s->kind);
}

static void judge_entry(struct world *w, const struct said *s)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf receipt = { 0 };
    struct tb_arena a;
    Tb__RosterAppendReply *reply;

    tb_arena_init(&a, 1 << 20);
    assert_int_equal(
        tb_unpack(&a, &tb__roster_append_reply__descriptor, tb_buf_view(&s->reply), &reply), TB_OK);
    CRASH_MUST(store_entry_receipt(w->relay->store, &s->hash, &receipt) == TB_OK &&
                   receipt.n == reply->receipt_signed.len &&
                   memcmp(receipt.p, reply->receipt_signed.data, receipt.n) == 0,
               "an entry of the roster was answered and is gone");
    tb_arena_done(&a);
}

/* Statements of which the newest replaces the others. */
static void judge_newest(struct world *w, const struct said *s)
{
    struct store_duty duty = { 0 };
    struct store_reset reset = { 0 };

    if (s->op == TB_OP_DUTY_PUT)
        CRASH_MUST(store_duty_get(w->relay->store, &s->cred, &duty) == TB_OK &&
                       duty.number >= s->number,
                   "a word about duty was answered and is gone");
    else
        CRASH_MUST(store_reset_get(w->relay->store, &s->cred, &s->target, &reset) == TB_OK &&
                       reset.number >= s->number,
                   "a reset was answered and is gone");
}

/* The batch that was answered, or a later one. */
static void judge_prekeys(const struct history *h, struct world *w, const struct said *s)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf is = { 0 };

    CRASH_MUST(store_prekeys_get(w->relay->store, &s->cred, &is) == TB_OK,
               "a batch of prekeys was answered and is gone");
    struct tb_hash hash = tb_hash_of(TB_L_ROW, tb_buf_view(&is));
    for (const struct said *t = s; t < h->said + h->n; t++)
        if (t->op == TB_OP_PREKEYS_PUT && tb_hash_equal(&t->cred, &s->cred) &&
            tb_hash_equal(&t->hash, &hash))
            return;
    crash_lost("an older batch of prekeys is back");
}

static bool judge_one(const struct history *h, struct world *w, const struct said *s)
{
    if (s->how != TB_OK)
        return false;
    switch ((int)s->op) {
    case TB_OP_SUBMIT:
        judge_submit(w, s);
        return true;
    case TB_OP_ACT:
        judge_act(w, s);
        return true;
    case TB_OP_RECEIPT:
        judge_receipt(w, s);
        return true;
    case TB_OP_ROSTER_APPEND:
        judge_entry(w, s);
        return true;
    case TB_OP_DUTY_PUT:
    case TB_OP_RESET:
        judge_newest(w, s);
        return true;
    case TB_OP_PREKEYS_PUT:
        judge_prekeys(h, w, s);
        return true;
    default:
        return false;
    }
}

static void say_bad(void *user, const char *what)
{
    (void)user;
    crash_lost("the file is damaged: %s", what);
}

/* ---- nothing by half */

static int64_t ask_file(sqlite3 *db, const char *sql, int64_t no)
{
    sqlite3_stmt *st = NULL;

    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &st, NULL), SQLITE_OK);
    (void)sqlite3_bind_int64(st, 1, no);
    assert_int_equal(sqlite3_step(st), SQLITE_ROW);
    int64_t v = sqlite3_column_int64(st, 0);
    assert_int_equal(sqlite3_finalize(st), SQLITE_OK);
    return v;
}

static void judge_whole(sqlite3 *db, int64_t no, const Tb__Submit *m)
{
    CRASH_MUST(ask_file(db, "SELECT count(*) FROM mail WHERE page=? AND kind=1", no) >=
                   (int64_t)m->n_capsule,
               "a page without all of its capsules");
    CRASH_MUST(ask_file(db, "SELECT count(*) FROM share WHERE page=?", no) == (int64_t)m->n_share,
               "a page without all of its shares");
    CRASH_MUST(ask_file(db, "SELECT count(*) FROM blob WHERE page=?", no) >= 3 &&
                   ask_file(db, "SELECT count(*) FROM page_receipt WHERE page=?", no) == 1 &&
                   ask_file(db, "SELECT count(*) FROM page_state WHERE page=?", no) == 1 &&
                   ask_file(db, "SELECT count(*) FROM release WHERE page=?", no) >= 1 &&
                   ask_file(db, "SELECT count(*) FROM recipient WHERE page=?", no) >=
                       (int64_t)m->n_capsule,
               "half a page");
}

/* A page that was in doubt is there with all that belongs to it, or not at all. */
static void judge_doubtful(struct world *w, const struct said *s)
{
    struct store_page page;
    struct tb_arena a;
    char path[128];
    sqlite3 *db;
    Tb__Submit *m;

    if (store_page_find(w->relay->store, &s->page, &page) != TB_OK)
        return;
    (void)snprintf(path, sizeof path, "%s/relay.db", w->dir);
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
    tb_arena_init(&a, 4 << 20);
    assert_int_equal(tb_unpack(&a, &tb__submit__descriptor, tb_buf_view(&s->body), &m), TB_OK);
    judge_whole(db, (int64_t)page.no, m);
    tb_arena_done(&a);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

void history_judge(struct history *h, struct world *w)
{
    CRASH_MUST(store_check(w->relay->store, say_bad, NULL) == TB_OK, "the file is damaged");
    for (size_t i = 0; i < h->n; i++)
        if (h->said[i].answered)
            h->judged += judge_one(h, w, &h->said[i]);
    for (size_t i = h->n; i > 0 && i + DEVICES_MAX > h->n; i--) /* of the last turn */
        if (!h->said[i - 1].answered && h->said[i - 1].op == TB_OP_SUBMIT)
            judge_doubtful(w, &h->said[i - 1]);
}

void history_judge_end(struct history *h, struct world *w)
{
    for (size_t i = 0; i < h->n; i++) {
        const struct said *s = &h->said[i];
        struct store_page page;
        struct store_state st;
        if (s->op != TB_OP_SUBMIT || !s->answered || s->how != TB_OK)
            continue;
        CRASH_MUST(store_page_find(w->relay->store, &s->page, &page) == TB_OK &&
                       store_state_get(w->relay->store, page.no, &st) == TB_OK,
                   "a page is gone at the end");
        bool loops = page.page_class == 1 && st.esc.loop > 0;
        CRASH_MUST(st.esc.state == ESC_ACCEPTED || st.esc.state == ESC_RESOLVED ||
                       st.esc.state == ESC_EXHAUSTED || loops,
                   "a page stopped on its way: state %d, tier %u", (int)st.esc.state,
                   (unsigned)st.esc.tier);
        h->judged++;
    }
}
