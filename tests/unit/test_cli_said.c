/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_cli_said.c - what core, agent and relay say in English is said in the person's language; options
 * are refused in our own words. */
#include <string.h>

#include "client/api/lang.h"
#include "client/api/said.h"
#include "client/cli/options.h"
#include "proto/result.h"
#include "tb_cmocka.h"

static void says(const char *english, const char *vietnamese)
{
    g_autofree char *said = tba_said(english);
    assert_string_equal(said, vietnamese);
}

static void a_sentence_of_the_core_keeps_its_values(void **state)
{
    (void)state;
    says("nothing answers at 127.0.0.1 port 7443", "không có gì trả lời ở 127.0.0.1 cổng 7443");
    says("wrong passphrase", "sai mật khẩu");
    says("Tier 2 names 'ti', and nobody of that name is enrolled; see 'trucban contacts'.",
         "Bậc 2 ghi 'ti' nhưng chưa ai tên đó ghi danh; xem 'trucban contacts'.");
}

/* The agent's go into the table whatever way they take into a refusal (client/po/update.sh). */
static void a_refusal_of_the_agent_is_known_however_it_is_made(void **state)
{
    (void)state;
    says("the invite has expired; ask the registrar for a new one",
         "thư mời đã hết hạn; hãy xin người quản lý danh bạ thư mời mới");
    says("this profile already has an identity (`trucban whoami`): for another one choose another "
         "--home",
         "hồ sơ này đã có danh tính (`trucban whoami`): muốn có danh tính khác, hãy chọn --home "
         "khác");
    says("no page 'ab'; `trucban pages` lists them",
         "không có lệnh gọi 'ab'; xem danh sách bằng `trucban pages`");
}

static void a_value_that_is_a_sentence_or_word_of_ours_is_said_too(void **state)
{
    (void)state;
    says("the relay refused this device: revoked or suspended",
         "trạm chuyển tiếp không nhận thiết bị này: đã bị thu hồi hoặc khóa");
    says("To accept needs level 2, this device has level 1 (the identity level is too low for this "
         "step).",
         "Để nhận cần độ tin cậy 2, thiết bị này có độ tin cậy 1 (độ tin cậy quá thấp cho bước "
         "này).");
}

/* An account may be called like a word of ours. */
static void a_name_in_quotation_marks_is_never_translated(void **state)
{
    (void)state;
    says("'agency' has accepted it already.", "'agency' đã nhận lệnh gọi này rồi.");
    says("no account 'policy'; `trucban contacts` lists them",
         "không có tài khoản 'policy'; xem danh sách bằng `trucban contacts`");
}

static void values_may_stand_in_another_order(void **state)
{
    (void)state;
    says("another policy came first: prev is aa, the newest is bb; look at it and sign anew",
         "một mục 'policy' khác đã vào trước: bản này nối sau aa, mới nhất là bb; hãy xem lại rồi "
         "ký "
         "lại");
}

static void what_nobody_knows_stays_as_it_is(void **state)
{
    (void)state;
    g_autofree char *long_text = g_strnfill(5000, 'a');

    says("", "");
    says("blub %s %n 100%", "blub %s %n 100%");
    says(long_text, long_text);
}

/* A relay may say anything: it must not cost more than a moment. */
static void a_text_made_to_be_hard_is_cheap(void **state)
{
    (void)state;
    g_autoptr(GString) text = g_string_new("a key of '");

    while (text->len < 590)
        g_string_append(text, "'/' ");
    gint64 start = g_get_monotonic_time();
    g_autofree char *said = tba_said(text->str);
    assert_true(g_get_monotonic_time() - start < 2 * G_USEC_PER_SEC);
    assert_string_equal(said, text->str);
}

static void every_result_has_a_vietnamese_text(void **state)
{
    (void)state;
    for (int value = -1; value >= -64; value--) {
        tb_result r = tb_result_of(value);
        if (r == TB_E_RANGE && value != TB_E_RANGE)
            break; /* beyond the last */
        g_autofree char *said = tba_said(tb_strresult(r));
        assert_string_not_equal(said, tb_strresult(r));
    }
}

static const GOptionEntry *entries(void)
{
    static const GOptionEntry list[] = {
        { "eta", 0, 0, G_OPTION_ARG_INT, NULL, "When", "MIN" },
        { "wait", 'w', 0, G_OPTION_ARG_INT, NULL, "Wait", "S" },
        { "title", 't', 0, G_OPTION_ARG_STRING, NULL, "Title", "T" },
        { "yes", 'y', 0, G_OPTION_ARG_NONE, NULL, "Yes", NULL },
        { NULL, 0, 0, G_OPTION_ARG_NONE, NULL, NULL, NULL },
    };
    return list;
}

static void refused(const char *part, char *first, char *second)
{
    char program[] = "trucban";
    char *argv[] = { program, first, second };
    g_autofree char *trouble = options_trouble(entries(), second ? 3 : 2, argv);

    if (!part) {
        assert_null(trouble);
        return;
    }
    assert_non_null(trouble);
    if (!strstr(trouble, part))
        fail_msg("'%s' is not in '%s'", part, trouble);
}

static void an_option_is_refused_with_its_name_and_the_remedy(void **state)
{
    (void)state;
    refused("'--eta'", (char[]){ "--etaa" }, (char[]){ "4" });
    refused("'--xyzzy'", (char[]){ "--xyzzy" }, NULL);
    refused("--eta cần một giá trị", (char[]){ "--eta" }, NULL);
    refused("không phải 'x'", (char[]){ "--eta=x" }, NULL);
    refused("không phải '5m'", (char[]){ "-w" }, (char[]){ "5m" });
    refused("không phải '5m'", (char[]){ "-w5m" }, NULL);
    refused("--yes không nhận giá trị", (char[]){ "--yes=1" }, NULL);
    refused("UTF-8", (char[]){ "-t" }, (char[]){ "\xff" });
    refused(NULL, (char[]){ "--eta" }, (char[]){ "5" });
    refused(NULL, (char[]){ "-t" }, (char[]){ "--a title" });
    refused(NULL, (char[]){ "--" }, (char[]){ "--etaa" });
    refused(NULL, (char[]){ "-" }, NULL);
}

static void what_was_meant_is_found_and_what_is_far_is_not(void **state)
{
    static const char *const known[] = { "status", "show", "suspend", "pages", NULL };

    (void)state;
    assert_string_equal(options_nearest("stauts", known), "status");
    assert_string_equal(options_nearest("page", known), "pages");
    assert_string_equal(options_nearest("susp", known), "suspend");
    assert_null(options_nearest("x", known));
    assert_null(options_nearest("configure", known));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sentence_of_the_core_keeps_its_values),
        cmocka_unit_test(a_refusal_of_the_agent_is_known_however_it_is_made),
        cmocka_unit_test(a_value_that_is_a_sentence_or_word_of_ours_is_said_too),
        cmocka_unit_test(a_name_in_quotation_marks_is_never_translated),
        cmocka_unit_test(values_may_stand_in_another_order),
        cmocka_unit_test(what_nobody_knows_stays_as_it_is),
        cmocka_unit_test(a_text_made_to_be_hard_is_cheap),
        cmocka_unit_test(every_result_has_a_vietnamese_text),
        cmocka_unit_test(an_option_is_refused_with_its_name_and_the_remedy),
        cmocka_unit_test(what_was_meant_is_found_and_what_is_far_is_not),
    };

    tba_lang_init("vi");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
