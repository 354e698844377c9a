/* SPDX-License-Identifier: GPL-3.0-or-later */
/* offline.c - work on the state directory by command: import, requests, check.
 *
 * What a relay has locked is not opened a second time for writing: import goes through its spool
 * then.  Reading beside it is safe in WAL mode. */
#include <errno.h>
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

tb_result offline_create(const char *out, struct tb_view data, const struct relay_say *say)
{
    errno = 0;
    tb_result r = file_create(out, data);

    if (r == TB_E_CONFLICT)
        offline_say(say, _("%s is there already and is not overwritten; take another --out"), out);
    else if (r != TB_OK)
        offline_say(say, _("%s cannot be written: %s"), out,
                    r == TB_E_IO && errno ? strerror(errno) : said_of(tb_strresult(r)).text);
    return r;
}

tb_result offline_store(const char *dir, const struct relay_say *say, struct store **ret)
{
    char path[OFFLINE_PATH];
    tb_result r = offline_path(dir, "relay.db", path);

    if (r == TB_OK)
        r = store_open(path, ret);
    if (r != TB_OK)
        offline_say(say, "%s: %s", dir,
                    r == TB_E_NOTFOUND ? _("no relay here; make one with 'trucban-relay init', or "
                                           "name its folder with --state")
                                       : said_of(tb_strresult(r)).text);
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

/* Whoever imports several files must see which one a sentence is about. */
struct of_file {
    const struct relay_say *say;
    const char *path;
};

static void name_file(void *user, const char *line)
{
    const struct of_file *f = user;

    offline_say(f->say, "%s: %s", f->path, line);
}

static tb_result take_file(const char *state_dir, struct tb_view data, struct relay_say *people)
{
    const struct relay_say fields = { .fn = tell_people, .user = people };
    static const struct relay_wire nobody = { no_send, no_close };
    const struct relay_options o = { .state_dir = state_dir };
    struct relay *r = NULL;
    tb_result res = relay_open(&o, &nobody, clock_wall_ms(), &r);

    if (res == TB_E_CONFLICT)
        return through_spool(state_dir, data, people);
    if (res != TB_OK) {
        offline_say(people, "%s: %s", state_dir,
                    res == TB_E_NOTFOUND ? _("no relay here; make one with 'trucban-relay init', "
                                             "or name its folder with --state")
                                         : said_of(tb_strresult(res)).text);
        return res;
    }
    res = turn_begin(r);
    if (res == TB_OK)
        res = intake_parcel(r, data, clock_wall_ms(), &fields);
    relay_close(r); /* commits, or stops the program with the reason */
    return res;
}

tb_result relay_import(const char *state_dir, const char *file, const struct relay_say *say)
{
    struct of_file named = { .say = say, .path = file };
    struct relay_say people = { .fn = name_file, .user = &named };
    TB_CLEANUP(tb_buf_done) struct tb_buf data = { 0 };
    tb_result res = file_read(file, TB_PARCEL_MAX, &data);

    if (res == TB_OK)
        return take_file(state_dir, tb_buf_view(&data), &people);
    if (res == TB_E_NOTFOUND)
        offline_say(&people, _("there is no such file"));
    else if (res == TB_E_LIMIT)
        offline_say(&people, _("larger than any parcel of this program"));
    else
        offline_say(&people, "%s", said_of(tb_strresult(res)).text);
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

tb_result relay_requests(const char *state_dir, const char *out, const struct relay_say *say)
{
    TB_CLEANUP(store_closep) struct store *s = NULL;
    TB_CLEANUP(tb_buf_done) struct tb_buf file = { 0 };
    struct pending list = { .file = &file };
    tb_result r = offline_store(state_dir, say, &s);

    if (r != TB_OK)
        return r;
    r = store_invites(s, add_request, &list);
    if (r != TB_OK) {
        offline_say(say, "%s: %s", state_dir, said_of(tb_strresult(r)).text);
        return r;
    }
    if (list.n == 0) {
        offline_say(say,
                    _("no request is waiting, %s is not written: has the device enrolled with its "
                      "invite, and can it reach this relay?"),
                    out);
        return TB_OK;
    }
    r = offline_create(out, tb_buf_view(&file), say);
    if (r == TB_OK)
        offline_say(say, _("%zu requests written to %s"), list.n, out);
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
        offline_say(say, _("bad: the roster does not verify: %s"), said_of(tb_strresult(res)).text);
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
        offline_say(say, _("bad: relay.key: %s"), said_of(tb_strresult(r)).text);
        return r;
    }
    r = tls_check(dir);
    if (r != TB_OK)
        offline_say(say, _("bad: tls.key and tls.crt: %s"), said_of(tb_strresult(r)).text);
    return r;
}

tb_result relay_check(const char *state_dir, const struct relay_say *say)
{
    TB_CLEANUP(store_closep) struct store *s = NULL;
    struct relay_say user = *say;
    tb_result r = offline_store(state_dir, say, &s);

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
