/* SPDX-License-Identifier: GPL-3.0-or-later */
/* content.c - the form of what members read: contents of bodies, personal cards (page.h). */
#include <string.h>

#include "proto/page.h"
#include "proto/taxonomy.h"
#include "proto/text.h"

enum { LEVELS = 5, CARD_AD = TB_HASH_BYTES + 4 };

/* Text that must not be empty. */
static tb_result check_given(const char *s, size_t max)
{
    return s && *s ? tb_text_check(s, max, TB_TEXT_LINE) : TB_E_RANGE;
}

/* A name under which a file is offered for saving: never a path, never hidden. */
static tb_result check_file_name(const char *s)
{
    tb_result r = check_given(s, TB_FILE_NAME_MAX);

    if (r == TB_OK && (s[0] == '.' || strpbrk(s, "/\\")))
        r = TB_E_RANGE;
    return r;
}

static tb_result check_files(const Tb__Report *p)
{
    tb_result r = p->n_file <= TB_INLINE_FILES ? TB_OK : TB_E_LIMIT;

    for (size_t i = 0; i < p->n_file && r == TB_OK; i++)
        r = p->file[i]->data.len <= TB_INLINE_FILE_MAX ? check_file_name(p->file[i]->name)
                                                       : TB_E_LIMIT;
    return r;
}

static tb_result check_system(const Tb__AffectedSystem *s)
{
    tb_result r = s->level <= LEVELS ? TB_OK : TB_E_RANGE;

    if (r == TB_OK)
        r = tb_text_check(s->name, TB_CARD_FIELD_MAX, TB_TEXT_LINE);
    return r == TB_OK ? tb_text_check(s->address, TB_ADDRESS_MAX, TB_TEXT_LINE) : r;
}

static tb_result check_title_and_text(const char *title, const char *text)
{
    tb_result r = check_given(title, TB_TITLE_MAX);

    return r == TB_OK ? tb_text_check(text, TB_TEXT_MAX, TB_TEXT_PROSE) : r;
}

static tb_result check_report(const Tb__Report *p)
{
    tb_result r = tb_kind_of(p->kind) && p->detected_ms >= 0 ? TB_OK : TB_E_RANGE;

    if (r == TB_OK)
        r = check_title_and_text(p->title, p->text);
    if (r == TB_OK && p->system)
        r = check_system(p->system);
    return r == TB_OK ? check_files(p) : r;
}

static tb_result check_detail(const Tb__ActDetail *d)
{
    const char *const texts[] = { d->reason, d->note, d->override_reason };
    tb_result r = TB_OK;

    for (size_t i = 0; i < sizeof texts / sizeof texts[0] && r == TB_OK; i++)
        r = tb_text_check(texts[i], TB_REASON_MAX, TB_TEXT_PROSE);
    return r;
}

static tb_result check_content(const Tb__Content *c)
{
    if (!!c->report + !!c->page + !!c->detail != 1)
        return TB_E_RANGE;
    if (c->report)
        return check_report(c->report);
    return c->page ? check_title_and_text(c->page->title, c->page->text) : check_detail(c->detail);
}

tb_result tb_content_unpack(struct tb_arena *a, struct tb_view plain, Tb__Content **ret)
{
    Tb__Content *c;
    tb_result r = tb_unpack(a, &tb__content__descriptor, plain, &c);

    if (r == TB_OK)
        r = check_content(c);
    if (r == TB_OK)
        *ret = c;
    return r;
}

/* ---- cards */

static tb_result check_card(const Tb__Card *c)
{
    const char *const fields[] = { c->rank, c->position, c->unit, c->phone, c->email };
    tb_result r = check_given(c->name, TB_PERSON_MAX);

    for (size_t i = 0; i < sizeof fields / sizeof fields[0] && r == TB_OK; i++)
        r = tb_text_check(fields[i], TB_CARD_FIELD_MAX, TB_TEXT_LINE);
    return r;
}

tb_result tb_card_unpack(struct tb_arena *a, struct tb_view packed, Tb__Card **ret)
{
    Tb__Card *c;
    tb_result r = tb_unpack(a, &tb__card__descriptor, packed, &c);

    if (r == TB_OK)
        r = check_card(c);
    if (r == TB_OK)
        *ret = c;
    return r;
}

struct tb_hash tb_card_hash(const struct tb_key *salt, struct tb_view packed_card)
{
    return tb_commit(salt, TB_L_CARD_HASH, packed_card);
}

static struct tb_view card_ad(const struct tb_hash *cred, uint32_t e, uint8_t ad[static CARD_AD])
{
    memcpy(ad, cred->b, sizeof cred->b);
    for (size_t i = 0; i < 4; i++)
        ad[sizeof cred->b + i] = (uint8_t)(e >> (8 * i));
    return tb_view_of(ad, CARD_AD);
}

tb_result tb_card_seal(const struct tb_key *p_e, uint32_t e, const struct tb_hash *cred,
                       const struct tb_key *salt, struct tb_view packed_card, struct tb_buf *ret)
{
    TB_CLEANUP(tb_buf_wipe) struct tb_buf plain = { 0 };
    uint8_t mem[CARD_AD];
    struct tb_view ad = card_ad(cred, e, mem);
    TB_CLEANUP(tb_key_wipe) struct tb_key key = tb_kdf(p_e, TB_L_CARD_BOX, ad);

    tb_put(&plain, salt->b, sizeof salt->b);
    tb_put(&plain, packed_card.p, packed_card.n);
    tb_result r = tb_buf_check(&plain);
    return r == TB_OK ? tb_aead_seal(&key, tb_buf_view(&plain), ad, ret) : r;
}

tb_result tb_card_open(const struct tb_key *p_e, uint32_t e, const struct tb_cred *cred,
                       struct tb_view sealed, struct tb_buf *ret_card)
{
    TB_CLEANUP(tb_buf_wipe) struct tb_buf plain = { 0 };
    TB_CLEANUP(tb_key_wipe) struct tb_key salt = { 0 };
    uint8_t mem[CARD_AD];
    struct tb_view ad = card_ad(&cred->hash, e, mem);
    TB_CLEANUP(tb_key_wipe) struct tb_key key = tb_kdf(p_e, TB_L_CARD_BOX, ad);
    tb_result r = tb_aead_open(&key, sealed, ad, &plain);

    if (r != TB_OK)
        return r;
    if (plain.n < sizeof salt.b)
        return TB_E_UNREADABLE;
    memcpy(salt.b, plain.p, sizeof salt.b);
    struct tb_view card = tb_view_of(plain.p + sizeof salt.b, plain.n - sizeof salt.b);
    struct tb_hash is = tb_card_hash(&salt, card);
    if (!tb_hash_equal(&is, &cred->card_hash))
        return TB_E_BADSIG; /* a member re-sealed somebody else's card, or changed it */
    tb_put(ret_card, card.p, card.n);
    return tb_buf_check(ret_card);
}
