/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* explain.c - the kernel objects behind a link */
#include <linux/if_link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vwire/wire.h>

#include "object/flow.h"
#include "object/lower.h"
#include "object/rows.h"

struct vw_explain {
	struct vwo_rows rows;
};

struct teller {
	struct vwo_ctx	  *c;
	struct vw_explain *e;
};

static int tell(void *arg, const char *subject, const char *object)
{
	struct teller *t = arg;
	struct vw_explain_item *i = vwo_row_add(&t->e->rows);

	if (i != NULL) {
		i->subject = vwu_pool_str(&t->e->rows.pool, subject);
		i->object = vwu_pool_str(&t->e->rows.pool, object);
	}
	return t->e->rows.pool.failed ? vwc_nomem(t->c->h) : VW_OK;
}

static int tellf(struct teller *t, const char *subject, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static int tellf(struct teller *t, const char *subject, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return tell(t, subject, text);
}

static int tell_device(struct teller *t, const struct vwo_link *l)
{
	const char *kind = l->dev.kind_name[0] ? l->dev.kind_name : vwk_kind_name(l->dev.kind);
	char mac[VW_MAC_STRLEN] = "";
	bool zoned = l->def && l->def->zone;
	int rc;

	vw_mac_format(l->dev.mac, mac);
	rc = tellf(t, "link", "%s %s (index %d, %s, mtu %u)%s%s", kind[0] ? kind : "device",
		   l->dev.name, l->dev.ifindex, mac, l->dev.mtu,
		   zoned ? " in zone " : "", zoned ? l->def->zone : "");
	if (rc == VW_OK && l->has_port)
		rc = tellf(t, "port", "%s %s (index %d), its other end, in the host%s%s",
			   vwk_kind_name(l->port.kind), l->port.name, l->port.ifindex,
			   l->port.master ? ", port of bridge " : "",
			   l->port.master && l->has_lower ? l->lower.name : "");
	if (rc == VW_OK && l->has_lower)
		rc = tellf(t, "over", "%s %s (index %d)",
			   l->lower.kind_name[0] ? l->lower.kind_name : "device", l->lower.name,
			   l->lower.ifindex);
	return rc;
}

static int tell_props(struct teller *t, struct vwo_link *l)
{
	char value[VWP_VALUE_MAX], subject[80];
	struct vwp_link p;
	int rc = VW_OK;

	vwo_prop_link(t->c, l, &p);
	rc = vwp_steer_explain(t->c->h, &p, tell, t);
	for (size_t i = 0; rc == VW_OK && l->def && i < l->def->nprops; i++) {
		const struct vwp_desc *d = vwp_find(l->def->props[i].name);

		if (d == NULL || (d->flags & VWP_POLICY))
			continue;	/* the engine tells of those */
		if (vwp_read(t->c->h, d, &p, value, sizeof(value)) < 0)
			vwc_forget(t->c->h);
		snprintf(subject, sizeof(subject), "%s", d->name);
		rc = tellf(t, subject, "%s on %s", value, l->dev.name);
	}
	return rc;
}

static int tell_policy(struct teller *t, const char *link)
{
	struct vwo_target target;
	struct vwpl *p = NULL;
	int rc = vwo_flow_target(t->c, link, &target);

	if (rc == VW_ERR_NOTSUP) {	/* in a zone: nothing of it is the host's */
		vwc_forget(t->c->h);
		rc = VW_OK;
	} else if (rc == VW_OK && target.present) {
		rc = vwo_engine(t->c, false, &p);
	}
	if (rc == VW_OK && p != NULL)
		rc = vwpl_explain(p, &target.k.l, target.k.flows, target.k.nflows, tell, t);
	vwo_flow_target_clear(&target);
	return rc;
}

int vw_explain_link(struct vw_handle *h, const char *link, struct vw_explain **ep)
{
	struct teller t = { 0 };
	struct vwo_link l;
	struct vwo_ctx c;
	int rc = vwc_enter(h);

	if (rc == VW_OK && h->nl == NULL)
		rc = vwc_why(h, VW_ERR_NOTSUP, "an offline handle has no kernel to look at");
	if (rc == VW_OK)
		rc = vwo_read(h, &c);
	if (rc < 0)
		return rc;
	t.c = &c;
	t.e = calloc(1, sizeof(*t.e));
	rc = t.e ? vwo_find(&c, link ? link : "", &l) : vwc_nomem(h);
	if (rc == VW_OK) {
		t.e->rows.size = sizeof(struct vw_explain_item);
		rc = l.present ? tell_device(&t, &l)
			       : tell(&t, "link", "not in the kernel; 'vwire restore' makes it");
		if (rc == VW_OK && l.present)
			rc = tell_props(&t, &l);
		vwo_link_clear(&l);
		if (rc == VW_OK)
			rc = tell_policy(&t, link);
	}
	if (rc < 0)
		vwc_what(h, rc, "cannot explain link '%s'", link ? link : "");
	vwo_close(&c);
	if (rc < 0)
		vw_explain_free(t.e);
	else
		*ep = t.e;
	return rc;
}

const struct vw_explain_item *vw_explain_next(struct vw_explain *e)
{
	return vwo_row_next(&e->rows);
}

void vw_explain_free(struct vw_explain *e)
{
	if (e != NULL)
		vwo_rows_free(&e->rows);	/* the rows are its first and only member */
}
