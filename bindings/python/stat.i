/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* stat.i - counters: what vwire.i needs for <vwire/stat.h> */

%{
#include "stat.h"
%}

ATTR(vw_stat_filter, in_stat_filter)
OWNED(vw_stat, vw_stat_close)
OWNED(vw_stat_reading, vw_stat_free)
/* A session uses its handle to the end: the capsule keeps it. */
%typemap(argout) struct vw_stat ** {
	PyObject *capsule = out_owned(made$argnum, "vw_stat", free_vw_stat);

	if (capsule == NULL && made$argnum != NULL)
		vw_stat_close(made$argnum);
	if (capsule == NULL)
		SWIG_fail;
	if (made$argnum != NULL)
		PyCapsule_SetContext(capsule, Py_NewRef(swig_obj[0]));
	$result = SWIG_Python_AppendOutput($result, capsule);
}
ROW(vw_stat_link, out_stat_link)
ROW(vw_stat_flow, out_stat_flow)
ROW(vw_stat_lane, out_stat_lane)

%typemap(in, numinputs=0) struct vw_link_stats *total (struct vw_link_stats sum) { $1 = &sum; }
%typemap(argout) struct vw_link_stats *total {
	PyObject *row = out_stats($1);

	if (row == NULL)
		SWIG_fail;
	$result = SWIG_Python_AppendOutput($result, row);
}
%typemap(out) uint64_t { $result = PyLong_FromUnsignedLongLong($1); }
/* None: as if nothing had been there before. */
%typemap(in) const struct vw_stat_reading *before {
	$1 = $input == Py_None ? NULL : PyCapsule_GetPointer($input, "vw_stat_reading");
	if ($1 == NULL && $input != Py_None)
		SWIG_fail;
}

%ignore vw_stat_filter;
%ignore vw_stat_link;
%ignore vw_stat_flow;
%ignore vw_stat_lane;
%ignore vw_stat_close;
%ignore vw_stat_free;
%ignore vw_stat_rate;
/* The differences are no work worth letting go of Python's lock for. */
%nothread vw_stat_delta;
%nothread vw_stat_fd;
%nothread vw_stat_flow_next;
%nothread vw_stat_lane_next;
%nothread vw_stat_link_next;
%nothread vw_stat_rewind;
%nothread vw_stat_seconds;
%nothread vw_stat_time;
%nothread vw_stat_total;

%include <vwire/stat.h>
