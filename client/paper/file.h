/* SPDX-License-Identifier: GPL-3.0-or-later */
/* file.h - a picture as the bytes of a file. */
#pragma once

#include "client/paper/chart.h"
#include "proto/bytes.h"
#include "proto/result.h"

enum paper_format { PAPER_SVG, PAPER_PNG, PAPER_PDF };

/* The same chart gives the same bytes on the same machine.  TB_E_NOMEM; TB_E_RANGE: nothing to draw or too large. */
tb_result paper_file(enum paper_format format, const struct paper_chart *chart,
                     const struct paper_theme *theme, double width, struct tb_buf *ret);
