/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_server_session.c - a night at a relay, its store in memory, as an input orders it.
 *
 * An input is a list of steps (enum step): devices log in and out, send pages, answer them, acknowledge,
 * in any order and at any time; the relay stops and starts again.  What is sent is right, or has bytes
 * changed, or is rubbish.  Each input begins with the same store, and randomness repeats.  A signed
 * statement that was changed is never taken, and no step is due for ever. */
/* link: PkgConfig::CMOCKA */
/* with: support_server_world.c support_server_page.c support_proto_random.c */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "input.h"
#include "server/log.h"
#include "tests/unit/support_proto_random.h"
#include "tests/unit/support_server_world.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PEOPLE = 5, PAGES = 8, STEPS = 40 };
enum step {
    LOG_IN,
    HANG_UP,
    PAGE,
    ANSWER,
    RECEIPT,
    TIME,
    ACKNOWLEDGE,
    REQUEST,
    MESSAGE,
    AGAIN,
    REMOVE,
    LAST
};

static const char *const people[PEOPLE] = { "so-y-te", "an", "binh", "chi", "dung" };
static const enum tb_op ops[] = {
#define X(name, code, roles, max) TB_OP_##name,
    TB_OPS(X)
#undef X
};

static struct world w;
static char template[64], base[64];
static int64_t began;

static struct client *at[PEOPLE]; /* the newest connection of each */
static struct wpage page[PAGES];
static size_t n_pages;

/* True: something is not as it was; two changes may undo each other. */
static bool change(struct in *in, struct tb_buf *b)
{
    struct tb_buf before = { 0 };

    tb_put(&before, b->p, b->n);
    for (uint8_t i = take(in) & 3; i-- > 0 && b->n > 0;) {
        size_t place = take(in) | (size_t)take(in) << 8;
        b->p[place % b->n] ^= take(in);
    }
    bool changed = b->n > 0 && memcmp(before.p, b->p, b->n) != 0;
    tb_buf_done(&before);
    return changed;
}

/* ---- the same beginning for every input */

static void copy_one(const char *from, const char *to, const char *name)
{
    static uint8_t bytes[8 << 20];
    char path[160];

    (void)snprintf(path, sizeof path, "%s/%s", from, name);
    int in = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = in < 0 ? -1 : read(in, bytes, sizeof bytes);
    (void)snprintf(path, sizeof path, "%s/%s", to, name);
    int out = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
    if (n <= 0 || n == sizeof bytes || out < 0 || write(out, bytes, (size_t)n) != n)
        abort();
    (void)close(in);
    (void)close(out);
}

static void clear(const char *dir)
{
    static const char *const files[] = { "relay.db", "relay.db-wal", "relay.db-shm" };
    char path[160];

    for (size_t i = 0; i < 3; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", dir, files[i]);
        (void)unlink(path);
    }
}

static void tidy(void)
{
    char line[200];

    (void)snprintf(line, sizeof line, "rm -rf '%s' '%s'", template, base);
    if (system(line) != 0)
        perror("rm");
    province_done(&w.p);
}

static void begin(void)
{
    char spool[80];

    sample_fix_randomness();
    sample_restart_randomness();
    world_open(&w);
    log_set_level(LOG_ERROR - 1);
    relay_close(w.relay);
    began = w.now;
    (void)snprintf(template, sizeof template, "%s", w.dir);
    (void)snprintf(base, sizeof base, "%s/tb-session-XXXXXX",
                   access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    if (!mkdtemp(base))
        abort();
    (void)snprintf(spool, sizeof spool, "%s/spool", base);
    (void)mkdir(spool, 0700);
    copy_one(template, base, "relay.key");
    (void)snprintf(w.dir, sizeof w.dir, "%s", base);
    (void)atexit(tidy);
}

static void forget_clients(void)
{
    for (size_t i = 0; i < w.n; i++) {
        tb_arena_done(&w.client[i]->arena);
        free(w.client[i]);
    }
    w.n = 0;
    memset(at, 0, sizeof at);
}

/* ---- steps */

static struct client *speaker(struct in *in)
{
    struct client *c = at[take(in) % PEOPLE];

    return c && c->peer && c->d ? c : NULL;
}

static void log_in(struct in *in)
{
    size_t who = take(in) % PEOPLE;
    uint8_t how = take(in);

    if (w.n + 1 >= WORLD_CLIENTS)
        return;
    struct client *c = world_connect(&w);
    if (!(how & 1) && world_hello(c) != TB_OK)
        return;
    at[who] = c;
    if (world_auth(c, province_find(&w.p, people[who]), how & 2 ? take(in) : 0,
                   how & 4 ? take(in) : 0, NULL) != TB_OK)
        c->d = NULL;
}

/* Sends the request with its signed part changed, if the input says so; what was changed is refused. */
static void ask(struct client *c, enum tb_op op, const ProtobufCMessage *m, bool changed)
{
    tb_result r = c->peer ? world_ask(c, op, m) : TB_E_OFFLINE;

    if (changed && r == TB_OK)
        abort();
}

static void send_page(struct in *in)
{
    struct client *c = speaker(in);
    uint8_t how = take(in);
    struct tb_buf header = { 0 };

    if (!c || n_pages == PAGES)
        return;
    page[n_pages] = world_page(c, how & 1 ? NULL : "truc-dem", 1 + how / 2 % 3);
    struct wpage *p = &page[n_pages];
    tb_put(&header, p->m.header_signed.data, p->m.header_signed.len);
    bool changed = change(in, &header);
    p->m.header_signed = tb_field(header.p, header.n);
    if (how & 0x40 && p->m.n_capsule)
        p->m.n_capsule--;
    if (how & 0x80 && p->m.n_share)
        p->m.share[0]->t = take(in);
    ask(c, TB_OP_SUBMIT, &p->m.base, changed);
    p->m.header_signed = tb_field(NULL, 0);
    tb_buf_done(&header);
    n_pages++;
}

static void answer(struct in *in)
{
    static const enum tb_act_kind kinds[] = { TB_ACT_ACCEPT, TB_ACT_DECLINE, TB_ACT_OFFER,
                                              TB_ACT_RESOLVE };
    struct client *c = speaker(in);
    uint8_t how = take(in), which = take(in);
    Tb__ActPut put;

    if (!c || n_pages == 0)
        return;
    size_t releases = world_count(c, TB_ENV_RELEASE);
    Tb__Act *m = world_act(c, &page[which % n_pages], kinds[how % 4],
                           releases ? (size_t)(how / 4) % releases : SIZE_MAX);
    if (m->kind == TB_ACT_ACCEPT)
        m->eta_min = 5;
    if (m->kind == TB_ACT_OFFER)
        m->target_account = (char *)(uintptr_t)people[which / 8 % PEOPLE];
    TB_CLEANUP(tb_buf_done) struct tb_buf packed = world_sign(c, TB_TYPE_ACT, &m->base);
    bool changed = change(in, &packed);
    tb__act_put__init(&put);
    put.act_signed = tb_field(packed.p, packed.n);
    ask(c, TB_OP_ACT, &put.base, changed);
}

static void receipt(struct in *in)
{
    struct client *c = speaker(in);
    uint8_t how = take(in), which = take(in);

    if (!c || n_pages == 0)
        return;
    size_t releases = world_count(c, TB_ENV_RELEASE);
    (void)world_receipt(c, &page[which % n_pages], (enum tb_receipt_kind)(1 + how % 4),
                        releases && how & 0x10 ? (size_t)(how / 32) % releases : SIZE_MAX);
}

static void request(struct in *in)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf batch = { 0 };
    struct client *c = speaker(in);
    Tb__Frame f, *list[] = { &f };
    Tb__Batch b;

    tb__frame__init(&f);
    tb__batch__init(&b);
    f.op = ops[take(in) % (sizeof ops / sizeof ops[0])];
    f.id = take(in);
    struct tb_view body = take_bytes(in);
    f.body = tb_field(body.p, body.n);
    b.n_frame = 1;
    b.frame = list;
    if (!c || tb_pack(&b.base, &batch) != TB_OK)
        return;
    relay_message(w.relay, c->peer, tb_buf_view(&batch), w.now);
    world_turn(&w);
}

static void message(struct in *in)
{
    struct client *c = at[take(in) % PEOPLE];
    struct tb_view raw = take_bytes(in);

    if (!c || !c->peer)
        return;
    relay_message(w.relay, c->peer, raw, w.now);
    world_turn(&w);
}

static void remove_somebody(struct in *in)
{
    const char *who = people[take(in) % PEOPLE];
    Tb__Removal m = province_removal(who);
    struct province_entry e = province_entry(TB_ENTRY_SUSPENSION, who, &m.base);
    TB_CLEANUP(tb_buf_done) struct tb_buf signed_entry = { 0 };
    struct client *c = speaker(in);
    Tb__RosterAppend put;

    if (!c)
        return;
    province_by(&e, take(in) & 1 ? &w.p.registrar[0] : &c->d->sign);
    province_make(&w.p, &e, &signed_entry);
    bool changed = change(in, &signed_entry);
    tb__roster_append__init(&put);
    put.entry_signed = tb_field(signed_entry.p, signed_entry.n);
    ask(c, TB_OP_ROSTER_APPEND, &put.base, changed);
}

static void step(struct in *in)
{
    struct client *c;

    switch ((enum step)(take(in) % LAST)) {
    case LOG_IN:
        log_in(in);
        break;
    case HANG_UP:
        c = at[take(in) % PEOPLE];
        if (c && c->peer)
            world_hang_up(c);
        break;
    case PAGE:
        send_page(in);
        break;
    case ANSWER:
        answer(in);
        break;
    case RECEIPT:
        receipt(in);
        break;
    case TIME:
        world_pass(&w, take(in) * INT64_C(1000));
        break;
    case ACKNOWLEDGE:
        if ((c = speaker(in)))
            (void)world_ack(c, take(in));
        break;
    case REQUEST:
        request(in);
        break;
    case MESSAGE:
        message(in);
        break;
    case AGAIN:
        world_restart(&w);
        break;
    case REMOVE:
        remove_somebody(in);
        break;
    case LAST:
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct in in = { data, size };
    struct relay_stats stats;

    if (!began)
        begin();
    sample_restart_randomness();
    copy_one(template, base, "relay.db");
    w.now = began;
    n_pages = 0;
    world_start(&w);
    for (int i = 0; i < STEPS && in.n > 0; i++)
        step(&in);
    world_pass(&w, 60000);
    relay_stats(w.relay, &stats);
    if (stats.pages_total > n_pages)
        abort(); /* a page that nobody sent */
    relay_close(w.relay);
    forget_clients();
    clear(base);
    return 0;
}
