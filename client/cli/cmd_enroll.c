/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd_enroll.c - join with an invite; then read six words to the registrar. */
#include <gio/gunixfdlist.h>
#include <string.h>

#include "client/cli/ask.h"
#include "client/cli/cli.h"
#include "client/cli/fresh.h"
#include "client/cli/json.h"
#include "client/cli/term.h"
#include "client/text/when.h"
#include "client/text/words.h"
#include "proto/cleanup.h"
#include "proto/enrol.h"
#include "proto/limits.h"
#include "proto/text.h"

enum { INVITE_MAX = 16384 };

struct enroll {
    char *invite_file, *device, *passphrase_file, *cost;
    char *name, *rank, *position, *unit, *phone, *email;
    gboolean no_passphrase;
    int wait_s;
};

static void enroll_done(struct enroll *e)
{
    char *owned[] = { e->invite_file, e->device, e->passphrase_file, e->cost, e->name, e->rank,
                      e->position,    e->unit,   e->phone,           e->email };

    for (size_t i = 0; i < G_N_ELEMENTS(owned); i++)
        g_free(owned[i]);
}

static bool parse(struct cli *c, struct enroll *e, int *argc, char ***argv)
{
    const GOptionEntry entries[] = {
        { "invite-file", 0, 0, G_OPTION_ARG_FILENAME, &e->invite_file,
          N_("Read the invite from a file, or - for standard input"), N_("FILE|-") },
        { "device", 0, 0, G_OPTION_ARG_STRING, &e->device, N_("Name of this device, e.g. laptop"),
          N_("NAME") },
        { "name", 0, 0, G_OPTION_ARG_STRING, &e->name, N_("My name"), N_("NAME") },
        { "rank", 0, 0, G_OPTION_ARG_STRING, &e->rank, N_("My rank"), N_("RANK") },
        { "position", 0, 0, G_OPTION_ARG_STRING, &e->position, N_("My position"), N_("POSITION") },
        { "unit", 0, 0, G_OPTION_ARG_STRING, &e->unit, N_("My unit"), N_("UNIT") },
        { "phone", 0, 0, G_OPTION_ARG_STRING, &e->phone, N_("Where I can be called at night"),
          N_("NUMBER") },
        { "email", 0, 0, G_OPTION_ARG_STRING, &e->email, N_("My e-mail address"), N_("ADDRESS") },
        { "passphrase-file", 0, 0, G_OPTION_ARG_FILENAME, &e->passphrase_file,
          N_("The passphrase is its first line"), N_("FILE") },
        { "no-passphrase", 0, 0, G_OPTION_ARG_NONE, &e->no_passphrase,
          N_("Leave the keys unprotected on the disk"), NULL },
        { "cost", 0, 0, G_OPTION_ARG_STRING, &e->cost,
          N_("Cost of guessing the passphrase: minimal, interactive, moderate"), N_("COST") },
        { "wait", 'w', 0, G_OPTION_ARG_INT, &e->wait_s,
          N_("Wait for the approval, at most S seconds"), N_("S") },
        G_OPTION_ENTRY_NULL,
    };
    return cli_options(c, entries, _("INVITE"), argc, argv);
}

static void put(GVariantBuilder *b, const char *key, const char *value)
{
    g_autofree char *composed = value ? g_utf8_normalize(value, -1, G_NORMALIZE_NFC) : NULL;
    g_variant_builder_add(b, "{sv}", key, g_variant_new_string(composed ? composed : ""));
}

static guint32 cost_of(const struct enroll *e)
{
    static const char *const names[] = { "", "minimal", "interactive", "moderate" };

    for (guint32 i = 1; e->cost && i < G_N_ELEMENTS(names); i++)
        if (strcmp(names[i], e->cost) == 0)
            return i;
    return 0;
}

static GVariant *request_of(const struct enroll *e, const char *invite)
{
    GVariantBuilder b;

    g_variant_builder_init(&b, G_VARIANT_TYPE_VARDICT);
    put(&b, "invite", invite);
    put(&b, "device", e->device ? e->device : "laptop");
    put(&b, "name", e->name);
    put(&b, "rank", e->rank);
    put(&b, "position", e->position);
    put(&b, "unit", e->unit);
    put(&b, "phone", e->phone);
    put(&b, "email", e->email);
    g_variant_builder_add(&b, "{sv}", "cost", g_variant_new_uint32(cost_of(e)));
    return g_variant_builder_end(&b);
}

/* Before anything is made for it: is this a whole invite?  `file` NULL: it was typed. */
static int check_invite(const char *file, const char *invite)
{
    TB_CLEANUP(tb_invite_done) struct tb_invite parsed = { 0 };
    tb_result r =
        g_utf8_validate(invite, -1, NULL) ? tb_invite_parse(invite, &parsed) : TB_E_TRUNCATED;
    const char *where = file ? file : _("the invite");

    if (r == TB_OK && parsed.expires_ms > when_now())
        return STATUS_DONE;
    if (r == TB_OK) {
        g_autofree char *until = when_people(parsed.expires_ms);
        return cli_say(STATUS_REFUSED,
                       _("%s: the invite expired at %s (this machine's clock); ask the registrar "
                         "for a new one"),
                       where, until);
    }
    if (!g_str_has_prefix(invite, "trucban:"))
        return cli_say(STATUS_REFUSED,
                       _("%s: this is not an invite; an invite is one line that begins with "
                         "'trucban:1:' and comes from the registrar"),
                       where);
    return cli_say(STATUS_REFUSED,
                   _("%s: this is not a whole invite; copy it again from 'trucban:1:' to its end"),
                   where);
}

/* What the person is about to join, before it is done. */
static int peek(struct cli *c, const char *invite)
{
    g_autoptr(GVariant) facts = NULL;
    GError *error = NULL;

    if (!tba_agent_call_invite_peek_sync(c->agent, invite, &facts, NULL, &error))
        return cli_fail(c, error);
    g_autofree char *until = when_people(doc_moment(facts, "expires_at"));
    if (!c->json)
        (void)printf(_("Invite for %s (%s, %s) at %s, valid until %s\n"),
                     doc_text(facts, "account"), word_role(doc_text(facts, "role")),
                     doc_text(facts, "agency"), doc_text(facts, "relay"), until);
    return STATUS_DONE;
}

static void ask_missing(struct enroll *e)
{
    if (!ask_possible())
        return;
    if (!e->name)
        e->name = ask_line(_("Your name:"));
    if (!e->phone)
        e->phone = ask_line(_("Telephone at which you can be called at night:"));
}

/* Which field it is, is known here. */
static int check_card(const struct enroll *e)
{
    const struct {
        const char *option, *value;
        size_t max;
    } fields[] = {
        { "--name", e->name, TB_PERSON_MAX },
        { "--rank", e->rank, TB_CARD_FIELD_MAX },
        { "--position", e->position, TB_CARD_FIELD_MAX },
        { "--unit", e->unit, TB_CARD_FIELD_MAX },
        { "--phone", e->phone, TB_CARD_FIELD_MAX },
        { "--email", e->email, TB_CARD_FIELD_MAX },
    };

    if (!e->name || !*e->name)
        return cli_say(STATUS_USAGE, _("--name is missing: your own name, as others see it"));
    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
        const char *value = fields[i].value ? fields[i].value : "";
        g_autofree char *composed = g_utf8_normalize(value, -1, G_NORMALIZE_NFC);
        if (!composed || tb_text_check(composed, fields[i].max, TB_TEXT_LINE) != TB_OK)
            return cli_say(STATUS_USAGE, _("%s: one line of at most %zu bytes of UTF-8 is needed"),
                           fields[i].option, fields[i].max);
    }
    return STATUS_DONE;
}

/* `pass` -1: none yet, ask. */
static int send_request(struct cli *c, const struct enroll *e, const char *invite, int pass)
{
    g_autoptr(GUnixFDList) fds = g_unix_fd_list_new();
    GVariantBuilder handles;
    GError *error = NULL;

    g_variant_builder_init(&handles, G_VARIANT_TYPE("ah"));
    if (!e->no_passphrase) {
        TB_CLEANUP(tb_closep) int asked = pass < 0 ? ask_passphrase(NULL, true) : -1;
        int fd = pass < 0 ? asked : pass;
        int index = fd < 0 ? -1 : g_unix_fd_list_append(fds, fd, NULL);
        if (index < 0) {
            g_variant_builder_clear(&handles);
            return STATUS_REFUSED;
        }
        g_variant_builder_add(&handles, "h", index);
    }
    if (!tba_agent_call_enroll_sync(c->agent, request_of(e, invite),
                                    g_variant_builder_end(&handles), fds, NULL, NULL, &error))
        return cli_fail(c, error);
    return STATUS_DONE;
}

enum { SENT_WITHIN_MS = 10000 };

static int not_sent(GVariant *status)
{
    g_autofree char *why = word_said(doc_text(status, "last_error"));

    if (doc_is(status, "invite_refused"))
        return cli_say(STATUS_REFUSED,
                       _("%s. Nothing was enrolled, and there are no six words to read. Ask the "
                         "registrar for a new invite, and join with it in a new --home"),
                       why);

    return cli_say(STATUS_OFFLINE,
                   _("the relay %s does not have the request yet: %s; the agent keeps trying. "
                     "`trucban status` shows when the relay has it, and then the six words for the "
                     "registrar"),
                   doc_text(status, "relay"), *why ? why : _("it does not answer"));
}

/* The words are worth nothing before the relay holds the request, and where it refused the invite a
 * person who reads them aloud would have a stranger let in. */
static int wait_for_relay(struct cli *c)
{
    gint64 end = when_now() + SENT_WITHIN_MS;

    for (;;) {
        g_autoptr(GVariant) status = NULL;
        if (!tba_agent_call_status_sync(c->agent, &status, NULL, NULL))
            return cli_say(STATUS_REFUSED, _("the agent does not answer any more"));
        if (strcmp(doc_text(status, "stage"), "ready") == 0 ||
            (strcmp(doc_text(status, "online"), "online") == 0 &&
             doc_number(status, "outbox") == 0))
            return STATUS_DONE;
        if (when_now() >= end || doc_is(status, "invite_refused"))
            return not_sent(status);
        cli_idle(c, MIN(end, when_now() + 200));
    }
}

static bool is_ready(struct cli *c)
{
    g_autoptr(GVariant) status = NULL;

    return tba_agent_call_status_sync(c->agent, &status, NULL, NULL) &&
           strcmp(doc_text(status, "stage"), "ready") == 0;
}

static int wait_for_approval(struct cli *c, int wait_s)
{
    gint64 end = when_now() + wait_s * INT64_C(1000);

    while (wait_s > 0 && !is_ready(c)) {
        if (when_now() >= end)
            return cli_say(STATUS_TIMEOUT, _("not approved yet; the agent keeps asking"));
        cli_idle(c, end);
    }
    return STATUS_DONE;
}

static int finish(struct cli *c, const struct enroll *e)
{
    g_autofree char *words = NULL;
    GError *error = NULL;
    int status = wait_for_relay(c);

    if (status != STATUS_DONE)
        return status;

    if (!tba_agent_call_enrol_words_sync(c->agent, &words, NULL, &error))
        return cli_fail(c, error);
    if (c->json) {
        if (!json_print(json_pack("{s:s}", "words", words)))
            return STATUS_REFUSED;
    } else {
        (void)printf("\n    %s\n\n%s\n", words,
                     _("Read these six words to the registrar over the telephone.\n"
                       "If they are not the same there, stop: somebody stands between you."));
        (void)fflush(stdout);
    }
    status = wait_for_approval(c, e->wait_s);
    if (status == STATUS_DONE && e->wait_s > 0 && !c->json)
        cli_print("%s", _("Approved. Now: trucban test-page"));
    return status;
}

static int join(struct cli *c, struct enroll *e, const char *invite, int pass)
{
    struct fresh fresh = fresh_look(c->home);

    c->may_create = true;
    int status = cli_connect(c) ? peek(c, invite) : STATUS_REFUSED;
    if (status == STATUS_DONE)
        ask_missing(e);
    if (status == STATUS_DONE)
        status = check_card(e);
    if (status == STATUS_DONE)
        status = send_request(c, e, invite, pass);
    if (status == STATUS_DONE)
        status = finish(c, e);
    if (status == STATUS_REFUSED || status == STATUS_USAGE)
        fresh_undo(&fresh, c); /* offline it goes on by itself */
    return status;
}

int cmd_enroll(struct cli *c, int argc, char **argv)
{
    __attribute__((cleanup(enroll_done))) struct enroll e = { 0 };
    gsize n = 0;

    if (!parse(c, &e, &argc, &argv))
        return STATUS_USAGE;
    if (argc > 2)
        return cli_say(STATUS_USAGE, _("too many arguments: '%s'"), argv[2]);
    if ((argc == 2) == (e.invite_file != NULL))
        return cli_say(STATUS_USAGE, _("one invite is needed: its text, or --invite-file"));
    if (e.cost && cost_of(&e) == 0)
        return cli_say(STATUS_USAGE, _("--cost is minimal, interactive or moderate, not '%s'"),
                       e.cost);
    if (e.device && tb_name_check(e.device) != TB_OK)
        return cli_say(STATUS_USAGE,
                       _("--device '%s': 1 to 32 of a-z, 0-9 and '-' inside, as in may-ban-1"),
                       e.device);
    const char *file = e.invite_file ? e.invite_file : strcmp(argv[1], "-") == 0 ? "-" : NULL;
    g_autofree char *invite = file ? read_whole(file, INVITE_MAX, &n) : g_strdup(argv[1]);
    if (!invite)
        return STATUS_REFUSED;
    int status = check_invite(file, g_strstrip(invite));
    if (status != STATUS_DONE)
        return status;
    TB_CLEANUP(tb_closep)
    int pass = e.passphrase_file && !e.no_passphrase ? ask_passphrase(e.passphrase_file, true) : -1;
    if (e.passphrase_file && !e.no_passphrase && pass < 0)
        return STATUS_REFUSED;
    return join(c, &e, invite, pass);
}
