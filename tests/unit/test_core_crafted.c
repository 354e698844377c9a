/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_core_crafted.c - what a member can make of his own statements and texts when his program checks
 * nothing: right words under another type, and text that nobody should see. */
/* link: tb_server */
/* wrap: clock_gettime tb_text_check */
#include "core_lies.h"
#include "proto/text.h"

/* ---- A12: the right words under another name */

/* The same payload, signed as a statement of another type. */
static struct tb_buf again_as(struct town *t, const ProtobufCBinaryData *statement,
                              enum tb_type type, const struct tb_sign_pair *by)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a;
    uint8_t sig[TB_SIG_BYTES];
    struct tb_buf out = { 0 };
    Tb__Signature one, *list[] = { &one };
    struct tb_signed was;
    Tb__Signed s;

    tb_arena_init(&a, TB_ARENA_MAX);
    assert_int_equal(tb_signed_parse(&a, tb_field_view(statement), &was), TB_OK);
    assert_int_equal(tb_sign(type, &t->p.id, was.payload, by, sig), TB_OK);
    tb__signed__init(&s);
    tb__signature__init(&one);
    one.alg = 1;
    one.signer = tb_field(by->pk, TB_KEY_BYTES);
    one.sig = tb_field(sig, sizeof sig);
    s.payload = tb_field(was.payload.p, was.payload.n);
    s.signature = list;
    s.n_signature = 1;
    assert_int_equal(tb_pack(&s.base, &out), TB_OK);
    return out;
}

/* Pushes the envelope with its statement as every other type, and gives how many of them changed anything. */
static size_t as_all_others(struct node *to, Tb__Envelope *e, enum tb_type right,
                            const struct tb_sign_pair *by, bool (*took)(struct node *n))
{
    const ProtobufCBinaryData kept = e->statement;
    size_t taken = 0;

    for (unsigned type = 0; type < TB_TYPE_COUNT; type++) {
        if (type == (unsigned)right)
            continue;
        struct tb_buf s = again_as(to->t, &kept, (enum tb_type)type, by);
        e->statement = tb_field(s.p, s.n);
        inject(to, e);
        taken += took(to);
        tb_buf_done(&s);
    }
    e->statement = kept;
    return taken;
}

static struct tb_id watched;

static bool has_owner(struct node *n)
{
    return town_page(n, &watched).owner[0] != '\0';
}

static bool has_page(struct node *n)
{
    return town_has(n, &watched);
}

static bool has_rung(struct node *n)
{
    return n->n_rings > 0;
}

static void an_act_under_another_type_changes_nothing(void **state)
{
    struct town t;
    Tb__Envelope e;

    (void)state;
    town_open(&t);
    struct node *so = town_node(&t, "so-y-te"), *an = town_node(&t, "an");
    watched = town_report(so, "Đúng lời, sai loại", 2);
    town_run(&t);
    struct tb_buf act = make_accept(so, &watched, an, &an->core->me->sign);
    tb__envelope__init(&e);
    e.kind = TB_ENV_ACT;
    e.page_id = tb_field(watched.b, sizeof watched.b);
    e.statement = tb_field(act.p, act.n);
    e.at_ms = town_now;
    assert_int_equal(as_all_others(so, &e, TB_TYPE_ACT, &an->core->me->sign, has_owner), 0);
    inject(so, &e);
    assert_true(has_owner(so)); /* the one that is right */
    tb_buf_done(&act);
    town_close(&t);
}

static bool all_of_it(const Tb__Envelope *e)
{
    return e->kind == TB_ENV_CAPSULE || e->kind == TB_ENV_RELEASE;
}

static void a_header_or_release_under_another_type_makes_and_rings_nothing(void **state)
{
    static struct tape tape;
    struct town t;

    (void)state;
    town_open(&t);
    struct node *so = town_node(&t, "so-y-te"), *an = town_node(&t, "an");
    tape_on(an, &tape);
    tape.drops = all_of_it;
    watched = town_report(so, "Đúng lời, sai loại", 2);
    town_run(&t);
    assert_false(has_page(an));
    an->filter = NULL;
    Tb__Envelope *header = taped(&tape, TB_ENV_CAPSULE), *release = taped(&tape, TB_ENV_RELEASE);
    an->n_rings = 0;
    assert_int_equal(as_all_others(an, header, TB_TYPE_HEADER, &so->core->me->sign, has_page), 0);
    inject(an, header);
    assert_true(has_page(an));
    assert_int_equal(as_all_others(an, release, TB_TYPE_RELEASE, &t.p.relay, has_rung), 0);
    inject(an, release);
    assert_true(has_rung(an));
    tb_arena_done(&tape.arena);
    town_close(&t);
}

/* ---- A30 */

static const struct tb_cred *peer_cred;

static bool lost_session(struct node *n)
{
    struct e2e_peer p = { .cred = peer_cred->hash };

    memcpy(p.ident_pk, peer_cred->ident_pk, sizeof p.ident_pk);
    return !e2e_has_session(n->core->e2e, &p);
}

static struct tb_buf make_reset(struct node *from, struct node *to, uint64_t number,
                                const struct tb_sign_pair *by)
{
    struct tb_buf out = { 0 };
    Tb__Reset m;

    tb__reset__init(&m);
    m.from_cred = tb_field(from->core->me->cred.b, TB_HASH_BYTES);
    m.to_cred = tb_field(to->core->me->cred.b, TB_HASH_BYTES);
    m.number = number;
    m.time_ms = town_now;
    assert_int_equal(tb_signed_make(TB_TYPE_RESET, &from->t->p.id, &m.base, by, &out), TB_OK);
    return out;
}

static void a_reset_that_is_old_or_of_somebody_else_ends_no_session(void **state)
{
    struct town t;
    Tb__Envelope e;

    (void)state;
    town_open(&t);
    struct node *binh = town_node(&t, "binh"), *an = town_node(&t, "an"),
                *chi = town_node(&t, "chi");
    peer_cred = tb_roster_cred(an->core->roster, &binh->core->me->cred);
    tb__envelope__init(&e);
    e.kind = TB_ENV_RESET;
    e.from_cred = tb_field(binh->core->me->cred.b, TB_HASH_BYTES);
    assert_false(lost_session(an));
    struct tb_buf forged = make_reset(binh, an, 1, &chi->core->me->sign);
    e.statement = tb_field(forged.p, forged.n);
    inject(an, &e);
    assert_false(lost_session(an));
    struct tb_buf other = make_reset(binh, chi, 1, &binh->core->me->sign); /* for somebody else */
    e.statement = tb_field(other.p, other.n);
    inject(an, &e);
    assert_false(lost_session(an));
    struct tb_buf true_one = make_reset(binh, an, 1, &binh->core->me->sign);
    e.statement = tb_field(true_one.p, true_one.n);
    assert_int_equal(as_all_others(an, &e, TB_TYPE_RESET, &binh->core->me->sign, lost_session), 0);
    inject(an, &e);
    assert_true(lost_session(an));
    town_pass(&t, 5000);
    assert_false(lost_session(an)); /* a new one was made */
    inject(an, &e);
    assert_false(lost_session(an)); /* and the old reset ends no other */
    tb_buf_done(&forged);
    tb_buf_done(&other);
    tb_buf_done(&true_one);
    town_close(&t);
}

/* ---- A51-A57: a member whose own program checks nothing */

static bool unchecked;

tb_result __real_tb_text_check(const char *s, size_t max, enum tb_text_kind kind);
tb_result __wrap_tb_text_check(const char *s, size_t max, enum tb_text_kind kind);
tb_result __wrap_tb_text_check(const char *s, size_t max, enum tb_text_kind kind)
{
    return unchecked ? TB_OK : __real_tb_text_check(s, max, kind);
}

static char million[1000001];

static const char *const crafted[] = {
    "\x1b[2J\x1b]0;x\x07",
    "a\r\n2026-11-23 ALERT",
    "nv.\xe2\x80\xae"
    "fdp",
    "\xe2\x81\xa6\xe2\x81\xa7",
    "a\xe2\x80\x8b"
    "b",
    "Tie\xcc\x82\xcc\x81ng Vie\xcc\xa3\xcc\x82t",
    "\xc0\xaf..\xc0\xaf",
    "\xed\xa0\x80",
    "\xf4\x90\x80\x80",
    "\xff\xfe",
    "\xc2\x85\xc2\x9b",
    million,
};

/* Rings from the header, shows not a letter of it; false: it could not be sent. */
static bool rings_without_words(struct town *t, const struct tbc_report *r)
{
    struct node *so = town_node(t, "so-y-te"), *an = town_node(t, "an");
    struct tbc_why why = { "" };
    struct tbc_page_full full;
    struct tb_id page;

    unchecked = true;
    tb_result how = tbc_report(so->core, r, &page, &why);
    unchecked = false;
    if (how == TB_E_LIMIT || how == TB_E_RANGE)
        return false; /* fits into no page */
    assert_int_equal(how, TB_OK);
    an->n_rings = 0;
    town_pass(t, 2000);
    assert_true(town_rings(an, &page, TBC_RING_PAGE) + town_rings(an, &page, TBC_RING_UNREADABLE) >
                0);
    assert_int_equal(tbc_page_get(an->core, &page, &full), TB_OK);
    assert_false(full.page.readable);
    assert_string_equal(full.page.title, "");
    assert_null(full.text);
    assert_int_equal(full.n_files, 0);
    tbc_page_full_done(&full);
    assert_string_equal(an->ring[an->n_rings - 1].title, "");
    return true;
}

static void crafted_text_rings_and_is_never_shown(void **state)
{
    struct town t;
    size_t sent = 0;

    (void)state;
    memset(million, 'x', sizeof million - 1);
    town_open(&t);
    for (size_t i = 0; i < sizeof crafted / sizeof crafted[0]; i++) {
        struct tbc_report r = { .kind = "ATT-06",
                                .title = crafted[i],
                                .text = "x",
                                .page_class = 2,
                                .no_state_secret = true };
        sent += rings_without_words(&t, &r);
        r.title = "x";
        r.system_name = crafted[i];
        sent += rings_without_words(&t, &r);
    }
    assert_int_equal(sent, 22); /* all but the million */
    town_close(&t);
}

/* The act counts, for it is signed; its reason is not read. */
static void a_crafted_reason_does_not_undo_the_decline_and_is_never_shown(void **state)
{
    struct town t;

    (void)state;
    town_open(&t);
    struct node *so = town_node(&t, "so-y-te"), *an = town_node(&t, "an");
    struct tb_id page = town_report(so, "Ai nhận?", 2);
    struct tbc_page_full full;
    bool declined = false;

    town_pass(&t, 2000);
    unchecked = true;
    assert_int_equal(town_answer(an, &page, TB_ACT_DECLINE, crafted[2]), TB_OK);
    unchecked = false;
    town_pass(&t, 2000);
    assert_int_equal(tbc_page_get(so->core, &page, &full), TB_OK);
    for (size_t i = 0; i < full.n_events; i++) {
        declined |= full.event[i].kind == TBC_EV_ACT && full.event[i].act == TB_ACT_DECLINE;
        assert_string_equal(full.event[i].reason, "");
    }
    assert_true(declined);
    assert_int_equal(full.page.tier, 2);
    tbc_page_full_done(&full);
    town_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_act_under_another_type_changes_nothing),
        cmocka_unit_test(a_header_or_release_under_another_type_makes_and_rings_nothing),
        cmocka_unit_test(a_reset_that_is_old_or_of_somebody_else_ends_no_session),
        cmocka_unit_test(crafted_text_rings_and_is_never_shown),
        cmocka_unit_test(a_crafted_reason_does_not_undo_the_decline_and_is_never_shown),
    };

    return cmocka_run_group_tests(tests, NULL, town_done);
}
