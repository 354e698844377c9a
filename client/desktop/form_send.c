/* SPDX-License-Identifier: GPL-3.0-or-later */
/* form_send.c - what is wrong with the fields of a report, and sending it (form.h). */
#include <string.h>

#include "client/api/lang.h"
#include "client/desktop/app.h"
#include "client/desktop/check.h"
#include "client/desktop/field.h"
#include "client/desktop/form_parts.h"
#include "client/text/when.h"
#include "client/text/words.h"
#include "proto/limits.h"

static char *wrong_moment(TbdForm *f)
{
    g_autofree char *date = form_text(f, FIELD_DATE), *hour = form_text(f, FIELD_HOUR);
    g_autofree char *wrong_date = check_date(date);
    int64_t ms = 0;

    return wrong_date ? check_hour(hour) : check_moment(date, hour, when_now(), &ms);
}

static char *wrong_text(TbdForm *f, enum field field)
{
    g_autofree char *text = form_text(f, field);

    switch ((int)field) {
    case FIELD_TITLE:
        return check_title(text);
    case FIELD_TEXT:
        return check_text(text);
    case FIELD_SYSTEM_NAME:
        return check_line(text, TB_CARD_FIELD_MAX);
    case FIELD_SYSTEM_ADDRESS:
        return check_line(text, TB_ADDRESS_MAX);
    default:
        return check_date(text);
    }
}

static char *unless(bool fine, const char *error)
{
    return fine ? NULL : g_strdup(error);
}

static char *wrong(TbdForm *f, enum field field)
{
    switch ((int)field) {
    case FIELD_KIND:
        return unless(*tbd_kind_get(f->kind), _("Choose what kind it is."));
    case FIELD_CLASS:
        return unless(form_class(f) > 0, _("Choose how severe it is."));
    case FIELD_POLICY:
        return unless(!gtk_widget_get_visible(f->policy_group) || f->policy,
                      _("Choose whom to page."));
    case FIELD_HOUR:
        return wrong_moment(f);
    case FIELD_GATE:
        return unless(gtk_check_button_get_active(GTK_CHECK_BUTTON(f->gate)),
                      _("Confirm this first. If you cannot, do not send it here."));
    default:
        return wrong_text(f, field);
    }
}

void form_judge(TbdForm *f, enum field field)
{
    GtkLabel *label;
    GtkWidget *widget = form_widget(f, field, &label);
    g_autofree char *error = wrong(f, field);

    if (g_strcmp0(error ? error : "", gtk_label_get_text(label)) != 0)
        tbd_field_error(widget, label, error);
}

static void focus(GtkWidget *widget)
{
    GtkEditable *text =
        GTK_IS_EDITABLE(widget) ? gtk_editable_get_delegate(GTK_EDITABLE(widget)) : NULL;

    if (text)
        gtk_widget_grab_focus(GTK_WIDGET(text));
    else if (GTK_IS_BOX(widget)) /* of choices */
        gtk_widget_child_focus(widget, GTK_DIR_TAB_FORWARD);
    else
        gtk_widget_grab_focus(widget);
}

/* The focus brings the field into view, not what stands below it: what is wrong, and the button. */
static gboolean show_below(gpointer user)
{
    enum { BELOW = 96 };
    GtkWidget *label = user, *pane = gtk_widget_get_ancestor(label, GTK_TYPE_SCROLLED_WINDOW);
    graphene_rect_t r;

    if (!pane || !gtk_widget_compute_bounds(label, pane, &r))
        return G_SOURCE_REMOVE;
    GtkAdjustment *at = gtk_scrolled_window_get_vadjustment(GTK_SCROLLED_WINDOW(pane));
    double hidden = (double)(r.origin.y + r.size.height) + BELOW - gtk_widget_get_height(pane);
    if (hidden > 0)
        gtk_adjustment_set_value(at, gtk_adjustment_get_value(at) + hidden);
    return G_SOURCE_REMOVE;
}

static bool all_right(TbdForm *f)
{
    enum { SETTLE_MS = 80 }; /* the line about it has its place by then */
    GtkWidget *first = NULL;
    GtkLabel *said = NULL;

    for (enum field i = 0; i < FIELDS; i++) {
        GtkLabel *label;
        GtkWidget *widget = form_widget(f, i, &label);
        form_judge(f, i);
        if (*gtk_label_get_text(label) && !first) {
            first = widget;
            said = label;
        }
    }
    if (first) {
        focus(first);
        (void)g_timeout_add_full(G_PRIORITY_DEFAULT, SETTLE_MS, show_below, g_object_ref(said),
                                 g_object_unref);
    }
    return !first;
}

static void set_sending(TbdForm *f, bool sending)
{
    f->sending = sending;
    gtk_widget_set_sensitive(f->send, !sending);
    gtk_button_set_label(GTK_BUTTON(f->send), sending ? _("Signing…") : _("_Sign and send"));
    tbd_draft_hold(f->draft, sending);
}

static void on_sent(GObject *source, GAsyncResult *result, gpointer user)
{
    g_autoptr(TbdForm) f = user;
    g_autofree char *page = NULL;
    GError *error = NULL;
    bool ok = tba_agent_call_report_finish(TBA_AGENT(source), &page, NULL, result, &error);

    if (!f->draft) { /* the window went meanwhile */
        g_clear_error(&error);
        return;
    }
    set_sending(f, false);
    if (!ok) {
        tbd_app_refused(_("The report was NOT sent"), error);
        return;
    }
    tbd_draft_sent(f->draft);
    form_reset(f);
    g_signal_emit_by_name(f, "sent", page);
}

static GVariant *signed_document(TbdForm *f)
{
    g_autoptr(GVariant) fields = g_variant_ref_sink(form_document(f));
    GVariantDict dict;

    g_variant_dict_init(&dict, fields);
    g_variant_dict_insert(&dict, "no_state_secret", "b", TRUE);
    g_variant_dict_insert(&dict, "from_draft", "b", TRUE);
    return g_variant_dict_end(&dict);
}

void form_send(TbdForm *f)
{
    TbaAgent *agent = tbd_agent_proxy(tbd_app_agent());

    if (f->sending || !all_right(f))
        return;
    if (!agent) {
        tbd_app_notice(
            _("There is no link to the agent. The form is kept; try again in a moment."));
        return;
    }
    g_autoptr(GUnixFDList) fds = g_unix_fd_list_new();
    set_sending(f, true);
    tba_agent_call_report(agent, signed_document(f), tbd_attach_handles(f->attach, fds), fds, NULL,
                          on_sent, g_object_ref(f));
}
