/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_proto_vectors.c - recomputes tests/vectors/v1.txt: every construction, label and signed
 * message of version 1, with fixed keys and nonces.
 *
 * A change of one byte here is a change of the protocol.  `test_proto_vectors --print` writes the
 * file anew.  Each vector is also seen to be refused, or not to be equal, with one bit changed. */
#include "tb_cmocka.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support_proto_entries.h"
#include "support_proto_random.h"

/* ---- the book of vectors */

/* Does this value hold?  NULL: it is a digest, equal or not. */
typedef bool holds_fn(struct tb_view value, unsigned arg);

struct vector {
    char name[64];
    struct tb_buf value;
    holds_fn *holds;
    unsigned arg;
};

static struct vector book[200];
static size_t n_book;

/* Adds a vector and starts the next one from the same randomness. */
static void add(const char *name, const char *detail, struct tb_buf value, holds_fn *holds,
                unsigned arg)
{
    struct vector *v = &book[n_book];

    if (n_book == sizeof book / sizeof book[0] || value.failed)
        abort();
    n_book++;
    (void)snprintf(v->name, sizeof v->name, "%s/%s", name, detail);
    v->value = value;
    v->holds = holds;
    v->arg = arg;
    sample_restart_randomness();
}

static void add_digest(const char *name, const char *detail, const uint8_t *p, size_t n)
{
    struct tb_buf b = { 0 };

    tb_put(&b, p, n);
    add(name, detail, b, NULL, 0);
}

static void must(tb_result r)
{
    if (r != TB_OK)
        abort();
}

/* ---- labels */

static void add_labels(void)
{
    static const char *const labels[] = {
#define X(name, text) text,
        TB_LABELS(X)
#undef X
    };
    const struct tb_key key = { { 1 } };
    const struct tb_view x = tb_view_of("trucban", 7);

    for (unsigned i = 0; i < sizeof labels / sizeof labels[0]; i++) {
        struct tb_hash h = tb_hash_of((enum tb_label)i, x);
        struct tb_key k = tb_kdf(&key, (enum tb_label)i, x);
        add_digest("hash", labels[i], h.b, sizeof h.b);
        add_digest("kdf", labels[i], k.b, sizeof k.b);
    }
}

/* ---- a page, sealed */

static const struct tb_key page_key = { { 0x0a } }, shares[] = { { { 0x0b } }, { { 0x0c } } };
static const struct tb_key province_secret = { { 0x0d } }, salt = { { 0x0e } };
static struct tb_body_ctx body_ctx;
static struct tb_tier_ctx tier_ctx;

static bool body_holds(struct tb_view v, unsigned arg)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf out = { 0 };

    (void)arg;
    return tb_body_open(&body_ctx, &page_key, &tier_ctx.body_hash, &tier_ctx.kc, v, &out) == TB_OK;
}

static bool tier_holds(struct tb_view v, unsigned t)
{
    struct tb_key k;

    return v.n == TB_PAYLOAD_BYTES && tb_tier_open(&tier_ctx, t, &shares[t - 1], v.p, &k) == TB_OK;
}

static bool capsule_holds(struct tb_view v, unsigned arg)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a;
    uint8_t payload[TB_PAYLOAD_BYTES];
    struct tb_capsule c;
    struct tb_view ct;

    (void)arg;
    tb_arena_init(&a, TB_ARENA_ANON);
    return tb_capsule_parse(&a, v, &c, &ct) == TB_OK &&
           tb_capsule_open(&c, ct, &province_secret, payload) == TB_OK;
}

static void add_body_and_tiers(void)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf plain = sample_pack(&sample_content()->base);
    struct tb_sealed s;

    body_ctx.type = TB_MSG_REPORT;
    body_ctx.msg_id = tb_id_from(sample_bytes(0x11, 16).data);
    body_ctx.sender_cred = tb_hash_from(sample_bytes(0x14, 32).data);
    add("content", "report", sample_pack(&sample_content()->base), NULL, 0);
    must(tb_body_seal(&body_ctx, &page_key, tb_buf_view(&plain), &s));
    tier_ctx = (struct tb_tier_ctx){ body_ctx.msg_id, body_ctx.sender_cred, s.body_hash, s.kc };
    add("body", "sealed", s.c, body_holds, 0);
    add_digest("body", "hash", s.body_hash.b, 32);
    add_digest("body", "kc", s.kc.b, 32);
    for (uint32_t t = 1; t <= 2; t++) {
        uint8_t e[TB_PAYLOAD_BYTES];
        struct tb_buf b = { 0 };
        struct tb_hash commit = tb_share_commit(&tier_ctx, t, &shares[t - 1]);
        must(tb_tier_seal(&tier_ctx, t, &shares[t - 1], &page_key, e));
        tb_put(&b, e, sizeof e);
        add("tier", t == 1 ? "1" : "2", b, tier_holds, t);
        add_digest("share-commit", t == 1 ? "1" : "2", commit.b, 32);
    }
}

static void add_capsules(void)
{
    static const struct {
        const char *name;
        enum tb_capsule_kind kind;
        uint32_t t, epoch;
    } kinds[] = {
        { "direct", TB_CAPSULE_DIRECT, 0, 1 },
        { "tier", TB_CAPSULE_TIER, 2, 1 },
        { "rewrap", TB_CAPSULE_REWRAP, 1, 1 },
        { "guest", TB_CAPSULE_TIER, 1, TB_EPOCH_GUEST },
    };
    uint8_t payload[TB_PAYLOAD_BYTES];

    tb_payload_of_key(&page_key, payload);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct tb_capsule c = {
            .kind = kinds[i].kind,
            .msg_id = body_ctx.msg_id,
            .header_hash = { { 0xe1 } },
            .body_hash = tier_ctx.body_hash,
            .kc = tier_ctx.kc,
            .sender_cred = body_ctx.sender_cred,
            .to_cred = { { 0xe2 } },
            .conversation = { { 0xe3 } },
            .t = kinds[i].t,
            .psk_epoch = kinds[i].epoch,
            .author_prev = { { 0xe4 } },
            .confirmed_epoch = 1,
            .roster_size = UINT64_C(0x100000029),
            .roster_head = { { 0xe5 } },
        };
        struct tb_buf b = { 0 };
        must(tb_capsule_seal(&c, &province_secret, payload, &b));
        add("capsule", kinds[i].name, b, capsule_holds, 0);
    }
}

static struct tb_cred card_owner;

static bool card_holds(struct tb_view v, unsigned arg)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf out = { 0 };

    (void)arg;
    return tb_card_open(&province_secret, 1, &card_owner, v, &out) == TB_OK;
}

static void add_lists_and_cards(void)
{
    struct tb_recipient list[] = {
        { 2, "binh", { { 2 } } },
        { 1, "an", { { 1 } } },
        { 0, "so-y-te", { { 3 } } },
    };
    struct tb_hash h = tb_recipients_hash(list, 3);
    TB_CLEANUP(tb_buf_done) struct tb_buf card = sample_pack(&sample_card()->base);
    struct tb_buf sealed = { 0 };
    uint8_t info[36];

    add_digest("recipients", "hash", h.b, 32);
    h = tb_card_hash(&salt, tb_buf_view(&card));
    add_digest("card", "hash", h.b, 32);
    card_owner = (struct tb_cred){ .hash = { { 0xe6 } }, .card_hash = h };
    must(tb_card_seal(&province_secret, 1, &card_owner.hash, &salt, tb_buf_view(&card), &sealed));
    add("card", "sealed", sealed, card_holds, 0);
    memcpy(info, sample_province.b, 32);
    memcpy(info + 32, (const uint8_t[]){ 1, 0, 0, 0 }, 4);
    h = tb_commit(&province_secret, TB_L_PSK_COMMIT, tb_view_of(info, sizeof info));
    add_digest("secret-epoch", "commit-1", h.b, 32);
}

/* ---- statements */

static bool signed_holds(struct tb_view v, unsigned type)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a;
    struct tb_sign_pair by = sample_pair(1);
    struct tb_view payload;

    tb_arena_init(&a, TB_ARENA_MAX);
    return tb_signed_open(&a, (enum tb_type)type, &sample_province, v, by.pk, &payload) == TB_OK;
}

static void add_signed(enum tb_type type, const char *detail, const ProtobufCMessage *m)
{
    struct tb_sign_pair by = sample_pair(1);
    struct tb_buf b = { 0 };

    must(tb_signed_make(type, &sample_province, m, &by, &b));
    add("signed", detail, b, signed_holds, (unsigned)type);
}

static bool root_holds(struct tb_view v, unsigned arg)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a;
    struct tb_sign_pair by = sample_pair(1);
    struct tb_signed s;

    (void)arg;
    tb_arena_init(&a, TB_ARENA_MAX);
    if (tb_signed_parse(&a, v, &s) != TB_OK)
        return false;
    struct tb_hash roster_id = tb_hash_of(TB_L_ROSTER_ID, s.payload);
    return s.n == 1 && memcmp(s.by[0].pk, by.pk, 32) == 0 &&
           tb_verify(TB_TYPE_ROOT, &roster_id, s.payload, by.pk, s.by[0].sig);
}

static void add_entries(void)
{
    static const char *const names[] = {
        [TB_ENTRY_AUTHORITY] = "authority",   [TB_ENTRY_REGISTRAR] = "registrar",
        [TB_ENTRY_RELAY] = "relay",           [TB_ENTRY_FRESHNESS_KEY] = "freshness-key",
        [TB_ENTRY_CREDENTIAL] = "credential", [TB_ENTRY_SUSPENSION] = "suspension",
        [TB_ENTRY_REVOCATION] = "revocation", [TB_ENTRY_ATTESTATION] = "attestation",
        [TB_ENTRY_POLICY] = "policy",         [TB_ENTRY_SECRET_EPOCH] = "secret-epoch"
    };
    TB_CLEANUP(tb_buf_done) struct tb_buf payload = sample_pack(&sample_entry(TB_ENTRY_ROOT)->base);
    struct tb_hash roster_id = tb_hash_of(TB_L_ROSTER_ID, tb_buf_view(&payload));
    struct tb_hash entry = tb_hash_of(TB_L_ENTRY, tb_buf_view(&payload)), zero = { { 0 } };
    struct tb_hash head =
        tb_hash_of2(TB_L_ROSTER_HEAD, tb_view_of(zero.b, 32), tb_view_of(entry.b, 32));
    struct tb_sign_pair by = sample_pair(1);
    struct tb_buf b = { 0 };

    add_digest("roster", "id", roster_id.b, 32);
    add_digest("roster", "entry-hash", entry.b, 32);
    add_digest("roster", "head-1", head.b, 32);
    must(tb_signed_make(TB_TYPE_ROOT, &roster_id, &sample_entry(TB_ENTRY_ROOT)->base, &by, &b));
    add("signed", "root", b, root_holds, 0);
    for (unsigned k = TB_ENTRY_AUTHORITY; k <= TB_ENTRY_SECRET_EPOCH; k++) {
        char name[32];
        if (!sample_entry((enum tb_entry_kind)k))
            continue;
        (void)snprintf(name, sizeof name, "roster-%s", names[k]);
        add_signed(TB_TYPE_ROSTER, name, &sample_entry((enum tb_entry_kind)k)->base);
    }
}

static void add_acts(void)
{
    static char binh[] = "binh";
    Tb__Act *m = sample_act();

    add_signed(TB_TYPE_ACT, "act-accept", &m->base);
    m->kind = TB_ACT_DECLINE;
    m->eta_min = 0;
    add_signed(TB_TYPE_ACT, "act-decline", &m->base);
    m->kind = TB_ACT_RESOLVE;
    add_signed(TB_TYPE_ACT, "act-resolve", &m->base);
    m->kind = TB_ACT_OFFER;
    m->target_account = binh;
    add_signed(TB_TYPE_ACT, "act-offer", &m->base);
    m = sample_act();
    m->kind = TB_ACT_REWRAP;
    m->eta_min = 0;
    m->to_cred = sample_bytes(0x29, 32);
    add_signed(TB_TYPE_ACT, "act-rewrap", &m->base);
}

static void add_releases_and_receipts(void)
{
    Tb__Release *m = sample_release();
    Tb__Receipt *r = sample_receipt();

    add_signed(TB_TYPE_RELEASE, "release-tier", &m->base);
    m->step = TB_RELEASE_SKIP;
    add_signed(TB_TYPE_RELEASE, "release-skip", &m->base);
    m->step = TB_RELEASE_NOBODY;
    m->t = 0;
    m->n_account = 0;
    add_signed(TB_TYPE_RELEASE, "release-nobody", &m->base);
    add_signed(TB_TYPE_RELAY_RECEIPT, "relay-receipt-page", &sample_relay_receipt()->base);
    add_signed(TB_TYPE_RELAY_RECEIPT, "relay-receipt-entry", &sample_inclusion()->base);
    add_signed(TB_TYPE_RECEIPT, "receipt-capsule-bad", &r->base);
    r->kind = TB_RECEIPT_DELIVERED;
    r->need_epoch = r->have_epoch = 0;
    r->error = 0;
    r->release_hash = sample_bytes(0x24, 32);
    add_signed(TB_TYPE_RECEIPT, "receipt-delivered", &r->base);
}

static void add_claims(void)
{
    static const struct {
        enum tb_type type;
        const char *name;
    } claims[] = {
        { TB_TYPE_FRESHNESS, "freshness" },
        { TB_TYPE_AUTH, "auth" },
        { TB_TYPE_AUTH_INVITE, "auth-invite" },
        { TB_TYPE_AUTH_BELL, "auth-bell" },
        { TB_TYPE_BELL, "bell" },
        { TB_TYPE_BELL_RANG, "bell-rang" },
    };

    for (size_t i = 0; i < sizeof claims / sizeof claims[0]; i++)
        add_signed(claims[i].type, claims[i].name, sample_claim(claims[i].type));
    add_signed(TB_TYPE_HEADER, "header-report", &sample_header()->base);
    add_signed(TB_TYPE_PREKEYS, "prekeys", &sample_prekeys()->base);
    add_signed(TB_TYPE_RESET, "reset", &sample_reset()->base);
    add_signed(TB_TYPE_DUTY, "duty", &sample_duty()->base);
}

static void add_statement_hashes(void)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf header = sample_pack(&sample_header()->base);
    TB_CLEANUP(tb_buf_done) struct tb_buf act = sample_pack(&sample_act()->base);
    TB_CLEANUP(tb_buf_done) struct tb_buf release = sample_pack(&sample_release()->base);
    struct tb_hash h = tb_header_hash(tb_buf_view(&header));

    add_digest("statement-hash", "header", h.b, 32);
    h = tb_act_hash(tb_buf_view(&act));
    add_digest("statement-hash", "act", h.b, 32);
    h = tb_release_hash(tb_buf_view(&release));
    add_digest("statement-hash", "release", h.b, 32);
}

/* ---- enrolment */

static struct tb_invite invite;
static struct tb_invite_keys invite_keys;
static struct tb_request request;
static struct tb_hash request_hash;

static bool invite_holds(struct tb_view v, unsigned arg)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf text = { 0 };
    struct tb_invite i;

    (void)arg;
    tb_put(&text, v.p, v.n);
    tb_put_u8(&text, 0);
    if (tb_invite_parse((char *)text.p, &i) != TB_OK)
        return false;
    tb_invite_done(&i);
    return true;
}

static bool ticket_holds(struct tb_view v, unsigned arg)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a;
    struct tb_sign_pair registrar = sample_pair(9);
    struct tb_view payload;

    (void)arg;
    tb_arena_init(&a, TB_ARENA_ANON);
    return tb_signed_open(&a, TB_TYPE_ADMIT, &sample_province, v, registrar.pk, &payload) == TB_OK;
}

static bool request_holds(struct tb_view v, unsigned arg)
{
    struct tb_request q;
    struct tb_hash h;

    (void)arg;
    if (tb_request_open(&invite, &invite_keys, v, &q, &h) != TB_OK)
        return false;
    request_hash = h;
    tb_request_done(&q);
    return true;
}

static bool approval_holds(struct tb_view v, unsigned arg)
{
    struct tb_key box_sk = sample_box_sk();
    struct tb_approval_in in = { &sample_province, &invite_keys, box_sk.b, request.box_pk,
                                 &request_hash };
    struct tb_approval p;
    uint8_t by[32];

    (void)arg;
    if (tb_approval_open(&in, v, &p, by) != TB_OK)
        return false;
    tb_approval_done(&p);
    return true;
}

static void add_enrolment(void)
{
    struct tb_sign_pair device = sample_pair(5), registrar = sample_pair(9);
    struct tb_approval p = { .epoch = 1, .province_secret = province_secret, .roster_size = 42 };
    struct tb_approval_to to = { &sample_province, &invite.invite_id, &invite_keys, request.box_pk,
                                 &request_hash };
    struct tb_buf text = { 0 }, ticket = { 0 }, asked = { 0 }, approved = { 0 };
    char words[160];

    sample_invite(&invite, &invite_keys);
    sample_request(&request);
    must(tb_invite_encode(&invite, &text));
    text.n--; /* without the NUL */
    add("invite", "text", text, invite_holds, 0);
    add_digest("invite", "k-request", invite_keys.request.b, 32);
    add_digest("invite", "k-approve", invite_keys.approve.b, 32);
    add_digest("invite", "admit-pk", invite_keys.admit.pk, 32);
    tb_put(&ticket, invite.ticket_signed.p, invite.ticket_signed.n);
    add("signed", "admit", ticket, ticket_holds, 0);
    add_digest("invite", "ticket-hash", invite.ticket_hash.b, 32);
    must(tb_request_seal(&invite, &invite_keys, &device, &request, &asked));
    add("signed", "request", asked, request_holds, 0);
    add_digest("request", "plain-hash", request.plain_hash.b, 32);
    must(request_holds(tb_buf_view(&asked), 0) ? TB_OK : TB_E_BADSIG);
    add_digest("request", "hash", request_hash.b, 32);
    tb_put(&p.credential, "credential", 10);
    must(tb_approval_seal(&to, &p, &registrar, &approved));
    tb_approval_done(&p);
    add("signed", "approval", approved, approval_holds, 0);
    must(tb_enrol_words(&invite, &request.plain_hash, words));
    add_digest("enrol", "words", (const uint8_t *)words, strlen(words));
}

/* ---- comparing */

static int fill_book(void **state)
{
    (void)state;
    sample_restart_randomness();
    add_labels();
    add_body_and_tiers();
    add_capsules();
    add_lists_and_cards();
    add_entries();
    add_claims();
    add_acts();
    add_releases_and_receipts();
    add_statement_hashes();
    add_enrolment();
    return 0;
}

static int close_book(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_book; i++)
        tb_buf_done(&book[i].value);
    tb_invite_done(&invite);
    tb_request_done(&request);
    return 0;
}

static char *hex_of(const struct tb_buf *b)
{
    char *hex = malloc(2 * b->n + 1);

    if (!hex)
        abort();
    tb_hex(b->p, b->n, hex);
    return hex;
}

static void print_book(void)
{
    printf("# Golden vectors of version 1: name = value in hex.  test_proto_vectors.c says how "
           "each is made.\n");
    for (size_t i = 0; i < n_book; i++) {
        char *hex = hex_of(&book[i].value);
        printf("%s = %s\n", book[i].name, hex);
        free(hex);
    }
}

static void every_vector_is_the_one_on_file(void **state)
{
    static char line[16384];
    char path[512];
    size_t i = 0;

    (void)state;
    const char *src = getenv("TRUCBAN_SRC");
    (void)snprintf(path, sizeof path, "%s/tests/vectors/v1.txt", src ? src : ".");
    FILE *f = fopen(path, "r");
    if (!f)
        fail_msg("cannot open %s", path);
    while (fgets(line, sizeof line, f)) {
        if (line[0] == '#')
            continue;
        assert_true(i < n_book);
        char *hex = hex_of(&book[i].value), expected[16384];
        (void)snprintf(expected, sizeof expected, "%s = %s\n", book[i].name, hex);
        free(hex);
        assert_string_equal(line, expected);
        i++;
    }
    (void)fclose(f);
    assert_int_equal(i, n_book);
}

static void every_vector_holds_and_not_with_one_bit_changed(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_book; i++) {
        struct vector *v = &book[i];
        if (!v->holds)
            continue;
        assert_true(v->holds(tb_buf_view(&v->value), v->arg));
        for (size_t k = 0; k < v->value.n; k++) {
            uint8_t bit = (uint8_t)(1U << (k % 7));
            v->value.p[k] ^= bit;
            if (v->holds(tb_buf_view(&v->value), v->arg))
                fail_msg("%s: byte %zu may change", v->name, k);
            v->value.p[k] ^= bit;
        }
    }
}

static void no_two_vectors_are_equal(void **state)
{
    (void)state;
    for (size_t i = 0; i < n_book; i++)
        for (size_t k = 0; k < i; k++)
            if (book[i].value.n == book[k].value.n &&
                memcmp(book[i].value.p, book[k].value.p, book[i].value.n) == 0)
                fail_msg("%s = %s", book[i].name, book[k].name);
}

static void every_type_of_signature_has_a_vector(void **state)
{
    static const char *const types[] = {
#define X(name, text) "signed/" text,
        TB_TYPES(X)
#undef X
    };

    (void)state;
    for (size_t t = 0; t < TB_TYPE_COUNT; t++) {
        size_t n = 0;
        for (size_t i = 0; i < n_book; i++)
            n += strncmp(book[i].name, types[t], strlen(types[t])) == 0;
        if (n == 0)
            fail_msg("%s has none", types[t]);
    }
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_vector_is_the_one_on_file),
        cmocka_unit_test(every_vector_holds_and_not_with_one_bit_changed),
        cmocka_unit_test(no_two_vectors_are_equal),
        cmocka_unit_test(every_type_of_signature_has_a_vector),
    };

    sample_fix_randomness();
    if (argc == 2 && strcmp(argv[1], "--print") == 0) {
        (void)fill_book(NULL);
        print_book();
        return close_book(NULL);
    }
    return cmocka_run_group_tests(tests, fill_book, close_book);
}
