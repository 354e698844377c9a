/* SPDX-License-Identifier: GPL-3.0-or-later */
/* result.c - names and texts of results, written once in TB_RESULTS. */
#include "proto/result.h"

const char *tb_strresult(tb_result r)
{
    switch (r) {
#define X(name, value, text) \
    case name:               \
        return text;
        TB_RESULTS(X)
#undef X
    }
    return "unknown result";
}

const char *tb_result_name(tb_result r)
{
    switch (r) {
#define X(name, value, text) \
    case name:               \
        return #name;
        TB_RESULTS(X)
#undef X
    }
    return "TB_E_UNKNOWN";
}

tb_result tb_result_of(int value)
{
    switch (value) {
#define X(name, number, text) \
    case number:              \
        return name;
        TB_RESULTS(X)
#undef X
    default:
        return TB_E_RANGE;
    }
}
