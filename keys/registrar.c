/* SPDX-License-Identifier: GPL-3.0-or-later */
/* registrar.c - see registrar.h. */
#include "keys/registrar.h"

#include <string.h>

#include "proto/kdf.h"
#include "proto/page.h"

tb_result registrar_fill(struct registrar_body *b, const struct key_public *pub,
                         const struct registrar_wish *wish, int64_t now_ms)
{
    tb_result r = parse_roles(wish->roles, &b->roles);

    if (r != TB_OK)
        return r;
    b->pub = *pub;
    tb__registrar__init(&b->registrar);
    b->registrar.key = tb_field(b->pub.pk, sizeof b->pub.pk);
    b->registrar.person = b->pub.person;
    b->registrar.role = b->roles.at;
    b->registrar.n_role = b->roles.n;
    b->registrar.from_ms = now_ms;
    b->registrar.until_ms = wish->until_ms;
    return TB_OK;
}

/* ---- the desk */

void desk_done(struct desk *d)
{
    roster_file_done(&d->roster);
    signer_wipe(&d->signer);
    open_book_done(&d->book);
}

tb_result desk_may_grant(const struct run *run, const struct desk *d, enum tb_role role)
{
    const struct tb_roster *r = d->roster.roster;
    const struct signer *s = &d->signer;

    if (tb_roster_registrar(r, s->pub.pk, TB_ROLE_NONE, run->now_ms) == NULL)
        return say_fail(TB_E_DENIED,
                        _("'%s' (%s) is no registrar of '%s', or its time is over: the custodians "
                          "grant it with "
                          "'delegate registrar'.  Or is one of them another province's?"),
                        s->path, s->pub.person, d->roster.path);
    if (role != TB_ROLE_NONE && tb_roster_registrar(r, s->pub.pk, role, run->now_ms) == NULL)
        return say_fail(TB_E_DENIED, _("registrar '%s' may not grant role '%s': ask one who may"),
                        s->pub.person, tb_role_name(role));
    return TB_OK;
}

tb_result desk_open(const struct run *run, enum tb_role role, struct desk *ret)
{
    TB_CLEANUP(desk_done) struct desk d = { .book = { .lock = -1 } };
    tb_result r = roster_file_load(run->roster_path, &d.roster);

    if (r == TB_OK)
        r = signer_open_one(run, KEY_REGISTRAR, &d.signer);
    if (r == TB_OK)
        r = desk_may_grant(run, &d, role);
    if (r == TB_OK)
        r = open_book_read(&d.signer, tb_roster_id(d.roster.roster), &d.book);
    if (r != TB_OK)
        return r;
    *ret = d;
    d = (struct desk){ .book = { .lock = -1 } };
    return TB_OK;
}

/* ---- province secret */

static struct tb_hash commit_of(const struct tb_roster *r, uint32_t epoch,
                                const struct tb_key *secret)
{
    struct tb_buf info = { 0 };

    tb_put(&info, tb_roster_id(r)->b, TB_HASH_BYTES);
    tb_put_u32(&info, epoch);
    struct tb_hash h = tb_commit(secret, TB_L_PSK_COMMIT, tb_buf_view(&info));
    tb_buf_done(&info);
    return h;
}

bool secret_matches(const struct tb_roster *r, uint32_t epoch, const struct tb_key *secret)
{
    struct tb_hash said, is = commit_of(r, epoch, secret);

    return epoch != 0 && tb_roster_epoch(r, &said) == epoch && tb_hash_equal(&said, &is);
}

tb_result secret_for(const struct desk *d, enum tb_role role, uint32_t *ret_epoch,
                     struct tb_key *ret)
{
    uint32_t epoch = tb_roster_epoch(d->roster.roster, NULL);
    const struct tb_key *held = book_epoch(&d->book.book, epoch);

    if (role == TB_ROLE_GUEST) {
        *ret_epoch = TB_EPOCH_GUEST;
        *ret = (struct tb_key){ { 0 } };
        return TB_OK;
    }
    if (epoch == 0)
        return say_fail(TB_E_NOTFOUND,
                        _("the province has no secret yet: make it with 'secret new'"));
    if (held == NULL)
        return say_fail(TB_E_NOTFOUND,
                        _("'%s' does not hold the province secret of epoch %u: let a registrar who "
                          "has it run 'secret give', then use 'secret take'"),
                        d->signer.path, epoch);
    if (!secret_matches(d->roster.roster, epoch, held))
        return say_fail(
            TB_E_BADSIG,
            _("the secret of epoch %u in '%s' is not the one that the roster names: fetch it "
              "again with 'secret take'"),
            epoch, d->book.path);
    *ret_epoch = epoch;
    *ret = *held;
    return TB_OK;
}

/* The secret is in the book before its entry leaves: a commitment to a lost secret helps nobody. */
static tb_result keep_first(const struct run *run, struct roster_file *f, const struct signer *s,
                            struct tb_key *ret)
{
    TB_CLEANUP(open_book_done) struct open_book book = { .lock = -1 };
    TB_CLEANUP(tb_key_wipe) struct tb_key secret = tb_key_random();
    tb_result r = open_book_read(s, tb_roster_id(f->roster), &book);

    if (r != TB_OK)
        return r;
    const struct tb_key *held = book_epoch(&book.book, 1);
    if (held != NULL) {
        *ret = *held; /* its entry got lost on the way: make it again */
        return TB_OK;
    }
    book_prune(&book.book, run->now_ms);
    if ((r = book_add_epoch(&book.book, 1, &secret)) != TB_OK)
        return say_fail(r, _("cannot keep the new secret: %s"), said_of(tb_strresult(r)).text);
    if ((r = open_book_write(&book, s)) == TB_OK)
        *ret = secret;
    return r;
}

int secret_new(const struct run *run, struct roster_file *f, const struct signer *s)
{
    TB_CLEANUP(tb_key_wipe) struct tb_key secret = { { 0 } };
    TB_CLEANUP(tb_buf_done) struct tb_buf entry = { 0 };
    Tb__SecretEpoch body;
    struct draft_of of = { TB_ENTRY_SECRET_EPOCH, tb_view_of("epoch", 5), &body.base };

    if (tb_roster_epoch(f->roster, NULL) != 0)
        return refuse(_("the province has a secret already (epoch %u): get it with 'secret take'; "
                        "changing it is not "
                        "built yet"),
                      tb_roster_epoch(f->roster, NULL));
    if (keep_first(run, f, s, &secret) != TB_OK)
        return EXIT_REFUSED;
    struct tb_hash commit = commit_of(f->roster, 1, &secret);
    tb__secret_epoch__init(&body);
    body.epoch = 1;
    body.commit = tb_field(commit.b, sizeof commit.b);
    if (draft_make(run, f, &of, &entry) != TB_OK || draft_sign(f, s, &entry) != TB_OK)
        return EXIT_REFUSED;
    return draft_deliver(run, f, &(struct delivery){ .entry = &entry, .n = 1 });
}
