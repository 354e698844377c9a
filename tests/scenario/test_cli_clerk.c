/* SPDX-License-Identifier: GPL-3.0-or-later */
/* test_cli_clerk.c - the mistakes that people make with the command line: each is told in their
 * language, with what is missing and what to do, and makes nothing that was not wanted. */
/* link: PkgConfig::JANSSON */
#define _GNU_SOURCE /* nftw */
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
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

/* `trucban --home HOME MORE...`, without --json: what a person sees. */
static struct run trucban(const char *home, char *const more[])
{
    char cli[2 * WORLD_PATH], at[WORLD_PATH];
    char *argv[PROC_ARGS_MAX] = { cli, (char[]){ "--home" }, at };
    size_t n = 3;

    (void)snprintf(cli, sizeof cli, "%s/trucban", w.bin);
    (void)snprintf(at, sizeof at, "%s", home);
    for (; *more; more++)
        argv[n++] = *more;
    return proc_run(argv, "", 60);
}

static char *home_of(const char *name)
{
    return world_person(&w, name)->home;
}

/* Runs, asserts the exit status and that each part was said. */
static void told(const char *home, char *const more[], int code, const char *part)
{
    struct run r = trucban(home, more);

    if (r.code != code || (!strstr(r.out, part) && !strstr(r.err, part)))
        fail_msg("%d, not %d with '%s':\n%s%s", r.code, code, part, r.out, r.err);
    run_done(&r);
}

#define TOLD(home, code, part, ...) told(home, (char *const[]){ __VA_ARGS__, NULL }, code, part)
#define A(text) \
    (char[])    \
    {           \
        text    \
    }

static void in_dir(char path[2 * WORLD_PATH], const char *name)
{
    (void)snprintf(path, 2 * WORLD_PATH, "%s/%s", w.dir, name);
}

static void write_in(char path[2 * WORLD_PATH], const char *name, const char *text, mode_t mode)
{
    in_dir(path, name);
    TB_CLEANUP(tb_closep) int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    assert_int_equal(fchmod(fd, mode), 0);
}

static void a_mistyped_home_makes_no_profile(void **state)
{
    char home[2 * WORLD_PATH], file[2 * WORLD_PATH];

    (void)state;
    in_dir(home, "home-mistyped");
    TOLD(home, 1, "hãy xem lại --home", A("status"));
    TOLD(home, 1, "check --home", A("--lang"), A("en"), A("pages"));
    write_in(file, "not-an-invite", "hello\n", 0600);
    TOLD(home, 1, "not-an-invite: đây không phải thư mời", A("enroll"), A("--invite-file"), file);
    in_dir(file, "no-such-file");
    TOLD(home, 1, "no-such-file: không có tệp này", A("enroll"), A("--invite-file"), file);
    TOLD(home, 1, "chép lại từ 'trucban:1:'", A("enroll"), A("trucban:1:AAAA"));
    assert_int_equal(access(home, F_OK), -1);
}

static void what_is_missing_is_said_first_and_the_choices_with_it(void **state)
{
    char *an = home_of("an");

    (void)state;
    TOLD(an, 2, "thiếu tệp phương án", A("policy"), A("set"));
    TOLD(an, 2, "thiếu tệp cần công bố", A("roster"), A("publish"));
    TOLD(an, 2, "thiếu tệp để ghi", A("roster"), A("requests"));
    TOLD(an, 2, "ATT-06", A("report"), A("--title"), A("x"), A("--class"), A("1"));
    TOLD(an, 2, "lost (mất)", A("suspend"), A("binh"));
    TOLD(an, 2, "1 (nghiêm trọng)", A("page"), A("--title"), A("x"));
    TOLD(an, 2, "vi (tiếng Việt)", A("--lang"), A("fr"), A("status"));
    TOLD(an, 2, "'fr'", A("--lang=fr"), A("status"));
    TOLD(an, 2, "'fr'", A("status"), A("--lang"), A("fr"));
    TOLD(an, 0, "Bell", A("status"), A("--lang"), A("en"));
    TOLD(an, 2, "có phải bạn muốn 'publish'", A("roster"), A("publsh"), A("x"));
    TOLD(an, 2, "--class 9", A("page"), A("--class"), A("9"), A("--title"), A("x"));
    TOLD(an, 2, "show abcd", A("page"), A("abcd"));
}

static char *lines_of(const char *path)
{
    char text[8192] = "";
    FILE *f = fopen(path, "re");

    assert_non_null(f);
    text[fread(text, 1, sizeof text - 1, f)] = 0;
    (void)fclose(f);
    return strdup(text);
}

/* What stands at --out may be the only copy of the log. */
static void what_is_there_is_never_written_over(void **state)
{
    char file[2 * WORLD_PATH], policy[2 * WORLD_PATH];
    char *chi = home_of("chi");

    (void)state;
    write_in(file, "precious.tbp", "the only copy\n", 0600);
    write_in(policy, "one.json",
             "{\"id\":\"mot\",\"name\":\"Một\",\"classes\":[3],\"tiers\":[{\"accounts\":[\"an\"],"
             "\"wait_s\":60,\"repeat_s\":15}]}",
             0600);
    TOLD(chi, 1, "precious.tbp đã có sẵn", A("roster"), A("export"), A("--out"), file);
    TOLD(chi, 1, "precious.tbp đã có sẵn", A("roster"), A("freshness-key"), A("--out"), file);
    TOLD(chi, 1, "precious.tbp đã có sẵn", A("policy"), A("set"), policy, A("--out"), file);
    char *text = lines_of(file);
    assert_string_equal(text, "the only copy\n");
    free(text);
    in_dir(file, "no-requests.tbp");
    TOLD(chi, 0, "không có yêu cầu nào", A("roster"), A("requests"), A("--out"), file);
    assert_int_equal(access(file, F_OK), -1);
}

static void a_policy_is_set_once_and_a_tier_without_duty_is_named(void **state)
{
    char policy[2 * WORLD_PATH], log[2 * WORLD_PATH];
    char *chi = home_of("chi");

    (void)state;
    write_in(policy, "clerk.json",
             "{\"id\":\"hai\",\"name\":\"Hai\",\"classes\":[3],\"tiers\":[{\"accounts\":"
             "[\"so-y-te\"],\"wait_s\":60,\"repeat_s\":15}]}",
             0600);
    TOLD(chi, 0, "bậc 1 chỉ ghi so-y-te", A("policy"), A("set"), policy);
    world_wait_online(&w, "chi");
    TOLD(chi, 0, "'hai' đang đúng như vậy", A("policy"), A("set"), policy);
    in_dir(log, "log.tbp");
    TOLD(chi, 0, "log.tbp", A("roster"), A("export"), A("--out"), log);
    TOLD(chi, 0, "Không có gì mới", A("roster"), A("publish"), log);
    in_dir(log, "wrong.tbp");
    write_in(log, "wrong.tbp", "hello", 0600);
    TOLD(chi, 1, "wrong.tbp", A("roster"), A("publish"), log);
    TOLD(home_of("so-y-te"), 1, "điều phối viên", A("roster"), A("requests"), A("--out"), log);
}

/* People copy the command that they are shown. */
static void a_hint_has_the_home_of_the_call(void **state)
{
    char home[2 * WORLD_PATH], part[3 * WORLD_PATH], file[2 * WORLD_PATH];
    char *an = home_of("an");

    (void)state;
    (void)snprintf(part, sizeof part, "`trucban --home %s pages`", an);
    TOLD(an, 1, part, A("show"), A("ffff"));
    TOLD(an, 2, "'May 1'", A("enroll"), A("--device"), A("May 1"), A("trucban:1:AAAA"));
    TOLD(an, 0, "Đã khóa", A("lock"));
    write_in(file, "guess", "correct horse battery\n", 0600);
    TOLD(an, 1, "guess: dòng đầu của tệp không phải mật khẩu", A("unlock"), A("--passphrase-file"),
         file);
    (void)snprintf(home, sizeof home, "%s", w.pass);
    TOLD(an, 0, "Đã mở khóa", A("unlock"), A("--passphrase-file"), home);
    world_wait_online(&w, "an");
}

static void the_reason_stands_last_and_names_what_was_meant(void **state)
{
    struct run r = trucban(home_of("an"), (char *const[]){ A("stauts"), NULL });

    (void)state;
    assert_int_equal(r.code, 2);
    const char *last = strstr(r.err, "trucban: không có lệnh 'stauts'");
    assert_non_null(last);
    assert_non_null(strstr(last, "'status'"));
    assert_ptr_equal(strchr(last, '\n'), r.err + strlen(r.err) - 1);
    run_done(&r);
}

static void a_policy_that_is_no_json_is_told_where(void **state)
{
    char file[2 * WORLD_PATH];

    (void)state;
    write_in(file, "bad.json", "{\"id\": \"x\"\n \"name\": 1}", 0600);
    TOLD(home_of("chi"), 2, "dòng 2, cột 7: chỗ đó không đúng JSON", A("policy"), A("set"), file);
    write_in(file, "short.json", "{\"id\": \"x\",", 0600);
    TOLD(home_of("chi"), 2, "tệp bị cụt", A("policy"), A("set"), file);
    write_in(file, "an.invite", "trucban:1:AAAA\n", 0600);
    TOLD(home_of("chi"), 1, "an.invite là thư mời", A("roster"), A("publish"), file);
}

/* Each of these would be waited for without end. */
static void a_pipe_or_a_folder_is_no_file(void **state)
{
    char pipe[2 * WORLD_PATH];

    (void)state;
    in_dir(pipe, "pipe");
    assert_int_equal(mkfifo(pipe, 0600), 0);
    TOLD(home_of("chi"), 1, "pipe là thư mục, ống dẫn", A("policy"), A("set"), pipe);
    TOLD(home_of("chi"), 1, "pipe là thư mục, ống dẫn", A("roster"), A("publish"), pipe);
    TOLD(home_of("chi"), 1, "/dev/zero là thư mục", A("policy"), A("set"), A("/dev/zero"));
    TOLD(home_of("chi"), 1, "/tmp là thư mục", A("roster"), A("publish"), A("/tmp"));
}

static void a_list_that_is_cut_says_so(void **state)
{
    char *dung = home_of("dung");

    (void)state;
    TOLD(dung, 0, " resolve ", A("test-page"));
    TOLD(dung, 0, "còn NỮA: `trucban pages --before ", A("pages"), A("--max"), A("1"));
    struct run r = trucban(dung, (char *const[]){ A("pages"), A("--max"), A("50"), NULL });
    assert_null(strstr(r.out, "còn NỮA"));
    run_done(&r);
}

/* One page a call, each time before the last: what one call would give, in the same order. */
static void a_list_is_read_on_where_it_was_cut(void **state)
{
    char *dung = home_of("dung"), number[24] = "0";
    struct run all = trucban(dung, (char *const[]){ A("--json"), A("pages"), NULL });
    const char *at = all.out;
    int pages = 0;

    (void)state;
    for (;; pages++) {
        struct run r = trucban(dung, (char *const[]){ A("--json"), A("pages"), A("--max"), A("1"),
                                                      A("--before"), number, NULL });
        json_t *page = json_loads(r.out, 0, NULL);
        if (page) {
            assert_memory_equal(at, r.out, strlen(r.out));
            at += strlen(r.out);
            (void)snprintf(number, sizeof number, "%lld",
                           (long long)json_integer_value(json_object_get(page, "change")));
        }
        json_decref(page);
        run_done(&r);
        if (!page)
            break;
    }
    assert_true(pages >= 2);
    assert_int_equal(*at, '\0');
    run_done(&all);
    TOLD(dung, 2, "--before", A("pages"), A("--before"), A("-1"));
}

static void a_passphrase_that_others_can_read_or_guess_is_refused(void **state)
{
    char file[2 * WORLD_PATH], home[2 * WORLD_PATH], invite[2 * WORLD_PATH];

    (void)state;
    write_in(file, "open-pass", "mật khẩu thử\n", 0644);
    TOLD(home_of("dung"), 1, "chmod 600", A("unlock"), A("--passphrase-file"), file);
    in_dir(home, "home-short");
    in_dir(invite, "an-invite.txt");
    write_in(file, "short-pass", "1234567\n", 0600);
    TOLD(home, 1, "mật khẩu chỉ có 7 ký tự", A("enroll"), A("--invite-file"), invite, A("--name"),
         A("An"), A("--phone"), A("0000 000 000"), A("--passphrase-file"), file);
    TOLD(home, 1, "chmod 600", A("enroll"), A("--invite-file"), invite, A("--name"), A("An"),
         A("--phone"), A("0000 000 000"), A("--passphrase-file"),
         (write_in(file, "open-pass", "mật khẩu thử\n", 0640), file));
    assert_int_equal(access(home, F_OK), -1);
}

static void a_typing_error_in_digits_is_no_stranger_between_two(void **state)
{
    char *an = home_of("an");

    (void)state;
    TOLD(an, 2, "bạn gõ 4", A("verify"), A("binh"), A("--group"), A("1"), A("--digits"), A("1234"));
    TOLD(an, 2, "chỉ có chữ số", A("verify"), A("binh"), A("--group"), A("1"), A("--digits"),
         A("12a45"));
    TOLD(an, 1, "không có tài khoản 'bing'", A("verify"), A("bing"), A("--group"), A("1"),
         A("--digits"), A("12345"));
}

static void an_acceptance_is_said_and_repeated_it_is_no_second_one(void **state)
{
    char id[PAGE_ID];
    char *an = home_of("an");
    size_t accepts = 0;

    (void)state;
    world_report(&w, "so-y-te", 1, id);
    world_wait_state(&w, "an", id, "ringing", 10000);
    TOLD(an, 0, "so-y-te (so-y-te)", A("show"), id);
    TOLD(an, 0, "Gọi lại: 0000 000 000", A("show"), id);
    TOLD(an, 0, "Bạn đã nhận lệnh gọi này, 10 phút nữa", A("accept"), A("--eta"), A("10"), id);
    TOLD(an, 0, "từ trước, 10 phút nữa", A("accept"), A("--eta"), A("10"), id);
    TOLD(an, 0, "từ trước", A("accept"), id);
    TOLD(an, 0, "nhận lệnh gọi này, 25 phút nữa", A("accept"), A("--eta"), A("25"), id);
    struct run r = trucban(an, (char *const[]){ A("show"), id, NULL });
    for (const char *p = r.out; (p = strstr(p, "người nhận: ")); p++)
        accepts++;
    assert_int_equal(accepts, 2);
    run_done(&r);
    TOLD(an, 0, "Lệnh gọi", A("resolve"), id);
}

static void a_bell_test_is_titled_in_the_readers_language(void **state)
{
    char *dung = home_of("dung");

    (void)state;
    TOLD(dung, 0, " resolve ", A("test-page")); /* with its --home */
    TOLD(dung, 0, "Thử chuông", A("pages"), A("--open"));
    TOLD(dung, 0, "[TEST] Test of the bell", A("--lang"), A("en"), A("pages"), A("--open"));
}

static void without_the_relay_its_address_and_the_remedy_are_named_soon(void **state)
{
    char address[32];

    (void)state;
    (void)snprintf(address, sizeof address, "127.0.0.1:%s", w.port);
    proc_stop(&w.relay);
    TOLD(home_of("dung"), 3, address, A("test-page"));
    TOLD(home_of("dung"), 3, "kiểm tra mạng", A("test-page"));
    TOLD(home_of("dung"), 0, "không có gì trả lời ở 127.0.0.1", A("status"));
    TOLD(home_of("dung"), 0, "lần nối tiếp theo sau", A("status"));
    TOLD(home_of("chi"), 3, address, A("roster"), A("requests"), A("--out"), A("/tmp/none.tbp"));
    world_start_relay(&w);
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *walk)
{
    (void)st, (void)flag, (void)walk;
    return remove(path);
}

static void an_agent_ends_when_its_profile_is_gone(void **state)
{
    char *home = home_of("dung");
    struct person *dung = world_person(&w, "dung");
    char log[2 * WORLD_PATH];
    int status = 0;

    (void)state;
    assert_true(proc_alive(&dung->agent));
    assert_int_equal(nftw(home, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
    pid_t ended = 0;
    for (int i = 0; i < 300 && ended == 0; i++) {
        ended = waitpid(dung->agent.pid, &status, WNOHANG);
        (void)usleep(100000);
    }
    assert_int_equal(ended, dung->agent.pid);
    assert_int_equal(WEXITSTATUS(status), 1);
    dung->agent.pid = -1;
    in_dir(log, "dung.log");
    assert_true(world_file_holds(log, "was removed or replaced: this agent ends"));
    assert_int_equal(access(home, F_OK), -1); /* and does not make it anew */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mistyped_home_makes_no_profile),
        cmocka_unit_test(what_is_missing_is_said_first_and_the_choices_with_it),
        cmocka_unit_test(what_is_there_is_never_written_over),
        cmocka_unit_test(a_policy_is_set_once_and_a_tier_without_duty_is_named),
        cmocka_unit_test(a_hint_has_the_home_of_the_call),
        cmocka_unit_test(the_reason_stands_last_and_names_what_was_meant),
        cmocka_unit_test(a_policy_that_is_no_json_is_told_where),
        cmocka_unit_test(a_pipe_or_a_folder_is_no_file),
        cmocka_unit_test(a_passphrase_that_others_can_read_or_guess_is_refused),
        cmocka_unit_test(a_typing_error_in_digits_is_no_stranger_between_two),
        cmocka_unit_test(an_acceptance_is_said_and_repeated_it_is_no_second_one),
        cmocka_unit_test(a_bell_test_is_titled_in_the_readers_language),
        cmocka_unit_test(a_list_that_is_cut_says_so),
        cmocka_unit_test(a_list_is_read_on_where_it_was_cut),
        cmocka_unit_test(without_the_relay_its_address_and_the_remedy_are_named_soon),
        cmocka_unit_test(an_agent_ends_when_its_profile_is_gone),
    };

    return cmocka_run_group_tests(tests, open_province, close_province);
}
