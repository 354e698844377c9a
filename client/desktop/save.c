/* SPDX-License-Identifier: GPL-3.0-or-later */
/* save.c - see save.h.  Reading and writing are done in a thread. */
#include "client/desktop/save.h"

#include <errno.h>
#include <unistd.h>

#include "client/api/lang.h"
#include "client/desktop/app.h"
#include "client/text/clean.h"

struct saving {
    GFile *file;
    int fd;
};

static void saving_free(gpointer data)
{
    struct saving *s = data;

    g_clear_object(&s->file);
    if (s->fd >= 0)
        (void)close(s->fd);
    g_free(s);
}

/* What a peer calls a file is not where it goes.  Gives. */
static char *safe_name(const char *name)
{
    g_autofree char *base = g_path_get_basename(name);
    char *clean = text_clean(base, false);

    g_strdelimit(clean, "/\\", '_');
    if (*clean == '.' || *clean == '\0')
        *clean = '_';
    return clean;
}

static void save_thread(GTask *task, gpointer source, gpointer data, GCancellable *cancel)
{
    const struct saving *s = data;
    GError *error = NULL;
    char part[65536];
    ssize_t n = 0;
    g_autoptr(GFileOutputStream) out =
        g_file_replace(s->file, NULL, FALSE,
                       G_FILE_CREATE_PRIVATE | G_FILE_CREATE_REPLACE_DESTINATION, cancel, &error);

    (void)source;
    for (off_t at = 0; out && !error && (n = pread(s->fd, part, sizeof part, at)) > 0; at += n)
        (void)g_output_stream_write_all(G_OUTPUT_STREAM(out), part, (gsize)n, NULL, cancel, &error);
    if (n < 0 && !error)
        error = g_error_new(G_IO_ERROR, g_io_error_from_errno(errno), "%s", g_strerror(errno));
    if (out && !error)
        (void)g_output_stream_close(G_OUTPUT_STREAM(out), cancel, &error);
    if (error)
        g_task_return_error(task, error);
    else
        g_task_return_boolean(task, TRUE);
}

static void on_saved(GObject *source, GAsyncResult *result, gpointer user)
{
    const struct saving *s = g_task_get_task_data(G_TASK(result));
    GError *error = NULL;

    (void)source, (void)user;
    if (!g_task_propagate_boolean(G_TASK(result), &error)) {
        tbd_app_refused(_("The file was not saved"), error);
        return;
    }
    g_autofree char *raw = g_file_get_basename(s->file), *name = text_clean(raw, false);
    g_autofree char *text = g_strdup_printf(_("Saved: %s"), name);
    tbd_app_notice(text);
}

static void on_chosen(GtkNativeDialog *dialog, int response, gpointer user)
{
    struct saving *s = user;

    if (response == GTK_RESPONSE_ACCEPT) {
        g_autoptr(GTask) task = g_task_new(NULL, NULL, on_saved, NULL);
        s->file = gtk_file_chooser_get_file(GTK_FILE_CHOOSER(dialog));
        g_task_set_task_data(task, s, saving_free);
        g_task_run_in_thread(task, save_thread);
    } else {
        saving_free(s);
    }
    g_object_unref(dialog);
}

/* Where downloads go, or home: not wherever the window was started. */
static void start_at(GtkFileChooser *chooser)
{
    const char *downloads = g_get_user_special_dir(G_USER_DIRECTORY_DOWNLOAD);
    bool there = downloads && g_file_test(downloads, G_FILE_TEST_IS_DIR);
    g_autoptr(GFile) folder = g_file_new_for_path(there ? downloads : g_get_home_dir());

    (void)gtk_file_chooser_set_current_folder(chooser, folder, NULL);
}

void tbd_save(const char *name, int fd)
{
    g_autofree char *proposed = safe_name(name);
    GtkFileChooserNative *dialog;
    struct saving *s;

    if (fd < 0) {
        tbd_app_notice(_("The content of this file is not on this device."));
        return;
    }
    dialog = gtk_file_chooser_native_new(_("Save the file"), tbd_app_window(),
                                         GTK_FILE_CHOOSER_ACTION_SAVE, _("Save"), _("Cancel"));
    start_at(GTK_FILE_CHOOSER(dialog)); /* no mnemonics: GTK 4.8 would read them aloud */
    gtk_file_chooser_set_current_name(GTK_FILE_CHOOSER(dialog), proposed);
    s = g_new0(struct saving, 1);
    s->fd = fd;
    (void)g_signal_connect(dialog, "response", G_CALLBACK(on_chosen), s);
    gtk_native_dialog_show(GTK_NATIVE_DIALOG(dialog));
}
