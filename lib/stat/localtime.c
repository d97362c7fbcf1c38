/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* localtime.c - hours, days and months as clocks on the wall show them */
#include <string.h>
#include <time.h>

#include "stat/usage.h"

static struct tm local(int64_t t)
{
	time_t time = (time_t)t;
	struct tm tm;

	if (localtime_r(&time, &tm) == NULL) {	/* a year beyond any calendar */
		memset(&tm, 0, sizeof(tm));
		tm.tm_year = 70;
		tm.tm_mday = 1;
	}
	return tm;
}

static int64_t midnight(const struct tm *at, int months, int days)
{
	struct tm tm = { .tm_year = at->tm_year, .tm_mon = at->tm_mon + months,
			 .tm_mday = months ? 1 : at->tm_mday + days, .tm_isdst = -1 };

	return (int64_t)mktime(&tm);
}

void vwst_day_of(int64_t t, int64_t *t0, int64_t *t1)
{
	struct tm tm = local(t);

	*t0 = midnight(&tm, 0, 0);
	*t1 = midnight(&tm, 0, 1);
}

/* Of half an hour where daylight saving time shifts by that: days are whole numbers of hours. */
void vwst_hour_of(int64_t t, int64_t *t0, int64_t *t1)
{
	struct tm tm = local(t);
	int64_t day0, day1;

	vwst_day_of(t, &day0, &day1);
	*t0 = t - tm.tm_min * 60 - tm.tm_sec;
	*t1 = *t0 + 3600;
	if (*t0 < day0)
		*t0 = day0;
	if (*t1 > day1)
		*t1 = day1;
}

void vwst_month_of(int64_t t, int64_t *t0, int64_t *t1)
{
	struct tm tm = local(t);

	*t1 = midnight(&tm, 1, 0);
	tm.tm_mday = 1;
	*t0 = midnight(&tm, 0, 0);
}
