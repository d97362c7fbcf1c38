/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * vwire.i - the C functions one to one as the Python module _vwire
 *
 * Private: people import the package vwire, which is written by hand on top of this. What is made
 * here is safe by itself all the same: a handle, monitor or snapshot is a capsule that frees what
 * it holds, inputs are pinned for the time of a call, and rows are copied out before the next.
 *
 * Built with -threads: Python's lock is let go around every call, except those that neither wait
 * nor work, which keep it.
 */
%module _vwire

%{
#include <vwire/vwire.h>
#include "native.h"
%}

/* Texts: str or None. */
%typemap(in) const char * (PyObject *pins = NULL) {
	if (!in_pins(&pins) || !in_text($input, pins, (void *)&$1))
		SWIG_fail;
}
%typemap(freearg) const char * { Py_XDECREF(pins$argnum); }
%typemap(out) const char * { $result = out_text($1); }

%typemap(in) const char *const * (PyObject *pins = NULL) {
	if (!in_pins(&pins) || !in_texts($input, pins, (void *)&$1))
		SWIG_fail;
}
%typemap(freearg) const char *const * { Py_XDECREF(pins$argnum); }

%typemap(in) (const char *const *names, size_t n) (PyObject *pins = NULL) {
	if (!in_pins(&pins) || !in_texts($input, pins, (void *)&$1))
		SWIG_fail;
	$2 = $1 ? (size_t)PyTuple_GET_SIZE($input) : 0;
}
%typemap(freearg) (const char *const *names, size_t n) { Py_XDECREF(pins$argnum); }

/* Attributes: a tuple of what the struct holds after its size; None gives NULL. */
%define ATTR(TYPE, READ)
%typemap(in) const struct TYPE * (struct TYPE attr, PyObject *pins = NULL) {
	if (!in_pins(&pins) || ($input != Py_None && !READ($input, pins, &attr)))
		SWIG_fail;
	$1 = $input == Py_None ? NULL : &attr;
}
%typemap(freearg) const struct TYPE * { Py_XDECREF(pins$argnum); }
%enddef
ATTR(vw_vnic_attr, in_vnic_attr)
ATTR(vw_vlan_attr, in_vlan_attr)
ATTR(vw_aggr_attr, in_aggr_attr)
ATTR(vw_bridge_attr, in_bridge_attr)
ATTR(vw_iptun_attr, in_iptun_attr)
ATTR(vw_link_filter, in_link_filter)
ATTR(vw_flow_attr, in_flow_attr)
ATTR(vw_flow_filter, in_flow_filter)

%typemap(in) (const struct vw_vnic_new *vnics, size_t n) (PyObject *pins = NULL) {
	if (!in_pins(&pins) || !in_vnics($input, pins, (void *)&$1, &$2))
		SWIG_fail;
}
%typemap(freearg) (const struct vw_vnic_new *vnics, size_t n) { Py_XDECREF(pins$argnum); }

%typemap(in) (const struct vw_flow_new *flows, size_t n) (PyObject *pins = NULL) {
	if (!in_pins(&pins) || !in_flows($input, pins, (void *)&$1, &$2))
		SWIG_fail;
}
%typemap(freearg) (const struct vw_flow_new *flows, size_t n) { Py_XDECREF(pins$argnum); }

/* Things with a life of their own: capsules. An out-parameter is a second result. */
%define OWNED(TYPE, FREE)
%{
static void free_##TYPE(PyObject *capsule)
{
	FREE(PyCapsule_GetPointer(capsule, #TYPE));
	Py_XDECREF((PyObject *)PyCapsule_GetContext(capsule));
}
%}
%typemap(in, numinputs=0) struct TYPE ** (struct TYPE *made = NULL) { $1 = &made; }
%typemap(argout) struct TYPE ** {
	PyObject *capsule = out_owned(made$argnum, #TYPE, free_##TYPE);

	if (capsule == NULL && made$argnum != NULL)
		FREE(made$argnum);
	if (capsule == NULL)
		SWIG_fail;
	$result = SWIG_Python_AppendOutput($result, capsule);
}
%typemap(in) struct TYPE *, const struct TYPE * {
	$1 = PyCapsule_GetPointer($input, #TYPE);
	if ($1 == NULL)
		SWIG_fail;
}
%enddef
OWNED(vw_links, vw_link_list_free)
OWNED(vw_aggrs, vw_aggr_list_free)
OWNED(vw_bridges, vw_bridge_list_free)
OWNED(vw_iptuns, vw_iptun_list_free)
OWNED(vw_linkprops, vw_linkprop_list_free)
OWNED(vw_ethers, vw_ether_list_free)
OWNED(vw_phys_macs, vw_phys_mac_list_free)
OWNED(vw_phys_rings, vw_phys_ring_list_free)
OWNED(vw_report, vw_report_free)
OWNED(vw_probe, vw_probe_free)
OWNED(vw_explain, vw_explain_free)
OWNED(vw_flows, vw_flow_list_free)
OWNED(vw_flowprops, vw_flowprop_list_free)
OWNED(vw_handle, vw_close)
OWNED(vw_monitor, vw_monitor_close)

/* Rows: dictionaries whose keys are the fields of the classes in vwire/_records.py. */
%define ROW(TYPE, MAKE)
%typemap(out) const struct TYPE * { $result = $1 ? MAKE($1) : Py_NewRef(Py_None); }
%enddef
ROW(vw_link_info, out_link)
ROW(vw_aggr_info, out_aggr)
ROW(vw_bridge_info, out_bridge)
ROW(vw_iptun_info, out_iptun)
ROW(vw_linkprop_info, out_linkprop)
ROW(vw_linkprop_desc, out_linkprop_desc)
ROW(vw_ether_info, out_ether)
ROW(vw_phys_mac, out_phys_mac)
ROW(vw_phys_ring, out_phys_ring)
ROW(vw_report_item, out_report_item)
ROW(vw_probe_item, out_probe_item)
ROW(vw_explain_item, out_explain_item)
ROW(vw_flow_info, out_flow)
ROW(vw_flowprop_info, out_flowprop)
ROW(vw_flowprop_desc, out_flowprop_desc)

%typemap(in, numinputs=0) const struct vw_event ** (const struct vw_event *event = NULL) {
	$1 = (void *)&event;
}
%typemap(argout) const struct vw_event ** {
	PyObject *row = event$argnum ? out_event(event$argnum) : Py_NewRef(Py_None);

	if (row == NULL)
		SWIG_fail;
	$result = SWIG_Python_AppendOutput($result, row);
}

/* Capsules free what they own; log and escape have their Python shape at the end. */
%rename("$ignore", regexmatch$name="^vw_.*_free$") "";
%rename("$ignore", regexmatch$name="^vw_.*(_attr|_info|_port|_fdb|_item|_desc|_new|_stats|_drops)$",
	%$isclass) "";
%rename(found) vw_report_item::is;
%ignore vw_link_filter;
%ignore vw_flow_filter;
%ignore vw_event;
%ignore vw_phys_mac;
%ignore vw_phys_ring;
%ignore vw_open;
%ignore vw_close;
%ignore vw_monitor_close;
%ignore vw_set_log;
%ignore vw_escape;
%ignore vw_mac_format;

%nothread vw_link_next;
%nothread vw_link_rewind;
%nothread vw_aggr_next;
%nothread vw_bridge_next;
%nothread vw_iptun_next;
%nothread vw_linkprop_next;
%nothread vw_linkprop_desc_get;
%nothread vw_ether_next;
%nothread vw_phys_mac_next;
%nothread vw_phys_ring_next;
%nothread vw_report_next;
%nothread vw_probe_next;
%nothread vw_explain_next;
%nothread vw_flow_next;
%nothread vw_flowprop_next;
%nothread vw_flowprop_desc_get;
%nothread vw_flowattr_desc_get;
%nothread vw_monitor_next;
%nothread vw_monitor_fd;
%nothread vw_version;
%nothread vw_status_text;
%nothread vw_class_name;
%nothread vw_state_name;
%nothread vw_error_status;
%nothread vw_error_errno;
%nothread vw_error_message;
%nothread vw_error_hint;
%nothread vw_error_kernel;
%nothread vw_error_note;

%include <vwire/types.h>
%include <vwire/handle.h>
%include <vwire/link.h>
%include <vwire/linkprop.h>
%include <vwire/vnic.h>
%include <vwire/etherstub.h>
%include <vwire/vlan.h>
%include <vwire/aggr.h>
%include <vwire/simnet.h>
%include <vwire/bridge.h>
%include <vwire/iptun.h>
%include <vwire/ether.h>
%include <vwire/monitor.h>
%include <vwire/wire.h>
%include <vwire/flow.h>

%include "stat.i"
%include "usage.i"

%native(close_owned) PyObject *close_owned(PyObject *self, PyObject *args);
%native(set_log) PyObject *set_log(PyObject *self, PyObject *args);
%native(escape) PyObject *escape(PyObject *self, PyObject *args);
