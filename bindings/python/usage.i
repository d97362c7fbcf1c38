/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* usage.i - history: what vwire.i needs for <vwire/usage.h> */

%{
#include "usage.h"
%}

ATTR(vw_usage_filter, in_usage_filter)
ATTR(vw_acct_settings, in_acct_settings)
OWNED(vw_usage, vw_usage_list_free)
OWNED(vw_acct, vw_acct_free)
ROW(vw_usage_row, out_usage_row)
ROW(vw_acct_info, out_acct_info)

%typemap(in) uint64_t now_ms {
	if (!in_ms($input, &$1))
		SWIG_fail;
}
%typemap(in, numinputs=0) uint64_t *ms (uint64_t time = 0) { $1 = &time; }
%typemap(argout) uint64_t *ms {
	PyObject *number = PyLong_FromUnsignedLongLong(*$1);

	if (number == NULL)
		SWIG_fail;
	$result = SWIG_Python_AppendOutput($result, number);
}

%ignore vw_usage_filter;
%ignore vw_usage_row;
%ignore vw_usage_list_free;
%ignore vw_usage_span;
%ignore vw_usage_hidden;
%ignore vw_acct_settings;
%ignore vw_acct_free;
/* Recording is the business of vwire-acct. */
%rename("$ignore", regexmatch$name="^vw_recorder_") "";
%rename("$ignore", regexmatch$name="^vw_acct_(publish|claim|watch)$") "";
/* The struct; its function of the same name stays. */
%ignore vw_recorder_attr;
%ignore vw_recorder_state;

%nothread vw_usage_next;
%nothread vw_usage_rewind;
%nothread vw_usage_time;

%include <vwire/usage.h>
