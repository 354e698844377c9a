/* SPDX-License-Identifier: GPL-3.0-or-later */
/* actions.h - everything that a person can order, by name: buttons, menus, shortcuts and `gapplication action`
 * all come here.
 *
 *     show-page (s id)      accept (s id), accept-in (s id, u minutes)   decline (s id)   hand-over (s id)
 *     resolve (s id)        verify (s account)   show-person (s account)    view (s inbox|report|directory|settings)
 *     answer-next           accepts the page that waits longest: asks when
 *     test-alarm  reconnect  lock  search  back  shortcuts  about  diagnostics  hide  report
 *     stop-pages            asks first   receive-pages */
#pragma once

#include <gtk/gtk.h>

void tbd_actions_add(GtkApplication *app);
