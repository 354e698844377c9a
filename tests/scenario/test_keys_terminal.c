/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_keys_terminal.c - passphrases, words and confirmations are asked at the terminal, and secrets never shown there. */
#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "tb_cmocka.h"
#include "world_keys.h"

enum { SCREEN = 65536, WAIT_MS = 20000 };

/* A program on a terminal of its own, and all that it showed. */
struct session {
    pid_t pid;
    int fd;
    char screen[SCREEN];
    size_t n, seen; /* `seen`: up to where wait_for has looked */
};

static int set_up(void **state)
{
    (void)state;
    keys_open();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    keys_close();
    return 0;
}

static void begin(struct session *s, char *const argv[])
{
    char program[512];

    memset(s, 0, sizeof *s);
    (void)snprintf(program, sizeof program, "%s/trucban-keys", getenv("TRUCBAN_BIN"));
    s->pid = forkpty(&s->fd, NULL, NULL, NULL);
    assert_true(s->pid >= 0);
    if (s->pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        (void)execv(program, argv);
        _exit(127);
    }
}

/* Reads what is shown; false at the end. */
static bool look(struct session *s)
{
    struct pollfd p = { .fd = s->fd, .events = POLLIN };

    assert_int_equal(poll(&p, 1, WAIT_MS), 1);
    assert_true(s->n < SCREEN - 1);
    ssize_t n = read(s->fd, s->screen + s->n, SCREEN - 1 - s->n);
    if (n <= 0)
        return false; /* EIO: the other side has closed */
    s->n += (size_t)n;
    return true;
}

static void wait_for(struct session *s, const char *text)
{
    char *at;

    while ((at = strstr(s->screen + s->seen, text)) == NULL)
        assert_true(look(s));
    s->seen = (size_t)(at - s->screen) + strlen(text);
}

static void type(const struct session *s, const char *text)
{
    assert_int_equal(write(s->fd, text, strlen(text)), (ssize_t)strlen(text));
}

static int end(struct session *s)
{
    int status;

    while (look(s))
        ;
    assert_int_equal(waitpid(s->pid, &status, 0), s->pid);
    assert_int_equal(close(s->fd), 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* "New passphrase ... The same again ..." */
static int make_key(struct session *s, const char *first, const char *again)
{
    char *argv[] = { (char[]){ "trucban-keys" }, (char[]){ "init" },    (char[]){ "--custodian" },
                     (char[]){ "An" },           (char[]){ "--out" },   (char[]){ "k" },
                     (char[]){ "--cost" },       (char[]){ "minimal" }, NULL };

    begin(s, argv);
    wait_for(s, "New passphrase of k: ");
    type(s, first);
    wait_for(s, "The same again for k: ");
    type(s, again);
    return end(s);
}

static void a_passphrase_is_asked_twice_and_never_shown(void **state)
{
    struct session s;

    (void)state;
    assert_int_equal(make_key(&s, "correct horse battery\n", "correct horse battery\n"), 0);
    assert_null(strstr(s.screen, "horse"));
    assert_true(keys_said(keys_do("inspect", "k", NULL), "custodian"));
    keys_run("init", "--demo", "--province", "T", "--out", "root", "--key", "k", KEYS_PASS, "k.pub",
             NULL);
}

static void two_different_passphrases_make_nothing(void **state)
{
    struct session s;

    (void)state;
    assert_int_equal(make_key(&s, "correct horse battery\n", "correct house battery\n"), 1);
    assert_non_null(strstr(s.screen, "differ"));
    assert_false(keys_file_exists("k"));
    assert_false(keys_file_exists("k.pub"));
}

static void an_interrupt_at_the_passphrase_turns_the_echo_on_again(void **state)
{
    char *argv[] = { (char[]){ "trucban-keys" },
                     (char[]){ "init" },
                     (char[]){ "--custodian" },
                     (char[]){ "An" },
                     (char[]){ "--out" },
                     (char[]){ "k" },
                     NULL };
    struct termios t;
    struct session s;

    (void)state;
    begin(&s, argv);
    wait_for(&s, "New passphrase");
    assert_int_equal(tcgetattr(s.fd, &t), 0);
    assert_true((t.c_lflag & ECHO) == 0);
    type(&s, "half a pass\x03");
    int status;
    assert_int_equal(waitpid(s.pid, &status, 0), s.pid);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(tcgetattr(s.fd, &t), 0);
    assert_true((t.c_lflag & ECHO) != 0);
    assert_int_equal(close(s.fd), 0);
    assert_false(keys_file_exists("k"));
}

static void a_draft_is_shown_before_it_is_signed_and_no_is_no(void **state)
{
    char *argv[] = {
        (char[]){ "trucban-keys" },      (char[]){ "cosign" }, (char[]){ "--key" }, (char[]){ "k" },
        (char[]){ "--passphrase-file" }, (char[]){ "pass" },   (char[]){ "root" },  NULL
    };
    struct session s;

    (void)state;
    keys_run("init", "--custodian", "An", "--out", "k", KEYS_CHEAP, NULL);
    keys_run("init", "--demo", "--province", "Tỉnh Thử", "--out", "root", "k.pub", NULL);
    for (int yes = 0; yes < 2; yes++) {
        begin(&s, argv);
        wait_for(&s, "province: Tỉnh Thử");
        wait_for(&s, "Sign this? Type 'yes': ");
        type(&s, yes ? "yes\n" : "y\n");
        assert_int_equal(end(&s), yes ? 0 : 1);
    }
    struct tb_roster *r = keys_roster("root");
    assert_int_equal(tb_roster_size(r), 1);
    tb_roster_free(r);
}

static void without_a_terminal_it_says_what_to_do(void **state)
{
    (void)state;
    keys_run("init", "--custodian", "An", "--out", "k", KEYS_CHEAP, NULL);
    keys_run("init", "--demo", "--province", "T", "--out", "root", "k.pub", NULL);
    assert_int_equal(setsid() < 0 && errno != EPERM, 0); /* no controlling terminal from here on */
    keys_refuse(1, "use --passphrase-file", "init", "--custodian", "An", "--out", "k2", NULL);
    keys_refuse(1, "--yes", "cosign", "--key", "k", KEYS_PASS, "root", NULL);
}

/* The six words are typed as heard; the tool does not show them first. */
static void the_words_are_asked_for_and_not_told(void **state)
{
    char *argv[] = { (char[]){ "trucban-keys" },
                     (char[]){ "approve" },
                     (char[]){ "--roster" },
                     (char[]){ "d/roster.tbp" },
                     (char[]){ "--key" },
                     (char[]){ "d/registrar.key" },
                     (char[]){ "--passphrase-file" },
                     (char[]){ "pass" },
                     (char[]){ "--out" },
                     (char[]){ "done" },
                     (char[]){ "req" },
                     NULL };
    struct keys_device d;
    struct session s;

    (void)state;
    keys_run("init", "--demo", "--province", "T", "--person", "An", "--dir", "d", KEYS_CHEAP, NULL);
    keys_write_relay_request("relay");
    keys_run("relay", "--roster", "d/roster.tbp", "--key", "d/custodian.key", KEYS_PASS, "--append",
             "relay", NULL);
    keys_run("invite", "--roster", "d/roster.tbp", "--key", "d/registrar.key", KEYS_PASS,
             "--account", "binh", "--agency", "x", "--role", "responder", "--out", "inv", NULL);
    keys_device_ask(&d, "inv", "may-1", "req");
    begin(&s, argv);
    wait_for(&s, "Sở Y tế");
    wait_for(&s, "number from your own records");
    wait_for(&s, "Words heard: ");
    assert_null(strstr(s.screen, d.words));
    type(&s, "cua do\n"); /* a slip costs a line, not the whole command */
    wait_for(&s, "Try 2 of 3");
    wait_for(&s, "Words heard: ");
    type(&s, d.words);
    type(&s, "\n");
    assert_int_equal(end(&s), 0);
    assert_true(keys_file_exists("done"));
    keys_device_done(&d);
}

static void a_passphrase_may_come_on_standard_input(void **state)
{
    char program[512];
    char *argv[] = { program,
                     (char[]){ "init" },
                     (char[]){ "--custodian" },
                     (char[]){ "An" },
                     (char[]){ "--out" },
                     (char[]){ "k" },
                     (char[]){ "--cost" },
                     (char[]){ "minimal" },
                     (char[]){ "--passphrase-file" },
                     (char[]){ "-" },
                     NULL };

    (void)state;
    (void)snprintf(program, sizeof program, "%s/trucban-keys", getenv("TRUCBAN_BIN"));
    struct run r = proc_run(argv, "short\n", 20);
    assert_int_equal(r.code, 1);
    assert_non_null(strstr(r.err, "the passphrase has 5 bytes"));
    run_done(&r);
    r = proc_run(argv, "correct horse battery\nmore", 20);
    assert_int_equal(r.code, 0);
    run_done(&r);
    keys_run("init", "--demo", "--province", "T", "--out", "root", "--key", "k", KEYS_PASS, "k.pub",
             NULL);
}

/* Whoever writes the roster while another one is asked for a passphrase is not overwritten. */
static void a_roster_changed_in_the_meantime_is_not_overwritten(void **state)
{
    char *argv[] = {
        (char[]){ "trucban-keys" },    (char[]){ "delegate" },     (char[]){ "authority" },
        (char[]){ "--roster" },        (char[]){ "d/roster.tbp" }, (char[]){ "--key" },
        (char[]){ "d/custodian.key" }, (char[]){ "--append" },     NULL
    };
    struct session s;

    (void)state;
    keys_run("init", "--demo", "--province", "T", "--person", "An", "--dir", "d", KEYS_CHEAP, NULL);
    keys_write_relay_request("relay");
    begin(&s, argv);
    wait_for(&s, "Passphrase of d/custodian.key: ");
    keys_run("relay", "--roster", "d/roster.tbp", "--key", "d/custodian.key", KEYS_PASS, "--append",
             "relay", NULL);
    type(&s, "correct horse battery\n");
    assert_int_equal(end(&s), 1);
    assert_non_null(strstr(s.screen, "changed by somebody else"));
    struct tb_roster *r = keys_roster("d/roster.tbp");
    assert_non_null(tb_roster_first_relay(r));
    tb_roster_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        TEST(a_passphrase_is_asked_twice_and_never_shown),
        TEST(two_different_passphrases_make_nothing),
        TEST(an_interrupt_at_the_passphrase_turns_the_echo_on_again),
        TEST(a_draft_is_shown_before_it_is_signed_and_no_is_no),
        TEST(the_words_are_asked_for_and_not_told),
        TEST(a_passphrase_may_come_on_standard_input),
        TEST(a_roster_changed_in_the_meantime_is_not_overwritten),
        TEST(without_a_terminal_it_says_what_to_do),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
