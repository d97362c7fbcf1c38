/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* name.c - names of links (paper section 4.1.1), and the names the kernel gets for them */
#include "util/util.h"

#include <stdio.h>
#include <string.h>

#define NAME_MAX_BYTES	31
#define FLOW_NAME_MAX	127
#define NUMBER_MAX	4294967294u

static const char NO_NUMBER[] = "does not end in a number";
static const char TOO_LONG[] = "is longer than 31 bytes";

/* isalpha() and its sisters follow the locale; a name may not. */
static bool letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

/* What holds for every name we give, whatever it ends in. */
static const char *basic_fault(const char *name, size_t max, const char *too_long)
{
	size_t len = strlen(name);

	if (len == 0)
		return "is empty";
	if (len > max)
		return too_long;
	for (const char *p = name; *p; p++)
		if (!letter(*p) && !digit(*p) && strchr("_.-", *p) == NULL)
			return "holds a character other than letters, digits, '_', '.' and '-'";
	if (!letter(name[0]))
		return "does not begin with a letter";
	return NULL;
}

const char *vwu_name_invalid(const char *name)
{
	const char *why = basic_fault(name, NAME_MAX_BYTES, TOO_LONG), *number;
	uint64_t v;

	if (why != NULL)
		return why;
	number = name + strlen(name);
	while (digit(number[-1]))	/* stops at the letter in front */
		number--;
	if (*number == '\0')
		return NO_NUMBER;
	if (number[0] == '0' && number[1] != '\0')
		return "ends in a number with a leading zero";
	if (!vwu_parse_u64(number, 0, NUMBER_MAX, &v))
		return "ends in a number above 4294967294";
	return NULL;
}

const char *vwu_flow_name_invalid(const char *name)
{
	return basic_fault(name, FLOW_NAME_MAX, "is longer than 127 bytes");
}

const char *vwu_bridge_name_invalid(const char *name)
{
	const char *why = basic_fault(name, NAME_MAX_BYTES, TOO_LONG);
	size_t len;

	if (why != NULL)
		return why;
	/* "all" and "default" are directories of net.ipv4.conf: the kernel refuses such links. */
	if (strcmp(name, "default") == 0 || strcmp(name, "all") == 0 ||
	    strncmp(name, "SUNW", 4) == 0)
		return "is reserved";
	len = strlen(name);
	if (len > 2 && name[len - 2] == '-' && strchr("pqrsv", name[len - 1]) != NULL)
		return "ends in '-p', '-q', '-r', '-s' or '-v', as devices hidden behind links do";
	return NULL;
}

bool vwu_name_suggest(const char *name, char *out, size_t len)
{
	if (vwu_name_invalid(name) != NO_NUMBER || strlen(name) >= NAME_MAX_BYTES)
		return false;
	return (size_t)snprintf(out, len, "%s0", name) < len;
}

/*
 * Beginning, '~', seven digits of a hash of the whole, suffix: 15 bytes. Users cannot give a name
 * with '~'. 36^7 values: among 4,000 such names two are the same with probability 1 in 10,000.
 */
static void shorten(const char *name, const char *suffix, char out[VWU_IFNAME])
{
	static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
	size_t keep = VWU_IFNAME - 1 - 8 - strlen(suffix);
	uint64_t v = vwu_hash(name, strlen(name));
	char hash[8];

	v ^= v >> 32;
	for (int i = 0; i < 7; i++, v /= 36)
		hash[i] = digits[v % 36];
	hash[7] = '\0';
	snprintf(out, VWU_IFNAME, "%.*s~%s%s", (int)keep, name, hash, suffix);
}

static void with_suffix(const char *name, const char *suffix, char out[VWU_IFNAME])
{
	if (strlen(name) + strlen(suffix) < VWU_IFNAME) {
		strcpy(out, name);
		strcat(out, suffix);
	} else {
		shorten(name, suffix, out);
	}
}

void vwu_name_kernel(const char *name, char out[VWU_IFNAME])
{
	with_suffix(name, "", out);
}

void vwu_name_port(const char *link, char out[VWU_IFNAME])
{
	with_suffix(link, "-p", out);
}

void vwu_name_far(const char *link, char out[VWU_IFNAME])
{
	with_suffix(link, "-s", out);
}

void vwu_name_queue(const char *root, char out[VWU_IFNAME])
{
	with_suffix(root, "-q", out);
}

void vwu_name_queue_far(const char *root, char out[VWU_IFNAME])
{
	with_suffix(root, "-r", out);
}

void vwu_name_vlan(const char *over, uint16_t vid, char out[VWU_IFNAME])
{
	char name[64];

	snprintf(name, sizeof(name), "%.*s.%u", NAME_MAX_BYTES, over, vid);
	with_suffix(name, "-v", out);
}
