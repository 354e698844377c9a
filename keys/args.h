/* SPDX-License-Identifier: GPL-3.0-or-later */
/* args.h - the words of a command line: long options in any order, and the rest.
 *
 * A value follows as "--name value" or "--name=value"; "--" ends the options. */
#pragma once

#include "proto/bytes.h"

enum { ARGS_MAX = 64 };

/* Words given by the user; borrowed from argv. */
struct words {
    const char *at[ARGS_MAX];
    size_t n;
};

enum option_kind {
    OPTION_FLAG /* bool */,
    OPTION_TEXT /* const char * */,
    OPTION_LIST /* struct words */
};

struct option {
    const char *name; /* without the dashes; NULL ends a table */
    enum option_kind kind;
    void *dest;
};

/* Fills the destinations of `tables` (NULL ends them) and gives what is left.  Says what was wrong:
 * TB_E_NOTFOUND: unknown option.  TB_E_TRUNCATED: its value is missing.  TB_E_CONFLICT: given twice. */
tb_result args_parse(int argc, char **argv, const struct option *const *tables,
                     struct words *ret_rest);

/* The words that an option knows, for people; NULL if any value may stand there. */
const char *args_choices(const char *option);

/* Says that a required option is missing, and what may stand there: TB_E_TRUNCATED. */
tb_result args_missing(const char *option);
