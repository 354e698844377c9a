/* SPDX-License-Identifier: GPL-3.0-or-later */
/* report.c - see report.h. */
#include "client/desktop/report.h"

#include "client/desktop/app.h"
#include "client/desktop/form.h"
#include "client/desktop/receipt.h"

struct _TbdReport {
    AdwBin parent;
    GtkStack *stack;
    TbdForm *form;
    TbdReceipt *receipt;
};

G_DEFINE_FINAL_TYPE(TbdReport, tbd_report, ADW_TYPE_BIN)

static gboolean focus_form(gpointer user)
{
    TbdReport *r = user;

    if (gtk_widget_get_mapped(GTK_WIDGET(r->form)))
        tbd_form_focus(r->form);
    g_object_unref(r);
    return G_SOURCE_REMOVE;
}

/* Whoever opens the screen writes: the cursor is in it. */
static void on_map(TbdReport *r)
{
    (void)g_idle_add(focus_form, g_object_ref(r));
}

static void on_sent(TbdReport *r, const char *page)
{
    gtk_stack_set_visible_child(r->stack, GTK_WIDGET(r->receipt));
    tbd_receipt_show(r->receipt, page);
}

static void on_another(TbdReport *r)
{
    tbd_receipt_show(r->receipt, NULL);
    gtk_stack_set_visible_child(r->stack, GTK_WIDGET(r->form));
    on_map(r);
}

/* Locked: what was reported is not for whoever comes next. */
static void on_agent(TbdAgent *agent, guint topics, gpointer user)
{
    TbdReport *r = user;

    (void)topics;
    if (tbd_agent_status(agent) && !tbd_agent_me(agent) &&
        gtk_stack_get_visible_child(r->stack) == GTK_WIDGET(r->receipt))
        on_another(r);
}

static void tbd_report_class_init(TbdReportClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    g_type_ensure(TBD_TYPE_FORM);
    g_type_ensure(TBD_TYPE_RECEIPT);
    gtk_widget_class_set_template_from_resource(widget, "/vn/trucban/desktop/report.ui");
    gtk_widget_class_bind_template_child(widget, TbdReport, stack);
    gtk_widget_class_bind_template_child(widget, TbdReport, form);
    gtk_widget_class_bind_template_child(widget, TbdReport, receipt);
}

static void tbd_report_init(TbdReport *r)
{
    gtk_widget_init_template(GTK_WIDGET(r));
    g_signal_connect_object(r->form, "sent", G_CALLBACK(on_sent), r, G_CONNECT_SWAPPED);
    g_signal_connect_object(r->receipt, "another", G_CALLBACK(on_another), r, G_CONNECT_SWAPPED);
    g_signal_connect_object(tbd_app_agent(), "changed", G_CALLBACK(on_agent), r, 0);
    g_signal_connect(r, "map", G_CALLBACK(on_map), NULL);
}
