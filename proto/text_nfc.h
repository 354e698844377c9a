/* SPDX-License-Identifier: GPL-3.0-or-later */
/* text_nfc.h - the code points that no text field may hold; for text.c only. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Is `c` a control, an invisible formatting character, a combining mark, a noncharacter, or one
 * that composed (NFC) text does not or need not hold? */
bool tb_text_refused(uint32_t c);
