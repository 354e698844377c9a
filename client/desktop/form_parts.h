/* SPDX-License-Identifier: GPL-3.0-or-later */
/* form_parts.h - what the two halves of the form share; nobody else includes it. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "client/desktop/attach.h"
#include "client/desktop/draft.h"
#include "client/desktop/form.h"
#include "client/desktop/kind.h"

/* In the order of the page: the first wrong one gets the cursor. */
enum field {
    FIELD_KIND,
    FIELD_TITLE,
    FIELD_CLASS,
    FIELD_POLICY,
    FIELD_TEXT,
    FIELD_SYSTEM_NAME,
    FIELD_SYSTEM_ADDRESS,
    FIELD_DATE,
    FIELD_HOUR,
    FIELD_GATE,
    FIELDS
};

enum { CLASSES = 3 };

struct _TbdForm {
    AdwBin parent;
    TbdKind *kind;
    GtkWidget *title, *classes, *policies, *policy_group, *text, *system_name, *system_address,
        *system_level, *date, *hour, *gate, *drill, *buttons, *send, *clear;
    GtkLabel *kind_error, *title_error, *class_error, *policy_error, *text_error,
        *system_name_error, *system_address_error, *date_error, *hour_error, *gate_error, *saved;
    TbdAttach *attach;
    GtkCheckButton *class[CLASSES]; /* 1.. */
    TbdDraft *draft;
    GVariant *all_policies;
    char *policy; /* chosen or only */
    bool filling; /* by the program, not by a person */
    bool moment_touched;
    bool sending;
};

/* --- form.c */
uint32_t form_class(TbdForm *f);               /* 0: none chosen */
char *form_text(TbdForm *f, enum field field); /* tidied; gives */
/* The widget and the label of its error. */
GtkWidget *form_widget(TbdForm *f, enum field field, GtkLabel **ret_label);
GVariant *form_document(TbdForm *f); /* floating; without the confirmation */
void form_reset(TbdForm *f);

/* --- form_send.c */
void form_judge(TbdForm *f, enum field field); /* shows what is wrong with one, or nothing */
void form_send(TbdForm *f);
