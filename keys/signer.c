/* SPDX-License-Identifier: GPL-3.0-or-later */
/* signer.c - see signer.h. */
#include "keys/signer.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "keys/file.h"
#include "proto/text.h"

void signer_wipe(struct signer *s)
{
    sodium_memzero(s, sizeof *s);
}

/* ---- making */

static tb_result check_person(const char *person)
{
    size_t n = strlen(person);

    if (n == 0 || person[0] == ' ' || person[n - 1] == ' ' ||
        tb_text_check(person, TB_PERSON_MAX, TB_TEXT_LINE) != TB_OK)
        return say_fail(
            TB_E_RANGE,
            _("'%s' is no name of a person: one line of at most %d bytes of composed UTF-8, "
              "no space at its ends"),
            person, TB_PERSON_MAX);
    return TB_OK;
}

static tb_result check_free(const char *path)
{
    if (file_exists(path))
        return say_fail(
            TB_E_CONFLICT,
            _("'%s' exists and is not overwritten: move it away or choose another name"), path);
    return TB_OK;
}

static tb_result write_public(const struct key_public *pub, const char *path)
{
    Tb__Custodian custodian, *custodians[] = { &custodian };
    Tb__Registrar registrar, *registrars[] = { &registrar };
    Tb__FreshnessKey freshness, *keys[] = { &freshness };
    ProtobufCBinaryData pk = tb_field(pub->pk, sizeof pub->pk);
    char person[TB_PERSON_MAX + 1];
    Tb__Parcel p;

    memcpy(person, pub->person, sizeof person);
    tb__parcel__init(&p);
    tb__custodian__init(&custodian);
    tb__registrar__init(&registrar);
    tb__freshness_key__init(&freshness);
    switch (pub->kind) {
    case KEY_CUSTODIAN:
        custodian.key = pk;
        custodian.person = person;
        p.custodian = custodians;
        p.n_custodian = 1;
        break;
    case KEY_REGISTRAR:
        registrar.key = pk;
        registrar.person = person;
        p.registrar = registrars;
        p.n_registrar = 1;
        break;
    case KEY_FRESHNESS:
        freshness.key = pk;
        freshness.holder = person;
        p.freshness_key = keys;
        p.n_freshness_key = 1;
        break;
    }
    return parcel_create(path, &p, false);
}

static tb_result write_key(const struct run *run, const struct signer *s, const struct tb_key *seed)
{
    TB_CLEANUP(tb_buf_wipe) struct tb_buf passphrase = { 0 }, file = { 0 };
    tb_result r = run_passphrase(run, 0, s->path, true, &passphrase);

    if (r != TB_OK)
        return r;
    r = key_file_encode(&s->pub, seed, run->cost, tb_buf_view(&passphrase), &file);
    if (r == TB_E_NOMEM)
        return say_fail(r, _("not enough memory to protect '%s': close other programs"), s->path);
    if (r == TB_OK)
        r = file_create(s->path, tb_buf_view(&file), FILE_SECRET);
    if (r == TB_E_CONFLICT)
        return check_free(s->path);
    return r == TB_OK
               ? r
               : say_fail(r, _("cannot write '%s': %s"), s->path,
                          r == TB_E_IO || r == TB_E_NOTFOUND ? strerror(errno)
                                                             : said_of(tb_strresult(r)).text);
}

tb_result signer_create(const struct run *run, enum key_kind kind, const char *person,
                        const char *path, struct signer *ret)
{
    TB_CLEANUP(tb_key_wipe) struct tb_key seed = tb_key_random();
    TB_CLEANUP(signer_wipe) struct signer s = { .path = path, .pub = { .kind = kind } };
    char public_path[PATH_MAX];
    tb_result r = check_person(person);

    if (r != TB_OK)
        return r;
    if ((size_t)snprintf(public_path, sizeof public_path, "%s.pub", path) >= sizeof public_path)
        return say_fail(TB_E_LIMIT, _("the name '%s' is too long"), path);
    if ((r = check_free(path)) != TB_OK || (r = check_free(public_path)) != TB_OK)
        return r;
    memcpy(s.pub.person, person, strlen(person) + 1);
    tb_sign_pair_from_seed(&seed, &s.pair);
    memcpy(s.pub.pk, s.pair.pk, sizeof s.pub.pk);
    r = write_key(run, &s, &seed);
    if (r == TB_OK)
        r = write_public(&s.pub, public_path);
    if (r == TB_OK)
        *ret = s;
    return r;
}

/* ---- opening */

static tb_result read_key(const char *path, struct tb_buf *ret)
{
    tb_result r = file_read(path, KEY_FILE_MAX, ret);

    if (r == TB_OK)
        return r;
    return say_fail(r, _("cannot read key file '%s': %s"), path,
                    r == TB_E_IO || r == TB_E_NOTFOUND ? strerror(errno)
                                                       : said_of(tb_strresult(r)).text);
}

static tb_result say_key(tb_result r, const char *path)
{
    switch ((int)r) {
    case TB_OK:
        return r;
    case TB_E_TRUNCATED:
        return say_fail(
            r, _("'%s' is no key file of this program, or its end is missing: use another copy"),
            path);
    case TB_E_BADSIG:
        return say_fail(r, _("key file '%s' is damaged: use another copy"), path);
    case TB_E_UNREADABLE:
        return say_fail(r, _("wrong passphrase for '%s'"), path);
    case TB_E_NOMEM:
        return say_fail(r, _("not enough memory to open '%s': close other programs"), path);
    default:
        return say_fail(r, _("key file '%s' has fields that this version does not know: %s"), path,
                        said_of(tb_strresult(r)).text);
    }
}

tb_result signer_open(const struct run *run, size_t i, struct signer *ret)
{
    TB_CLEANUP(tb_buf_wipe) struct tb_buf file = { 0 }, passphrase = { 0 };
    TB_CLEANUP(tb_key_wipe) struct tb_key seed = { 0 };
    TB_CLEANUP(signer_wipe) struct signer s = { .path = run->keys.at[i] };
    tb_result r = read_key(s.path, &file);

    if (r == TB_OK)
        r = say_key(key_file_peek(tb_buf_view(&file), &s.pub), s.path);
    if (r == TB_OK)
        r = run_passphrase(run, i, s.path, false, &passphrase);
    if (r != TB_OK)
        return r;
    r = say_key(key_file_open(tb_buf_view(&file), tb_buf_view(&passphrase), &s.pub, &seed), s.path);
    if (r != TB_OK)
        return r;
    tb_sign_pair_from_seed(&seed, &s.pair);
    *ret = s;
    return TB_OK;
}

static tb_result check_kind(const char *path, enum key_kind is, enum key_kind needed)
{
    if (is == needed)
        return TB_OK;
    return say_fail(TB_E_DENIED, _("'%s' is a %s key; this step needs a %s key"), path,
                    key_kind_name(is), key_kind_name(needed));
}

tb_result signer_open_one(const struct run *run, enum key_kind kind, struct signer *ret)
{
    tb_result r;

    if (run->keys.n != 1)
        return say_fail(TB_E_TRUNCATED, _("give one --key FILE, a %s key"), key_kind_name(kind));
    if ((r = signer_open(run, 0, ret)) != TB_OK)
        return r;
    r = check_kind(ret->path, ret->pub.kind, kind);
    if (r != TB_OK)
        signer_wipe(ret);
    return r;
}

/* The one public half in a parcel; its kind is 0 if there is not just one. */
static struct key_public public_of(const Tb__Parcel *p)
{
    struct key_public pub = { .kind = KEY_CUSTODIAN };
    const ProtobufCBinaryData *pk = NULL;
    const char *person = "";

    if (p->n_custodian + p->n_registrar + p->n_freshness_key != 1)
        return (struct key_public){ .kind = 0 };
    if (p->n_custodian == 1) {
        pk = &p->custodian[0]->key;
        person = p->custodian[0]->person;
    } else if (p->n_registrar == 1) {
        pub.kind = KEY_REGISTRAR;
        pk = &p->registrar[0]->key;
        person = p->registrar[0]->person;
    } else {
        pub.kind = KEY_FRESHNESS;
        pk = &p->freshness_key[0]->key;
        person = p->freshness_key[0]->holder;
    }
    if (!tb_is(pk, TB_KEY_BYTES) || !tb_sign_pk_ok(pk->data) ||
        tb_text_check(person, TB_PERSON_MAX, TB_TEXT_LINE) != TB_OK)
        return (struct key_public){ .kind = 0 };
    memcpy(pub.pk, pk->data, sizeof pub.pk);
    memcpy(pub.person, person, strlen(person) + 1);
    return pub;
}

tb_result signer_public(const char *path, enum key_kind kind, struct key_public *ret)
{
    TB_CLEANUP(tb_buf_wipe) struct tb_buf file = { 0 };
    TB_CLEANUP(parcel_done) struct parcel parcel = { 0 };
    struct key_public pub;
    tb_result r = read_key(path, &file);

    if (r != TB_OK)
        return r;
    if (key_file_peek(tb_buf_view(&file), &pub) != TB_OK) {
        if ((r = parcel_load(path, &parcel)) != TB_OK)
            return r;
        pub = public_of(parcel.p);
        if (pub.kind == 0)
            return say_fail(TB_E_RANGE, _("'%s' does not hold the public half of one key"), path);
    }
    r = check_kind(path, pub.kind, kind);
    if (r == TB_OK)
        *ret = pub;
    return r;
}

/* ---- the book */

void open_book_done(struct open_book *b)
{
    book_done(&b->book);
    tb_closep(&b->lock);
}

static tb_result read_book(const struct signer *s, struct open_book *b)
{
    TB_CLEANUP(tb_buf_wipe) struct tb_buf file = { 0 };
    tb_result r = file_read(b->path, BOOK_FILE_MAX, &file);

    if (r == TB_E_IO)
        return say_fail(r, _("cannot read '%s': %s"), b->path, strerror(errno));
    if (r == TB_OK || r == TB_E_NOTFOUND)
        r = book_decode(tb_buf_view(&file), &s->pair, &b->book);
    if (r == TB_E_BADSIG)
        return say_fail(r, _("'%s' is the book of another key"), b->path);
    return r == TB_OK ? r
                      : say_fail(r, _("the book '%s' is damaged (%s): use another copy"), b->path,
                                 said_of(tb_strresult(r)).text);
}

tb_result open_book_read(const struct signer *s, const struct tb_hash *roster_id,
                         struct open_book *ret)
{
    TB_CLEANUP(open_book_done) struct open_book b = { .lock = -1 };
    tb_result r = book_path(s->path, b.path, sizeof b.path);

    if (r != TB_OK)
        return say_fail(r, _("the name '%s' is too long"), s->path);
    b.lock = open(s->path, O_RDONLY | O_CLOEXEC);
    if (b.lock < 0 || flock(b.lock, LOCK_EX) != 0)
        return say_fail(TB_E_IO, _("cannot lock '%s': %s"), s->path, strerror(errno));
    if ((r = read_book(s, &b)) != TB_OK)
        return r;
    if (tb_hash_is_zero(&b.book.roster_id))
        b.book.roster_id = *roster_id;
    if (!tb_hash_equal(&b.book.roster_id, roster_id))
        return say_fail(TB_E_CONFLICT,
                        _("'%s' belongs to another province than this roster: use the key "
                          "that was made for it"),
                        b.path);
    *ret = b;
    b = (struct open_book){ .lock = -1 };
    return TB_OK;
}

tb_result open_book_write(struct open_book *b, const struct signer *s)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf file = { 0 };
    tb_result r = book_encode(&b->book, &s->pair, &file);

    if (r == TB_OK)
        r = file_replace(b->path, tb_buf_view(&file), FILE_SECRET);
    return r == TB_OK
               ? r
               : say_fail(r, _("cannot write '%s': %s"), b->path,
                          r == TB_E_IO || r == TB_E_NOTFOUND ? strerror(errno)
                                                             : said_of(tb_strresult(r)).text);
}
