/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_core_draft.c - the report that is being written: no crash loses it, no thief reads it, sending ends it. */
/* link: tb_server */
/* wrap: clock_gettime */
#include "core_world.h"

static const struct tbc_report half = { .kind = "ATT-06",
                                        .title = "Máy chủ hồ sơ bị mã hoá CANARY",
                                        .text = "Viết dở",
                                        .page_class = 1,
                                        .system_level = 3 };

static void a_draft_survives_the_end_of_the_process(void **state)
{
    struct town t;
    const struct tbc_file file = { "nhat-ky.txt", { (const uint8_t *)"dong 1\n", 7 } };
    struct tbc_report q = half;
    struct tbc_draft d = { 0 };

    (void)state;
    town_open(&t);
    struct node *so = town_node(&t, "so-y-te");
    assert_int_equal(tbc_draft_get(so->core, &d), TB_E_NOTFOUND);
    q.file = &file;
    q.n_files = 1;
    assert_int_equal(tbc_draft_put(so->core, &q), TB_OK);
    town_kill(so);
    town_hang_up(so);
    town_revive(so);
    assert_int_equal(tbc_draft_get(so->core, &d), TB_OK);
    assert_string_equal(d.report.kind, half.kind);
    assert_string_equal(d.report.title, half.title);
    assert_string_equal(d.report.text, half.text);
    assert_int_equal(d.report.page_class, 1);
    assert_int_equal(d.report.system_level, 3);
    assert_null(d.report.system_name);
    assert_false(d.report.no_state_secret);
    assert_int_equal(d.saved_ms, town_now);
    assert_int_equal(d.report.n_files, 1);
    assert_string_equal(d.report.file[0].name, "nhat-ky.txt");
    assert_memory_equal(d.report.file[0].data.p, "dong 1\n", 7);
    tbc_draft_done(&d);
    town_close(&t);
}

static bool file_holds(const char *path, const char *words)
{
    FILE *f = fopen(path, "rb");
    static char data[1 << 22];
    size_t n = f ? fread(data, 1, sizeof data, f) : 0;

    if (f)
        (void)fclose(f);
    return n && memmem(data, n, words, strlen(words)) != NULL;
}

static void no_word_of_a_draft_is_readable_on_disk(void **state)
{
    struct town t;
    struct tbc_draft d = { 0 };
    char path[200];

    (void)state;
    town_open(&t);
    struct node *so = town_node(&t, "so-y-te");
    assert_int_equal(tbc_draft_put(so->core, &half), TB_OK);
    (void)snprintf(path, sizeof path, "%s/core.db", so->dir);
    assert_false(file_holds(path, "CANARY"));
    (void)snprintf(path, sizeof path, "%s/core.db-wal", so->dir);
    assert_false(file_holds(path, "CANARY"));
    assert_int_equal(tbc_lock(so->core), TB_OK);
    assert_int_equal(tbc_draft_get(so->core, &d), TB_E_LOCKED);
    assert_int_equal(tbc_draft_put(so->core, &half), TB_E_LOCKED);
    assert_int_equal(tbc_draft_clear(so->core), TB_E_LOCKED);
    town_close(&t);
}

static void a_draft_may_be_wrong_but_not_endless(void **state)
{
    struct town t;
    struct tbc_report q = { .kind = "no such kind", .page_class = 9 };
    struct tbc_draft d = { 0 };
    char *text = calloc(1, 3 * TB_BODY_MAX);

    (void)state;
    town_open(&t);
    struct node *so = town_node(&t, "so-y-te");
    assert_int_equal(tbc_draft_put(so->core, &q), TB_OK);
    assert_non_null(text);
    memset(text, 'a', 3 * TB_BODY_MAX - 1);
    q.text = text;
    assert_int_equal(tbc_draft_put(so->core, &q), TB_E_LIMIT);
    assert_int_equal(tbc_draft_get(so->core, &d), TB_OK); /* what was kept before is kept */
    assert_int_equal(d.report.page_class, 9);
    assert_null(d.report.text);
    tbc_draft_done(&d);
    assert_int_equal(tbc_draft_clear(so->core), TB_OK);
    assert_int_equal(tbc_draft_get(so->core, &d), TB_E_NOTFOUND);
    assert_int_equal(tbc_draft_clear(so->core), TB_OK);
    free(text);
    town_close(&t);
}

static void a_draft_ends_when_it_is_sent_and_only_then(void **state)
{
    struct town t;
    struct tbc_report q = half;
    struct tbc_draft d = { 0 };
    struct tbc_why why = { "" };
    struct tb_id page;

    (void)state;
    town_open(&t);
    struct node *so = town_node(&t, "so-y-te");
    assert_int_equal(tbc_draft_put(so->core, &half), TB_OK);
    q.from_draft = true;
    assert_int_equal(tbc_report(so->core, &q, &page, &why), TB_E_RANGE); /* nothing was confirmed */
    assert_int_equal(tbc_draft_get(so->core, &d), TB_OK);
    tbc_draft_done(&d);
    (void)town_report(so, "Một việc khác", 2);
    assert_int_equal(tbc_draft_get(so->core, &d), TB_OK);
    tbc_draft_done(&d);
    q.no_state_secret = true;
    assert_int_equal(tbc_report(so->core, &q, &page, &why), TB_OK);
    assert_int_equal(tbc_draft_get(so->core, &d), TB_E_NOTFOUND);
    town_close(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_draft_survives_the_end_of_the_process),
        cmocka_unit_test(no_word_of_a_draft_is_readable_on_disk),
        cmocka_unit_test(a_draft_may_be_wrong_but_not_endless),
        cmocka_unit_test(a_draft_ends_when_it_is_sent_and_only_then),
    };

    return cmocka_run_group_tests(tests, NULL, town_done);
}
