/* SPDX-License-Identifier: GPL-3.0-or-later */
/* calls.c - see calls.h. */
#include "confine/calls.h"

#include <errno.h>

bool confine_calls_add(scmp_filter_ctx filter, uint32_t action, const int *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int r = seccomp_rule_add(filter, action, list[i], 0);

        if (r != 0 && r != -EDOM)
            return false;
    }
    return true;
}

bool confine_calls_enter(scmp_filter_ctx filter)
{
    /* All threads, should a library have made one; libseccomp sets no_new_privs. */
    int r = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);

    if (r == 0)
        r = seccomp_load(filter);
    seccomp_release(filter);
    errno = -r;
    return r == 0;
}
