/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dialog.h - shows a dialog whose buttons have true names (names.h). */
#pragma once

#include <adwaita.h>

void tbd_dialog_present(AdwMessageDialog *dialog);
