/* SPDX-License-Identifier: GPL-3.0-or-later */
/* app.c - see app.h. */
#include "client/desktop/app.h"

#include "client/api/build.h"
#include "client/api/lang.h"
#include "client/api/profile.h"
#include "client/desktop/actions.h"
#include "client/desktop/refusal.h"
#include "client/desktop/window.h"

struct _TbdApp {
    AdwApplication parent;
    TbdAgent *agent;
    TbdLists *lists;
    TbdNotices *notices;
    TbdWindow *window;
    char *home, *page; /* as given */
    gboolean hidden, report, test_alarm;
};

G_DEFINE_FINAL_TYPE(TbdApp, tbd_app, ADW_TYPE_APPLICATION)

static TbdApp *app(void)
{
    return TBD_APP(g_application_get_default());
}

/* GTK would say it in English, and end. */
static void need_display(void)
{
    const char *x = g_getenv("DISPLAY"), *wayland = g_getenv("WAYLAND_DISPLAY");

    if (gtk_init_check())
        return;
    g_printerr(_("trucban-desktop: no screen can be opened (DISPLAY '%s', WAYLAND_DISPLAY '%s'). "
                 "Start it in a desktop session, over the network with ssh -X, or use the command "
                 "line: trucban --help\n"),
               x ? x : "", wayland ? wayland : "");
    exit(1);
}

static void tbd_app_startup(GApplication *application)
{
    TbdApp *a = TBD_APP(application);

    need_display();
    G_APPLICATION_CLASS(tbd_app_parent_class)->startup(application);
    a->agent = tbd_agent_new(a->home);
    a->lists = tbd_lists_new(a->agent);
    a->notices = tbd_notices_new();
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
    gtk_window_present(GTK_WINDOW(a->window));
}

/* What the command line asks for is done by the window that runs already, if one does. */
static void tbd_app_begin(TbdApp *a)
{
    GActionGroup *all = G_ACTION_GROUP(a);

    if (a->page)
        g_action_group_activate_action(all, "show-page", g_variant_new_string(a->page));
    else if (a->report)
        g_action_group_activate_action(all, "report", NULL);
    else if (a->test_alarm)
        g_action_group_activate_action(all, "test-alarm", NULL);
    else if (!a->hidden)
        g_application_activate(G_APPLICATION(a));
    else if (!g_application_get_is_remote(G_APPLICATION(a)))
        g_application_hold(
            G_APPLICATION(a)); /* made hidden, a window is no frame to screen readers */
}

static gboolean tbd_app_local_command_line(GApplication *application, char ***argv, int *status)
{
    g_autoptr(GError) error = NULL;

    (void)argv;
    *status = g_application_register(application, NULL, &error) ? 0 : 1;
    if (*status == 0)
        tbd_app_begin(TBD_APP(application));
    else
        g_printerr("trucban-desktop: %s\n", error->message);
    return TRUE;
}

static void tbd_app_finalize(GObject *object)
{
    TbdApp *a = TBD_APP(object);

    g_clear_object(&a->notices);
    g_clear_object(&a->lists);
    g_clear_object(&a->agent);
    g_free(a->home);
    g_free(a->page);
    G_OBJECT_CLASS(tbd_app_parent_class)->finalize(object);
}

static void tbd_app_class_init(TbdAppClass *class)
{
    G_OBJECT_CLASS(class)->finalize = tbd_app_finalize;
    G_APPLICATION_CLASS(class)->startup = tbd_app_startup;
    G_APPLICATION_CLASS(class)->activate = tbd_app_activate;
    G_APPLICATION_CLASS(class)->local_command_line = tbd_app_local_command_line;
}

static void tbd_app_init(TbdApp *a)
{
    (void)a;
}

static gboolean print_version(const char *name, const char *value, gpointer data, GError **error)
{
    (void)name, (void)value, (void)data, (void)error;
    g_print("trucban-desktop %s\n", TB_VERSION);
    exit(0);
}

static bool parse(TbdApp *a, int argc, char **argv)
{
    g_autofree char *lang = NULL; /* chosen already */
    const GOptionEntry entries[] = {
        { "home", 0, 0, G_OPTION_ARG_FILENAME, &a->home, N_("The profile's folder"), N_("DIR") },
        { "lang", 0, 0, G_OPTION_ARG_STRING, &lang, N_("Language: vi or en"), N_("LANG") },
        { "page", 0, 0, G_OPTION_ARG_STRING, &a->page, N_("Show this page"), N_("PAGE") },
        { "report", 0, 0, G_OPTION_ARG_NONE, &a->report, N_("Write a report"), NULL },
        { "test-alarm", 0, 0, G_OPTION_ARG_NONE, &a->test_alarm, N_("Test the alarm"), NULL },
        { "hidden", 0, 0, G_OPTION_ARG_NONE, &a->hidden, N_("Start without showing the window"),
          NULL },
        { "version", 0, G_OPTION_FLAG_NO_ARG, G_OPTION_ARG_CALLBACK, (gpointer)print_version,
          N_("Print the version and end"), NULL },
        G_OPTION_ENTRY_NULL,
    };
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    g_autoptr(GError) error = NULL;

    g_option_context_add_main_entries(context, entries, "trucban");
    if (g_option_context_parse(context, &argc, &argv, &error) && argc == 1)
        return true;
    if (error)
        g_printerr("trucban-desktop: %s\n", error->message);
    else
        g_printerr(_("trucban-desktop: '%s' is none of its arguments\n"), argv[1]);
    g_printerr(_("What it takes is told by: trucban-desktop --help\n"));
    return false;
}

/* The usual profile is made by the first start; another one is named by somebody, who may have mistyped it. */
static bool home_is_there(const char *given)
{
    if (!given || g_file_test(given, G_FILE_TEST_IS_DIR))
        return true;
    if (!*given) {
        g_printerr(_("trucban-desktop: --home '': a folder's name belongs there; without --home it "
                     "is the usual profile\n"));
        return false;
    }
    if (g_file_test(given, G_FILE_TEST_EXISTS)) {
        g_printerr(_("trucban-desktop: --home %s: this is no folder; a profile is one\n"), given);
        return false;
    }
    g_printerr(_("trucban-desktop: --home %s: there is no such folder. For a new profile make it "
                 "first: mkdir -m 700 '%s'\n"),
               given, given);
    return false;
}

/* OpenGL's libraries are half of the memory and a tenth of the start; who has it drawn by the processor needs none. */
static void spare_gl(void)
{
    if (g_strcmp0(g_getenv("GSK_RENDERER"), "cairo") == 0 && !g_getenv("GDK_DEBUG"))
        (void)g_setenv("GDK_DEBUG", "gl-disable", TRUE);
}

int tbd_app_run(int argc, char **argv)
{
    g_autoptr(TbdApp) a =
        g_object_new(TBD_TYPE_APP, "resource-base-path", "/vn/trucban/desktop", NULL);

    if (!parse(a, argc, argv) || !home_is_there(a->home))
        return 2;
    spare_gl();
    g_set_prgname("trucban-desktop");
    g_set_application_name(_("Officer on watch"));
    g_autofree char *home = tba_profile_home(a->home), *id = tba_profile_window(home);
    g_application_set_application_id(G_APPLICATION(a), id);
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

TbdNotices *tbd_app_notices(void)
{
    return app()->notices;
}

void tbd_app_notice(const char *text)
{
    tbd_notices_say(app()->notices, text);
}

void tbd_app_refused(const char *what, GError *error)
{
    tbd_refusal_show(tbd_app_window(), what, error);
}
