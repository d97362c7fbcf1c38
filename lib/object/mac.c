/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mac.c - the MAC address of a new VNIC (paper section 3.1) */
#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "object/mac.h"

/* Sun's OUI with the local bit: the default of paper section 3.1. */
static const uint8_t default_prefix[] = { 0x02, 0x08, 0x20 };

#define DRAWS	1000	/* with a 5-byte prefix there are only 256 addresses to draw */

static bool holds(const struct vws_link *def, const char *over, const uint8_t mac[6])
{
	return def && !def->removed && def->has_mac && def->over &&
	       strcmp(def->over, over) == 0 && memcmp(def->mac, mac, 6) == 0;
}

static const char *holder_in(struct vws_doc *doc, const char *over, const uint8_t mac[6])
{
	if (doc == NULL || !vws_doc_has_mac(doc, mac))
		return NULL;
	for (size_t i = 0; i < vws_doc_count(doc); i++)
		if (holds(vws_doc_at(doc, i), over, mac))
			return vws_doc_at(doc, i)->name;
	return NULL;
}

static int taken(struct vwo_ctx *c, const char *over, const uint8_t mac[6])
{
	const char *name = holder_in(c->saved, over, mac);
	char text[VW_MAC_STRLEN];

	if (name == NULL)
		name = holder_in(c->temp, over, mac);
	if (name == NULL)
		return VW_OK;
	vwc_why(c->h, VW_ERR_EXIST, "MAC address %s is in use by '%s' on the same link",
		vw_mac_format(mac, text), name);
	return vwc_hint(c->h, VW_ERR_EXIST, "choose another, or leave -m out for a random one");
}

static bool known(struct vwo_ctx *c, const uint8_t mac[6])
{
	return vws_doc_has_mac(c->saved, mac) || (c->temp && vws_doc_has_mac(c->temp, mac));
}

int vwo_mac_draw(struct vwo_ctx *c, const char *prefix, uint8_t mac[6])
{
	size_t n = sizeof(default_prefix);

	memcpy(mac, default_prefix, n);
	if (prefix != NULL) {
		n = vwu_mac_prefix_parse(prefix, mac);
		if (n == 0 || (mac[0] & 1)) {
			vwc_why(c->h, VW_ERR_BADVAL, n ? "MAC address prefix '%s' is a multicast one"
				: "'%s' is not a MAC address prefix", prefix);
			return vwc_hint(c->h, VW_ERR_BADVAL, "a prefix is 1 to 6 bytes such as "
					"2:8:20");
		}
	}
	for (int i = 0; i < DRAWS; i++) {
		while (n < 6 && getrandom(mac + n, 6 - n, 0) != (ssize_t)(6 - n))
			if (errno != EINTR)
				return vwc_errno(c->h, VW_ERR_KERNEL, errno, "getrandom");
		if (!known(c, mac) && vwu_mac_unusable(mac) == NULL)
			return VW_OK;
	}
	vwc_why(c->h, VW_ERR_EXIST, "no MAC address with prefix '%s' is free", prefix ? prefix : "");
	return vwc_hint(c->h, VW_ERR_EXIST, "give a shorter prefix");
}

static int fixed(struct vwo_ctx *c, const char *text, uint8_t mac[6])
{
	const char *reason;

	if (!vwu_mac_parse(text, mac)) {
		vwc_why(c->h, VW_ERR_BADVAL, "'%s' is not a MAC address", text);
		return vwc_hint(c->h, VW_ERR_BADVAL, "write six bytes such as 2:8:20:a:b:c, or auto, "
				"random or factory");
	}
	reason = vwu_mac_unusable(mac);
	if (reason == NULL)
		return VW_OK;
	vwc_why(c->h, VW_ERR_BADVAL, "MAC address %s %s", text, reason);
	return vwc_hint(c->h, VW_ERR_BADVAL, "leave -m out for a random one");
}

int vwo_mac_choose(struct vwo_ctx *c, const char *text, const char *prefix, struct vws_link *def)
{
	bool random = text == NULL || strcmp(text, "auto") == 0 || strcmp(text, "random") == 0;
	int rc;

	if (!random && prefix != NULL)
		return vwc_why(c->h, VW_ERR_BADVAL, "a prefix goes with a random address only");
	if (!random && strcmp(text, "factory") == 0) {
		vwc_why(c->h, VW_ERR_NOTSUP, "no factory MAC address is free on '%s': Linux drivers "
			"tell of none but the link's own", def->over);
		return vwc_hint(c->h, VW_ERR_NOTSUP, "leave -m out for a random one");
	}
	rc = random ? vwo_mac_draw(c, prefix, def->mac) : fixed(c, text, def->mac);
	if (rc == VW_OK && !random)
		rc = taken(c, def->over, def->mac);
	def->has_mac = rc == VW_OK;
	def->mac_type = random ? VW_MAC_RANDOM : VW_MAC_FIXED;
	return rc;
}
