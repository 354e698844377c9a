/* SPDX-License-Identifier: GPL-3.0-or-later */
/* inspect.h - the kinds of file that `inspect` tells apart.  Each gives the exit status. */
#pragma once

#include "keys/rosterfile.h"
#include "keys/run.h"
#include "proto/enrol.h"

int inspect_key(const struct run *run, struct tb_view file, const char *path);
int inspect_invite(const struct run *run, struct tb_view file, const char *path);
/* A file that only its owner can open: the key that it is for. */
int inspect_sealed(const struct run *run, struct tb_view file, const char *type);
int inspect_parcel(const struct run *run, const char *path);
