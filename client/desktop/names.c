/* SPDX-License-Identifier: GPL-3.0-or-later */
/* names.c - see names.h. */
#include "client/desktop/names.h"

#include <stdbool.h>

#include "client/text/clean.h"

void tbd_name(gpointer widget, const char *name)
{
    gtk_accessible_reset_relation(GTK_ACCESSIBLE(widget), GTK_ACCESSIBLE_RELATION_LABELLED_BY);
    gtk_accessible_update_property(GTK_ACCESSIBLE(widget), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

void tbd_describe(gpointer widget, const char *text)
{
    gtk_accessible_update_property(GTK_ACCESSIBLE(widget), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                   text, -1);
}

/* "_Accept" without its underline. */
static char *plain(const char *mnemonic)
{
    GString *s = g_string_new(NULL);

    for (const char *p = mnemonic; *p; p++)
        if (*p != '_' || *++p)
            g_string_append_c(s, *p);
    return g_string_free(s, FALSE);
}

GtkWidget *tbd_button_new(const char *mnemonic)
{
    GtkWidget *button = gtk_button_new_with_mnemonic(mnemonic);
    g_autofree char *name = plain(mnemonic);

    tbd_name(button, name);
    return button;
}

GtkWidget *tbd_icon_button_new(const char *icon, const char *name)
{
    GtkWidget *button = gtk_button_new_from_icon_name(icon);

    gtk_widget_set_tooltip_text(button, name);
    tbd_name(button, name);
    return button;
}

static bool is_icon_button(GtkWidget *w)
{
    if (GTK_IS_BUTTON(w))
        return !gtk_button_get_label(GTK_BUTTON(w)) && GTK_IS_IMAGE(gtk_widget_get_first_child(w));
    return false;
}

void tbd_name_icons(GtkWidget *root, const char *name)
{
    for (GtkWidget *w = gtk_widget_get_first_child(root); w; w = gtk_widget_get_next_sibling(w)) {
        if (is_icon_button(w))
            tbd_name(w, name);
        else
            tbd_name_icons(w, name);
    }
}

void tbd_pass_by_panes(GtkWidget *root)
{
    for (GtkWidget *w = gtk_widget_get_first_child(root); w; w = gtk_widget_get_next_sibling(w)) {
        if (GTK_IS_SCROLLED_WINDOW(w))
            gtk_widget_set_focusable(w, FALSE);
        tbd_pass_by_panes(w);
    }
}

gboolean tbd_focus_inside(GtkWidget *widget)
{
    for (GtkWidget *w = gtk_widget_get_first_child(widget); w; w = gtk_widget_get_next_sibling(w))
        if (gtk_widget_child_focus(w, GTK_DIR_TAB_FORWARD))
            return TRUE;
    return FALSE;
}

void tbd_set_text(GtkLabel *label, const char *text, bool prose)
{
    g_autofree char *clean = text_clean(text, prose);

    gtk_label_set_text(label, clean);
}
