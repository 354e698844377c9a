/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_server_log.c - a log line is one line, whatever a peer sent. */
#define _GNU_SOURCE
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "server/log.h"
#include "tb_cmocka.h"

/* What `say` wrote to stderr. */
static const char *captured(void (*say)(void))
{
    static char text[8192];
    int file = memfd_create("log", MFD_CLOEXEC), kept = dup(STDERR_FILENO);

    assert_true(file >= 0 && kept >= 0);
    assert_true(dup2(file, STDERR_FILENO) >= 0);
    say();
    assert_true(dup2(kept, STDERR_FILENO) >= 0);
    ssize_t n = pread(file, text, sizeof text - 1, 0);
    assert_true(n >= 0);
    text[n] = '\0';
    (void)close(file);
    (void)close(kept);
    return text;
}

static void say_plain(void)
{
    log_line(LOG_NOTE, "listen", "address=%s port=%d", "127.0.0.1", 7443);
}

static void a_line_has_a_priority_an_event_and_values(void **state)
{
    (void)state;
    assert_string_equal(captured(say_plain), "<6>listen address=127.0.0.1 port=7443\n");
}

static void say_forged(void)
{
    log_line(LOG_WARN, "peer", "why=\"%s\"", "a\n<0>forged b\x1b[2J \\x0a \xe1\xbb\xb1");
}

static void no_peer_can_write_a_line_of_its_own(void **state)
{
    (void)state;
    assert_string_equal(captured(say_forged),
                        "<4>peer why=\"a\\x0a<0>forged b\\x1b[2J \\x5cx0a \\xe1\\xbb\\xb1\"\n");
}

static void say_long(void)
{
    char text[5000];

    memset(text, '\n', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    log_line(LOG_ERROR, "long", "%s", text);
}

static void a_long_line_is_cut_and_stays_a_line(void **state)
{
    (void)state;
    const char *text = captured(say_long);
    size_t n = strlen(text);

    assert_in_range(n, 900, 1001);
    assert_ptr_equal(strchr(text, '\n'), text + n - 1);
}

static void say_at_two_levels(void)
{
    log_set_level(LOG_WARN);
    log_line(LOG_NOTE, "quiet", " ");
    log_line(LOG_WARN, "loud", "n=%d", 1);
    log_set_level(LOG_NOTE);
}

static void lines_above_the_level_are_not_written(void **state)
{
    (void)state;
    assert_string_equal(captured(say_at_two_levels), "<4>loud n=1\n");
}

static void a_talkative_source_is_held_back_and_counted(void **state)
{
    struct log_rate r = { 0 };
    unsigned dropped = 0;
    int said = 0;

    (void)state;
    for (int i = 0; i < 1000; i++)
        said += log_rate_admit(&r, 5000 + i, &dropped);
    assert_int_equal(said, LOG_RATE_LINES);
    assert_int_equal(dropped, 0);
    assert_true(log_rate_admit(&r, 5000 + LOG_RATE_MS, &dropped));
    assert_int_equal(dropped, 1000 - LOG_RATE_LINES);
    assert_true(log_rate_admit(&r, 5001 + LOG_RATE_MS, &dropped));
    assert_int_equal(dropped, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_has_a_priority_an_event_and_values),
        cmocka_unit_test(no_peer_can_write_a_line_of_its_own),
        cmocka_unit_test(a_long_line_is_cut_and_stays_a_line),
        cmocka_unit_test(lines_above_the_level_are_not_written),
        cmocka_unit_test(a_talkative_source_is_held_back_and_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
