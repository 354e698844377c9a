/* SPDX-License-Identifier: GPL-3.0-or-later */
/* attach.c - see attach.h. */
#define _GNU_SOURCE /* memfd_create */
#include "client/desktop/attach.h"

#include <sys/mman.h>
#include <unistd.h>

#include "client/api/lang.h"
#include "client/desktop/app.h"
#include "client/desktop/check.h"
#include "client/desktop/field.h"
#include "client/desktop/names.h"
#include "client/text/clean.h"
#include "client/text/words.h"
#include "proto/cleanup.h"
#include "proto/limits.h"

struct file {
    char *name; /* tidied */
    GBytes *data;
};

struct _TbdAttach {
    AdwBin parent;
    GtkListBox *list;
    GtkLabel *error;
    GtkWidget *add;
    GPtrArray *files;
    GtkFileChooserNative *chooser;
};

G_DEFINE_FINAL_TYPE(TbdAttach, tbd_attach, ADW_TYPE_BIN)

static guint changed_signal;

static void show(TbdAttach *a);

static void file_free(gpointer data)
{
    struct file *f = data;

    g_free(f->name);
    g_clear_pointer(&f->data, g_bytes_unref);
    g_free(f);
}

static void complain(TbdAttach *a, char *error)
{
    tbd_field_error(a->add, a->error, error);
    g_free(error);
}

static void on_remove(TbdAttach *a, GtkWidget *button)
{
    struct file *f = g_object_get_data(G_OBJECT(button), "file");

    (void)g_ptr_array_remove(a->files, f);
    complain(a, NULL);
    show(a);
    gtk_widget_grab_focus(a->add);
    g_signal_emit(a, changed_signal, 0);
}

static GtkWidget *row_of(TbdAttach *a, struct file *f)
{
    GtkWidget *row = adw_action_row_new();
    g_autofree char *clean = text_clean(f->name, false);
    g_autofree char *size = word_size(g_bytes_get_size(f->data));
    g_autofree char *action = g_strdup_printf(_("Remove %s"), clean);
    GtkWidget *button = tbd_icon_button_new("user-trash-symbolic", action);

    adw_preferences_row_set_use_markup(ADW_PREFERENCES_ROW(row), FALSE);
    adw_preferences_row_set_title(ADW_PREFERENCES_ROW(row), clean);
    adw_action_row_set_title_lines(ADW_ACTION_ROW(row), 0);
    adw_action_row_set_subtitle(ADW_ACTION_ROW(row), size);
    adw_action_row_add_prefix(ADW_ACTION_ROW(row),
                              gtk_image_new_from_icon_name("mail-attachment-symbolic"));
    gtk_widget_set_valign(button, GTK_ALIGN_CENTER);
    gtk_widget_add_css_class(button, "flat");
    g_object_set_data(G_OBJECT(button), "file", f);
    g_signal_connect_object(button, "clicked", G_CALLBACK(on_remove), a, G_CONNECT_SWAPPED);
    adw_action_row_add_suffix(ADW_ACTION_ROW(row), button);
    return row;
}

static void show(TbdAttach *a)
{
    GtkListBoxRow *row;

    while ((row = gtk_list_box_get_row_at_index(a->list, 0)))
        gtk_list_box_remove(a->list, GTK_WIDGET(row));
    for (guint i = 0; i < a->files->len; i++)
        gtk_list_box_append(a->list, row_of(a, g_ptr_array_index(a->files, i)));
    gtk_widget_set_visible(GTK_WIDGET(a->list), a->files->len > 0);
}

static void keep(TbdAttach *a, const char *name, GBytes *data)
{
    struct file *f = g_new0(struct file, 1);

    f->name = g_strdup(name);
    f->data = g_bytes_ref(data);
    g_ptr_array_add(a->files, f);
}

/* ---- from disk */

/* One byte more than is allowed is enough to know. */
static void read_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancel)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GFileInputStream) in = g_file_read(G_FILE(data), cancel, &error);
    g_autofree guint8 *buffer = g_malloc(TB_INLINE_FILE_MAX + 1);
    gsize n = 0;

    (void)source;
    if (!in || !g_input_stream_read_all(G_INPUT_STREAM(in), buffer, TB_INLINE_FILE_MAX + 1, &n,
                                        cancel, &error)) {
        g_task_return_error(task, g_steal_pointer(&error));
        return;
    }
    g_autoptr(GFileInfo) info =
        g_file_input_stream_query_info(in, G_FILE_ATTRIBUTE_STANDARD_SIZE, cancel, NULL);
    if (n > TB_INLINE_FILE_MAX) {
        goffset size = info ? g_file_info_get_size(info) : 0;
        g_object_set_data(G_OBJECT(task), "size", GSIZE_TO_POINTER(MAX((gsize)MAX(size, 0), n)));
    }
    g_task_return_pointer(task, g_bytes_new_take(g_steal_pointer(&buffer), n),
                          (GDestroyNotify)g_bytes_unref);
}

static void on_read(GObject *source, GAsyncResult *result, gpointer user)
{
    TbdAttach *a = TBD_ATTACH(source);
    GTask *task = G_TASK(result);
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) data = g_task_propagate_pointer(task, &error);
    g_autofree char *base = g_file_get_basename(G_FILE(g_task_get_task_data(task)));
    g_autofree char *shown = g_filename_display_name(base);
    g_autofree char *name = check_tidy(shown, false);
    gsize size = GPOINTER_TO_SIZE(g_object_get_data(G_OBJECT(task), "size"));

    (void)user;
    if (!a->files) /* the window went meanwhile */
        return;
    if (!data) {
        complain(a, g_strdup_printf(_("“%s” cannot be read: %s"), name, error->message));
        return;
    }
    char *wrong = check_file(name, size ? size : g_bytes_get_size(data));
    if (!wrong)
        wrong = check_file_count(a->files->len + 1);
    complain(a, wrong);
    if (wrong)
        return;
    keep(a, name, data);
    show(a);
    g_signal_emit(a, changed_signal, 0);
}

void tbd_attach_add(TbdAttach *a, GFile *file)
{
    g_autoptr(GTask) task = g_task_new(a, NULL, on_read, NULL);

    g_task_set_task_data(task, g_object_ref(file), g_object_unref);
    g_task_run_in_thread(task, read_thread);
}

static void on_chosen(TbdAttach *a, int response)
{
    if (response == GTK_RESPONSE_ACCEPT) {
        g_autoptr(GListModel) files = gtk_file_chooser_get_files(GTK_FILE_CHOOSER(a->chooser));
        for (guint i = 0; i < g_list_model_get_n_items(files); i++) {
            g_autoptr(GFile) file = g_list_model_get_item(files, i);
            tbd_attach_add(a, file);
        }
    }
    g_clear_object(&a->chooser);
}

static void on_add(TbdAttach *a)
{
    if (a->chooser)
        return;
    a->chooser = gtk_file_chooser_native_new(_("Attach files"), tbd_app_window(),
                                             GTK_FILE_CHOOSER_ACTION_OPEN, _("_Attach"), NULL);
    gtk_file_chooser_set_select_multiple(GTK_FILE_CHOOSER(a->chooser), TRUE);
    g_signal_connect_object(a->chooser, "response", G_CALLBACK(on_chosen), a, G_CONNECT_SWAPPED);
    gtk_native_dialog_show(GTK_NATIVE_DIALOG(a->chooser));
}

static gboolean on_drop(TbdAttach *a, const GValue *value)
{
    GSList *files = g_value_get_boxed(value);

    for (GSList *l = files; l; l = l->next)
        tbd_attach_add(a, G_FILE(l->data));
    return TRUE;
}

/* ---- to and from the agent */

static GBytes *bytes_of(int fd)
{
    g_autofree guint8 *buffer = g_malloc(TB_INLINE_FILE_MAX);
    ssize_t n = pread(fd, buffer, TB_INLINE_FILE_MAX, 0);

    return n < 0 ? NULL : g_bytes_new(buffer, (gsize)n);
}

void tbd_attach_restore(TbdAttach *a, GVariant *files, GVariant *handles, GUnixFDList *fds)
{
    for (gsize i = 0; files && fds && i < g_variant_n_children(files); i++) {
        g_autoptr(GVariant) file = g_variant_get_child_value(files, i);
        gint32 handle = -1;
        if (i < g_variant_n_children(handles))
            g_variant_get_child(handles, i, "h", &handle);
        TB_CLEANUP(tb_closep)
        int fd = handle >= 0 && handle < g_unix_fd_list_get_length(fds)
                     ? g_unix_fd_list_get(fds, handle, NULL)
                     : -1;
        g_autoptr(GBytes) data = fd < 0 ? NULL : bytes_of(fd);
        if (data)
            keep(a, doc_text(file, "name"), data);
    }
    show(a);
}

static int memory_of(GBytes *data)
{
    TB_CLEANUP(tb_closep) int fd = memfd_create("file", MFD_CLOEXEC);
    gsize n = 0;
    const guint8 *p = g_bytes_get_data(data, &n);

    while (fd >= 0 && n > 0) {
        ssize_t did = write(fd, p, n);
        if (did <= 0)
            return -1;
        p += did;
        n -= (gsize)did;
    }
    int out = fd;
    fd = -1; /* the caller's now */
    return out;
}

GVariant *tbd_attach_names(TbdAttach *a)
{
    GVariantBuilder names;

    g_variant_builder_init(&names, G_VARIANT_TYPE_STRING_ARRAY);
    for (guint i = 0; i < a->files->len; i++)
        g_variant_builder_add(&names, "s", ((struct file *)g_ptr_array_index(a->files, i))->name);
    return g_variant_builder_end(&names);
}

GVariant *tbd_attach_handles(TbdAttach *a, GUnixFDList *fds)
{
    GVariantBuilder handles;

    g_variant_builder_init(&handles, G_VARIANT_TYPE("ah"));
    for (guint i = 0; i < a->files->len; i++) {
        struct file *f = g_ptr_array_index(a->files, i);
        TB_CLEANUP(tb_closep) int fd = memory_of(f->data);
        int index = fd < 0 ? -1 : g_unix_fd_list_append(fds, fd, NULL);
        if (index >= 0) /* else the agent refuses: fewer files than names */
            g_variant_builder_add(&handles, "h", index);
    }
    return g_variant_builder_end(&handles);
}

guint tbd_attach_count(TbdAttach *a)
{
    return a->files->len;
}

void tbd_attach_clear(TbdAttach *a)
{
    g_ptr_array_set_size(a->files, 0);
    complain(a, NULL);
    show(a);
}

static void tbd_attach_dispose(GObject *object)
{
    TbdAttach *a = TBD_ATTACH(object);

    g_clear_object(&a->chooser);
    g_clear_pointer(&a->files, g_ptr_array_unref);
    G_OBJECT_CLASS(tbd_attach_parent_class)->dispose(object);
}

static void tbd_attach_class_init(TbdAttachClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    G_OBJECT_CLASS(class)->dispose = tbd_attach_dispose;
    changed_signal = g_signal_new("changed", TBD_TYPE_ATTACH, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                  NULL, G_TYPE_NONE, 0);
    gtk_widget_class_set_template_from_resource(widget, "/vn/trucban/desktop/attach.ui");
    gtk_widget_class_bind_template_child(widget, TbdAttach, list);
    gtk_widget_class_bind_template_child(widget, TbdAttach, error);
    gtk_widget_class_bind_template_child(widget, TbdAttach, add);
}

static void tbd_attach_init(TbdAttach *a)
{
    GtkDropTarget *drop = gtk_drop_target_new(GDK_TYPE_FILE_LIST, GDK_ACTION_COPY);

    gtk_widget_init_template(GTK_WIDGET(a));
    a->files = g_ptr_array_new_with_free_func(file_free);
    tbd_name(a->add, _("Attach files"));
    g_signal_connect_swapped(a->add, "clicked", G_CALLBACK(on_add), a);
    g_signal_connect_swapped(drop, "drop", G_CALLBACK(on_drop), a);
    gtk_widget_add_controller(GTK_WIDGET(a), GTK_EVENT_CONTROLLER(drop));
    show(a);
}
