/* SPDX-License-Identifier: GPL-3.0-or-later */
/* receipt.c - see receipt.h. */
#include "client/desktop/receipt.h"

#include <string.h>

#include "client/api/lang.h"
#include "client/desktop/app.h"
#include "client/desktop/brief.h"
#include "client/desktop/full.h"
#include "client/desktop/names.h"
#include "client/desktop/reach.h"
#include "client/desktop/wrap.h"
#include "client/text/calling.h"
#include "client/text/clean.h"
#include "client/text/when.h"
#include "client/text/words.h"

enum { RELAY_WAIT_MS = 8000 }; /* then a person is told to use the telephone */

struct _TbdReceipt {
    AdwBin parent;
    GtkWidget *verdict, *spinner, *numbers, *steps, *buttons;
    GtkImage *icon;
    GtkLabel *headline, *detail, *title, *about;
    TbdFull *full;
    gulong handler;
    guint timer;
    char *said; /* to leave the screen alone while nothing changes */
    int64_t shown_ms;
};

G_DEFINE_FINAL_TYPE(TbdReceipt, tbd_receipt, ADW_TYPE_BIN)

static guint another_signal;

/* What is to be said about a page, loud or not. */
struct say {
    const char *style, *icon; /* icon NULL: still under way */
    char *headline, *detail;
    bool telephone;
};

static void say_accepted(GVariant *page, struct say *s)
{
    g_autofree char *who = brief_person(page, "owner_name", "owner");
    g_autofree char *level = word_trust(page, "owner_");
    g_autofree char *at = when_short(doc_moment(page, "accepted_at"), when_now());
    guint32 eta = doc_number(page, "eta_min");
    bool verified = doc_number(page, "owner_level") >= 2;

    s->style = "good";
    s->icon = "emblem-ok-symbolic";
    s->headline = g_strdup_printf(_("%s has it"), who);
    s->detail = eta ? g_strdup_printf(_("Accepted at %s, comes in about %u minutes. Identity: %s"),
                                      at, eta, level)
                    : g_strdup_printf(_("Accepted at %s. Identity: %s"), at, level);
    if (verified)
        return;
    char *warned = g_strdup_printf(_("%s. Ring up to make sure who it is."), s->detail);
    g_free(s->detail);
    s->detail = warned;
    s->style = "doubtful";
    s->icon = "dialog-warning-symbolic";
    s->telephone = true;
}

static void say_ended(GVariant *page, struct say *s)
{
    g_autofree char *at = when_short(doc_moment(page, "ended_at"), when_now());

    s->style = "good";
    s->icon = "emblem-ok-symbolic";
    s->headline = g_strdup(_("It is resolved"));
    s->detail = g_strdup_printf(_("Ended at %s."), at);
}

static void say_silence(GVariant *page, struct say *s)
{
    s->style = "loud";
    s->icon = "dialog-error-symbolic";
    s->headline = g_strdup(calling_headline(page, when_now()));
    s->detail = calling_advice(page, when_now());
    s->telephone = true;
}

static void say_queued(GVariant *page, bool late, struct say *s)
{
    GVariant *status = tbd_agent_status(tbd_app_agent());
    const char *why = status ? doc_text(status, "last_error") : "";

    (void)page;
    if (!late) {
        s->style = "under-way";
        s->headline = g_strdup(_("Signed. Going to the relay…"));
        s->detail = g_strdup(_("It is kept on this device and cannot get lost."));
        return;
    }
    g_autofree char *reason = word_said(why);
    s->style = "loud";
    s->icon = "network-offline-symbolic";
    s->headline = g_strdup(_("THE RELAY HAS NOT GOT IT"));
    s->detail = g_strdup_printf(_("Nobody has been called yet%s%s. It is kept here and sent as "
                                  "soon as possible. Use the telephone now:"),
                                *reason ? ": " : "", reason);
    s->telephone = true;
}

static void say_ringing(GVariant *page, struct say *s)
{
    g_autofree char *at = when_short(doc_moment(page, "relayed_at"), when_now());
    g_autofree char *left = calling_clock(page, when_now());

    s->style = "under-way";
    s->headline = g_strdup(_("People are being called"));
    s->detail = left ? g_strdup_printf(_("The relay has had it since %s. %s."), at, left)
                     : g_strdup_printf(_("The relay has had it since %s."), at);
}

static struct say judge(TbdReceipt *r, GVariant *page)
{
    const char *state = doc_text(page, "state");
    struct say s = { 0 };

    if (strcmp(state, "accepted") == 0)
        say_accepted(page, &s);
    else if (strcmp(state, "resolved") == 0)
        say_ended(page, &s);
    else if (calling_is_loud(page, when_now()))
        say_silence(page, &s);
    else if (doc_moment(page, "relayed_at") == 0)
        say_queued(page, when_now() - r->shown_ms >= RELAY_WAIT_MS, &s);
    else
        say_ringing(page, &s);
    return s;
}

/* ---- the way so far */

static void step(TbdReceipt *r, const char *icon, const char *text)
{
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_HORIZONTAL, 10);
    GtkWidget *image = gtk_image_new_from_icon_name(icon);
    GtkWidget *label = gtk_label_new(text);

    gtk_widget_set_valign(image, GTK_ALIGN_START);
    gtk_label_set_wrap(GTK_LABEL(label), TRUE);
    gtk_label_set_wrap_mode(GTK_LABEL(label), PANGO_WRAP_WORD_CHAR);
    gtk_label_set_xalign(GTK_LABEL(label), 0);
    gtk_box_append(GTK_BOX(box), image);
    gtk_box_append(GTK_BOX(box), label);
    gtk_box_append(GTK_BOX(r->steps), box);
}

static void moment_step(TbdReceipt *r, int64_t at, const char *done, const char *open)
{
    g_autofree char *when = when_short(at, when_now());
    g_autofree char *text = g_strdup_printf("%s: %s", done, when);

    step(r, at ? "emblem-ok-symbolic" : "content-loading-symbolic", at ? text : open);
}

static void show_steps(TbdReceipt *r, GVariant *page)
{
    g_autoptr(GPtrArray) all = reach_of(page);

    tbd_box_clear(r->steps);
    moment_step(r, doc_moment(page, "created_at"), _("Signed by you"), "");
    moment_step(r, doc_moment(page, "relayed_at"), _("The relay has it"),
                _("Not at the relay yet"));
    for (guint i = 0; i < all->len; i++) {
        const struct reach *p = g_ptr_array_index(all, i);
        bool good = *p->answer || p->seen_ms || (p->delivered_ms && p->released);
        g_autofree char *text =
            g_strdup_printf(_("Tier %u: %s – %s"), p->tier, p->who, reach_word(p));
        step(r,
             p->unreadable ? "dialog-warning-symbolic"
             : good        ? "emblem-ok-symbolic"
                           : "content-loading-symbolic",
             text);
    }
}

/* ---- all of it */

static void show_verdict(TbdReceipt *r, GVariant *page, const struct say *s)
{
    static const char *const styles[] = { "good", "doubtful", "loud", "under-way" };
    g_autofree char *name = g_strconcat(word_drill(page), s->headline, NULL);

    for (gsize i = 0; i < G_N_ELEMENTS(styles); i++)
        gtk_widget_remove_css_class(r->verdict, styles[i]);
    gtk_widget_add_css_class(r->verdict, s->style);
    gtk_image_set_from_icon_name(r->icon, s->icon);
    gtk_widget_set_visible(GTK_WIDGET(r->icon), s->icon != NULL);
    gtk_widget_set_visible(r->spinner, !s->icon);
    gtk_spinner_set_spinning(GTK_SPINNER(r->spinner), !s->icon);
    gtk_label_set_text(r->headline, name);
    gtk_label_set_text(r->detail, s->detail);
    tbd_name(r->verdict, name);
    tbd_describe(r->verdict, s->detail);
}

static void show_page(TbdReceipt *r, GVariant *page, const struct say *s)
{
    g_autofree char *title = brief_title(page), *class = brief_class(page);
    g_autofree char *about = g_strdup_printf(_("%s · number %s"), class, doc_text(page, "id"));

    gtk_label_set_text(r->title, title);
    gtk_label_set_text(r->about, about);
    show_steps(r, page);
    adw_bin_set_child(ADW_BIN(r->numbers), s->telephone ? reach_numbers(page) : NULL);
}

static gboolean show(gpointer user)
{
    TbdReceipt *r = user;
    GVariant *page = r->full ? tbd_full_doc(r->full) : NULL;

    if (!page)
        return G_SOURCE_CONTINUE;
    struct say s = judge(r, page);
    g_autofree char *said = g_strconcat(s.headline, s.detail, NULL);
    if (g_strcmp0(said, r->said) != 0) {
        show_verdict(r, page, &s);
        g_free(r->said);
        r->said = g_steal_pointer(&said);
        show_page(r, page, &s);
    }
    g_free(s.headline);
    g_free(s.detail);
    return G_SOURCE_CONTINUE;
}

static void on_full(TbdReceipt *r)
{
    g_clear_pointer(&r->said, g_free); /* somebody saw it: the steps change, not the verdict */
    (void)show(r);
}

static void unset(TbdReceipt *r)
{
    if (r->full)
        g_signal_handler_disconnect(r->full, r->handler);
    g_clear_object(&r->full);
    g_clear_handle_id(&r->timer, g_source_remove);
    g_clear_pointer(&r->said, g_free);
}

static void on_another(TbdReceipt *r)
{
    g_signal_emit(r, another_signal, 0);
}

static void on_open(TbdReceipt *r)
{
    if (r->full)
        tbd_app_do("show-page", g_variant_new_string(tbd_full_id(r->full)));
}

static void add_button(TbdReceipt *r, const char *mnemonic, GCallback clicked)
{
    GtkWidget *button = tbd_button_new(mnemonic);

    gtk_widget_add_css_class(button, "pill");
    g_signal_connect_swapped(button, "clicked", clicked, r);
    gtk_box_append(GTK_BOX(r->buttons), button);
}

void tbd_receipt_show(TbdReceipt *r, const char *page)
{
    unset(r);
    if (!page)
        return;
    r->shown_ms = when_now();
    r->full = tbd_full_new(page);
    r->handler = g_signal_connect_swapped(r->full, "changed", G_CALLBACK(on_full), r);
    r->timer = g_timeout_add_seconds(1, show, r);
    gtk_label_set_text(r->headline, _("Signed. Going to the relay…"));
    gtk_label_set_text(r->detail, "");
    gtk_widget_set_visible(r->spinner, TRUE);
    gtk_spinner_set_spinning(GTK_SPINNER(r->spinner), TRUE);
    gtk_widget_set_visible(GTK_WIDGET(r->icon), FALSE);
    (void)show(r);
    gtk_widget_grab_focus(gtk_widget_get_first_child(r->buttons));
}

static void tbd_receipt_dispose(GObject *object)
{
    unset(TBD_RECEIPT(object));
    G_OBJECT_CLASS(tbd_receipt_parent_class)->dispose(object);
}

static void tbd_receipt_class_init(TbdReceiptClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    G_OBJECT_CLASS(class)->dispose = tbd_receipt_dispose;
    another_signal = g_signal_new("another", TBD_TYPE_RECEIPT, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                  NULL, G_TYPE_NONE, 0);
    gtk_widget_class_set_template_from_resource(widget, "/vn/trucban/desktop/receipt.ui");
    gtk_widget_class_bind_template_child(widget, TbdReceipt, verdict);
    gtk_widget_class_bind_template_child(widget, TbdReceipt, icon);
    gtk_widget_class_bind_template_child(widget, TbdReceipt, spinner);
    gtk_widget_class_bind_template_child(widget, TbdReceipt, headline);
    gtk_widget_class_bind_template_child(widget, TbdReceipt, detail);
    gtk_widget_class_bind_template_child(widget, TbdReceipt, numbers);
    gtk_widget_class_bind_template_child(widget, TbdReceipt, title);
    gtk_widget_class_bind_template_child(widget, TbdReceipt, about);
    gtk_widget_class_bind_template_child(widget, TbdReceipt, steps);
    gtk_widget_class_bind_template_child(widget, TbdReceipt, buttons);
}

static void tbd_receipt_init(TbdReceipt *r)
{
    gtk_widget_init_template(GTK_WIDGET(r));
    gtk_widget_set_layout_manager(r->buttons, tbd_wrap_new(12));
    add_button(r, _("_Open the page"), G_CALLBACK(on_open));
    add_button(r, _("_Another report"), G_CALLBACK(on_another));
}
