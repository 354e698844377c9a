/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sound_wake.c - a connection that is given up as soon as it stands; see sound_wake.h. */
#include "client/agent/sound_wake.h"

#include <pulse/context.h>
#include <pulse/mainloop.h>
#include <stddef.h>

static void wait_for(pa_mainloop *loop, const pa_context *context)
{
    while (PA_CONTEXT_IS_GOOD(pa_context_get_state(context)) &&
           pa_context_get_state(context) != PA_CONTEXT_READY)
        if (pa_mainloop_iterate(loop, 1, NULL) < 0)
            return;
}

void sound_wake(void)
{
    pa_mainloop *loop = pa_mainloop_new();
    pa_context *context = loop ? pa_context_new(pa_mainloop_get_api(loop), "Trực Ban") : NULL;

    if (context) {
        if (pa_context_connect(context, NULL, PA_CONTEXT_NOFLAGS, NULL) >= 0)
            wait_for(loop, context);
        pa_context_disconnect(context);
        pa_context_unref(context);
    }
    if (loop)
        pa_mainloop_free(loop);
}
