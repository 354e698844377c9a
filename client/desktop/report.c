/* SPDX-License-Identifier: GPL-3.0-or-later */
/* report.c - see report.h. */
#include "client/desktop/report.h"

struct _TbdReport {
    AdwBin parent;
};

G_DEFINE_FINAL_TYPE(TbdReport, tbd_report, ADW_TYPE_BIN)

static void tbd_report_class_init(TbdReportClass *class)
{
    (void)class;
}

static void tbd_report_init(TbdReport *s)
{
    adw_bin_set_child(ADW_BIN(s), gtk_label_new("report"));
}
