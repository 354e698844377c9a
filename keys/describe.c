/* SPDX-License-Identifier: GPL-3.0-or-later */
/* describe.c - see describe.h. */
#include "keys/describe.h"

#include <stdio.h>
#include <string.h>

#include "proto/page.h"

enum { WHO = TB_PERSON_MAX + 48 };

static const char *kind_of_name(enum tb_entry_kind kind)
{
    switch ((int)kind) {
    case TB_ENTRY_ROOT:
        return "custodian";
    case TB_ENTRY_REGISTRAR:
        return "registrar";
    case TB_ENTRY_FRESHNESS_KEY:
        return "freshness key";
    default:
        return "device";
    }
}

static void who_signed(const struct describe *d, const Tb__Signature *s, char ret[static WHO])
{
    char key[17] = "no key";
    const struct name *name = NULL;

    if (tb_is(&s->signer, TB_KEY_BYTES)) {
        tb_hex(s->signer.data, 8, key);
        name = names_find(d->names, s->signer.data);
    }
    if (name != NULL)
        (void)snprintf(ret, WHO, "%s (%s, %s)", name->who,
                       emit_word_of(d->emit, kind_of_name(name->kind)), key);
    else
        (void)snprintf(ret, WHO, "%s", key);
}

static void describe_signers(const struct describe *d, const Tb__Signed *s)
{
    char who[TB_SIGNATURES_MAX][WHO];
    const char *list[TB_SIGNATURES_MAX];
    size_t n = s->n_signature < TB_SIGNATURES_MAX ? s->n_signature : TB_SIGNATURES_MAX;

    for (size_t i = 0; i < n; i++) {
        who_signed(d, s->signature[i], who[i]);
        list[i] = who[i];
    }
    emit_list(d->emit, N_("signed by"), list, n);
}

/* Subjects are names or keys. */
static void describe_subject(struct emit *e, const ProtobufCBinaryData *subject)
{
    char text[2 * TB_NAME_MAX + 2];
    bool plain = subject->len < sizeof text && subject->len > 0;

    for (size_t i = 0; plain && i < subject->len; i++)
        plain = subject->data[i] > ' ' && subject->data[i] < 127;
    if (!plain) {
        emit_hex(e, N_("subject"), subject->data, subject->len);
        return;
    }
    memcpy(text, subject->data, subject->len);
    text[subject->len] = '\0';
    emit_text(e, N_("subject"), text);
}

/* Where it stands in the log, or whether it could. */
static void describe_place(const struct describe *d, const Tb__RosterEntry *e,
                           const struct tb_hash *hash)
{
    struct emit *out = d->emit;

    if (d->position >= 0) {
        emit_number(out, out->json ? "position" : N_("place in the log"), d->position);
        emit_flag(out, N_("counts"), tb_roster_entry_counts(d->roster, (uint64_t)d->position));
    }
    emit_hex(out, N_("entry hash"), hash->b, sizeof hash->b);
    if (e->prev.len > 0)
        emit_hex(out, N_("replaces"), e->prev.data, e->prev.len);
    if (e->based_on != NULL)
        emit_number(out, N_("based on size"), (int64_t)e->based_on->size);
    emit_time(out, N_("signed at"), e->signed_ms);
    emit_time(out, N_("append by"), e->append_by_ms);
}

tb_result describe_entry(const struct describe *d, struct tb_view entry_signed)
{
    TB_CLEANUP(tb_arena_done) struct tb_arena a = { 0 };
    struct tb_hash hash;
    Tb__RosterEntry *e;
    Tb__Signed *s;
    tb_result r;

    tb_arena_init(&a, TB_ARENA_MAX);
    if ((r = tb_entry_peek(&a, entry_signed, &e, &hash)) != TB_OK)
        return r;
    if ((r = tb_unpack(&a, &tb__signed__descriptor, entry_signed, &s)) != TB_OK)
        return r;
    const char *kind = tb_entry_kind_name((enum tb_entry_kind)e->kind);
    emit_begin(d->emit, d->type);
    emit_word(d->emit, N_("kind"), kind != NULL ? kind : "unknown");
    describe_subject(d->emit, &e->subject);
    r = describe_body(d->emit, &a, e);
    if (r != TB_OK)
        emit_text(d->emit, N_("unreadable"), tb_strresult(r));
    describe_place(d, e, &hash);
    describe_signers(d, s);
    emit_end(d->emit);
    return TB_OK;
}
