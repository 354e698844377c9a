/* SPDX-License-Identifier: GPL-3.0-or-later */
/* found.c - the beginning of a relay: keys and an empty store, and the request by which custodians admit it.
 *
 * The request holds public things only, so it can be written again from the keys at any time. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "proto/parcel.h"
#include "server/files.h"
#include "server/offline.h"
#include "server/say.h"
#include "server/tls.h"

enum { PORT_MAX = 65535, PORT_DIGITS = 5 };

static tb_result check_port(const char *port, const char *address, const struct relay_say *say)
{
    size_t n = strspn(port, "0123456789");
    unsigned value = 0;

    for (size_t i = 0; i < n && i <= PORT_DIGITS; i++)
        value = value * 10 + (unsigned)(port[i] - '0');
    if (n > 0 && port[n] == '\0' && port[0] != '0' && value <= PORT_MAX)
        return TB_OK;
    offline_say(say, _("--address %s: the port '%s' should be a number from 1 to %d"), address,
                port, PORT_MAX);
    return TB_E_RANGE;
}

/* The host of host:port or [v6]:port. */
static tb_result host_of(const char *address, char ret[static TB_ADDRESS_MAX + 1],
                         const struct relay_say *say)
{
    static const char v4[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";
    static const char v6[] = "0123456789abcdefABCDEF:.";
    const char *colon = strrchr(address, ':');
    const char *from = address;
    size_t n = colon ? (size_t)(colon - address) : 0;
    bool six = n >= 2 && from[0] == '[' && from[n - 1] == ']';

    if (six) {
        from++;
        n -= 2;
    }
    if (n == 0 || n > TB_ADDRESS_MAX || strspn(from, six ? v6 : v4) != n) {
        offline_say(say,
                    _("--address %s is not HOST:PORT, as in 192.0.2.7:7443 or relay.example:7443"),
                    address);
        return TB_E_RANGE;
    }
    tb_result r = check_port(colon + 1, address, say);
    if (r == TB_OK)
        (void)snprintf(ret, TB_ADDRESS_MAX + 1, "%.*s", (int)n, from);
    return r;
}

struct identity {
    struct tb_id id;
    uint8_t pk[TB_KEY_BYTES];
    struct tb_hash pin;
};

/* The store comes last: a folder with a store is complete. */
static tb_result make_parts(const char *dir, const char *host, struct identity *ret)
{
    char key[OFFLINE_PATH], db[OFFLINE_PATH], spool[OFFLINE_PATH];
    tb_result r = offline_path(dir, "relay.key", key);

    if (r == TB_OK)
        r = offline_path(dir, "relay.db", db);
    if (r == TB_OK)
        r = offline_path(dir, "spool", spool);
    if (r == TB_OK)
        r = signer_create(key, ret->pk);
    if (r == TB_OK)
        r = tls_make(dir, host, &ret->pin);
    if (r == TB_OK && mkdir(spool, 0700) != 0 && access(spool, W_OK) != 0)
        r = TB_E_IO;
    ret->id = tb_id_random();
    return r == TB_OK ? store_create(db, &ret->id, (uint64_t)time(NULL)) : r;
}

static tb_result write_request(const struct identity *n, const char *address, const char *out,
                               const struct relay_say *say)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf file = { 0 };
    char *addresses[] = { (
        char *)(uintptr_t)address }; /* protobuf-c has no const; packing only reads */
    Tb__RelayEntry e;
    Tb__Parcel p;

    tb__relay_entry__init(&e);
    e.relay_id = tb_field(n->id.b, sizeof n->id.b);
    e.key = tb_field(n->pk, sizeof n->pk);
    e.tls_pin = tb_field(n->pin.b, sizeof n->pin.b);
    e.n_address = 1;
    e.address = addresses;
    tb__parcel__init(&p);
    p.relay = &e;
    tb_result r = tb_parcel_encode(&p, &file);
    return r == TB_OK ? offline_create(out, tb_buf_view(&file), say) : r;
}

static void say_next(const char *state_dir, const char *out, const struct relay_say *say)
{
    offline_say(say,
                _("next: let the custodians run 'trucban-keys relay ... %s', then 'trucban-relay "
                  "import --state %s' the roster that they give back"),
                out, state_dir);
}

static bool has_file(const char *dir, const char *name)
{
    char path[OFFLINE_PATH];

    return offline_path(dir, name, path) == TB_OK && access(path, F_OK) == 0;
}

/* Begun and never finished, or without one entry: nobody can know these keys. */
static bool is_unused(const char *state_dir)
{
    TB_CLEANUP(store_closep) struct store *s = NULL;
    struct relay r = { .store = NULL };
    char path[OFFLINE_PATH];

    if (!has_file(state_dir, "relay.db"))
        return true;
    if (offline_path(state_dir, "relay.db", path) != TB_OK || store_open(path, &s) != TB_OK)
        return false;
    r.store = s;
    bool empty = relay_load_roster(&r) == TB_OK && tb_roster_size(r.roster) == 0;
    tb_roster_free(r.roster);
    return empty;
}

static tb_result refuse_second(const char *state_dir, const char *address,
                               const struct relay_say *say)
{
    offline_say(say, _("%s holds a relay already; its keys are never overwritten"), state_dir);
    if (has_file(state_dir, "relay.db"))
        offline_say(say,
                    _("to write its request file again, also with another address: trucban-relay "
                      "entry --state %s --address %s --out FILE"),
                    state_dir, address);
    if (is_unused(state_dir))
        offline_say(say,
                    _("nothing was imported into it yet: to begin anew, remove it (rm -r %s) and "
                      "run init again"),
                    state_dir);
    return TB_E_CONFLICT;
}

tb_result relay_init(const char *state_dir, const char *address, const char *out,
                     const struct relay_say *say)
{
    char host[TB_ADDRESS_MAX + 1];
    struct identity n;
    tb_result r = host_of(address, host, say);

    if (r != TB_OK)
        return r;
    if (has_file(state_dir, "relay.key"))
        return refuse_second(state_dir, address, say);
    if (access(out, F_OK) == 0) {
        offline_say(say, _("%s is there already and is not overwritten; take another --out"), out);
        return TB_E_CONFLICT;
    }
    r = offline_make_dir(state_dir, say);
    if (r != TB_OK)
        return r;
    r = make_parts(state_dir, host, &n);
    if (r == TB_E_CONFLICT)
        return refuse_second(state_dir, address, say);
    if (r != TB_OK) {
        offline_say(say, "%s: %s", state_dir, said_of(tb_strresult(r)).text);
        return r;
    }
    offline_say(say, _("made a relay in %s"), state_dir);
    r = write_request(&n, address, out, say);
    if (r == TB_OK)
        say_next(state_dir, out, say);
    else
        offline_say(say,
                    _("to write its request file again, also with another address: trucban-relay "
                      "entry --state %s --address %s --out FILE"),
                    state_dir, address);
    return r;
}

static tb_result read_identity(const char *state_dir, struct store *s, struct identity *ret)
{
    TB_CLEANUP(signer_closep) struct signer *signer = NULL;
    char key[OFFLINE_PATH], crt[OFFLINE_PATH];
    tb_result r = offline_path(state_dir, "relay.key", key);

    if (r == TB_OK)
        r = offline_path(state_dir, TLS_CRT_FILE, crt);
    if (r == TB_OK)
        r = signer_open(key, &signer);
    if (r == TB_OK)
        r = tls_check(state_dir);
    if (r == TB_OK)
        r = tls_pin_of(crt, &ret->pin);
    if (r != TB_OK)
        return r;
    signer_pk(signer, ret->pk);
    store_relay_id(s, &ret->id);
    return TB_OK;
}

tb_result relay_entry(const char *state_dir, const char *address, const char *out,
                      const struct relay_say *say)
{
    TB_CLEANUP(store_closep) struct store *s = NULL;
    char host[TB_ADDRESS_MAX + 1];
    struct identity n;
    tb_result r = host_of(address, host, say);

    if (r == TB_OK)
        r = offline_store(state_dir, say, &s);
    if (r != TB_OK)
        return r;
    r = read_identity(state_dir, s, &n);
    if (r != TB_OK) {
        offline_say(say, _("%s: its keys cannot be read: %s; restore them from a backup"),
                    state_dir, said_of(tb_strresult(r)).text);
        return r;
    }
    r = write_request(&n, address, out, say);
    if (r == TB_OK)
        say_next(state_dir, out, say);
    return r;
}

/* ---- does the roster let anybody in? */

tb_result relay_warn(const char *state_dir, const struct relay_say *say)
{
    TB_CLEANUP(store_closep) struct store *s = NULL;
    struct relay r = { .store = NULL };
    tb_result res = offline_store(state_dir, say, &s);

    if (res != TB_OK)
        return res;
    r.store = s;
    store_relay_id(s, &r.relay_id);
    res = relay_load_roster(&r);
    if (res == TB_OK)
        relay_say_admitted(&r, state_dir, say);
    tb_roster_free(r.roster);
    return res;
}

bool relay_say_admitted(const struct relay *r, const char *state_dir, const struct relay_say *say)
{
    if (tb_roster_size(r->roster) == 0) {
        offline_say(say,
                    _("WARNING: no roster imported: nobody can connect; run: trucban-relay import "
                      "--state %s ROSTER"),
                    state_dir);
        return false;
    }
    if (tb_roster_relay(r->roster, &r->relay_id))
        return true;
    offline_say(say,
                _("WARNING: the roster in %s does not name this relay: nobody can connect; let "
                  "the custodians run 'trucban-keys relay', then: trucban-relay import --state "
                  "%s ROSTER"),
                state_dir, state_dir);
    return false;
}
