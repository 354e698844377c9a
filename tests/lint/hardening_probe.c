/* SPDX-License-Identifier: GPL-3.0-or-later */
/* hardening_probe.c - a little of everything that a release guards: a buffer on the stack, a copy of unknown length,
 * a large frame.  hardening.sh builds it with the flags of a release, by the same CMake file, and looks at it. */
#include <stdio.h>
#include <string.h>

int probe_copy(const char *text, size_t n);
int probe_frame(size_t n);

int probe_copy(const char *text, size_t n)
{
    char copy[64];

    memcpy(copy, text, n); /* __memcpy_chk, since the length is not known */
    return snprintf(copy, n, "%s", text);
}

int probe_frame(size_t n)
{
    char large[64 * 1024]; /* each page of it is touched, so that no guard page is jumped over */

    memset(large, (int)n, sizeof large);
    return probe_copy(large, n);
}

int main(int argc, char **argv)
{
    return probe_frame((size_t)argc) + probe_copy(argv[0], (size_t)argc);
}
