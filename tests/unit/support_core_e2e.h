/* SPDX-License-Identifier: GPL-3.0-or-later */
/* support_core_e2e.h - people with a device each, whose store can roll back. */
#pragma once

#include "client/core/e2e.h"
#include "tb_cmocka.h"

#define assert_ok(call) assert_int_equal(call, TB_OK)

struct shelf_record {
    enum e2e_record kind;
    struct tb_buf name, data;
};
struct shelf {
    struct shelf_record *records;
    size_t n;
};

/* A store in memory with transactions. */
struct memory {
    struct shelf now, before; /* before: as it was at begin */
    unsigned writes;          /* saves and drops */
    tb_result fail_save;      /* TB_OK = works */
};
void memory_begin(struct memory *m);
void memory_rollback(struct memory *m);
void memory_commit(struct memory *m);
void memory_done(struct memory *m);
/* The bytes of a record, for tests that damage or measure them; NULL = none. */
struct tb_buf *memory_find(struct memory *m, enum e2e_record kind, struct tb_view name);

struct person {
    struct e2e_identity identity;
    struct memory memory;
    struct e2e_store store;
    struct e2e *e;
    struct e2e_peer self; /* as others know it */
    uint32_t next_prekey;
};
void person_new(struct person *p, uint8_t tag);
void person_restart(struct person *p); /* forgets what was only in memory */
void person_done(struct person *p);

void bundle_of(struct person *p, bool one_time, struct e2e_bundle *ret);
/* `from` starts a session with `to` by a fresh bundle. */
void start(struct person *from, struct person *to, bool one_time);

struct letter {
    enum e2e_type type;
    struct tb_buf bytes;
};
void letter_done(struct letter *l);
struct letter write_letter(struct person *from, struct person *to, const char *text);
tb_result read_letter(struct person *to, struct person *from, const struct letter *l,
                      struct tb_buf *ret);
/* The letter says `text`. */
void assert_reads(struct person *to, struct person *from, const struct letter *l, const char *text);
/* One letter from `from` arrives at `to`. */
void talk(struct person *from, struct person *to, const char *text);
/* Steady clock of read_letter. */
extern int64_t clock_ms;
