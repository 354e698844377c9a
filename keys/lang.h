/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lang.h - the language in which the tool speaks: Vietnamese, unless English is asked for. */
#pragma once

#include "proto/result.h"

/* Takes "--lang LANGUAGE" and "--lang=LANGUAGE" out of the words, wherever they stand before "--", and
 * chooses: that, else what LANGUAGE, LC_ALL, LC_MESSAGES or LANG (the first that is set) says.
 * TB_E_RANGE: another language, or none; it was said which there are. */
tb_result lang_choose(int *argc, char **argv);
