/* SPDX-License-Identifier: GPL-3.0-or-later */
/* doc.h - documents of the interface: a{sv} with the keys of client/api/agent.xml.
 *
 * A moment is the only thing of type x, so that a frontend can print it without a
 * list of keys.  Text that is not UTF-8 is repaired: GVariant takes no other.
 * doc.c has the bricks, doc_page.c and doc_people.c what is built of them,
 * doc_read.c what comes in. */
#pragma once

#include <glib.h>

#include "client/core/core.h"

/* --- bricks: each adds one key to an a{sv} builder */
void doc_begin(GVariantBuilder *b);
void doc_s(GVariantBuilder *b, const char *key, const char *value); /* NULL is empty */
void doc_b(GVariantBuilder *b, const char *key, bool value);
void doc_u(GVariantBuilder *b, const char *key, uint32_t value);
void doc_i(GVariantBuilder *b, const char *key, int64_t value); /* cut to 32 bits */
void doc_t(GVariantBuilder *b, const char *key, uint64_t value);
void doc_at(GVariantBuilder *b, const char *key, int64_t ms);
void doc_id(GVariantBuilder *b, const char *key,
            const struct tb_id *id); /* 16 digits; empty if zero */
void doc_hash(GVariantBuilder *b, const char *key, const struct tb_hash *hash);
void doc_strv(GVariantBuilder *b, const char *key, const char *const *values);
void doc_v(GVariantBuilder *b, const char *key, GVariant *value); /* takes a floating one */
/* Level and flags of a trust verdict: <prefix>level, <prefix>flags. */
void doc_trust(GVariantBuilder *b, const char *prefix, const struct tb_trust *trust);

/* --- documents; each gives a floating a{sv} */
GVariant *doc_page(const struct tbc_page *p);
GVariant *doc_page_full(const struct tbc_page_full *p); /* without the files' contents */
GVariant *doc_draft(const struct tbc_draft *d);         /* the same */
GVariant *doc_whoami(const struct tbc_whoami *w);
GVariant *doc_contact(const struct tbc_contact *c);
GVariant *doc_duty(const struct tbc_duty *d);
GVariant *doc_witness(const struct tbc_witness *w);
GVariant *doc_invite(const struct tb_invite *i);
/* `classes`: what it serves, empty = all; the roster's struct does not say it. */
GVariant *doc_policy(const struct tb_policy *p, const uint32_t *classes, size_t n_classes);

const char *doc_stage_name(enum tbc_stage s);
const char *doc_online_name(enum tbc_online o);
const char *doc_signer_name(enum tbc_signer s);

/* --- documents that come in */
bool doc_get_b(GVariant *doc, const char *key);
uint32_t doc_get_u(GVariant *doc, const char *key);
int64_t doc_get_x(GVariant *doc, const char *key);
uint64_t doc_get_t(GVariant *doc, const char *key);
/* NULL if missing or empty; borrowed from `doc`. */
const char *doc_get_s(GVariant *doc, const char *key);
/* Report and DraftPut; borrows from `doc`.  Nothing is checked: the core does. */
struct tbc_report doc_report(GVariant *doc);
/* Gives the list, with names borrowed; never NULL. */
const char **doc_file_names(GVariant *doc);
/* PolicyMake, into an empty policy.  TB_E_RANGE: something is missing or no name; TB_E_LIMIT: too many. */
tb_result doc_read_policy(GVariant *doc, struct tb_policy *ret);
