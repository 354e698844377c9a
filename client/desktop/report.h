/* SPDX-License-Identifier: GPL-3.0-or-later */
/* report.h - the first report of an incident: kind, class, system, text; sign and send. */
#pragma once

#include <adwaita.h>

#define TBD_TYPE_REPORT tbd_report_get_type()
G_DECLARE_FINAL_TYPE(TbdReport, tbd_report, TBD, REPORT, AdwBin)
