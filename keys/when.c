/* SPDX-License-Identifier: GPL-3.0-or-later */
/* when.c - see when.h. */
#include "keys/when.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define LATEST_MS (253402300799LL * 1000) /* year 9999: later is a wrong unit */

static const struct {
    char letter;
    int64_t ms;
} units[] = {
    { 's', 1000 },        { 'm', 60LL * 1000 },       { 'h', 3600LL * 1000 },
    { 'd', WHEN_DAY_MS }, { 'y', 365 * WHEN_DAY_MS },
};
enum { UNITS = sizeof units / sizeof *units };

/* The zone of $TRUCBAN_TZ, else the country's: not TZ, which servers set to UTC.  The same as on screens of
 * the people who read these times (client/cli). */
void when_choose_zone(void)
{
    const char *name = getenv("TRUCBAN_TZ");
    char path[PATH_MAX];

    if (name == NULL || name[0] == '\0')
        name = "Asia/Ho_Chi_Minh";
    int n = snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", name);
    bool known = n > 0 && (size_t)n < sizeof path && access(path, R_OK) == 0;
    (void)setenv("TZ", known ? name : "<+07>-7", 1); /* without tzdata: its offset */
    tzset();
}

int64_t when_now_ms(void)
{
    struct timespec now = { 0 };

    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Reads `n` digits; -1 if there are not that many. */
static int digits(const char **text, int n)
{
    int value = 0;

    for (int i = 0; i < n; i++) {
        char c = **text;
        if (c < '0' || c > '9')
            return -1;
        value = value * 10 + (c - '0');
        (*text)++;
    }
    return value;
}

tb_result when_span(const char *text, int64_t *ret_ms)
{
    int64_t n = 0;

    for (; *text >= '0' && *text <= '9'; text++) {
        n = n * 10 + (*text - '0');
        if (n > 1000000)
            return TB_E_RANGE;
    }
    for (int i = 0; i < UNITS; i++) {
        if (n > 0 && text[0] == units[i].letter && text[1] == '\0') {
            *ret_ms = n * units[i].ms;
            return TB_OK;
        }
    }
    return TB_E_RANGE;
}

static bool eat(const char **text, char c)
{
    if (**text != c)
        return false;
    (*text)++;
    return true;
}

/* "Z" or "+07:00"; gives seconds east of UTC. */
static bool offset(const char **text, long *ret_s)
{
    long sign = **text == '-' ? -1 : 1;

    if (eat(text, 'Z')) {
        *ret_s = 0;
        return true;
    }
    if (!eat(text, '+') && !eat(text, '-'))
        return false;
    int h = digits(text, 2);
    if (h < 0 || h > 14 || !eat(text, ':'))
        return false;
    int m = digits(text, 2);
    *ret_s = sign * (h * 3600L + m * 60L);
    return m >= 0 && m < 60;
}

static bool date(const char **text, struct tm *ret)
{
    int y = digits(text, 4);
    if (y < 1970 || !eat(text, '-'))
        return false;
    int m = digits(text, 2);
    if (m < 1 || m > 12 || !eat(text, '-'))
        return false;
    int d = digits(text, 2);
    *ret = (struct tm){ .tm_year = y - 1900, .tm_mon = m - 1, .tm_mday = d, .tm_isdst = -1 };
    return d >= 1 && d <= 31;
}

tb_result when_time(const char *text, int64_t *ret_ms)
{
    struct tm tm;
    long east = 0;
    time_t t;

    if (!date(&text, &tm))
        return TB_E_RANGE;
    if (*text == '\0') {
        tm.tm_hour = 23;
        tm.tm_min = tm.tm_sec = 59;
        t = mktime(&tm);
        if (t == (time_t)-1)
            return TB_E_RANGE;
        *ret_ms = (int64_t)t * 1000;
        return TB_OK;
    }
    if (!eat(&text, 'T') || (tm.tm_hour = digits(&text, 2)) < 0 || !eat(&text, ':') ||
        (tm.tm_min = digits(&text, 2)) < 0 || !eat(&text, ':') ||
        (tm.tm_sec = digits(&text, 2)) < 0)
        return TB_E_RANGE;
    if (tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 59 || !offset(&text, &east) ||
        *text != '\0')
        return TB_E_RANGE;
    *ret_ms = ((int64_t)timegm(&tm) - east) * 1000;
    return TB_OK;
}

tb_result when_either(const char *text, int64_t now_ms, int64_t *ret_ms)
{
    int64_t span;

    if (when_span(text, &span) != TB_OK)
        return when_time(text, ret_ms);
    if (span > LATEST_MS - now_ms)
        return TB_E_RANGE;
    *ret_ms = now_ms + span;
    return TB_OK;
}

void when_print(int64_t ms, char ret[static WHEN_TEXT])
{
    time_t t = (time_t)(ms / 1000);
    char zone[8] = "";
    struct tm tm;

    if (ms < 0 || ms > LATEST_MS || localtime_r(&t, &tm) == NULL ||
        strftime(ret, WHEN_TEXT - sizeof zone, "%Y-%m-%dT%H:%M:%S", &tm) == 0 ||
        strftime(zone, sizeof zone, "%z", &tm) != 5) {
        (void)snprintf(ret, WHEN_TEXT, "%lld ms", (long long)ms);
        return;
    }
    size_t n = strlen(ret);
    (void)snprintf(ret + n, WHEN_TEXT - n, "%.3s:%s", zone, zone + 3);
}

void when_print_span(int64_t ms, char ret[static WHEN_TEXT])
{
    for (int i = UNITS - 2; i >= 0; i--) { /* days and below: people count validity in days */
        if (ms > 0 && ms % units[i].ms == 0 && (ms / units[i].ms > 3 || i == 0)) {
            (void)snprintf(ret, WHEN_TEXT, "%lld%c", (long long)(ms / units[i].ms),
                           units[i].letter);
            return;
        }
    }
    (void)snprintf(ret, WHEN_TEXT, "%lld ms", (long long)ms);
}
