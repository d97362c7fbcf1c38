/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* stat.h - counters to Python; included once, by the code SWIG makes, after output.h */
#ifndef VWIRE_PYTHON_STAT_H
#define VWIRE_PYTHON_STAT_H

#include "output.h"

#define ITEM(i) PyTuple_GET_ITEM(o, i)
static bool in_stat_filter(PyObject *o, PyObject *pins, struct vw_stat_filter *f)
{
	*f = (struct vw_stat_filter){ .size = sizeof(*f) };
	return in_tuple(o, 4) && in_text(ITEM(0), pins, &f->link) &&
	       in_text(ITEM(1), pins, &f->zone) && in_text(ITEM(2), pins, &f->flow) &&
	       in_number(ITEM(3), VW_CLASS_ANY, &f->classes);
}
#undef ITEM

/* Two numbers that together say which counters these are. */
static PyObject *out_counter(const struct vw_stat_link *l)
{
	return Py_BuildValue("(KI)", (unsigned long long)l->counter_netns, l->counter_ifindex);
}

static PyObject *out_stat_link(const struct vw_stat_link *l)
{
	bool known = l->flags & VW_STAT_KNOWN, drops = l->flags & VW_STAT_HAS_DROPS;

	return Py_BuildValue(
		"{s:O&,s:O&,s:O&,s:O&,s:s,s:s,s:N,s:N,s:N,s:N,s:N,s:N,s:N,s:O&,s:O&,s:N,s:N,s:N}",
		"name", out_text, l->name, "zone", out_text, l->zone, "over", out_text, l->over,
		"bridge", out_text, l->bridge, "cls", vw_class_name(l->cls),
		"state", vw_state_name(l->state), "edge", out_bool(l->flags & VW_STAT_EDGE),
		"new", out_bool(l->flags & VW_STAT_NEW), "gone", out_bool(l->flags & VW_STAT_GONE),
		"reset", out_bool(l->flags & VW_STAT_RESET),
		"ours", out_bool(l->flags & VW_STAT_OURS),
		"ifindex", l->ifindex ? PyLong_FromUnsignedLong(l->ifindex) : Py_NewRef(Py_None),
		"counter", out_counter(l), "speed_mbps", out_known, &l->speed_mbps,
		"maxbw_bps", out_bps, &l->maxbw,
		"stats", known || (l->flags & VW_STAT_GONE) ? out_stats(&l->stats)
							    : Py_NewRef(Py_None),
		"base", out_stats(&l->base),
		"drops", drops ? out_drops(&l->drops) : Py_NewRef(Py_None));
}

static PyObject *out_stat_flow(const struct vw_stat_flow *f)
{
	return Py_BuildValue("{s:O&,s:O&,s:O&,s:N,s:N,s:O&,s:N}",
			     "name", out_text, f->name, "link", out_text, f->link,
			     "zone", out_text, f->zone, "new", out_bool(f->flags & VW_STAT_NEW),
			     "reset", out_bool(f->flags & VW_STAT_RESET),
			     "maxbw_bps", out_bps, &f->maxbw,
			     "stats", f->flags & VW_STAT_KNOWN ? out_flow_stats(&f->stats)
							       : Py_NewRef(Py_None));
}

static PyObject *out_told(uint64_t n)
{
	return n == VW_STAT_UNKNOWN ? Py_NewRef(Py_None) : PyLong_FromUnsignedLongLong(n);
}

static PyObject *out_stat_lane(const struct vw_stat_lane *l)
{
	return Py_BuildValue("{s:O&,s:O&,s:s,s:N,s:I,s:N,s:N,s:N,s:N,s:N,s:N,s:N,s:N,s:N,s:N,s:N}",
			     "link", out_text, l->link, "zone", out_text, l->zone,
			     "type", l->type == VW_LANE_RX ? "rx" : "tx", "hw", out_bool(l->hw),
			     "number", l->index,
			     "cpu", l->cpu >= 0 ? PyLong_FromLong(l->cpu) : Py_NewRef(Py_None),
			     "packets", out_told(l->packets), "bytes", out_told(l->bytes),
			     "interrupts", out_told(l->interrupts), "polls", out_told(l->polls),
			     "drops", out_told(l->drops), "stops", out_told(l->stops),
			     "wakes", out_told(l->wakes),
			     "under10", out_told(l->under10), "to50", out_told(l->to50),
			     "over50", out_told(l->over50));
}
#endif
