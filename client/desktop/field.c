/* SPDX-License-Identifier: GPL-3.0-or-later */
/* field.c - see field.h. */
#include "client/desktop/field.h"

#include "client/desktop/names.h"

/* What has the cursor: an entry row's inner text. */
static GtkWidget *inner(GtkWidget *field)
{
    GtkEditable *delegate =
        GTK_IS_EDITABLE(field) ? gtk_editable_get_delegate(GTK_EDITABLE(field)) : NULL;

    return delegate ? GTK_WIDGET(delegate) : field;
}

void tbd_field_error(GtkWidget *field, GtkLabel *label, const char *error)
{
    GtkWidget *target = inner(field);

    gtk_label_set_text(label, error ? error : "");
    gtk_widget_set_visible(gtk_widget_get_parent(GTK_WIDGET(label)), error != NULL);
    if (error)
        gtk_widget_add_css_class(field, "error");
    else
        gtk_widget_remove_css_class(field, "error");
    gtk_accessible_update_state(GTK_ACCESSIBLE(target), GTK_ACCESSIBLE_STATE_INVALID,
                                error ? GTK_ACCESSIBLE_INVALID_TRUE : GTK_ACCESSIBLE_INVALID_FALSE,
                                -1);
    tbd_describe(target, error ? error : "");
}

void tbd_field_name(GtkWidget *field, const char *name)
{
    tbd_name(field, name);
    tbd_name(inner(field), name);
}

static GtkWidget *line(const char *text, const char *style)
{
    GtkWidget *label = gtk_label_new(text);

    gtk_label_set_wrap(GTK_LABEL(label), TRUE);
    gtk_label_set_wrap_mode(GTK_LABEL(label), PANGO_WRAP_WORD_CHAR);
    gtk_label_set_xalign(GTK_LABEL(label), 0);
    if (style)
        gtk_widget_add_css_class(label, style);
    return label;
}

GtkWidget *tbd_choice_new(GtkCheckButton *group, const char *heading, const char *below)
{
    GtkWidget *button = gtk_check_button_new();
    GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 2);
    GtkWidget *below_label = line(below, "dim-label");

    gtk_box_append(GTK_BOX(box), line(heading, "heading"));
    gtk_box_append(GTK_BOX(box), below_label);
    gtk_widget_add_css_class(below_label, "caption");
    gtk_widget_set_hexpand(box, TRUE);
    gtk_check_button_set_child(GTK_CHECK_BUTTON(button), box);
    gtk_check_button_set_group(GTK_CHECK_BUTTON(button), group);
    gtk_widget_add_css_class(button, "choice");
    tbd_name(button, heading);
    tbd_describe(button, below);
    return button;
}
