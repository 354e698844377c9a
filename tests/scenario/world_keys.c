/* SPDX-License-Identifier: GPL-3.0-or-later */
/* world_keys.c - see world_keys.h. */
#include "world_keys.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tb_cmocka.h"

enum { PATH = 512 };

static char folder[] = "/tmp/trucban-keys-XXXXXX";
static char program[PATH];

static void write_file(const char *path, const void *p, size_t n)
{
    FILE *f = fopen(path, "wb");

    assert_non_null(f);
    assert_int_equal(fwrite(p, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

void keys_open(void)
{
    const char *bin = getenv("TRUCBAN_BIN");

    assert_non_null(bin);
    assert_int_equal(setenv("LANGUAGE", "en", 1), 0);
    (void)snprintf(program, sizeof program, "%s/trucban-keys", bin);
    (void)snprintf(folder, sizeof folder, "/tmp/trucban-keys-XXXXXX");
    assert_non_null(mkdtemp(folder));
    assert_int_equal(chdir(folder), 0);
    write_file("pass", "correct horse battery\n", 22);
    assert_int_equal(chmod("pass", 0600), 0);
}

void keys_close(void)
{
    char rm[] = "/bin/rm", all[] = "-rf";
    char *const argv[] = { rm, all, folder, NULL };

    assert_int_equal(chdir("/"), 0);
    if (getenv("TRUCBAN_KEEP") == NULL) {
        struct run r = proc_run(argv, NULL, 20);
        run_done(&r);
    }
}

static struct run start(const char *command, va_list more)
{
    char *argv[PROC_ARGS_MAX] = { program };
    size_t n = 1;

    for (const char *word = command; word != NULL; word = va_arg(more, const char *)) {
        assert_true(n + 1 < PROC_ARGS_MAX);
        memcpy(&argv[n++], &word, sizeof word);
    }
    return proc_run(argv, NULL, 60);
}

static char *assert_done(struct run *r, const char *command)
{
    char *out = r->out;

    if (r->code != 0)
        print_error("trucban-keys %s: exit %d: %s\n", command, r->code, r->err);
    assert_int_equal(r->code, 0);
    r->out = NULL;
    run_done(r);
    return out;
}

char *keys_do(const char *command, ...)
{
    va_list more;

    va_start(more, command);
    struct run r = start(command, more);
    va_end(more);
    return assert_done(&r, command);
}

char *keys_do_err(const char *command, ...)
{
    va_list more;

    va_start(more, command);
    struct run r = start(command, more);
    va_end(more);
    char *err = strdup(r.err);
    assert_non_null(err);
    free(assert_done(&r, command));
    return err;
}

void keys_run(const char *command, ...)
{
    va_list more;

    va_start(more, command);
    struct run r = start(command, more);
    va_end(more);
    free(assert_done(&r, command));
}

void keys_refuse(int code, const char *text, const char *command, ...)
{
    va_list more;

    va_start(more, command);
    struct run r = start(command, more);
    va_end(more);
    if (r.code != code || strstr(r.err, text) == NULL)
        print_error("trucban-keys %s: exit %d, not %d with '%s': %s\n", command, r.code, code, text,
                    r.err);
    assert_int_equal(r.code, code);
    assert_non_null(strstr(r.err, text));
    run_done(&r);
}

bool keys_said(char *output, const char *text)
{
    bool said = strstr(output, text) != NULL;

    if (!said)
        print_error("no '%s' in: %s\n", text, output);
    free(output);
    return said;
}

bool keys_file_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

/* ---- parcels */

static void read_file(const char *path, struct tb_buf *ret)
{
    FILE *f = fopen(path, "rb");
    uint8_t chunk[4096];
    size_t n;

    assert_non_null(f);
    while ((n = fread(chunk, 1, sizeof chunk, f)) > 0)
        tb_put(ret, chunk, n);
    assert_int_equal(fclose(f), 0);
    assert_int_equal(tb_buf_check(ret), TB_OK);
}

void keys_write_parcel(const char *path, const Tb__Parcel *p)
{
    struct tb_buf b = { 0 };

    assert_int_equal(tb_parcel_encode(p, &b), TB_OK);
    write_file(path, b.p, b.n);
    tb_buf_done(&b);
}

Tb__Parcel *keys_parcel(struct tb_arena *a, const char *path)
{
    struct tb_buf b = { 0 };
    Tb__Parcel *p = NULL;

    read_file(path, &b);
    assert_int_equal(tb_parcel_decode(a, tb_buf_view(&b), &p), TB_OK);
    tb_buf_done(&b);
    return p;
}

struct tb_roster *keys_roster(const char *path)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a;
    struct tb_roster *r = NULL;
    struct tb_why why = { "" };

    tb_arena_init(&a, TB_ARENA_MAX);
    Tb__Parcel *p = keys_parcel(&a, path);
    assert_int_equal(tb_roster_new(&r), TB_OK);
    for (size_t i = 0; i < p->n_entry_signed; i++) {
        assert_int_equal(
            tb_roster_append(r, tb_field_view(&p->entry_signed[i]), TB_SEEN_VOUCHED, &why), TB_OK);
        assert_true(tb_roster_entry_counts(r, i));
    }
    return r;
}

void keys_write_relay_request(const char *path)
{
    struct tb_sign_pair pair;
    struct tb_id id = tb_id_random();
    uint8_t pin[TB_HASH_BYTES];
    char address[] = "127.0.0.1:8443", *addresses[] = { address };
    Tb__RelayEntry m;
    Tb__Parcel p;

    tb_sign_pair_new(&pair);
    randombytes_buf(pin, sizeof pin);
    tb__relay_entry__init(&m);
    m.relay_id = tb_field(id.b, sizeof id.b);
    m.key = tb_field(pair.pk, sizeof pair.pk);
    m.tls_pin = tb_field(pin, sizeof pin);
    m.address = addresses;
    m.n_address = 1;
    tb__parcel__init(&p);
    p.relay = &m;
    keys_write_parcel(path, &p);
}

/* ---- devices */

static void make_card(struct tb_request *q)
{
    char name[] = "Trần Thị Bình", unit[] = "Sở Y tế", phone[] = "0000 000 000";
    Tb__Card card;

    tb__card__init(&card);
    card.name = name;
    card.unit = unit;
    card.phone = phone;
    assert_int_equal(tb_pack(&card.base, &q->card), TB_OK);
    q->card_salt = tb_key_random();
}

static void make_keys(struct keys_device *d, const char *name)
{
    struct tb_request *q = &d->request;

    tb_sign_pair_new(&d->sign);
    memcpy(q->sign_pk, d->sign.pk, sizeof q->sign_pk);
    assert_int_equal(crypto_box_keypair(q->box_pk, d->box_sk), 0);
    q->ident_pk[0] = 0x05;
    uint8_t ident_sk[TB_KEY_BYTES];
    assert_int_equal(crypto_box_keypair(q->ident_pk + 1, ident_sk), 0);
    memcpy(q->account, d->invite.account, sizeof q->account);
    memcpy(q->device, name, strlen(name) + 1);
}

static void write_request(const struct keys_device *d, const struct tb_buf *request,
                          const char *path)
{
    Tb__PendingRequest q, *list[] = { &q };
    Tb__Parcel p;

    tb__pending_request__init(&q);
    q.ticket_signed = tb_field(d->invite.ticket_signed.p, d->invite.ticket_signed.n);
    q.request_signed = tb_field(request->p, request->n);
    q.at_ms = 1;
    tb__parcel__init(&p);
    p.request = list;
    p.n_request = 1;
    keys_write_parcel(path, &p);
}

void keys_device_ask(struct keys_device *d, const char *invite_path, const char *name,
                     const char *request_path)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf text = { 0 }, request = { 0 };
    TB_CLEANUP(tb_request_done) struct tb_request opened = { .account = "" };

    memset(d, 0, sizeof *d);
    read_file(invite_path, &text);
    tb_put_u8(&text, 0);
    assert_int_equal(tb_invite_parse((const char *)text.p, &d->invite), TB_OK);
    assert_int_equal(tb_invite_derive(&d->invite, &d->keys), TB_OK);
    make_keys(d, name);
    make_card(&d->request);
    assert_int_equal(tb_request_seal(&d->invite, &d->keys, &d->sign, &d->request, &request), TB_OK);
    assert_int_equal(
        tb_request_open(&d->invite, &d->keys, tb_buf_view(&request), &opened, &d->request_hash),
        TB_OK);
    assert_int_equal(tb_enrol_words(&d->invite, &d->request.plain_hash, d->words), TB_OK);
    write_request(d, &request, request_path);
}

void keys_device_enter(const struct keys_device *d, const char *path, uint32_t *ret_epoch,
                       struct tb_key *ret_secret)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a;
    TB_CLEANUP(tb_approval_done) struct tb_approval p = { .epoch = 0 };
    uint8_t by[TB_KEY_BYTES];
    struct tb_approval_in in = {
        .roster_id = &d->invite.roster_id,
        .keys = &d->keys,
        .box_sk = d->box_sk,
        .box_pk = d->request.box_pk,
        .request_hash = &d->request_hash,
    };

    tb_arena_init(&a, TB_ARENA_MAX);
    Tb__Parcel *parcel = keys_parcel(&a, path);
    assert_int_equal(parcel->n_entry_signed, 1);
    assert_int_equal(parcel->n_approval_signed, 1);
    assert_int_equal(tb_approval_open(&in, tb_field_view(&parcel->approval_signed[0]), &p, by),
                     TB_OK);
    assert_int_equal(p.credential.n, parcel->entry_signed[0].len);
    assert_memory_equal(p.credential.p, parcel->entry_signed[0].data, p.credential.n);
    *ret_epoch = p.epoch;
    *ret_secret = p.province_secret;
}

void keys_device_done(struct keys_device *d)
{
    tb_invite_done(&d->invite);
    tb_invite_keys_wipe(&d->keys);
    tb_sign_pair_wipe(&d->sign);
    tb_request_done(&d->request);
}
