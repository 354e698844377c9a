/* SPDX-License-Identifier: GPL-3.0-or-later */
/* shortcuts.c - see shortcuts.h. */
#include "client/desktop/shortcuts.h"

#include "client/api/lang.h"
#include "client/desktop/names.h"

void tbd_shortcuts_show(GtkWindow *parent)
{
    g_autoptr(GtkBuilder) builder =
        gtk_builder_new_from_resource("/vn/trucban/desktop/shortcuts.ui");
    GtkWindow *window = GTK_WINDOW(gtk_builder_get_object(builder, "shortcuts"));

    gtk_window_set_transient_for(window, parent);
    tbd_name_icons(GTK_WIDGET(window), _("Find a shortcut"));
    gtk_window_present(window);
}
