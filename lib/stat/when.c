/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* when.c - a time as people write it: ISO 8601, illumos' and the paper's form, and "-2h" */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "stat/usage.h"

#define DAY_S	86400
#define YEARS	9999

/* Digits at *@at, @least to @most of them; -1: not so many. */
static int number(const char **at, size_t least, size_t most)
{
	size_t n = strspn(*at, "0123456789");
	int v = 0;

	if (n < least || n > most)
		return -1;
	for (; n > 0; n--)
		v = v * 10 + *(*at)++ - '0';
	return v;
}

static bool skip(const char **at, const char *any)
{
	if (**at == '\0' || strchr(any, **at) == NULL)
		return false;
	(*at)++;
	return true;
}

/* "2026-11-21" or "11/21/2026"; years of one or two digits are of this century, as in illumos. */
static bool take_date(const char **at, struct tm *tm)
{
	const char *p = *at;
	int first = number(&p, 1, 4), second, third;
	bool iso = *p == '-';

	if (first < 0 || !skip(&p, "-/"))
		return false;
	second = number(&p, 1, 2);
	if (second < 0 || !skip(&p, iso ? "-" : "/"))
		return false;
	third = number(&p, 1, 4);
	if (third < 0)
		return false;
	tm->tm_year = (iso ? first : third) - 1900;
	tm->tm_mon = (iso ? second : first) - 1;
	tm->tm_mday = iso ? third : second;
	if (!iso && third < 100)
		tm->tm_year += 2000;
	*at = p;
	return !iso || first >= 1000;
}

/* "14", "14:40" or "14:40:20", with @least parts; fractions of a second are passed over. */
static bool take_clock(const char **at, int least, struct tm *tm)
{
	int part[3] = { 0 }, n = 0;

	do {
		part[n] = number(at, 1, 2);
		if (part[n] < 0)
			return false;
	} while (++n < 3 && skip(at, ":"));
	if (n == 3 && (**at == '.') && strspn(*at + 1, "0123456789") > 0) {
		(*at)++;
		*at += strspn(*at, "0123456789");
	}
	tm->tm_hour = part[0];
	tm->tm_min = part[1];
	tm->tm_sec = part[2];
	return n >= least;
}

/* "Z", "+01:00", "-0530": seconds east of Greenwich. false: nothing of the kind. */
static bool take_offset(const char **at, int *seconds)
{
	int sign = **at == '-' ? -1 : 1, hours, minutes = 0;
	const char *p = *at;

	*seconds = 0;
	if (skip(at, "Zz"))
		return true;
	if (!skip(&p, "+-"))
		return false;
	hours = number(&p, 2, strspn(p, "0123456789") == 4 ? 4 : 2);
	if (hours >= 100) {
		minutes = hours % 100;
		hours /= 100;
	} else if (skip(&p, ":")) {
		minutes = number(&p, 2, 2);
	}
	if (hours < 0 || hours > 14 || minutes < 0 || minutes > 59)
		return false;
	*at = p;
	*seconds = sign * (hours * 3600 + minutes * 60);
	return true;
}

static bool valid(const struct tm *tm)
{
	static const int days[] = { 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	int year = tm->tm_year + 1900;
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

	return year >= 1970 && year <= YEARS && tm->tm_mon >= 0 && tm->tm_mon < 12 &&
	       tm->tm_mday >= 1 && tm->tm_mday <= days[tm->tm_mon] &&
	       (tm->tm_mon != 1 || tm->tm_mday < 29 || leap) && tm->tm_hour < 24 &&
	       tm->tm_min < 60 && tm->tm_sec <= 60;
}

static bool calendar(const char *text, uint64_t *ms)
{
	struct tm tm = { .tm_isdst = -1 };
	bool zone = false;
	int offset = 0;
	int64_t t;

	if (!take_date(&text, &tm))
		return false;
	if (skip(&text, ", Tt")) {
		if (!take_clock(&text, 1, &tm))
			return false;
		zone = take_offset(&text, &offset);
	}
	if (*text != '\0' || !valid(&tm))
		return false;
	t = zone ? (int64_t)timegm(&tm) - offset : (int64_t)mktime(&tm);
	if (t < 0)
		return false;
	*ms = (uint64_t)t * 1000;
	return true;
}

/* "14:40" of today */
static bool clock_of_today(const char *text, uint64_t now_ms, uint64_t *ms)
{
	time_t now = (time_t)(now_ms / 1000);
	struct tm tm;

	if (localtime_r(&now, &tm) == NULL || !take_clock(&text, 2, &tm) || *text != '\0' ||
	    !valid(&tm))
		return false;
	tm.tm_isdst = -1;
	*ms = (uint64_t)mktime(&tm) * 1000;
	return true;
}

static bool word(const char *text, uint64_t now_ms, uint64_t *ms)
{
	int64_t t0, t1, now = (int64_t)(now_ms / 1000);

	if (strcmp(text, "now") == 0) {
		*ms = now_ms;
		return true;
	}
	vwst_day_of(now, &t0, &t1);
	if (strcmp(text, "yesterday") == 0)
		vwst_day_of(t0 - 1, &t0, &t1);
	else if (strcmp(text, "today") != 0)
		return false;
	*ms = (uint64_t)t0 * 1000;
	return true;
}

/* "-30m" */
static bool ago(const char *text, uint64_t now_ms, uint64_t *ms)
{
	static const struct { char unit; uint64_t seconds; } units[] = {
		{ 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', DAY_S }, { 'w', 7 * DAY_S },
	};
	char digits[16];
	size_t n = strspn(text, "0123456789");
	uint64_t v;

	if (n == 0 || n >= sizeof(digits) || text[n] == '\0' || text[n + 1] != '\0')
		return false;
	memcpy(digits, text, n);
	digits[n] = '\0';
	for (size_t i = 0; i < VWU_ARRAY_SIZE(units); i++)
		if (text[n] == units[i].unit &&
		    vwu_parse_u64(digits, 0, now_ms / 1000 / units[i].seconds, &v)) {
			*ms = now_ms - v * units[i].seconds * 1000;
			return true;
		}
	return false;
}

int vw_usage_time(struct vw_handle *h, const char *text, uint64_t now_ms, uint64_t *ms)
{
	uint64_t v;

	if (h != NULL && vwc_enter(h) < 0)
		return VW_ERR_BADVAL;
	if (text != NULL && text[0] == '@' &&
	    vwu_parse_u64(text + 1, 0, UINT64_C(253402300799), &v)) {
		*ms = v * 1000;
		return VW_OK;
	}
	if (text != NULL && ((text[0] == '-' && ago(text + 1, now_ms, ms)) ||
			     word(text, now_ms, ms) || calendar(text, ms) ||
			     clock_of_today(text, now_ms, ms)))
		return VW_OK;
	vwc_why(h, VW_ERR_BADVAL, "'%s' is no time", text ? text : "");
	return vwc_hint(h, VW_ERR_BADVAL, "write 2026-11-21, 2026-11-21T14:40:20, 11/21/2026,14:40:20,"
			" 14:40, today, yesterday, now, or -2h");
}
