/* SPDX-License-Identifier: GPL-3.0-or-later */
/* text.c - well-formed, composed, visible: one pass over the bytes, then a table. */
#include "proto/text.h"

#include <string.h>

#include "proto/text_nfc.h"

/* RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF. */
uint32_t tb_text_next(const uint8_t **s)
{
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    const uint8_t *p = *s;
    size_t len = p[0] < 0x80       ? 1
                 : p[0] >> 5 == 6  ? 2
                 : p[0] >> 4 == 14 ? 3
                 : p[0] >> 3 == 30 ? 4
                                   : 0;

    if (len == 0 || p[0] == 0)
        return 0;
    uint32_t c = len == 1 ? p[0] : p[0] & (0xffU >> (len + 1));
    for (size_t i = 1; i < len; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (p[i] & 0x3fU);
    }
    if (c < least[len] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        return 0;
    *s += len;
    return c;
}

tb_result tb_text_check(const char *s, size_t max, enum tb_text_kind kind)
{
    const uint8_t *p = (const uint8_t *)s;

    if (!s)
        return TB_OK;
    if (max == SIZE_MAX || strnlen(s, max + 1) > max)
        return TB_E_RANGE;
    while (*p) {
        bool prose_only = *p == '\n' || *p == '\t';
        uint32_t c = tb_text_next(&p);
        if (prose_only ? kind != TB_TEXT_PROSE : c == 0 || tb_text_refused(c))
            return TB_E_RANGE;
    }
    return TB_OK;
}

tb_result tb_name_check(const char *s)
{
    size_t n = s ? strnlen(s, TB_NAME_MAX + 1) : 0;

    if (n < 1 || n > TB_NAME_MAX || s[0] == '-' || s[n - 1] == '-')
        return TB_E_RANGE;
    for (size_t i = 0; i < n; i++)
        if (!((s[i] >= 'a' && s[i] <= 'z') || (s[i] >= '0' && s[i] <= '9') || s[i] == '-'))
            return TB_E_RANGE;
    return TB_OK;
}
