/* SPDX-License-Identifier: GPL-3.0-or-later */
/* screen_tree.c - what a screen reader finds in the window; see screen.h. */
#include <stdio.h>
#include <string.h>

#include "screen.h"
#include "screen_read.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC(AtspiComponent, g_object_unref)

enum { POLL_MS = 40, POLL_MAX_MS = 500 };

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

bool node_is(node *n, AtspiStateType state)
{
    AtspiStateSet *set = atspi_accessible_get_state_set(n);
    bool is = set && atspi_state_set_contains(set, state);

    g_clear_object(&set);
    return is;
}

/* ---- walking */

/* What to do with each leaf; true: enough. */
typedef bool visit_fn(const struct leaf *l, int depth, void *user);

struct walk {
    const GPtrArray *leaves;
    visit_fn *visit;
    void *user;
};

static const struct leaf *leaf_at(const GPtrArray *leaves, guint i)
{
    return g_ptr_array_index(leaves, i);
}

static const struct leaf *walk_from(const struct walk *w, const struct leaf *l, int depth)
{
    const struct leaf *found = w->visit(l, depth, w->user) ? l : NULL;

    for (guint i = 0; !found && i < l->n; i++) {
        const struct leaf *child = leaf_at(w->leaves, l->first + i);
        if (child->shows)
            found = walk_from(w, child, depth + 1);
    }
    return found;
}

/* What was enough, or NULL. */
static const struct leaf *walk(const GPtrArray *leaves, visit_fn *visit, void *user)
{
    struct walk w = { .leaves = leaves, .visit = visit, .user = user };

    return walk_from(&w, leaf_at(leaves, 0), 0);
}

/* ---- finding */

struct wanted {
    AtspiRole role;
    const char *name;
    bool text; /* any role, and what text fields hold counts too */
};

static bool fits(const struct leaf *l, int depth, void *user)
{
    const struct wanted *w = user;

    (void)depth;
    if (!w->text && l->role != w->role)
        return false;
    return !w->name || strstr(l->name, w->name) || (w->text && l->text && strstr(l->text, w->name));
}

/* `top` NULL: anywhere. */
static node *seek(struct screen *s, node *top, struct wanted w)
{
    if (!top && !(top = application(s)))
        return NULL;
    bool window = !w.text && w.role == ATSPI_ROLE_FRAME; /* a child of the application */
    g_autoptr(GPtrArray) leaves = screen_read(top, window ? 2 : SCREEN_ALL);
    const struct leaf *found = walk(leaves, fits, &w);
    return found ? keep(s, screen_object(top, found)) : NULL;
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

/* The longer it takes, the rarer one looks: to read a window is work for it and for the machine. */
static void pause_since(long long began)
{
    pause_ms(POLL_MS + (int)MIN((now_ms() - began) / 10, POLL_MAX_MS));
}

static node *wait_for(struct screen *s, node *top, struct wanted w)
{
    long long began = now_ms();
    node *found;

    while (!(found = seek(s, top, w))) {
        if (now_ms() - began > SCREEN_WAIT_MS || !proc_alive(&s->window))
            fail_with_tree(s, "not found", w);
        pause_since(began);
    }
    return found;
}

static void wait_gone(struct screen *s, struct wanted w)
{
    long long began = now_ms();

    while (seek(s, NULL, w)) {
        if (now_ms() - began > SCREEN_WAIT_MS)
            fail_with_tree(s, "still there", w);
        pause_since(began);
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

static bool dump_one(const struct leaf *l, int depth, void *user)
{
    g_string_append_printf(user, "%*s%s%s%s '%.300s'", 2 * depth, "", l->focused ? ">" : "",
                           l->focusable ? "*" : "", role_text(l->role), l->name);
    if (l->text && *l->text)
        g_string_append_printf(user, " \"%.120s\"", l->text);
    (void)g_string_append_c(user, '\n');
    return false;
}

char *screen_dump(struct screen *s)
{
    GString *all = g_string_new(NULL);
    node *app = application(s);
    g_autoptr(GPtrArray) leaves = app ? screen_read(app, SCREEN_ALL) : NULL;

    if (leaves)
        (void)walk(leaves, dump_one, all);
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
    const GPtrArray *leaves;
    int focusable, combo; /* the depth of the combo box that we are in; 0: in none */
    GString *bad;
};

static bool is_focusable_below(const struct leaf *l, int depth, void *user)
{
    (void)user;
    return depth > 0 && l->focusable;
}

/* The focus goes through to what is in it, never to the pane or to the list as such. */
static bool is_passed_by(const GPtrArray *leaves, const struct leaf *l)
{
    struct walk w = { .leaves = leaves, .visit = is_focusable_below };

    return (l->role == ATSPI_ROLE_SCROLL_PANE || l->role == ATSPI_ROLE_LIST) && walk_from(&w, l, 0);
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

static bool check_name(const struct leaf *l, int depth, void *user)
{
    struct names *names = user;

    if (names->combo && depth > names->combo)
        return false; /* the focus stays at the box, which says what is chosen */
    names->combo = l->role == ATSPI_ROLE_COMBO_BOX ? depth : 0;
    if (!l->focusable || l->role == ATSPI_ROLE_FRAME)
        return false;
    names->focusable++;
    if (is_no_name(l->name) && !is_passed_by(names->leaves, l))
        g_string_append_printf(names->bad, "  %s '%s' \"%.60s\"\n", role_text(l->role), l->name,
                               l->text ? l->text : "");
    return false;
}

/* What goes away while it is asked has no name. */
static int look_at_names(struct screen *s, char **ret_bad)
{
    node *app = application(s);
    g_autoptr(GPtrArray) leaves = app ? screen_read(app, SCREEN_ALL) : NULL;
    struct names names = { .leaves = leaves, .bad = g_string_new(NULL) };

    if (leaves)
        (void)walk(leaves, check_name, &names);
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
