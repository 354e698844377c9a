/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_proto_text.c - text, names, words, hex: anything may stand there. */
#include <stdlib.h>
#include <string.h>

#include "proto/enrol.h"
#include "proto/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    TB_CLEANUP(tb_buf_done) struct tb_buf b = { 0 };
    uint8_t hex[8];

    tb_put(&b, data, size);
    tb_put_u8(&b, 0);
    if (b.failed)
        return 0;
    const char *s = (const char *)b.p;
    tb_result line = tb_text_check(s, TB_TITLE_MAX, TB_TEXT_LINE);
    tb_result prose = tb_text_check(s, TB_TITLE_MAX, TB_TEXT_PROSE);
    if (line == TB_OK && (prose != TB_OK || strpbrk(s, "\n\t\r\x1b")))
        abort();
    if (tb_name_check(s) == TB_OK && line != TB_OK)
        abort();
    (void)tb_words_equal(s, "mèo xanh");
    (void)tb_hex_parse(s, hex, sizeof hex);
    return 0;
}
