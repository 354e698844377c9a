/* SPDX-License-Identifier: GPL-3.0-or-later */
/* reach.h - how far a page came on each device, and with each person: the best of his devices. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <gtk/gtk.h>

struct reach {
    char *account, *who; /* who: safe to display */
    uint32_t tier;
    bool released, unreadable; /* unreadable: on every device of that person */
    int64_t delivered_ms, seen_ms;
    bool told;          /* receipts come to this device, so silence says something */
    const char *answer; /* "accept", "decline", "offer" or "" */
};

/* One step of a page's way to a device. */
enum reach_step {
    REACH_NOT,
    REACH_DONE,
    REACH_UNKNOWN /* its receipt is not sent to this device */
};

/* Of a device `d` of the page `full`, by the key of its moment; `me` is this device (WhoAmI), or NULL. */
enum reach_step reach_step(GVariant *full, GVariant *d, const char *moment, GVariant *me);
/* The devices of a page by tier, each a GVariant; owns them. */
GPtrArray *reach_devices(GVariant *full);

/* Of struct reach, by tier; owns them.  `full` is a document of PageGet. */
GPtrArray *reach_of(GVariant *full);
/* "seen", "on the device", ...: one word for the furthest step.  Static. */
const char *reach_word(const struct reach *r);
/* "An (seen), Bình (on the device)": those who were paged, without `me`.  Gives; "" for none. */
char *reach_list(GVariant *full, const char *me);
/* Whom to ring up about it (client/text/phones.h), as links in a box, or that no number is known. */
GtkWidget *reach_numbers(GVariant *full);
