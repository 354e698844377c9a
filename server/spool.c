/* SPDX-License-Identifier: GPL-3.0-or-later */
/* spool.c - see spool.h.  The file goes and the answer comes after the COMMIT of the turn. */
#include "server/spool.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "proto/parcel.h"
#include "server/files.h"
#include "server/log.h"

static void add_line(void *user, const char *line)
{
    struct tb_buf *text = user;

    tb_put(text, line, strlen(line));
    tb_put_u8(text, '\n');
}

/* NAME of the first NAME.parcel; false if there is none. */
static bool find(const char *dir, char *ret, size_t cap)
{
    static const char ending[] = ".parcel";
    DIR *d = opendir(dir);
    struct dirent *e;
    bool found = false;

    while (d && !found && (e = readdir(d))) {
        size_t n = strlen(e->d_name);
        if (n < sizeof ending || n - (sizeof ending - 1) >= cap || e->d_name[0] == '.' ||
            strcmp(e->d_name + n - (sizeof ending - 1), ending) != 0)
            continue;
        (void)snprintf(ret, cap, "%.*s", (int)(n - (sizeof ending - 1)), e->d_name);
        found = true;
    }
    if (d)
        (void)closedir(d);
    return found;
}

static void write_answer(const struct relay *r)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf out = { 0 };
    const char *how = tb_result_name(r->spool.how);
    char path[600];

    tb_put(&out, how, strlen(how));
    tb_put_u8(&out, '\n');
    tb_put(&out, r->spool.text.p, r->spool.text.n);
    (void)snprintf(path, sizeof path, "%s/spool/%s.answer", r->dir, r->spool.name);
    if (out.failed || file_replace(path, tb_buf_view(&out)) != TB_OK)
        log_line(LOG_WARN, "spool", "answer=lost");
}

void spool_committed(struct relay *r)
{
    char path[600];

    if (!r->spool.name[0])
        return;
    (void)snprintf(path, sizeof path, "%s/spool/%s.parcel", r->dir, r->spool.name);
    (void)unlink(path); /* whatever was in it: a second look would find the same */
    write_answer(r);
    log_line(LOG_NOTE, "spool", "result=%s", tb_result_name(r->spool.how));
    spool_forget(r);
}

void spool_forget(struct relay *r)
{
    tb_buf_done(&r->spool.text);
    r->spool.name[0] = 0;
}

void spool_poll(struct relay *r, int64_t now_ms)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf file = { 0 };
    struct relay_say say = { add_line, &r->spool.text };
    char dir[300], path[600];

    (void)snprintf(dir, sizeof dir, "%s/spool", r->dir);
    if (r->spool.name[0] || !find(dir, r->spool.name, sizeof r->spool.name))
        return;
    (void)snprintf(path, sizeof path, "%s/%s.parcel", dir, r->spool.name);
    r->spool.how = file_read(path, TB_PARCEL_MAX, &file);
    if (r->spool.how == TB_OK)
        r->spool.how = intake_parcel(r, tb_buf_view(&file), now_ms, &say);
}
