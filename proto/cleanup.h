/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cleanup.h - scope-bound release, so that no function needs a goto ladder.
 *
 *     TB_CLEANUP(tb_buf_freep) struct tb_buf *b = NULL;
 *     ...
 *     *ret_buf = TB_TAKE(b);     // hand ownership to the caller
 *     return TB_OK;
 */
#pragma once

#include <stddef.h>
#include <unistd.h>

#define TB_CLEANUP(fn) __attribute__((cleanup(fn)))

/* Defines `<fn>p`, the cleanup form of a destructor `void fn(type *)`. */
#define TB_DEFINE_CLEANUP(type, fn)    \
    static inline void fn##p(type **p) \
    {                                  \
        fn(*p);                        \
        *p = NULL;                     \
    }

/* Moves a pointer out of a cleanup variable. */
#define TB_TAKE(p)                 \
    ({                             \
        __typeof__(p) take_ = (p); \
        (p) = NULL;                \
        take_;                     \
    })

static inline void tb_closep(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}
