/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_desktop_refusal.c - what the agent refuses is said in the window in one language, and sends nobody to a shell. */
#include <string.h>

#include "client/api/lang.h"
#include "client/api/profile.h"
#include "client/desktop/refusal.h"
#include "tb_cmocka.h"

static void refused(const char *name, const char *english, const char *shown)
{
    g_autofree char *full = g_strconcat(TBA_ERROR_PREFIX, name, NULL);
    g_autoptr(GError) error = g_dbus_error_new_for_dbus_error(full, english);
    g_autofree char *text = tbd_refusal_text(error);

    assert_string_equal(text, shown);
}

static void the_reason_is_in_the_language_of_the_window(void **state)
{
    (void)state;
    refused("DENIED",
            "To accept needs level 2, this device has level 1 (the identity level is too "
            "low for this step).",
            "vai trò này không được phép: Để nhận cần độ tin cậy 2, thiết bị này có độ tin cậy 1 "
            "(độ tin cậy "
            "quá thấp cho bước này).");
    refused("NOTFOUND", "This device is not enrolled: use an invite first.",
            "không tìm thấy: Thiết bị này chưa ghi danh: hãy dùng thư mời trước.");
}

static void a_window_sends_nobody_to_a_shell(void **state)
{
    (void)state;
    refused("NOTFOUND", "no page 'ab'; `trucban pages` lists them",
            "không tìm thấy: không có lệnh gọi 'ab'");
    refused("LOCKED", "wrong passphrase", "hồ sơ đang khóa: sai mật khẩu");
    refused("CONFLICT", "blub (`trucban whoami`): and more",
            "đã có người hoặc việc khác đến trước: blub: and more");
}

static void what_nobody_knows_is_shown_as_it_came_and_cleaned(void **state)
{
    (void)state;
    refused("IO", "blub\n100% %n",
            "không đọc hoặc ghi được tệp: blub\xe2\x90\x8a"
            "100% %n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_reason_is_in_the_language_of_the_window),
        cmocka_unit_test(a_window_sends_nobody_to_a_shell),
        cmocka_unit_test(what_nobody_knows_is_shown_as_it_came_and_cleaned),
    };

    tba_lang_init("vi");
    return cmocka_run_group_tests(tests, NULL, NULL);
}
