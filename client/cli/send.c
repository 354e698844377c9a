/* SPDX-License-Identifier: GPL-3.0-or-later */
/* send.c - see send.h. */
#include "client/cli/send.h"

#include <gio/gunixfdlist.h>
#include <string.h>
#include <unistd.h>

#include "client/cli/ask.h"
#include "client/cli/draft.h"
#include "client/cli/follow.h"
#include "client/text/when.h"
#include "client/text/words.h"
#include "proto/limits.h"

const char *const send_tlp[5] = { "red", "amber+strict", "amber", "green", "clear" };

void send_options(struct send *s, GOptionEntry ret[static SEND_OPTIONS])
{
    const GOptionEntry options[SEND_OPTIONS] = {
        { "title", 't', 0, G_OPTION_ARG_STRING, &s->title, N_("One line that says what happened"),
          N_("T") },
        { "class", 'c', 0, G_OPTION_ARG_INT, &s->page_class, N_("1 severe, 2 ordinary, 3 advice"),
          "1|2|3" },
        { "text", 0, 0, G_OPTION_ARG_STRING, &s->text, N_("The text, if it is short"), N_("TEXT") },
        { "text-file", 0, 0, G_OPTION_ARG_FILENAME, &s->text_file,
          N_("The text, or - for standard input"), N_("FILE|-") },
        { "policy", 0, 0, G_OPTION_ARG_STRING, &s->policy,
          N_("Whom to page; needed if several policies serve the class"), N_("P") },
        { "tlp", 0, 0, G_OPTION_ARG_STRING, &s->tlp,
          N_("Who may read on: red, amber+strict, amber, green, clear"), "TLP" },
        { "drill", 0, 0, G_OPTION_ARG_NONE, &s->drill, N_("This is a drill"), NULL },
        { "wait", 'w', 0, G_OPTION_ARG_INT, &s->wait_s,
          N_("Return when somebody accepted, or after S seconds"), N_("S") },
    };
    memcpy(ret, options, sizeof options);
}

void send_done(struct send *s)
{
    g_free(s->title);
    g_free(s->text);
    g_free(s->text_file);
    g_free(s->policy);
    g_free(s->tlp);
    g_strfreev(s->attach);
    g_clear_pointer(&s->draft_files, g_variant_unref);
    g_clear_pointer(&s->draft_handles, g_variant_unref);
    g_clear_object(&s->draft_fds);
}

static void put(GVariantBuilder *doc, const char *key, GVariant *value)
{
    g_variant_builder_add(doc, "{sv}", key, value);
}

static int check(const struct send *s)
{
    if (!s->title || !*s->title)
        return cli_say(STATUS_USAGE, _("--title is missing: one line that says what happened"));
    if (!g_utf8_validate(s->title, -1, NULL) || strlen(s->title) > TB_TITLE_MAX)
        return cli_say(STATUS_USAGE, _("--title: at most %d bytes of UTF-8"), (int)TB_TITLE_MAX);
    if (s->page_class == 0)
        return cli_say(STATUS_USAGE,
                       _("--class is missing: 1 (severe), 2 (ordinary) or 3 (advice)"));
    if (s->page_class < 1 || s->page_class > 3)
        return cli_say(STATUS_USAGE,
                       _("--class %d: there are 1 (severe), 2 (ordinary) and 3 (advice)"),
                       s->page_class);
    if (s->wait_s < 0)
        return cli_say(STATUS_USAGE, _("--wait: seconds above 0"));
    return STATUS_DONE;
}

static int put_tlp(const struct send *s, GVariantBuilder *doc)
{
    if (!s->tlp)
        return STATUS_DONE;
    for (guint32 i = 0; i < G_N_ELEMENTS(send_tlp); i++)
        if (strcmp(send_tlp[i], s->tlp) == 0) {
            put(doc, "tlp", g_variant_new_uint32(i + 1));
            return STATUS_DONE;
        }
    return cli_say(STATUS_USAGE, _("--tlp '%s': red, amber+strict, amber, green or clear"), s->tlp);
}

static int put_text(const struct send *s, GVariantBuilder *doc)
{
    gsize n = s->text ? strlen(s->text) : 0;

    if (!s->text_file && !s->text)
        return STATUS_DONE;
    if (s->text_file && s->text)
        return cli_say(STATUS_USAGE, _("--text or --text-file, not both"));
    g_autofree char *text = s->text ? g_strdup(s->text) : read_whole(s->text_file, TB_TEXT_MAX, &n);
    if (!text)
        return STATUS_REFUSED;
    if (strlen(text) != n || !g_utf8_validate(text, -1, NULL))
        return cli_say(STATUS_REFUSED, _("%s: not UTF-8 text; attach it as a file"), s->text_file);
    /* Editors and keyboards write Vietnamese both ways; the protocol knows composed letters only. */
    g_autofree char *composed = g_utf8_normalize(text, -1, G_NORMALIZE_NFC);
    if (strlen(composed) > TB_TEXT_MAX)
        return cli_say(STATUS_REFUSED, _("the text is longer than %d bytes; attach it as a file"),
                       (int)TB_TEXT_MAX);
    put(doc, "text", g_variant_new_string(composed));
    return STATUS_DONE;
}

/* What the agent kept goes back as it came. */
static bool put_draft_files(const struct send *s, GVariantBuilder *names, GVariantBuilder *handles,
                            GUnixFDList *fds)
{
    for (gsize i = 0; s->draft_files && i < g_variant_n_children(s->draft_files); i++) {
        g_autoptr(GVariant) file = g_variant_get_child_value(s->draft_files, i);
        gint32 from = -1;
        if (s->draft_fds && i < g_variant_n_children(s->draft_handles))
            g_variant_get_child(s->draft_handles, i, "h", &from);
        if (from < 0 || from >= g_unix_fd_list_get_length(s->draft_fds))
            return false;
        int fd = g_unix_fd_list_get(s->draft_fds, from, NULL);
        int index = fd < 0 ? -1 : g_unix_fd_list_append(fds, fd, NULL);
        if (fd >= 0)
            (void)close(fd);
        if (index < 0)
            return false;
        g_variant_builder_add(names, "s", doc_text(file, "name"));
        g_variant_builder_add(handles, "h", index);
    }
    return true;
}

static int put_files(const struct send *s, GVariantBuilder *doc, GVariantBuilder *handles,
                     GUnixFDList *fds)
{
    GVariantBuilder names;
    int status = STATUS_DONE;

    g_variant_builder_init(&names, G_VARIANT_TYPE_STRING_ARRAY);
    if (!put_draft_files(s, &names, handles, fds))
        status = cli_say(STATUS_REFUSED, _("the files of the draft could not be taken over"));
    for (char **path = s->attach; path && *path && status == STATUS_DONE; path++) {
        gsize n = 0;
        g_autofree char *data = read_whole(*path, TB_INLINE_FILE_MAX, &n);
        g_autofree char *base = g_path_get_basename(*path);
        g_autofree char *shown = g_filename_display_name(base);
        int fd = data ? memory_file("file", data, n) : -1;
        int index = fd < 0 ? -1 : g_unix_fd_list_append(fds, fd, NULL);
        if (fd >= 0)
            (void)close(fd); /* the list has its own */
        if (index < 0) {
            status = STATUS_REFUSED;
            break;
        }
        g_variant_builder_add(&names, "s", shown);
        g_variant_builder_add(handles, "h", index);
    }
    put(doc, "file_names", g_variant_builder_end(&names));
    return status;
}

enum { POLICY_WITHIN_MS = 4000 };

/* A policy that was set a moment ago may not have come here yet: a first report does not fail for that. */
static bool call_report(struct cli *c, GVariant *doc, GVariant *handles, GUnixFDList *fds,
                        char **ret_id, GError **error)
{
    g_autoptr(GVariant) report = g_variant_ref_sink(doc);
    g_autoptr(GVariant) files = g_variant_ref_sink(handles);
    gint64 end = when_now() + POLICY_WITHIN_MS;

    while (!tba_agent_call_report_sync(c->agent, report, files, fds, ret_id, NULL, NULL, error)) {
        g_autofree char *name = g_dbus_error_get_remote_error(*error);
        if (g_strcmp0(name, "vn.trucban.Error.NOTFOUND") != 0 || when_now() >= end)
            return false;
        g_clear_error(error);
        cli_idle(c, MIN(end, when_now() + 250));
    }
    return true;
}

static int submit(struct cli *c, const struct send *s, GVariant *doc, GVariant *handles,
                  GUnixFDList *fds)
{
    g_autofree char *id = NULL;
    GError *error = NULL;

    if (!call_report(c, doc, handles, fds, &id, &error)) {
        int status = cli_fail_to_put(c, error);
        if (status == STATUS_OFFLINE)
            print_numbers(c, NULL, s->policy ? s->policy : "");
        return status;
    }
    if (!c->json)
        (void)printf("%s%s %s\n", s->drill ? _("[DRILL] ") : "", _("Page"), id);
    (void)fflush(stdout);
    return follow_page(c, id, s->wait_s);
}

int send_page(struct cli *c, const struct send *s, GVariantBuilder *doc)
{
    g_autoptr(GUnixFDList) fds = g_unix_fd_list_new();
    GVariantBuilder handles;

    g_variant_builder_init(&handles, G_VARIANT_TYPE("ah"));
    int status = s->keep ? STATUS_DONE : check(s);
    if (status == STATUS_DONE)
        status = put_tlp(s, doc);
    if (status == STATUS_DONE)
        status = put_text(s, doc);
    if (status == STATUS_DONE)
        status = put_files(s, doc, &handles, fds);
    g_autofree char *title = s->title ? g_utf8_normalize(s->title, -1, G_NORMALIZE_NFC) : NULL;
    put(doc, "title", g_variant_new_string(title ? title : ""));
    put(doc, "class", g_variant_new_uint32((guint32)s->page_class));
    put(doc, "policy", g_variant_new_string(s->policy ? s->policy : ""));
    put(doc, "drill", g_variant_new_boolean(s->drill));
    put(doc, "from_draft", g_variant_new_boolean(s->from_draft));
    g_autoptr(GVariant) document = g_variant_ref_sink(g_variant_builder_end(doc));
    g_autoptr(GVariant) list = g_variant_ref_sink(g_variant_builder_end(&handles));
    if (status != STATUS_DONE)
        return status;
    if (!c->agent && !cli_connect(c)) /* a draft was fetched through it already */
        return STATUS_REFUSED;
    return s->keep ? draft_save(c, document, list, fds) : submit(c, s, document, list, fds);
}
