/* SPDX-License-Identifier: GPL-3.0-or-later */
/* log.h - one line on stderr per event, for journald or a file.
 *
 *     log_line(LOG_NOTE, "listen", "address=%s port=%u", ...);
 *     <6>listen address=0.0.0.0 port=7443
 *
 * The event is one word, the rest `key=value` pairs.  Whatever is not printable ASCII becomes `\xNN`,
 * so no peer can write a line of its own.  Never log names, titles, whole ids or anything that a person
 * wrote; an id is logged as tb_id_print shows it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* The numbers are syslog's, which journald reads from the `<N>` prefix. */
enum log_level {
    LOG_ERROR = 3, /* someone has to act */
    LOG_WARN = 4,  /* goes on, but look at it */
    LOG_NOTE = 6,  /* what an administrator wants to find later */
    LOG_TRACE = 7, /* off by default */
};

/* Lines above this level are not written; LOG_NOTE at start. */
void log_set_level(enum log_level most);

/* Lines longer than 1000 bytes are cut. */
void log_line(enum log_level level, const char *event, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* Holds a talkative source to LOG_RATE_LINES in LOG_RATE_MS. */
enum { LOG_RATE_LINES = 10, LOG_RATE_MS = 20 * 1000 };
struct log_rate {
    int64_t since_ms;
    unsigned said, dropped;
};
/* May a line be written now?  *ret_dropped: how many were not since the last window that was. */
bool log_rate_admit(struct log_rate *r, int64_t now_ms, unsigned *ret_dropped);
/* For what others can make us say as often as they like: log_line() while r admits it, then with how many
 * lines were left out. */
void log_rated(struct log_rate *r, enum log_level level, const char *event, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
