/* SPDX-License-Identifier: GPL-3.0-or-later */
/* log.c - see log.h. */
#include "client/agent/log.h"

#include <stdio.h>

#include "client/agent/timer.h"

static struct {
    bool to_syslog;
    char *kept[LOG_KEPT];
    size_t n; /* written since the start */
} out;

void log_init(bool to_syslog)
{
    out.to_syslog = to_syslog;
    if (to_syslog)
        openlog("trucban-agent", LOG_PID, LOG_USER);
}

/* One event is one line: nobody can add a second. */
static void flatten(char *line)
{
    for (; *line; line++)
        if ((unsigned char)*line < 0x20 || *line == 0x7f)
            *line = ' ';
}

void log_line(int level, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *line = g_strdup_vprintf(format, args);
    va_end(args);

    flatten(line);
    if (out.to_syslog)
        syslog(level, "%s", line);
    else
        (void)fprintf(stderr, "<%d>trucban-agent: %s\n", level, line);

    g_autoptr(GDateTime) now = g_date_time_new_from_unix_utc(wall_now_ms() / 1000);
    g_autofree char *stamp = g_date_time_format(now, "%Y-%m-%dT%H:%M:%SZ");
    char **slot = &out.kept[out.n++ % LOG_KEPT];
    g_free(*slot);
    *slot = g_strconcat(stamp, " ", line, NULL);
}

char **log_newest(void)
{
    g_autoptr(GStrvBuilder) all = g_strv_builder_new();

    for (size_t i = out.n > LOG_KEPT ? out.n - LOG_KEPT : 0; i < out.n; i++)
        g_strv_builder_add(all, out.kept[i % LOG_KEPT]);
    return g_strv_builder_end(all);
}
