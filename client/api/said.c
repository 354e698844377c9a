/* SPDX-License-Identifier: GPL-3.0-or-later */
/* said.c - see said.h. */
#include "client/api/said.h"

#include <string.h>

#include "client/api/lang.h"
#include "proto/said.h"

static const char *const sentences[] = {
#include "client/api/said.inc"
#include "proto/said.inc"
    /* These are put together where they are said. */
    N_("This device is not enrolled: use an invite first."),
    N_("the relay's greeting cannot be read"),
    N_("it does not speak %s"),
    N_("the connection ended"),
    N_("connection failed"),
    N_("unknown result"),
};

/* Values that are words of ours. */
static const char *const words[] = {
    N_("accept"),     N_("decline"),      N_("offer"),      N_("resolve"), N_("rewrap"),
    N_("custodians"), N_("coordinators"), N_("agency"),     N_("guest"),   N_("machine"),
    N_("responder"),  N_("coordinator"),  N_("liaison"),    N_("policy"),  N_("registrar"),
    N_("credential"), N_("suspension"),   N_("revocation"), N_("relay"),   N_("root"),
};

static const char *translate(const char *english)
{
    return _(english);
}

char *tba_said(const char *english)
{
    const struct tb_said known = { sentences, G_N_ELEMENTS(sentences), words, G_N_ELEMENTS(words),
                                   translate };
    char text[TB_SAID_MAX];

    if (!english)
        return g_strdup("");
    if (strlen(english) >= sizeof text)
        return g_strdup(english); /* nobody's sentence */
    tb_said(&known, english, text);
    return g_strdup(text);
}
