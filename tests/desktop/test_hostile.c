/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_hostile.c - what an enemy with a key writes is harmless in every widget: markup stays letters, turned
 * writing is visible, a million characters do not hold up the window. */
#include <string.h>

#include "screen.h"

enum { U_RLO = 0x202e, U_LRI = 0x2066, U_RLI = 0x2067 };

/* Nothing that turns the writing direction may stand anywhere in the tree. */
static void no_turned_writing(struct screen *s, const char *where)
{
    g_autofree char *tree = screen_dump(s);

    for (const char *c = tree; *c; c = g_utf8_next_char(c)) {
        gunichar u = g_utf8_get_char(c);
        if ((u >= 0x202a && u <= U_RLO) || u == U_LRI || u == U_RLI)
            fail_msg("%s: U+%04X is shown at: %.80s", where, u, c);
    }
}

static void hostile_text_is_letters_on_every_view(void **state)
{
    static const char *const views[] = { "ctrl+1", "ctrl+2", "ctrl+3", "ctrl+4" };
    struct screen *s = *state;

    screen_show(s, "hostile", "en");
    (void)screen_text(s, "<span size=\"99999\">");
    for (gsize i = 0; i < G_N_ELEMENTS(views); i++) {
        screen_key(s, views[i]);
        pause_ms(500);
        no_turned_writing(s, views[i]);
    }
    screen_key(s, "ctrl+3");
    (void)screen_text(s, "<b>An</b>");
}

static void a_page_of_a_million_characters_opens(void **state)
{
    enum { BOUND_MS = 45000 };
    struct screen *s = *state;

    screen_show(s, "hostile", "en");
    node *open = screen_find(s, ATSPI_ROLE_PUSH_BUTTON, "Open the page");
    long long before = now_ms();
    node_press(s, open);
    (void)screen_text(s, "http://192.0.2.1/?a=1&b=<x>");
    print_message("a million characters: %lld ms\n", now_ms() - before);
    assert_true(now_ms() - before < BOUND_MS);
    no_turned_writing(s, "page");
    screen_shot(s, "hostile-page");
    screen_key(s, "alt+Left");
    (void)screen_find(s, ATSPI_ROLE_PUSH_BUTTON, "Accept: there in 5 minutes");
}

static void the_dialogs_of_a_hostile_page_show_letters(void **state)
{
    struct screen *s = *state;

    screen_show(s, "hostile", "en");
    node_press(s, screen_find(s, ATSPI_ROLE_PUSH_BUTTON, "Decline"));
    (void)screen_find(s, ATSPI_ROLE_DIALOG, NULL);
    (void)screen_text(s, "Why not?");
    no_turned_writing(s, "decline");
    screen_shot(s, "hostile-decline");
}

#define HOSTILE(test) cmocka_unit_test_teardown(test, screen_clear)

int main(void)
{
    const struct CMUnitTest tests[] = {
        HOSTILE(hostile_text_is_letters_on_every_view),
        HOSTILE(a_page_of_a_million_characters_opens),
        HOSTILE(the_dialogs_of_a_hostile_page_show_letters),
    };
    return cmocka_run_group_tests(tests, screen_open, screen_close);
}
