/* SPDX-License-Identifier: GPL-3.0-or-later */
/* unlock.c - see unlock.h. */
#include "client/desktop/unlock.h"

#include "client/api/lang.h"
#include "client/desktop/app.h"
#include "client/desktop/names.h"
#include "client/desktop/refusal.h"
#include "client/desktop/secret.h"

struct _TbdUnlock {
    AdwBin parent;
    GtkWidget *passphrase, *remember, *button;
    GtkLabel *trouble;
};

G_DEFINE_FINAL_TYPE(TbdUnlock, tbd_unlock, ADW_TYPE_BIN)

void tbd_unlock_try(TbdUnlock *u);
void tbd_unlock_typed(TbdUnlock *u);

static const char *typed(TbdUnlock *u)
{
    return gtk_editable_get_text(GTK_EDITABLE(u->passphrase));
}

static void say(TbdUnlock *u, const char *text)
{
    gtk_label_set_text(u->trouble, text);
    gtk_widget_set_visible(GTK_WIDGET(u->trouble), *text != 0);
}

static void on_unlocked(GObject *source, GAsyncResult *result, gpointer user)
{
    g_autoptr(TbdUnlock) u = user;
    g_autoptr(GError) error = NULL;

    gtk_widget_set_sensitive(GTK_WIDGET(u), TRUE);
    if (tba_agent_call_unlock_finish(TBA_AGENT(source), NULL, result, &error)) {
        gtk_editable_set_text(GTK_EDITABLE(u->passphrase), "");
        return; /* the status follows, and with it the next stage */
    }
    g_autofree char *name = tbd_refusal_name(error);
    g_autofree char *why = tbd_refusal_text(error);
    bool wrong = g_strcmp0(name, "BADSIG") == 0;
    say(u, wrong ? _("That is not the passphrase. Vietnamese accents and capitals count.") : why);
    gtk_editable_select_region(GTK_EDITABLE(u->passphrase), 0, -1);
    (void)gtk_widget_grab_focus(u->passphrase);
}

void tbd_unlock_typed(TbdUnlock *u)
{
    gtk_widget_set_sensitive(u->button, *typed(u) != 0);
    if (*typed(u))
        say(u, "");
}

void tbd_unlock_try(TbdUnlock *u)
{
    TbaAgent *agent = tbd_agent_proxy(tbd_app_agent());

    if (!*typed(u) || !agent)
        return;
    g_autoptr(GUnixFDList) fds = tbd_secret_new(typed(u));
    if (!fds) {
        say(u, _("out of memory"));
        return;
    }
    gtk_widget_set_sensitive(GTK_WIDGET(u), FALSE);
    tba_agent_call_unlock(agent, g_variant_new_handle(0),
                          gtk_switch_get_active(GTK_SWITCH(u->remember)), fds, NULL, on_unlocked,
                          g_object_ref(u));
}

static void on_map(GtkWidget *widget)
{
    GTK_WIDGET_CLASS(tbd_unlock_parent_class)->map(widget);
    (void)gtk_widget_grab_focus(TBD_UNLOCK(widget)->passphrase);
}

static void tbd_unlock_class_init(TbdUnlockClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    widget->map = on_map;
    gtk_widget_class_set_template_from_resource(widget, "/vn/trucban/desktop/unlock.ui");
    gtk_widget_class_bind_template_child(widget, TbdUnlock, passphrase);
    gtk_widget_class_bind_template_child(widget, TbdUnlock, remember);
    gtk_widget_class_bind_template_child(widget, TbdUnlock, button);
    gtk_widget_class_bind_template_child(widget, TbdUnlock, trouble);
    gtk_widget_class_bind_template_callback(widget, tbd_unlock_try);
    gtk_widget_class_bind_template_callback(widget, tbd_unlock_typed);
}

static void tbd_unlock_init(TbdUnlock *u)
{
    gtk_widget_init_template(GTK_WIDGET(u));
    tbd_name(u->remember, _("Remember on this desktop"));
    tbd_name(u->button, _("Unlock"));
    tbd_name_icons(u->passphrase, _("Show the passphrase"));
}
