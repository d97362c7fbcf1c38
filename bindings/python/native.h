/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* native.h - capsules, the log, escaping; included once, by the code SWIG makes */
#ifndef VWIRE_PYTHON_NATIVE_H
#define VWIRE_PYTHON_NATIVE_H

#include "input.h"
#include "output.h"

/* A capsule that owns @p; None for NULL. */
static PyObject *out_owned(void *p, const char *name, PyCapsule_Destructor destroy)
{
	return p == NULL ? Py_NewRef(Py_None) : PyCapsule_New(p, name, destroy);
}

/* Free now what @args, a capsule, owns; every later use of it is refused. */
static PyObject *close_owned(PyObject *self, PyObject *args)
{
	PyCapsule_Destructor destroy;
	PyObject *capsule;

	(void)self;
	if (!PyArg_ParseTuple(args, "O!:close_owned", &PyCapsule_Type, &capsule))
		return NULL;
	destroy = PyCapsule_GetDestructor(capsule);
	if (destroy != NULL) {
		destroy(capsule);
		PyCapsule_SetDestructor(capsule, NULL);
		PyCapsule_SetName(capsule, "closed");
	}
	return Py_NewRef(Py_None);
}

/* The library logs in the middle of a call, when Python's lock is open. */
static void log_to_python(void *arg, enum vw_log_level level, const char *text)
{
	static const char *const levels[] = { "warning", "info", "debug" };
	PyGILState_STATE state = PyGILState_Ensure();
	PyObject *result = PyObject_CallFunction(
		arg, "NN", out_word(levels, PY_COUNT(levels), level), out_text(text));

	if (result == NULL)
		PyErr_WriteUnraisable(arg);
	Py_XDECREF(result);
	PyGILState_Release(state);
}

/* A function is given once at most; the capsule of the handle keeps it as its context. */
static PyObject *set_log(PyObject *self, PyObject *args)
{
	PyObject *capsule, *fn;
	struct vw_handle *h;

	(void)self;
	if (!PyArg_ParseTuple(args, "OO:set_log", &capsule, &fn))
		return NULL;
	h = PyCapsule_GetPointer(capsule, "vw_handle");
	if (h == NULL)
		return NULL;
	if (!PyCallable_Check(fn) || PyCapsule_GetContext(capsule) != NULL) {
		PyErr_SetString(PyExc_TypeError, "log must be one callable");
		return NULL;
	}
	if (PyCapsule_SetContext(capsule, Py_NewRef(fn)) < 0)
		return NULL;
	vw_set_log(h, log_to_python, fn);
	return Py_NewRef(Py_None);
}

static PyObject *escape(PyObject *self, PyObject *args)
{
	PyObject *in, *pins, *out = NULL;
	const char *text;
	size_t len;
	char *buf;

	(void)self;
	if (!PyArg_ParseTuple(args, "U:escape", &in) || !in_pins(&pins))
		return NULL;
	if (in_text(in, pins, &text)) {
		len = vw_escape(NULL, 0, text) + 1;
		buf = in_room(pins, len, 1);
		if (buf != NULL && vw_escape(buf, len, text) < len)
			out = out_text(buf);
	}
	Py_DECREF(pins);
	return out;
}
#endif
