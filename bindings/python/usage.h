/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* usage.h - history to Python; included once, by the code SWIG makes, after output.h */
#ifndef VWIRE_PYTHON_USAGE_H
#define VWIRE_PYTHON_USAGE_H

#include "output.h"

#define ITEM(i) PyTuple_GET_ITEM(o, i)
/* Milliseconds since 1970. */
static bool in_ms(PyObject *o, uint64_t *ms)
{
	*ms = PyLong_AsUnsignedLongLong(o);
	return *ms != (uint64_t)-1 || !PyErr_Occurred();
}

static bool in_usage_filter(PyObject *o, PyObject *pins, struct vw_usage_filter *f)
{
	*f = (struct vw_usage_filter){ .size = sizeof(*f) };
	return in_tuple(o, 12) && in_text(ITEM(0), pins, &f->file) &&
	       in_number(ITEM(1), VW_USAGE_FLOWS, &f->kind) &&
	       in_text(ITEM(2), pins, &f->name) && in_text(ITEM(3), pins, &f->link) &&
	       in_text(ITEM(4), pins, &f->zone) && in_text(ITEM(5), pins, &f->vwire) &&
	       in_ms(ITEM(6), &f->start_ms) && in_ms(ITEM(7), &f->end_ms) &&
	       in_number(ITEM(8), VW_USAGE_MONTH, &f->step) &&
	       in_number(ITEM(9), VW_USAGE_TOGETHER, &f->group) &&
	       in_number(ITEM(10), INT_MAX, &f->top) && in_number(ITEM(11), 0xFF, &f->flags);
}

/* -1 leaves a setting as it is. */
static bool in_setting(PyObject *o, int most, int *v)
{
	unsigned n;

	*v = -1;
	if (o == Py_None)
		return true;
	if (!in_number(o, (unsigned)most, &n))
		return false;
	*v = (int)n;
	return true;
}

static bool in_acct_settings(PyObject *o, PyObject *pins, struct vw_acct_settings *s)
{
	*s = (struct vw_acct_settings){ .size = sizeof(*s) };
	return in_tuple(o, 5) && in_setting(ITEM(0), 1, &s->active) &&
	       in_setting(ITEM(1), VW_ACCT_EXTENDED, &s->level) &&
	       in_text(ITEM(2), pins, &s->file) && in_number(ITEM(3), 3600, &s->interval_s) &&
	       in_number(ITEM(4), VW_ACCT_CLOSE, &s->flags);
}
#undef ITEM

static PyObject *out_usage_row(const struct vw_usage_row *r)
{
	return Py_BuildValue(
		"{s:O&,s:O&,s:O&,s:O&,s:O&,s:N,s:N,s:N,s:N,s:I,s:K,s:K,s:d,s:K,s:K,s:K,s:K,s:d,s:d,s:d,"
		"s:d}",
		"name", out_text, r->name, "link", out_text, r->link, "zone", out_text, r->zone,
		"vwire", out_text, r->vwire,
		"cls", out_text, r->cls ? vw_class_name(r->cls) : NULL,
		"gone", out_bool(r->flags & VW_USAGE_ENDED),
		"reset", out_bool(r->flags & VW_USAGE_RESET),
		"unseen", out_bool(r->flags & VW_USAGE_BLIND),
		"coarse", out_bool(r->flags & VW_USAGE_COARSE), "links", r->links,
		"start", (unsigned long long)r->start_ms, "end", (unsigned long long)r->end_ms,
		"seconds", (double)r->duration_ms / 1000,
		"rx_packets", (unsigned long long)r->rx_packets,
		"rx_bytes", (unsigned long long)r->rx_bytes,
		"tx_packets", (unsigned long long)r->tx_packets,
		"tx_bytes", (unsigned long long)r->tx_bytes,
		"bandwidth_bps", r->bandwidth_bps, "p95_bps", r->p95_bps,
		"p95_rx_bps", r->p95_rx_bps, "p95_tx_bps", r->p95_tx_bps);
}

static PyObject *out_acct_info(const struct vw_acct_info *i)
{
	static const char *const levels[] = { "none", "basic", "extended" };

	return Py_BuildValue(
		"{s:N,s:N,s:O&,s:I,s:N,s:N,s:K,s:O&}", "active", out_bool(i->active != 0),
		"resources", out_word(levels, PY_COUNT(levels), (unsigned)i->level),
		"file", out_text, i->file, "interval_s", i->interval_s,
		"writer_pid", i->pid ? PyLong_FromUnsignedLong(i->pid) : Py_NewRef(Py_None),
		"recorded", i->recorded_s ? PyLong_FromUnsignedLongLong(i->recorded_s)
					  : Py_NewRef(Py_None),
		"waiting", (unsigned long long)i->waiting, "trouble", out_text, i->trouble);
}
#endif
