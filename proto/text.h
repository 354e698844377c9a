/* SPDX-License-Identifier: GPL-3.0-or-later */
/* text.h - text of peers, checked once, at decode.
 *
 * Valid here means: well-formed UTF-8 (RFC 3629), composed (NFC), no control
 * characters, no bidi controls or other invisible formatting, not longer than
 * the field's limit in bytes.  Composed is checked by refusing every code point
 * that Unicode's NFC quick check calls No or Maybe and the combining marks;
 * that refuses some text of scripts that need marks and no Vietnamese. */
#pragma once

#include "proto/bytes.h"

enum tb_text_kind {
    TB_TEXT_LINE,  /* no line break, no tab */
    TB_TEXT_PROSE, /* \n and \t allowed */
};

/* `s` is NUL-terminated (protobuf-c strings; a NUL inside is refused at unpack).
 * TB_E_RANGE: longer than `max` bytes, or not valid as above. NULL counts as empty. */
tb_result tb_text_check(const char *s, size_t max, enum tb_text_kind kind);

/* A name of an account, agency, device or policy: 1..TB_NAME_MAX of [a-z0-9-], not starting or
 * ending with '-'. */
tb_result tb_name_check(const char *s);

/* Reads the code point at *s and steps over it; 0, without a step, at the final NUL and where the
 * bytes are not well-formed UTF-8. */
uint32_t tb_text_next(const uint8_t **s);
