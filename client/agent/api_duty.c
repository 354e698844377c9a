/* SPDX-License-Identifier: GPL-3.0-or-later */
/* api_duty.c - does this device receive pages? */
#include "client/agent/api.h"
#include "client/agent/doc.h"

static gboolean on_duty(TbaAgent *o, GDBusMethodInvocation *inv, gpointer user)
{
    struct agent *a = user;
    struct tbc_duty d;
    tb_result r = tbc_duty(a->core, &d);

    if (r != TB_OK)
        return api_refuse(a, inv, r, NULL);
    tba_agent_complete_duty(o, inv, doc_duty(&d));
    return TRUE;
}

static gboolean on_duty_set(TbaAgent *o, GDBusMethodInvocation *inv, gboolean off, gpointer user)
{
    struct agent *a = user;
    tb_result r = tbc_duty_set(a->core, off);

    if (r != TB_OK)
        return api_refuse(a, inv, r, NULL);
    tba_agent_complete_duty_set(o, inv);
    return TRUE;
}

void api_connect_duty(TbaAgent *s, struct agent *a)
{
    (void)g_signal_connect(s, "handle-duty", G_CALLBACK(on_duty), a);
    (void)g_signal_connect(s, "handle-duty-set", G_CALLBACK(on_duty_set), a);
}
