/* SPDX-License-Identifier: GPL-3.0-or-later */
/* metrics.c - one table row per metric: where it is, what it is called, what it means. */
#include "server/metrics.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct metric {
    size_t at;
    const char *name; /* a counter's ends in _total */
    const char *help;
};

#define AT(field) offsetof(struct relay_stats, field)
static const struct metric of_relay[] = {
    { AT(peers), "trucban_peers", "Connections that the relay serves." },
    { AT(devices_live), "trucban_devices_live", "Devices connected and heard within 45 s." },
    { AT(pages_open), "trucban_pages_open", "Pages that nobody has resolved." },
    { AT(pages_total), "trucban_pages_total", "Pages taken since the start." },
    { AT(envelopes_queued), "trucban_envelopes_queued", "Envelopes waiting for devices." },
    { AT(commits), "trucban_commits_total", "Transactions committed." },
    { AT(requests), "trucban_requests_total", "Requests answered." },
    { AT(refused), "trucban_requests_refused_total", "Requests answered with an error." },
    { AT(releases), "trucban_releases_total", "Escalation steps taken." },
    { AT(acts), "trucban_acts_total", "Signed acts taken." },
    { AT(roster_size), "trucban_roster_entries", "Entries of the roster." },
    { AT(prekey_fetches), "trucban_prekey_fetches_total", "Prekey bundles handed out." },
    { AT(disk_full), "trucban_disk_full_total", "Turns lost to a full disk." },
};
#undef AT

#define AT(field) offsetof(struct ws_stats, field)
static const struct metric of_ws[] = {
    { AT(connections), "trucban_connections", "TCP connections." },
    { AT(anonymous), "trucban_connections_anonymous", "Connections that have not logged in." },
    { AT(accepted), "trucban_accepted_total", "Connections accepted." },
    { AT(refused_source), "trucban_refused_source_total",
      "Refused: too many strangers of one source." },
    { AT(refused_rate), "trucban_refused_rate_total", "Refused: one source came too often." },
    { AT(refused_full), "trucban_refused_full_total", "Refused: no room for another connection." },
    { AT(evicted), "trucban_evicted_total", "Strangers who gave way to newer ones." },
    { AT(timeouts), "trucban_timeouts_total",
      "Closed: did not log in, or did not leave, in time." },
    { AT(oversize), "trucban_oversize_total", "Closed: a message above its limit." },
    { AT(violations), "trucban_violations_total",
      "Closed: a message in tiny pieces, or not binary." },
    { AT(slow), "trucban_slow_total", "Closed: did not read what was sent." },
    { AT(messages_in), "trucban_messages_in_total", "Websocket messages received." },
    { AT(bytes_in), "trucban_bytes_in_total", "Bytes of websocket messages received." },
    { AT(messages_out), "trucban_messages_out_total", "Websocket messages sent." },
    { AT(bytes_out), "trucban_bytes_out_total", "Bytes of websocket messages sent." },
    { AT(pauses), "trucban_pauses_total",
      "Times that a connection was not read from for a while." },
};
#undef AT

static void put_one(struct tb_buf *ret, const struct metric *m, const void *stats)
{
    char text[256];
    uint64_t value = 0;
    size_t n = strlen(m->name);
    bool counter = n > 6 && strcmp(m->name + n - 6, "_total") == 0;

    memcpy(&value, (const char *)stats + m->at, sizeof value);
    int size = snprintf(text, sizeof text, "# HELP %s %s\n# TYPE %s %s\n%s %" PRIu64 "\n", m->name,
                        m->help, m->name, counter ? "counter" : "gauge", m->name, value);
    if (size > 0 && (size_t)size < sizeof text)
        tb_put(ret, text, (size_t)size);
}

void metrics_text(const struct relay_stats *relay, const struct ws_stats *ws, struct tb_buf *ret)
{
    for (size_t i = 0; i < sizeof of_relay / sizeof of_relay[0]; i++)
        put_one(ret, &of_relay[i], relay);
    for (size_t i = 0; i < sizeof of_ws / sizeof of_ws[0]; i++)
        put_one(ret, &of_ws[i], ws);
}
