/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* input.h - Python values to C; included once, by the code SWIG makes */
#ifndef VWIRE_PYTHON_INPUT_H
#define VWIRE_PYTHON_INPUT_H

#include <limits.h>
#include <stdbool.h>
#include <string.h>

/*
 * What goes in. Every C value that a call needs is owned by a Python object in the list @pins,
 * which is dropped after the call: nothing another thread does while Python's lock is open can
 * free it. Functions return false with an exception set.
 */
static bool in_pins(PyObject **pins)
{
	*pins = PyList_New(0);
	return *pins != NULL;
}

/* Room for @n objects of @size bytes, all zero. */
static void *in_room(PyObject *pins, size_t n, size_t size)
{
	PyObject *bytes;
	int rc;

	if (size != 0 && n > PY_SSIZE_T_MAX / size)
		return PyErr_NoMemory();
	bytes = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)(n * size));
	if (bytes == NULL)
		return NULL;
	memset(PyBytes_AS_STRING(bytes), 0, n * size);
	rc = PyList_Append(pins, bytes);
	Py_DECREF(bytes);
	return rc < 0 ? NULL : PyBytes_AS_STRING(bytes);
}

/* str or None. Bytes of a foreign link's name that are no UTF-8 come in as they went out. */
static bool in_text(PyObject *o, PyObject *pins, const char **text)
{
	PyObject *bytes;
	char *p;
	int rc;

	*text = NULL;
	if (o == Py_None)
		return true;
	if (!PyUnicode_Check(o)) {
		PyErr_Format(PyExc_TypeError, "expected str, not %.100s", Py_TYPE(o)->tp_name);
		return false;
	}
	bytes = PyUnicode_AsEncodedString(o, "utf-8", "surrogateescape");
	if (bytes == NULL)
		return false;
	if (PyBytes_AsStringAndSize(bytes, &p, NULL) < 0) {	/* refuses a NUL inside */
		Py_DECREF(bytes);
		return false;
	}
	rc = PyList_Append(pins, bytes);
	Py_DECREF(bytes);
	*text = p;
	return rc == 0;
}

/* A tuple of str, or None: an array with NULL at its end. */
static bool in_texts(PyObject *o, PyObject *pins, const char *const **texts)
{
	const char **array;
	Py_ssize_t i;

	*texts = NULL;
	if (o == Py_None)
		return true;
	if (!PyTuple_Check(o)) {
		PyErr_SetString(PyExc_TypeError, "expected a tuple of str");
		return false;
	}
	array = in_room(pins, (size_t)PyTuple_GET_SIZE(o) + 1, sizeof(*array));
	if (array == NULL)
		return false;
	for (i = 0; i < PyTuple_GET_SIZE(o); i++) {
		PyObject *item = PyTuple_GET_ITEM(o, i);

		if (item == Py_None) {
			PyErr_SetString(PyExc_TypeError, "expected str, not None");
			return false;
		}
		if (!in_text(item, pins, &array[i]))
			return false;
	}
	*texts = array;
	return true;
}

static bool in_number(PyObject *o, unsigned max, unsigned *number)
{
	int overflow = 0;
	long long v;

	if (!PyLong_Check(o)) {
		PyErr_Format(PyExc_TypeError, "expected int, not %.100s", Py_TYPE(o)->tp_name);
		return false;
	}
	v = PyLong_AsLongLongAndOverflow(o, &overflow);
	if (v == -1 && PyErr_Occurred())
		return false;
	if (overflow != 0 || v < 0 || v > max) {
		PyErr_Format(PyExc_ValueError, "%S is not between 0 and %u", o, max);
		return false;
	}
	*number = (unsigned)v;
	return true;
}

static bool in_u16(PyObject *o, uint16_t *number)
{
	unsigned v;

	if (!in_number(o, UINT16_MAX, &v))
		return false;
	*number = (uint16_t)v;
	return true;
}

static bool in_tuple(PyObject *o, Py_ssize_t n)
{
	if (PyTuple_Check(o) && PyTuple_GET_SIZE(o) == n)
		return true;
	PyErr_Format(PyExc_TypeError, "expected a tuple of %zd", n);
	return false;
}

#define ITEM(i) PyTuple_GET_ITEM(o, i)

static bool in_vnic_attr(PyObject *o, PyObject *pins, struct vw_vnic_attr *a)
{
	*a = (struct vw_vnic_attr){ .size = sizeof(*a) };
	return in_tuple(o, 6) && in_text(ITEM(0), pins, &a->over) &&
	       in_text(ITEM(1), pins, &a->mac) && in_text(ITEM(2), pins, &a->mac_prefix) &&
	       in_u16(ITEM(3), &a->vid) && in_text(ITEM(4), pins, &a->zone) &&
	       in_texts(ITEM(5), pins, &a->props);
}

static bool in_vlan_attr(PyObject *o, PyObject *pins, struct vw_vlan_attr *a)
{
	*a = (struct vw_vlan_attr){ .size = sizeof(*a) };
	return in_tuple(o, 3) && in_text(ITEM(0), pins, &a->over) && in_u16(ITEM(1), &a->vid) &&
	       in_texts(ITEM(2), pins, &a->props);
}

static bool in_aggr_attr(PyObject *o, PyObject *pins, struct vw_aggr_attr *a)
{
	*a = (struct vw_aggr_attr){ .size = sizeof(*a) };
	return in_tuple(o, 6) && in_texts(ITEM(0), pins, &a->ports) &&
	       in_number(ITEM(1), UINT_MAX, &a->policy) &&
	       in_number(ITEM(2), UINT_MAX, &a->lacp) &&
	       in_number(ITEM(3), UINT_MAX, &a->timer) && in_text(ITEM(4), pins, &a->mac) &&
	       in_texts(ITEM(5), pins, &a->props);
}

static bool in_bridge_attr(PyObject *o, PyObject *pins, struct vw_bridge_attr *a)
{
	*a = (struct vw_bridge_attr){ .size = sizeof(*a) };
	if (!in_tuple(o, 6) || !in_texts(ITEM(0), pins, &a->ports))
		return false;
	a->has_priority = ITEM(1) != Py_None;
	if (a->has_priority && !in_u16(ITEM(1), &a->priority))
		return false;
	return in_number(ITEM(2), UINT_MAX, &a->max_age_s) &&
	       in_number(ITEM(3), UINT_MAX, &a->hello_s) &&
	       in_number(ITEM(4), UINT_MAX, &a->forward_delay_s) &&
	       in_number(ITEM(5), UINT_MAX, &a->stp);
}

static bool in_iptun_attr(PyObject *o, PyObject *pins, struct vw_iptun_attr *a)
{
	*a = (struct vw_iptun_attr){ .size = sizeof(*a) };
	return in_tuple(o, 4) && in_number(ITEM(0), UINT_MAX, &a->type) &&
	       in_text(ITEM(1), pins, &a->local) && in_text(ITEM(2), pins, &a->remote) &&
	       in_texts(ITEM(3), pins, &a->props);
}

static bool in_link_filter(PyObject *o, PyObject *pins, struct vw_link_filter *f)
{
	*f = (struct vw_link_filter){ .size = sizeof(*f) };
	return in_tuple(o, 3) && in_text(ITEM(0), pins, &f->name) &&
	       in_text(ITEM(1), pins, &f->over) && in_number(ITEM(2), UINT_MAX, &f->classes);
}

/* One (name, attributes) of a tuple; @item and @attr: room for what it becomes. */
typedef bool in_named_fn(PyObject *o, PyObject *pins, void *item, void *attr);

/* A tuple of (name, attributes): what each becomes, or NULL. */
static void *in_all_named(PyObject *o, PyObject *pins, in_named_fn *one, size_t item_size,
			  size_t attr_size, size_t *n)
{
	char *items, *attrs;
	size_t i;

	if (!PyTuple_Check(o)) {
		PyErr_SetString(PyExc_TypeError, "expected a tuple of (name, attributes)");
		return NULL;
	}
	*n = (size_t)PyTuple_GET_SIZE(o);
	items = in_room(pins, *n, item_size);
	attrs = in_room(pins, *n, attr_size);
	if (items == NULL || attrs == NULL)
		return NULL;
	for (i = 0; i < *n; i++)
		if (!one(PyTuple_GET_ITEM(o, (Py_ssize_t)i), pins, items + i * item_size,
			 attrs + i * attr_size))
			return NULL;
	return items;
}

static bool in_vnic_new(PyObject *o, PyObject *pins, void *item, void *attr)
{
	struct vw_vnic_new *vnic = item;

	vnic->attr = attr;
	return in_tuple(o, 2) && in_text(ITEM(0), pins, &vnic->name) &&
	       in_vnic_attr(ITEM(1), pins, attr);
}

static bool in_vnics(PyObject *o, PyObject *pins, const struct vw_vnic_new **vnics, size_t *n)
{
	*vnics = in_all_named(o, pins, in_vnic_new, sizeof(struct vw_vnic_new),
			      sizeof(struct vw_vnic_attr), n);
	return *vnics != NULL;
}

static bool in_flow_attr(PyObject *o, PyObject *pins, struct vw_flow_attr *a)
{
	*a = (struct vw_flow_attr){ .size = sizeof(*a) };
	return in_tuple(o, 3) && in_text(ITEM(0), pins, &a->link) &&
	       in_texts(ITEM(1), pins, &a->match) && in_texts(ITEM(2), pins, &a->props);
}

static bool in_flow_filter(PyObject *o, PyObject *pins, struct vw_flow_filter *f)
{
	*f = (struct vw_flow_filter){ .size = sizeof(*f) };
	return in_tuple(o, 2) && in_text(ITEM(0), pins, &f->name) &&
	       in_text(ITEM(1), pins, &f->link);
}

static bool in_flow_new(PyObject *o, PyObject *pins, void *item, void *attr)
{
	struct vw_flow_new *flow = item;

	flow->attr = attr;
	return in_tuple(o, 2) && in_text(ITEM(0), pins, &flow->name) &&
	       in_flow_attr(ITEM(1), pins, attr);
}

static bool in_flows(PyObject *o, PyObject *pins, const struct vw_flow_new **flows, size_t *n)
{
	*flows = in_all_named(o, pins, in_flow_new, sizeof(struct vw_flow_new),
			      sizeof(struct vw_flow_attr), n);
	return *flows != NULL;
}

#undef ITEM
#endif
