/* SPDX-License-Identifier: GPL-3.0-or-later */
/* qr.c - see qr.h. */
#include "client/desktop/qr.h"

#include <qrencode.h>

#include "client/desktop/names.h"

enum { QUIET = 4, MODULE = 5 };

struct _TbdQr {
    GtkWidget parent;
    QRcode *code; /* NULL: none */
};

G_DEFINE_FINAL_TYPE(TbdQr, tbd_qr, GTK_TYPE_WIDGET)

static int modules(const TbdQr *q)
{
    return q->code ? q->code->width + 2 * QUIET : 0;
}

/* Whole pixels for a module, or a camera sees seams. */
static void tbd_qr_snapshot(GtkWidget *widget, GtkSnapshot *snapshot)
{
    TbdQr *q = TBD_QR(widget);
    const GdkRGBA white = { 1, 1, 1, 1 }, black = { 0, 0, 0, 1 };
    int n = modules(q);

    if (n == 0)
        return;
    int size = MIN(gtk_widget_get_width(widget), gtk_widget_get_height(widget)) / n;
    int left = (gtk_widget_get_width(widget) - size * n) / 2;
    int top = (gtk_widget_get_height(widget) - size * n) / 2;
    gtk_snapshot_append_color(
        snapshot, &white,
        &GRAPHENE_RECT_INIT((float)left, (float)top, (float)(size * n), (float)(size * n)));
    for (int y = 0; y < q->code->width; y++)
        for (int x = 0; x < q->code->width; x++)
            if (q->code->data[y * q->code->width + x] & 1)
                gtk_snapshot_append_color(snapshot, &black,
                                          &GRAPHENE_RECT_INIT((float)(left + (x + QUIET) * size),
                                                              (float)(top + (y + QUIET) * size),
                                                              (float)size, (float)size));
}

static void tbd_qr_finalize(GObject *object)
{
    g_clear_pointer(&TBD_QR(object)->code, QRcode_free);
    G_OBJECT_CLASS(tbd_qr_parent_class)->finalize(object);
}

static void tbd_qr_class_init(TbdQrClass *class)
{
    GtkWidgetClass *widget = GTK_WIDGET_CLASS(class);

    G_OBJECT_CLASS(class)->finalize = tbd_qr_finalize;
    widget->snapshot = tbd_qr_snapshot;
    gtk_widget_class_set_accessible_role(widget, GTK_ACCESSIBLE_ROLE_IMG);
}

static void tbd_qr_init(TbdQr *q)
{
    gtk_widget_set_halign(GTK_WIDGET(q), GTK_ALIGN_CENTER);
}

void tbd_qr_set(TbdQr *q, const char *text, const char *alternative)
{
    g_clear_pointer(&q->code, QRcode_free);
    if (*text)
        q->code = QRcode_encodeString(text, 0, QR_ECLEVEL_M, QR_MODE_8, 1);
    tbd_name(q, alternative);
    gtk_widget_set_size_request(GTK_WIDGET(q), modules(q) * MODULE, modules(q) * MODULE);
    gtk_widget_queue_draw(GTK_WIDGET(q));
}
