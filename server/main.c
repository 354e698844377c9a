/* SPDX-License-Identifier: GPL-3.0-or-later */
/* main.c - the command line of trucban-relay: options in, one command run.
 *
 * Without a command the relay runs.  Help is in Vietnamese and English, the rest in one of them (say.h). */
#include <errno.h>
#include <getopt.h>
#include <malloc.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "proto/nearest.h"
#include "server/admin.h"
#include "server/config.h"
#include "server/log.h"
#include "server/say.h"
#include "server/serve.h"

enum { PERTURB = 0xa5 };

struct options {
    struct admin_options admin;
    struct serve_options serve;
    const char *lang; /* known before the rest is read */
    bool help, version, check_config;
    bool allow_core; /* core dumps, for tests that search them */
};

struct command {
    const char *name;
    int (*admin)(const struct admin_options *o); /* NULL: run */
    const char *help;
};

static const struct command commands[] = {
    { "run", NULL,
      "run --config TỆP [--ready-fd N] [--check-config]\n"
      "  Chạy trạm chuyển tiếp cho đến khi nhận SIGTERM.\n"
      "  Runs the relay until SIGTERM.  --check-config only reads the file.\n" },
    { "init", admin_init,
      "init [--state THƯ_MỤC] --address MÁY:CỔNG --out TỆP\n"
      "  Tạo khoá và kho rỗng; ghi tệp yêu cầu cho trucban-keys relay.\n"
      "  Makes keys and an empty store; writes a request file for trucban-keys relay.\n" },
    { "entry", admin_entry,
      "entry [--state THƯ_MỤC] --address MÁY:CỔNG --out TỆP\n"
      "  Ghi lại tệp yêu cầu từ các khoá đã có, khi đổi địa chỉ hoặc mất tệp.\n"
      "  Writes the request file again from the keys that are there.\n" },
    { "import", admin_import,
      "import [--state THƯ_MỤC] TỆP...\n"
      "  Nhận mục danh bạ và phê duyệt từ tệp.\n"
      "  Takes roster entries and approvals from files.\n" },
    { "requests", admin_requests,
      "requests [--state THƯ_MỤC] --out TỆP\n"
      "  Ghi các yêu cầu gia nhập đang chờ cho trucban-keys approve.\n"
      "  Writes pending enrolment requests for trucban-keys approve.\n" },
    { "check", admin_check,
      "check [--state THƯ_MỤC]\n"
      "  Kiểm tra kho: mã băm từng dòng, tham chiếu, danh bạ.\n"
      "  Checks the store: row hashes, references, roster.\n" },
    { "backup", admin_backup,
      "backup [--state THƯ_MỤC] --out TỆP --passphrase-file TỆP\n"
      "  Sao lưu có mã hoá, kể cả khi đang chạy.\n"
      "  Encrypted backup, also while the relay runs.\n" },
    { "restore", admin_restore,
      "restore [--state THƯ_MỤC] --in TỆP --passphrase-file TỆP\n"
      "  Khôi phục từ bản sao lưu; bắt đầu một kỷ nguyên mới.\n"
      "  Restores a backup; starts a new era.\n" },
    { "status", admin_status,
      "status [--state THƯ_MỤC] [--within GIÂY]\n"
      "  Trạm chuyển tiếp có đang chạy không, tình trạng và số liệu; vừa khởi động thì chờ, tối đa "
      "GIÂY.\n"
      "  Whether the relay runs, its health and figures; waits that long for one that starts.\n" },
    { "listen-heartbeat", admin_listen_heartbeat,
      "listen-heartbeat --address ĐỊA_CHỈ --port N --within GIÂY\n"
      "  Trên máy thứ hai: báo và thoát với mã 1 khi trạm chuyển tiếp im lặng lâu hơn GIÂY.\n"
      "  On a second machine: says so and exits with 1 once the relay was silent that many "
      "seconds.\n" },
};
enum { COMMANDS = (int)(sizeof commands / sizeof commands[0]) };

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < COMMANDS; i++)
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    return NULL;
}

static int no_command(const char *name)
{
    const char *names[COMMANDS + 1] = { NULL };

    for (size_t i = 0; i < COMMANDS; i++)
        names[i] = commands[i].name;
    const char *near = tb_nearest(name, names);
    if (near)
        say_error(_("there is no command '%s': did you mean '%s'?"), name, near);
    else
        say_error(_("'%s' is no command; see: trucban-relay --help"), name);
    return EXIT_USAGE;
}

static void print_help(const struct command *one)
{
    (void)printf("Trực Ban: trạm chuyển tiếp (relay)\n"
                 "Cách dùng · Usage: trucban-relay [--config TỆP] LỆNH [...]\n\n");
    for (size_t i = 0; i < COMMANDS; i++)
        if (!one || one == &commands[i])
            (void)printf("%s\n", commands[i].help);
    (void)printf(
        "THƯ_MỤC: state-dir trong --config, nếu không thì /var/lib/trucban.\n"
        "THƯ_MỤC (directory): state-dir of --config, else /var/lib/trucban.\n"
        "TỆP: file.  MÁY:CỔNG: host:port.  Xem · See: man trucban-relay\n"
        "--lang vi|en: tiếng Việt hoặc tiếng Anh · the language of all messages but the log\n");
}

/* Their first lines: how each is written. */
static void list_commands(FILE *to)
{
    (void)fputs("Cách dùng · Usage: trucban-relay [--config TỆP] LỆNH [...]\n", to);
    for (size_t i = 0; i < COMMANDS; i++)
        (void)fprintf(to, "  %.*s\n", (int)strcspn(commands[i].help, "\n"), commands[i].help);
    (void)fputs(_("More: trucban-relay --help\n"), to);
}

static bool parse_number(const char *text, long max, int *ret)
{
    char *end = NULL;

    errno = 0;
    long n = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || n < 0 || n > max)
        return false;
    *ret = (int)n;
    return true;
}

static bool parse_fd(const char *text, int *ret)
{
    if (parse_number(text, 65535, ret))
        return true;
    say_error(_("--ready-fd %s: should be the number of an open descriptor"), text);
    return false;
}

static bool parse_count(const char *name, const char *text, int *ret)
{
    if (parse_number(text, 65535, ret) && *ret > 0)
        return true;
    say_error(_("%s %s: should be a number from 1 to 65535"), name, text);
    return false;
}

/* False: it was said what is wrong. */
static bool take_option(int option, struct options *o)
{
    switch (option) {
    case 's':
        o->admin.state_dir = optarg;
        return true;
    case 'a':
        o->admin.address = optarg;
        return true;
    case 'i':
        o->admin.in = optarg;
        return true;
    case 'o':
        o->admin.out = optarg;
        return true;
    case 'p':
        o->admin.passphrase_file = optarg;
        return true;
    case 'c':
        o->serve.config_path = optarg;
        return true;
    case 'r':
        return parse_fd(optarg, &o->serve.ready_fd);
    case 'P':
        return parse_count("--port", optarg, &o->admin.port);
    case 'w':
        return parse_count("--within", optarg, &o->admin.within_s);
    case 'C':
        o->allow_core = true;
        return true;
    case 'k':
        o->check_config = true;
        return true;
    case 'l':
        o->lang = optarg;
        return true;
    case 'h':
        o->help = true;
        return true;
    case 'V':
        o->version = true;
        return true;
    default:
        return false; /* said by parse() */
    }
}

static const struct option known[] = {
    { "state", required_argument, NULL, 's' },
    { "address", required_argument, NULL, 'a' },
    { "in", required_argument, NULL, 'i' },
    { "out", required_argument, NULL, 'o' },
    { "passphrase-file", required_argument, NULL, 'p' },
    { "port", required_argument, NULL, 'P' },
    { "within", required_argument, NULL, 'w' },
    { "config", required_argument, NULL, 'c' },
    { "ready-fd", required_argument, NULL, 'r' },
    { "lang", required_argument, NULL, 'l' },
    { "allow-core", no_argument, NULL, 'C' },
    { "check-config", no_argument, NULL, 'k' },
    { "help", no_argument, NULL, 'h' },
    { "version", no_argument, NULL, 'V' },
    { NULL, 0, NULL, 0 },
};
enum { KNOWN = (int)(sizeof known / sizeof known[0]) };

/* getopt_long() stays silent: it has no catalogue of ours and knows no near misses. */
static void say_bad_option(int option, const char *word)
{
    const char *names[KNOWN] = { NULL };
    char typed[64];

    if (option == ':') {
        say_error(_("%s needs a value; see: trucban-relay --help"), word);
        return;
    }
    for (size_t i = 0; i + 1 < KNOWN; i++)
        names[i] = known[i].name;
    (void)snprintf(typed, sizeof typed, "%.*s", (int)strcspn(word, "="), word);
    const char *near = tb_nearest(typed + strspn(typed, "-"), names);
    if (near)
        say_error(_("unknown option '%s': did you mean '--%s'?"), word, near);
    else
        say_error(_("unknown option '%s'; see: trucban-relay --help"), word);
}

static bool parse(int argc, char **argv, struct options *o)
{
    int option = 0;

    opterr = 0;
    while ((option = getopt_long(argc, argv, ":h", known, NULL)) != -1) {
        if (option == '?' || option == ':') {
            say_bad_option(option, argv[optind - 1]);
            return false;
        }
        if (!take_option(option, o))
            return false;
    }
    return true;
}

/* The language must be known before anything can be said; the last one counts. */
static const char *early_lang(int argc, char **argv)
{
    const char *lang = NULL;

    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strncmp(argv[i], "--lang=", 7) == 0)
            lang = argv[i] + 7;
        else if (strcmp(argv[i], "--lang") == 0)
            lang = i + 1 < argc ? argv[++i] : "";
    }
    return lang;
}

static int run(const struct options *o, const struct config *config)
{
    if (o->admin.n_files > 0) {
        say_error(_("'%s' is one argument too many; see --help"), o->admin.files[0]);
        return EXIT_USAGE;
    }
    if (!o->serve.config_path) {
        list_commands(stderr);
        say_error(_("--config FILE is missing: to run the relay, give its configuration"));
        return EXIT_USAGE;
    }
    return o->check_config ? EXIT_DONE : serve(config, &o->serve);
}

/* A core dump would hold keys and mailboxes; so does /proc/PID/mem for whoever may trace us. */
static bool forbid_core(void)
{
    const struct rlimit none = { 0, 0 };

    if (setrlimit(RLIMIT_CORE, &none) == 0 && prctl(PR_SET_DUMPABLE, 0) == 0)
        return true;
    say_error(_("core dumps cannot be forbidden: %s"), strerror(errno));
    return false;
}

static int dispatch(const struct command *command, struct options *o)
{
    struct config config;
    struct config_error why = { "" };

    config_default(&config);
    if (o->serve.config_path && config_load(o->serve.config_path, &config, &why) != TB_OK) {
        say_error("%s", why.text);
        return EXIT_CONFIG;
    }
    if (!command->admin)
        return run(o, &config);
    if (!o->admin.state_dir)
        o->admin.state_dir = config.state_dir;
    log_set_level(LOG_WARN); /* a person reads this, not a journal */
    return command->admin(&o->admin);
}

int main(int argc, char **argv)
{
    struct options o = { .serve = { .ready_fd = -1 } };
    const char *name = "run";

    const char *lang = early_lang(argc, argv);

    if (!say_open(lang)) {
        say_error(_("--lang '%s': there are vi (Vietnamese) and en (English)"), lang);
        return EXIT_USAGE;
    }
    (void)umask(077);
    (void)mallopt(M_PERTURB, PERTURB); /* freed memory is overwritten */
    if (sodium_init() < 0) {
        say_error(_("libsodium does not start"));
        return EXIT_FAILED;
    }
    if (!parse(argc, argv, &o))
        return EXIT_USAGE;
    if (optind < argc)
        name = argv[optind++];
    o.admin.files = argv + optind;
    o.admin.n_files = (size_t)(argc - optind);
    const struct command *command = find_command(name);
    if (!command)
        return no_command(name);
    if (o.help || o.version) {
        if (o.version)
            (void)printf("trucban-relay %s\n", TB_VERSION);
        else
            print_help(strcmp(name, "run") == 0 ? NULL : command);
        return EXIT_DONE;
    }
    if (!o.allow_core && !forbid_core())
        return EXIT_FAILED;
    return dispatch(command, &o);
}
