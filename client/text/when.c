/* SPDX-License-Identifier: GPL-3.0-or-later */
/* when.c - see when.h. */
#include "client/text/when.h"

#include <stdio.h>
#include <string.h>

#include "client/api/lang.h"

static GTimeZone *zone(void)
{
    const char *name = g_getenv("TRUCBAN_TZ");
    GTimeZone *z = g_time_zone_new_identifier(name && *name ? name : "Asia/Ho_Chi_Minh");

    return z ? z : g_time_zone_new_offset(7 * 3600); /* no tzdata on this machine */
}

static GDateTime *local(int64_t ms)
{
    g_autoptr(GTimeZone) z = zone();
    g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(ms / 1000);

    return utc ? g_date_time_to_timezone(utc, z) : NULL;
}

int64_t when_now(void)
{
    return g_get_real_time() / 1000;
}

char *when_rfc3339(int64_t ms)
{
    g_autoptr(GDateTime) t = ms > 0 ? local(ms) : NULL;

    if (!t)
        return NULL;
    g_autofree char *start = g_date_time_format(t, "%Y-%m-%dT%H:%M:%S");
    g_autofree char *offset = g_date_time_format(t, "%:z");
    return g_strdup_printf("%s.%03d%s", start, (int)(ms % 1000), offset);
}

char *when_people(int64_t ms)
{
    g_autoptr(GDateTime) t = ms > 0 ? local(ms) : NULL;

    /* Translators: the order of a date, as g_date_time_format() writes it. */
    return t ? g_date_time_format(t, _("%Y-%m-%d %H:%M:%S")) : g_strdup("-");
}

char *when_short(int64_t ms, int64_t now_ms)
{
    g_autoptr(GDateTime) t = ms > 0 ? local(ms) : NULL;
    g_autoptr(GDateTime) now = local(now_ms);

    if (!t || !now || g_date_time_get_year(t) != g_date_time_get_year(now) ||
        g_date_time_get_day_of_year(t) != g_date_time_get_day_of_year(now))
        return when_people(ms);
    return g_date_time_format(t, "%H:%M:%S");
}

/* The same day, to the minute; or with the date. */
static char *to_the_minute(int64_t ms, int64_t now_ms)
{
    g_autoptr(GDateTime) t = ms > 0 ? local(ms) : NULL;
    g_autoptr(GDateTime) now = local(now_ms);

    if (!t || !now)
        return g_strdup("-");
    if (g_date_time_get_year(t) == g_date_time_get_year(now) &&
        g_date_time_get_day_of_year(t) == g_date_time_get_day_of_year(now))
        return g_date_time_format(t, "%H:%M");
    /* Translators: the order of a date, as g_date_time_format() writes it. */
    return g_date_time_format(t, _("%Y-%m-%d %H:%M"));
}

char *when_promised(int64_t accepted_ms, uint32_t eta_min, int64_t now_ms)
{
    int64_t due = accepted_ms + (int64_t)eta_min * 60000;
    g_autofree char *at = to_the_minute(due, now_ms);
    g_autofree char *late = when_span(MAX(now_ms - due, 0));

    return now_ms <= due ? g_strdup_printf(_("in %u min (by %s)"), eta_min, at)
                         : g_strdup_printf(_("promised for %s, %s ago"), at, late);
}

char *when_span(int64_t ms)
{
    int64_t s = ms / 1000;

    if (s < 120)
        return g_strdup_printf(_("%d s"), (int)s);
    if (s < 7200)
        return g_strdup_printf(_("%d min"), (int)(s / 60));
    if (s < 48LL * 3600)
        return g_strdup_printf(_("%d h"), (int)(s / 3600));
    return g_strdup_printf(_("%d d"), (int)(s / 86400));
}

/* A local date and time; the seconds may be missing. */
static GDateTime *made(const int part[5])
{
    g_autoptr(GTimeZone) z = zone();
    return g_date_time_new(z, part[0], part[1], part[2], part[3], part[4], 0);
}

static GDateTime *parse_parts(const char *text, int64_t now_ms)
{
    int y, mo, d, h, mi, used = 0;

    if (sscanf(text, "%4d-%2d-%2d %2d:%2d%n", &y, &mo, &d, &h, &mi, &used) == 5 && !text[used])
        return made((const int[]){ y, mo, d, h, mi });
    if (sscanf(text, "%2d/%2d/%4d %2d:%2d%n", &d, &mo, &y, &h, &mi, &used) == 5 && !text[used])
        return made((const int[]){ y, mo, d, h, mi });
    if (sscanf(text, "%2d:%2d%n", &h, &mi, &used) != 2 || text[used])
        return NULL;
    g_autoptr(GDateTime) now = local(now_ms);
    g_date_time_get_ymd(now, &y, &mo, &d);
    g_autoptr(GDateTime) today = made((const int[]){ y, mo, d, h, mi });
    if (!today || g_date_time_compare(today, now) <= 0)
        return g_steal_pointer(&today);
    return g_date_time_add_days(today, -1);
}

bool when_parse(const char *text, int64_t now_ms, int64_t *ret_ms)
{
    g_autoptr(GTimeZone) z = zone();
    g_autoptr(GDateTime) t = strchr(text, 'T') ? g_date_time_new_from_iso8601(text, z) : NULL;

    if (!t)
        t = parse_parts(text, now_ms);
    if (!t)
        return false;
    *ret_ms = g_date_time_to_unix(t) * 1000 + g_date_time_get_microsecond(t) / 1000;
    return true;
}
