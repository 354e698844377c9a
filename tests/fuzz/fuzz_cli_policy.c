/* SPDX-License-Identifier: GPL-3.0-or-later */
/* fuzz_cli_policy.c - a policy file of any bytes: a document for the agent, or the reason why not. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "client/cli/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *error = NULL;
    g_autoptr(GVariant) doc = policy_parse((const char *)data, size, &error);

    if (doc)
        g_variant_ref_sink(doc);
    if (!doc == !error)
        abort();
    if (doc && !g_variant_is_of_type(doc, G_VARIANT_TYPE_VARDICT))
        abort();
    if (error && (!g_utf8_validate(error, -1, NULL) || strchr(error, 0x1b)))
        abort(); /* it is printed */
    return 0;
}
