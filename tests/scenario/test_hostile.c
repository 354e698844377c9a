/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_hostile.c - A51-A57 through the real programs: text that is odd arrives as it was written and harms
 * nothing; text that is crafted is refused by the sender's own agent, in words that harm nothing either.
 * What a member does whose agent does not refuse is in unit/test_core_crafted.c. */
/* link: PkgConfig::JANSSON */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/cleanup.h"
#include "tb_cmocka.h"
#include "world.h"

static struct world w;

static int open_province(void **state)
{
    (void)state;
    (void)setenv("PULSE_SERVER", "unix:/nonexistent", 1);
    (void)setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent", 1);
    world_open(&w);
    return 0;
}

static int close_province(void **state)
{
    (void)state;
    world_close(&w);
    return 0;
}

/* Nothing that a terminal obeys, and nothing that turns the reading direction. */
static void assert_harmless(const char *text)
{
    static const char *const turns[] = { "\xe2\x80\xae", "\xe2\x80\xab", "\xc2\x9b", "\xc2\x85" };

    for (const char *p = text; *p; p++)
        if (((unsigned char)*p < 0x20 && *p != '\n' && *p != '\t') || *p == 0x7f)
            fail_msg("byte %02x in: %s", (unsigned char)*p, text);
    for (size_t i = 0; i < sizeof turns / sizeof turns[0]; i++)
        if (strstr(text, turns[i]))
            fail_msg("turned: %s", text);
}

/* As a person reads it. */
static struct run show(const char *name, const char *id)
{
    char cli[2 * WORLD_PATH], page[PAGE_ID];
    char *argv[] = {
        cli, (char[]){ "--home" }, world_person(&w, name)->home, (char[]){ "show" }, page, NULL
    };

    (void)snprintf(cli, sizeof cli, "%s/trucban", w.bin);
    (void)snprintf(page, sizeof page, "%s", id);
    return proc_run(argv, NULL, 30);
}

static int times(const char *in, const char *text)
{
    int n = 0;

    for (const char *p = in; (p = strstr(p, text)) != NULL; p += strlen(text))
        n++;
    return n;
}

static void write_text(const char *path, const char *text, size_t n)
{
    TB_CLEANUP(tb_closep) int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, n), n);
}

static void report_of(const char *title, const char *text, char ret_id[PAGE_ID])
{
    char path[2 * WORLD_PATH];

    (void)snprintf(path, sizeof path, "%s/text", w.dir);
    write_text(path, text, strlen(text));
    json_t *said =
        world_do(&w, "so-y-te", "report", "--kind", "ATT-06", "--class", "2", "--title", title,
                 "--text-file", path, "--system", title, "--no-state-secrets", NULL);
    (void)snprintf(ret_id, PAGE_ID, "%s", json_string_value(json_object_get(said, "page")));
    json_decref(said);
}

/* A51, A54, A55 */
static void odd_text_arrives_as_it_was_written_and_commands_nothing(void **state)
{
    static const char *const odd[] = {
        "<b>đậm</b><img src=\"file:///dev/urandom\"><a href='x'>&amp;&lt;</a>",
        "'; DROP TABLE page; -- \" OR 1=1",
        "%n%s%x%p%1000000d $(reboot) `id` ${HOME} \\x1b[2J",
        "../../../etc/passwd",
        "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d 123 \xd8\xb3\xd9\x84\xd8\xa7\xd9\x85",
    };

    (void)state;
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        char id[PAGE_ID];
        report_of(odd[i], odd[i], id);
        world_wait_state(&w, "an", id, "ringing", 30000);
        json_t *page = world_page(&w, "an", id);
        assert_string_equal(json_string_value(json_object_get(page, "title")), odd[i]);
        assert_string_equal(json_string_value(json_object_get(page, "text")), odd[i]);
        json_decref(page);
        struct run r = show("an", id);
        assert_int_equal(r.code, 0);
        assert_harmless(r.out);
        assert_int_equal(times(r.out, odd[i]), 3); /* title, text, system: none was ever a format */
        run_done(&r);
    }
    world_wait_online(&w, "so-y-te"); /* the relay stands and everything went out */
}

/* A51, A52, A53, A57: gives nothing, says why. */
static void crafted_text_is_refused_in_harmless_words(void **state)
{
    static const char *const crafted[] = {
        "\x1b[2J\x1b]0;x\x07",
        "a\r\n2026-11-23 ALERT",
        "nv.\xe2\x80\xae"
        "fdp",
        "a\xe2\x80\x8b"
        "b",
        "\xc0\xaf",
        "\xed\xa0\x80",
        "\xf4\x90\x80\x80",
        "",
    };

    (void)state;
    for (size_t i = 0; i < sizeof crafted / sizeof crafted[0]; i++) {
        struct run r = world_run(&w, "so-y-te", "report", "--kind", "ATT-06", "--class", "2",
                                 "--title", crafted[i], "--no-state-secrets", NULL);
        assert_true(r.code == 1 || r.code == 2);
        assert_true(r.err[0] != '\0');
        assert_harmless(r.err);
        assert_harmless(r.out);
        run_done(&r);
    }
}

/* Million characters, where one line or a page of text is expected. */
static void a_million_characters_are_refused_with_the_limit(void **state)
{
    static char million[1000001];
    char path[2 * WORLD_PATH];

    (void)state;
    memset(million, 'x', sizeof million - 1);
    (void)snprintf(path, sizeof path, "%s/million", w.dir);
    write_text(path, million, sizeof million - 1);
    struct run r = world_run(&w, "so-y-te", "report", "--kind", "ATT-06", "--class", "2", "--title",
                             "Dài", "--text-file", path, "--no-state-secrets", NULL);
    assert_true(r.code == 1 || r.code == 2);
    assert_non_null(strstr(r.err, "32768"));
    assert_true(strlen(r.err) < 2000);
    run_done(&r);
    million[100000] = '\0'; /* what one argument can hold */
    r = world_run(&w, "so-y-te", "report", "--kind", "ATT-06", "--class", "2", "--title", million,
                  "--no-state-secrets", NULL);
    assert_true(r.code == 1 || r.code == 2);
    assert_true(strlen(r.err) < 2000);
    run_done(&r);
}

/* A53: ids and names that are none, in every command that takes one. */
static void names_that_are_none_are_refused_in_harmless_words(void **state)
{
    static const char *const names[] = { "\x1b[2J", "../an", "an\nbinh",
                                         "%n%s",    "'; --", "an\xe2\x80\xae" };
    static const char *const commands[] = { "show", "accept", "verify", "suspend" };

    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        for (size_t k = 0; k < sizeof commands / sizeof commands[0]; k++) {
            struct run r = world_run(&w, "chi", commands[k], names[i], NULL);
            assert_int_not_equal(r.code, 0);
            assert_true(r.code < 128);
            assert_harmless(r.err);
            assert_harmless(r.out);
            run_done(&r);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(odd_text_arrives_as_it_was_written_and_commands_nothing),
        cmocka_unit_test(crafted_text_is_refused_in_harmless_words),
        cmocka_unit_test(a_million_characters_are_refused_with_the_limit),
        cmocka_unit_test(names_that_are_none_are_refused_in_harmless_words),
    };

    return cmocka_run_group_tests(tests, open_province, close_province);
}
