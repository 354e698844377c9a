/* SPDX-License-Identifier: GPL-3.0-or-later */
/* later.c - calls of core.h that are not served yet. */
#include "client/core/parts.h"
#include <string.h>
void prekeys_up(struct tbc *c, uint32_t left)
{
    (void)c;
    (void)left;
}
void prekeys_low(struct tbc *c, uint32_t left)
{
    (void)c;
    (void)left;
}
void sessions_want(struct tbc *c)
{
    (void)c;
}
void sessions_tick(struct tbc *c)
{
    (void)c;
}
int64_t prekeys_due_ms(const struct tbc *c)
{
    (void)c;
    return INT64_MAX;
}
void outbox_pump(struct tbc *c)
{
    (void)c;
}
void outbox_up(struct tbc *c)
{
    (void)c;
}
int64_t outbox_due_ms(const struct tbc *c)
{
    (void)c;
    return INT64_MAX;
}
void inbox_push(struct tbc *c, struct tb_view body)
{
    (void)c;
    (void)body;
}
void inbox_resume(struct tbc *c)
{
    (void)c;
}
void inbox_clear(struct tbc *c)
{
    (void)c;
}
int64_t inbox_due_ms(const struct tbc *c)
{
    (void)c;
    return INT64_MAX;
}
void inbox_tick(struct tbc *c)
{
    (void)c;
}
void alarm_run(struct tbc *c)
{
    (void)c;
}
void alarm_all(struct tbc *c)
{
    (void)c;
}
void alarm_tick(struct tbc *c)
{
    (void)c;
}
int64_t alarm_due_ms(const struct tbc *c)
{
    (void)c;
    return INT64_MAX;
}
void alarm_forget(struct tbc *c)
{
    (void)c;
}
void publish_tell(struct tbc *c)
{
    (void)c;
}
void publish_free(struct tbc *c)
{
    (void)c;
}
tb_result province_secret(struct tbc *c, uint32_t e, struct tb_key *ret)
{
    (void)c;
    (void)e;
    (void)ret;
    return TB_E_NOTFOUND;
}
uint32_t province_epoch(struct tbc *c)
{
    (void)c;
    return 0;
}
struct tb_trust trust_of(struct tbc *c, const struct tb_hash *cred, enum tb_step step)
{
    const struct tb_trust_query q = { c->roster, cred, step, now_wall_ms(), false };
    return tb_trust_check(&q);
}
tb_result tbc_report(struct tbc *c, const struct tbc_report *r, struct tb_id *ret_page,
                     struct tbc_why *why)
{
    (void)c;
    (void)r;
    (void)ret_page;
    (void)why;
    return TB_E_RESERVED;
}
tb_result tbc_test_page(struct tbc *c, struct tb_id *ret_page, struct tbc_why *why)
{
    (void)c;
    (void)ret_page;
    (void)why;
    return TB_E_RESERVED;
}
tb_result tbc_answer(struct tbc *c, const struct tbc_answer *a, struct tbc_why *why)
{
    (void)c;
    (void)a;
    (void)why;
    return TB_E_RESERVED;
}
tb_result tbc_seen(struct tbc *c, const struct tb_id *page)
{
    (void)c;
    (void)page;
    return TB_E_RESERVED;
}
tb_result tbc_find(struct tbc *c, const char *printed, struct tb_id *ret)
{
    (void)c;
    (void)printed;
    (void)ret;
    return TB_E_RESERVED;
}
tb_result tbc_pages(struct tbc *c, uint64_t since, bool open, struct tbc_page *ret, size_t max,
                    size_t *ret_n, uint64_t *ret_change)
{
    (void)c;
    (void)since;
    (void)open;
    (void)ret;
    (void)max;
    (void)ret_n;
    (void)ret_change;
    return TB_E_RESERVED;
}
tb_result tbc_page_get(struct tbc *c, const struct tb_id *id, struct tbc_page_full *ret)
{
    (void)c;
    (void)id;
    (void)ret;
    return TB_E_RESERVED;
}
void tbc_page_full_done(struct tbc_page_full *p)
{
    (void)p;
}
tb_result tbc_contacts(struct tbc *c, struct tbc_contact *ret, size_t max, size_t *ret_n)
{
    (void)c;
    (void)ret;
    (void)max;
    (void)ret_n;
    return TB_E_RESERVED;
}
tb_result tbc_fingerprint(struct tbc *c, const char *account, char ret[static 72])
{
    (void)c;
    (void)account;
    (void)ret;
    return TB_E_RESERVED;
}
tb_result tbc_verify(struct tbc *c, const char *account, unsigned group, const char *typed)
{
    (void)c;
    (void)account;
    (void)group;
    (void)typed;
    return TB_E_RESERVED;
}
tb_result tbc_roster_export(struct tbc *c, struct tb_buf *ret)
{
    (void)c;
    (void)ret;
    return TB_E_RESERVED;
}
tb_result tbc_roster_publish(struct tbc *c, struct tb_view parcel, tbc_done_fn *done, void *user)
{
    (void)c;
    (void)parcel;
    (void)done;
    (void)user;
    return TB_E_RESERVED;
}
tb_result tbc_enrol_requests(struct tbc *c, tbc_done_fn *done, void *user)
{
    (void)c;
    (void)done;
    (void)user;
    return TB_E_RESERVED;
}
tb_result tbc_policy_make(struct tbc *c, const struct tb_policy *p, const uint32_t *classes,
                          size_t n_classes, struct tb_buf *ret_parcel, struct tbc_why *why)
{
    (void)c;
    (void)p;
    (void)classes;
    (void)n_classes;
    (void)ret_parcel;
    (void)why;
    return TB_E_RESERVED;
}
tb_result tbc_roster_cosign(struct tbc *c, struct tb_view parcel, struct tb_buf *ret_parcel,
                            struct tbc_why *why)
{
    (void)c;
    (void)parcel;
    (void)ret_parcel;
    (void)why;
    return TB_E_RESERVED;
}
tb_result tbc_suspend(struct tbc *c, const char *account, enum tb_removal_reason reason,
                      tbc_done_fn *done, void *user)
{
    (void)c;
    (void)account;
    (void)reason;
    (void)done;
    (void)user;
    return TB_E_RESERVED;
}
