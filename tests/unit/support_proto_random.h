/* SPDX-License-Identifier: GPL-3.0-or-later */
/* support_proto_random.h - randomness that repeats, for golden vectors only. */
#pragma once

/* Replaces libsodium's generator for the whole process; before any other call of libsodium. */
void sample_fix_randomness(void);

/* From here on the same bytes come as after the last call. */
void sample_restart_randomness(void);
