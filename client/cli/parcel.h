/* SPDX-License-Identifier: GPL-3.0-or-later */
/* parcel.h - files that are carried by hand, between the agent and the disk. */
#pragma once

#include <gio/gunixfdlist.h>

#include "client/cli/cli.h"
#include "proto/cleanup.h"

/* The file's content in a memfd; -1: said why. */
int parcel_open(const char *path);

int parcel_requests(struct cli *c, const char *path); /* none waits: nothing is written */

int parcel_freshness_key(struct cli *c, const char *path); /* this device's, public */
int parcel_export(struct cli *c, const char *path);
int parcel_publish(struct cli *c, const char *path, int fd);
int parcel_cosign(struct cli *c, const char *in, const char *out);

/* Signs the policy document that stood in `path` into a new memfd; -1 with *ret_status set. */
int parcel_policy(struct cli *c, const char *path, GVariant *policy, int *ret_status);
