/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* aggr.h - what the two files of aggregation commands share */
#ifndef DLADM_AGGR_H
#define DLADM_AGGR_H

#include "dladm.h"

struct aggr_name {
	char text[300];		/* longer than any name the library takes, so it can refuse it */
};
/* The name an operand means; may point into @buf. NULL stays NULL. */
const char *aggr_name(const char *operand, struct aggr_name *buf);

#endif
