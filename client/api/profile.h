/* SPDX-License-Identifier: GPL-3.0-or-later */
/* profile.h - where a profile lives and where its agent listens.
 *
 * Agent and frontends work these out for themselves and must agree.  The socket
 * is HOME/agent.sock, which needs no session; where that is longer than a socket
 * address can be, it is $XDG_RUNTIME_DIR/trucban/<hash of HOME>.sock. */
#pragma once

#include <gio/gio.h>

enum { TBA_SOCKET_PATH_MAX = 107 }; /* sun_path without its NUL; GDBus cuts longer ones silently */

#define TBA_OBJECT "/vn/trucban/agent"
#define TBA_ERROR_PREFIX "vn.trucban.Error."
#define TBA_API 2u
#define TBA_AGENT_NAME \
    "vn.trucban.Agent" /* on the session bus: to be started by, without methods */
#define TBA_WINDOW_NAME "vn.trucban.Desktop" /* there too, of the usual profile's window */

/* The profile's absolute path, links resolved as far as it exists: `given` (--home), else
 * $TRUCBAN_HOME, else trucban/ in the user's data directory.  Gives. */
char *tba_profile_home(const char *given);

/* Where the agent of this profile listens; NULL with *error set (G_IO_ERROR_FILENAME_TOO_LONG).  Gives. */
char *tba_profile_socket(const char *home, GError **error);

/* The same as a D-Bus address.  Gives. */
char *tba_profile_address(const char *socket_path);

/* The session bus's name of the window of this profile: vn.trucban.Desktop for the usual one.  Another
 * profile is another application, so that windows of two people on one desktop do not meet.  Gives. */
char *tba_profile_window(const char *home);
