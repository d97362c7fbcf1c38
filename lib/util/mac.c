/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mac.c - MAC addresses in every usual form */
#include "util/util.h"

#include <string.h>

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Bytes of one or two digits between @sep; returns how many were read to the end, 0: malformed. */
static size_t parse_separated(const char *t, char sep, uint8_t mac[6])
{
	size_t n = 0;

	for (;;) {
		int hi, lo;

		if (n == 6 || (hi = hex(*t)) < 0)
			return 0;
		t++;
		lo = hex(*t);
		if (lo >= 0)
			t++;
		mac[n++] = (uint8_t)(lo >= 0 ? hi << 4 | lo : hi);
		if (*t == '\0')
			return n;
		if (*t++ != sep)
			return 0;
	}
}

/* Twelve digits, with a '.' after each group of four when @dotted. */
static bool parse_digits(const char *t, bool dotted, uint8_t mac[6])
{
	for (size_t i = 0; i < 12; i++) {
		int d;

		if (dotted && (i == 4 || i == 8) && *t++ != '.')
			return false;
		d = hex(*t);
		if (d < 0)
			return false;
		t++;
		mac[i / 2] = (uint8_t)(i % 2 ? mac[i / 2] | d : d << 4);
	}
	return *t == '\0';
}

bool vwu_mac_parse(const char *text, uint8_t mac[6])
{
	uint8_t m[6];
	bool ok;

	if (text == NULL)
		return false;
	if (strchr(text, ':') != NULL)
		ok = parse_separated(text, ':', m) == 6;
	else if (strchr(text, '-') != NULL)
		ok = parse_separated(text, '-', m) == 6;
	else
		ok = parse_digits(text, strchr(text, '.') != NULL, m);
	if (ok)
		memcpy(mac, m, sizeof(m));
	return ok;
}

size_t vwu_mac_prefix_parse(const char *text, uint8_t mac[6])
{
	uint8_t m[6];
	size_t n;

	if (text == NULL)
		return 0;
	n = parse_separated(text, strchr(text, '-') != NULL ? '-' : ':', m);
	memcpy(mac, m, n);
	return n;
}

const char *vwu_mac_unusable(const uint8_t mac[6])
{
	static const uint8_t zero[6], ones[6] = { 255, 255, 255, 255, 255, 255 };

	if (memcmp(mac, zero, 6) == 0)
		return "is all zeros";
	if (memcmp(mac, ones, 6) == 0)
		return "is the broadcast address";
	if (mac[0] & 1)
		return "is a multicast address";
	return NULL;
}
