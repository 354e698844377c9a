/* SPDX-License-Identifier: GPL-3.0-or-later */
/* world.c - see world.h. */
#define _GNU_SOURCE
#include "world.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "proto/cleanup.h"
#include "tb_cmocka.h"

const char *world_relay = "trucban-relay";

enum { TOOL_S = 60, CLI_S = 60, READY_MS = 20000, POLL_MS = 40 };

static const char policy[] = "{\"id\": \"su-co\", \"name\": \"Sự cố\", \"tiers\": ["
                             "{\"accounts\": [\"an\"], \"wait_s\": 2, \"repeat_s\": 5},"
                             "{\"accounts\": [\"binh\"], \"wait_s\": 2, \"repeat_s\": 5},"
                             "{\"accounts\": [\"chi\"], \"wait_s\": 2, \"repeat_s\": 5}]}";

static void join(char *ret, size_t size, const char *dir, const char *name)
{
    assert_true((size_t)snprintf(ret, size, "%s/%s", dir, name) < size);
}

static void write_file(const char *path, const char *text)
{
    TB_CLEANUP(tb_closep) int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

/* ---- running things */

static size_t collect(char *argv[static PROC_ARGS_MAX], size_t n, va_list more)
{
    for (char *a; (a = va_arg(more, char *));) {
        assert_true(n < PROC_ARGS_MAX - 1);
        argv[n++] = a;
    }
    argv[n] = NULL;
    return n;
}

static char *run_tool(struct world *w, const char *program, const char *input, va_list more)
{
    char path[2 * WORLD_PATH];
    char *argv[PROC_ARGS_MAX] = { path };

    join(path, sizeof path, w->bin, program);
    (void)collect(argv, 1, more);
    struct run r = proc_run(argv, input, TOOL_S);
    if (r.code != 0)
        fail_msg("%s %s: exit status %d\n%s%s", program, argv[1], r.code, r.out, r.err);
    free(r.err);
    return r.out;
}

char *world_tool(struct world *w, const char *program, ...)
{
    va_list more;

    va_start(more, program);
    char *out = run_tool(w, program, NULL, more);
    va_end(more);
    return out;
}

static struct run run_cli(struct world *w, const char *name, va_list more)
{
    char path[2 * WORLD_PATH];
    char *argv[PROC_ARGS_MAX] = { path, (char[]){ "--home" }, world_person(w, name)->home,
                                  (char[]){ "--json" } };

    join(path, sizeof path, w->bin, "trucban");
    (void)collect(argv, 4, more);
    return proc_run(argv, NULL, CLI_S);
}

struct run world_run(struct world *w, const char *name, ...)
{
    va_list more;

    va_start(more, name);
    struct run r = run_cli(w, name, more);
    va_end(more);
    return r;
}

json_t *world_do(struct world *w, const char *name, ...)
{
    va_list more;

    va_start(more, name);
    struct run r = run_cli(w, name, more);
    va_end(more);
    if (r.code != 0)
        fail_msg("%s: exit status %d\n%s%s", name, r.code, r.out, r.err);
    json_t *j = json_loads(r.out, JSON_DISABLE_EOF_CHECK, NULL);
    if (!j)
        fail_msg("%s: no JSON: %s%s", name, r.out, r.err);
    run_done(&r);
    return j;
}

void world_expect_code(struct world *w, int code, const char *name, ...)
{
    va_list more;

    va_start(more, name);
    struct run r = run_cli(w, name, more);
    va_end(more);
    if (r.code != code)
        fail_msg("%s: exit status %d, not %d\n%s%s", name, r.code, code, r.out, r.err);
    run_done(&r);
}

/* ---- the relay */

/* A port below the range from which the kernel takes its own, so that it is free again after a restart. */
static void pick_port(char ret[static 8])
{
    static int tried;

    while (tried < 2000) {
        int port = 20000 + ((int)getpid() * 13 + tried++ * 7) % 12000;
        struct sockaddr_in at = { .sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
        TB_CLEANUP(tb_closep) int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (bind(fd, (struct sockaddr *)&at, sizeof at) == 0) {
            (void)snprintf(ret, 8, "%d", port);
            return;
        }
    }
    fail_msg("no free port");
}

void world_launch_relay(struct world *w, int *ret_ready)
{
    char path[2 * WORLD_PATH], log[2 * WORLD_PATH];

    join(path, sizeof path, w->bin, world_relay);
    join(log, sizeof log, w->dir, "relay.log");
    char *argv[] = {
        path, (char[]){ "--config" }, w->config, (char[]){ "--ready-fd" }, (char[]){ "3" }, NULL
    };
    w->relay = proc_launch(argv, log, ret_ready);
}

void world_start_relay(struct world *w)
{
    TB_CLEANUP(tb_closep) int fd = -1;
    char ready[64];

    world_launch_relay(w, &fd);
    proc_wait_ready(fd, ready, sizeof ready, READY_MS, "the relay");
    assert_int_equal(sscanf(ready, "ready %*s %7s", w->metrics_port), 1);
}

char *world_metrics(struct world *w)
{
    static const char ask[] = "GET /metrics HTTP/1.0\r\n\r\n";
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_port = htons((uint16_t)strtoul(w->metrics_port, NULL, 10)),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    TB_CLEANUP(tb_closep) int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    enum { ANSWER = 65536 };
    char *text = calloc(1, ANSWER);
    size_t n = 0;

    assert_non_null(text);
    assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(write(fd, ask, sizeof ask - 1), (ssize_t)sizeof ask - 1);
    for (ssize_t got; n < ANSWER - 1 && (got = read(fd, text + n, ANSWER - 1 - n)) > 0;)
        n += (size_t)got;
    return text;
}

static void make_relay(struct world *w)
{
    char state[2 * WORLD_PATH], request[2 * WORLD_PATH], address[80], text[8 * WORLD_PATH];
    char keys[2 * WORLD_PATH], roster[2 * WORLD_PATH];

    join(state, sizeof state, w->dir, "relay");
    join(request, sizeof request, w->dir, "relay-request.tbp");
    join(keys, sizeof keys, w->dir, "keys/custodian.key");
    join(roster, sizeof roster, w->dir, "keys/roster.tbp");
    (void)snprintf(address, sizeof address, "%s:%s", w->address, w->port);
    free(world_tool(w, "trucban-relay", "init", "--state", state, "--address", address, "--out",
                    request, NULL));
    free(world_tool(w, "trucban-keys", "relay", "--roster", roster, "--key", keys,
                    "--passphrase-file", w->pass, "--append", request, NULL));
    free(world_tool(w, "trucban-relay", "import", "--state", state, roster, NULL));
    (void)snprintf(text, sizeof text,
                   "[relay]\nstate-dir = %s\n[listen]\naddress = %s\nport = %s\n"
                   "[metrics]\naddress = 127.0.0.1\nport = 0\n",
                   state, w->address, *w->inner ? w->inner : w->port);
    write_file(w->config, text);
}

/* ---- people */

struct person *world_person(struct world *w, const char *name)
{
    for (size_t i = 0; i < w->n; i++)
        if (strcmp(w->person[i].name, name) == 0)
            return &w->person[i];
    fail_msg("nobody is called %s", name);
    return NULL;
}

void world_launch_agent(struct world *w, struct person *p, int *ret_ready)
{
    char path[2 * WORLD_PATH], log[2 * WORLD_PATH];
    char *argv[PROC_ARGS_MAX] = { (char[]){ "/sbin/ip" }, (char[]){ "netns" }, (char[]){ "exec" },
                                  p->netns };
    char *const agent[] = { path,
                            (char[]){ "--home" },
                            p->home,
                            (char[]){ "--passphrase-file" },
                            w->pass,
                            (char[]){ "--foreground" },
                            (char[]){ "--ready-fd" },
                            (char[]){ "3" } };

    join(path, sizeof path, w->bin, "trucban-agent");
    (void)snprintf(log, sizeof log, "%s/%s.log", w->dir, p->name);
    memcpy(&argv[*p->netns ? 4 : 0], agent, sizeof agent);
    argv[(*p->netns ? 4 : 0) + sizeof agent / sizeof *agent] = NULL;
    p->agent = proc_launch(argv, log, ret_ready);
}

void world_start_agent(struct world *w, const char *name)
{
    TB_CLEANUP(tb_closep) int fd = -1;
    char ready[64];

    world_launch_agent(w, world_person(w, name), &fd);
    proc_wait_ready(fd, ready, sizeof ready, READY_MS, name);
}

void world_stop_agent(struct world *w, const char *name)
{
    proc_stop(&world_person(w, name)->agent);
}

static json_t *status_of(struct world *w, const char *name)
{
    struct run r = world_run(w, name, "status", NULL);
    json_t *j = json_loads(r.out, JSON_DISABLE_EOF_CHECK, NULL);

    run_done(&r);
    return j;
}

static bool is_text(const json_t *j, const char *key, const char *text)
{
    const char *is = json_string_value(json_object_get(j, key));

    return is && strcmp(is, text) == 0;
}

void world_wait_online(struct world *w, const char *name)
{
    for (long long end = now_ms() + READY_MS;; pause_ms(POLL_MS)) {
        json_t *s = status_of(w, name);
        bool there = s && is_text(s, "stage", "ready") && is_text(s, "online", "online") &&
                     json_integer_value(json_object_get(s, "outbox")) == 0 &&
                     json_integer_value(json_object_get(s, "sessions_missing")) == 0;
        char *text = now_ms() > end ? json_dumps(s, 0) : NULL;
        json_decref(s);
        if (there) {
            free(text);
            return;
        }
        if (text)
            fail_msg("%s is not online: %s", name, text);
    }
}

/* The registrar's and the operator's part: request fetched, words heard, approval carried back. */
static void approve(struct world *w, const char *name, const char *words, const char *publisher)
{
    char state[2 * WORLD_PATH], requests[2 * WORLD_PATH], approval[2 * WORLD_PATH];
    char key[2 * WORLD_PATH], roster[2 * WORLD_PATH];

    join(state, sizeof state, w->dir, "relay");
    (void)snprintf(requests, sizeof requests, "%s/%s-requests.tbp", w->dir, name);
    (void)snprintf(approval, sizeof approval, "%s/%s-approval.tbp", w->dir, name);
    join(key, sizeof key, w->dir, "keys/registrar.key");
    join(roster, sizeof roster, w->dir, "keys/roster.tbp");
    if (publisher)
        json_decref(world_do(w, publisher, "roster", "requests", "--out", requests, NULL));
    else
        free(world_tool(w, "trucban-relay", "requests", "--state", state, "--out", requests, NULL));
    free(world_tool(w, "trucban-keys", "approve", "--roster", roster, "--key", key,
                    "--passphrase-file", w->pass, "--account", name, "--words", words, "--vetted",
                    "in-person", "--append", "--out", approval, requests, NULL));
    if (publisher)
        world_expect_code(w, 0, publisher, "roster", "publish", approval, NULL);
    else
        free(world_tool(w, "trucban-relay", "import", "--state", state, approval, NULL));
}

static void wait_for_request(struct world *w, const char *name)
{
    for (long long end = now_ms() + READY_MS;; pause_ms(POLL_MS)) {
        json_t *s = status_of(w, name);
        bool there = s && is_text(s, "online", "online") &&
                     json_integer_value(json_object_get(s, "outbox")) == 0;
        json_decref(s);
        if (there)
            return;
        assert_true(now_ms() < end);
    }
}

void world_enrol(struct world *w, const char *name, const char *agency, const char *role,
                 const char *publisher)
{
    char invite[2 * WORLD_PATH], key[2 * WORLD_PATH], roster[2 * WORLD_PATH];

    assert_true(w->n < WORLD_PEOPLE);
    struct person *p = &w->person[w->n++];
    (void)snprintf(p->name, sizeof p->name, "%s", name);
    char home[2 * WORLD_PATH];
    (void)snprintf(home, sizeof home, "%s/home-%s", w->dir, name);
    assert_true(strlen(home) < sizeof p->home);
    memcpy(p->home, home, strlen(home) + 1);
    (void)snprintf(invite, sizeof invite, "%s/%s-invite.txt", w->dir, name);
    join(key, sizeof key, w->dir, "keys/registrar.key");
    join(roster, sizeof roster, w->dir, "keys/roster.tbp");
    free(world_tool(w, "trucban-keys", "invite", "--roster", roster, "--key", key,
                    "--passphrase-file", w->pass, "--account", name, "--agency", agency, "--role",
                    role, "--out", invite, NULL));
    world_start_agent(w, name);
    json_t *said = world_do(w, name, "enroll", "--invite-file", invite, "--device", "may-1",
                            "--name", name, "--phone", "0000 000 000", "--passphrase-file", w->pass,
                            "--cost", "minimal", NULL);
    wait_for_request(w, name);
    const char *words = json_string_value(json_object_get(said, "words"));
    assert_non_null(words);
    approve(w, name, words, publisher);
    json_decref(said);
    world_wait_online(w, name);
}

/* ---- the whole */

static void open_empty(struct world *w, const char *address, void (*front)(struct world *w))
{
    char keys[2 * WORLD_PATH];
    const char *bin = getenv("TRUCBAN_BIN"), *tmp = getenv("TMPDIR");

    assert_non_null(bin);
    *w = (struct world){ .relay = { -1 } };
    (void)snprintf(w->bin, sizeof w->bin, "%s", bin);
    (void)snprintf(w->dir, sizeof w->dir, "%s/tb-XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(w->dir));
    (void)setenv("XDG_RUNTIME_DIR", w->dir, 1);
    (void)unsetenv("DBUS_SESSION_BUS_ADDRESS");
    (void)unsetenv("DISPLAY"); /* a severe page would bring a window onto somebody's screen */
    (void)unsetenv("WAYLAND_DISPLAY");
    join(w->pass, sizeof w->pass, w->dir, "pass");
    join(w->config, sizeof w->config, w->dir, "relay.conf");
    join(keys, sizeof keys, w->dir, "keys");
    write_file(w->pass, "mật khẩu thử\n");
    pick_port(w->port);
    (void)snprintf(w->address, sizeof w->address, "%s", address ? address : "127.0.0.1");
    if (front) {
        pick_port(w->inner);
        front(w);
    }
    free(world_tool(w, "trucban-keys", "init", "--demo", "--province", "tinh-mau", "--person",
                    "Nguyễn Văn Mẫu", "--dir", keys, "--passphrase-file", w->pass, "--cost",
                    "minimal", NULL));
    make_relay(w);
    world_start_relay(w);
}

void world_open_empty(struct world *w)
{
    open_empty(w, NULL, NULL);
}

void world_open(struct world *w)
{
    world_open_behind(w, NULL, NULL);
}

void world_open_behind(struct world *w, const char *address, void (*front)(struct world *w))
{
    char path[2 * WORLD_PATH];

    open_empty(w, address, front);
    world_enrol(w, "chi", "cong-an", "coordinator", NULL);
    world_enrol(w, "an", "cong-an", "responder", "chi");
    world_enrol(w, "binh", "cong-an", "responder", "chi");
    world_enrol(w, "dung", "cong-an", "responder", "chi");
    world_enrol(w, "so-y-te", "so-y-te", "agency", "chi");
    join(path, sizeof path, w->dir, "policy.json");
    write_file(path, policy);
    world_expect_code(w, 0, "chi", "policy", "set", path, NULL);
    for (size_t i = 0; i < w->n; i++) {
        for (long long end = now_ms() + READY_MS;; pause_ms(POLL_MS)) {
            struct run r = world_run(w, w->person[i].name, "policy", "show", "su-co", NULL);
            bool there = r.code == 0;
            run_done(&r);
            if (there)
                break;
            assert_true(now_ms() < end);
        }
        world_wait_online(w, w->person[i].name);
    }
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    return remove(path);
}

void world_close(struct world *w)
{
    for (size_t i = 0; i < w->n; i++)
        if (w->person[i].agent.pid > 0)
            proc_stop(&w->person[i].agent);
    if (w->relay.pid > 0)
        proc_stop(&w->relay);
    if (!getenv("TRUCBAN_KEEP"))
        (void)nftw(w->dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* ---- pages */

void world_report(struct world *w, const char *name, int page_class, char ret_id[PAGE_ID])
{
    char class_text[4], text[2 * WORLD_PATH];

    (void)snprintf(class_text, sizeof class_text, "%d", page_class);
    join(text, sizeof text, w->dir, "report.txt");
    write_file(text, "Màn hình đòi tiền chuộc. chim-báo-bão");
    json_t *said = world_do(w, name, "report", "--kind", "ATT-06", "--class", class_text, "--title",
                            "Máy chủ bệnh viện bị mã hóa", "--text-file", text, "--system",
                            "Hồ sơ bệnh án", "--system-level", "3", "--no-state-secrets", NULL);
    const char *id = json_string_value(json_object_get(said, "page"));
    assert_non_null(id);
    assert_int_equal(strlen(id), PAGE_ID - 1);
    memcpy(ret_id, id, PAGE_ID);
    json_decref(said);
}

json_t *world_page(struct world *w, const char *name, const char *id)
{
    struct run r = world_run(w, name, "show", id, NULL);
    json_t *j = r.code == 0 ? json_loads(r.out, JSON_DISABLE_EOF_CHECK, NULL) : NULL;

    run_done(&r);
    return j;
}

static void give_up(const json_t *page, const char *name, const char *wanted)
{
    char *text = page ? json_dumps(page, JSON_INDENT(1)) : NULL;

    fail_msg("%s does not see %s in time: %s", name, wanted, text ? text : "no such page");
}

void world_wait_state(struct world *w, const char *name, const char *id, const char *state,
                      int within_ms)
{
    for (long long end = now_ms() + within_ms;; pause_ms(POLL_MS)) {
        json_t *page = world_page(w, name, id);
        bool there = page && is_text(page, "state", state);
        if (!there && now_ms() > end)
            give_up(page, name, state);
        json_decref(page);
        if (there)
            return;
    }
}

/* "2026-11-22T03:00:00.123+07:00" in ms of that day and those before, for differences. */
static long long time_of(const char *text)
{
    struct tm t = { 0 };
    int ms = 0;

    const char *rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &t);
    assert_non_null(rest);
    if (*rest == '.')
        assert_int_equal(sscanf(rest, ".%3d", &ms), 1);
    return (long long)timegm(&t) * 1000 + ms;
}

static bool find_event(const json_t *page, const char *kind, int t, long long *ret_ms)
{
    size_t i;
    json_t *event;

    json_array_foreach(json_object_get(page, "events"), i, event)
    {
        if (!is_text(event, "kind", kind) ||
            (t && json_integer_value(json_object_get(event, "tier")) != t))
            continue;
        *ret_ms = time_of(json_string_value(json_object_get(event, "at")));
        return true;
    }
    return false;
}

long long world_wait_event(struct world *w, const char *name, const char *id, const char *kind,
                           int t, int within_ms)
{
    for (long long end = now_ms() + within_ms;; pause_ms(POLL_MS)) {
        long long at = 0;
        json_t *page = world_page(w, name, id);
        bool there = page && find_event(page, kind, t, &at);
        if (!there && now_ms() > end)
            give_up(page, name, kind);
        json_decref(page);
        if (there)
            return at;
    }
}

const char *world_owner(struct world *w, const char *name, const char *id)
{
    static char owner[33];
    json_t *page = world_page(w, name, id);
    const char *is = json_string_value(json_object_get(page, "owner"));

    (void)snprintf(owner, sizeof owner, "%s", is ? is : "");
    json_decref(page);
    return owner;
}

/* ---- searching */

bool world_file_holds(const char *path, const char *bytes)
{
    struct stat st;
    TB_CLEANUP(tb_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);

    assert_true(fd >= 0);
    assert_int_equal(fstat(fd, &st), 0);
    if (st.st_size == 0)
        return false;
    void *p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    assert_true(p != MAP_FAILED);
    bool holds = memmem(p, (size_t)st.st_size, bytes, strlen(bytes)) != NULL;
    (void)munmap(p, (size_t)st.st_size);
    return holds;
}

static const char *sought;
static bool found;

static int search_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)at;
    (void)st;
    if (type == FTW_F)
        found = found || world_file_holds(path, sought);
    return 0;
}

bool world_dir_holds(const char *dir, const char *bytes)
{
    sought = bytes;
    found = false;
    assert_int_equal(nftw(dir, search_one, 16, FTW_PHYS), 0);
    return found;
}
