/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* policy.c - properties that the policy engine decides together: limits, priority, datapath */
#include <string.h>

#include "prop/rows.h"

/* -- as typed ------------------------------------------------------------------------------------ */

static int parse_rate(struct vw_handle *h, const char *name, const char *text, char *out,
		      size_t len)
{
	uint64_t bits;
	int rc = vwp_bandwidth_parse(h, name, text, &bits);

	return rc < 0 ? rc : vwp_bandwidth_print(h, bits, out, len);
}

int vwp_maxbw_parse(struct vw_handle *h, const char *text, char *out, size_t len)
{
	return parse_rate(h, "maxbw", text, out, len);
}

/* One direction alone is not blocked: ARP would still be heard or sent, and nothing would work. */
static int parse_direction(struct vw_handle *h, const char *name, const char *text, char *out,
			   size_t len)
{
	int rc = parse_rate(h, name, text, out, len);

	if (rc < 0 || strcmp(out, "0") != 0)
		return rc;
	(void)vwc_why(h, VW_ERR_BADVAL, "%s: must be from 64K to 100G, is '%.40s'", name, text);
	return vwc_hint(h, VW_ERR_BADVAL, "maxbw=0 drops everything");
}

int vwp_maxbw_rx_parse(struct vw_handle *h, const char *text, char *out, size_t len)
{
	return parse_direction(h, "maxbw-rx", text, out, len);
}

int vwp_maxbw_tx_parse(struct vw_handle *h, const char *text, char *out, size_t len)
{
	return parse_direction(h, "maxbw-tx", text, out, len);
}

int vwp_minbw_parse(struct vw_handle *h, const char *text, char *out, size_t len)
{
	int rc = parse_rate(h, "minbw", text, out, len);

	if (rc < 0 || strcmp(out, "0") != 0)
		return rc;
	(void)vwc_why(h, VW_ERR_BADVAL, "minbw: must be from 64K to 100G, is '%.40s'", text);
	return vwc_hint(h, VW_ERR_BADVAL, "reset it to guarantee nothing");
}

/* -- as the kernel holds it ------------------------------------------------------------------------ */

const struct vwpl_state *vwp_held(const struct vwp_link *l)
{
	return l->policy != NULL && l->policy->hooked ? l->policy : NULL;
}

int vwp_maxbw_read(struct vw_handle *h, const struct vwp_link *l, char *out, size_t len)
{
	const struct vwpl_state *s = vwp_held(l);

	if (s != NULL && (s->point.flags & VWB_BLOCK))
		return vwp_bandwidth_print(h, 0, out, len);
	return vwp_bandwidth_print(h, s ? s->limits.both : VWPL_NONE, out, len);
}

/* A link that is blocked has no classes: what was asked for is kept, as anything is a limit. */
static int read_below_block(struct vw_handle *h, const struct vwp_link *l, const char *name,
			    uint64_t bits, char *out, size_t len)
{
	const char *asked = l->def ? vws_link_prop(l->def, name) : NULL;

	if (l->policy->point.flags & VWB_BLOCK)
		return vwp_put(h, out, len, "%s", asked ? asked : "");
	return vwp_bandwidth_print(h, bits, out, len);
}

int vwp_maxbw_rx_read(struct vw_handle *h, const struct vwp_link *l, char *out, size_t len)
{
	const struct vwpl_state *s = vwp_held(l);

	return s ? read_below_block(h, l, "maxbw-rx", s->limits.rx, out, len)
		 : vwp_put(h, out, len, "%s", "");
}

int vwp_maxbw_tx_read(struct vw_handle *h, const struct vwp_link *l, char *out, size_t len)
{
	const struct vwpl_state *s = vwp_held(l);

	return s ? read_below_block(h, l, "maxbw-tx", s->limits.tx, out, len)
		 : vwp_put(h, out, len, "%s", "");
}

int vwp_minbw_read(struct vw_handle *h, const struct vwp_link *l, char *out, size_t len)
{
	const struct vwpl_state *s = vwp_held(l);

	return s ? read_below_block(h, l, "minbw", s->limits.min ? s->limits.min : VWPL_NONE, out,
				    len)
		 : vwp_put(h, out, len, "%s", "");
}

static const char *const priorities[] = {
	[VWPL_LOW] = "low", [VWPL_MEDIUM] = "medium", [VWPL_HIGH] = "high",
};

const char *vwp_priority_text(enum vwpl_priority p, const char *unset)
{
	return p > VWPL_PRIORITY_UNSET && p <= VWPL_HIGH ? priorities[p] : unset;
}

enum vwpl_priority vwp_priority_of(const char *text)
{
	for (unsigned p = VWPL_LOW; p <= VWPL_HIGH; p++)
		if (strcmp(priorities[p], text) == 0)
			return p;
	return VWPL_PRIORITY_UNSET;
}

int vwp_priority_read(struct vw_handle *h, const struct vwp_link *l, char *out, size_t len)
{
	const struct vwpl_state *s = vwp_held(l);
	const char *asked = l->def ? vws_link_prop(l->def, "priority") : NULL;

	if (s != NULL && (s->point.flags & VWB_BLOCK))
		return vwp_put(h, out, len, "%s", asked ? asked : "high");
	return vwp_put(h, out, len, "%s",
		       vwp_priority_text(s ? s->limits.priority : VWPL_PRIORITY_UNSET, "high"));
}

/* Guarded: held at its port end, in the host, out of its owner's reach. */
int vwp_datapath_read(struct vw_handle *h, const struct vwp_link *l, char *out, size_t len)
{
	const struct vwpl_state *s = vwp_held(l);
	bool guarded = l->port != NULL && s != NULL && (s->point.flags & VWB_STRICT);

	return vwp_put(h, out, len, "%s", guarded ? "guarded" : "direct");
}

/* Whoever is in a zone is not trusted unless somebody says so. */
int vwp_datapath_default(struct vw_handle *h, const struct vwp_link *l, char *out, size_t len)
{
	return vwp_put(h, out, len, "%s", l->def && l->def->zone ? "guarded" : "direct");
}

/* -- together --------------------------------------------------------------------------------------- */

/* Property @name of @v, if it is there. */
static int rate(struct vw_handle *h, const struct vws_prop *v, size_t n, const char *name,
		uint64_t *bits)
{
	*bits = VWPL_NONE;
	for (size_t i = 0; i < n; i++)
		if (strcmp(v[i].name, name) == 0)
			return vwp_bandwidth_parse(h, name, v[i].value, bits);
	return VW_OK;
}

/* @low is above @high, which is the most there can be. */
static int above(struct vw_handle *h, const char *low_name, uint64_t low, const char *high_name,
		 uint64_t high)
{
	char is[40], most[40];

	if (low == VWPL_NONE || high == VWPL_NONE || low <= high)
		return VW_OK;
	if (vwp_bandwidth_print(h, low, is, sizeof(is)) < 0 ||
	    vwp_bandwidth_print(h, high, most, sizeof(most)) < 0)
		return VW_ERR_BADVAL;
	return vwc_why(h, VW_ERR_BADVAL, "%s=%s is above %s=%s", low_name, is, high_name, most);
}

static int check_limits(struct vw_handle *h, const struct vwpl_limits *l)
{
	int rc;

	if (l->both == 0)	/* nothing passes: whatever else is asked for holds */
		return VW_OK;
	rc = above(h, "maxbw-rx", l->rx, "maxbw", l->both);
	if (rc == VW_OK)
		rc = above(h, "maxbw-tx", l->tx, "maxbw", l->both);
	if (rc == VW_OK)
		rc = above(h, "minbw", l->min, "maxbw", l->both);
	if (rc == VW_OK && l->rx != VWPL_NONE && l->tx != VWPL_NONE)
		rc = above(h, "minbw", l->min, "maxbw-rx with maxbw-tx", l->rx + l->tx);
	return rc;
}

int vwp_limits_compile(struct vw_handle *h, const struct vws_prop *v, size_t n,
		       struct vwpl_limits *out)
{
	int rc = rate(h, v, n, "maxbw", &out->both);

	if (rc == VW_OK)
		rc = rate(h, v, n, "maxbw-rx", &out->rx);
	if (rc == VW_OK)
		rc = rate(h, v, n, "maxbw-tx", &out->tx);
	if (rc == VW_OK)
		rc = rate(h, v, n, "minbw", &out->min);
	out->priority = VWPL_PRIORITY_UNSET;
	for (size_t i = 0; i < n; i++)
		if (strcmp(v[i].name, "priority") == 0)
			out->priority = vwp_priority_of(v[i].value);
	return rc == VW_OK ? check_limits(h, out) : rc;
}

int vwp_policy_compile(struct vw_handle *h, const struct vws_link *def, struct vwp_policy *out)
{
	int rc;

	memset(out, 0, sizeof(*out));
	rc = vwp_limits_compile(h, def->props, def->nprops, &out->limits);
	if (rc == VW_OK)
		rc = vwp_protect_compile(h, def, out);
	if (rc < 0)
		vwp_policy_clear(out);
	return rc;
}

void vwp_policy_clear(struct vwp_policy *p)
{
	free(p->allowed);
	free(p->cids);
	free(p->more_macs);
	memset(p, 0, sizeof(*p));
}
