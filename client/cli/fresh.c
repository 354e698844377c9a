/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fresh.c - see fresh.h.  Only files by name, and the folder only if it is empty then: a mistyped --home
 * may be somebody's documents. */
#include "client/cli/fresh.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "client/text/words.h"
#include "proto/cleanup.h"

enum { END_STEPS = 60, STEP_US = 50000 };

static bool stands(const char *home, const char *name)
{
    g_autofree char *path = g_build_filename(home, name, NULL);

    return access(path, F_OK) == 0;
}

struct fresh fresh_look(const char *home)
{
    return (struct fresh){ .profile = !stands(home, "core.db"), .folder = access(home, F_OK) != 0 };
}

/* An agent that has ended holds its lock no more. */
static bool has_ended(const char *home)
{
    g_autofree char *path = g_build_filename(home, "agent.lock", NULL);
    TB_CLEANUP(tb_closep) int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);

    return fd < 0 || flock(fd, LOCK_EX | LOCK_NB) == 0;
}

static bool end_agent(struct cli *c)
{
    g_autoptr(GVariant) s = NULL;

    if (!c->agent)
        return has_ended(c->home);
    if (!tba_agent_call_status_sync(c->agent, &s, NULL, NULL))
        return false;
    pid_t pid = (pid_t)doc_number(s, "pid");
    if (pid <= 1 || kill(pid, SIGTERM) != 0)
        return false;
    g_clear_object(&c->agent);
    for (int i = 0; i < END_STEPS && !has_ended(c->home); i++)
        g_usleep(STEP_US);
    return has_ended(c->home);
}

void fresh_undo(const struct fresh *f, struct cli *c)
{
    static const char *const made[] = { "core.db",         "core.db-wal", "core.db-shm",
                                        "core.db-journal", "agent.sock",  "agent.lock",
                                        "profile.lock" };

    if (!f->profile || !end_agent(c))
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(made); i++) {
        g_autofree char *path = g_build_filename(c->home, made[i], NULL);
        (void)unlink(path); /* most are not there */
    }
    if (f->folder)
        (void)rmdir(c->home);
}
