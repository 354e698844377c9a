/* SPDX-License-Identifier: GPL-3.0-or-later */
/* log.c - formats a line into a fixed buffer, escapes it, writes it with one write(2).
 *
 * One write per line keeps lines of one process whole; nothing is allocated,
 * so that "out of memory" can be logged too. */
#include "server/log.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "server/clock.h"

enum { LINE_MAX_BYTES = 1000 };

static enum log_level most_level = LOG_NOTE;

void log_set_level(enum log_level most)
{
    most_level = most;
}

/* Appends `text` escaped; stops where the line is full. */
static size_t escape(char *line, size_t n, const char *text)
{
    static const char digits[] = "0123456789abcdef";

    for (; *text != '\0' && n + 4 <= LINE_MAX_BYTES; text++) {
        unsigned char c = (unsigned char)*text;

        if (c >= 0x20 && c < 0x7f && c != '\\') {
            line[n++] = (char)c;
            continue;
        }
        line[n++] = '\\';
        line[n++] = 'x';
        line[n++] = digits[c >> 4];
        line[n++] = digits[c & 15];
    }
    return n;
}

static void write_line(enum log_level level, const char *event, const char *text)
{
    char line[LINE_MAX_BYTES + 1];
    size_t n = 0;

    line[n++] = '<';
    line[n++] = (char)('0' + level);
    line[n++] = '>';
    n = escape(line, n, event);
    if (text[0] != '\0' && n < LINE_MAX_BYTES)
        line[n++] = ' ';
    n = escape(line, n, text);
    line[n++] = '\n';
    ssize_t done = write(STDERR_FILENO, line, n);
    (void)done; /* where should one say that the log cannot be written? */
}

void log_line(enum log_level level, const char *event, const char *fmt, ...)
{
    char text[LINE_MAX_BYTES] = "";
    va_list args;

    if (level > most_level)
        return;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args); /* cut is better than lost */
    va_end(args);
    write_line(level, event, text);
}

bool log_rate_admit(struct log_rate *r, int64_t now_ms, unsigned *ret_dropped)
{
    *ret_dropped = 0;
    if (r->since_ms == 0 || now_ms - r->since_ms >= LOG_RATE_MS || now_ms < r->since_ms) {
        *ret_dropped = r->dropped;
        *r = (struct log_rate){ .since_ms = now_ms };
    }
    if (r->said < LOG_RATE_LINES) {
        r->said++;
        return true;
    }
    r->dropped++;
    return false;
}

void log_rated(struct log_rate *r, enum log_level level, const char *event, const char *fmt, ...)
{
    char text[LINE_MAX_BYTES] = "";
    unsigned dropped = 0;
    va_list args;

    if (level > most_level || !log_rate_admit(r, clock_boot_ms(), &dropped))
        return;
    int n = snprintf(text, sizeof text, "dropped=%u ", dropped);
    va_start(args, fmt);
    (void)vsnprintf(text + n, sizeof text - (size_t)n, fmt, args);
    va_end(args);
    write_line(level, event, text);
}
