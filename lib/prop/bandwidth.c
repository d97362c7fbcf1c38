/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* bandwidth.c - rates as text: "100M" is a hundred million bits per second */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "prop/rows.h"

#define SHOWN	40		/* longest part of a text that is repeated */

static const struct unit {
	char		 letter;
	uint64_t	 bits;
	const char	*word;
} units[] = {
	{ 'G', 1000000000, "giga" }, { 'M', 1000000, "mega" }, { 'K', 1000, "kilo" },
}, plain = { '\0', 1, "" };

int vwp_bandwidth_print(struct vw_handle *h, uint64_t bits, char *out, size_t len)
{
	char digits[4];
	int n = 3;

	if (bits == VWPL_NONE)
		return vwp_put(h, out, len, "%s", "");
	if (bits == 0)
		return vwp_put(h, out, len, "0");
	for (size_t i = 0; i < VWU_ARRAY_SIZE(units); i++)
		if (bits % units[i].bits == 0)
			return vwp_put(h, out, len, "%llu%c",
				       (unsigned long long)(bits / units[i].bits), units[i].letter);
	snprintf(digits, sizeof(digits), "%03u", (unsigned)(bits % 1000));
	while (digits[n - 1] == '0')
		n--;
	return vwp_put(h, out, len, "%llu.%.*sK", (unsigned long long)(bits / 1000), n, digits);
}

static const struct unit *unit_of(char letter)
{
	for (size_t i = 0; i < VWU_ARRAY_SIZE(units); i++)
		if (units[i].letter == (letter & ~0x20))
			return &units[i];
	return NULL;
}

/*
 * @text begins with "123" or "1.5". False: there is no whole number of bits. More than any limit
 * is told by some number that is more.
 */
static bool times(const char *text, const struct unit *u, uint64_t *out)
{
	uint64_t v = 0, scale = u->bits;

	for (; *text >= '0' && *text <= '9'; text++)
		if (v <= VWPL_RATE_MOST)
			v = 10 * v + (uint64_t)(*text - '0');
	if (v > VWPL_RATE_MOST / scale)
		v = VWPL_RATE_MOST / scale + 1;
	v *= scale;
	if (*text == '.')
		for (text++; *text >= '0' && *text <= '9'; text++) {
			if (scale == 1 && *text != '0')
				return false;
			scale = scale > 1 ? scale / 10 : 1;
			v += scale * (uint64_t)(*text - '0');
		}
	*out = v;
	return true;
}

static int malformed(struct vw_handle *h, const char *name, const char *text)
{
	return vwc_why(h, VW_ERR_BADVAL, "%s: must be a number with K, M or G for bits per second, "
		       "such as 100M (without one: Mb/s), is '%.*s'", name, SHOWN, text);
}

/* What people write behind a number, and whether it says bits, bytes or neither. */
enum reading { BOTH, BITS, BYTES };
static const struct { const char *text; enum reading reading; } endings[] = {
	{ "b", BOTH }, { "bps", BOTH }, { "b/s", BOTH }, { "bit", BITS }, { "bits", BITS },
	{ "bit/s", BITS }, { "bits/s", BITS }, { "/s", BITS }, { "ps", BITS }, { "byte", BYTES },
	{ "bytes", BYTES }, { "byte/s", BYTES }, { "bytes/s", BYTES },
};

static int refuse_ending(struct vw_handle *h, const char *name, const char *text, size_t digits,
			 const struct unit *u, enum reading reading)
{
	char bits[40], bytes[40];
	uint64_t n;

	if (!times(text, u, &n) || vwp_bandwidth_print(h, n, bits, sizeof(bits)) < 0 ||
	    vwp_bandwidth_print(h, 8 * n, bytes, sizeof(bytes)) < 0 || n > VWPL_RATE_MOST)
		return malformed(h, name, text);
	if (reading != BOTH)
		return vwc_why(h, VW_ERR_BADVAL, "%s: '%.*s' is written %s", name, SHOWN, text,
			       reading == BITS ? bits : bytes);
	(void)vwc_why(h, VW_ERR_BADVAL, "%s: '%.*s' could mean %.*s %sbytes or %.*s %sbits per "
		      "second", name, SHOWN, text, (int)digits, text, u->word, (int)digits, text,
		      u->word);
	return vwc_hint(h, VW_ERR_BADVAL, "write %s for bytes or %s for bits", bytes, bits);
}

static int bad_ending(struct vw_handle *h, const char *name, const char *text, size_t digits,
		      const struct unit *u, const char *end)
{
	for (size_t i = 0; digits <= SHOWN && i < VWU_ARRAY_SIZE(endings); i++)
		if (strcasecmp(endings[i].text, end) == 0)
			return refuse_ending(h, name, text, digits, u, endings[i].reading);
	return malformed(h, name, text);
}

static int check_range(struct vw_handle *h, const char *name, const char *text, uint64_t bits)
{
	if (bits == 0 || (bits >= VWPL_RATE_LEAST && bits <= VWPL_RATE_MOST))
		return VW_OK;
	return vwc_why(h, VW_ERR_BADVAL, "%s: must be from 64K to 100G, is '%.*s'", name, SHOWN,
		       text);
}

/* Length of "12" or "1.5" at the beginning; 0: there is none. */
static size_t number_len(const char *text)
{
	static const char digits[] = "0123456789";
	size_t n = strspn(text, digits), fraction;

	if (n == 0 || text[n] != '.')
		return n;
	fraction = strspn(text + n + 1, digits);
	return fraction > 0 ? n + 1 + fraction : 0;
}

int vwp_bandwidth_parse(struct vw_handle *h, const char *name, const char *text, uint64_t *bits)
{
	size_t digits = number_len(text);
	const char *end = text + digits;
	const struct unit *u;
	uint64_t v;

	if (digits == 0)
		return malformed(h, name, text);
	u = unit_of(*end);
	if (u != NULL)
		end++;
	if (*end != '\0')
		return bad_ending(h, name, text, digits, u ? u : &plain, end);
	if (u == NULL)
		u = unit_of('M');	/* as in dladm(8) */
	if (!times(text, u, &v))
		return vwc_why(h, VW_ERR_BADVAL, "%s: '%.*s' is no whole number of bits per second",
			       name, SHOWN, text);
	if (check_range(h, name, text, v) < 0)
		return VW_ERR_BADVAL;
	*bits = v;
	return VW_OK;
}
