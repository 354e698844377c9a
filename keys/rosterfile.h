/* SPDX-License-Identifier: GPL-3.0-or-later */
/* rosterfile.h - the roster as a file (a Parcel of all entries), replayed and
 * verified on load, and parcels in general.
 *
 * Whoever brings a roster file vouches for when its entries came: they count as
 * seen in time.  What this tool appends itself is judged by its clock. */
#pragma once

#include "keys/file.h"
#include "proto/parcel.h"
#include "proto/roster.h"

/* A parcel read from a file. */
struct parcel {
    struct tb_arena arena;
    Tb__Parcel *p; /* lives in the arena */
};

/* Says what was wrong. */
tb_result parcel_load(const char *path, struct parcel *ret);
void parcel_done(struct parcel *p);

/* Writes a parcel under a new name, or over `path`.  Says what was wrong. */
tb_result parcel_create(const char *path, const Tb__Parcel *p, bool secret);
tb_result parcel_replace(const char *path, const Tb__Parcel *p);

struct roster_file {
    const char *path; /* borrowed */
    struct file_mark mark;
    struct parcel parcel;
    struct tb_roster *roster;
};

/* Says what was wrong, with the entry's position. */
tb_result roster_file_load(const char *path, struct roster_file *ret);
void roster_file_done(struct roster_file *f);

/* Appends an entry and writes the file anew, unless somebody else has written it since it was
 * loaded.  TB_E_QUORUM without a word; else says what was wrong. */
tb_result roster_file_append(struct roster_file *f, struct tb_view entry, int64_t now_ms);

/* How many signatures a packed Signed carries, right or wrong; 0 also if it is none. */
size_t entry_signatures(struct tb_view entry_signed);

/* An entry of a parcel as the proto library takes it. */
struct tb_view parcel_entry(const Tb__Parcel *p, size_t i);
