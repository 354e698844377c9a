/* SPDX-License-Identifier: GPL-3.0-or-later */
/* api.c - what the handlers share; see api.h. */
#include "client/agent/api.h"
#include "client/agent/fdio.h"

#include <string.h>

#include "client/api/profile.h"

void api_connect(TbaAgent *skeleton, struct agent *agent)
{
    api_connect_profile(skeleton, agent);
    api_connect_report(skeleton, agent);
    api_connect_page(skeleton, agent);
    api_connect_people(skeleton, agent);
    api_connect_duty(skeleton, agent);
    api_connect_roster(skeleton, agent);
    api_connect_parcel(skeleton, agent);
}

gboolean api_fail(GDBusMethodInvocation *inv, tb_result r, const char *why)
{
    const char *name = tb_result_name(r);

    if (strncmp(name, "TB_E_", 5) == 0)
        name += 5;
    g_autofree char *full = g_strconcat(TBA_ERROR_PREFIX, name, NULL);
    g_autofree char *text = g_utf8_make_valid(why && *why ? why : tb_strresult(r), -1);
    g_dbus_method_invocation_return_dbus_error(inv, full, text);
    return TRUE;
}

gboolean api_refuse(struct agent *a, GDBusMethodInvocation *inv, tb_result r, const char *why)
{
    struct tbc_status s;

    tbc_status(a->core, &s);
    if (r == TB_E_LOCKED && s.stage == TBC_NONE)
        return api_fail(inv, TB_E_NOTFOUND, "no identity yet; `trucban enroll INVITE`");
    if (r == TB_E_LOCKED && s.stage == TBC_ENROLLING)
        return api_fail(inv, TB_E_DENIED, "the registrar has not approved this device yet");
    struct tbc_why own = tbc_store_why(a->core, r);
    return api_fail(inv, r, why && *why ? why : own.text);
}

int api_fd(GUnixFDList *fds, GVariant *handle)
{
    gint32 index = g_variant_get_handle(handle);

    if (!fds || index < 0 || index >= g_unix_fd_list_get_length(fds))
        return -1;
    return g_unix_fd_list_get(fds, index, NULL);
}

bool api_give_file(GUnixFDList *fds, GVariantBuilder *handles, struct tb_view data)
{
    TB_CLEANUP(tb_closep) int fd = -1;
    int index = -1;

    if (fd_of(data, &fd) == TB_OK)
        index = g_unix_fd_list_append(fds, fd, NULL); /* its own copy */
    if (index >= 0)
        g_variant_builder_add(handles, "h", index);
    return index >= 0;
}

bool api_page_id(struct agent *a, GDBusMethodInvocation *inv, const char *printed,
                 struct tb_id *ret)
{
    tb_result r = tbc_find(a->core, printed, ret);
    g_autofree char *why = NULL;

    if (r == TB_OK)
        return true;
    if (r == TB_E_CONFLICT)
        why = g_strdup_printf("'%s' fits more than one page; give more digits", printed);
    else if (r == TB_E_NOTFOUND)
        why = g_strdup_printf("no page '%s'; `trucban pages` lists them", printed);
    (void)api_refuse(a, inv, r, why);
    return false;
}
