/* SPDX-License-Identifier: GPL-3.0-or-later */
/* bench_world.c - see bench_world.h. */
#define _GNU_SOURCE /* nftw, prctl */
#include "bench_world.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "proto/kdf.h"
#include "proto/parcel.h"

enum { TIERS = 4, PATH = 200, TIMER_WAIT_S = 20, LONG_WAIT_S = 3600 };
#define DAY_MS 86400000LL

static int64_t wall_ms(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void must(tb_result r, const char *what, const char *why)
{
    if (r != TB_OK)
        die("%s: %s %s", what, tb_result_name(r), why);
}

/* ---- processes */

static pid_t spawn(const char *const args[], const char *log, int ready)
{
    char *argv[12] = { NULL };

    for (size_t i = 0; args[i] && i < 11; i++)
        argv[i] = (char *)(uintptr_t)args[i]; /* execv only reads */
    pid_t pid = fork();

    if (pid < 0)
        die("fork: %s", strerror(errno));
    if (pid > 0)
        return pid;
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    int fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd >= 0 && dup2(fd, STDOUT_FILENO) >= 0)
        (void)dup2(fd, STDERR_FILENO);
    if (ready >= 0)
        (void)dup2(ready, 3);
    (void)execv(argv[0], argv);
    _exit(127);
}

static void relay_command(struct world *w, const char *const args[])
{
    const char *argv[12] = { w->bin };
    char log[PATH];
    int status = 0;

    for (size_t i = 0; args[i] && i < 10; i++)
        argv[i + 1] = args[i];
    (void)snprintf(log, sizeof log, "%s/command.log", w->dir);
    pid_t pid = spawn(argv, log, -1);
    if (waitpid(pid, &status, 0) != pid || status != 0)
        die("trucban-relay %s failed; see %s", args[0], log);
}

static void write_file(const char *path, const void *p, size_t n)
{
    FILE *f = fopen(path, "we");

    if (!f || fwrite(p, 1, n, f) != n || fclose(f) != 0)
        die("%s: %s", path, strerror(errno));
}

static void read_file(const char *path, struct tb_buf *ret)
{
    FILE *f = fopen(path, "re");
    char chunk[4096];
    size_t n;

    if (!f)
        die("%s: %s", path, strerror(errno));
    while ((n = fread(chunk, 1, sizeof chunk, f)) > 0)
        tb_put(ret, chunk, n);
    (void)fclose(f);
}

/* ---- the roster */

static struct tb_hash put_entry(struct world *w, enum tb_entry_kind kind, struct tb_view subject,
                                const ProtobufCMessage *body, const struct tb_sign_pair *by)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf draft = { 0 };
    TB_CLEANUP(tb_buf_done) struct tb_buf done = { 0 };
    const struct tb_entry_draft d = {
        .kind = kind, .subject = subject, .body = body, .signed_ms = wall_ms()
    };
    struct tb_why why = { "" };
    bool first = tb_roster_size(w->roster) == 0;

    must(tb_entry_make(w->roster, &d, &draft), "entry", "");
    must(tb_entry_sign(tb_buf_view(&draft), first ? NULL : &w->id, by, &done), "entry", "");
    must(tb_roster_append(w->roster, tb_buf_view(&done), TB_SEEN_VOUCHED, &why), "entry", why.text);
    if (first)
        w->id = *tb_roster_id(w->roster);
    return tb_roster_prev(w->roster, kind, subject);
}

static struct tb_view text(const char *s)
{
    return tb_view_of(s, strlen(s));
}

static void put_root(struct world *w)
{
    static char province[] = "Tỉnh Đo Tốc Độ", person[] = "Nguyễn Văn Một";
    Tb__Custodian c, *list[] = { &c };
    Tb__Root m;

    tb_sign_pair_new(&w->custodian);
    tb__custodian__init(&c);
    c.key = tb_field(w->custodian.pk, TB_KEY_BYTES);
    c.person = person;
    tb__root__init(&m);
    m.suite = 1;
    m.province = province;
    m.quorum = 1;
    m.demo = true;
    m.n_custodian = 1;
    m.custodian = list;
    (void)put_entry(w, TB_ENTRY_ROOT, text("root"), &m.base, &w->custodian);
}

static void put_registrar(struct world *w)
{
    static char person[] = "Phạm Thị Bốn";
    uint32_t roles[] = { TB_ROLE_AGENCY, TB_ROLE_RESPONDER, TB_ROLE_COORDINATOR };
    Tb__Registrar m;

    tb_sign_pair_new(&w->registrar);
    tb__registrar__init(&m);
    m.key = tb_field(w->registrar.pk, TB_KEY_BYTES);
    m.person = person;
    m.role = roles;
    m.n_role = sizeof roles / sizeof roles[0];
    m.from_ms = wall_ms() - DAY_MS;
    m.until_ms = wall_ms() + 300 * DAY_MS;
    (void)put_entry(w, TB_ENTRY_REGISTRAR, tb_view_of(w->registrar.pk, TB_KEY_BYTES), &m.base,
                    &w->custodian);
}

/* The relay's own keys, out of the file that `init` wrote. */
static void put_relay(struct world *w, const char *path)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf file = { 0 };
    TB_CLEANUP(tb_arena_done) struct tb_arena a;
    Tb__Parcel *p;

    tb_arena_init(&a, 1 << 20);
    read_file(path, &file);
    must(tb_parcel_decode(&a, tb_buf_view(&file), &p), path, "");
    w->relay_id = tb_id_from(p->relay->relay_id.data);
    (void)put_entry(w, TB_ENTRY_RELAY, tb_view_of(w->relay_id.b, TB_ID_BYTES), &p->relay->base,
                    &w->custodian);
}

static void put_device(struct world *w, struct device *d, const char *account, enum tb_role role)
{
    uint8_t box_sk[TB_KEY_BYTES], box_pk[TB_KEY_BYTES], ident[TB_IDENT_PK_BYTES] = { 0x05 };
    static char agency[] = "pa05", name[] = "may";
    char subject[80];
    Tb__Credential m;

    (void)snprintf(d->account, sizeof d->account, "%s", account);
    d->role = role;
    tb_sign_pair_new(&d->sign);
    randombytes_buf(box_sk, sizeof box_sk);
    if (crypto_scalarmult_base(box_pk, box_sk) != 0)
        die("no key");
    memcpy(ident + 1, box_pk, sizeof box_pk);
    struct tb_hash card = tb_hash_of(TB_L_ROW, text(account));
    tb__credential__init(&m);
    m.suite = 1;
    m.account = d->account;
    m.agency = agency;
    m.device = name;
    m.role = (uint32_t)role;
    m.sign_pk = tb_field(d->sign.pk, TB_KEY_BYTES);
    m.ident_pk = tb_field(ident, sizeof ident);
    m.box_pk = tb_field(box_pk, sizeof box_pk);
    m.vetted = TB_VETTED_IN_PERSON;
    m.card_hash = tb_field(card.b, sizeof card.b);
    m.from_ms = wall_ms() - 1000;
    m.until_ms = wall_ms() + 200 * DAY_MS;
    (void)snprintf(subject, sizeof subject, "%s/%s", d->account, name);
    d->cred = put_entry(w, TB_ENTRY_CREDENTIAL, text(subject), &m.base, &w->registrar);
}

/* Only who confirms the roster takes notes. */
static void put_freshness_key(struct world *w, const struct device *d)
{
    char holder[80];
    struct tb_sign_pair pair;
    Tb__FreshnessKey m;

    tb_sign_pair_new(&pair);
    (void)snprintf(holder, sizeof holder, "%s/may", d->account);
    tb__freshness_key__init(&m);
    m.key = tb_field(pair.pk, TB_KEY_BYTES);
    m.holder = holder;
    m.from_ms = wall_ms() - 1000;
    m.until_ms = wall_ms() + 200 * DAY_MS;
    (void)put_entry(w, TB_ENTRY_FRESHNESS_KEY, tb_view_of(pair.pk, TB_KEY_BYTES), &m.base,
                    &w->custodian);
}

struct policy {
    Tb__Policy m;
    Tb__PolicyTier tier[TIERS], *tiers[TIERS];
    Tb__Target target[TIERS][WORLD_TIER], *targets[TIERS][WORLD_TIER];
};

static void put_policy(struct world *w, const char *id, size_t tiers, size_t targets,
                       uint32_t wait_s)
{
    static struct policy p;
    static char name[] = "Đo";
    char own[TB_NAME_MAX + 1];

    (void)snprintf(own, sizeof own, "%s", id);
    tb__policy__init(&p.m);
    p.m.id = own;
    p.m.name = name;
    p.m.n_tier = tiers;
    p.m.tier = p.tiers;
    for (size_t t = 0; t < tiers; t++) {
        tb__policy_tier__init(&p.tier[t]);
        p.tiers[t] = &p.tier[t];
        p.tier[t].t = (uint32_t)t + 1;
        p.tier[t].wait_s = t == 0 ? wait_s : LONG_WAIT_S;
        p.tier[t].repeat_s = 60;
        p.tier[t].n_target = targets;
        p.tier[t].target = p.targets[t];
        for (size_t i = 0; i < targets; i++) {
            tb__target__init(&p.target[t][i]);
            p.target[t][i].kind = TB_TARGET_ACCOUNT;
            p.target[t][i].id = world_tier(w, t + 1, i)->account;
            p.targets[t][i] = &p.target[t][i];
        }
    }
    (void)put_entry(w, TB_ENTRY_POLICY, text(id), &p.m.base, &world_other(w, 0)->sign);
}

static void put_people(struct world *w)
{
    char account[TB_NAME_MAX + 1];

    for (size_t i = 0; i < w->n; i++) {
        (void)snprintf(account, sizeof account, "nguoi-%zu", i);
        enum tb_role role = &w->device[i] == world_other(w, 0) ? TB_ROLE_COORDINATOR
                            : i < WORLD_TAKERS + WORLD_SENDERS ? TB_ROLE_AGENCY
                                                               : TB_ROLE_RESPONDER;
        put_device(w, &w->device[i], account, role);
    }
    for (size_t i = 0; i < WORLD_TAKERS; i++)
        put_freshness_key(w, world_taker(w, i));
    put_policy(w, "bon-bac", TIERS, WORLD_TIER, LONG_WAIT_S);
    put_policy(w, "hen-gio", 2, 3, TIMER_WAIT_S);
}

static void import(struct world *w)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf file = { 0 };
    size_t n = (size_t)tb_roster_size(w->roster);
    ProtobufCBinaryData *list = calloc(n, sizeof *list);
    char path[PATH];
    Tb__Parcel p;

    if (!list)
        die("no memory");
    for (size_t i = 0; i < n; i++) {
        struct tb_view e = tb_roster_entry(w->roster, i);
        list[i] = tb_field(e.p, e.n);
    }
    tb__parcel__init(&p);
    p.n_entry_signed = n;
    p.entry_signed = list;
    must(tb_parcel_encode(&p, &file), "parcel", "");
    free(list);
    (void)snprintf(path, sizeof path, "%s/roster.parcel", w->dir);
    write_file(path, file.p, file.n);
    const char *const args[] = { "import", "--state", w->state, path, NULL };
    relay_command(w, args);
}

/* ---- who is who */

struct device *world_taker(struct world *w, size_t i)
{
    return &w->device[i];
}

struct device *world_sender(struct world *w, size_t i)
{
    return &w->device[WORLD_TAKERS + i];
}

struct device *world_tier(struct world *w, size_t t, size_t i)
{
    return &w->device[WORLD_TAKERS + WORLD_SENDERS + (t - 1) * WORLD_TIER + i];
}

struct device *world_other(struct world *w, size_t i)
{
    return &w->device[WORLD_TAKERS + WORLD_SENDERS + TIERS * WORLD_TIER + i];
}

size_t world_others(const struct world *w)
{
    return w->n - (WORLD_TAKERS + WORLD_SENDERS + TIERS * WORLD_TIER);
}

/* ---- the relay */

static void write_config(struct world *w)
{
    char conf[1024];
    /* All devices come from this one machine: its share of strangers is everybody's. */
    int n = snprintf(conf, sizeof conf,
                     "[relay]\nstate-dir = %s\n[listen]\naddress = 127.0.0.1\nport = 0\n"
                     "[limits]\nmax-peers = 8192\nmax-anonymous = 4096\n"
                     "max-anonymous-per-source = 4096\nhandshakes-per-source-s = 20000\n"
                     "[log]\nlevel = error\n",
                     w->state);

    write_file(w->config, conf, (size_t)n);
}

void world_start(struct world *w)
{
    char log[PATH], line[64] = "";
    const char *const argv[] = { w->bin, "--config", w->config, "--ready-fd", "3", NULL };
    int fds[2];

    (void)snprintf(log, sizeof log, "%s/relay.log", w->dir);
    if (pipe2(fds, O_CLOEXEC) != 0)
        die("pipe: %s", strerror(errno));
    w->relay = spawn(argv, log, fds[1]);
    (void)close(fds[1]);
    size_t n = 0;
    while (n < sizeof line - 1 && read(fds[0], line + n, 1) == 1 && line[n] != '\n')
        n++;
    (void)close(fds[0]);
    if (sscanf(line, "ready %d", &w->port) != 1)
        die("the relay did not start; see %s", log);
}

static void end(struct world *w, int signum)
{
    int status = 0;

    if (!w->relay)
        return;
    (void)kill(w->relay, signum);
    if (waitpid(w->relay, &status, 0) != w->relay)
        die("the relay is lost");
    w->relay = 0;
    if (signum == SIGTERM && status != 0)
        die("the relay ended with status %d; see %s/relay.log", status, w->dir);
}

void world_stop(struct world *w)
{
    end(w, SIGTERM);
}

void world_kill(struct world *w)
{
    end(w, SIGKILL);
}

void world_open(struct world *w, size_t devices)
{
    const char *bin = getenv("TRUCBAN_BIN"), *tmp = getenv("TMPDIR");
    char out[PATH];

    *w = (struct world){ .n = WORLD_TAKERS + WORLD_SENDERS + TIERS * WORLD_TIER + devices };
    w->device = calloc(w->n, sizeof *w->device);
    if (!bin || !w->device || sodium_init() < 0)
        die("TRUCBAN_BIN should name the folder of trucban-relay");
    (void)snprintf(w->dir, sizeof w->dir, "%s/trucban-bench-XXXXXX", tmp ? tmp : "/tmp");
    if (!mkdtemp(w->dir))
        die("%s: %s", w->dir, strerror(errno));
    (void)snprintf(w->bin, sizeof w->bin, "%s/trucban-relay", bin);
    (void)snprintf(w->state, sizeof w->state, "%s/state", w->dir);
    (void)snprintf(w->config, sizeof w->config, "%s/relay.conf", w->dir);
    (void)snprintf(out, sizeof out, "%s/relay.parcel", w->dir);
    const char *const init[] = { "init",           "--state", w->state, "--address",
                                 "127.0.0.1:7443", "--out",   out,      NULL };
    relay_command(w, init);
    must(tb_roster_new(&w->roster), "roster", "");
    put_root(w);
    put_registrar(w);
    put_relay(w, out);
    put_people(w);
    import(w);
    write_config(w);
    world_start(w);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st, (void)type, (void)at;
    return remove(path);
}

void world_close(struct world *w)
{
    end(w, SIGTERM);
    tb_roster_free(w->roster);
    free(w->device);
    if (!getenv("TRUCBAN_KEEP"))
        (void)nftw(w->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* ---- what a process costs */

size_t world_resident(pid_t pid)
{
    char path[64], line[256];
    unsigned long kib = 0;

    (void)snprintf(path, sizeof path, "/proc/%ld/status", (long)pid);
    FILE *f = fopen(path, "re");
    if (!f)
        die("%s: %s", path, strerror(errno));
    while (fgets(line, sizeof line, f))
        if (sscanf(line, "VmRSS: %lu kB", &kib) == 1)
            break;
    (void)fclose(f);
    return (size_t)kib * 1024;
}

double world_cpu_s(pid_t pid)
{
    clockid_t clock;
    struct timespec t = { 0 };

    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &t) != 0)
        return 0;
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}
