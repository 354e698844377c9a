/* SPDX-License-Identifier: GPL-3.0-or-later */
/* api_people.c - contacts, comparing keys, suspending. */
#include <string.h>

#include "client/agent/api.h"
#include "client/agent/doc.h"

enum { CONTACTS_MAX = 2000 };

static gboolean on_contacts(TbaAgent *o, GDBusMethodInvocation *inv, gpointer user)
{
    struct agent *a = user;
    size_t n = 0;
    g_autofree struct tbc_contact *contacts = g_new0(struct tbc_contact, CONTACTS_MAX);
    GVariantBuilder list;

    tb_result r = tbc_contacts(a->core, contacts, CONTACTS_MAX, &n);
    if (r != TB_OK)
        return api_refuse(a, inv, r, NULL);
    g_variant_builder_init(&list, G_VARIANT_TYPE("aa{sv}"));
    for (size_t i = 0; i < n; i++)
        g_variant_builder_add_value(&list, doc_contact(&contacts[i]));
    tba_agent_complete_contacts(o, inv, g_variant_builder_end(&list));
    return TRUE;
}

static gboolean no_account(struct agent *a, GDBusMethodInvocation *inv, tb_result r,
                           const char *account)
{
    g_autofree char *why = NULL;

    if (r == TB_E_NOTFOUND)
        why = g_strdup_printf("no account '%s'; `trucban contacts` lists them", account);
    return api_refuse(a, inv, r, why);
}

static gboolean on_fingerprint(TbaAgent *o, GDBusMethodInvocation *inv, const char *account,
                               gpointer user)
{
    struct agent *a = user;
    char digits[72];
    tb_result r = tbc_fingerprint(a->core, account, digits);

    if (r != TB_OK)
        return no_account(a, inv, r, account);
    tba_agent_complete_fingerprint(o, inv, digits);
    return TRUE;
}

static gboolean on_verify(TbaAgent *o, GDBusMethodInvocation *inv, const char *account, guint group,
                          const char *digits, gpointer user)
{
    struct agent *a = user;

    if (group < 1 || group > 12)
        return api_fail(inv, TB_E_RANGE, "the group is a number from 1 to 12");
    tb_result r = tbc_verify(a->core, account, group, digits);
    if (r == TB_E_BADSIG)
        return api_fail(inv, r,
                        "the digits differ: somebody may stand between you; tell the registrar");
    if (r != TB_OK)
        return no_account(a, inv, r, account);
    tba_agent_complete_verify(o, inv);
    return TRUE;
}

static bool reason_of(const char *name, enum tb_removal_reason *ret)
{
    static const struct {
        const char *name;
        enum tb_removal_reason reason;
    } reasons[] = {
        { "lost", TB_REMOVAL_LOST },
        { "left", TB_REMOVAL_LEFT },
        { "compromised", TB_REMOVAL_COMPROMISED },
        { "other", TB_REMOVAL_OTHER },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(reasons); i++)
        if (strcmp(reasons[i].name, name) == 0) {
            *ret = reasons[i].reason;
            return true;
        }
    return false;
}

static void on_suspended(void *user, tb_result r, const char *text, struct tb_view data)
{
    GDBusMethodInvocation *inv = user;

    (void)data;
    if (r != TB_OK)
        (void)api_fail(inv, r, text);
    else
        g_dbus_method_invocation_return_value(inv, g_variant_new("(s)", text ? text : ""));
}

static gboolean on_suspend(TbaAgent *o, GDBusMethodInvocation *inv, const char *account,
                           const char *reason_name, gpointer user)
{
    struct agent *a = user;
    enum tb_removal_reason reason;

    (void)o;
    if (!reason_of(reason_name, &reason))
        return api_fail(inv, TB_E_RANGE, "the reason is lost, left, compromised or other");
    tb_result r = tbc_suspend(a->core, account, reason, on_suspended, inv);
    return r == TB_OK ? TRUE : no_account(a, inv, r, account);
}

void api_connect_people(TbaAgent *s, struct agent *a)
{
    (void)g_signal_connect(s, "handle-contacts", G_CALLBACK(on_contacts), a);
    (void)g_signal_connect(s, "handle-fingerprint", G_CALLBACK(on_fingerprint), a);
    (void)g_signal_connect(s, "handle-verify", G_CALLBACK(on_verify), a);
    (void)g_signal_connect(s, "handle-suspend", G_CALLBACK(on_suspend), a);
}
