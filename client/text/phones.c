/* SPDX-License-Identifier: GPL-3.0-or-later */
/* phones.c - see phones.h. */
#include "client/text/phones.h"

#include <string.h>

#include "client/text/words.h"

enum {
    TEAM_NUMBERS = 6,
    WHOLE_NUMBER = 8,    /* digits: a dash with blanks after so many begins the next number */
    LONGEST_NUMBER = 15, /* E.164: what is longer is two, without a sign where the second begins */
};

struct book {
    GPtrArray *contacts, *found;
    const char *me;
};

static void phone_free(gpointer data)
{
    struct phone *p = data;

    g_free(p->account);
    g_free(p->name);
    g_free(p->number);
    g_free(p);
}

bool phones_is_number(const char *text)
{
    for (const char *c = text; *c; c++)
        if (g_ascii_isdigit(*c))
            return true;
    return false;
}

/* How many characters at `text` stand between digits of one number; 0: it ends here. */
static size_t gap_of(const char *text, size_t digits)
{
    size_t n = strspn(text, " .-()");
    bool dash = n >= 3 && text[0] == ' ' && memchr(text, '-', n);

    return g_ascii_isdigit(text[n]) && !(dash && digits >= WHOLE_NUMBER) ? n : 0;
}

char *phones_first(const char *text)
{
    g_autoptr(GString) number = g_string_new(NULL);
    const char *p = text;

    while (*p && !g_ascii_isdigit(*p))
        p++;
    if (*p && p > text && p[-1] == '+')
        g_string_append_c(number, '+');
    for (size_t digits = 0; *p;) {
        for (; g_ascii_isdigit(*p); p++, digits++)
            g_string_append_c(number, *p);
        size_t gap = gap_of(p, digits);
        if (!gap)
            break;
        p += gap;
        if (number->str[0] == '+' && p[-1] == '(' && p[0] == '0' && p[1] == ')')
            p++; /* +84 (0) 24 ...: that nought is not dialled from abroad */
    }
    bool good = number->len > 0 && number->len <= LONGEST_NUMBER + (number->str[0] == '+');
    return good ? g_string_free(g_steal_pointer(&number), FALSE) : NULL;
}

static bool is_found(const struct book *b, const char *account)
{
    for (guint i = 0; i < b->found->len; i++)
        if (strcmp(((struct phone *)b->found->pdata[i])->account, account) == 0)
            return true;
    return false;
}

static void add(struct book *b, const char *account, const char *name, const char *number,
                bool reported)
{
    if (!*account || strcmp(account, b->me) == 0 || !phones_is_number(number) ||
        is_found(b, account))
        return;
    struct phone *p = g_new0(struct phone, 1);
    *p = (struct phone){ g_strdup(account), g_strdup(name), g_strdup(number), reported };
    g_ptr_array_add(b->found, p);
}

static void add_contact(struct book *b, GVariant *contact)
{
    add(b, doc_text(contact, "account"), doc_text(contact, "name"), doc_text(contact, "phone"),
        false);
}

static void add_account(struct book *b, const char *account)
{
    for (guint i = 0; i < b->contacts->len; i++)
        if (strcmp(doc_text(b->contacts->pdata[i], "account"), account) == 0)
            add_contact(b, b->contacts->pdata[i]);
}

static void add_ladder(struct book *b, GVariant *page)
{
    g_autoptr(GVariant) devices =
        page ? g_variant_lookup_value(page, "devices", G_VARIANT_TYPE("aa{sv}")) : NULL;
    gsize n = devices ? g_variant_n_children(devices) : 0;
    uint32_t last = 0;

    for (gsize i = 0; i < n; i++) {
        g_autoptr(GVariant) d = g_variant_get_child_value(devices, i);
        last = MAX(last, MIN(doc_number(d, "tier"), 255));
    }
    for (uint32_t tier = 0; tier <= last && n; tier++)
        for (gsize i = 0; i < n; i++) {
            g_autoptr(GVariant) d = g_variant_get_child_value(devices, i);
            if (doc_number(d, "tier") == tier)
                add_account(b, doc_text(d, "account"));
        }
}

static void add_policy(struct book *b, GVariant *policy)
{
    g_autoptr(GVariant) tiers = g_variant_lookup_value(policy, "tiers", G_VARIANT_TYPE("aa{sv}"));

    for (gsize t = 0; tiers && t < g_variant_n_children(tiers); t++) {
        g_autoptr(GVariant) tier = g_variant_get_child_value(tiers, t);
        g_autofree const char **accounts = NULL;
        (void)g_variant_lookup(tier, "accounts", "^a&s", &accounts);
        for (const char **a = accounts; a && *a; a++)
            add_account(b, *a);
    }
}

static void add_team(struct book *b)
{
    guint before = b->found->len;

    for (guint i = 0; i < b->contacts->len && b->found->len - before < TEAM_NUMBERS; i++) {
        const char *role = doc_text(b->contacts->pdata[i], "role");
        if (strcmp(role, "responder") == 0 || strcmp(role, "coordinator") == 0)
            add_contact(b, b->contacts->pdata[i]);
    }
}

GPtrArray *phones_for(GVariant *page, GVariant *policies, GPtrArray *contacts, const char *me)
{
    struct book b = { contacts, g_ptr_array_new_with_free_func(phone_free), me };

    if (page)
        add(&b, doc_text(page, "sender"), doc_text(page, "sender_name"),
            doc_text(page, "sender_phone"), true);
    guint before = b.found->len;
    add_ladder(&b, page);
    bool called = b.found->len > before;
    for (gsize i = 0; policies && !called && i < g_variant_n_children(policies); i++) {
        g_autoptr(GVariant) policy = g_variant_get_child_value(policies, i);
        add_policy(&b, policy);
    }
    if (b.found->len == before)
        add_team(&b);
    return b.found;
}
