/* SPDX-License-Identifier: GPL-3.0-or-later */
/* check.c - see check.h. */
#include "client/desktop/check.h"

#include <glib.h>
#include <string.h>

#include "client/api/lang.h"
#include "client/text/clean.h"
#include "client/text/when.h"
#include "client/text/words.h"
#include "proto/limits.h"
#include "proto/text.h"

enum { AHEAD_MS = 5 * 60000 }; /* what two clocks may differ */

static bool is_invisible(gunichar c)
{
    return text_is_formatting(c) || (c >= 0x200b && c <= 0x200d) || c == 0x2060 || c == 0xad;
}

char *check_tidy(const char *typed, bool prose)
{
    g_autofree char *valid = g_utf8_make_valid(typed ? typed : "", -1);
    g_autofree char *composed = g_utf8_normalize(valid, -1, G_NORMALIZE_NFC);
    GString *out = g_string_new(NULL);

    for (const char *p = composed; *p; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        bool keeps = prose && (c == '\n' || c == '\t');
        if (!keeps && (c == '\n' || c == '\t'))
            c = ' ';
        if (!is_invisible(c) && (keeps || !g_unichar_iscntrl(c)))
            g_string_append_unichar(out, c);
    }
    return g_strstrip(g_string_free(out, FALSE));
}

static char *check_any(const char *value, size_t max, enum tb_text_kind kind)
{
    if (strlen(value) > max) /* letters with marks take two or three of these bytes */
        return g_strdup_printf(_("Too long: %zu of at most %zu bytes. Shorten it."), strlen(value),
                               max);
    if (tb_text_check(value, max, kind) != TB_OK)
        return g_strdup(_("It holds characters that cannot be sent. Type it anew."));
    return NULL;
}

char *check_title(const char *title)
{
    return *title ? check_any(title, TB_TITLE_MAX, TB_TEXT_LINE)
                  : g_strdup(_("Say in one line what happened."));
}

char *check_text(const char *text)
{
    if (strlen(text) > TB_TEXT_MAX)
        return g_strdup_printf(
            _("Too long: %zu of at most %d bytes. Shorten it, or attach it as a file."),
            strlen(text), (int)TB_TEXT_MAX);
    return check_any(text, TB_TEXT_MAX, TB_TEXT_PROSE);
}

char *check_line(const char *value, size_t max)
{
    return check_any(value, max, TB_TEXT_LINE);
}

static bool moment_of(const char *date, const char *hour, int64_t *ret_ms)
{
    g_autofree char *both = g_strconcat(date, " ", hour, NULL);

    return when_parse(both, 0, ret_ms);
}

char *check_date(const char *date)
{
    int64_t ms;
    g_autofree char *today = check_print_date(when_now());

    return moment_of(date, "00:00", &ms)
               ? NULL
               : g_strdup_printf(_("Not a date: %s. Write it like %s."), *date ? date : "–", today);
}

char *check_hour(const char *hour)
{
    int64_t ms;

    return moment_of("2026-01-01", hour, &ms)
               ? NULL
               : g_strdup_printf(_("Not a time: %s. Write 00:00 to 23:59."), *hour ? hour : "–");
}

char *check_moment(const char *date, const char *hour, int64_t now_ms, int64_t *ret_ms)
{
    int64_t ms = 0;
    g_autofree char *wrong = check_date(date);

    if (!wrong)
        wrong = check_hour(hour);
    if (wrong)
        return g_steal_pointer(&wrong);
    if (!moment_of(date, hour, &ms) || ms < 0)
        return g_strdup_printf(_("Not a moment: %s %s."), date, hour);
    if (ms > now_ms + AHEAD_MS)
        return g_strdup_printf(_("%s %s is still to come. When was it noticed?"), date, hour);
    *ret_ms = ms;
    return NULL;
}

char *check_file(const char *name, uint64_t size)
{
    g_autofree char *clean = text_clean(name, false);
    g_autofree char *is = word_size(size);
    g_autofree char *most = word_size(TB_INLINE_FILE_MAX);

    if (size > TB_INLINE_FILE_MAX)
        return g_strdup_printf(
            _("“%s” is too large: %s of at most %s. Attach the part that matters, "
              "or keep it for whoever takes the report."),
            clean, is, most);
    if (!*name || tb_text_check(name, TB_FILE_NAME_MAX, TB_TEXT_LINE) != TB_OK)
        return g_strdup_printf(_("The name of “%s” cannot be sent: at most %d bytes and no "
                                 "invisible characters. Rename the file."),
                               clean, (int)TB_FILE_NAME_MAX);
    return NULL;
}

char *check_file_count(size_t n)
{
    return n <= TB_INLINE_FILES
               ? NULL
               : g_strdup_printf(_("At most %d files go with a report. Remove one first."),
                                 (int)TB_INLINE_FILES);
}

char *check_print_date(int64_t ms)
{
    g_autofree char *text = when_people(ms);
    g_auto(GStrv) parts = g_strsplit(text, " ", 2);

    return g_strdup(parts[0] ? parts[0] : "");
}

char *check_print_hour(int64_t ms)
{
    g_autofree char *text = when_people(ms);
    const char *space = strchr(text, ' ');

    return g_strndup(space ? space + 1 : "", 5);
}
