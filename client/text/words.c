/* SPDX-License-Identifier: GPL-3.0-or-later */
/* words.c - see words.h. */
#include "client/text/words.h"
#include "client/text/clean.h"

#include <errno.h>
#include <string.h>

#include "client/api/lang.h"
#include "client/api/said.h"

/* What core writes over a test page, on every machine (client/core/report.c). */
#define TEST_TITLE "Thử chuông"

struct word {
    const char *name, *text;
};

/* Names of a newer agent are shown as they are; anything else that stands there is no name. */
static const char *look_up(const struct word *words, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(words[i].name, name) == 0)
            return _(words[i].text);
    for (const char *p = name; *p; p++)
        if (!g_ascii_isalnum(*p) && *p != '-' && *p != '_')
            return "?";
    return name;
}

#define LOOK_UP(words, name) look_up(words, G_N_ELEMENTS(words), name)

const char *word_state(const char *state)
{
    static const struct word words[] = {
        { "queued", N_("not yet at the relay") },
        { "waiting", N_("waiting for its turn") },
        { "ringing", N_("ringing") },
        { "accepted", N_("accepted") },
        { "exhausted", N_("NOBODY ANSWERED") },
        { "resolved", N_("resolved") },
    };
    return LOOK_UP(words, state);
}

const char *word_class(uint32_t page_class)
{
    switch (page_class) {
    case 1:
        return _("severe");
    case 2:
        return _("ordinary");
    case 3:
        return _("advice");
    default:
        return _("not known");
    }
}

const char *word_level(uint32_t level)
{
    switch (level) {
    case 0:
        return _("unknown, not trusted (level 0)");
    case 1:
        return _("in the roster (level 1)");
    case 2:
        return _("verified (level 2)");
    default:
        return _("verified and re-checked (level 3)");
    }
}

const char *word_role(const char *role)
{
    static const struct word words[] = {
        { "agency", N_("agency") },
        { "responder", N_("responder") },
        { "coordinator", N_("coordinator") },
        { "liaison", N_("liaison") },
        { "guest", N_("guest") },
        { "machine", N_("machine") },
        { "registrar", N_("registrar") },
    };
    return LOOK_UP(words, role);
}

const char *word_event(const char *event)
{
    static const struct word words[] = {
        { "relayed", N_("the relay has it") },
        { "release", N_("paged") },
        { "skip", N_("tier skipped: nobody there") },
        { "nobody", N_("nobody answered; last tier passed") },
        { "accept", N_("accepted by") },
        { "decline", N_("declined by") },
        { "offer", N_("handed over by") },
        { "resolve", N_("resolved by") },
        { "rewrap", N_("made readable again by") },
    };
    return LOOK_UP(words, event);
}

const char *word_online(const char *online)
{
    static const struct word words[] = {
        { "offline", N_("NOT CONNECTED") },
        { "connecting", N_("connecting") },
        { "online", N_("connected") },
    };
    return LOOK_UP(words, online);
}

const char *word_stage(const char *stage)
{
    static const struct word words[] = {
        { "none", N_("no identity yet; `trucban enroll INVITE`") },
        { "locked", N_("LOCKED: cannot read or answer; `trucban unlock`") },
        { "enrolling", N_("waiting for the registrar's approval") },
        { "ready", N_("ready") },
    };
    return LOOK_UP(words, stage);
}

const char *word_signer(const char *signer)
{
    static const struct word words[] = {
        { "asked", N_("key made, not granted yet; 'trucban-keys freshness grant'") },
        { "ended", N_("the grant of the key has ended: have it granted again") },
        { "ready", N_("this device confirms the roster daily") },
        { "alarm", N_("NOT CONFIRMING: there is a roster alarm") },
        { "clock", N_("NOT CONFIRMING: set the clock of this machine right") },
        { "removal", N_("NOT CONFIRMING: the relay withholds a removal") },
    };
    return strcmp(signer, "none") == 0 ? "" : LOOK_UP(words, signer);
}

const char *word_bell(const char *bell)
{
    static const struct word words[] = {
        { "ok", N_("good") },
        { "muted", N_("MUTED or too quiet") },
        { "none", N_("NO SOUND") },
        { "unchecked", N_("not checked") },
    };
    return LOOK_UP(words, bell);
}

const char *word_bell_remedy(const char *bell)
{
    static const struct word words[] = {
        { "ok", "" },
        { "unchecked", "" },
        { "muted", N_("turn the volume of this machine up, then `trucban test-page`") },
        { "none", N_("connect and switch on a loudspeaker, log in to the desktop (its sound server "
                     "plays the alarm), then `trucban test-page`") },
    };

    for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
        if (strcmp(words[i].name, bell) == 0)
            return *words[i].text ? _(words[i].text) : "";
    return "";
}

const char *word_bubbles(const char *notifications)
{
    static const struct word words[] = {
        { "ok", N_("good") },
        { "no-actions", N_("without buttons") },
        { "none", N_("NONE on this desktop") },
        { "unchecked", N_("not checked") },
    };
    return LOOK_UP(words, notifications);
}

const char *word_flag(const char *flag)
{
    static const struct word words[] = {
        { "unknown", N_("not in the roster") },
        { "removed", N_("SUSPENDED OR REVOKED") },
        { "expired", N_("expired") },
        { "unattested", N_("not attested") },
        { "stale", N_("roster not fresh") },
        { "replaced", N_("replaced by a newer one") },
        { "compared", N_("compared by me") },
        { "one-witness", N_("one witness only") },
        { "role", N_("not this role's to do") },
        { "no-freshness", N_("freshness not judged") },
    };
    return LOOK_UP(words, flag);
}

const char *word_error(const char *name)
{
    static const struct word words[] = {
        { "NOMEM", N_("out of memory") },
        { "TRUNCATED", N_("not complete, or not what it should be") },
        { "TRAILING", N_("has parts that do not belong there") },
        { "RANGE", N_("a value is not allowed") },
        { "NOTFOUND", N_("not found") },
        { "DENIED", N_("not permitted for this role") },
        { "UNVERIFIED", N_("the identity is not verified enough for this step") },
        { "BADSIG", N_("does not match") },
        { "EXPIRED", N_("expired or not yet valid") },
        { "STORE", N_("the database refused") },
        { "CONFLICT", N_("somebody or something else came first") },
        { "STALE", N_("based on an older state") },
        { "RESERVED", N_("not available in this version") },
        { "QUORUM", N_("more signatures of other people are needed") },
        { "REVOKED", N_("suspended or revoked") },
        { "LIMIT", N_("a limit was reached") },
        { "UNREADABLE", N_("cannot be decrypted") },
        { "OFFLINE", N_("the relay cannot be reached") },
        { "LOCKED", N_("the profile is locked; `trucban unlock`") },
        { "TIMEOUT", N_("no answer in time") },
        { "FULL", N_("no space is left on the disk, here or of the relay; `trucban status` tells "
                     "if it is here") },
        { "VERSION", N_("the versions do not fit; update the program") },
        { "IO", N_("a file could not be read or written") },
        { "DAMAGED", N_("what is stored here about it is damaged") },
    };
    return LOOK_UP(words, name);
}

const char *word_errno(int number)
{
    switch (number) {
    case ENOENT:
        return _("there is no such file");
    case EACCES:
    case EPERM:
        return _("this user may not read or write it");
    case EISDIR:
        return _("that is a folder, not a file");
    case ENOTDIR:
        return _("a part of the path is no folder");
    case ENOSPC:
        return _("the disk is full");
    case EROFS:
        return _("the disk is read-only");
    default:
        return g_strerror(number);
    }
}

bool word_is_test(GVariant *page)
{
    return doc_is(page, "drill") && strcmp(doc_text(page, "title"), TEST_TITLE) == 0;
}

const char *word_title(GVariant *page)
{
    return word_is_test(page) ? _("Test of the bell") : doc_text(page, "title");
}

char *word_said(const char *english)
{
    g_autofree char *clean = text_clean(english, false);

    return tba_said(clean);
}

const char *word_drill(GVariant *page)
{
    if (word_is_test(page))
        return _("[TEST] ");
    return doc_is(page, "drill") ? _("[DRILL] ") : "";
}

const char *doc_text(GVariant *doc, const char *key)
{
    const char *value = "";
    (void)g_variant_lookup(doc, key, "&s", &value);
    return value;
}

uint32_t doc_number(GVariant *doc, const char *key)
{
    guint32 value = 0;
    (void)g_variant_lookup(doc, key, "u", &value);
    return value;
}

int64_t doc_moment(GVariant *doc, const char *key)
{
    gint64 value = 0;
    (void)g_variant_lookup(doc, key, "x", &value);
    return value;
}

bool doc_is(GVariant *doc, const char *key)
{
    gboolean value = FALSE;
    (void)g_variant_lookup(doc, key, "b", &value);
    return value;
}

char *word_person(const char *name, const char *account)
{
    return *name ? g_strdup_printf("%s (%s)", name, account) : g_strdup(account);
}

char *word_size(uint64_t bytes)
{
    enum { KIB = 1024 };

    if (bytes < KIB)
        return g_strdup_printf(_("%u bytes"), (unsigned)bytes);
    if (bytes < KIB * KIB)
        return g_strdup_printf("%.1f\u00a0KiB", (double)bytes / KIB);
    return g_strdup_printf("%.1f\u00a0MiB", (double)bytes / (KIB * KIB));
}

char *word_trust(GVariant *doc, const char *prefix)
{
    g_autofree char *level = g_strconcat(prefix, "level", NULL);
    g_autofree char *flags = g_strconcat(prefix, "flags", NULL);
    g_autofree const char **set = NULL;
    GString *text = g_string_new(word_level(doc_number(doc, level)));

    (void)g_variant_lookup(doc, flags, "^a&s", &set);
    for (const char **flag = set; flag && *flag; flag++)
        if (strcmp(*flag, "no-freshness") != 0) /* a fact about the roster, not the person */
            g_string_append_printf(text, ", %s", word_flag(*flag));
    return g_string_free(text, FALSE);
}

bool page_tier_was_off(GVariant *page, GVariant *event)
{
    g_autoptr(GVariant) devices = g_variant_lookup_value(page, "devices", G_VARIANT_TYPE("aa{sv}"));
    bool off = false;

    if (strcmp(doc_text(event, "kind"), "skip") != 0)
        return false;
    for (gsize i = 0; devices && i < g_variant_n_children(devices); i++) {
        g_autoptr(GVariant) d = g_variant_get_child_value(devices, i);
        int64_t since = doc_moment(d, "duty_off_at");
        if (doc_number(d, "tier") != doc_number(event, "tier"))
            continue;
        if (since == 0 || since > doc_moment(event, "at"))
            return false;
        off = true;
    }
    return off;
}
