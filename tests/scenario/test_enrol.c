/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_enrol.c - the mistakes that people make while they enrol and set up: each is
 * told at once, with what to do. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tb_cmocka.h"
#include "world.h"

static struct world w;

static int open_province(void **state)
{
    (void)state;
    world_open_empty(&w);
    world_enrol(&w, "chi", "cong-an", "coordinator", NULL);
    return 0;
}

static int close_province(void **state)
{
    (void)state;
    world_close(&w);
    return 0;
}

static void in_dir(char ret[static 2 * WORLD_PATH], const char *name)
{
    (void)snprintf(ret, 2 * WORLD_PATH, "%s/%s", w.dir, name);
}

static void says(const struct run *r, const char *what)
{
    if (!strstr(r->out, what) && !strstr(r->err, what))
        fail_msg("not said: %s\n%s%s", what, r->out, r->err);
}

/* Enrols with chi's used invite in a new home. */
static struct run enrol_again(const char *name)
{
    char invite[2 * WORLD_PATH];
    struct person *p = &w.person[w.n++];

    (void)snprintf(p->name, sizeof p->name, "%s", name);
    in_dir(invite, name); /* the world holds both texts: not printed from one into the other */
    (void)snprintf(p->home, sizeof p->home, "%.150s", invite);
    in_dir(invite, "chi-invite.txt");
    world_start_agent(&w, name);
    return world_run(&w, name, "--lang", "en", "enroll", "--invite-file", invite, "--device",
                     "may-2", "--name", name, "--phone", "0000 000 000", "--passphrase-file",
                     w.pass, "--cost", "minimal", NULL);
}

static void a_used_invite_is_told_to_whoever_uses_it_again(void **state)
{
    (void)state;
    struct run r = enrol_again("ke-la");
    assert_int_equal(r.code, 1);
    says(&r, "this invite was used by another device");
    assert_null(strstr(r.out, "words")); /* whoever reads them aloud has a stranger let in */
    run_done(&r);
}

/* `trucban --home HOME enroll` with chi's used invite, as a person types it: no agent runs yet. */
static void a_failed_enrolment_leaves_nothing_behind(void **state)
{
    char cli[2 * WORLD_PATH], home[2 * WORLD_PATH], invite[2 * WORLD_PATH];
    (void)state;

    (void)snprintf(cli, sizeof cli, "%s/trucban", w.bin);
    in_dir(home, "home-none");
    in_dir(invite, "chi-invite.txt");
    char *argv[] = { cli,
                     (char[]){ "--home" },
                     home,
                     (char[]){ "enroll" },
                     (char[]){ "--invite-file" },
                     invite,
                     (char[]){ "--passphrase-file" },
                     w.pass,
                     (char[]){ "--cost" },
                     (char[]){ "minimal" },
                     NULL,
                     NULL,
                     NULL };
    struct run r = proc_run(argv, "", 60);
    assert_int_equal(r.code, 2);
    says(&r, "thiếu --name");
    run_done(&r);
    assert_int_equal(access(home, F_OK), -1);
    argv[10] = (char[]){ "--name" };
    argv[11] = (char[]){ "Ke La" };
    r = proc_run(argv, "", 60);
    assert_int_equal(r.code, 1);
    says(&r, "Chưa ghi danh được gì");
    run_done(&r);
    assert_int_equal(access(home, F_OK), -1);
}

static void without_the_relay_nobody_is_told_that_the_request_is_there(void **state)
{
    (void)state;
    proc_stop(&w.relay);
    struct run r = enrol_again("ke-la-2");
    assert_int_equal(r.code, 3);
    says(&r, "does not have the request yet");
    run_done(&r);
    world_start_relay(&w);
    world_wait_online(&w, "chi");
}

/* em asks with an invite of her own; the words that she would read out. */
static json_t *em_asks(void)
{
    char invite[2 * WORLD_PATH], key[2 * WORLD_PATH], roster[2 * WORLD_PATH];
    struct person *p = &w.person[w.n++];

    in_dir(invite, "home-em");
    (void)snprintf(p->name, sizeof p->name, "em");
    (void)snprintf(p->home, sizeof p->home, "%.150s", invite);
    in_dir(invite, "em-invite.txt");
    in_dir(key, "keys/registrar.key");
    in_dir(roster, "keys/roster.tbp");
    free(world_tool(&w, "trucban-keys", "invite", "--roster", roster, "--key", key,
                    "--passphrase-file", w.pass, "--account", "em", "--agency", "so-y-te", "--role",
                    "agency", "--out", invite, NULL));
    world_start_agent(&w, "em");
    return world_do(&w, "em", "enroll", "--invite-file", invite, "--device", "may-1", "--name",
                    "em", "--phone", "0000 000 000", "--passphrase-file", w.pass, "--cost",
                    "minimal", NULL);
}

/* The registrar types `words` for em's request. */
static struct run approve_em(const char *words, const char *out)
{
    char program[2 * WORLD_PATH], key[2 * WORLD_PATH], roster[2 * WORLD_PATH],
        requests[2 * WORLD_PATH], typed[200];

    (void)snprintf(program, sizeof program, "%s/trucban-keys", w.bin);
    (void)snprintf(typed, sizeof typed, "%s", words);
    in_dir(key, "keys/registrar.key");
    in_dir(roster, "keys/roster.tbp");
    in_dir(requests, "em-requests.tbp");
    char *argv[] = { program,
                     (char[]){ "approve" },
                     (char[]){ "--roster" },
                     roster,
                     (char[]){ "--key" },
                     key,
                     (char[]){ "--out" },
                     (char *)(uintptr_t)out,
                     (char[]){ "--passphrase-file" },
                     w.pass,
                     (char[]){ "--account" },
                     (char[]){ "em" },
                     (char[]){ "--vetted" },
                     (char[]){ "in-person" },
                     (char[]){ "--words" },
                     typed,
                     requests,
                     NULL };
    return proc_run(argv, NULL, 30);
}

/* A14: six words of the list, but others. */
static void wrong_words_let_nobody_in(void **state)
{
    static const char *const six = "voi xanh voi xanh voi xanh voi xanh voi xanh voi xanh";
    char out[2 * WORLD_PATH], relay[2 * WORLD_PATH], requests[2 * WORLD_PATH];
    (void)state;

    json_t *said = em_asks();
    in_dir(out, "em-approval.tbp");
    in_dir(relay, "relay");
    in_dir(requests, "em-requests.tbp");
    free(world_tool(&w, "trucban-relay", "requests", "--state", relay, "--out", requests, NULL));
    struct run r = approve_em(six, out);
    assert_int_equal(r.code, 1);
    says(&r, six); /* for this reason and no other */
    assert_int_equal(access(out, F_OK), -1);
    run_done(&r);
    r = approve_em(json_string_value(json_object_get(said, "words")), out);
    assert_int_equal(r.code, 0);
    assert_int_equal(access(out, F_OK), 0);
    run_done(&r);
    json_decref(said);
}

static void a_file_of_requests_is_not_taken_for_an_approval(void **state)
{
    char state_dir[2 * WORLD_PATH], requests[2 * WORLD_PATH], program[2 * WORLD_PATH];
    (void)state;

    in_dir(state_dir, "relay");
    in_dir(requests, "chi-requests.tbp");
    (void)snprintf(program, sizeof program, "%s/trucban-relay", w.bin);
    char *argv[] = {
        program, (char[]){ "import" }, (char[]){ "--state" }, state_dir, requests, NULL
    };
    struct run r = proc_run(argv, NULL, 30);
    assert_int_equal(r.code, 1);
    says(&r, "trucban-keys approve");
    run_done(&r);
    r = world_run(&w, "chi", "roster", "publish", requests, NULL);
    assert_int_equal(r.code, 1);
    says(&r, "trucban-keys approve");
    run_done(&r);
}

static void a_policy_that_names_nobody_is_refused_with_the_name(void **state)
{
    char path[2 * WORLD_PATH];
    (void)state;

    in_dir(path, "bad.json");
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    (void)fputs("{\"id\":\"su-co\",\"name\":\"x\",\"tiers\":[{\"accounts\":[\"chii\"],\"wait_s\":"
                "60,\"repeat_s\":15}]}",
                f);
    assert_int_equal(fclose(f), 0);
    struct run r = world_run(&w, "chi", "policy", "set", path, NULL);
    assert_int_equal(r.code, 1);
    says(&r, "chii");
    run_done(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_used_invite_is_told_to_whoever_uses_it_again),
        cmocka_unit_test(a_failed_enrolment_leaves_nothing_behind),
        cmocka_unit_test(without_the_relay_nobody_is_told_that_the_request_is_there),
        cmocka_unit_test(wrong_words_let_nobody_in),
        cmocka_unit_test(a_file_of_requests_is_not_taken_for_an_approval),
        cmocka_unit_test(a_policy_that_names_nobody_is_refused_with_the_name),
    };
    return cmocka_run_group_tests(tests, open_province, close_province);
}
