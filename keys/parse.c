/* SPDX-License-Identifier: GPL-3.0-or-later */
/* parse.c - see parse.h. */
#include "keys/parse.h"

#include <string.h>

#include "keys/say.h"

static const enum tb_role every_role[] = {
    TB_ROLE_AGENCY, TB_ROLE_RESPONDER, TB_ROLE_COORDINATOR, TB_ROLE_LIAISON,
    TB_ROLE_GUEST,  TB_ROLE_MACHINE,   TB_ROLE_REGISTRAR,
};
enum { ROLES = sizeof every_role / sizeof *every_role };
_Static_assert((int)ROLES <= (int)PARSE_ROLES_MAX, "room for every role");

tb_result parse_count(const char *text, uint32_t max, uint32_t *ret)
{
    uint64_t n = 0;

    if (text[0] == '\0')
        return TB_E_RANGE;
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9')
            return TB_E_RANGE;
        n = n * 10 + (uint64_t)(*text - '0');
        if (n > max)
            return TB_E_RANGE;
    }
    if (n == 0)
        return TB_E_RANGE;
    *ret = (uint32_t)n;
    return TB_OK;
}

tb_result parse_pair(const char *text, char ret_name[static TB_NAME_MAX + 1], uint32_t *ret_number)
{
    const char *equals = strchr(text, '=');
    size_t n = equals != NULL ? (size_t)(equals - text) : 0;
    uint32_t number = 0;

    if (n == 0 || n > TB_NAME_MAX)
        return TB_E_RANGE;
    if (strcmp(equals + 1, "0") != 0 && parse_count(equals + 1, 1000, &number) != TB_OK)
        return TB_E_RANGE;
    memcpy(ret_name, text, n);
    ret_name[n] = '\0';
    *ret_number = number;
    return TB_OK;
}

tb_result parse_role(const char *text, enum tb_role *ret)
{
    enum tb_role role = tb_role_of(text);

    if (role == TB_ROLE_NONE)
        return say_fail(
            TB_E_RANGE,
            _("'%s' is no role: agency, responder, coordinator, liaison, guest, machine "
              "or registrar"),
            text);
    *ret = role;
    return TB_OK;
}

static tb_result add_role(struct roles *list, enum tb_role role)
{
    for (size_t i = 0; i < list->n; i++) {
        if (list->at[i] == (uint32_t)role)
            return say_fail(TB_E_CONFLICT, _("role '%s' stands twice: name it once"),
                            tb_role_name(role));
    }
    list->at[list->n++] = (uint32_t)role;
    return TB_OK;
}

tb_result parse_roles(const char *text, struct roles *ret)
{
    struct roles list = { .n = 0 };
    tb_result r = TB_OK;

    if (strcmp(text, "all") == 0) {
        for (size_t i = 0; i < ROLES; i++)
            list.at[list.n++] = (uint32_t)every_role[i];
        *ret = list;
        return TB_OK;
    }
    while (r == TB_OK) {
        char word[TB_NAME_MAX + 1] = "";
        enum tb_role role;
        size_t n = strcspn(text, ",");
        memcpy(word, text, n < TB_NAME_MAX ? n : TB_NAME_MAX);
        r = parse_role(word, &role);
        if (r == TB_OK)
            r = add_role(&list, role);
        if (text[n] == '\0')
            break;
        text += n + 1;
    }
    if (r == TB_OK)
        *ret = list;
    return r;
}

tb_result parse_step(const char *name, enum tb_step *ret)
{
    for (int i = 0; i < TB_STEP_COUNT; i++) {
        if (strcmp(tb_step_name((enum tb_step)i), name) == 0) {
            *ret = (enum tb_step)i;
            return TB_OK;
        }
    }
    return TB_E_NOTFOUND;
}
