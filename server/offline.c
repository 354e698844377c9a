/* SPDX-License-Identifier: GPL-3.0-or-later */
/* offline.c - work on the state directory by command: init, import, requests, check.
 *
 * What a relay has locked is not opened a second time for writing: import goes through its spool
 * then.  Reading beside it is safe in WAL mode. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "proto/parcel.h"
#include "server/clock.h"
#include "server/files.h"
#include "server/intake_text.h"
#include "server/offline.h"
#include "server/say.h"
#include "server/spool.h"
#include "server/tls.h"

enum {
    ANSWER_WAIT_MS = 15000,
    ANSWER_LOOK_MS = 50,
};

void offline_say(const struct relay_say *say, const char *fmt, ...)
{
    char line[700];
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    say->fn(say->user, line);
}

tb_result offline_path(const char *dir, const char *name, char ret[static OFFLINE_PATH])
{
    int n = snprintf(ret, OFFLINE_PATH, "%s/%s", dir, name);

    return n > 0 && n < OFFLINE_PATH ? TB_OK : TB_E_RANGE;
}

tb_result offline_make_dir(const char *dir, const struct relay_say *say)
{
    struct stat st;

    if (mkdir(dir, 0700) != 0 && (stat(dir, &st) != 0 || !S_ISDIR(st.st_mode))) {
        offline_say(say, _("cannot make the folder %s"), dir);
        return TB_E_IO;
    }
    if (stat(dir, &st) != 0 || (st.st_mode & (S_IRWXG | S_IRWXO))) {
        offline_say(say, _("%s can be entered by others: chmod 700 it"), dir);
        return TB_E_DENIED;
    }
    return TB_OK;
}

/* ---- init */

/* The host of host:port or [v6]:port. */
static tb_result host_of(const char *address, char ret[static TB_ADDRESS_MAX + 1])
{
    const char *colon = strrchr(address, ':');
    const char *from = address;
    size_t n = colon ? (size_t)(colon - address) : 0;

    if (n >= 2 && from[0] == '[' && from[n - 1] == ']') {
        from++;
        n -= 2;
    }
    if (n == 0 || n > TB_ADDRESS_MAX || colon[1] == 0 ||
        strspn(colon + 1, "0123456789") != strlen(colon + 1))
        return TB_E_RANGE;
    (void)snprintf(ret, TB_ADDRESS_MAX + 1, "%.*s", (int)n, from);
    return TB_OK;
}

struct new_relay {
    struct tb_id id;
    uint8_t pk[TB_KEY_BYTES];
    struct tb_hash pin;
};

/* The store comes last: a folder with a store is complete. */
static tb_result make_parts(const char *dir, const char *host, struct new_relay *ret)
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

static tb_result write_parcel(const struct new_relay *n, const char *address, const char *out)
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
    return r == TB_OK ? file_replace(out, tb_buf_view(&file)) : r;
}

tb_result relay_init(const char *state_dir, const char *address, const char *out,
                     const struct relay_say *say)
{
    char host[TB_ADDRESS_MAX + 1];
    struct new_relay n;
    tb_result r = host_of(address, host);

    if (r != TB_OK) {
        offline_say(say,
                    _("--address %s is not HOST:PORT, as in 192.0.2.7:7443 or relay.example:7443"),
                    address);
        return r;
    }
    r = offline_make_dir(state_dir, say);
    if (r == TB_OK)
        r = make_parts(state_dir, host, &n);
    if (r == TB_E_CONFLICT)
        offline_say(say, _("%s holds a relay already; its keys are never overwritten"), state_dir);
    if (r == TB_OK)
        r = write_parcel(&n, address, out);
    if (r == TB_OK)
        offline_say(
            say,
            _("made a relay in %s; next: let the custodians run 'trucban-keys relay ... %s', then "
              "'trucban-relay import --state %s' the roster that they give back"),
            state_dir, out, state_dir);
    else if (r != TB_E_CONFLICT)
        offline_say(say, "%s: %s", r == TB_E_IO ? out : state_dir, _(tb_strresult(r)));
    return r;
}

/* ---- import */

static tb_result read_answer(const char *path, const struct relay_say *say, tb_result *ret)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf text = { 0 };
    tb_result r = file_read(path, 1 << 20, &text);

    if (r != TB_OK)
        return r;
    tb_put_u8(&text, 0);
    if (text.failed)
        return TB_E_NOMEM;
    char *rest = (char *)text.p;
    const char *first = strsep(&rest, "\n");
    *ret = intake_result_of(first ? first : "");
    for (const char *line; (line = strsep(&rest, "\n"));)
        if (*line)
            intake_tell(say, line);
    (void)unlink(path);
    return TB_OK;
}

static tb_result wait_answer(const char *path, const struct relay_say *say)
{
    const struct timespec look = { .tv_nsec = ANSWER_LOOK_MS * 1000000L };
    tb_result answer = TB_OK;

    for (int waited = 0; waited < ANSWER_WAIT_MS; waited += ANSWER_LOOK_MS) {
        tb_result r = read_answer(path, say, &answer);
        if (r == TB_OK)
            return answer;
        if (r != TB_E_NOTFOUND)
            return r;
        (void)nanosleep(&look, NULL);
    }
    offline_say(say, _("the running relay did not answer; it may still take the file"));
    return TB_E_TIMEOUT;
}

/* file_replace renames into place, so the relay never reads half a file. */
static tb_result through_spool(const char *dir, struct tb_view file, const struct relay_say *say)
{
    char name[64], hex[17], parcel[OFFLINE_PATH], answer[OFFLINE_PATH];
    struct tb_id id = tb_id_random();

    tb_id_print(&id, hex);
    (void)snprintf(name, sizeof name, "spool/%s.parcel", hex);
    tb_result r = offline_path(dir, name, parcel);
    (void)snprintf(name, sizeof name, "spool/%s.answer", hex);
    if (r == TB_OK)
        r = offline_path(dir, name, answer);
    if (r == TB_OK)
        r = file_replace(parcel, file);
    if (r != TB_OK) {
        offline_say(say, _("cannot hand the file to the running relay in %s"), dir);
        return r;
    }
    return wait_answer(answer, say);
}

static void no_send(void *conn, struct tb_view batch)
{
    (void)conn, (void)batch;
}

static void no_close(void *conn, const char *why)
{
    (void)conn, (void)why;
}

static void tell_people(void *user, const char *line)
{
    intake_tell(user, line);
}

tb_result relay_import(const char *state_dir, const char *file, const struct relay_say *say)
{
    struct relay_say people = *say;
    const struct relay_say fields = { .fn = tell_people, .user = &people };
    static const struct relay_wire nobody = { no_send, no_close };
    TB_CLEANUP(tb_buf_done) struct tb_buf data = { 0 };
    const struct relay_options o = { .state_dir = state_dir };
    struct relay *r = NULL;
    tb_result res = file_read(file, TB_PARCEL_MAX, &data);

    if (res != TB_OK) {
        offline_say(say, "%s: %s", file, _(tb_strresult(res)));
        return res;
    }
    res = relay_open(&o, &nobody, clock_wall_ms(), &r);
    if (res == TB_E_CONFLICT)
        return through_spool(state_dir, tb_buf_view(&data), say);
    if (res != TB_OK) {
        offline_say(say, "%s: %s", state_dir,
                    res == TB_E_NOTFOUND ? _("no relay here; make one with 'trucban-relay init', "
                                             "or name its folder with --state")
                                         : _(tb_strresult(res)));
        return res;
    }
    res = turn_begin(r);
    if (res == TB_OK)
        res = intake_parcel(r, tb_buf_view(&data), clock_wall_ms(), &fields);
    relay_close(r); /* commits, or stops the program with the reason */
    return res;
}

/* ---- requests */

struct pending {
    struct tb_buf *file;
    size_t n;
};

static tb_result add_request(void *user, const struct store_invite *i)
{
    struct pending *list = user;
    Tb__PendingRequest one;
    Tb__PendingRequest *requests[] = { &one };
    Tb__Parcel part;

    if (i->approval_signed.n)
        return TB_OK;
    tb__pending_request__init(&one);
    one.ticket_signed = tb_field(i->ticket_signed.p, i->ticket_signed.n);
    one.request_signed = tb_field(i->request_signed.p, i->request_signed.n);
    one.at_ms = i->at_ms;
    one.second_try = i->second_try;
    tb__parcel__init(&part);
    part.n_request = 1;
    part.request = requests;
    list->n++;
    /* The first part brings the line in front; the others follow as one message. */
    return list->n == 1 ? tb_parcel_encode(&part, list->file) : tb_pack(&part.base, list->file);
}

static tb_result open_store(const char *dir, const struct relay_say *say, struct store **ret)
{
    char path[OFFLINE_PATH];
    tb_result r = offline_path(dir, "relay.db", path);

    if (r == TB_OK)
        r = store_open(path, ret);
    if (r != TB_OK)
        offline_say(say, "%s: %s", dir,
                    r == TB_E_NOTFOUND ? _("no relay here; make one with 'trucban-relay init', or "
                                           "name its folder with --state")
                                       : _(tb_strresult(r)));
    return r;
}

tb_result relay_requests(const char *state_dir, const char *out, const struct relay_say *say)
{
    TB_CLEANUP(store_closep) struct store *s = NULL;
    TB_CLEANUP(tb_buf_done) struct tb_buf file = { 0 };
    struct pending list = { .file = &file };
    Tb__Parcel empty;
    tb_result r = open_store(state_dir, say, &s);

    if (r == TB_OK)
        r = store_invites(s, add_request, &list);
    tb__parcel__init(&empty);
    if (r == TB_OK && list.n == 0)
        r = tb_parcel_encode(&empty, &file);
    if (r == TB_OK)
        r = file_replace(out, tb_buf_view(&file));
    if (r == TB_OK && list.n == 0)
        offline_say(
            say,
            _("no request is waiting, %s is empty: has the device enrolled with its invite, and "
              "can it reach this relay?"),
            out);
    else if (r == TB_OK)
        offline_say(say, _("%zu requests written to %s"), list.n, out);
    else if (s)
        offline_say(say, "%s: %s", out, _(tb_strresult(r)));
    return r;
}

/* ---- check */

static void say_bad(void *user, const char *what)
{
    offline_say(user, _("bad: %s"), what);
}

static tb_result check_roster(struct store *s, const struct relay_say *say)
{
    struct relay r = { .store = s };
    tb_result res = relay_load_roster(&r);

    if (res == TB_OK)
        offline_say(say, _("roster: %llu entries verified"),
                    (unsigned long long)tb_roster_size(r.roster));
    else
        offline_say(say, _("bad: the roster does not verify: %s"), _(tb_strresult(res)));
    tb_roster_free(r.roster);
    return res;
}

static tb_result check_keys(const char *dir, const struct relay_say *say)
{
    TB_CLEANUP(signer_closep) struct signer *signer = NULL;
    char path[OFFLINE_PATH];
    tb_result r = offline_path(dir, "relay.key", path);

    if (r == TB_OK)
        r = signer_open(path, &signer);
    if (r != TB_OK) {
        offline_say(say, _("bad: relay.key: %s"), _(tb_strresult(r)));
        return r;
    }
    r = tls_check(dir);
    if (r != TB_OK)
        offline_say(say, _("bad: tls.key and tls.crt: %s"), _(tb_strresult(r)));
    return r;
}

tb_result relay_check(const char *state_dir, const struct relay_say *say)
{
    TB_CLEANUP(store_closep) struct store *s = NULL;
    struct relay_say user = *say;
    tb_result r = open_store(state_dir, say, &s);

    if (r != TB_OK)
        return r;
    r = store_check(s, say_bad, &user);
    tb_result roster = check_roster(s, say);
    tb_result keys = check_keys(state_dir, say);
    if (r == TB_OK)
        r = roster == TB_OK ? keys : roster;
    offline_say(say, r == TB_OK ? _("all is well")
                                : _("not all is well: restore a backup beside it and compare"));
    return r;
}
