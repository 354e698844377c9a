/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_start.c - starting the window where it cannot run, and ending a demonstration whose window somebody opened. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "screen.h"

enum { TOOL_S = 120 };

static struct run run_window(struct screen *s, const char *home, const char *lang)
{
    g_autofree char *program = g_build_filename(s->bin, "trucban-desktop", NULL);
    g_autofree char *folder = g_strdup(home), *language = g_strdup(lang);
    char *argv[] = { program, (char[]){ "--home" }, folder, (char[]){ "--lang" }, language, NULL };

    return proc_run(argv, NULL, TOOL_S);
}

static void a_home_that_is_not_there_is_named_and_not_made(void **state)
{
    struct screen *s = *state;
    g_autofree char *home = g_build_filename(s->dir, "go-nham", NULL);
    struct run r = run_window(s, home, "en");

    assert_int_equal(r.code, 2);
    assert_non_null(strstr(r.err, home));
    assert_non_null(strstr(r.err, "mkdir -m 700"));
    assert_int_equal(access(home, F_OK), -1);
    run_done(&r);
}

static void expect_refused(struct screen *s, const char *home, const char *why)
{
    struct run r = run_window(s, home, "en");

    assert_int_equal(r.code, 2);
    assert_non_null(strstr(r.err, why));
    assert_null(strstr(r.err, "mkdir"));
    run_done(&r);
}

static void a_home_that_can_be_none_is_refused_without_impossible_advice(void **state)
{
    struct screen *s = *state;
    g_autofree char *file = g_build_filename(s->dir, "tep", NULL);

    assert_true(g_file_set_contents(file, "", 0, NULL));
    expect_refused(s, file, "this is no folder");
    expect_refused(s, "", "a folder's name belongs there");
}

static void an_argument_that_it_does_not_take_is_named_with_the_way_to_help(void **state)
{
    struct screen *s = *state;
    g_autofree char *program = g_build_filename(s->bin, "trucban-desktop", NULL);
    char *given[] = { (char[]){ "foo" }, (char[]){ "--foo" } };

    for (size_t i = 0; i < 2; i++) {
        char *argv[] = { program, (char[]){ "--lang" }, (char[]){ "en" }, given[i], NULL };
        struct run r = proc_run(argv, NULL, TOOL_S);
        assert_int_equal(r.code, 2);
        assert_non_null(strstr(r.err, given[i]));
        assert_non_null(strstr(r.err, "trucban-desktop --help"));
        run_done(&r);
    }
}

static void without_a_screen_it_says_so_in_vietnamese_and_what_to_do(void **state)
{
    struct screen *s = *state;
    g_autofree char *display = g_strdup(getenv("DISPLAY"));

    (void)setenv("DISPLAY", ":nowhere", 1);
    assert_int_equal(g_mkdir_with_parents(s->home, 0700), 0);
    struct run r = run_window(s, s->home, "vi");
    (void)setenv("DISPLAY", display, 1);
    assert_int_equal(r.code, 1);
    assert_non_null(strstr(r.err, "không mở được màn hình"));
    assert_non_null(strstr(r.err, ":nowhere"));
    assert_non_null(strstr(r.err, "ssh -X"));
    run_done(&r);
}

/* ---- ./run stop */

/* How many run trucban-agent or trucban-desktop on this profile. */
static int running_on(const char *home)
{
    g_autofree char *command = g_strdup_printf(
        "cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' ' ' | grep -o 'trucban-[a-z]* --home %s'",
        home);
    char *argv[] = { (char[]){ "/bin/sh" }, (char[]){ "-c" }, command, NULL };
    struct run r = proc_run(argv, NULL, TOOL_S);
    int n = 0;

    for (const char *c = r.out; *c; c++)
        n += *c == '\n';
    run_done(&r);
    return n;
}

static void sh(const char *line)
{
    char *argv[] = { (char[]){ "/bin/sh" }, (char[]){ "-c" }, (char *)g_strdup(line), NULL };
    struct run r = proc_run(argv, NULL, TOOL_S);

    if (r.code != 0)
        fail_msg("%s: %s%s", line, r.out, r.err);
    run_done(&r);
    g_free(argv[2]);
}

/* The window is not among the processes that the demonstration has noted; the agent is. */
static void stop_ends_a_window_that_would_start_its_agent_anew(void **state)
{
    enum { LATER_MS = 3000 }; /* a lost link is dialled after one second */
    struct screen *s = *state;
    g_autofree char *tree = g_build_filename(s->dir, "tree", NULL);
    g_autofree char *home = g_build_filename(tree, "build/demo/home-an", NULL);
    g_autofree char *make =
        g_strdup_printf("mkdir -p -m 700 '%s' '%s/deploy' && cp '%s/deploy/demo.sh' '%s/deploy/'",
                        home, tree, s->source, tree);
    g_autofree char *note = g_strdup_printf(
        "cd '%s' && for p in /proc/[0-9]*; do tr '\\0' ' ' < $p/cmdline 2> /dev/null | grep -q "
        "'^[^ ]*trucban-agent --home %s' && echo \"${p#/proc/} trucban-agent\" >> build/demo/pids; "
        "done; test -s build/demo/pids",
        tree, home);
    g_autofree char *stop = g_strdup_printf("bash '%s/deploy/demo.sh' stop", tree);

    sh(make);
    screen_start_window(s, home, "en");
    (void)screen_find(s, ATSPI_ROLE_PUSH_BUTTON, "Check the invite"); /* its agent answers */
    assert_true(running_on(home) >= 2);
    sh(note);
    sh(stop);
    pause_ms(LATER_MS);
    assert_int_equal(running_on(home), 0);
}

#define START(test) cmocka_unit_test_teardown(test, screen_clear)

int main(void)
{
    const struct CMUnitTest tests[] = {
        START(a_home_that_is_not_there_is_named_and_not_made),
        START(a_home_that_can_be_none_is_refused_without_impossible_advice),
        START(an_argument_that_it_does_not_take_is_named_with_the_way_to_help),
        START(without_a_screen_it_says_so_in_vietnamese_and_what_to_do),
        START(stop_ends_a_window_that_would_start_its_agent_anew),
    };
    return cmocka_run_group_tests(tests, screen_open, screen_close);
}
