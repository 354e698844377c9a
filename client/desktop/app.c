/* SPDX-License-Identifier: GPL-3.0-or-later */
/* app.c - see app.h. */
#include "client/desktop/app.h"

#include <string.h>

#include "client/api/build.h"
#include "client/api/lang.h"
#include "client/api/profile.h"
#include "client/desktop/actions.h"
#include "client/desktop/refusal.h"
#include "client/desktop/window.h"

#define APP_ID "vn.trucban.Desktop"

struct _TbdApp {
    AdwApplication parent;
    TbdAgent *agent;
    TbdLists *lists;
    TbdWindow *window;
    char *home; /* as given */
    gboolean hidden;
};

G_DEFINE_FINAL_TYPE(TbdApp, tbd_app, ADW_TYPE_APPLICATION)

static TbdApp *app(void)
{
    return TBD_APP(g_application_get_default());
}

static void tbd_app_startup(GApplication *application)
{
    TbdApp *a = TBD_APP(application);

    G_APPLICATION_CLASS(tbd_app_parent_class)->startup(application);
    a->agent = tbd_agent_new(a->home);
    a->lists = tbd_lists_new(a->agent);
    tbd_actions_add(GTK_APPLICATION(a));
    tbd_agent_start(a->agent);
}

static void tbd_app_activate(GApplication *application)
{
    TbdApp *a = TBD_APP(application);

    if (!a->window) {
        a->window = tbd_window_new(GTK_APPLICATION(a));
        g_object_add_weak_pointer(G_OBJECT(a->window), (gpointer *)&a->window);
    }
    if (!a->hidden)
        gtk_window_present(GTK_WINDOW(a->window));
    a->hidden = FALSE; /* only the first time */
}

static void tbd_app_finalize(GObject *object)
{
    TbdApp *a = TBD_APP(object);

    g_clear_object(&a->lists);
    g_clear_object(&a->agent);
    g_free(a->home);
    G_OBJECT_CLASS(tbd_app_parent_class)->finalize(object);
}

static void tbd_app_class_init(TbdAppClass *class)
{
    G_OBJECT_CLASS(class)->finalize = tbd_app_finalize;
    G_APPLICATION_CLASS(class)->startup = tbd_app_startup;
    G_APPLICATION_CLASS(class)->activate = tbd_app_activate;
}

static void tbd_app_init(TbdApp *a)
{
    (void)a;
}

/* Another profile is another application: two windows of two people on one desktop do not meet. */
static char *app_id(const char *home)
{
    g_autofree char *mine = tba_profile_home(home);
    g_autofree char *usual = g_build_filename(g_get_user_data_dir(), "trucban", NULL);

    if (strcmp(mine, usual) == 0)
        return g_strdup(APP_ID);
    g_autofree char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, mine, -1);
    hash[16] = '\0';
    return g_strconcat(APP_ID ".p", hash, NULL);
}

static gboolean print_version(const char *name, const char *value, gpointer data, GError **error)
{
    (void)name, (void)value, (void)data, (void)error;
    g_print("trucban-desktop %s\n", TB_VERSION);
    exit(0);
}

int tbd_app_run(int argc, char **argv)
{
    g_autofree char *home = NULL, *lang = NULL;
    gboolean hidden = FALSE;
    const GOptionEntry entries[] = {
        { "home", 0, 0, G_OPTION_ARG_FILENAME, &home, N_("The profile's folder"), N_("DIR") },
        { "lang", 0, 0, G_OPTION_ARG_STRING, &lang, N_("Language: vi or en"), N_("LANG") },
        { "hidden", 0, 0, G_OPTION_ARG_NONE, &hidden, N_("Start without showing the window"),
          NULL },
        { "version", 0, G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK, (gpointer)print_version,
          N_("Print the version and end"), NULL },
        G_OPTION_ENTRY_NULL,
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_autoptr(GError) error = NULL;

    g_option_context_add_main_entries(context, entries, "trucban");
    if (!g_option_context_parse(context, &argc, &argv, &error) || argc > 1) {
        g_printerr("trucban-desktop: %s\n", error ? error->message : argv[1]);
        return 2;
    }
    g_set_prgname("trucban-desktop");
    g_set_application_name(_("Officer on watch"));
    g_autofree char *id = app_id(home);
    g_autoptr(TbdApp) a = g_object_new(TBD_TYPE_APP, "application-id", id, "resource-base-path",
                                       "/vn/trucban/desktop", NULL);
    a->home = g_strdup(home);
    a->hidden = hidden;
    return g_application_run(G_APPLICATION(a), 1, argv);
}

TbdAgent *tbd_app_agent(void)
{
    return app()->agent;
}

TbdLists *tbd_app_lists(void)
{
    return app()->lists;
}

GtkWindow *tbd_app_window(void)
{
    return app()->window ? GTK_WINDOW(app()->window) : NULL;
}

void tbd_app_do(const char *action, GVariant *parameter)
{
    g_action_group_activate_action(G_ACTION_GROUP(app()), action, parameter);
}

void tbd_app_toast(const char *text)
{
    if (app()->window)
        tbd_window_toast(app()->window, text);
}

void tbd_app_refused(const char *what, GError *error)
{
    tbd_refusal_show(tbd_app_window(), what, error);
}
