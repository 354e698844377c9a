/* SPDX-License-Identifier: GPL-3.0-or-later */
/* signer.h - the key files of a run: making them, opening them, reading their public halves. */
#pragma once

#include <limits.h>

#include "keys/book.h"
#include "keys/rosterfile.h"
#include "keys/run.h"

struct signer {
    struct key_public pub;
    struct tb_sign_pair pair;
    const char *path; /* borrowed */
};

void signer_wipe(struct signer *s);

/* Makes a key at `path` and its public half, a parcel, at `path`.pub; neither is overwritten.  Says
 * what was wrong. */
tb_result signer_create(const struct run *run, enum key_kind kind, const char *person,
                        const char *path, struct signer *ret);

/* Opens the i-th --key with its passphrase.  Says what was wrong. */
tb_result signer_open(const struct run *run, size_t i, struct signer *ret);
/* Opens the only --key, which must be of this kind.  Says what was wrong. */
tb_result signer_open_one(const struct run *run, enum key_kind kind, struct signer *ret);

/* The public half from a key file or from its parcel.  Says what was wrong. */
tb_result signer_public(const char *path, enum key_kind kind, struct key_public *ret);

/* A registrar's book, locked from reading to writing. */
struct open_book {
    int lock;
    char path[PATH_MAX];
    struct book book;
};

void open_book_done(struct open_book *b);
/* Reads the book beside the signer's key; a book of another roster is refused.  Says what was wrong. */
tb_result open_book_read(const struct signer *s, const struct tb_hash *roster_id,
                         struct open_book *ret);
tb_result open_book_write(struct open_book *b, const struct signer *s);
