/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shortcuts.c - see shortcuts.h. */
#include "client/desktop/shortcuts.h"

#include <string.h>

#include "client/api/lang.h"
#include "client/desktop/names.h"

/* GTK's own words in this window, which it has not in every language. */
static void translate(GtkWidget *widget)
{
    static const char *const words[][2] = {
        { "Shortcuts", N_("Keyboard shortcuts") },
        { "All Shortcuts", N_("All keyboard shortcuts") },
        { "Search Results", N_("Found") },
    };

    for (gsize i = 0; GTK_IS_LABEL(widget) && i < G_N_ELEMENTS(words); i++)
        if (strcmp(gtk_label_get_text(GTK_LABEL(widget)), words[i][0]) == 0)
            gtk_label_set_text(GTK_LABEL(widget), _(words[i][1]));
    for (GtkWidget *c = gtk_widget_get_first_child(widget); c; c = gtk_widget_get_next_sibling(c))
        translate(c);
}

void tbd_shortcuts_show(GtkWindow *parent)
{
    g_autoptr(GtkBuilder) builder =
        gtk_builder_new_from_resource("/vn/trucban/desktop/shortcuts.ui");
    GtkWindow *window = GTK_WINDOW(gtk_builder_get_object(builder, "shortcuts"));

    gtk_window_set_transient_for(window, parent);
    gtk_window_set_title(window, _("Keyboard shortcuts"));
    translate(GTK_WIDGET(window));
    tbd_name_icons(GTK_WIDGET(window), _("Find a shortcut"));
    gtk_window_present(window);
}
