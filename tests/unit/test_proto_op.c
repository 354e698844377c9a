/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_proto_op.c - the operation table, repeated by hand for each operation and role. */
#include "tb_cmocka.h"

#include <string.h>

#include "proto/op.h"

/* Columns in the order of `roles` below: none, agency, responder, coordinator, liaison, guest,
 * machine, registrar, invite, bell. */
static const struct {
    uint32_t code;
    const char *may;
} table[] = {
    { 0x01, "x........." }, /* HELLO */
    { 0x02, "x........." }, /* AUTH */
    { 0x03, "x........." }, /* AUTH_INVITE */
    { 0x04, "x........." }, /* AUTH_BELL */
    { 0x05, ".xxxxxxxx." }, /* PING */
    { 0x10, ".xxxxxxxx." }, /* ROSTER_GET */
    { 0x11, ".xxxxxxx.." }, /* ROSTER_APPEND */
    { 0x12, ".xxxxxxx.." }, /* FRESHNESS_PUT */
    { 0x13, ".xxxxxxx.." }, /* CARD_PUT */
    { 0x14, ".xxxxxxx.." }, /* DUTY_PUT */
    { 0x19, "........x." }, /* ENROL_PUT */
    { 0x1a, "........x." }, /* ENROL_POLL */
    { 0x1b, "...x...x.." }, /* ENROL_LIST */
    { 0x1c, "...x...x.." }, /* APPROVAL_PUT */
    { 0x20, ".xxxxxxx.." }, /* PREKEYS_PUT */
    { 0x21, ".xxxxxxx.." }, /* PREKEYS_GET */
    { 0x30, ".xxxx.x..." }, /* SUBMIT */
    { 0x31, ".xxxx.x..." }, /* CAPSULES_ADD */
    { 0x32, ".xxxxxxx.." }, /* RECEIPT */
    { 0x33, ".xxxx.x..." }, /* ACT */
    { 0x34, ".xxxxxxx.." }, /* RESET */
    { 0x35, ".xxxxxxx.." }, /* ACK */
    { 0x36, ".xxxxxxx.." }, /* NOTE_PUT */
    { 0x80, ".........." }, /* ENVELOPES */
    { 0x81, ".........." }, /* ROSTER_HEAD */
    { 0x82, ".........." }, /* NOTICE */
};

static const enum tb_role roles[] = {
    TB_ROLE_NONE,  TB_ROLE_AGENCY,  TB_ROLE_RESPONDER, TB_ROLE_COORDINATOR, TB_ROLE_LIAISON,
    TB_ROLE_GUEST, TB_ROLE_MACHINE, TB_ROLE_REGISTRAR, TB_ROLE_INVITE,      TB_ROLE_BELL,
};

static void each_role_may_ask_what_the_table_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        const struct tb_op_info *op = tb_op_lookup(table[i].code);
        assert_non_null(op);
        for (size_t r = 0; r < sizeof roles / sizeof roles[0]; r++)
            if (tb_op_permitted(op, roles[r]) != (table[i].may[r] == 'x'))
                fail_msg("%s for %s", op->name, tb_role_name(roles[r]));
    }
}

static void no_operation_is_missing_from_the_test(void **state)
{
    size_t known = 0;

    (void)state;
    for (uint32_t code = 0; code < 0x10000; code++)
        known += tb_op_lookup(code) != NULL;
    assert_int_equal(known, sizeof table / sizeof table[0]);
    assert_null(tb_op_lookup(0));
    assert_null(tb_op_lookup(UINT32_MAX));
}

static void a_mask_of_roles_adds_up_no_rights(void **state)
{
    const struct tb_op_info *submit = tb_op_lookup(TB_OP_SUBMIT);

    (void)state;
    assert_false(tb_op_permitted(submit, (enum tb_role)(TB_ROLE_GUEST | TB_ROLE_AGENCY)));
    assert_false(tb_op_permitted(submit, (enum tb_role)0x400));
    assert_int_equal(submit->max_body, TB_FRAME_MAX);
}

static void names_of_roles_lead_back_to_roles_of_credentials(void **state)
{
    (void)state;
    for (size_t r = 0; r < sizeof roles / sizeof roles[0]; r++) {
        enum tb_role back = tb_role_of(tb_role_name(roles[r]));
        bool credential = roles[r] != TB_ROLE_INVITE && roles[r] != TB_ROLE_BELL;
        assert_int_equal(back, credential ? roles[r] : TB_ROLE_NONE);
    }
    assert_null(tb_role_name((enum tb_role)3));
    assert_int_equal(tb_role_of("admin"), TB_ROLE_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_role_may_ask_what_the_table_says),
        cmocka_unit_test(no_operation_is_missing_from_the_test),
        cmocka_unit_test(a_mask_of_roles_adds_up_no_rights),
        cmocka_unit_test(names_of_roles_lead_back_to_roles_of_credentials),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
