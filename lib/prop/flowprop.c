/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* flowprop.c - the table of properties of flows */
#include <string.h>
#include <strings.h>

#include "prop/rows.h"

#define SHOWN	80

/* -- values --------------------------------------------------------------------------------------- */

static int parse_priority(struct vw_handle *h, const char *text, char *out, size_t len)
{
	if (vwp_priority_of(text) == VWPL_PRIORITY_UNSET)
		return vwc_why(h, VW_ERR_BADVAL, "priority: must be one of low, medium, high, is "
			       "'%.*s'", SHOWN, text);
	return vwp_put(h, out, len, "%s", text);
}

static int parse_action(struct vw_handle *h, const char *text, char *out, size_t len)
{
	if (strcmp(text, "pass") != 0 && strcmp(text, "drop") != 0)
		return vwc_why(h, VW_ERR_BADVAL, "action: must be one of pass, drop, is '%.*s'",
			       SHOWN, text);
	return vwp_put(h, out, len, "%s", text);
}

/* Names of RFC 2474, 2597, 3246, 5865 and 8622. */
static const struct { const char *name; uint8_t value; } codepoints[] = {
	{ "cs0", 0 },	{ "le", 1 },	{ "cs1", 8 },	{ "af11", 10 }, { "af12", 12 },
	{ "af13", 14 }, { "cs2", 16 },	{ "af21", 18 }, { "af22", 20 }, { "af23", 22 },
	{ "cs3", 24 },	{ "af31", 26 }, { "af32", 28 }, { "af33", 30 }, { "cs4", 32 },
	{ "af41", 34 }, { "af42", 36 }, { "af43", 38 }, { "cs5", 40 },	{ "va", 44 },
	{ "ef", 46 },	{ "cs6", 48 },	{ "cs7", 56 },
};

static int parse_dscp(struct vw_handle *h, const char *text, char *out, size_t len)
{
	uint32_t v;

	for (size_t i = 0; i < VWU_ARRAY_SIZE(codepoints); i++)
		if (strcasecmp(codepoints[i].name, text) == 0)
			return vwp_put(h, out, len, "%u", codepoints[i].value);
	if (!vwu_parse_u32(text, 0, 63, &v))
		return vwc_why(h, VW_ERR_BADVAL, "dscp: must be a number from 0 to 63 or a name such "
			       "as ef, af41, cs1, is '%.*s'", SHOWN, text);
	return vwp_put(h, out, len, "%u", v);
}

/* -- as the engine holds them --------------------------------------------------------------------- */

typedef int read_fn(struct vw_handle *h, const struct vws_flow *f,
		    const struct vwpl_flow_state *s, char *out, size_t len);

static bool is_prop(const struct vws_flow *f, const char *name, const char *value)
{
	const char *is = vws_flow_prop(f, name);

	return is != NULL && strcmp(is, value) == 0;
}

/* What is dropped is below any limit, so that holds which was asked for. */
static int read_limit(struct vw_handle *h, const struct vws_flow *f,
		      const struct vwpl_flow_state *s, const char *name, uint64_t bits, char *out,
		      size_t len)
{
	const char *asked = vws_flow_prop(f, name);

	if (s->flow.flags & VWB_FLOW_DROP)
		return vwp_put(h, out, len, "%s", asked ? asked : "");
	return vwp_bandwidth_print(h, bits, out, len);
}

static int read_maxbw(struct vw_handle *h, const struct vws_flow *f,
		      const struct vwpl_flow_state *s, char *out, size_t len)
{
	return read_limit(h, f, s, "maxbw", s->limits.both, out, len);
}

static int read_maxbw_rx(struct vw_handle *h, const struct vws_flow *f,
			 const struct vwpl_flow_state *s, char *out, size_t len)
{
	return read_limit(h, f, s, "maxbw-rx", s->limits.rx, out, len);
}

static int read_maxbw_tx(struct vw_handle *h, const struct vws_flow *f,
			 const struct vwpl_flow_state *s, char *out, size_t len)
{
	return read_limit(h, f, s, "maxbw-tx", s->limits.tx, out, len);
}

static int read_minbw(struct vw_handle *h, const struct vws_flow *f,
		      const struct vwpl_flow_state *s, char *out, size_t len)
{
	return read_limit(h, f, s, "minbw", s->limits.min ? s->limits.min : VWPL_NONE, out, len);
}

static int read_priority(struct vw_handle *h, const struct vws_flow *f,
			 const struct vwpl_flow_state *s, char *out, size_t len)
{
	const char *asked = vws_flow_prop(f, "priority");

	if (s->flow.flags & VWB_FLOW_DROP)
		return vwp_put(h, out, len, "%s", asked ? asked : "medium");
	return vwp_put(h, out, len, "%s", vwp_priority_text(s->limits.priority, "medium"));
}

/* Where the hardware sends a flow is no matter of the engine: vwp_flow_cpus() tells. */
static int read_cpus(struct vw_handle *h, const struct vws_flow *f,
		     const struct vwpl_flow_state *s, char *out, size_t len)
{
	const char *asked = vws_flow_prop(f, "cpus");

	return vwp_put(h, out, len, "%s", asked ? asked : "");
}

/* One flag for both ways of dropping everything. */
static int read_action(struct vw_handle *h, const struct vws_flow *f,
		       const struct vwpl_flow_state *s, char *out, size_t len)
{
	bool drop = (s->flow.flags & VWB_FLOW_DROP) &&
		    (is_prop(f, "action", "drop") || !is_prop(f, "maxbw", "0"));

	return vwp_put(h, out, len, "%s", drop ? "drop" : "pass");
}

static int read_dscp(struct vw_handle *h, const struct vws_flow *f,
		     const struct vwpl_flow_state *s, char *out, size_t len)
{
	if (!(s->flow.flags & VWB_FLOW_DSCP))
		return vwp_put(h, out, len, "%s", "");
	return vwp_put(h, out, len, "%u", s->flow.dscp);
}

/* -- the table -------------------------------------------------------------------------------------- */

struct row {
	struct vw_flowprop_desc	 pub;
	vwp_parse_fn		*parse;
	read_fn			*read;
};
#define ROW(n, p, r, def, values, text) \
	{ .pub = { .size = sizeof(struct vw_flowprop_desc), .name = n, .defval = def, \
		   .possible = values, .help = text }, .parse = p, .read = r }

static const struct row rows[] = {
	ROW("maxbw", vwp_maxbw_parse, read_maxbw, "--", "",
	    "most of both directions together, inside the link's limit; 0 drops all"),
	ROW("maxbw-rx", vwp_maxbw_rx_parse, read_maxbw_rx, "--", "",
	    "most of what the link's owner receives"),
	ROW("maxbw-tx", vwp_maxbw_tx_parse, read_maxbw_tx, "--", "",
	    "most of what the link's owner sends"),
	ROW("minbw", vwp_minbw_parse, read_minbw, "--", "",
	    "what the flow gets when there is not enough for all"),
	ROW("priority", parse_priority, read_priority, "medium", "low,medium,high",
	    "who goes first when frames wait"),
	ROW("cpus", vwp_cpus_parse, read_cpus, "--", "",
	    "CPUs the network card hands the flow's packets to, such as 0-3,5"),
	ROW("action", parse_action, read_action, "pass", "pass,drop",
	    "drop: none of the flow's packets pass"),
	ROW("dscp", parse_dscp, read_dscp, "--", "",
	    "code point written into what passes: 0 to 63, or ef, af41, cs1 ..."),
};

const struct vw_flowprop_desc *vwp_flowprop(size_t i)
{
	return i < VWU_ARRAY_SIZE(rows) ? &rows[i].pub : NULL;
}

const struct vw_flowprop_desc *vw_flowprop_desc_get(size_t i)
{
	return vwp_flowprop(i);
}

static int need(struct vw_handle *h, const char *name, const struct row **out)
{
	const char *names[VWU_ARRAY_SIZE(rows)], *near;
	struct vwu_str list = { 0 };

	for (size_t i = 0; i < VWU_ARRAY_SIZE(rows); i++)
		if (strcasecmp(rows[i].pub.name, name) == 0) {
			*out = &rows[i];
			return VW_OK;
		}
	for (size_t i = 0; i < VWU_ARRAY_SIZE(rows); i++) {
		names[i] = rows[i].pub.name;
		vwu_str_addf(&list, "%s %s", i ? "," : "", names[i]);
	}
	near = vwu_nearest(name, names, VWU_ARRAY_SIZE(rows));
	(void)vwc_why(h, VW_ERR_NOTFOUND, "no property '%.*s' on a flow", SHOWN, name);
	if (!list.failed)
		(void)vwc_hint(h, VW_ERR_NOTFOUND, "%s%s%sa flow can be given%s",
			       near ? "did you mean '" : "", near ? near : "", near ? "'? " : "",
			       list.s);
	vwu_str_free(&list);
	return VW_ERR_NOTFOUND;
}

int vwp_flowprop_need(struct vw_handle *h, const char *name, const struct vw_flowprop_desc **out)
{
	const struct row *r;
	int rc = need(h, name, &r);

	if (rc == VW_OK)
		*out = &r->pub;
	return rc;
}

int vwp_flowprop_read(struct vw_handle *h, const struct vw_flowprop_desc *d,
		      const struct vws_flow *f, const struct vwpl_flow_state *state, char *out,
		      size_t len)
{
	const struct row *r;
	int rc = need(h, d->name, &r);

	return rc < 0 ? rc : r->read(h, f, state, out, len);
}

/* -- changing a definition ------------------------------------------------------------------------------ */

static int check(struct vw_handle *h, const struct vws_flow *f)
{
	struct vwpl_limits limits;

	return vwp_limits_compile(h, f->props, f->nprops, &limits);
}

static int set(struct vw_handle *h, struct vws_flow *f, const char *name, const char *value)
{
	char canonical[VWP_VALUE_MAX];
	const struct row *r;
	int rc = need(h, name, &r);

	if (rc < 0 || value == NULL)
		return rc < 0 ? rc : vws_flow_set_prop(h, f, r->pub.name, NULL);
	if (value[0] == '\0') {
		(void)vwc_why(h, VW_ERR_BADVAL, "%s: no value is given", r->pub.name);
		return vwc_hint(h, VW_ERR_BADVAL, "'flowadm reset-flowprop -p %s %s' gives the "
				"default", r->pub.name, f->name);
	}
	rc = r->parse(h, value, canonical, sizeof(canonical));
	return rc < 0 ? rc : vws_flow_set_prop(h, f, r->pub.name, canonical);
}

int vwp_flow_prop(struct vw_handle *h, struct vws_flow *f, const char *name, const char *value)
{
	int rc = set(h, f, name, value);

	return rc < 0 ? rc : check(h, f);
}

int vwp_flow_props(struct vw_handle *h, struct vws_flow *f, const char *const *props)
{
	char name[64];
	const char *value;
	int rc = VW_OK;

	for (; rc == VW_OK && props != NULL && *props != NULL; props++) {
		rc = vwp_split(h, *props, name, &value);
		if (rc == VW_OK)
			rc = set(h, f, name, value);
	}
	return rc == VW_OK ? check(h, f) : rc;
}

int vwp_flow_compile(struct vw_handle *h, const struct vws_flow *f, struct vwpl_flow *out)
{
	const char *dscp = vws_flow_prop(f, "dscp");
	uint32_t v;
	int rc;

	memset(out, 0, sizeof(*out));
	out->name = f->name;
	rc = vwp_match_compile(h, f, &out->match);
	if (rc == VW_OK)
		rc = vwp_limits_compile(h, f->props, f->nprops, &out->limits);
	out->drop = is_prop(f, "action", "drop");
	out->dscp = -1;
	if (rc == VW_OK && dscp != NULL) {
		if (!vwu_parse_u32(dscp, 0, 63, &v))
			return vwc_why(h, VW_ERR_BADVAL, "dscp: must be a number from 0 to 63, is "
				       "'%.*s'", SHOWN, dscp);
		out->dscp = (int)v;
	}
	return rc;
}
