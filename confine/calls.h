/* SPDX-License-Identifier: GPL-3.0-or-later */
/* calls.h - from now on only these calls of the kernel: seccomp, through libseccomp.
 *
 * A filter starts with what happens to calls that no rule names (seccomp_init), takes lists and rules, and then
 * holds for all threads.  A program denies with an errno instead of ending: a library that tries something
 * new after an update must not silence the hotline. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <seccomp.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CONFINE_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define CONFINE_SANITIZED 1
#endif
#endif
#ifndef CONFINE_SANITIZED
#define CONFINE_SANITIZED 0 /* 1: the leak checker's tracer has to be let through */
#endif

/* For rules: argument number `arg` compared with `value`.  The library's own macros leave a field unnamed, which
 * clang refuses. */
static inline struct scmp_arg_cmp confine_if(unsigned arg, enum scmp_compare how,
                                             scmp_datum_t value)
{
    return (struct scmp_arg_cmp){ .arg = arg, .op = how, .datum_a = value };
}

/* One rule for each call of a list; calls that this processor never had are left out. */
bool confine_calls_add(scmp_filter_ctx filter, uint32_t action, const int *list, size_t n);

/* Puts the filter over all threads and frees it; false and errno: nothing is confined. */
bool confine_calls_enter(scmp_filter_ctx filter);
