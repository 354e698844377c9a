/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_server_mailbox.c - streams of envelopes, sessions, prekeys: what a device has besides pages. */
#include "support_server_world.h"

static struct world w;

static int setup(void **state)
{
    (void)state;
    world_open(&w);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    world_close(&w);
    return 0;
}

/* ---- the stream */

static void at_most_a_window_is_sent_before_an_acknowledgement(void **state)
{
    (void)state;
    struct client *sender = world_login(&w, "so-y-te"), *chi = world_login(&w, "chi");
    for (int i = 0; i < 60;
         i++) { /* three envelopes and more for chi each: the page, and skipped tiers */
        struct wpage p = world_page(sender, "truc-dem", 2);
        assert_int_equal(world_submit(sender, &p), TB_OK);
    }
    for (int i = 0; i < 60; i++) {
        struct wpage p = world_page(sender, "truc-dem", 2);
        assert_int_equal(world_submit(sender, &p), TB_OK);
    }
    assert_int_equal(chi->n_env, PUSH_WINDOW);
    for (size_t i = 0; i < chi->n_env; i++)
        assert_int_equal(chi->env[i]->seq, i + 1);
    assert_int_equal(world_ack(chi, 300), TB_E_RANGE); /* was never sent */
    assert_int_equal(world_ack(chi, 100), TB_OK);
    assert_int_equal(chi->n_env, PUSH_WINDOW + 100);
    assert_int_equal(world_ack(chi, 100), TB_OK); /* again: nothing new */
    assert_int_equal(chi->n_env, PUSH_WINDOW + 100);
    assert_int_equal(world_ack(chi, 356), TB_OK);
    assert_int_equal(chi->n_env, 480);
}

static void large_envelopes_wait_for_their_turn(void **state)
{
    (void)state;
    w.text_bytes = 32000; /* 64 KiB each */
    struct client *sender = world_login(&w, "so-y-te"), *an = world_login(&w, "an");
    for (int i = 0; i < 30; i++) {
        struct wpage p = world_page(sender, "truc-dem", 2);
        assert_int_equal(world_submit(sender, &p), TB_OK);
    }
    size_t first = world_count(an, TB_ENV_CAPSULE);
    assert_true(first >= 10 && first < 20); /* about a mebibyte */
    while (an->n_env && world_count(an, TB_ENV_CAPSULE) < 30) {
        size_t before = an->n_env;
        assert_int_equal(world_ack(an, an->env[an->n_env - 1]->seq), TB_OK);
        assert_true(an->n_env > before);
    }
}

static void a_log_in_goes_on_after_its_cursor(void **state)
{
    (void)state;
    struct client *sender = world_login(&w, "so-y-te"), *an = world_login(&w, "an");
    for (int i = 0; i < 3; i++) {
        struct wpage p = world_page(sender, "truc-dem", 2);
        assert_int_equal(world_submit(sender, &p), TB_OK);
    }
    uint64_t newest = an->env[an->n_env - 1]->seq;
    struct client *again = world_connect(&w);
    assert_int_equal(world_hello(again), TB_OK);
    assert_int_equal(world_auth(again, an->d, 1, newest - 2, NULL), TB_OK);
    assert_int_equal(again->n_env, 2);
    assert_int_equal(again->env[0]->seq, newest - 1);
    /* another era: the cursor means nothing, all that is queued comes */
    again = world_connect(&w);
    assert_int_equal(world_hello(again), TB_OK);
    assert_int_equal(world_auth(again, an->d, 77, newest, NULL), TB_OK);
    assert_int_equal(again->n_env, 2);
    /* nor does one that is ahead of all that was ever given; nothing is taken for acknowledged */
    again = world_connect(&w);
    assert_int_equal(world_hello(again), TB_OK);
    assert_int_equal(world_auth(again, an->d, 1, newest + 1000000, NULL), TB_OK);
    assert_int_equal(again->n_env, 2);
    again = world_connect(&w);
    assert_int_equal(world_hello(again), TB_OK);
    assert_int_equal(world_auth(again, an->d, 77, newest, NULL), TB_OK);
    Tb__Ack m;
    tb__ack__init(&m);
    m.era = 77;
    m.seq = newest;
    assert_int_equal(world_ask(again, TB_OP_ACK, &m.base), TB_E_STALE);
}

/* The state was copied back, and new envelopes took the numbers that the device had seen: none may be lost. */
static void a_cursor_that_new_numbers_caught_up_with_loses_nothing(void **state)
{
    (void)state;
    struct client *sender = world_login(&w, "so-y-te");
    struct wpage p = world_page(sender, "truc-dem", 2);
    assert_int_equal(world_submit(sender, &p), TB_OK);
    struct client *an = world_connect(&w);
    assert_int_equal(world_hello(an), TB_OK);
    assert_int_equal(world_auth(an, province_find(&w.p, "an"), 1, 2, NULL), TB_OK);
    Tb__AuthReply *m = NULL;
    assert_int_equal(
        tb_unpack(&an->arena, &tb__auth_reply__descriptor, tb_field_view(&an->reply->body), &m),
        TB_OK);
    assert_int_equal(m->newest, 0); /* never was it sent anything by this relay */
    assert_true(an->n_env > 2);
    assert_int_equal(an->env[0]->seq, 1);
    uint64_t newest = an->env[an->n_env - 1]->seq;
    an = world_connect(&w); /* now it was, and may say so */
    assert_int_equal(world_hello(an), TB_OK);
    assert_int_equal(world_auth(an, province_find(&w.p, "an"), 1, newest, NULL), TB_OK);
    assert_int_equal(an->n_env, 0);
}

static void acknowledgements_alone_wait_for_a_commit(void **state)
{
    (void)state;
    struct client *sender = world_login(&w, "so-y-te"), *an = world_login(&w, "an");
    struct wpage p = world_page(sender, "truc-dem", 2);
    uint64_t queued = 0;
    assert_int_equal(world_submit(sender, &p), TB_OK);
    assert_int_equal(world_ack(an, an->n_env), TB_OK);
    assert_int_equal(store_mail_queued(w.relay->store, &an->d->cred, 0, &queued), TB_OK);
    assert_int_equal(queued, an->n_env);
    assert_true(relay_due_ms(w.relay) <= w.now + ACK_LINGER_MS);
    world_pass(&w, ACK_LINGER_MS);
    assert_int_equal(store_mail_queued(w.relay->store, &an->d->cred, 0, &queued), TB_OK);
    assert_int_equal(queued, 0);
}

/* ---- resets */

static tb_result reset(struct client *from, struct client *to, uint64_t number)
{
    Tb__Reset m;
    Tb__ResetPut put;

    tb__reset__init(&m);
    m.from_cred = tb_field(from->d->cred.b, 32);
    m.to_cred = tb_field(to->d->cred.b, 32);
    m.number = number;
    m.time_ms = 1764000000000LL;
    TB_CLEANUP(tb_buf_done) struct tb_buf packed = world_sign(from, TB_TYPE_RESET, &m.base);
    tb__reset_put__init(&put);
    put.reset_signed = tb_field(packed.p, packed.n);
    return world_ask(from, TB_OP_RESET, &put.base);
}

static void resets_are_delivered_once_and_once_a_minute(void **state)
{
    (void)state;
    struct client *an = world_login(&w, "an"), *binh = world_login(&w, "binh");
    assert_int_equal(reset(an, binh, 1), TB_OK);
    assert_int_equal(reset(an, binh, 1), TB_OK); /* the same */
    assert_int_equal(world_count(binh, TB_ENV_RESET), 1);
    assert_int_equal(reset(an, binh, 2), TB_E_LIMIT);
    assert_int_equal(reset(binh, an, 1), TB_OK); /* another pair */
    world_pass(&w, 60000);
    assert_int_equal(reset(an, binh, 1), TB_OK); /* still the same */
    assert_int_equal(reset(an, binh, 2), TB_OK);
    world_pass(&w, 60000);
    assert_int_equal(reset(an, binh, 1), TB_E_STALE);
    assert_int_equal(world_count(binh, TB_ENV_RESET), 2);
}

/* ---- notes */

static tb_result note(struct client *from, struct client *to)
{
    uint8_t sealed[1200] = { 7 };
    Tb__WireCapsule c;
    Tb__NotePut put;

    tb__wire_capsule__init(&c);
    tb__note_put__init(&put);
    c.to_cred = tb_field(to->d->cred.b, 32);
    c.type = 2;
    c.data = tb_field(sealed, sizeof sealed);
    put.capsule = &c;
    return world_ask(from, TB_OP_NOTE_PUT, &put.base);
}

/* The device confirms the roster from now on, and may be sent notes. */
static void let_confirm(char *holder)
{
    Tb__FreshnessKey m = province_freshness_key(&w.p, 0);
    m.holder = holder;
    struct province_entry e =
        province_entry_of(TB_ENTRY_FRESHNESS_KEY, w.p.witness[0].pk, TB_KEY_BYTES, &m.base);
    province_by_root(&w.p, &e);
    province_put(&w.p, &e);
    world_sync(&w);
}

static void notes_reach_only_those_who_confirm_the_roster_and_do_not_pile_up(void **state)
{
    char holder[] = "an/dien-thoai";
    Tb__NotePut empty;

    (void)state;
    struct client *an = world_login(&w, "an"), *binh = world_login(&w, "binh");
    assert_int_equal(note(binh, an), TB_E_DENIED);
    let_confirm(holder);
    assert_int_equal(note(binh, an), TB_OK);
    assert_int_equal(world_count(an, TB_ENV_NOTE), 1);
    assert_memory_equal(world_env(an, TB_ENV_NOTE, 0)->from_cred.data, binh->d->cred.b, 32);
    assert_int_equal(note(an, binh), TB_E_DENIED);
    tb__note_put__init(&empty);
    assert_int_equal(world_ask(binh, TB_OP_NOTE_PUT, &empty.base), TB_E_RANGE);
    for (unsigned i = 1; i < TB_MAILBOX_PAIR_MAX; i++)
        assert_int_equal(note(binh, an), TB_OK);
    assert_int_equal(note(binh, an), TB_E_LIMIT);
    assert_int_equal(
        world_ack(an, world_env(an, TB_ENV_NOTE, world_count(an, TB_ENV_NOTE) - 1)->seq), TB_OK);
    world_pass(&w, 2500); /* removals wait for a commit */
    assert_int_equal(note(binh, an), TB_OK);
}

/* Two keep 300 each waiting for one who reads along: what he has read no longer counts against them. */
static void who_reads_along_is_never_taken_for_full(void **state)
{
    char holder[] = "an/dien-thoai";

    (void)state;
    struct client *an = world_login(&w, "an"), *binh = world_login(&w, "binh"),
                  *chi = world_login(&w, "chi");
    let_confirm(holder);
    for (unsigned i = 0; i < TB_MAILBOX_PAIR_MAX * 3 / 2; i++) {
        assert_int_equal(note(binh, an), TB_OK);
        assert_int_equal(note(chi, an), TB_OK);
        if (i >= TB_MAILBOX_PAIR_MAX * 3 / 5)
            assert_int_equal(world_ack(an, world_env(an, TB_ENV_NOTE, 0)->seq +
                                               2 * (i - TB_MAILBOX_PAIR_MAX * 3 / 5)),
                             TB_OK);
    }
}

/* What it read before it hung up it says at its next log-in; then nothing of it is held against the sender. */
static void who_comes_back_having_read_all_is_not_full(void **state)
{
    char holder[] = "an/dien-thoai";

    (void)state;
    struct client *an = world_login(&w, "an"), *binh = world_login(&w, "binh"),
                  *chi = world_login(&w, "chi");
    struct province_device *d = an->d;
    let_confirm(holder);
    world_hang_up(an);
    for (unsigned i = 0; i < TB_MAILBOX_PAIR_MAX; i++) {
        assert_int_equal(note(binh, an), TB_OK);
        assert_int_equal(note(chi, an), TB_OK);
    }
    assert_int_equal(note(binh, an), TB_E_LIMIT);
    w.now++;
    an = world_connect(&w);
    assert_int_equal(world_hello(an), TB_OK);
    assert_int_equal(world_auth(an, d, 0, 0, NULL), TB_OK);
    assert_int_equal(note(binh, an), TB_E_LIMIT);
    uint64_t newest = an->env[an->n_env - 1]->seq,
             era = an->era; /* it reads this, and does not say so */
    world_hang_up(an);
    w.now++;
    an = world_connect(&w);
    assert_int_equal(world_hello(an), TB_OK);
    assert_int_equal(world_auth(an, d, era, newest, NULL), TB_OK);
    assert_int_equal(note(binh, an), TB_OK);
}

/* ---- prekeys */

static uint8_t prekey_bytes[TB_PREKEY_BATCH + 1][33];

static void fill_key(Tb__PrekeyKey *k, uint32_t id, uint8_t at[static 33])
{
    struct tb_key sk = tb_key_random();

    at[0] = 5;
    assert_int_equal(crypto_scalarmult_base(at + 1, sk.b), 0);
    tb__prekey_key__init(k);
    k->id = id;
    k->key = tb_field(at, 33);
}

static struct tb_buf batch_of(struct client *c, const struct province_device *of, uint32_t first,
                              size_t n)
{
    static uint8_t sig[64];
    Tb__PrekeyKey signed_key, key[TB_PREKEY_BATCH];
    Tb__PrekeyKey *list[TB_PREKEY_BATCH];
    Tb__Prekeys m;

    tb__prekeys__init(&m);
    m.cred = tb_field(of->cred.b, 32);
    m.registration_id = 7;
    fill_key(&signed_key, 1, prekey_bytes[TB_PREKEY_BATCH]);
    m.signed_key = &signed_key;
    m.signed_sig = tb_field(sig, sizeof sig);
    m.time_ms = c->w->now;
    for (size_t i = 0; i < n; i++) {
        fill_key(&key[i], first + (uint32_t)i, prekey_bytes[i]);
        list[i] = &key[i];
    }
    m.n_one_time = n;
    m.one_time = list;
    return world_sign(c, TB_TYPE_PREKEYS, &m.base);
}

static struct tb_buf batch(struct client *c, uint32_t first, size_t n)
{
    return batch_of(c, c->d, first, n);
}

static tb_result put_batch(struct client *c, const struct tb_buf *packed)
{
    Tb__PrekeysPut put;

    tb__prekeys_put__init(&put);
    put.prekeys_signed = tb_field(packed->p, packed->n);
    return world_ask(c, TB_OP_PREKEYS_PUT, &put.base);
}

static Tb__PrekeyBundle *get_bundle(struct client *c, const struct province_device *of)
{
    ProtobufCBinaryData cred = tb_field(of->cred.b, 32);
    Tb__PrekeysGet m;
    Tb__PrekeysReply *reply;

    tb__prekeys_get__init(&m);
    m.n_cred = 1;
    m.cred = &cred;
    assert_int_equal(world_ask(c, TB_OP_PREKEYS_GET, &m.base), TB_OK);
    assert_int_equal(tb_unpack(&c->arena, &tb__prekeys_reply__descriptor,
                               tb_field_view(&c->reply->body), &reply),
                     TB_OK);
    assert_int_equal(reply->n_bundle, 1);
    return reply->bundle[0];
}

static void each_one_time_key_goes_out_once_and_the_owner_hears_when_few_are_left(void **state)
{
    bool seen[64] = { false };

    (void)state;
    struct client *an = world_login(&w, "an"), *binh = world_login(&w, "binh");
    TB_CLEANUP(tb_buf_done) struct tb_buf keys = batch(an, 10, 12);
    assert_int_equal(put_batch(an, &keys), TB_OK);
    for (int i = 0; i < 12; i++) {
        const Tb__PrekeyBundle *b = get_bundle(binh, an->d);
        assert_true(b->one_time_id >= 10 && b->one_time_id < 22 && !seen[b->one_time_id]);
        seen[b->one_time_id] = true;
        assert_int_equal(b->prekeys_signed.len, keys.n);
        if (i == 6) {
            assert_int_equal(put_batch(an, &keys), TB_OK); /* the same again brings none back */
            w.now += HOUR_MS;                              /* his share of her keys */
        }
    }
    const Tb__PrekeyBundle *b = get_bundle(binh, an->d);
    assert_int_equal(b->one_time_id, 0); /* none left, the bundle still goes out */
    assert_int_equal(b->prekeys_signed.len, keys.n);
    assert_true(an->notices >= 10);
    assert_int_equal(an->notice->prekeys_left, 0);
    assert_int_equal(get_bundle(an, binh->d)->prekeys_signed.len, 0); /* put none yet */
}

static void spent_keys_stay_spent_after_a_kill(void **state)
{
    (void)state;
    struct client *an = world_login(&w, "an"), *binh = world_login(&w, "binh");
    TB_CLEANUP(tb_buf_done) struct tb_buf keys = batch(an, 10, 2);
    assert_int_equal(put_batch(an, &keys), TB_OK);
    uint32_t first = get_bundle(binh, an->d)->one_time_id;
    world_crash(&w);
    binh = world_login(&w, "binh");
    assert_int_not_equal(get_bundle(binh, province_find(&w.p, "an"))->one_time_id, first);
}

static void who_asks_too_often_gets_bundles_without_one_time_keys(void **state)
{
    (void)state;
    struct client *an = world_login(&w, "an"), *binh = world_login(&w, "binh"),
                  *chi = world_login(&w, "chi");
    TB_CLEANUP(tb_buf_done) struct tb_buf few = batch(chi, 10, 3);
    assert_int_equal(put_batch(chi, &few), TB_OK);
    for (int i = 0; i < TB_PREKEY_FETCH_PER_HOUR; i++)
        (void)get_bundle(binh, chi->d);
    TB_CLEANUP(tb_buf_done) struct tb_buf keys = batch(an, 10, 5);
    assert_int_equal(put_batch(an, &keys), TB_OK);
    assert_int_equal(get_bundle(binh, an->d)->one_time_id, 0);
    assert_int_equal(get_bundle(binh, an->d)->prekeys_signed.len, keys.n);
    assert_int_not_equal(get_bundle(chi, an->d)->one_time_id, 0); /* others are not affected */
    w.now += HOUR_MS;
    assert_int_not_equal(get_bundle(binh, an->d)->one_time_id, 0);
}

/* A05: an insider who takes whatever he can get, also by logging in again. */
static void one_member_takes_no_more_than_a_share_of_a_devices_keys(void **state)
{
    unsigned got = 0;

    (void)state;
    struct client *an = world_login(&w, "an"), *binh = world_login(&w, "binh"),
                  *chi = world_login(&w, "chi");
    TB_CLEANUP(tb_buf_done) struct tb_buf keys = batch(an, 10, TB_PREKEY_BATCH);
    assert_int_equal(put_batch(an, &keys), TB_OK);
    for (int i = 0; i < 4 * TB_PREKEY_BATCH; i++) {
        if (i == 2 * TB_PREKEY_BATCH)
            binh = world_login(&w, "binh");
        got += get_bundle(binh, an->d)->one_time_id != 0;
    }
    assert_int_equal(got, TB_PREKEY_SAME_PER_HOUR);
    assert_int_equal(an->notices, 0); /* she has not even few left */
    assert_int_not_equal(get_bundle(chi, an->d)->one_time_id, 0);
    w.now += HOUR_MS;
    assert_int_not_equal(get_bundle(binh, an->d)->one_time_id, 0);
}

static void prekeys_of_another_device_are_refused(void **state)
{
    (void)state;
    struct client *an = world_login(&w, "an"), *binh = world_login(&w, "binh");
    TB_CLEANUP(tb_buf_done) struct tb_buf keys = batch(an, 10, 2);
    assert_int_equal(put_batch(binh, &keys), TB_E_BADSIG);
    TB_CLEANUP(tb_buf_done) struct tb_buf forged = batch_of(binh, an->d, 10, 2);
    assert_int_equal(put_batch(binh, &forged), TB_E_BADSIG); /* his signature, her name */
}

#define WITH_WORLD(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(at_most_a_window_is_sent_before_an_acknowledgement),
        WITH_WORLD(large_envelopes_wait_for_their_turn),
        WITH_WORLD(a_log_in_goes_on_after_its_cursor),
        WITH_WORLD(a_cursor_that_new_numbers_caught_up_with_loses_nothing),
        WITH_WORLD(acknowledgements_alone_wait_for_a_commit),
        WITH_WORLD(resets_are_delivered_once_and_once_a_minute),
        WITH_WORLD(notes_reach_only_those_who_confirm_the_roster_and_do_not_pile_up),
        WITH_WORLD(who_reads_along_is_never_taken_for_full),
        WITH_WORLD(who_comes_back_having_read_all_is_not_full),
        WITH_WORLD(each_one_time_key_goes_out_once_and_the_owner_hears_when_few_are_left),
        WITH_WORLD(spent_keys_stay_spent_after_a_kill),
        WITH_WORLD(who_asks_too_often_gets_bundles_without_one_time_keys),
        WITH_WORLD(one_member_takes_no_more_than_a_share_of_a_devices_keys),
        WITH_WORLD(prekeys_of_another_device_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
