/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_server_config.c - a relay's configuration file of any bytes: taken in whole or refused with a reason. */
#define _GNU_SOURCE /* memfd_create */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "server/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void in_range(const struct config *c)
{
    if (c->port < 0 || c->port > 65535 || c->metrics_port < CONFIG_OFF || c->metrics_port > 65535 ||
        c->max_peers < 1 || c->max_anonymous < 1 || c->max_anonymous_source < 1 ||
        c->handshakes_per_source_s < 1 || c->heartbeat_port < CONFIG_OFF ||
        c->heartbeat_port > 65535 || c->heartbeat_every_s < 1)
        abort();
    if (!memchr(c->state_dir, 0, sizeof c->state_dir) || !memchr(c->address, 0, sizeof c->address))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int fd = -1;
    static char path[64];
    struct config c;
    struct config_error error = { "" };

    if (fd < 0) {
        fd = memfd_create("config", MFD_CLOEXEC);
        (void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    }
    if (fd < 0 || ftruncate(fd, 0) != 0 || pwrite(fd, data, size, 0) != (ssize_t)size)
        abort();
    if (config_load(path, &c, &error) == TB_OK)
        in_range(&c);
    else if (!error.text[0] || !memchr(error.text, 0, sizeof error.text) ||
             strpbrk(error.text, "\x1b\r"))
        abort(); /* refused without a reason, or with one that a terminal obeys */
    return 0;
}
