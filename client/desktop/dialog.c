/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dialog.c - see dialog.h. */
#include "client/desktop/dialog.h"

#include "client/desktop/names.h"

/* libadwaita makes the buttons: their names have the mnemonic's underline and come twice. */
static void name_buttons(GtkWidget *widget)
{
    const char *label = GTK_IS_BUTTON(widget) && gtk_button_get_use_underline(GTK_BUTTON(widget))
                            ? gtk_button_get_label(GTK_BUTTON(widget))
                            : NULL;

    if (label) {
        g_auto(GStrv) parts = g_strsplit(label, "_", 2);
        g_autofree char *name = g_strjoinv("", parts);
        tbd_name(widget, name);
    }
    for (GtkWidget *c = gtk_widget_get_first_child(widget); c; c = gtk_widget_get_next_sibling(c))
        name_buttons(c);
}

void tbd_dialog_present(AdwMessageDialog *dialog)
{
    name_buttons(GTK_WIDGET(dialog));
    gtk_window_present(GTK_WINDOW(dialog));
}
