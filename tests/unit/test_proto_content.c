/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_proto_content.c - what members read: reports, pages, details, cards. */
#include "tb_cmocka.h"

#include <stdlib.h>
#include <string.h>

#include "support_proto_samples.h"

static char empty[] = "", bidi[] = "nv.\xe2\x80\xae"
                                   "fdp";

static tb_result content_result(const Tb__Content *c)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf b = sample_pack(&c->base);
    TB_CLEANUP(tb_arena_done) struct tb_arena a;
    Tb__Content *back;

    tb_arena_init(&a, TB_ARENA_MAX);
    return tb_content_unpack(&a, tb_buf_view(&b), &back);
}

#define REPORT(change, expected)                       \
    do {                                               \
        Tb__Content *c = sample_content();             \
        Tb__Report *p = c->report;                     \
        (void)p;                                       \
        change;                                        \
        assert_int_equal(content_result(c), expected); \
    } while (0)

static void a_report_has_every_field_in_its_range(void **state)
{
    static char unknown[] = "ATT-99", slash[] = "../x", back[] = "a\\b", hidden[] = ".profile",
                two[] = "a\nb";

    (void)state;
    REPORT((void)p, TB_OK);
    REPORT(p->kind = unknown, TB_E_RANGE);
    REPORT(p->title = empty, TB_E_RANGE);
    REPORT(p->title = two, TB_E_RANGE);
    REPORT(p->text = two, TB_OK);
    REPORT(p->text = bidi, TB_E_RANGE);
    REPORT(p->text = empty, TB_OK);
    REPORT(p->detected_ms = -1, TB_E_RANGE);
    REPORT(p->system = NULL, TB_OK);
    REPORT(p->system->level = 6, TB_E_RANGE);
    REPORT(p->system->address = two, TB_E_RANGE);
    REPORT(p->system->name = bidi, TB_E_RANGE);
    REPORT(p->file[0]->name = slash, TB_E_RANGE);
    REPORT(p->file[0]->name = back, TB_E_RANGE);
    REPORT(p->file[0]->name = hidden, TB_E_RANGE);
    REPORT(p->file[0]->name = bidi, TB_E_RANGE);
    REPORT(p->file[0]->name = empty, TB_E_RANGE);
    REPORT(p->no_state_secret = 0, TB_OK); /* the reporter's gate, not the reader's */
}

static void files_are_few_and_small(void **state)
{
    static uint8_t big[TB_INLINE_FILE_MAX + 1];
    Tb__InlineFile *many[TB_INLINE_FILES + 1];

    (void)state;
    REPORT(p->file[0]->data = tb_field(big, TB_INLINE_FILE_MAX), TB_OK);
    REPORT(p->file[0]->data = tb_field(big, sizeof big), TB_E_LIMIT);
    for (size_t i = 0; i <= TB_INLINE_FILES; i++)
        many[i] = sample_content()->report->file[0];
    REPORT(p->file = many; p->n_file = TB_INLINE_FILES, TB_OK);
    REPORT(p->file = many; p->n_file = TB_INLINE_FILES + 1, TB_E_LIMIT);
}

static void a_content_has_exactly_one_part(void **state)
{
    Tb__PageText page;
    Tb__ActDetail detail;

    (void)state;
    tb__page_text__init(&page);
    tb__act_detail__init(&detail);
    REPORT(c->report = NULL, TB_E_RANGE);
    REPORT(c->page = &page, TB_E_RANGE);
    REPORT(c->report = NULL; c->page = &page, TB_E_RANGE); /* without a title */
    page.title = (char[]){ "Mất điện" };
    REPORT(c->report = NULL; c->page = &page, TB_OK);
    REPORT(c->report = NULL; c->detail = &detail, TB_OK);
    detail.override_reason = bidi;
    REPORT(c->report = NULL; c->detail = &detail, TB_E_RANGE);
    assert_non_null(page.title);
}

static void a_card_has_a_name_and_valid_fields(void **state)
{
    static char long_name[TB_PERSON_MAX + 2];
    char *const bad[] = { empty, bidi, long_name };

    (void)state;
    memset(long_name, 'a', TB_PERSON_MAX + 1);
    for (size_t i = 0; i <= 3; i++) {
        TB_CLEANUP(tb_arena_done) struct tb_arena a;
        Tb__Card *c = sample_card(), *back;
        c->name = i ? bad[i - 1] : c->name;
        TB_CLEANUP(tb_buf_done) struct tb_buf b = sample_pack(&c->base);
        tb_arena_init(&a, TB_ARENA_ANON);
        assert_int_equal(tb_card_unpack(&a, tb_buf_view(&b), &back), i ? TB_E_RANGE : TB_OK);
    }
    Tb__Card *c = sample_card(), *back;
    TB_CLEANUP(tb_arena_done) struct tb_arena a;
    c->phone = bidi;
    TB_CLEANUP(tb_buf_done) struct tb_buf b = sample_pack(&c->base);
    tb_arena_init(&a, TB_ARENA_ANON);
    assert_int_equal(tb_card_unpack(&a, tb_buf_view(&b), &back), TB_E_RANGE);
}

static void a_card_opens_for_members_and_only_as_the_credential_says(void **state)
{
    struct tb_key p = { { 1 } }, other = { { 2 } }, salt = { { 3 } };
    TB_CLEANUP(tb_buf_done) struct tb_buf card = sample_pack(&sample_card()->base);
    TB_CLEANUP(tb_buf_done) struct tb_buf sealed = { 0 };
    TB_CLEANUP(tb_buf_done) struct tb_buf out = { 0 };
    struct tb_cred cred = { .hash = { { 4 } },
                            .card_hash = tb_card_hash(&salt, tb_buf_view(&card)) };
    struct tb_cred wrong = cred, changed = cred;

    (void)state;
    wrong.hash.b[0] = 5;
    changed.card_hash.b[0] ^= 1;
    assert_int_equal(tb_card_seal(&p, 1, &cred.hash, &salt, tb_buf_view(&card), &sealed), TB_OK);
    struct tb_view box = tb_buf_view(&sealed);
    assert_int_equal(tb_card_open(&other, 1, &cred, box, &out), TB_E_UNREADABLE);
    assert_int_equal(tb_card_open(&p, 2, &cred, box, &out), TB_E_UNREADABLE);
    assert_int_equal(tb_card_open(&p, 1, &wrong, box, &out), TB_E_UNREADABLE);
    assert_int_equal(tb_card_open(&p, 1, &changed, box, &out), TB_E_BADSIG);
    assert_int_equal(tb_card_open(&p, 1, &cred, tb_view_of(box.p, box.n - 1), &out),
                     TB_E_UNREADABLE);
    assert_int_equal(out.n, 0);
    assert_int_equal(tb_card_open(&p, 1, &cred, box, &out), TB_OK);
    assert_int_equal(out.n, card.n);
    assert_memory_equal(out.p, card.p, card.n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_report_has_every_field_in_its_range),
        cmocka_unit_test(files_are_few_and_small),
        cmocka_unit_test(a_content_has_exactly_one_part),
        cmocka_unit_test(a_card_has_a_name_and_valid_fields),
        cmocka_unit_test(a_card_opens_for_members_and_only_as_the_credential_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
