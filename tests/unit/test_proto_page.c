/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_proto_page.c - bodies, tiers, capsules, recipients, headers. */
#include "tb_cmocka.h"

#include <stdlib.h>
#include <string.h>

#include "support_proto_samples.h"

static const struct tb_key k = { { 1 } }, other_key = { { 2 } }, share1 = { { 3 } },
                           share2 = { { 4 } };
static const struct tb_key p1 = { { 5 } }, p2 = { { 6 } };
static const struct tb_body_ctx ctx = { TB_MSG_PAGE, { { 7 } }, { { 8 } } };

static void padding_has_five_sizes(void **state)
{
    static const struct {
        size_t n, padded;
    } rows[] = {
        { 0, 1024 },        { 1, 1024 },      { 1023, 1024 },   { 1024, 4096 },   { 4095, 4096 },
        { 4096, 16384 },    { 16383, 16384 }, { 16384, 65536 }, { 65535, 65536 }, { 65536, 131032 },
        { 131031, 131032 }, { 131032, 0 },    { SIZE_MAX, 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(tb_pad_len(rows[i].n), rows[i].padded);
    assert_int_equal(131032 + TB_AEAD_EXTRA, TB_BODY_MAX);
}

static void a_body_opens_at_every_edge_of_its_size(void **state)
{
    static const size_t sizes[] = { 0, 1, 1023, 1024, 65535, 65536, 131031 };
    uint8_t *plain = calloc(1, TB_BODY_MAX); /* zeros: the padding must not eat them */

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct tb_sealed s;
        TB_CLEANUP(tb_buf_done) struct tb_buf out = { 0 };
        assert_int_equal(tb_body_seal(&ctx, &k, tb_view_of(plain, sizes[i]), &s), TB_OK);
        assert_int_equal(s.c.n, s.padded_len + TB_AEAD_EXTRA);
        assert_int_equal(s.padded_len, tb_pad_len(sizes[i]));
        assert_int_equal(tb_body_open(&ctx, &k, &s.body_hash, &s.kc, tb_buf_view(&s.c), &out),
                         TB_OK);
        assert_int_equal(out.n, sizes[i]);
        tb_sealed_done(&s);
    }
    struct tb_sealed none;
    assert_int_equal(tb_body_seal(&ctx, &k, tb_view_of(plain, 131032), &none), TB_E_LIMIT);
    free(plain);
}

static void a_body_opens_only_under_its_names_hash_and_key(void **state)
{
    TB_CLEANUP(tb_sealed_done) struct tb_sealed s;
    TB_CLEANUP(tb_buf_done) struct tb_buf out = { 0 };
    struct tb_body_ctx as_report = ctx, as_other = ctx, of_other = ctx;
    struct tb_hash wrong = { { 9 } };

    (void)state;
    as_report.type = TB_MSG_REPORT;
    as_other.msg_id.b[15] = 1;
    of_other.sender_cred.b[31] = 1;
    assert_int_equal(tb_body_seal(&ctx, &k, tb_view_of("text", 4), &s), TB_OK);
    struct tb_view c = tb_buf_view(&s.c);
    assert_int_equal(tb_body_open(&as_report, &k, &s.body_hash, &s.kc, c, &out), TB_E_UNREADABLE);
    assert_int_equal(tb_body_open(&of_other, &k, &s.body_hash, &s.kc, c, &out), TB_E_UNREADABLE);
    assert_int_equal(tb_body_open(&as_other, &k, &s.body_hash, &s.kc, c, &out), TB_E_BADSIG);
    assert_int_equal(tb_body_open(&ctx, &other_key, &s.body_hash, &s.kc, c, &out), TB_E_BADSIG);
    assert_int_equal(tb_body_open(&ctx, &k, &wrong, &s.kc, c, &out), TB_E_BADSIG);
    assert_int_equal(tb_body_open(&ctx, &k, &s.body_hash, &wrong, c, &out), TB_E_BADSIG);
    s.c.p[100] ^= 1;
    assert_int_equal(tb_body_open(&ctx, &k, &s.body_hash, &s.kc, c, &out), TB_E_BADSIG);
    struct tb_hash rehashed = tb_body_hash(c);
    assert_int_equal(tb_body_open(&ctx, &k, &rehashed, &s.kc, c, &out), TB_E_UNREADABLE);
    assert_int_equal(out.n, 0);
}

static void a_body_padded_by_other_rules_is_refused(void **state)
{
    /* Sealed under the right key, but of a size that tells the text's. */
    TB_CLEANUP(tb_sealed_done) struct tb_sealed s;
    static const struct {
        size_t n;       /* padded length */
        uint8_t mark;   /* at its place */
        size_t mark_at; /* zeros elsewhere */
        tb_result expected;
    } rows[] = {
        { 1024, 0x80, 4, TB_OK },           { 1024, 0x80, 1023, TB_OK },
        { 1024, 0x01, 4, TB_E_UNREADABLE }, { 1024, 0, 4, TB_E_UNREADABLE },
        { 8, 0x80, 4, TB_E_UNREADABLE },    { 4096, 0x80, 4, TB_E_UNREADABLE },
    };

    (void)state;
    assert_int_equal(tb_body_seal(&ctx, &k, tb_view_of("text", 4), &s), TB_OK);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        TB_CLEANUP(tb_buf_done) struct tb_buf c = { 0 };
        TB_CLEANUP(tb_buf_done) struct tb_buf out = { 0 };
        uint8_t ad[56] = { TB_SUITE, 0, 0, 0, TB_MSG_PAGE }, text[4096] = { 0 };
        text[rows[i].mark_at] = rows[i].mark;
        memcpy(ad + 8, ctx.msg_id.b, TB_ID_BYTES);
        memcpy(ad + 24, ctx.sender_cred.b, TB_HASH_BYTES);
        assert_int_equal(
            tb_aead_seal(&k, tb_view_of(text, rows[i].n), tb_view_of(ad, sizeof ad), &c), TB_OK);
        struct tb_hash h = tb_body_hash(tb_buf_view(&c));
        assert_int_equal(tb_body_open(&ctx, &k, &h, &s.kc, tb_buf_view(&c), &out),
                         rows[i].expected);
    }
}

static struct tb_tier_ctx tier_ctx(void)
{
    TB_CLEANUP(tb_sealed_done) struct tb_sealed s;

    assert_int_equal(tb_body_seal(&ctx, &k, tb_view_of("text", 4), &s), TB_OK);
    return (struct tb_tier_ctx){ ctx.msg_id, ctx.sender_cred, s.body_hash, s.kc };
}

static void a_tier_opens_only_with_its_own_share(void **state)
{
    struct tb_tier_ctx t = tier_ctx(), changed;
    uint8_t e[TB_PAYLOAD_BYTES];
    struct tb_key out = { { 0 } };

    (void)state;
    assert_int_equal(tb_tier_seal(&t, 1, &share1, &k, e), TB_OK);
    assert_int_equal(tb_tier_open(&t, 1, &share2, e, &out), TB_E_UNREADABLE);
    assert_int_equal(tb_tier_open(&t, 2, &share1, e, &out), TB_E_UNREADABLE);
    uint8_t *parts[] = { changed.msg_id.b, changed.sender_cred.b, changed.body_hash.b,
                         changed.kc.b };
    for (size_t i = 0; i < 4; i++) {
        changed = t;
        parts[i][0] ^= 1;
        assert_int_equal(tb_tier_open(&changed, 1, &share1, e, &out), TB_E_UNREADABLE);
    }
    for (size_t i = 0; i < sizeof e; i++) {
        e[i] ^= 0x10;
        assert_int_equal(tb_tier_open(&t, 1, &share1, e, &out), TB_E_UNREADABLE);
        e[i] ^= 0x10;
    }
    assert_memory_equal(out.b, (struct tb_key){ 0 }.b, sizeof out.b);
    assert_int_equal(tb_tier_open(&t, 1, &share1, e, &out), TB_OK);
    assert_memory_equal(out.b, k.b, sizeof k.b);
}

static void a_tier_that_holds_another_key_than_committed_is_refused(void **state)
{
    struct tb_tier_ctx t = tier_ctx();
    uint8_t e[TB_PAYLOAD_BYTES];
    struct tb_key out;

    (void)state;
    assert_int_equal(tb_tier_seal(&t, 1, &share1, &other_key, e), TB_OK);
    assert_int_equal(tb_tier_open(&t, 1, &share1, e, &out), TB_E_BADSIG);
}

static void a_share_commitment_names_share_tier_and_body(void **state)
{
    struct tb_tier_ctx t = tier_ctx(), changed = t;
    struct tb_hash a = tb_share_commit(&t, 1, &share1), b = tb_share_commit(&t, 1, &share2);
    struct tb_hash c = tb_share_commit(&t, 2, &share1);

    (void)state;
    changed.body_hash.b[0] ^= 1;
    struct tb_hash d = tb_share_commit(&changed, 1, &share1),
                   same = tb_share_commit(&t, 1, &share1);
    assert_true(tb_hash_equal(&a, &same));
    assert_false(tb_hash_equal(&a, &b));
    assert_false(tb_hash_equal(&a, &c));
    assert_false(tb_hash_equal(&a, &d));
}

static struct tb_capsule a_capsule(void)
{
    return (struct tb_capsule){
        .kind = TB_CAPSULE_TIER,
        .msg_id = { { 1 } },
        .header_hash = { { 2 } },
        .body_hash = { { 3 } },
        .kc = { { 4 } },
        .sender_cred = { { 5 } },
        .to_cred = { { 6 } },
        .conversation = { { 7 } },
        .t = 1,
        .psk_epoch = 1,
        .author_prev = { { 8 } },
        .confirmed_epoch = 1,
        .roster_size = UINT64_C(1) << 40,
        .roster_head = { { 9 } },
    };
}

/* Seals, parses and opens with p_e. */
static tb_result seal_and_open(const struct tb_capsule *c, const struct tb_key *seal,
                               const struct tb_key *open)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf b = { 0 };
    TB_CLEANUP(tb_arena_done) struct tb_arena a;
    uint8_t payload[TB_PAYLOAD_BYTES], out[TB_PAYLOAD_BYTES];
    struct tb_capsule back;
    struct tb_view ct;
    struct tb_key key;

    tb_arena_init(&a, TB_ARENA_ANON);
    tb_payload_of_key(&k, payload);
    assert_int_equal(tb_capsule_seal(c, seal, payload, &b), TB_OK);
    tb_result r = tb_capsule_parse(&a, tb_buf_view(&b), &back, &ct);
    if (r == TB_OK)
        r = tb_capsule_open(&back, ct, open, out);
    if (r != TB_OK)
        return r;
    assert_memory_equal(out, payload, sizeof out);
    tb_key_of_payload(out, &key);
    assert_memory_equal(key.b, k.b, sizeof k.b);
    return TB_OK;
}

static void a_capsule_opens_only_with_the_secret_of_its_epoch(void **state)
{
    struct tb_capsule c = a_capsule();

    (void)state;
    assert_int_equal(seal_and_open(&c, &p1, &p1), TB_OK);
    assert_int_equal(seal_and_open(&c, &p1, &p2), TB_E_UNREADABLE);
    c.psk_epoch = TB_EPOCH_GUEST; /* guests: no secret on either side */
    assert_int_equal(seal_and_open(&c, NULL, NULL), TB_OK);
    assert_int_equal(seal_and_open(&c, &p1, &p2), TB_OK);
}

static void every_field_of_a_capsule_is_bound(void **state)
{
    struct tb_capsule c = a_capsule();
    TB_CLEANUP(tb_buf_done) struct tb_buf b = { 0 };
    TB_CLEANUP(tb_arena_done) struct tb_arena a;
    uint8_t payload[TB_PAYLOAD_BYTES] = { 0 }, out[TB_PAYLOAD_BYTES];
    struct tb_capsule back;
    struct tb_view ct;

    (void)state;
    tb_arena_init(&a, TB_ARENA_MAX);
    assert_int_equal(tb_capsule_seal(&c, &p1, payload, &b), TB_OK);
    for (size_t i = 0; i < b.n; i++)
        for (unsigned bit = 0; bit < 8; bit += 3) {
            b.p[i] ^= (uint8_t)(1U << bit);
            bool opens = tb_capsule_parse(&a, tb_buf_view(&b), &back, &ct) == TB_OK &&
                         tb_capsule_open(&back, ct, &p1, out) == TB_OK;
            assert_false(opens);
            b.p[i] ^= (uint8_t)(1U << bit);
        }
}

static void a_capsule_fits_its_kind(void **state)
{
    struct tb_capsule c = a_capsule();

    (void)state;
    c.t = 0;
    assert_int_equal(seal_and_open(&c, &p1, &p1), TB_E_RANGE);
    c.t = TB_TIERS_MAX + 1;
    assert_int_equal(seal_and_open(&c, &p1, &p1), TB_E_RANGE);
    c.t = TB_TIER_STANDBY;
    assert_int_equal(seal_and_open(&c, &p1, &p1), TB_E_RESERVED);
    c.t = 1;
    c.kind = TB_CAPSULE_DIRECT;
    assert_int_equal(seal_and_open(&c, &p1, &p1), TB_E_RANGE);
    c.t = 0;
    assert_int_equal(seal_and_open(&c, &p1, &p1), TB_OK);
    c.kind = TB_CAPSULE_REWRAP;
    assert_int_equal(seal_and_open(&c, &p1, &p1), TB_OK);
    c.kind = (enum tb_capsule_kind)4;
    assert_int_equal(seal_and_open(&c, &p1, &p1), TB_E_RANGE);
}

static void recipients_hash_the_same_in_any_order(void **state)
{
    struct tb_recipient list[] = {
        { 2, "an", { { 1 } } },
        { 1, "binh", { { 2 } } },
        { 1, "an", { { 4 } } },
        { 1, "an", { { 3 } } },
    };
    struct tb_recipient turned[] = { list[3], list[1], list[0], list[2] };
    struct tb_hash a = tb_recipients_hash(list, 4), b = tb_recipients_hash(turned, 4);
    struct tb_hash fewer = tb_recipients_hash(list, 3);

    (void)state;
    assert_true(tb_hash_equal(&a, &b));
    assert_false(tb_hash_equal(&a, &fewer));
    turned[0].t = 3;
    struct tb_hash moved = tb_recipients_hash(turned, 4);
    assert_false(tb_hash_equal(&a, &moved));
    list[0].account[1] = 'm';
    struct tb_hash renamed = tb_recipients_hash(list, 4);
    assert_false(tb_hash_equal(&a, &renamed));
}

static tb_result header_result(const Tb__Header *h)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf b = sample_pack(&h->base);
    TB_CLEANUP(tb_arena_done) struct tb_arena a;
    Tb__Header *back;

    tb_arena_init(&a, TB_ARENA_ANON);
    return tb_header_unpack(&a, tb_buf_view(&b), &back);
}

/* Asserts what the sample says after one change. */
#define HEADER(change, expected)                      \
    do {                                              \
        Tb__Header *h = sample_header();              \
        change;                                       \
        assert_int_equal(header_result(h), expected); \
    } while (0)

static void a_header_has_every_field_in_its_range(void **state)
{
    (void)state;
    HEADER((void)h, TB_OK);
    HEADER(h->suite = 2, TB_E_VERSION);
    HEADER(h->type = TB_MSG_ACT_DETAIL, TB_E_RANGE);
    HEADER(h->type = 0, TB_E_RANGE);
    HEADER(h->type = TB_MSG_CHAT, TB_E_RESERVED);
    HEADER(h->type = TB_MSG_ADVISORY, TB_E_RESERVED);
    HEADER(h->msg_id.len = 15, TB_E_RANGE);
    HEADER(h->prev_seen.len = 0, TB_E_RANGE);
    HEADER(h->sender_cred.len = 31, TB_E_RANGE);
    HEADER(h->policy_hash.len = 0, TB_E_RANGE);
    HEADER(h->recipients_hash.len = 33, TB_E_RANGE);
    HEADER(h->body_hash.len = 0, TB_E_RANGE);
    HEADER(h->kc.len = 16, TB_E_RANGE);
    HEADER(h->roster = NULL, TB_E_RANGE);
    HEADER(h->roster->size = 0, TB_E_RANGE);
    HEADER(h->roster->hash.len = 0, TB_E_RANGE);
    HEADER(h->page_class = 0, TB_E_RANGE);
    HEADER(h->page_class = 4, TB_E_RANGE);
    HEADER(h->tlp = 0, TB_E_RANGE);
    HEADER(h->tlp = 6, TB_E_RANGE);
    HEADER(h->padded_len = 0, TB_E_RANGE);
    HEADER(h->padded_len = 1000, TB_E_RANGE);
    HEADER(h->padded_len = 131032, TB_OK);
    HEADER(h->created_ms = 0, TB_E_RANGE);
    HEADER(h->created_ms = INT64_MIN, TB_E_RANGE);
    HEADER(h->expires_ms = h->created_ms, TB_E_RANGE);
    HEADER(h->expires_ms++, TB_E_RANGE);
    HEADER(h->expires_ms = INT64_MAX, TB_E_RANGE);
}

static void a_header_names_its_incident_or_none(void **state)
{
    (void)state;
    HEADER(h->entry_no = 2, TB_E_RANGE); /* a report opens */
    HEADER(h->incident_id.len = 0, TB_E_RANGE);
    HEADER(h->type = TB_MSG_PAGE, TB_OK);
    HEADER(h->type = TB_MSG_PAGE; h->incident_id.len = 0, TB_E_RANGE);
    HEADER(h->type = TB_MSG_PAGE; h->incident_id.len = 0; h->entry_no = 0;
           h->member_epoch = 0, TB_OK);
}

static void tiers_are_numbered_without_a_gap(void **state)
{
    (void)state;
    HEADER(h->n_tier = 0, TB_E_RANGE);
    HEADER(h->n_tier = 1, TB_OK);
    HEADER(h->tier[0]->t = 0, TB_E_RANGE);
    HEADER(h->tier[1]->t = 3, TB_E_RANGE);
    HEADER(h->tier[1]->t = 1, TB_E_RANGE);
    HEADER(h->tier[1]->t = TB_TIER_STANDBY, TB_E_RESERVED);
    HEADER(h->tier[0]->n_target = 0, TB_E_RANGE);
    HEADER(h->tier[0]->share_commit.len = 0, TB_E_RANGE);
    HEADER(h->tier[0]->target[0]->kind = TB_TARGET_SCHEDULE, TB_E_RESERVED);
    HEADER(h->tier[0]->target[0]->kind = 0, TB_E_RANGE);
    HEADER(h->tier[0]->target[0]->id = (char[]){ "An" }, TB_E_RANGE);
}

/* Makes of the sample a page that a device sends to itself. */
static void make_test(Tb__Header *h)
{
    h->type = TB_MSG_PAGE;
    h->page_class = 3;
    h->policy_hash = sample_bytes(0, 32);
    h->n_tier = 0;
}

static void a_header_without_tiers_is_a_test_page_and_nothing_else(void **state)
{
    (void)state;
    HEADER(make_test(h), TB_OK);
    HEADER(make_test(h); h->drill = 0, TB_E_RANGE);
    HEADER(make_test(h); h->page_class = 1, TB_E_RANGE);
    HEADER(make_test(h); h->type = TB_MSG_REPORT, TB_E_RANGE);
    HEADER(make_test(h); h->policy_hash = sample_bytes(1, 32), TB_E_RANGE);
}

static void a_header_hash_and_context_come_from_its_bytes(void **state)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf b = sample_pack(&sample_header()->base);
    struct tb_hash one = tb_header_hash(tb_buf_view(&b)), two;
    struct tb_tier_ctx t = tb_tier_ctx_of(sample_header());

    (void)state;
    assert_int_equal(t.msg_id.b[0], 0x11);
    assert_int_equal(t.sender_cred.b[0], 0x14);
    assert_int_equal(t.body_hash.b[0], 0x17);
    assert_int_equal(t.kc.b[0], 0x18);
    b.p[b.n - 1] ^= 1;
    two = tb_header_hash(tb_buf_view(&b));
    assert_false(tb_hash_equal(&one, &two));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(padding_has_five_sizes),
        cmocka_unit_test(a_body_opens_at_every_edge_of_its_size),
        cmocka_unit_test(a_body_opens_only_under_its_names_hash_and_key),
        cmocka_unit_test(a_body_padded_by_other_rules_is_refused),
        cmocka_unit_test(a_tier_opens_only_with_its_own_share),
        cmocka_unit_test(a_tier_that_holds_another_key_than_committed_is_refused),
        cmocka_unit_test(a_share_commitment_names_share_tier_and_body),
        cmocka_unit_test(a_capsule_opens_only_with_the_secret_of_its_epoch),
        cmocka_unit_test(every_field_of_a_capsule_is_bound),
        cmocka_unit_test(a_capsule_fits_its_kind),
        cmocka_unit_test(recipients_hash_the_same_in_any_order),
        cmocka_unit_test(a_header_has_every_field_in_its_range),
        cmocka_unit_test(a_header_names_its_incident_or_none),
        cmocka_unit_test(tiers_are_numbered_without_a_gap),
        cmocka_unit_test(a_header_without_tiers_is_a_test_page_and_nothing_else),
        cmocka_unit_test(a_header_hash_and_context_come_from_its_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
