/* SPDX-License-Identifier: GPL-3.0-or-later */
/* answer.c - see answer.h. */
#include "client/desktop/answer.h"

gboolean page_waits_for_me(GVariant *page)
{
    (void)page;
    return FALSE;
}

void tbd_answer_accept(const char *page, guint eta_min)
{
    (void)page, (void)eta_min;
}

void tbd_answer_ask_accept(const char *page)
{
    (void)page;
}

void tbd_answer_ask_decline(const char *page)
{
    (void)page;
}

void tbd_answer_ask_hand_over(const char *page)
{
    (void)page;
}

void tbd_answer_ask_resolve(const char *page)
{
    (void)page;
}
