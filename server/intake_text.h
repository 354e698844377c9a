/* SPDX-License-Identifier: GPL-3.0-or-later */
/* intake_text.h - what intake found, first as fields, then as sentences.
 *
 * A running relay takes files for whoever calls `trucban-relay import`, who may speak another language than
 * the relay was started in: so it answers with fields, and the caller makes the sentences. */
#pragma once

#include "server/relay.h"

/* The result with this name (TB_E_...); TB_E_CONFLICT for a name that this version does not know. */
tb_result intake_result_of(const char *name);

/* Says a line of intake_parcel() for people; a line of another form as it is. */
void intake_tell(const struct relay_say *people, const char *line);
