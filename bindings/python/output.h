/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* output.h - rows of the library to Python; included once, by the code SWIG makes */
#ifndef VWIRE_PYTHON_OUTPUT_H
#define VWIRE_PYTHON_OUTPUT_H

#include <stdbool.h>
#include <string.h>

#define PY_COUNT(array) ((Py_ssize_t)(sizeof(array) / sizeof((array)[0])))

/*
 * What comes out. Names that others gave to links may be any bytes: surrogateescape keeps them.
 * The functions named out_...() give a new reference; those taking const void * serve the O& of
 * Py_BuildValue().
 */
static PyObject *out_text(const void *text)
{
	if (text == NULL)
		return Py_NewRef(Py_None);
	return PyUnicode_DecodeUTF8(text, (Py_ssize_t)strlen(text), "surrogateescape");
}

/* "" means not set here. */
static PyObject *out_given(const void *text)
{
	return out_text(text != NULL && *(const char *)text != '\0' ? text : NULL);
}

static PyObject *out_mac(const void *mac)
{
	char buf[VW_MAC_STRLEN];

	return mac == NULL ? Py_NewRef(Py_None) : PyUnicode_FromString(vw_mac_format(mac, buf));
}

/* IEEE 802.1D bridge identifier: "8000.2:8:20:36:ed:5". */
static PyObject *out_bridge_id(const void *id)
{
	const uint8_t *p = id;
	char buf[VW_MAC_STRLEN];

	return PyUnicode_FromFormat("%02x%02x.%s", p[0], p[1], vw_mac_format(p + 2, buf));
}

/* 0 stands for "not known". */
static PyObject *out_known(const void *number)
{
	uint32_t v = *(const uint32_t *)number;

	return v == 0 ? Py_NewRef(Py_None) : PyLong_FromUnsignedLong(v);
}

static PyObject *out_bool(bool v)
{
	return PyBool_FromLong(v);
}

/* The word for @value; None when it has none. */
static PyObject *out_word(const char *const *words, Py_ssize_t n, unsigned value)
{
	return out_text((Py_ssize_t)value < n ? words[value] : NULL);
}

static PyObject *out_duplex(unsigned duplex)
{
	static const char *const words[] = { NULL, "half", "full" };

	return out_word(words, PY_COUNT(words), duplex);
}

static PyObject *out_mac_type(unsigned type)
{
	static const char *const words[] = { NULL, "fixed", "random", "factory" };

	return out_word(words, PY_COUNT(words), type);
}

static PyObject *out_stats(const struct vw_link_stats *s)
{
	return Py_BuildValue("(KKKKKKKKK)", (unsigned long long)s->rx_packets,
			     (unsigned long long)s->rx_bytes, (unsigned long long)s->rx_errors,
			     (unsigned long long)s->rx_dropped, (unsigned long long)s->tx_packets,
			     (unsigned long long)s->tx_bytes, (unsigned long long)s->tx_errors,
			     (unsigned long long)s->tx_dropped, (unsigned long long)s->multicast);
}

static PyObject *out_drops(const struct vw_link_drops *d)
{
	return Py_BuildValue("(KKKKKKKKKKK)", (unsigned long long)d->limit,
			     (unsigned long long)d->blocked, (unsigned long long)d->tagged,
			     (unsigned long long)d->mac, (unsigned long long)d->ip,
			     (unsigned long long)d->arp, (unsigned long long)d->nd,
			     (unsigned long long)d->dhcp, (unsigned long long)d->restricted,
			     (unsigned long long)d->control, (unsigned long long)d->other);
}

/* No limit is None; 0 drops everything. */
static PyObject *out_bps(const void *bits)
{
	uint64_t v = *(const uint64_t *)bits;

	return v == UINT64_MAX ? Py_NewRef(Py_None) : PyLong_FromUnsignedLongLong(v);
}

/* In the formats below: N takes a reference over, O& calls a function on a pointer. */
static PyObject *out_link(const struct vw_link_info *l)
{
	return Py_BuildValue(
		"{s:O&,s:s,s:s,s:O&,s:O&,s:O&,s:i,s:O&,s:N,s:O&,s:O&,s:O&,s:N,s:N,s:N,s:N,"
		"s:O&,s:N,s:O&,s:O&,s:N,s:O&,s:O&,s:N}",
		"name", out_text, l->name, "cls", vw_class_name(l->cls),
		"state", vw_state_name(l->state), "mtu", out_known, &l->mtu,
		"over", out_text, l->over, "zone", out_text, l->zone, "vid", (int)l->vid,
		"mac", out_mac, l->has_mac ? l->mac : NULL, "mac_type", out_mac_type(l->mac_type),
		"bridge", out_text, l->bridge, "kernel_name", out_text, l->kernel_name,
		"ifindex", out_known, &l->ifindex,
		"saved", out_bool(l->flags & VW_LINK_SAVED),
		"temporary", out_bool(l->flags & VW_LINK_TEMPORARY),
		"forced", out_bool(l->flags & VW_LINK_FORCED),
		"foreign", out_bool(l->flags & VW_LINK_FOREIGN),
		"speed_mbps", out_known, &l->speed_mbps, "duplex", out_duplex(l->duplex),
		"driver", out_text, l->driver, "media", out_text, l->media,
		"stats", out_stats(&l->stats), "datapath", out_text, l->datapath,
		"maxbw_bps", out_bps, &l->maxbw, "drops", out_drops(&l->drops));
}

static PyObject *out_lacp_state(const struct vw_aggr_port *p)
{
	if (!p->has_lacp)
		return Py_NewRef(Py_None);
	return Py_BuildValue("(NNNNNN)", out_bool(p->aggregatable), out_bool(p->sync),
			     out_bool(p->coll), out_bool(p->dist), out_bool(p->defaulted),
			     out_bool(p->expired));
}

static PyObject *out_aggr_port(const struct vw_aggr_port *p)
{
	return Py_BuildValue("{s:O&,s:O&,s:N,s:s,s:O&,s:N,s:N,s:N}",
			     "name", out_text, p->name, "speed_mbps", out_known, &p->speed_mbps,
			     "duplex", out_duplex(p->duplex), "state", vw_state_name(p->state),
			     "mac", out_mac, p->mac, "attached", out_bool(p->attached),
			     "lacp", out_lacp_state(p), "stats", out_stats(&p->stats));
}

/* A tuple of MAKE(&array[i]). */
#define OUT_ROWS(NAME, TYPE, MAKE)						\
static PyObject *NAME(const struct TYPE *array, size_t n)			\
{										\
	PyObject *rows = PyTuple_New((Py_ssize_t)n);				\
	size_t i;								\
										\
	for (i = 0; rows != NULL && i < n; i++) {				\
		PyObject *row = MAKE(&array[i]);				\
										\
		if (row == NULL)						\
			Py_CLEAR(rows);						\
		else								\
			PyTuple_SET_ITEM(rows, (Py_ssize_t)i, row);		\
	}									\
	return rows;								\
}
OUT_ROWS(out_aggr_ports, vw_aggr_port, out_aggr_port)

static PyObject *out_policy(unsigned policy)
{
	static const char *const words[] = {
		NULL, "L2", "L3", "L2,L3", "L4", "L2,L4", "L3,L4", "L2,L3,L4"
	};

	return out_word(words, PY_COUNT(words), policy);
}

static PyObject *out_aggr(const struct vw_aggr_info *a)
{
	static const char *const lacp[] = { NULL, "off", "active", "passive" };
	static const char *const timer[] = { NULL, "short", "long" };

	return Py_BuildValue("{s:O&,s:N,s:N,s:N,s:O&,s:N,s:N,s:s,s:O&,s:N,s:N}",
			     "name", out_text, a->name, "policy", out_policy(a->policy),
			     "lacp", out_word(lacp, PY_COUNT(lacp), a->lacp),
			     "timer", out_word(timer, PY_COUNT(timer), a->timer),
			     "mac", out_mac, a->mac, "mac_fixed", out_bool(a->mac_fixed),
			     "forced", out_bool(a->forced), "state", vw_state_name(a->state),
			     "speed_mbps", out_known, &a->speed_mbps,
			     "duplex", out_duplex(a->duplex),
			     "ports", out_aggr_ports(a->ports, a->nports));
}

static PyObject *out_bridge_port(const struct vw_bridge_port *p)
{
	static const char *const states[] = {
		"disabled", "listening", "learning", "forwarding", "blocking"
	};

	return Py_BuildValue("{s:O&,s:I,s:N,s:I,s:i,s:O&,s:O&,s:I,s:i,s:N,s:N}",
			     "name", out_text, p->name, "ifindex", p->ifindex,
			     "stp_state", out_word(states, PY_COUNT(states), p->stp_state),
			     "cost", p->cost, "priority", (int)p->priority,
			     "designated_root", out_bridge_id, p->designated_root,
			     "designated_bridge", out_bridge_id, p->designated_bridge,
			     "designated_cost", p->designated_cost,
			     "designated_port", (int)p->designated_port,
			     "topology_change_ack", out_bool(p->topology_change_ack),
			     "stats", out_stats(&p->stats));
}
OUT_ROWS(out_bridge_ports, vw_bridge_port, out_bridge_port)

static PyObject *out_fdb_entry(const struct vw_bridge_fdb *f)
{
	return Py_BuildValue("{s:O&,s:O&,s:N,s:N,s:I}", "mac", out_mac, f->mac,
			     "port", out_text, f->port, "local", out_bool(f->local),
			     "static", out_bool(f->is_static), "age_ms", f->age_ms);
}
OUT_ROWS(out_fdb, vw_bridge_fdb, out_fdb_entry)

static PyObject *out_bridge(const struct vw_bridge_info *b)
{
	return Py_BuildValue("{s:O&,s:N,s:O&,s:i,s:I,s:I,s:I,s:O&,s:I,s:i,s:N,s:N,s:I,s:N,s:N,s:N}",
			     "name", out_text, b->name, "stp", out_bool(b->stp == 1),
			     "mac", out_mac, b->mac, "priority", (int)b->priority,
			     "max_age_s", b->max_age_s, "hello_s", b->hello_s,
			     "forward_delay_s", b->forward_delay_s,
			     "root_id", out_bridge_id, b->root_id, "root_cost", b->root_cost,
			     "root_port", (int)b->root_port,
			     "topology_change", out_bool(b->topology_change),
			     "topology_change_detected", out_bool(b->topology_change_detected),
			     "topology_change_timer_s", b->topology_change_timer_s,
			     "stats", out_stats(&b->stats),
			     "ports", out_bridge_ports(b->ports, b->nports),
			     "fdb", out_fdb(b->fdb, b->nfdb));
}

static PyObject *out_iptun(const struct vw_iptun_info *t)
{
	static const char *const types[] = { NULL, "ipv4", "ipv6", "6to4" };

	return Py_BuildValue("{s:O&,s:N,s:O&,s:O&}", "name", out_text, t->name,
			     "type", out_word(types, PY_COUNT(types), t->type),
			     "local", out_given, t->local, "remote", out_given, t->remote);
}

static PyObject *out_linkprop(const struct vw_linkprop_info *p)
{
	return Py_BuildValue("{s:O&,s:O&,s:O&,s:O&,s:O&,s:O&,s:N}",
			     "link", out_text, p->link, "name", out_text, p->name,
			     "value", out_text, p->value, "default", out_text, p->defval,
			     "possible", out_text, p->possible, "perm", out_text, p->perm,
			     "supported", out_bool(p->supported));
}

static PyObject *out_linkprop_desc(const struct vw_linkprop_desc *d)
{
	return Py_BuildValue("{s:O&,s:O&,s:I,s:O&,s:O&,s:O&}",
			     "name", out_text, d->name, "perm", out_text, d->perm,
			     "classes", d->classes, "default", out_text, d->defval,
			     "possible", out_text, d->possible, "help", out_text, d->help);
}

static PyObject *out_ether(const struct vw_ether_info *e)
{
	return Py_BuildValue("{s:O&,s:O&,s:s,s:N,s:O&,s:O&,s:O&}",
			     "name", out_text, e->name, "ptype", out_text, e->ptype,
			     "state", vw_state_name(e->state),
			     "autoneg", e->autoneg < 0 ? Py_NewRef(Py_None) : out_bool(e->autoneg),
			     "speed_duplex", out_text, e->speed_duplex,
			     "pause", out_text, e->pause, "rem_fault", out_text, e->rem_fault);
}

static PyObject *out_phys_mac(const struct vw_phys_mac *m)
{
	return Py_BuildValue("{s:O&,s:O&,s:O&,s:N,s:O&}", "name", out_text, m->name,
			     "slot", out_text, m->slot, "mac", out_mac, m->mac,
			     "in_use", out_bool(m->in_use), "client", out_text, m->client);
}

static PyObject *out_phys_ring(const struct vw_phys_ring *r)
{
	return Py_BuildValue("{s:O&,s:O&,s:I,s:I,s:O&}", "name", out_text, r->name,
			     "type", out_text, r->type, "first", r->first, "last", r->last,
			     "clients", out_text, r->clients);
}

static PyObject *out_report_item(const struct vw_report_item *i)
{
	static const char *const outcomes[] = {
		"same", "created", "changed", "deleted", "waiting", "failed", "differs"
	};

	return Py_BuildValue("{s:O&,s:O&,s:N,s:O&,s:O&,s:O&}",
			     "path", out_text, i->path, "link", out_text, i->link,
			     "outcome", out_word(outcomes, PY_COUNT(outcomes), i->outcome),
			     "want", out_text, i->want, "found", out_text, i->is,
			     "message", out_text, i->message);
}

static PyObject *out_probe_item(const struct vw_probe_item *i)
{
	return Py_BuildValue("{s:O&,s:N,s:O&,s:O&}", "name", out_text, i->feature,
			     "present", i->present > 1 ? Py_NewRef(Py_None) : out_bool(i->present),
			     "serves", out_text, i->serves, "advice", out_text, i->advice);
}

static PyObject *out_explain_item(const struct vw_explain_item *i)
{
	return Py_BuildValue("{s:O&,s:O&}", "subject", out_text, i->subject,
			     "object", out_text, i->object);
}

static PyObject *out_flow_stats(const struct vw_flow_stats *s)
{
	return Py_BuildValue("(KKKKK)", (unsigned long long)s->in_packets,
			     (unsigned long long)s->in_bytes, (unsigned long long)s->out_packets,
			     (unsigned long long)s->out_bytes, (unsigned long long)s->drops);
}

static PyObject *out_flow_port(const void *port)
{
	uint16_t v = *(const uint16_t *)port;

	return v == 0 ? Py_NewRef(Py_None) : PyLong_FromLong(v);
}

static PyObject *out_flow(const struct vw_flow_info *f)
{
	return Py_BuildValue(
		"{s:O&,s:O&,s:O&,s:O&,s:O&,s:O&,s:O&,s:O&,s:O&,s:N,s:N,s:N,s:N}",
		"name", out_text, f->name, "link", out_text, f->link, "zone", out_text, f->zone,
		"local_ip", out_text, f->local_ip, "remote_ip", out_text, f->remote_ip,
		"transport", out_text, f->transport,
		"local_port", out_flow_port, &f->local_port,
		"remote_port", out_flow_port, &f->remote_port,
		"dsfield", out_text, f->dsfield,
		"saved", out_bool(f->flags & VW_FLOW_SAVED),
		"temporary", out_bool(f->flags & VW_FLOW_TEMPORARY),
		"absent", out_bool(f->flags & VW_FLOW_ABSENT),
		"stats", out_flow_stats(&f->stats));
}

static PyObject *out_flowprop(const struct vw_flowprop_info *p)
{
	return Py_BuildValue("{s:O&,s:O&,s:O&,s:O&,s:O&,s:O&}",
			     "flow", out_text, p->flow, "link", out_text, p->link,
			     "name", out_text, p->name, "value", out_text, p->value,
			     "default", out_text, p->defval, "possible", out_text, p->possible);
}

static PyObject *out_flowprop_desc(const struct vw_flowprop_desc *d)
{
	return Py_BuildValue("{s:O&,s:O&,s:O&,s:O&}", "name", out_text, d->name,
			     "default", out_text, d->defval, "possible", out_text, d->possible,
			     "help", out_text, d->help);
}

static PyObject *out_event(const struct vw_event *e)
{
	static const char *const types[] = { NULL, "added", "changed", "removed", "resync" };
	bool whole = e->name != NULL;

	return Py_BuildValue("{s:N,s:O&,s:z,s:z,s:I,s:O&}",
			     "type", out_word(types, PY_COUNT(types), e->type),
			     "name", out_text, e->name,
			     "cls", whole ? vw_class_name(e->cls) : NULL,
			     "state", whole ? vw_state_name(e->state) : NULL,
			     "ifindex", e->ifindex, "mtu", out_known, &e->mtu);
}
#endif
