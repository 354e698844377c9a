/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_proto_forged.c - statements that nobody made: tens of thousands, and none is taken.
 *
 * TRUCBAN_FORGERIES says how many (40,000 unless set; a release takes 100,000).
 * Everything comes from one seed that is printed, so that a find can be had again:
 * TRUCBAN_SEED. */
#include "tb_cmocka.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support_proto_entries.h"

enum { OFTEN = 40000, WAYS = 12 };

/* ---- chance that repeats */

static uint8_t seed[randombytes_SEEDBYTES];
static uint64_t drawn;

static void draw(void *p, size_t n)
{
    uint8_t key[randombytes_SEEDBYTES];

    memcpy(key, seed, sizeof key);
    for (size_t i = 0; i < sizeof drawn; i++)
        key[i] ^= (uint8_t)(drawn >> (8 * i));
    drawn++;
    randombytes_buf_deterministic(p, n, key);
}

static size_t below(size_t n)
{
    uint32_t x = 0;

    draw(&x, sizeof x);
    return x % n;
}

static void sow(void)
{
    const char *given = getenv("TRUCBAN_SEED");
    uint64_t number = given ? strtoull(given, NULL, 10) : randombytes_random();

    memset(seed, 0, sizeof seed);
    memcpy(seed, &number, sizeof number);
    drawn = 0;
    print_message("TRUCBAN_SEED=%llu\n", (unsigned long long)number);
}

static size_t how_many(void)
{
    const char *given = getenv("TRUCBAN_FORGERIES");

    return given ? strtoul(given, NULL, 10) : OFTEN;
}

/* ---- one true statement of every type */

static const struct tb_hash foreign_province = { { 0xf0 } };
static struct tb_sign_pair signer, stranger;
static struct tb_buf truth[TB_TYPE_COUNT];
static struct tb_buf elsewhere[TB_TYPE_COUNT]; /* the same, signed in another province */

static const ProtobufCMessage *enrolment(enum tb_type type)
{
    static Tb__Ticket ticket;
    static Tb__EnrolRequest request;
    static Tb__Approval approval;
    static char account[] = "an", agency[] = "cong-an";

    tb__ticket__init(&ticket);
    tb__enrol_request__init(&request);
    tb__approval__init(&approval);
    ticket.invite_id = request.invite_id = approval.invite_id = sample_bytes(1, TB_ID_BYTES);
    ticket.admit_pk = approval.eph_pk = sample_bytes(2, TB_KEY_BYTES);
    ticket.account = account;
    ticket.agency = agency;
    ticket.role = TB_ROLE_RESPONDER;
    request.ticket_hash = approval.request_hash = sample_bytes(3, TB_HASH_BYTES);
    request.sealed = approval.sealed = sample_bytes(4, 96);
    return type == TB_TYPE_ADMIT     ? &ticket.base
           : type == TB_TYPE_REQUEST ? &request.base
                                     : &approval.base;
}

static const ProtobufCMessage *sample_of(enum tb_type type)
{
    switch (type) {
    case TB_TYPE_ROOT:
        return &sample_entry(TB_ENTRY_ROOT)->base;
    case TB_TYPE_ROSTER:
        return &sample_entry(TB_ENTRY_CREDENTIAL)->base;
    case TB_TYPE_HEADER:
        return &sample_header()->base;
    case TB_TYPE_ACT:
        return &sample_act()->base;
    case TB_TYPE_RELEASE:
        return &sample_release()->base;
    case TB_TYPE_RELAY_RECEIPT:
        return &sample_relay_receipt()->base;
    case TB_TYPE_RECEIPT:
        return &sample_receipt()->base;
    case TB_TYPE_RESET:
        return &sample_reset()->base;
    case TB_TYPE_PREKEYS:
        return &sample_prekeys()->base;
    case TB_TYPE_DUTY:
        return &sample_duty()->base;
    case TB_TYPE_ADMIT:
    case TB_TYPE_REQUEST:
    case TB_TYPE_APPROVAL:
        return enrolment(type);
    case TB_TYPE_FRESHNESS:
    case TB_TYPE_AUTH:
    case TB_TYPE_AUTH_INVITE:
    case TB_TYPE_AUTH_BELL:
    case TB_TYPE_BELL:
    case TB_TYPE_BELL_RANG:
    case TB_TYPE_COUNT:
        break;
    }
    return sample_claim(type);
}

static int make_truth(void **state)
{
    (void)state;
    signer = sample_pair(1);
    stranger = sample_pair(2);
    for (unsigned t = 0; t < TB_TYPE_COUNT; t++) {
        const ProtobufCMessage *m = sample_of((enum tb_type)t);
        assert_non_null(m);
        assert_int_equal(tb_signed_make((enum tb_type)t, &sample_province, m, &signer, &truth[t]),
                         TB_OK);
        assert_int_equal(
            tb_signed_make((enum tb_type)t, &foreign_province, m, &signer, &elsewhere[t]), TB_OK);
    }
    return 0;
}

static int drop_truth(void **state)
{
    (void)state;
    for (unsigned t = 0; t < TB_TYPE_COUNT; t++) {
        tb_buf_done(&truth[t]);
        tb_buf_done(&elsewhere[t]);
    }
    return 0;
}

/* What everybody who takes a statement does first. */
static bool taken(enum tb_type as, struct tb_view data)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    struct tb_view payload;

    tb_arena_init(&a, TB_ARENA_MAX);
    return tb_signed_open(&a, as, &sample_province, data, signer.pk, &payload) == TB_OK;
}

/* ---- ways to forge; each writes a statement that its signer never made */

struct forgery {
    enum tb_type as;
    struct tb_buf data;
};

static void copy_of(const struct tb_buf *from, struct forgery *f)
{
    tb_put(&f->data, from->p, from->n);
    assert_int_equal(tb_buf_check(&f->data), TB_OK);
}

/* Where the 64 bytes of the signature stand in the packed statement: at its end. */
static uint8_t *sig_of(struct tb_buf *b)
{
    return b->p + b->n - TB_SIG_BYTES;
}

static void change_a_byte(struct forgery *f)
{
    uint8_t x = 0;

    copy_of(&truth[f->as], f);
    draw(&x, 1);
    f->data.p[below(f->data.n)] ^= x ? x : 1;
}

static void change_some_bytes(struct forgery *f)
{
    copy_of(&truth[f->as], f);
    for (size_t n = 1 + below(8); n; n--)
        f->data.p[below(f->data.n)] ^= (uint8_t)(1u << below(8));
    if (f->data.n == truth[f->as].n && memcmp(f->data.p, truth[f->as].p, f->data.n) == 0)
        f->data.p[0] ^= 1; /* the same bit twice */
}

static void cut(struct forgery *f)
{
    copy_of(&truth[f->as], f);
    f->data.n = below(f->data.n);
}

static void lengthen(struct forgery *f)
{
    uint8_t more[16];

    copy_of(&truth[f->as], f);
    draw(more, sizeof more);
    tb_put(&f->data, more, 1 + below(sizeof more));
}

static void another_type(struct forgery *f)
{
    size_t from = below(TB_TYPE_COUNT - 1);

    copy_of(&truth[from >= (size_t)f->as ? from + 1 : from], f);
}

static void another_province(struct forgery *f)
{
    copy_of(&elsewhere[f->as], f);
}

static void another_signer(struct forgery *f)
{
    assert_int_equal(tb_signed_make(f->as, &sample_province, sample_of(f->as), &stranger, &f->data),
                     TB_OK);
}

static void a_name_without_its_key(struct forgery *f)
{
    struct tb_sign_pair liar = stranger;

    memcpy(liar.pk, signer.pk, sizeof liar.pk);
    assert_int_equal(tb_signed_make(f->as, &sample_province, sample_of(f->as), &liar, &f->data),
                     TB_OK);
}

static void a_signature_from_elsewhere(struct forgery *f)
{
    struct tb_buf *other = &truth[(f->as + 1 + below(TB_TYPE_COUNT - 1)) % TB_TYPE_COUNT];

    copy_of(&truth[f->as], f);
    memcpy(sig_of(&f->data), sig_of(other), TB_SIG_BYTES);
}

/* S + L verifies wherever S is not checked to be below the group's order. */
static void a_malleable_signature(struct forgery *f)
{
    static const uint8_t order[32] = { 0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58,
                                       0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
                                       0,    0,    0,    0,    0,    0,    0,    0,
                                       0,    0,    0,    0,    0,    0,    0,    0x10 };

    copy_of(&truth[f->as], f);
    sodium_add(sig_of(&f->data) + 32, order, sizeof order);
}

static void two_signatures(struct forgery *f)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    Tb__Signature *list[2];
    Tb__Signed *one, *two, both;

    TB_CLEANUP(tb_buf_done) struct tb_buf other = { 0 };
    assert_int_equal(tb_signed_make(f->as, &sample_province, sample_of(f->as), &stranger, &other),
                     TB_OK);
    tb_arena_init(&a, TB_ARENA_MAX);
    assert_int_equal(tb_unpack(&a, &tb__signed__descriptor, tb_buf_view(&truth[f->as]), &one),
                     TB_OK);
    assert_int_equal(tb_unpack(&a, &tb__signed__descriptor, tb_buf_view(&other), &two), TB_OK);
    tb__signed__init(&both);
    both.payload = one->payload;
    both.signature = list;
    both.n_signature = 2;
    list[0] = one->signature[0];
    list[1] = two->signature[0];
    assert_int_equal(tb_pack(&both.base, &f->data), TB_OK);
}

static void noise(struct forgery *f)
{
    uint8_t some[256];

    draw(some, sizeof some);
    tb_put(&f->data, some, 1 + below(sizeof some));
}

static void (*const ways[WAYS])(struct forgery *f) = {
    change_a_byte,  change_some_bytes,     cut,
    lengthen,       another_type,          another_province,
    another_signer, two_signatures,        a_name_without_its_key,
    noise,          a_malleable_signature, a_signature_from_elsewhere,
};

/* ---- tests */

static void what_was_truly_signed_is_taken(void **state)
{
    (void)state;
    for (unsigned t = 0; t < TB_TYPE_COUNT; t++)
        assert_true(taken((enum tb_type)t, tb_buf_view(&truth[t])));
}

/* A12 */
static void no_type_is_taken_for_another(void **state)
{
    (void)state;
    for (unsigned a = 0; a < TB_TYPE_COUNT; a++)
        for (unsigned b = 0; b < TB_TYPE_COUNT; b++)
            assert_int_equal(taken((enum tb_type)b, tb_buf_view(&truth[a])), a == b);
}

/* A13 */
static void nothing_forged_changed_cut_or_foreign_is_taken(void **state)
{
    const size_t n = how_many();
    size_t wrong = 0;
    (void)state;

    sow();
    for (size_t i = 0; i < n; i++) {
        struct forgery f = { .as = (enum tb_type)(i / WAYS % TB_TYPE_COUNT) };
        ways[i % WAYS](&f);
        if (taken(f.as, tb_buf_view(&f.data))) {
            print_error("way %zu, type %d, number %zu was taken\n", i % WAYS, (int)f.as, i);
            wrong++;
        }
        tb_buf_done(&f.data);
    }
    print_message("%zu statements that nobody made, %zu taken\n", n, wrong);
    assert_int_equal(wrong, 0);
}

/* A true accept, shown where it does not belong: for another page, header, round, release or tier. */
struct place {
    struct tb_act_page page;
    struct tb_act_release cited;
};

static struct place where_it_belongs(const Tb__Act *m)
{
    return (struct place){ .page = { .page_id = tb_id_from(m->page_id.data),
                                     .header_hash = tb_hash_from(m->header_hash.data),
                                     .round = m->round,
                                     .sender = "so-y-te" },
                           .cited = { .round = m->round, .t = m->t, .names_actor = true } };
}

static void move_it(struct place *p, size_t how)
{
    switch (how) {
    case 0:
        draw(p->page.page_id.b, sizeof p->page.page_id.b);
        break;
    case 1:
        draw(p->page.header_hash.b, sizeof p->page.header_hash.b);
        break;
    case 2:
        p->page.round += 1 + (uint32_t)below(1000);
        p->cited.round = p->page.round;
        break;
    case 3:
        p->cited.names_actor = false;
        break;
    case 4:
        p->cited.t += 1 + (uint32_t)below(7);
        break;
    case 5:
        p->page.owner = "binh";
        break;
    default:
        p->page.ended = true;
        break;
    }
}

/* A21 */
static void a_true_accept_counts_nowhere_but_where_it_belongs(void **state)
{
    Tb__Act *m = sample_act();
    const size_t n = how_many() / 4;
    struct place p = where_it_belongs(m);
    (void)state;

    m->refers_to.len = 0;
    assert_int_equal(tb_act_applies(m, TB_ROLE_RESPONDER, &p.page, &p.cited), TB_OK);
    assert_int_not_equal(tb_act_applies(m, TB_ROLE_RESPONDER, &p.page, NULL), TB_OK);
    sow();
    for (size_t i = 0; i < n; i++) {
        p = where_it_belongs(m);
        move_it(&p, i % 7);
        assert_int_not_equal(tb_act_applies(m, TB_ROLE_RESPONDER, &p.page, &p.cited), TB_OK);
    }
    print_message("%zu accepts out of place, 0 counted\n", n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_truly_signed_is_taken),
        cmocka_unit_test(no_type_is_taken_for_another),
        cmocka_unit_test(nothing_forged_changed_cut_or_foreign_is_taken),
        cmocka_unit_test(a_true_accept_counts_nowhere_but_where_it_belongs),
    };
    if (sodium_init() < 0)
        return 1;
    return cmocka_run_group_tests(tests, make_truth, drop_truth);
}
