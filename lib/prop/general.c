/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* general.c - properties that links of every kind have: zone, state, txqueuelen, alias */
#include <limits.h>
#include <linux/if.h>
#include <string.h>

#include "prop/rows.h"

#define ALIAS_MAX	255	/* IFALIASZ - 1 */
#define QUEUE_MAX	1000000	/* the kernel takes any; pfifo allocates them all at once */

static int zone_bad(struct vw_handle *h, const char *text, const char *why)
{
	(void)vwc_why(h, VW_ERR_BADVAL, "zone '%.80s' %s", text, why);
	return vwc_hint(h, VW_ERR_BADVAL,
			"a zone is a name below /run/netns, an absolute path or a process id");
}

int vwp_zone_parse(struct vw_handle *h, const char *text, char *out, size_t len)
{
	size_t n = strlen(text);
	uint32_t pid;

	if (!vwp_printable(text))
		return zone_bad(h, text, "holds characters that cannot be shown");
	if (text[0] == '/') {
		if (n >= len || n >= PATH_MAX)
			return zone_bad(h, text, "is too long");
		return vwp_put(h, out, len, "%s", text);
	}
	if (n > NAME_MAX)
		return zone_bad(h, text, "is longer than 255 bytes");
	if (strchr(text, '/') != NULL)
		return zone_bad(h, text, "is a path that does not begin with '/'");
	if (strcmp(text, ".") == 0 || strcmp(text, "..") == 0)
		return zone_bad(h, text, "is no name");
	if (strspn(text, "0123456789") == n && !vwu_parse_u32(text, 1, INT_MAX, &pid))
		return zone_bad(h, text, "is no process id");
	return vwp_put(h, out, len, "%s", text);
}

int vwp_zone_read(struct vw_handle *h, const struct vwp_link *l, char *out, size_t len)
{
	return vwp_put(h, out, len, "%s",
		       l->def != NULL && l->def->zone != NULL ? l->def->zone : "");
}

/* The kernel lets frames through a dormant link and through one whose driver does not tell. */
static bool is_up(const struct vwk_link *dev)
{
	if (!(dev->flags & IFF_UP))
		return false;
	if (dev->operstate == IF_OPER_UNKNOWN)
		return dev->flags & IFF_LOWER_UP;
	return dev->operstate == IF_OPER_UP || dev->operstate == IF_OPER_DORMANT;
}

/* An etherstub has no state in illumos either: it only has VNICs, or none yet. */
int vwp_state_read(struct vw_handle *h, const struct vwp_link *l, char *out, size_t len)
{
	if (l->cls == VW_CLASS_ETHERSTUB)
		return vwp_put(h, out, len, "unknown");
	return vwp_put(h, out, len, "%s", is_up(l->dev) ? "up" : "down");
}

int vwp_txqueuelen_range(struct vw_handle *h, const struct vwp_link *l, uint64_t *min,
			 uint64_t *max)
{
	*min = 0;
	*max = QUEUE_MAX;
	return VW_OK;
}

int vwp_txqueuelen_apply(struct vw_handle *h, const struct vwp_link *l, const char *value)
{
	struct vwk_setlink s = { .ifindex = l->dev->ifindex, .set = VWK_SET_TXQLEN };

	s.txqlen = (uint32_t)strtoul(value, NULL, 10);
	return vwp_set_link(h, l->nl, &s);
}

int vwp_txqueuelen_read(struct vw_handle *h, const struct vwp_link *l, char *out, size_t len)
{
	return vwp_put(h, out, len, "%u", l->dev->txqlen);
}

int vwp_alias_parse(struct vw_handle *h, const char *text, char *out, size_t len)
{
	size_t n = strlen(text);

	if (n > ALIAS_MAX)
		return vwc_why(h, VW_ERR_BADVAL, "alias: must have at most %d bytes, has %zu",
			       ALIAS_MAX, n);
	if (!vwp_printable(text))
		return vwc_why(h, VW_ERR_BADVAL,
			       "alias: must be printable UTF-8 text, is '%.80s'", text);
	return vwp_put(h, out, len, "%s", text);
}

int vwp_alias_apply(struct vw_handle *h, const struct vwp_link *l, const char *value)
{
	return vwp_set_link(h, l->nl, &(struct vwk_setlink){
		.ifindex = l->dev->ifindex, .set = VWK_SET_ALIAS, .alias = value });
}

int vwp_alias_read(struct vw_handle *h, const struct vwp_link *l, char *out, size_t len)
{
	return vwp_put(h, out, len, "%s", l->dev->alias != NULL ? l->dev->alias : "");
}
