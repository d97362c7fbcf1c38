/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* format.c - numbers for eyes that have a second to read them: three digits and a letter */
#include <stdio.h>
#include <time.h>

#include "linkstat.h"

double ls_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

const char *ls_rate(double rate, char buf[16])
{
	static const char units[] = " KMGTP";
	const char *unit = units;

	if (rate < 0)
		return "?";
	while (rate >= 999.5 && unit[1] != '\0') {
		rate /= 1000;
		unit++;
	}
	if (unit == units)
		snprintf(buf, 16, "%.0f", rate);
	else
		snprintf(buf, 16, "%.*f%c", rate < 9.995 ? 2 : rate < 99.95 ? 1 : 0, rate, *unit);
	return buf;
}

const char *ls_util(double util, char buf[16])
{
	if (util < 0)
		return "?";
	if (util > 99.99)
		util = 99.99;
	snprintf(buf, 16, "%.0f%%", util * 100);
	return buf;
}
