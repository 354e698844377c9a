/* SPDX-License-Identifier: GPL-3.0-or-later */
/* book.h - what a registrar's key collects: province secrets and the invites it issued.
 *
 *   "trucban-book-1\n" public key 32, AEAD(kdf(seed, KEYS_BOOK, public key), entries, ad = all before)
 *
 * It stands beside the key file as KEY.book and is replaced whole.  Whoever
 * changes it holds the lock from before it is read until after it was written.
 * An old copy put back in its place is not noticed: an invite would look unused
 * again, and the log and the relay then refuse what comes of it. */
#pragma once

#include "proto/enrol.h"

enum {
    BOOK_FILE_MAX = 32 * 1024 * 1024,
    BOOK_EPOCHS_MAX = 64,
    BOOK_INVITES_MAX = 8192, /* every device of a full province, eight times over */
    BOOK_INVITE_TEXT_MAX = 8192,
};

enum book_state {
    BOOK_OPEN = 0,     /* issued, nobody approved */
    BOOK_DRAFTED = 1,  /* a credential is signed, its quorum or its publication is open */
    BOOK_FINISHED = 2, /* the approval with the province secret was sealed */
};

struct book_invite {
    struct tb_id invite_id;
    char *text; /* owned: the invite as given out */
    int64_t expires_ms;
    enum book_state state;
    /* from BOOK_DRAFTED on */
    struct tb_hash request_hash, entry_hash;
    uint8_t box_pk[TB_KEY_BYTES];
};

struct book {
    struct tb_hash roster_id; /* zero until the first use */
    struct {
        uint32_t epoch;
        struct tb_key secret;
    } epoch[BOOK_EPOCHS_MAX];
    size_t n_epochs;
    struct book_invite *invite; /* owned */
    size_t n_invites, cap_invites;
};

void book_done(struct book *b); /* wipes */

/* Path of the book of a key file; `ret` must hold PATH_MAX.  TB_E_LIMIT: too long. */
tb_result book_path(const char *key_path, char *ret, size_t size);

/* Opens a book; an empty file view gives an empty book.  TB_E_TRUNCATED: not a book.
 * TB_E_BADSIG: the book of another key.  TB_E_UNREADABLE: damaged or altered. */
tb_result book_decode(struct tb_view file, const struct tb_sign_pair *key, struct book *ret);
tb_result book_encode(const struct book *b, const struct tb_sign_pair *key, struct tb_buf *ret);

/* Copies `text`.  TB_E_LIMIT, TB_E_NOMEM. */
tb_result book_add_invite(struct book *b, const struct tb_id *id, const char *text,
                          int64_t expires_ms);
struct book_invite *book_find_invite(struct book *b, const struct tb_id *id); /* NULL = not ours */
/* Forgets open invites that expired and finished ones, long before `now_ms`. */
void book_prune(struct book *b, int64_t now_ms);

/* TB_E_CONFLICT: another secret has that number. */
tb_result book_add_epoch(struct book *b, uint32_t epoch, const struct tb_key *secret);
const struct tb_key *book_epoch(const struct book *b, uint32_t epoch); /* NULL = not held */
