/* SPDX-License-Identifier: GPL-3.0-or-later */
/* crash_relay.c - the power of a relay is cut between any two changes of its disk (A71, A70).
 *
 *     crash_relay [--cuts N] [--seed S] [--world K]
 *
 * The relay of server/relay.h with its real store, on the disk of disk.h; five
 * devices report, answer, acknowledge, hand over keys, join, and let time pass.
 * Every answer is written down outside (relay_said.h).  After each cut the relay
 * starts on what a disk could have kept, once in four times it is cut again while
 * it recovers, and everything that was answered must be there.
 *
 * Held to its word: with synchronous=NORMAL in server/store.c (and the assertion
 * there taken out) seed 1 loses an answered page within the first cuts; so it does
 * with OFF, and where answers leave before store_commit() in server/turn.c. */
#include "tests/crash/crash.h"
#include "tests/crash/disk.h"
#include "tests/crash/relay_said.h"

#include "server/log.h"

enum { CUTS_PER_WORLD = 25, PREKEYS = 20, MEMBERS_MAX = 20, LATER_MS = 20 * 60 * 1000 };

static struct world w;
static struct history h;
static struct client *at[DEVICES_MAX]; /* as in h.device; NULL: not logged in */
static uint64_t number;                /* of resets and words about duty, and of prekeys */
static unsigned members;

/* One request of each device in a turn. */
static struct said *asked[DEVICES_MAX];

static void ask(size_t i, struct said *s)
{
    asked[i] = s;
}

/* ---- what devices ask for */

static void ask_submit(size_t i)
{
    w.text_bytes = disk_random(24) == 0 ? 20000 : 40 + disk_random(2000);
    struct wpage p = world_page(at[i], "truc-dem", 1 + disk_random(3));
    struct said *s = history_ask(&h, at[i], TB_OP_SUBMIT, &p.m.base);

    s->page = p.id;
    ask(i, s);
    world_send(at[i], TB_OP_SUBMIT, &p.m.base);
}

/* Any release that this device got on this connection; NULL: none. */
static const Tb__Envelope *some_release(const struct client *c, size_t *ret_index)
{
    const Tb__Envelope *found = NULL;
    uint32_t n = 0;

    for (size_t i = 0; i < c->n_env; i++) {
        if (c->env[i]->kind != TB_ENV_RELEASE)
            continue;
        if (disk_random(++n) == 0) {
            found = c->env[i];
            *ret_index = n - 1;
        }
    }
    return found;
}

static struct wpage page_of(const Tb__Release *m)
{
    return (struct wpage){ .id = tb_id_from(m->page_id.data),
                           .header_hash = tb_hash_from(m->header_hash.data) };
}

static void ask_act(size_t i)
{
    size_t index = 0;
    const Tb__Envelope *e = some_release(at[i], &index);
    static const enum tb_act_kind kinds[] = { TB_ACT_ACCEPT, TB_ACT_ACCEPT, TB_ACT_DECLINE,
                                              TB_ACT_RESOLVE, TB_ACT_OFFER };
    enum tb_act_kind kind = kinds[disk_random(5)];
    Tb__ActPut put;

    if (!e)
        return;
    struct wpage p = page_of(world_release(at[i], index));
    Tb__Act *m = world_act(at[i], &p, kind, index);
    static char binh[] = "binh";
    if (kind == TB_ACT_ACCEPT)
        m->eta_min = 10;
    if (kind == TB_ACT_OFFER)
        m->target_account = binh;
    TB_CLEANUP(tb_buf_done) struct tb_buf packed = world_sign(at[i], TB_TYPE_ACT, &m->base);
    tb__act_put__init(&put);
    put.act_signed = tb_field(packed.p, packed.n);
    struct said *s = history_ask(&h, at[i], TB_OP_ACT, &put.base);
    s->page = p.id;
    s->act = tb_id_from(m->act_id.data);
    s->kind = kind;
    ask(i, s);
    world_send(at[i], TB_OP_ACT, &put.base);
}

static void ask_receipt(size_t i)
{
    size_t index = 0;
    const Tb__Envelope *e = some_release(at[i], &index);
    uint32_t kind = disk_random(2) ? TB_RECEIPT_CAPSULE_OK : TB_RECEIPT_DELIVERED;
    static const uint8_t none[TB_HASH_BYTES];
    Tb__Receipt m;
    Tb__ReceiptPut put;

    if (!e)
        return;
    struct wpage p = page_of(world_release(at[i], index));
    struct tb_hash cited = world_release_hash(at[i], index);
    tb__receipt__init(&m);
    m.kind = kind;
    m.page_id = tb_field(p.id.b, sizeof p.id.b);
    m.header_hash = tb_field(p.header_hash.b, TB_HASH_BYTES);
    m.cred = tb_field(at[i]->d->cred.b, TB_HASH_BYTES);
    m.release_hash = tb_field(kind == TB_RECEIPT_DELIVERED ? cited.b : none, TB_HASH_BYTES);
    m.time_ms = w.now;
    TB_CLEANUP(tb_buf_done) struct tb_buf packed = world_sign(at[i], TB_TYPE_RECEIPT, &m.base);
    tb__receipt_put__init(&put);
    put.receipt_signed = tb_field(packed.p, packed.n);
    struct said *s = history_ask(&h, at[i], TB_OP_RECEIPT, &put.base);
    s->page = p.id;
    s->kind = kind;
    ask(i, s);
    world_send(at[i], TB_OP_RECEIPT, &put.base);
}

/* Up to anything that came: an acknowledgement may be lost, what it was for may not. */
static void ask_ack(size_t i)
{
    struct seen_device *d = history_device(&h, at[i]);
    size_t n = at[i]->n_env;
    Tb__Ack m;

    if (n == 0)
        return;
    tb__ack__init(&m);
    m.era = at[i]->era;
    m.seq = at[i]->env[disk_random((uint32_t)n)]->seq;
    if (m.seq > d->acked)
        d->acked = m.seq;
    world_send(at[i], TB_OP_ACK, &m.base);
}

static void fill_key(Tb__PrekeyKey *k, uint32_t id, uint8_t bytes[static TB_IDENT_PK_BYTES])
{
    struct tb_key sk = tb_key_random();

    bytes[0] = 5;
    assert_int_equal(crypto_scalarmult_base(bytes + 1, sk.b), 0);
    tb__prekey_key__init(k);
    k->id = id;
    k->key = tb_field(bytes, TB_IDENT_PK_BYTES);
}

static void ask_prekeys_put(size_t i)
{
    static uint8_t sig[64], bytes[PREKEYS + 1][TB_IDENT_PK_BYTES];
    Tb__PrekeyKey signed_key, key[PREKEYS];
    Tb__PrekeyKey *list[PREKEYS];
    Tb__PrekeysPut put;
    Tb__Prekeys m;

    tb__prekeys__init(&m);
    m.cred = tb_field(at[i]->d->cred.b, TB_HASH_BYTES);
    m.registration_id = 7;
    fill_key(&signed_key, (uint32_t)++number, bytes[PREKEYS]);
    m.signed_key = &signed_key;
    m.signed_sig = tb_field(sig, sizeof sig);
    m.time_ms = w.now;
    for (size_t k = 0; k < PREKEYS; k++) {
        fill_key(&key[k], (uint32_t)++number, bytes[k]);
        list[k] = &key[k];
    }
    m.n_one_time = PREKEYS;
    m.one_time = list;
    TB_CLEANUP(tb_buf_done) struct tb_buf packed = world_sign(at[i], TB_TYPE_PREKEYS, &m.base);
    tb__prekeys_put__init(&put);
    put.prekeys_signed = tb_field(packed.p, packed.n);
    struct said *s = history_ask(&h, at[i], TB_OP_PREKEYS_PUT, &put.base);
    s->hash = tb_hash_of(TB_L_ROW, tb_buf_view(&packed));
    ask(i, s);
    world_send(at[i], TB_OP_PREKEYS_PUT, &put.base);
}

static void ask_prekeys_get(size_t i)
{
    ProtobufCBinaryData creds[2];
    Tb__PrekeysGet m;

    tb__prekeys_get__init(&m);
    for (size_t k = 0; k < 2; k++)
        creds[k] = tb_field(h.device[(i + 1 + k) % DEVICES_MAX].d->cred.b, TB_HASH_BYTES);
    m.n_cred = 2;
    m.cred = creds;
    ask(i, history_ask(&h, at[i], TB_OP_PREKEYS_GET, &m.base));
    world_send(at[i], TB_OP_PREKEYS_GET, &m.base);
}

static void ask_reset(size_t i)
{
    const struct tb_hash *to = &h.device[(i + 1) % DEVICES_MAX].d->cred;
    Tb__ResetPut put;
    Tb__Reset m;

    tb__reset__init(&m);
    m.from_cred = tb_field(at[i]->d->cred.b, TB_HASH_BYTES);
    m.to_cred = tb_field(to->b, TB_HASH_BYTES);
    m.number = ++number;
    m.reason = 1;
    m.time_ms = w.now;
    TB_CLEANUP(tb_buf_done) struct tb_buf packed = world_sign(at[i], TB_TYPE_RESET, &m.base);
    tb__reset_put__init(&put);
    put.reset_signed = tb_field(packed.p, packed.n);
    struct said *s = history_ask(&h, at[i], TB_OP_RESET, &put.base);
    s->target = *to;
    s->number = m.number;
    ask(i, s);
    world_send(at[i], TB_OP_RESET, &put.base);
}

static void ask_duty(size_t i)
{
    Tb__DutyPut put;
    Tb__Duty m;

    tb__duty__init(&m);
    m.suite = TB_SUITE;
    m.cred = tb_field(at[i]->d->cred.b, TB_HASH_BYTES);
    m.off = disk_random(4) == 0;
    m.at_ms = w.now;
    m.number = ++number;
    TB_CLEANUP(tb_buf_done) struct tb_buf packed = world_sign(at[i], TB_TYPE_DUTY, &m.base);
    tb__duty_put__init(&put);
    put.duty_signed = tb_field(packed.p, packed.n);
    struct said *s = history_ask(&h, at[i], TB_OP_DUTY_PUT, &put.base);
    s->number = m.number;
    ask(i, s);
    world_send(at[i], TB_OP_DUTY_PUT, &put.base);
}

/* A member joins: the oldest entry that the relay does not have, or a new one. */
static void ask_append(size_t i)
{
    char name[32];
    Tb__RosterAppend m;

    if (tb_roster_size(w.relay->roster) == tb_roster_size(w.p.roster)) {
        if (members == MEMBERS_MAX)
            return;
        (void)snprintf(name, sizeof name, "vien-%u", members++);
        w.p.now_ms = w.now;
        (void)province_enrol(&w.p, name, "xa-khac", "may", TB_ROLE_AGENCY);
    }
    struct tb_view e = tb_roster_entry(w.p.roster, tb_roster_size(w.relay->roster));
    tb__roster_append__init(&m);
    m.entry_signed = tb_field(e.p, e.n);
    struct said *s = history_ask(&h, at[i], TB_OP_ROSTER_APPEND, &m.base);
    struct tb_signed parsed;
    assert_int_equal(tb_signed_parse(&at[i]->arena, e, &parsed), TB_OK);
    s->hash = tb_hash_of(TB_L_ENTRY, parsed.payload);
    ask(i, s);
    world_send(at[i], TB_OP_ROSTER_APPEND, &m.base);
}

typedef void ask_fn(size_t i);
static ask_fn *const asks[] = {
    ask_submit,  ask_submit,  ask_submit,  ask_act,         ask_act,         ask_act,
    ask_receipt, ask_receipt, ask_receipt, ask_prekeys_put, ask_prekeys_get, ask_reset,
    ask_append,  ask_duty,    ask_ack,     ask_ack,
};

/* ---- turns */

static void log_in(size_t i)
{
    struct client *c = world_connect(&w);

    if (world_hello(c) != TB_OK)
        return;
    if (world_auth(c, h.device[i].d, 1, h.device[i].acked, NULL) != TB_OK)
        return;
    if (!disk_is_cut())
        history_judge_stream(&h, c);
    at[i] = c;
}

static void write_down(struct crash_run *r)
{
    for (size_t i = 0; i < DEVICES_MAX; i++) {
        if (asked[i] && at[i]) {
            history_hear(&h, asked[i], at[i]);
            r->answered += asked[i]->answered;
        }
        asked[i] = NULL;
        if (at[i] && !at[i]->peer)
            at[i] = NULL; /* the relay closed it */
    }
}

static bool knows_roster(void)
{
    return tb_roster_size(w.relay->roster) == tb_roster_size(w.p.roster);
}

/* Up to five requests of as many devices, in one turn of the loop. */
static void turn(struct crash_run *r)
{
    if (!knows_roster() && at[0]) {
        ask_append(0);
    } else {
        for (size_t i = 0; i < DEVICES_MAX; i++)
            if (at[i] && disk_random(2))
                asks[disk_random(sizeof asks / sizeof asks[0])](i);
    }
    world_turn(&w);
    write_down(r);
    w.now += 1 + disk_random(2000);
}

static void some_time(void)
{
    world_pass(&w, 1000 + disk_random(90000));
}

static void come_and_go(void)
{
    size_t i = disk_random(DEVICES_MAX);

    if (at[i] && disk_random(2)) {
        history_see(&h, at[i]);
        world_hang_up(at[i]);
        at[i] = NULL;
    } else if (!at[i] && w.n + 2 < WORLD_CLIENTS) {
        log_in(i);
    }
}

static void see_all(void)
{
    for (size_t i = 0; i < DEVICES_MAX; i++)
        if (at[i])
            history_see(&h, at[i]);
}

static void forget(void)
{
    memset(at, 0, sizeof at);
    memset(asked, 0, sizeof asked);
    world_forget_clients(&w);
}

/* An orderly stop and start, which may be cut as well. */
static void restart(void)
{
    see_all();
    relay_close(w.relay);
    forget();
    world_start(&w);
}

static void until_the_cut(struct crash_run *r)
{
    while (!disk_is_cut()) {
        uint32_t what = disk_random(40);
        if (what == 0)
            restart();
        else if (what < 4)
            some_time();
        else if (what < 12)
            come_and_go();
        else
            turn(r);
    }
}

/* ---- the power */

static void arm(void)
{
    disk_cut_after(w.dir, 1 + disk_random(disk_random(4) ? 160 : 12));
}

static void come_back(struct crash_run *r)
{
    relay_close(w.relay);
    disk_power_on();
    forget();
    if (disk_random(4) == 0) { /* and out again */
        disk_cut_after(w.dir, 1 + disk_random(12));
        world_start(&w);
        disk_cut_now(w.dir);
        relay_close(w.relay);
        disk_power_on();
        r->recovered++;
    }
    w.now += disk_random(100000);
    world_start(&w);
    history_judge(&h, &w);
}

static void everyone_logs_in(void)
{
    for (size_t i = 0; i < DEVICES_MAX; i++)
        if (!at[i])
            log_in(i);
}

static void the_end(void)
{
    everyone_logs_in();
    for (int i = 0; i < LATER_MS / 30000; i++) {
        world_pass(&w, 30000);
        for (size_t k = 0; k < DEVICES_MAX; k++)
            if (at[k])
                assert_int_equal(world_ping(at[k]), TB_OK);
    }
    see_all();
    history_judge_end(&h, &w);
}

static void one_world(struct crash_run *r)
{
    world_open(&w);
    log_set_level(getenv("CRASH_LOG") ? LOG_NOTE : LOG_ERROR - 1);
    w.deaf = disk_is_cut;
    history_begin(&h, &w);
    number = members = 0;
    for (int i = 0; i < CUTS_PER_WORLD && r->done < r->cuts; i++) {
        everyone_logs_in();
        arm();
        until_the_cut(r);
        see_all();
        come_back(r);
        crash_progress(r);
    }
    the_end();
    r->judged += h.judged;
    forget();
    world_close(&w);
    disk_clear();
    history_done(&h);
}

int main(int argc, char **argv)
{
    return crash_main(argc, argv, "power cuts of a relay", one_world);
}
