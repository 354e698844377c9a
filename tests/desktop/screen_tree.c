/* SPDX-License-Identifier: GPL-3.0-or-later */
/* screen_tree.c - what a screen reader finds in the window; see screen.h. */
#include <stdio.h>
#include <string.h>

#include "screen.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC(AtspiComponent, g_object_unref)

enum { DEPTH_MAX = 60, POLL_MS = 40, CHILDREN_MAX = 600 };

/* The tree changes while it is read: whatever is gone meanwhile counts as absent. */
static node *keep(struct screen *s, node *n)
{
    if (n)
        g_ptr_array_add(s->nodes, n);
    return n;
}

static void turn(void)
{
    while (g_main_context_iteration(NULL, FALSE))
        ;
}

static node *application(struct screen *s)
{
    node *desktop = keep(s, atspi_get_desktop(0));

    turn();
    atspi_accessible_set_cache_mask(desktop, ATSPI_CACHE_NONE);
    int n = atspi_accessible_get_child_count(desktop, NULL);
    for (int i = 0; i < n; i++) {
        node *app = keep(s, atspi_accessible_get_child_at_index(desktop, i, NULL));
        if (app && (pid_t)atspi_accessible_get_process_id(app, NULL) == s->window.pid) {
            /* What an object can do stays; everything else is asked for anew. */
            atspi_accessible_set_cache_mask(app, ATSPI_CACHE_INTERFACES);
            return app;
        }
    }
    return NULL;
}

char *node_name(node *n)
{
    char *name = atspi_accessible_get_name(n, NULL);
    return name ? name : g_strdup("");
}

char *node_text(node *n)
{
    AtspiText *text = atspi_accessible_get_text_iface(n);
    char *said =
        text ? atspi_text_get_text(text, 0, atspi_text_get_character_count(text, NULL), NULL)
             : NULL;

    g_clear_object(&text);
    return said ? said : g_strdup("");
}

bool node_is(node *n, AtspiStateType state)
{
    AtspiStateSet *set = atspi_accessible_get_state_set(n);
    bool is = set && atspi_state_set_contains(set, state);

    g_clear_object(&set);
    return is;
}

/* GTK 4.8 says "showing" of windows only, and "visible" of the hidden pages of a stack; but it says of no
 * point that it lies in a widget that is not drawn. */
static bool shows(node *n, AtspiRole role)
{
    g_autoptr(AtspiComponent) component = atspi_accessible_get_component_iface(n);

    if (!component || role == ATSPI_ROLE_APPLICATION)
        return true; /* a stack's page: its child will tell */
    if (role == ATSPI_ROLE_FRAME || role == ATSPI_ROLE_DIALOG)
        return node_is(n, ATSPI_STATE_VISIBLE);
    g_autofree AtspiRect *r = atspi_component_get_extents(component, ATSPI_COORD_TYPE_WINDOW, NULL);
    return r && r->width > 0 && r->height > 0 &&
           atspi_component_contains(component, r->x + r->width / 2, r->y + r->height / 2,
                                    ATSPI_COORD_TYPE_WINDOW, NULL);
}

/* ---- walking */

/* What to do with each node; true: enough. */
typedef bool visit_fn(node *n, AtspiRole role, const char *name, int depth, void *user);

struct walk {
    struct screen *s;
    visit_fn *visit;
    void *user;
};

struct child {
    node *n;
    AtspiRole role;
};

/* Those that show.  Each question is a message there and back, so none is asked twice. */
static GArray *children_of(struct walk *w, node *n)
{
    GArray *children = g_array_new(FALSE, FALSE, sizeof(struct child));
    int count = MIN(atspi_accessible_get_child_count(n, NULL), CHILDREN_MAX);

    for (int i = 0; i < count; i++) {
        struct child c = { .n = keep(w->s, atspi_accessible_get_child_at_index(n, i, NULL)) };
        c.role = c.n ? atspi_accessible_get_role(c.n, NULL) : ATSPI_ROLE_INVALID;
        if (c.n && shows(c.n, c.role))
            (void)g_array_append_val(children, c);
    }
    return children;
}

static bool walk_from(struct walk *w, struct child c, int depth)
{
    g_autofree char *name = node_name(c.n);
    bool enough = w->visit(c.n, c.role, name, depth, w->user);

    if (enough || depth == DEPTH_MAX)
        return enough;
    g_autoptr(GArray) children = children_of(w, c.n);
    for (guint i = 0; !enough && i < children->len; i++)
        enough = walk_from(w, g_array_index(children, struct child, i), depth + 1);
    return enough;
}

static bool walk(struct walk *w, node *n)
{
    return walk_from(w, (struct child){ .n = n, .role = atspi_accessible_get_role(n, NULL) }, 0);
}

static void walk_all(struct screen *s, visit_fn *visit, void *user)
{
    struct walk w = { .s = s, .visit = visit, .user = user };
    node *app = application(s);

    if (app)
        (void)walk(&w, app);
}

/* ---- finding */

struct wanted {
    AtspiRole role;
    const char *name;
    bool text; /* any role, and what text fields hold counts too */
    node *found;
};

static bool fits(node *n, AtspiRole role, const char *name, int depth, void *user)
{
    struct wanted *w = user;

    (void)depth;
    if (!w->text && role != w->role)
        return false;
    bool fit = !w->name || strstr(name, w->name);
    if (!fit && w->text && (role != ATSPI_ROLE_LABEL || !*name)) { /* a label is its name */
        g_autofree char *text = node_text(n);
        fit = strstr(text, w->name) != NULL;
    }
    if (fit)
        w->found = n;
    return fit;
}

static node *seek(struct screen *s, node *top, struct wanted w)
{
    guint before = s->nodes->len;
    struct walk walking = { .s = s, .visit = fits, .user = &w };

    if (top)
        (void)walk(&walking, top);
    else
        walk_all(s, fits, &w);
    node *found = w.found ? g_object_ref(w.found) : NULL;
    g_ptr_array_set_size(s->nodes, (int)before); /* keeps what earlier calls gave */
    return keep(s, found);
}

static const char *role_text(AtspiRole role)
{
    static char text[64];
    g_autofree char *name = atspi_role_get_name(role);

    (void)g_strlcpy(text, name ? name : "?", sizeof text);
    return text;
}

static _Noreturn void fail_with_tree(struct screen *s, const char *what, struct wanted w)
{
    g_autofree char *tree = screen_dump(s);

    (void)fprintf(stderr, "%s\n", tree);
    screen_shot(s, "failed");
    fail_msg("%s: %s '%s'", what, w.text ? "text" : role_text(w.role), w.name ? w.name : "");
    abort(); /* fail_msg does not return */
}

static node *wait_for(struct screen *s, node *top, struct wanted w)
{
    long long until = now_ms() + SCREEN_WAIT_MS;
    node *found;

    while (!(found = seek(s, top, w))) {
        if (now_ms() > until || !proc_alive(&s->window))
            fail_with_tree(s, "not found", w);
        pause_ms(POLL_MS);
    }
    return found;
}

static void wait_gone(struct screen *s, struct wanted w)
{
    long long until = now_ms() + SCREEN_WAIT_MS;

    while (seek(s, NULL, w)) {
        if (now_ms() > until)
            fail_with_tree(s, "still there", w);
        pause_ms(POLL_MS);
    }
}

node *screen_find(struct screen *s, AtspiRole role, const char *name)
{
    return wait_for(s, NULL, (struct wanted){ .role = role, .name = name });
}

node *screen_find_in(struct screen *s, node *top, AtspiRole role, const char *name)
{
    return wait_for(s, top, (struct wanted){ .role = role, .name = name });
}

node *screen_seek(struct screen *s, AtspiRole role, const char *name)
{
    return seek(s, NULL, (struct wanted){ .role = role, .name = name });
}

void screen_gone(struct screen *s, AtspiRole role, const char *name)
{
    wait_gone(s, (struct wanted){ .role = role, .name = name });
}

node *screen_text(struct screen *s, const char *text)
{
    return wait_for(s, NULL, (struct wanted){ .text = true, .name = text });
}

void screen_no_text(struct screen *s, const char *text)
{
    wait_gone(s, (struct wanted){ .text = true, .name = text });
}

static bool dump_one(node *n, AtspiRole role, const char *name, int depth, void *user)
{
    g_autofree char *text = node_text(n);
    bool focusable = node_is(n, ATSPI_STATE_FOCUSABLE), focused = node_is(n, ATSPI_STATE_FOCUSED);

    g_string_append_printf(user, "%*s%s%s%s '%.300s'", 2 * depth, "", focused ? ">" : "",
                           focusable ? "*" : "", role_text(role), name);
    if (*text)
        g_string_append_printf(user, " \"%.120s\"", text);
    (void)g_string_append_c(user, '\n');
    return false;
}

char *screen_dump(struct screen *s)
{
    GString *all = g_string_new(NULL);

    walk_all(s, dump_one, all);
    return g_string_free(all, FALSE);
}

/* ---- acting */

/* Check boxes of GTK 4.8 offer no action to a reader: the focus and Space do. */
static bool press_by_key(struct screen *s, node *n)
{
    enum { TABS = 120, SETTLE_MS = 40 };

    node_focus(s, n);
    for (int i = 0; i < TABS && !node_is(n, ATSPI_STATE_FOCUSED); i++) {
        screen_key(s, "Tab");
        pause_ms(SETTLE_MS);
        turn();
    }
    if (!node_is(n, ATSPI_STATE_FOCUSED))
        return false;
    screen_key(s, "space");
    return true;
}

void node_press(struct screen *s, node *n)
{
    AtspiAction *action = atspi_accessible_get_action_iface(n);
    bool done = action && atspi_action_do_action(action, 0, NULL);

    g_clear_object(&action);
    if (!done && !press_by_key(s, n)) {
        g_autofree char *name = node_name(n);
        fail_with_tree(s, "cannot be pressed", (struct wanted){ .text = true, .name = name });
    }
}

void node_focus(struct screen *s, node *n)
{
    AtspiComponent *component = atspi_accessible_get_component_iface(n);

    (void)s;
    if (component)
        (void)atspi_component_grab_focus(component, NULL);
    g_clear_object(&component);
}

void node_reach(struct screen *s, node *n)
{
    enum { KEYS = 128, PER_TAB = 4, SETTLE_MS = 60 }; /* more than once around the window */

    for (int i = 1; i <= KEYS && !node_is(n, ATSPI_STATE_FOCUSED); i++) {
        screen_key(s, i % PER_TAB ? "Down" : "Tab");
        pause_ms(SETTLE_MS);
        turn();
    }
    if (!node_is(n, ATSPI_STATE_FOCUSED)) {
        g_autofree char *name = node_name(n);
        fail_with_tree(s, "out of the keyboard's reach",
                       (struct wanted){ .text = true, .name = name });
    }
}

void node_type(struct screen *s, node *n, const char *text)
{
    AtspiEditableText *field = atspi_accessible_get_editable_text_iface(n);

    if (!field || !atspi_editable_text_set_text_contents(field, text, NULL)) {
        g_autofree char *name = node_name(n);
        fail_with_tree(s, "cannot be typed into", (struct wanted){ .text = true, .name = name });
    }
    g_object_unref(field);
}

AtspiRect node_place(node *n)
{
    g_autoptr(AtspiComponent) component = atspi_accessible_get_component_iface(n);
    g_autofree AtspiRect *r =
        component ? atspi_component_get_extents(component, ATSPI_COORD_TYPE_WINDOW, NULL) : NULL;

    return r ? *r : (AtspiRect){ 0 };
}

void node_wait_state(node *n, AtspiStateType state, bool set)
{
    long long until = now_ms() + SCREEN_WAIT_MS;

    while (node_is(n, state) != set) {
        g_autofree char *name = node_name(n);
        if (now_ms() > until)
            fail_msg("'%s' is %s in state %d", name, set ? "not" : "still", (int)state);
        turn();
        pause_ms(POLL_MS);
    }
}

/* ---- names */

struct names {
    struct screen *s;
    int focusable, combo; /* the depth of the combo box that we are in; 0: in none */
    GString *bad;
};

static bool is_focusable(node *n, AtspiRole role, const char *name, int depth, void *user)
{
    bool *found = user;

    (void)role, (void)name;
    *found = depth > 0 && node_is(n, ATSPI_STATE_FOCUSABLE);
    return *found;
}

/* The focus goes through to what is in it, never to the pane or to the list as such. */
static bool is_passed_by(struct screen *s, node *n, AtspiRole role)
{
    bool found = false;
    struct walk w = { .s = s, .visit = is_focusable, .user = &found };

    if (role == ATSPI_ROLE_SCROLL_PANE || role == ATSPI_ROLE_LIST)
        (void)walk(&w, n);
    return found;
}

/* GTK 4.8 falls back to a widget's class, and reads a mnemonic's underscore aloud. */
static bool is_no_name(const char *name)
{
    static const char *const classes[] = { "Gtk", "Adw", "Tbd", "_" };

    for (gsize i = 0; i < G_N_ELEMENTS(classes); i++)
        if (g_str_has_prefix(name, classes[i]))
            return true;
    return *name == '\0';
}

static bool check_name(node *n, AtspiRole role, const char *name, int depth, void *user)
{
    struct names *names = user;

    if (names->combo && depth > names->combo)
        return false; /* the focus stays at the box, which says what is chosen */
    names->combo = role == ATSPI_ROLE_COMBO_BOX ? depth : 0;
    if (!node_is(n, ATSPI_STATE_FOCUSABLE) || role == ATSPI_ROLE_FRAME)
        return false;
    names->focusable++;
    if (is_no_name(name) && !is_passed_by(names->s, n, role)) {
        g_autofree char *text = node_text(n);
        g_string_append_printf(names->bad, "  %s '%s' \"%.60s\"\n", role_text(role), name, text);
    }
    return false;
}

/* What goes away while it is asked has no name. */
static int look_at_names(struct screen *s, char **ret_bad)
{
    struct names names = { .s = s, .bad = g_string_new(NULL) };
    guint before = s->nodes->len;

    walk_all(s, check_name, &names);
    g_ptr_array_set_size(s->nodes, (int)before);
    *ret_bad = g_string_free(names.bad, FALSE);
    return names.focusable;
}

int screen_names_are_true(struct screen *s, const char *where)
{
    enum { TRIES = 3, BETWEEN_MS = 500 };
    g_autofree char *bad = NULL;
    int n = look_at_names(s, &bad);

    for (int i = 1; i < TRIES && *bad; i++) {
        pause_ms(BETWEEN_MS);
        g_clear_pointer(&bad, g_free);
        n = look_at_names(s, &bad);
    }
    if (*bad) {
        g_autofree char *tree = screen_dump(s);
        (void)fprintf(stderr, "%s\n", tree);
        fail_msg("%s: focusable without a true name:\n%s", where, bad);
    }
    return n;
}
