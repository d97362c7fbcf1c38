/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ip.c - IP addresses with a prefix length, as text and back */
#include "util/util.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

/* Bits behind the first @len are cleared; true: there were some. */
static bool clear_host_bits(struct vwu_prefix *p)
{
	bool any = false;

	for (unsigned i = 0; i < sizeof(p->addr); i++) {
		unsigned bits = p->len > 8 * i ? p->len - 8 * i : 0;
		uint8_t keep = bits >= 8 ? 0xff : (uint8_t)(0xff00 >> bits);

		any |= (p->addr[i] & ~keep) != 0;
		p->addr[i] &= keep;
	}
	return any;
}

const char *vwu_prefix_parse(const char *text, struct vwu_prefix *out)
{
	const char *slash = strchr(text, '/');
	size_t n = slash ? (size_t)(slash - text) : strlen(text);
	char addr[INET6_ADDRSTRLEN];
	uint32_t len, bits;

	memset(out, 0, sizeof(*out));
	if (n >= sizeof(addr))
		return "is no IP address";
	memcpy(addr, text, n);
	addr[n] = '\0';
	if (inet_pton(AF_INET, addr, out->addr) == 1)
		out->family = 4;
	else if (inet_pton(AF_INET6, addr, out->addr) == 1)
		out->family = 6;
	else
		return "is no IP address";
	bits = len = out->family == 4 ? 32 : 128;
	/* "/08" is not how anybody writes a length: two texts for one prefix. */
	if (slash != NULL && (!vwu_parse_u32(slash + 1, 0, bits, &len) ||
			      (slash[1] == '0' && slash[2] != '\0'))) {
		out->family = 0;
		return bits == 32 ? "has a prefix length that is no number up to 32"
				  : "has a prefix length that is no number up to 128";
	}
	out->len = (uint8_t)len;
	return clear_host_bits(out) ? "has bits set behind its prefix length" : NULL;
}

char *vwu_prefix_format(const struct vwu_prefix *p, char out[VWU_PREFIX_STRLEN])
{
	char addr[INET6_ADDRSTRLEN] = "";

	inet_ntop(p->family == 4 ? AF_INET : AF_INET6, p->addr, addr, sizeof(addr));
	snprintf(out, VWU_PREFIX_STRLEN, "%s/%u", addr, p->len);
	return out;
}
