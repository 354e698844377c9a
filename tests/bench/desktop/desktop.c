/* SPDX-License-Identifier: GPL-3.0-or-later */
/* desktop.c - how fast the window is, measured inside: the whole of it runs here, its main loop and frame clock
 * are listened to, and it is used by code instead of a hand.
 *
 *     desktop_bench start|scroll|search|arrive --home DIR      (a dummy agent serves DIR; see desktop.sh)
 *
 * A frame is all that happens between its before-paint and its after-paint: layout, drawing, and in software
 * also the pixels.  A turn is what the main loop does between two waits: frames, answers of the agent, timers.
 * `cpu` is the time that the main thread ran, without what else the machine does meanwhile. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client/api/lang.h"
#include "client/api/profile.h"
#include "client/desktop/app.h"
#include "client/desktop/card.h"

enum { WAIT_MS = 60000, JUMPS = 300, ARRIVALS = 25 };

/* ---- figures */

struct figures {
    const char *name;
    double goal_ms;
    GArray *wall, *cpu; /* of double, ms */
};

static double now_of(clockid_t clock)
{
    struct timespec t;

    (void)clock_gettime(clock, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void figures_init(struct figures *f, const char *name, double goal_ms)
{
    *f = (struct figures){ name, goal_ms, g_array_new(FALSE, FALSE, sizeof(double)),
                           g_array_new(FALSE, FALSE, sizeof(double)) };
}

static void figures_add(struct figures *f, double wall, double cpu)
{
    g_array_append_val(f->wall, wall);
    g_array_append_val(f->cpu, cpu);
}

static int by_size(gconstpointer a, gconstpointer b)
{
    const double *x = a, *y = b;

    return *x < *y ? -1 : *x > *y;
}

static void print_part(const char *clock, GArray *values, double goal_ms)
{
    guint n = values->len, over = 0;

    g_array_sort(values, by_size);
    for (guint i = 0; i < n; i++)
        over += g_array_index(values, double, i) > goal_ms;
    (void)printf("    %-5s min %7.2f  median %7.2f  p99 %7.2f  max %7.2f ms", clock,
                 g_array_index(values, double, 0), g_array_index(values, double, n / 2),
                 g_array_index(values, double, n * 99 / 100), g_array_index(values, double, n - 1));
    (void)printf("   over %.0f ms: %u\n", goal_ms, over);
}

static void figures_print(struct figures *f)
{
    (void)printf("%s: %u\n", f->name, f->wall->len);
    if (f->wall->len) {
        print_part("wall", f->wall, f->goal_ms);
        print_part("cpu", f->cpu, f->goal_ms);
    }
    g_array_unref(f->wall);
    g_array_unref(f->cpu);
}

/* ---- listening */

static struct figures *frames, *turns; /* NULL: not now */
static guint painted;
static double frame_wall, frame_cpu, turn_wall, turn_cpu;

static void on_before_paint(void)
{
    frame_wall = now_of(CLOCK_MONOTONIC);
    frame_cpu = now_of(CLOCK_THREAD_CPUTIME_ID);
}

static void on_after_paint(void)
{
    painted++;
    if (frames)
        figures_add(frames, now_of(CLOCK_MONOTONIC) - frame_wall,
                    now_of(CLOCK_THREAD_CPUTIME_ID) - frame_cpu);
}

/* The main loop comes here to wait: what it did since it last waited is over. */
static gint on_poll(GPollFD *fds, guint n, gint timeout)
{
    if (turns && turn_wall > 0)
        figures_add(turns, now_of(CLOCK_MONOTONIC) - turn_wall,
                    now_of(CLOCK_THREAD_CPUTIME_ID) - turn_cpu);
    gint r = g_poll(fds, n, timeout);
    turn_wall = now_of(CLOCK_MONOTONIC);
    turn_cpu = now_of(CLOCK_THREAD_CPUTIME_ID);
    return r;
}

/* ---- the window from outside */

typedef bool condition_fn(gconstpointer user);

static gboolean on_beat(gpointer user)
{
    (void)user;
    return G_SOURCE_CONTINUE;
}

static void wait_for(condition_fn *fn, gconstpointer user, const char *what)
{
    double until = now_of(CLOCK_MONOTONIC) + WAIT_MS;
    guint beat = g_timeout_add(100, on_beat, NULL);

    while (!fn(user)) {
        if (now_of(CLOCK_MONOTONIC) > until) {
            (void)fprintf(stderr, "desktop_bench: this never came: %s\n", what);
            exit(1);
        }
        (void)g_main_context_iteration(NULL, TRUE);
    }
    (void)g_source_remove(beat);
}

static GtkWidget *find(GtkWidget *top, const char *type, const char *id)
{
    const char *name =
        GTK_IS_BUILDABLE(top) ? gtk_buildable_get_buildable_id(GTK_BUILDABLE(top)) : NULL;

    if (strcmp(G_OBJECT_TYPE_NAME(top), type) == 0 && (!id || g_strcmp0(name, id) == 0))
        return top;
    for (GtkWidget *w = gtk_widget_get_first_child(top); w; w = gtk_widget_get_next_sibling(w)) {
        GtkWidget *found = find(w, type, id);
        if (found)
            return found;
    }
    return NULL;
}

static GtkWidget *inside(const char *screen, const char *type, const char *id)
{
    GtkWidget *top = find(GTK_WIDGET(tbd_app_window()), screen, NULL);
    GtkWidget *w = top ? find(top, type, id) : NULL;

    if (!w) {
        (void)fprintf(stderr, "desktop_bench: %s has no %s %s\n", screen, type, id ? id : "");
        exit(1);
    }
    return w;
}

static bool has_painted(gconstpointer before)
{
    return painted > *(const guint *)before;
}

static void next_frame(void)
{
    guint before = painted;

    gtk_widget_queue_draw(GTK_WIDGET(tbd_app_window()));
    wait_for(has_painted, &before, "a frame");
}

static bool window_is_there(gconstpointer user)
{
    (void)user;
    return g_application_get_default() && tbd_app_window() &&
           gtk_widget_get_realized(GTK_WIDGET(tbd_app_window()));
}

static void listen_to_window(void)
{
    wait_for(window_is_there, NULL, "the window");
    GdkFrameClock *clock = gtk_widget_get_frame_clock(GTK_WIDGET(tbd_app_window()));
    (void)g_signal_connect(clock, "before-paint", G_CALLBACK(on_before_paint), NULL);
    (void)g_signal_connect_after(clock, "after-paint", G_CALLBACK(on_after_paint), NULL);
}

static bool card_shows(gconstpointer wanted)
{
    GtkWidget *card = find(GTK_WIDGET(tbd_app_window()), "TbdCard", NULL);
    bool shows = card && gtk_widget_get_mapped(card);

    return shows == *(const bool *)wanted;
}

static void wait_card(bool wanted)
{
    wait_for(card_shows, &wanted, wanted ? "the card" : "the end of the card");
    next_frame();
}

static bool pages_are_there(gconstpointer user)
{
    (void)user;
    return tbd_lists_loaded(tbd_app_lists());
}

static bool contacts_are_there(gconstpointer user)
{
    (void)user;
    return g_list_model_get_n_items(tbd_lists_contacts(tbd_app_lists())) > 0;
}

/* ---- what is measured */

static long resident_kib(void)
{
    g_autofree char *text = NULL;
    const char *at;

    if (!g_file_get_contents("/proc/self/status", &text, NULL, NULL) ||
        !(at = strstr(text, "VmRSS:")))
        return 0;
    return strtol(at + strlen("VmRSS:"), NULL, 10);
}

static gboolean on_rested(gpointer rested)
{
    *(bool *)rested = true;
    return G_SOURCE_REMOVE;
}

static bool is_set(gconstpointer flag)
{
    return *(const bool *)flag;
}

/* $BENCH_STARTED is the moment, in seconds, at which this program was called. */
static void measure_start(void)
{
    const char *started = getenv("BENCH_STARTED");
    bool rested = false;

    wait_card(true);
    (void)printf("start to card ms %.0f\n",
                 now_of(CLOCK_REALTIME) - (started ? g_ascii_strtod(started, NULL) * 1e3 : 0));
    (void)g_timeout_add(2000, on_rested, &rested);
    wait_for(is_set, &rested, "two seconds");
    (void)printf("resident KiB %ld\n", resident_kib());
}

static void measure_scroll(void)
{
    enum { FLING = 400 }; /* pixels in a frame: 24,000 a second */
    struct figures fling, jump, turn;
    GListModel *model;

    wait_for(pages_are_there, NULL, "pages");
    next_frame();
    figures_init(&fling, "frames while 10,000 pages are scrolled through", 33);
    figures_init(&turn, "turns of the main loop meanwhile, with the pages that arrive", 33);
    figures_init(&jump, "frames while the slider is dragged anywhere", 33);
    GtkWidget *list = inside("TbdInbox", "GtkListView", "list");
    GtkAdjustment *a = gtk_scrollable_get_vadjustment(GTK_SCROLLABLE(list));
    model = G_LIST_MODEL(gtk_list_view_get_model(GTK_LIST_VIEW(list)));
    frames = &fling;
    turns = &turn;
    g_signal_emit_by_name(inside("TbdInbox", "GtkButton", "older"), "clicked");
    do {
        next_frame();
        gtk_adjustment_set_value(a, gtk_adjustment_get_value(a) + FLING);
    } while (tbd_lists_has_older(tbd_app_lists()) ||
             gtk_adjustment_get_value(a) + gtk_adjustment_get_page_size(a) + 1 <
                 gtk_adjustment_get_upper(a));
    frames = &jump;
    turns = NULL;
    srand(1);
    for (int i = 0; i < JUMPS; i++) {
        gtk_adjustment_set_value(a, gtk_adjustment_get_upper(a) * (rand() % 1000) / 1000);
        next_frame();
    }
    frames = NULL;
    figures_print(&fling);
    figures_print(&turn);
    figures_print(&jump);
    (void)printf("rows in the list %u, resident KiB %ld\n", g_list_model_get_n_items(model),
                 resident_kib());
}

static void type_text(GtkEditable *entry, const char *text, struct figures *f)
{
    for (const char *end = g_utf8_next_char(text);; end = g_utf8_next_char(end)) {
        g_autofree char *typed = g_strndup(text, (gsize)(end - text));
        guint before = painted;
        double wall = now_of(CLOCK_MONOTONIC), cpu = now_of(CLOCK_THREAD_CPUTIME_ID);
        gtk_editable_set_text(entry, typed);
        wait_for(has_painted, &before, "a frame after a key");
        figures_add(f, now_of(CLOCK_MONOTONIC) - wall, now_of(CLOCK_THREAD_CPUTIME_ID) - cpu);
        if (*end == '\0')
            return;
    }
}

/* A search shows a few rows at once; the others come once nobody types. */
static void measure_rest(void)
{
    enum { REST_MS = 5000 };
    struct figures rest;
    bool rested = false;

    figures_init(&rest, "frames while the rows come that a search did not show at once", 33);
    frames = &rest;
    (void)g_timeout_add(REST_MS, on_rested, &rested);
    wait_for(is_set, &rested, "the rows");
    frames = NULL;
    figures_print(&rest);
}

static void measure_search(void)
{
    static const char *const texts[] = {
        "nguyen van mau 7", "xa-0737", "Trần", "uy ban nhan dan", "khong ai ten nhu the", "0"
    };
    struct figures keys;

    wait_for(contacts_are_there, NULL, "people");
    tbd_app_do("view", g_variant_new_string("directory"));
    next_frame();
    figures_init(&keys, "keys while 1,000 people are searched, until the answer is drawn", 50);
    GtkEditable *entry = GTK_EDITABLE(inside("TbdDirectory", "GtkSearchEntry", "search"));
    for (int round = 0; round < 3; round++)
        for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
            type_text(entry, texts[i], &keys);
            gtk_editable_set_text(entry, "");
            next_frame();
        }
    figures_print(&keys);
    measure_rest();
}

/* ---- the dummy agent is told what happens */

static void order(GDBusConnection *link, const char *step)
{
    g_autoptr(GVariant) parsed = g_variant_parse(G_VARIANT_TYPE_VARDICT, step, NULL, NULL, NULL);

    g_dbus_connection_call(link, NULL, "/vn/trucban/dummy", "vn.trucban.Dummy1", "Do",
                           g_variant_new("(@a{sv})", parsed), NULL, G_DBUS_CALL_FLAGS_NONE, -1,
                           NULL, NULL, NULL);
}

static void measure_arrival(const char *home)
{
    g_autofree char *socket = tba_profile_socket(home, NULL);
    g_autofree char *address = tba_profile_address(socket);
    g_autoptr(GDBusConnection) link = g_dbus_connection_new_for_address_sync(
        address, G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT, NULL, NULL, NULL);
    struct figures arrivals;

    wait_for(pages_are_there, NULL, "pages");
    next_frame();
    figures_init(&arrivals, "a page that the agent has, until its card is drawn", 300);
    for (int i = 0; i < ARRIVALS; i++) {
        g_autofree char *come = g_strdup_printf(
            "{'do': <'page'>, 'page': <{'id': <'09000000000001%02x'>, 'class': <1>, 'kind':"
            " <'ATT-06'>, 'title': <'Tệp bị mã hoá'>, 'mine_to_answer': <true>, 'created_at':"
            " <-2>, 'relayed_at': <-1>, 'next_tier_at': <300>}>}",
            i);
        g_autofree char *go = g_strdup_printf("{'do': <'accept'>, 'page_id':"
                                              " <'09000000000001%02x'>, 'by': <'an'>}",
                                              i);
        double wall = now_of(CLOCK_MONOTONIC), cpu = now_of(CLOCK_THREAD_CPUTIME_ID);
        order(link, come);
        wait_card(true);
        figures_add(&arrivals, now_of(CLOCK_MONOTONIC) - wall,
                    now_of(CLOCK_THREAD_CPUTIME_ID) - cpu);
        order(link, go);
        wait_card(false);
    }
    figures_print(&arrivals);
}

/* ---- the program */

static char **arguments;

static gboolean on_idle(gpointer user)
{
    const char *what = arguments[1];

    (void)user;
    listen_to_window();
    if (strcmp(what, "start") == 0)
        measure_start();
    else if (strcmp(what, "scroll") == 0)
        measure_scroll();
    else if (strcmp(what, "search") == 0)
        measure_search();
    else
        measure_arrival(arguments[3]);
    (void)fflush(stdout);
    exit(0);
}

int main(int argc, char **argv)
{
    static const char *const known[] = { "start", "scroll", "search", "arrive", NULL };

    if (argc != 4 || !g_strv_contains(known, argv[1]) || strcmp(argv[2], "--home") != 0) {
        (void)fprintf(stderr, "usage: desktop_bench start|scroll|search|arrive --home DIR\n");
        return 2;
    }
    arguments = argv;
    tba_lang_init(tba_lang_choose("vi"));
    g_main_context_set_poll_func(NULL, on_poll);
    (void)g_timeout_add(1, on_idle, NULL);
    return tbd_app_run(3, (char *[]){ argv[0], argv[2], argv[3], NULL });
}
