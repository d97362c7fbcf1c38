/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* percentile.c - the rate that was exceeded for one hour in twenty, as transit is billed */
#include "stat/usage.h"

#include <stdlib.h>

static int rising(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double vwst_p95(double *v, size_t n, size_t total)
{
	size_t rank, zeros;

	if (n > total)
		total = n;
	if (total == 0)
		return 0;
	qsort(v, n, sizeof(*v), rising);
	rank = (total * 95 + 99) / 100;	/* from 1: the smallest that 95 % do not exceed */
	zeros = total - n;
	return rank <= zeros ? 0 : v[rank - zeros - 1];
}
