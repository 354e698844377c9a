/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_proto_roster_make.c - drafting and signing entries, and reading a roster at its edges. */
#include "tb_cmocka.h"

#include "province.h"

/* The RosterEntry of a packed Signed; lives in the arena. */
static Tb__RosterEntry *peek(struct tb_arena *a, const struct tb_buf *b)
{
    Tb__RosterEntry *e;

    province_must(tb_entry_peek(a, tb_buf_view(b), &e, NULL), "peek", "");
    return e;
}

static void a_draft_stands_on_the_newest_head_and_entry(void **state)
{
    struct province p;
    TB_CLEANUP(tb_arena_done) struct tb_arena a;
    TB_CLEANUP(tb_buf_done) struct tb_buf b = { 0 };
    struct province_policy body;
    (void)state;

    tb_arena_init(&a, 1 << 20);
    province_demo(&p);
    province_policy_body(&body, "truc-dem", "an");
    struct province_entry e = province_entry(TB_ENTRY_POLICY, "truc-dem", &body.m.base);
    province_make(&p, &e, &b);
    const Tb__RosterEntry *m = peek(&a, &b);
    struct tb_hash head = tb_roster_head(p.roster);
    struct tb_hash prev = tb_roster_prev(p.roster, TB_ENTRY_POLICY, e.subject);
    assert_int_equal(m->suite, 1);
    assert_int_equal(m->based_on->size, 11);
    assert_memory_equal(m->based_on->hash.data, head.b, 32);
    assert_memory_equal(m->prev.data, prev.b, 32);
    assert_memory_equal(&prev, &tb_roster_policy_by_id(p.roster, "truc-dem")->hash, 32);
    assert_int_equal(m->append_by_ms, m->signed_ms + TB_APPEND_BY_MAX_MS);
    assert_int_equal(m->expires_ms, 0);
    province_done(&p);
}

static void a_draft_keeps_the_append_by_that_it_is_given(void **state)
{
    struct province p;
    TB_CLEANUP(tb_arena_done) struct tb_arena a;
    TB_CLEANUP(tb_buf_done) struct tb_buf grant = { 0 }, removal = { 0 }, root = { 0 };
    struct province_policy body;
    struct province_root r;
    (void)state;

    tb_arena_init(&a, 1 << 20);
    province_demo(&p);
    province_policy_body(&body, "truc-dem", "an");
    struct tb_entry_draft d = { .kind = TB_ENTRY_POLICY,
                                .subject = tb_view_of("truc-dem", 8),
                                .body = &body.m.base,
                                .signed_ms = p.now_ms,
                                .append_by_ms = p.now_ms + 7 };
    assert_int_equal(tb_entry_make(p.roster, &d, &grant), TB_OK);
    assert_int_equal(peek(&a, &grant)->append_by_ms, p.now_ms + 7);
    Tb__Removal m = province_removal("an");
    d = (struct tb_entry_draft){ .kind = TB_ENTRY_SUSPENSION,
                                 .subject = tb_view_of("an", 2),
                                 .body = &m.base,
                                 .signed_ms = p.now_ms };
    assert_int_equal(tb_entry_make(p.roster, &d, &removal), TB_OK);
    assert_int_equal(peek(&a, &removal)->append_by_ms, 0);
    province_root_body(&p, 1, 1, &r);
    d.kind = TB_ENTRY_ROOT;
    d.body = &r.m.base;
    assert_int_equal(tb_entry_make(NULL, &d, &root), TB_OK);
    assert_int_equal(peek(&a, &root)->append_by_ms, 0);
    assert_null(peek(&a, &root)->based_on);
    province_done(&p);
}

static void signing_leaves_the_payload_as_it_is(void **state)
{
    struct province p;
    struct tb_hash before, after;
    TB_CLEANUP(tb_arena_done) struct tb_arena a;
    TB_CLEANUP(tb_buf_done) struct tb_buf b = { 0 }, one = { 0 }, two = { 0 };
    Tb__RosterEntry *e;
    (void)state;

    tb_arena_init(&a, 1 << 20);
    province_real(&p);
    Tb__Removal m = province_removal("an");
    struct province_entry draft = province_entry(TB_ENTRY_REVOCATION, "an", &m.base);
    province_make(&p, &draft, &b);
    assert_int_equal(tb_entry_sign(tb_buf_view(&b), &p.id, &p.registrar[0], &one), TB_OK);
    assert_int_equal(tb_entry_sign(tb_buf_view(&one), &p.id, &p.registrar[1], &two), TB_OK);
    assert_int_equal(tb_entry_peek(&a, tb_buf_view(&b), &e, &before), TB_OK);
    assert_int_equal(tb_entry_peek(&a, tb_buf_view(&two), &e, &after), TB_OK);
    assert_memory_equal(&before, &after, sizeof before);
    province_done(&p);
}

static void an_entry_takes_sixteen_signatures(void **state)
{
    struct province p;
    TB_CLEANUP(tb_buf_done) struct tb_buf b = { 0 };
    char name[16];
    (void)state;

    province_demo(&p);
    Tb__Removal m = province_removal("an");
    struct province_entry e = province_entry(TB_ENTRY_SUSPENSION, "an", &m.base);
    province_make(&p, &e, &b);
    for (int i = 0; i <= TB_SIGNATURES_MAX; i++) {
        struct tb_buf more = { 0 };
        (void)snprintf(name, sizeof name, "%d", i);
        struct tb_sign_pair by = i == 9 ? p.registrar[0] : province_pair("any", name);
        tb_result r = tb_entry_sign(tb_buf_view(&b), &p.id, &by, &more);
        assert_int_equal(r, i < TB_SIGNATURES_MAX ? TB_OK : TB_E_LIMIT);
        if (r == TB_OK) {
            tb_buf_done(&b);
            b = more;
        }
    }
    assert_int_equal(tb_roster_append(p.roster, tb_buf_view(&b), 0, &p.why), TB_OK);
    province_done(&p);
}

static void what_is_no_entry_is_neither_signed_nor_read(void **state)
{
    static uint8_t big[TB_ENTRY_MAX + 1], cut[] = { 0x0a }, empty_payload[] = { 0x0a, 0x01, 0x0a };
    struct province p;
    TB_CLEANUP(tb_arena_done) struct tb_arena a;
    struct tb_buf out = { 0 };
    Tb__RosterEntry *e;
    (void)state;

    tb_arena_init(&a, 1 << 20);
    province_demo(&p);
    const struct {
        struct tb_view in;
        tb_result want;
    } table[] = {
        { tb_view_of(big, sizeof big), TB_E_LIMIT },
        { tb_view_of(cut, sizeof cut), TB_E_TRUNCATED },
        { tb_view_of(empty_payload, sizeof empty_payload), TB_E_TRUNCATED },
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        assert_int_equal(tb_entry_sign(table[i].in, &p.id, &p.registrar[0], &out), table[i].want);
        assert_int_equal(tb_entry_peek(&a, table[i].in, &e, NULL), table[i].want);
    }
    assert_int_equal(out.n, 0);
    province_done(&p);
}

static void kinds_have_names(void **state)
{
    (void)state;

    assert_string_equal(tb_entry_kind_name(TB_ENTRY_CREDENTIAL), "credential");
    assert_string_equal(tb_entry_kind_name(TB_ENTRY_SECRET_EPOCH), "secret-epoch");
    assert_null(tb_entry_kind_name((enum tb_entry_kind)99));
}

/* ---- reading */

static void subjects_of_different_kinds_do_not_meet(void **state)
{
    struct province p;
    (void)state;

    province_demo(&p);
    static const char *const others[] = { "root", "authority", "truc", "truc-dex" };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        struct tb_hash h =
            tb_roster_prev(p.roster, TB_ENTRY_POLICY, tb_view_of(others[i], strlen(others[i])));
        assert_true(tb_hash_is_zero(&h));
    }
    province_set_policy(&p, "root", "an");
    province_set_policy(&p, "authority", "an");
    province_set_policy(&p, "truc", "an"); /* begins like truc-dem */
    assert_int_equal(tb_roster_size(p.roster), 14);
    province_done(&p);
}

static void the_edges_of_a_log_can_be_asked(void **state)
{
    struct province p;
    struct tb_hash commit = { { 5 } }, head;
    struct tb_hash none = { { 0 } };
    (void)state;

    province_bare(&p, true);
    assert_int_equal(tb_roster_epoch(p.roster, &commit), 0);
    assert_int_equal(commit.b[0], 5);
    assert_int_equal(tb_roster_epoch(p.roster, NULL), 0);
    province_set_registrar(&p, 0);
    province_set_epoch(&p);
    assert_int_equal(tb_roster_epoch(p.roster, NULL), 1);
    assert_int_equal(tb_roster_epoch(p.roster, &commit), 1);
    assert_int_not_equal(commit.b[0], 5);
    assert_true(tb_roster_entry_counts(p.roster, 2));
    assert_false(tb_roster_entry_counts(p.roster, 3));
    assert_int_equal(tb_roster_entry(p.roster, 3).n, 0);
    assert_int_equal(tb_roster_head_at(p.roster, 0, &head), TB_OK);
    assert_memory_equal(&head, &none, sizeof none);
    assert_null(tb_roster_first_relay(p.roster));
    assert_null(tb_roster_relay(p.roster, &p.relay_id));
    assert_null(tb_roster_policy(p.roster, &none));
    assert_null(tb_roster_policy_by_id(p.roster, "truc-dem"));
    int64_t until = PROVINCE_T0 + 730 * PROVINCE_DAY;
    assert_non_null(tb_roster_registrar(p.roster, p.registrar[0].pk, TB_ROLE_AGENCY, until - 1));
    assert_null(tb_roster_registrar(p.roster, p.registrar[0].pk, TB_ROLE_AGENCY, until));
    assert_non_null(tb_roster_registrar(p.roster, p.registrar[0].pk, TB_ROLE_NONE, until - 1));
    province_done(&p);
}

static void a_relay_and_a_freshness_key_are_renewed_in_place(void **state)
{
    struct province p;
    TB_CLEANUP(tb_buf_done) struct tb_buf b = { 0 };
    (void)state;

    province_demo(&p);
    province_set_witness(&p, 0);
    province_set_witness(&p, 1);
    assert_true(tb_hash_is_zero(&tb_roster_first_relay(p.roster)->tls_pin_next));
    p.tls_pin.b[0] ^= 1;
    province_set_relay(&p);
    assert_memory_equal(&tb_roster_first_relay(p.roster)->tls_pin, &p.tls_pin, 32);
    Tb__FreshnessKey m = province_freshness_key(&p, 0);
    m.until_ms = p.now_ms;
    struct province_entry e =
        province_entry_of(TB_ENTRY_FRESHNESS_KEY, p.witness[0].pk, 32, &m.base);
    province_by_root(&p, &e);
    province_put(&p, &e);
    province_statement(&p, 0, p.now_ms, &b);
    assert_int_equal(tb_roster_freshness(p.roster, tb_buf_view(&b)), TB_E_EXPIRED);
    b.n = 0;
    province_statement(&p, 1, p.now_ms, &b);
    assert_int_equal(tb_roster_freshness(p.roster, tb_buf_view(&b)), TB_OK);
    province_done(&p);
}

static void a_shorter_attestation_shortens_nothing(void **state)
{
    struct province p;
    Tb__Attestation m;
    (void)state;

    province_demo(&p);
    ProtobufCBinaryData an = tb_field(province_find(&p, "an")->cred.b, 32);
    tb__attestation__init(&m);
    m.cred = &an;
    m.n_cred = 1;
    struct province_entry e = province_entry(TB_ENTRY_ATTESTATION, "attestation", &m.base);
    province_by(&e, &p.registrar[0]);
    for (int days = 90; days > 0; days -= 80) {
        m.until_ms = PROVINCE_T0 + days * PROVINCE_DAY;
        province_put(&p, &e);
    }
    assert_int_equal(tb_roster_account(p.roster, "an")->attested_until_ms,
                     PROVINCE_T0 + 90 * PROVINCE_DAY);
    province_done(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_draft_stands_on_the_newest_head_and_entry),
        cmocka_unit_test(a_draft_keeps_the_append_by_that_it_is_given),
        cmocka_unit_test(signing_leaves_the_payload_as_it_is),
        cmocka_unit_test(an_entry_takes_sixteen_signatures),
        cmocka_unit_test(what_is_no_entry_is_neither_signed_nor_read),
        cmocka_unit_test(kinds_have_names),
        cmocka_unit_test(subjects_of_different_kinds_do_not_meet),
        cmocka_unit_test(the_edges_of_a_log_can_be_asked),
        cmocka_unit_test(a_relay_and_a_freshness_key_are_renewed_in_place),
        cmocka_unit_test(a_shorter_attestation_shortens_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
