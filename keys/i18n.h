/* SPDX-License-Identifier: GPL-3.0-or-later */
/* i18n.h - marks text for translation; the English text is the source. */
#pragma once

#include <libintl.h>

#define _(text) dgettext("trucban", text)
#define N_(text) text /* translated where it is printed */
