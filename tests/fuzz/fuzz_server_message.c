/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_server_message.c - a relay and whatever strangers, invites and devices may send it.
 *
 * The first byte says who speaks and how: the whole message as a stranger (0), holding an invite (1) or as
 * a coordinator's device (2); from 3 on, the body of one operation by that device.  The store is real. */
#define _GNU_SOURCE /* nftw */
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>

#include "proto/wire.pb-c.h"
#include "server/device.h"
#include "server/log.h"
#include "tests/unit/province.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const enum tb_op ops[] = {
#define X(name, code, roles, max) TB_OP_##name,
    TB_OPS(X)
#undef X
};

static struct {
    struct province p;
    struct relay *relay;
    char dir[64];
    int64_t now;
} world;

static void on_send(void *conn, struct tb_view batch)
{
    (void)conn, (void)batch;
}

static void on_close(void *conn, const char *why)
{
    (void)why;
    *(bool *)conn = true;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)st, (void)type, (void)at;
    return remove(path);
}

static void tidy(void)
{
    relay_close(world.relay);
    province_done(&world.p);
    (void)nftw(world.dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void make_dir(void)
{
    uint8_t pk[TB_KEY_BYTES];
    char path[128];

    (void)snprintf(world.dir, sizeof world.dir, "/tmp/tb-fuzz-XXXXXX");
    province_must(mkdtemp(world.dir) ? TB_OK : TB_E_IO, "mkdtemp", world.dir);
    (void)snprintf(path, sizeof path, "%s/relay.db", world.dir);
    province_must(store_create(path, &world.p.relay_id, 1), "store", path);
    (void)snprintf(path, sizeof path, "%s/relay.key", world.dir);
    province_must(signer_create(path, pk), "key", path);
}

static void begin(void)
{
    static const struct relay_wire wire = { on_send, on_close };
    const struct relay_options o = { .state_dir = world.dir };

    log_set_level(LOG_ERROR - 1);
    province_demo(&world.p);
    make_dir();
    world.now = world.p.now_ms;
    province_must(relay_open(&o, &wire, world.now, &world.relay), "relay", world.dir);
    province_must(turn_begin(world.relay), "turn", "");
    for (uint64_t i = 0; i < tb_roster_size(world.p.roster); i++) {
        TB_CLEANUP(tb_buf_done) struct tb_buf receipt = { 0 };
        struct tb_why why = { 0 };
        province_must(relay_take_entry(world.relay, tb_roster_entry(world.p.roster, i), world.now,
                                       &receipt, &why),
                      "entry", why.text);
    }
    relay_turn_end(world.relay, world.now);
    (void)atexit(tidy);
}

static void log_in(struct peer *p, uint8_t who)
{
    if (who == 0)
        return;
    if (who == 1) {
        p->s.role = TB_ROLE_INVITE;
        return;
    }
    p->s.role = TB_ROLE_COORDINATOR;
    p->s.cred = province_find(&world.p, "chi")->cred;
    p->s.dev = device_of(world.relay, &p->s.cred);
    if (!p->s.dev)
        abort();
    p->s.dev->peer = p;
}

static struct tb_buf wrap(enum tb_op op, const uint8_t *body, size_t n)
{
    struct tb_buf out = { 0 };
    Tb__Frame f, *list[] = { &f };
    Tb__Batch b;

    tb__frame__init(&f);
    tb__batch__init(&b);
    f.op = (uint32_t)op;
    f.id = 1;
    f.body = tb_field(body, n);
    b.n_frame = 1;
    b.frame = list;
    if (tb_pack(&b.base, &out) != TB_OK)
        abort();
    return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct tb_hash exporter;
    bool closed = false;

    if (!world.relay)
        begin();
    if (size < 1)
        return 0;
    struct peer *p = relay_connect(world.relay, &closed, &exporter, world.now);
    if (!p)
        abort();
    log_in(p, data[0] < 3 ? data[0] : 2);
    if (data[0] < 3) {
        relay_message(world.relay, p, tb_view_of(data + 1, size - 1), world.now);
    } else {
        enum tb_op op = ops[(size_t)(data[0] - 3) % (sizeof ops / sizeof ops[0])];
        TB_CLEANUP(tb_buf_done) struct tb_buf batch = wrap(op, data + 1, size - 1);
        relay_message(world.relay, p, tb_buf_view(&batch), world.now);
    }
    world.now += 1000;
    relay_tick(world.relay, world.now);
    relay_turn_end(world.relay, world.now);
    relay_disconnect(world.relay, p, world.now);
    return 0;
}
