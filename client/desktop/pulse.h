/* SPDX-License-Identifier: GPL-3.0-or-later */
/* pulse.h - the button in the header that says on every view: how old is the relay's last word, and can the bell ring. */
#pragma once

#include <gtk/gtk.h>

#define TBD_TYPE_PULSE tbd_pulse_get_type()
G_DECLARE_FINAL_TYPE(TbdPulse, tbd_pulse, TBD, PULSE, GtkWidget)
