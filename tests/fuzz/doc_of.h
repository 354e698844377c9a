/* SPDX-License-Identifier: GPL-3.0-or-later */
/* doc_of.h - a fuzzer's bytes as a document of the bus.
 *
 * First byte even: GVariant's bytes as they are; odd: its text form, in which more is easily reached. */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* GLib's parser of the text form, which none of our programs uses on what others wrote, makes a string of half a
 * surrogate and then objects to it. */
static inline bool doc_names_half_a_surrogate(const char *text, size_t n)
{
    for (size_t i = 0; i + 2 < n; i++)
        if (text[i] == '\\' &&
            (text[i + 1] == 'U' || (text[i + 1] == 'u' && (text[i + 2] | 32) == 'd')))
            return true;
    return false;
}

/* NULL: no document.  What came as bytes is not in normal form. */
static inline GVariant *doc_of(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data + 1;

    if (size < 1)
        return NULL;
    g_log_set_always_fatal(G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_ERROR | G_LOG_FATAL_MASK);
    if (data[0] & 1) {
        if (!g_utf8_validate_len(text, size - 1, NULL) || /* GLib asks for it */
            doc_names_half_a_surrogate(text, size - 1))
            return NULL;
        return g_variant_parse(G_VARIANT_TYPE_VARDICT, text, text + size - 1, NULL, NULL);
    }
    g_autoptr(GBytes) bytes = g_bytes_new(text, size - 1);
    return g_variant_ref_sink(g_variant_new_from_bytes(G_VARIANT_TYPE_VARDICT, bytes, FALSE));
}
