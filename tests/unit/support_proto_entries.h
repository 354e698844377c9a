/* SPDX-License-Identifier: GPL-3.0-or-later */
/* support_proto_entries.h - one example of every roster entry, log-in claim and enrolment statement. */
#pragma once

#include "support_proto_samples.h"

/* An entry of this kind with a full body; NULL for a kind that version 1 has not. */
Tb__RosterEntry *sample_entry(enum tb_entry_kind kind);

/* The payload that goes with a type of signature, for the types without an own sample. */
const ProtobufCMessage *sample_claim(enum tb_type type);
