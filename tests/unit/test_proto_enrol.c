/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_proto_enrol.c - invite, request, approval, words: the round trip and who cannot make it. */
#include "tb_cmocka.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "proto/words.h"
#include "support_proto_samples.h"

struct world {
    struct tb_invite invite;
    struct tb_invite_keys keys;
    struct tb_request request;
    struct tb_buf request_signed;
    struct tb_hash request_hash; /* as the registrar computed it */
};

static int set_up(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    struct tb_sign_pair device = sample_pair(5);
    struct tb_request seen;

    sample_invite(&w->invite, &w->keys);
    sample_request(&w->request);
    assert_int_equal(
        tb_request_seal(&w->invite, &w->keys, &device, &w->request, &w->request_signed), TB_OK);
    assert_int_equal(tb_request_open(&w->invite, &w->keys, tb_buf_view(&w->request_signed), &seen,
                                     &w->request_hash),
                     TB_OK);
    tb_request_done(&seen);
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;

    tb_invite_done(&w->invite);
    tb_invite_keys_wipe(&w->keys);
    tb_request_done(&w->request);
    tb_buf_done(&w->request_signed);
    free(w);
    return 0;
}

/* ---- invite */

static void an_invite_reads_as_it_was_written(void **state)
{
    struct world *w = *state;
    TB_CLEANUP(tb_buf_wipe) struct tb_buf text = { 0 };
    TB_CLEANUP(tb_buf_wipe) struct tb_buf wrapped = { 0 };
    TB_CLEANUP(tb_invite_done) struct tb_invite back = { 0 };
    struct tb_invite_keys keys;

    assert_int_equal(tb_invite_encode(&w->invite, &text), TB_OK);
    assert_int_equal(strlen((char *)text.p) + 1, text.n);
    assert_int_equal(strncmp((char *)text.p, "trucban:1:", 10), 0);
    for (size_t i = 0; i < text.n; i++) { /* as a mail program breaks it */
        if (i % 40 == 3)
            tb_put(&wrapped, " \r\n\t", 4);
        tb_put_u8(&wrapped, text.p[i]);
    }
    assert_int_equal(tb_invite_parse((char *)wrapped.p, &back), TB_OK);
    assert_string_equal(back.account, "an");
    assert_string_equal(back.agency, "so-y-te");
    assert_int_equal(back.role, TB_ROLE_RESPONDER);
    assert_int_equal(back.n_addresses, 2);
    assert_string_equal(back.address[1], "[2001:db8::1]:443");
    assert_int_equal(back.roster_size, 41);
    assert_int_equal(back.expires_ms, w->invite.expires_ms);
    assert_memory_equal(back.secret, w->invite.secret, 16);
    assert_true(tb_hash_equal(&back.ticket_hash, &w->invite.ticket_hash));
    assert_true(tb_hash_equal(&back.tls_pin, &w->invite.tls_pin));
    assert_int_equal(tb_invite_derive(&back, &keys), TB_OK);
    assert_memory_equal(&keys, &w->keys, sizeof keys);
}

static void a_damaged_invite_is_refused_as_such(void **state)
{
    struct world *w = *state;
    TB_CLEANUP(tb_buf_wipe) struct tb_buf text = { 0 };
    struct tb_invite back;
    static const char *const other[] = { "", "trucban:1:", "trucban:2:AAAA", "https://example.vn/",
                                         "trucban:1:!!!!" };

    assert_int_equal(tb_invite_encode(&w->invite, &text), TB_OK);
    for (size_t i = 0; i + 1 < text.n; i++) {
        uint8_t c = text.p[i];
        text.p[i] = c == 'A' ? 'B' : 'A';
        assert_int_equal(tb_invite_parse((char *)text.p, &back), TB_E_TRUNCATED);
        text.p[i] = c;
    }
    for (size_t n = text.n - 1; n-- > 0;) {
        text.p[n] = 0; /* the end was not copied */
        assert_int_equal(tb_invite_parse((char *)text.p, &back), TB_E_TRUNCATED);
    }
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(tb_invite_parse(other[i], &back), TB_E_TRUNCATED);
}

static void a_ticket_of_another_invite_is_refused(void **state)
{
    struct world *w = *state;
    TB_CLEANUP(tb_buf_wipe) struct tb_buf text = { 0 };
    struct tb_invite back;

    w->invite.invite_id.b[0] ^= 1;
    assert_int_equal(tb_invite_encode(&w->invite, &text), TB_OK);
    assert_int_equal(tb_invite_parse((char *)text.p, &back), TB_E_RANGE);
}

static void an_invite_too_long_is_not_read(void **state)
{
    char *text = malloc(1000001);
    struct tb_invite back;

    (void)state;
    memset(text, 'A', 1000000);
    text[1000000] = 0;
    assert_int_equal(tb_invite_parse(text, &back), TB_E_TRUNCATED);
    free(text);
}

static void an_invite_names_hosts_and_ports(void **state)
{
    struct world *w = *state;
    static const char *const bad[] = {
        "",          "host",    "host:",         ":443",       "host:0",          "host:65536",
        "host:443x", "a b:443", "user@host:443", "host/x:443", "h\xc3\xb4st:443", "host:000443"
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        TB_CLEANUP(tb_buf_done) struct tb_buf text = { 0 };
        memcpy(w->invite.address[0], bad[i], strlen(bad[i]) + 1);
        assert_int_equal(tb_invite_encode(&w->invite, &text), TB_E_RANGE);
    }
}

static void a_secret_that_the_ticket_does_not_name_is_refused(void **state)
{
    struct world *w = *state;
    struct tb_invite_keys keys;
    uint8_t *const bound[] = { w->invite.secret, w->invite.invite_id.b, w->invite.roster_id.b,
                               w->invite.admit_pk };

    for (size_t i = 0; i < 4; i++) {
        bound[i][0] ^= 1;
        assert_int_equal(tb_invite_derive(&w->invite, &keys), TB_E_BADSIG);
        bound[i][0] ^= 1;
    }
    assert_int_equal(tb_invite_derive(&w->invite, &keys), TB_OK);
}

static void a_ticket_is_for_one_account_and_one_role(void **state)
{
    static const uint32_t bad[] = { 0, TB_ROLE_INVITE, TB_ROLE_BELL, 3, 0x200, UINT32_MAX };
    struct world *w = *state;
    TB_CLEANUP(tb_arena_done) struct tb_arena a;
    char name[] = "an", wrong[] = "An";
    Tb__Ticket t, *back;

    tb_arena_init(&a, TB_ARENA_ANON);
    tb__ticket__init(&t);
    t.invite_id = sample_bytes(1, 16);
    t.admit_pk = tb_field(w->keys.admit.pk, 32);
    t.account = t.agency = name;
    t.expires_ms = 1;
    for (size_t i = 0; i <= sizeof bad / sizeof bad[0]; i++) {
        t.role = i ? bad[i - 1] : TB_ROLE_REGISTRAR;
        TB_CLEANUP(tb_buf_done) struct tb_buf b = sample_pack(&t.base);
        assert_int_equal(tb_ticket_unpack(&a, tb_buf_view(&b), &back), i ? TB_E_RANGE : TB_OK);
    }
    t.role = TB_ROLE_AGENCY;
    t.account = wrong;
    TB_CLEANUP(tb_buf_done) struct tb_buf b = sample_pack(&t.base);
    assert_int_equal(tb_ticket_unpack(&a, tb_buf_view(&b), &back), TB_E_RANGE);
    t.account = name;
    t.admit_pk = sample_bytes(0, 32);
    TB_CLEANUP(tb_buf_done) struct tb_buf c = sample_pack(&t.base);
    assert_int_equal(tb_ticket_unpack(&a, tb_buf_view(&c), &back), TB_E_BADSIG);
}

/* ---- request */

static void the_registrar_reads_what_the_device_asked(void **state)
{
    struct world *w = *state;
    TB_CLEANUP(tb_request_done) struct tb_request seen = { 0 };
    struct tb_hash h;

    assert_int_equal(
        tb_request_open(&w->invite, &w->keys, tb_buf_view(&w->request_signed), &seen, &h), TB_OK);
    assert_string_equal(seen.account, "an");
    assert_string_equal(seen.device, "may-ban");
    assert_memory_equal(seen.sign_pk, w->request.sign_pk, 32);
    assert_memory_equal(seen.ident_pk, w->request.ident_pk, 33);
    assert_memory_equal(seen.box_pk, w->request.box_pk, 32);
    assert_memory_equal(seen.card_salt.b, w->request.card_salt.b, 32);
    assert_int_equal(seen.card.n, w->request.card.n);
    assert_true(tb_hash_equal(&seen.plain_hash, &w->request.plain_hash));
}

static void no_changed_byte_of_a_request_opens(void **state)
{
    struct world *w = *state;
    struct tb_request seen;
    struct tb_hash h;

    for (size_t i = 0; i < w->request_signed.n; i++) {
        w->request_signed.p[i] ^= 1;
        assert_int_not_equal(
            tb_request_open(&w->invite, &w->keys, tb_buf_view(&w->request_signed), &seen, &h),
            TB_OK);
        w->request_signed.p[i] ^= 1;
    }
}

static void a_request_of_a_foreign_invite_is_refused(void **state)
{
    struct world *w = *state;
    struct tb_invite other = w->invite;
    struct tb_invite_keys keys;
    struct tb_request seen;
    struct tb_hash h;

    other.secret[0] ^= 1; /* another invite: another admit key */
    tb_invite_keys_of(&other, &keys);
    assert_int_equal(tb_request_open(&other, &keys, tb_buf_view(&w->request_signed), &seen, &h),
                     TB_E_BADSIG);
    other = w->invite;
    other.roster_id.b[0] ^= 1;
    assert_int_equal(tb_request_open(&other, &w->keys, tb_buf_view(&w->request_signed), &seen, &h),
                     TB_E_BADSIG);
    other = w->invite;
    other.ticket_hash.b[0] ^= 1; /* a reworded ticket over the same key */
    assert_int_equal(tb_request_open(&other, &w->keys, tb_buf_view(&w->request_signed), &seen, &h),
                     TB_E_BADSIG);
    other = w->invite;
    other.invite_id.b[0] ^= 1;
    assert_int_equal(tb_request_open(&other, &w->keys, tb_buf_view(&w->request_signed), &seen, &h),
                     TB_E_BADSIG);
}

static void who_knows_only_the_admit_key_cannot_make_a_request(void **state)
{
    /* As the relay or a thief of the ticket's signature would try: right signer, wrong inner key. */
    struct world *w = *state;
    struct tb_sign_pair device = sample_pair(5);
    struct tb_invite_keys stolen = w->keys;
    TB_CLEANUP(tb_buf_done) struct tb_buf forged = { 0 };
    struct tb_request seen;
    struct tb_hash h;

    stolen.request = (struct tb_key){ { 1 } };
    assert_int_equal(tb_request_seal(&w->invite, &stolen, &device, &w->request, &forged), TB_OK);
    assert_int_equal(tb_request_open(&w->invite, &w->keys, tb_buf_view(&forged), &seen, &h),
                     TB_E_UNREADABLE);
}

static void a_key_that_its_holder_did_not_sign_for_is_refused(void **state)
{
    /* A thief of the invite asks for a credential over somebody else's device key. */
    struct world *w = *state;
    TB_CLEANUP(tb_arena_done) struct tb_arena a;
    TB_CLEANUP(tb_buf_wipe) struct tb_buf plain = { 0 };
    TB_CLEANUP(tb_buf_done) struct tb_buf bent = { 0 };
    TB_CLEANUP(tb_buf_done) struct tb_buf sealed = { 0 };
    TB_CLEANUP(tb_buf_done) struct tb_buf forged = { 0 };
    struct tb_view ticket = tb_view_of(w->invite.ticket_hash.b, 32), payload;
    struct tb_sign_pair victim = sample_pair(6);
    struct tb_request seen;
    Tb__RequestPlain *m;
    Tb__EnrolRequest *e;
    struct tb_hash h;

    tb_arena_init(&a, TB_ARENA_ANON);
    assert_int_equal(tb_signed_open(&a, TB_TYPE_REQUEST, &sample_province,
                                    tb_buf_view(&w->request_signed), w->keys.admit.pk, &payload),
                     TB_OK);
    assert_int_equal(tb_unpack(&a, &tb__enrol_request__descriptor, payload, &e), TB_OK);
    assert_int_equal(tb_aead_open(&w->keys.request, tb_field_view(&e->sealed), ticket, &plain),
                     TB_OK);
    assert_int_equal(tb_unpack(&a, &tb__request_plain__descriptor, tb_buf_view(&plain), &m), TB_OK);
    m->sign_pk = tb_field(victim.pk, 32);
    assert_int_equal(tb_pack(&m->base, &bent), TB_OK);
    assert_int_equal(tb_aead_seal(&w->keys.request, tb_buf_view(&bent), ticket, &sealed), TB_OK);
    e->sealed = tb_field(sealed.p, sealed.n);
    assert_int_equal(
        tb_signed_make(TB_TYPE_REQUEST, &sample_province, &e->base, &w->keys.admit, &forged),
        TB_OK);
    assert_int_equal(tb_request_open(&w->invite, &w->keys, tb_buf_view(&forged), &seen, &h),
                     TB_E_BADSIG);
}

static void a_request_with_a_wrong_part_is_not_even_made(void **state)
{
    struct world *w = *state;
    struct tb_sign_pair device = sample_pair(5), other = sample_pair(6);
    struct tb_request *q = &w->request;
    TB_CLEANUP(tb_buf_done) struct tb_buf out = { 0 };
    struct tb_request keep = *q;

    assert_int_equal(tb_request_seal(&w->invite, &w->keys, &other, q, &out), TB_E_BADSIG);
    memcpy(q->account, "binh", 5);
    assert_int_equal(tb_request_seal(&w->invite, &w->keys, &device, q, &out), TB_E_DENIED);
    *q = keep;
    memset(q->box_pk, 0, sizeof q->box_pk); /* small order */
    assert_int_equal(tb_request_seal(&w->invite, &w->keys, &device, q, &out), TB_E_BADSIG);
    *q = keep;
    memset(q->ident_pk + 1, 0, 32);
    assert_int_equal(tb_request_seal(&w->invite, &w->keys, &device, q, &out), TB_E_BADSIG);
    *q = keep;
    q->ident_pk[0] = 4;
    assert_int_equal(tb_request_seal(&w->invite, &w->keys, &device, q, &out), TB_E_RANGE);
    *q = keep;
    q->card.n--;
    assert_int_equal(tb_request_seal(&w->invite, &w->keys, &device, q, &out), TB_E_TRUNCATED);
    *q = keep;
    assert_int_equal(out.n, 0);
}

/* ---- approval */

static void approve(struct world *w, uint32_t epoch, struct tb_buf *ret)
{
    struct tb_sign_pair registrar = sample_pair(9);
    struct tb_approval p = { .epoch = epoch, .province_secret = { { 0xb1 } }, .roster_size = 42 };
    struct tb_approval_to to = {
        .roster_id = &w->invite.roster_id,
        .invite_id = &w->invite.invite_id,
        .keys = &w->keys,
        .box_pk = w->request.box_pk,
        .request_hash = &w->request_hash,
    };

    tb_put(&p.credential, "credential", 10);
    assert_int_equal(tb_approval_seal(&to, &p, &registrar, ret), TB_OK);
    tb_approval_done(&p);
}

static tb_result open_approval(struct world *w, const struct tb_key *box_sk,
                               const struct tb_buf *data, struct tb_approval *ret,
                               uint8_t by[static 32])
{
    struct tb_approval_in in = {
        .roster_id = &w->invite.roster_id,
        .keys = &w->keys,
        .box_sk = box_sk->b,
        .box_pk = w->request.box_pk,
        .request_hash = &w->request_hash,
    };

    return tb_approval_open(&in, tb_buf_view(data), ret, by);
}

static void the_device_opens_its_approval(void **state)
{
    struct world *w = *state;
    TB_CLEANUP(tb_buf_done) struct tb_buf data = { 0 };
    TB_CLEANUP(tb_approval_done) struct tb_approval p = { 0 };
    struct tb_key box_sk = sample_box_sk();
    uint8_t by[32];

    approve(w, 1, &data);
    assert_int_equal(open_approval(w, &box_sk, &data, &p, by), TB_OK);
    assert_int_equal(p.epoch, 1);
    assert_int_equal(p.province_secret.b[0], 0xb1);
    assert_int_equal(p.roster_size, 42);
    assert_int_equal(p.credential.n, 10);
    assert_memory_equal(p.credential.p, "credential", 10);
    assert_memory_equal(by, sample_pair(9).pk, 32);
}

static void a_guest_is_approved_without_the_secret(void **state)
{
    struct world *w = *state;
    TB_CLEANUP(tb_buf_done) struct tb_buf data = { 0 };
    TB_CLEANUP(tb_approval_done) struct tb_approval p = { 0 };
    struct tb_key box_sk = sample_box_sk();
    uint8_t by[32];

    approve(w, TB_EPOCH_GUEST, &data);
    assert_int_equal(open_approval(w, &box_sk, &data, &p, by), TB_OK);
    assert_memory_equal(p.province_secret.b, (struct tb_key){ 0 }.b, 32);
}

static void nobody_else_opens_an_approval(void **state)
{
    struct world *w = *state;
    TB_CLEANUP(tb_buf_done) struct tb_buf data = { 0 };
    struct tb_approval p;
    struct tb_key box_sk = sample_box_sk(), other = { { 0xa9 } };
    uint8_t by[32];

    approve(w, 1, &data);
    assert_int_equal(open_approval(w, &other, &data, &p, by),
                     TB_E_UNREADABLE); /* has the invite, not the device */
    w->keys.approve.b[0] ^= 1;         /* has the device, not the invite */
    assert_int_equal(open_approval(w, &box_sk, &data, &p, by), TB_E_UNREADABLE);
    w->keys.approve.b[0] ^= 1;
    w->request_hash.b[0] ^= 1; /* answers another request */
    assert_int_equal(open_approval(w, &box_sk, &data, &p, by), TB_E_BADSIG);
    w->request_hash.b[0] ^= 1;
    w->invite.roster_id.b[0] ^= 1;
    assert_int_equal(open_approval(w, &box_sk, &data, &p, by), TB_E_BADSIG);
    w->invite.roster_id.b[0] ^= 1;
    for (size_t i = 0; i < data.n; i++) {
        data.p[i] ^= 1;
        assert_int_not_equal(open_approval(w, &box_sk, &data, &p, by), TB_OK);
        data.p[i] ^= 1;
    }
}

/* ---- words */

static void both_sides_read_the_same_words_and_any_change_gives_others(void **state)
{
    struct world *w = *state;
    struct tb_invite i = w->invite;
    struct tb_hash h = w->request.plain_hash;
    char mine[160], theirs[160];
    /* Root, relay pin, ticket (account, agency, role, admit key), request (device keys, card). */
    uint8_t *const bound[] = { i.roster_id.b, i.tls_pin.b, i.ticket_hash.b, i.invite_id.b, h.b };

    assert_int_equal(tb_enrol_words(&w->invite, &h, mine), TB_OK);
    assert_int_equal(tb_enrol_words(&i, &h, theirs), TB_OK);
    assert_string_equal(mine, theirs);
    assert_true(tb_words_equal(mine, theirs));
    for (size_t k = 0; k < 5; k++) {
        bound[k][31 % (k == 3 ? 16 : 32)] ^= 1;
        assert_int_equal(tb_enrol_words(&i, &h, theirs), TB_OK);
        assert_false(tb_words_equal(mine, theirs));
        bound[k][31 % (k == 3 ? 16 : 32)] ^= 1;
    }
}

/* hash(REQUEST, plain) after a change of the request; the ticket hash after one of the ticket. */
static void every_key_and_name_reaches_the_words(void **state)
{
    struct world *w = *state;
    struct tb_sign_pair device = sample_pair(5), second = sample_pair(6);
    struct tb_hash before = w->request.plain_hash, role = w->invite.ticket_hash;
    struct tb_request keep = w->request;
    uint8_t point[32];

    (void)crypto_scalarmult_base(point, (const uint8_t[32]){ 0xcc });
    for (int change = 0; change < 5; change++) {
        TB_CLEANUP(tb_buf_done) struct tb_buf out = { 0 };
        struct tb_request *q = &w->request;
        if (change == 0)
            memcpy(q->sign_pk, second.pk, 32);
        if (change == 1)
            memcpy(q->ident_pk + 1, point, 32);
        if (change == 2)
            memcpy(q->box_pk, point, 32);
        if (change == 3)
            q->card_salt.b[0] ^= 1;
        if (change == 4)
            q->device[0] = 'n';
        assert_int_equal(tb_request_seal(&w->invite, &w->keys, change ? &device : &second, q, &out),
                         TB_OK);
        assert_false(tb_hash_equal(&q->plain_hash, &before));
        w->request = keep;
    }
    Tb__Ticket t;
    tb__ticket__init(&t);
    t.invite_id = tb_field(w->invite.invite_id.b, 16);
    t.admit_pk = tb_field(w->invite.admit_pk, 32);
    t.account = w->invite.account;
    t.agency = w->invite.agency;
    t.role = TB_ROLE_COORDINATOR; /* was responder */
    t.expires_ms = w->invite.expires_ms;
    TB_CLEANUP(tb_buf_done) struct tb_buf b = sample_pack(&t.base);
    struct tb_hash other = tb_ticket_hash(tb_buf_view(&b));
    assert_false(tb_hash_equal(&role, &other));
}

static void words_compare_as_people_type_them(void **state)
{
    static const char *const same[] = {
        "mèo xanh · ngựa đỏ",
        "MÈO XANH · NGỰA ĐỎ",
        "meo xanh ngua do",
        "meoxanhnguado",
        " Mèo-xanh,\tngựa; đỏ.\n",
        "me\xcc\x80o xanh ngu\xcc\x9b\xcc\xa3"
        "a d\xcc\x89o",
        "mèo xanh · NGỰA DO",
        "1. mèo xanh 2. ngựa đỏ",
    };
    static const char *const other[] = {
        "",
        "mèo xanh",
        "mèo xanh · ngựa đỏ đỏ",
        "mèo xanh · ngựa đó x",
        "mèo xanh · ngựa den",
        "ngựa đỏ · mèo xanh",
        "mèo xanh · ngựa đ\xff",
        "mèo xanh · ngựa đỏ\xff",
        "mеo xanh · ngựa đỏ" /* a Cyrillic letter */,
    };

    (void)state;
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++)
        assert_true(tb_words_equal(same[0], same[i]) && tb_words_equal(same[i], same[0]));
    for (size_t i = 0; i < sizeof other / sizeof other[0]; i++)
        assert_false(tb_words_equal(same[0], other[i]) || tb_words_equal(other[i], same[0]));
    assert_false(tb_words_equal("", ""));
    assert_false(tb_words_equal("·", " - "));
}

/* Is `a` as typed without marks the beginning of `b`, or the same? */
static bool begins(const char *a, const char *b)
{
    char typed[64];

    for (size_t n = 1; n <= strlen(b); n++) {
        memcpy(typed, b, n);
        typed[n] = 0;
        if (tb_words_equal(a, typed))
            return true;
    }
    return false;
}

static void the_2048_words_are_distinct_without_marks_and_spaces(void **state)
{
    (void)state;
    for (size_t i = 0; i < TB_WORDS; i += 32)
        for (size_t j = 0; j < TB_WORDS; j += 32)
            if (i != j && begins(tb_word_noun(i), tb_word_noun(j)))
                fail_msg("%s begins %s", tb_word_noun(i), tb_word_noun(j));
    for (size_t i = 0; i < 32; i++)
        for (size_t j = 0; j < 32; j++)
            if (i != j && begins(tb_word_adjective(i), tb_word_adjective(j)))
                fail_msg("%s begins %s", tb_word_adjective(i), tb_word_adjective(j));
}

static void six_words_of_66_bits_fit_their_line(void **state)
{
    uint8_t bits[TB_WORDS_BYTES] = { 0 };
    char line[160];

    (void)state;
    tb_words_print(bits, line);
    assert_string_equal(line, "mèo xanh · mèo xanh · mèo xanh · mèo xanh · mèo xanh · mèo xanh");
    bits[1] = 0x20; /* bit 10: the last of the first word */
    bits[8] = 0x40; /* bit 65: the last of all */
    tb_words_print(bits, line);
    assert_string_equal(line, "mèo đỏ · mèo xanh · mèo xanh · mèo xanh · mèo xanh · mèo đỏ");
    for (size_t i = 0; i < TB_WORDS; i++) {
        size_t n = strlen(tb_word_noun(i)) + 1 + strlen(tb_word_adjective(i));
        assert_true(6 * n + 5 * 4 < sizeof line);
    }
}

#define WORLD(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WORLD(an_invite_reads_as_it_was_written),
        WORLD(a_damaged_invite_is_refused_as_such),
        WORLD(a_ticket_of_another_invite_is_refused),
        cmocka_unit_test(an_invite_too_long_is_not_read),
        WORLD(an_invite_names_hosts_and_ports),
        WORLD(a_secret_that_the_ticket_does_not_name_is_refused),
        WORLD(a_ticket_is_for_one_account_and_one_role),
        WORLD(the_registrar_reads_what_the_device_asked),
        WORLD(no_changed_byte_of_a_request_opens),
        WORLD(a_request_of_a_foreign_invite_is_refused),
        WORLD(who_knows_only_the_admit_key_cannot_make_a_request),
        WORLD(a_key_that_its_holder_did_not_sign_for_is_refused),
        WORLD(a_request_with_a_wrong_part_is_not_even_made),
        WORLD(the_device_opens_its_approval),
        WORLD(a_guest_is_approved_without_the_secret),
        WORLD(nobody_else_opens_an_approval),
        WORLD(both_sides_read_the_same_words_and_any_change_gives_others),
        WORLD(every_key_and_name_reaches_the_words),
        cmocka_unit_test(words_compare_as_people_type_them),
        cmocka_unit_test(the_2048_words_are_distinct_without_marks_and_spaces),
        cmocka_unit_test(six_words_of_66_bits_fit_their_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
