/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_server_members.c - A12, A54-A57 at the relay: members' statements under another type, and names
 * that are none. */
/* link: PkgConfig::SQLITE */
#include <sqlite3.h>

#include "support_server_world.h"

static struct world w;

static int open_world(void **state)
{
    (void)state;
    world_open(&w);
    return 0;
}

static int close_world(void **state)
{
    (void)state;
    world_close(&w);
    return 0;
}

/* ---- A12: a statement is made; `put` asks the relay to take it, signed as `type` */

static tb_result put_act(struct client *c, const struct wpage *p, enum tb_type type)
{
    Tb__Act *m = world_act(c, p, TB_ACT_ACCEPT, 0);
    Tb__ActPut put;

    m->eta_min = 5;
    TB_CLEANUP(tb_buf_done) struct tb_buf packed = world_sign(c, type, &m->base);
    tb__act_put__init(&put);
    put.act_signed = tb_field(packed.p, packed.n);
    return world_ask(c, TB_OP_ACT, &put.base);
}

static tb_result put_header(struct client *c, const struct wpage *p, enum tb_type type)
{
    struct wpage mine = world_page(c, "truc-dem", 2);
    TB_CLEANUP(tb_buf_done) struct tb_buf packed = world_sign(c, type, &mine.h.base);

    (void)p;
    mine.m.header_signed = tb_field(packed.p, packed.n);
    return world_ask(c, TB_OP_SUBMIT, &mine.m.base);
}

static tb_result put_receipt(struct client *c, const struct wpage *p, enum tb_type type)
{
    struct tb_hash cited = world_release_hash(c, 0);
    Tb__ReceiptPut put;
    Tb__Receipt m;

    tb__receipt__init(&m);
    m.kind = TB_RECEIPT_DELIVERED;
    m.page_id = tb_field(p->id.b, sizeof p->id.b);
    m.header_hash = tb_field(p->header_hash.b, TB_HASH_BYTES);
    m.cred = tb_field(c->d->cred.b, TB_HASH_BYTES);
    m.release_hash = tb_field(cited.b, sizeof cited.b);
    m.time_ms = w.now;
    TB_CLEANUP(tb_buf_done) struct tb_buf packed = world_sign(c, type, &m.base);
    tb__receipt_put__init(&put);
    put.receipt_signed = tb_field(packed.p, packed.n);
    return world_ask(c, TB_OP_RECEIPT, &put.base);
}

static tb_result put_duty(struct client *c, const struct wpage *p, enum tb_type type)
{
    Tb__DutyPut put;
    Tb__Duty m;

    (void)p;
    tb__duty__init(&m);
    m.suite = TB_SUITE;
    m.cred = tb_field(c->d->cred.b, TB_HASH_BYTES);
    m.off = true;
    m.at_ms = w.now;
    m.number = 1;
    TB_CLEANUP(tb_buf_done) struct tb_buf packed = world_sign(c, type, &m.base);
    tb__duty_put__init(&put);
    put.duty_signed = tb_field(packed.p, packed.n);
    return world_ask(c, TB_OP_DUTY_PUT, &put.base);
}

static tb_result put_reset(struct client *c, const struct wpage *p, enum tb_type type)
{
    Tb__ResetPut put;
    Tb__Reset m;

    (void)p;
    tb__reset__init(&m);
    m.from_cred = tb_field(c->d->cred.b, TB_HASH_BYTES);
    m.to_cred = tb_field(province_find(&w.p, "binh")->cred.b, TB_HASH_BYTES);
    m.number = 1;
    m.time_ms = w.now;
    TB_CLEANUP(tb_buf_done) struct tb_buf packed = world_sign(c, type, &m.base);
    tb__reset_put__init(&put);
    put.reset_signed = tb_field(packed.p, packed.n);
    return world_ask(c, TB_OP_RESET, &put.base);
}

static tb_result put_removal(struct client *c, const struct wpage *p, enum tb_type type)
{
    Tb__Removal m = province_removal(c->d->account);
    struct province_entry e = province_entry(TB_ENTRY_SUSPENSION, c->d->account, &m.base);
    TB_CLEANUP(tb_buf_done) struct tb_buf entry = { 0 }, other = { 0 };
    Tb__Signature one, *list[] = { &one };
    uint8_t sig[TB_SIG_BYTES];
    Tb__RosterAppend put;
    struct tb_signed was;
    Tb__Signed s;

    (void)p;
    province_by(&e, &c->d->sign);
    province_make(&w.p, &e, &entry);
    assert_int_equal(tb_signed_parse(&c->arena, tb_buf_view(&entry), &was), TB_OK);
    assert_int_equal(tb_sign(type, &w.p.id, was.payload, &c->d->sign, sig), TB_OK);
    tb__signed__init(&s);
    tb__signature__init(&one);
    one.alg = 1;
    one.signer = tb_field(c->d->sign.pk, TB_KEY_BYTES);
    one.sig = tb_field(sig, sizeof sig);
    s.payload = tb_field(was.payload.p, was.payload.n);
    s.signature = list;
    s.n_signature = 1;
    assert_int_equal(tb_pack(&s.base, &other), TB_OK);
    tb__roster_append__init(&put);
    put.entry_signed = tb_field(other.p, other.n);
    return world_ask(c, TB_OP_ROSTER_APPEND, &put.base);
}

static void a_statement_is_taken_under_its_own_type_only(void **state)
{
    static const struct {
        enum tb_type right;
        tb_result (*put)(struct client *c, const struct wpage *p, enum tb_type type);
    } statements[] = {
        { TB_TYPE_HEADER, put_header }, { TB_TYPE_RECEIPT, put_receipt },
        { TB_TYPE_ACT, put_act },       { TB_TYPE_RESET, put_reset },
        { TB_TYPE_DUTY, put_duty },     { TB_TYPE_ROSTER, put_removal },
    };

    (void)state;
    struct client *so = world_login(&w, "so-y-te"), *an = world_login(&w, "an");
    struct wpage p = world_page(so, "truc-dem", 2);
    assert_int_equal(world_submit(so, &p), TB_OK);
    for (size_t i = 0; i < sizeof statements / sizeof statements[0]; i++) {
        for (unsigned type = 0; type < TB_TYPE_COUNT; type++)
            if (type != (unsigned)statements[i].right)
                assert_int_not_equal(statements[i].put(an, &p, (enum tb_type)type), TB_OK);
        assert_int_equal(statements[i].put(an, &p, statements[i].right), TB_OK);
    }
}

/* ---- A54-A57: names and numbers that are none */

static const char *const crafted[] = {
    "'; DROP TABLE page; --",
    "\" OR 1=1 --",
    "%n%s%n%s%x",
    "../../etc/passwd",
    "an\nso-y-te",
    "\x1b[2J",
    "an\xe2\x80\xae",
    "AN",
    "\xc0\xaf",
    "\xed\xa0\x80",
    "-an",
    "an-",
    "a b",
    "",
};

static long long tables(void)
{
    sqlite3_stmt *s = NULL;
    sqlite3 *db = NULL;
    char path[128];
    long long sum = 0;

    (void)snprintf(path, sizeof path, "%s/relay.db", w.dir);
    assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL), SQLITE_OK);
    assert_int_equal(
        sqlite3_prepare_v2(db, "SELECT sum(length(sql)) FROM sqlite_master", -1, &s, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_step(s), SQLITE_ROW);
    sum = sqlite3_column_int64(s, 0);
    (void)sqlite3_finalize(s);
    (void)sqlite3_close(db);
    return sum;
}

static void a_name_that_is_none_gets_nowhere(void **state)
{
    (void)state;
    struct client *so = world_login(&w, "so-y-te"), *an = world_login(&w, "an");
    struct wpage p = world_page(so, "truc-dem", 2);
    assert_int_equal(world_submit(so, &p), TB_OK);
    long long schema = tables();
    for (size_t i = 0; i < sizeof crafted / sizeof crafted[0]; i++) {
        char *name = (char *)(uintptr_t)crafted[i];
        Tb__Act *act = world_act(an, &p, TB_ACT_OFFER, 0);
        act->target_account = name;
        assert_int_not_equal(world_put_act(an, act), TB_OK);
        act = world_act(an, &p, TB_ACT_ACCEPT, 0);
        act->account = name;
        assert_int_not_equal(world_put_act(an, act), TB_OK);
        struct wpage q = world_page(so, "truc-dem", 2);
        q.h.tier[0]->target[0]->id = name;
        world_page_sign(so, &q);
        assert_int_not_equal(world_submit(so, &q), TB_OK);
        Tb__Removal m = province_removal(crafted[i]);
        struct province_entry e = province_entry(TB_ENTRY_SUSPENSION, crafted[i], &m.base);
        TB_CLEANUP(tb_buf_done) struct tb_buf entry = { 0 };
        Tb__RosterAppend put;
        province_by(&e, &w.p.registrar[0]);
        province_make(&w.p, &e, &entry);
        tb__roster_append__init(&put);
        put.entry_signed = tb_field(entry.p, entry.n);
        assert_int_not_equal(world_ask(an, TB_OP_ROSTER_APPEND, &put.base), TB_OK);
        for (const char *d = world_detail(an); *d; d++)
            assert_true((unsigned char)*d >= 0x20 && *d != 0x7f);
    }
    assert_int_equal(tables(), schema);
    assert_int_equal(world_accept(an, &p), TB_OK); /* and the page stands */
}

/* A56 */
static void extreme_numbers_are_refused(void **state)
{
    static const uint64_t numbers[] = {
        0, 1, INT32_MAX, UINT32_MAX, (uint64_t)INT64_MAX, (uint64_t)INT64_MIN, UINT64_MAX,
    };

    (void)state;
    struct client *so = world_login(&w, "so-y-te"), *an = world_login(&w, "an");
    struct wpage p = world_page(so, "truc-dem", 2);
    assert_int_equal(world_submit(so, &p), TB_OK);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        struct wpage q = world_page(so, "truc-dem", 2);
        q.h.padded_len = numbers[i] == q.h.padded_len ? 1 : (uint32_t)numbers[i];
        world_page_sign(so, &q);
        assert_int_not_equal(world_submit(so, &q), TB_OK);
        q = world_page(so, "truc-dem", 2);
        q.h.tier[0]->t = (uint32_t)numbers[i] == 1 ? 9 : (uint32_t)numbers[i];
        world_page_sign(so, &q);
        assert_int_not_equal(world_submit(so, &q), TB_OK);
        Tb__Act *act = world_act(an, &p, TB_ACT_ACCEPT, 0);
        act->round = (uint32_t)numbers[i] == 1 ? 77 : (uint32_t)numbers[i];
        act->time_ms = (int64_t)numbers[i];
        assert_int_not_equal(world_put_act(an, act), TB_OK);
        Tb__Ack ack;
        tb__ack__init(&ack);
        ack.era = an->era;
        ack.seq = numbers[i];
        if (numbers[i] > 1) /* more than was ever sent to it */
            assert_int_not_equal(world_ask(an, TB_OP_ACK, &ack.base), TB_OK);
    }
    world_pass(&w, 61000);
    assert_int_equal(world_accept(an, &p), TB_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_statement_is_taken_under_its_own_type_only, open_world,
                                        close_world),
        cmocka_unit_test_setup_teardown(a_name_that_is_none_gets_nowhere, open_world, close_world),
        cmocka_unit_test_setup_teardown(extreme_numbers_are_refused, open_world, close_world),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
