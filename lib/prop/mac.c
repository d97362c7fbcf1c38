/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* mac.c - Ethernet addresses: secondary-macs of VNICs over etherstubs, and mac-address */
#include <stdio.h>
#include <string.h>

#include "prop/rows.h"
#include "prop/steer.h"

#define SECONDARY_MAX	31	/* as illumos has it */

struct macs {
	uint8_t	v[SECONDARY_MAX][6];
	size_t	n;
};

static int one_mac(struct vw_handle *h, const char *prop, const char *text, uint8_t mac[6])
{
	const char *why;

	if (!vwu_mac_parse(text, mac))
		return vwc_why(h, VW_ERR_BADVAL,
			       "%s: must be an address such as 2:8:20:1:2:3, is '%.80s'", prop,
			       text);
	why = vwu_mac_unusable(mac);
	if (why != NULL)
		return vwc_why(h, VW_ERR_BADVAL, "%s: '%.80s' %s", prop, text, why);
	return VW_OK;
}

static int put_mac(struct vw_handle *h, const uint8_t mac[6], char *out, size_t len)
{
	char text[VW_MAC_STRLEN];

	return vwp_put(h, out, len, "%s", vw_mac_format(mac, text));
}

int vwp_mac_parse(struct vw_handle *h, const char *text, char *out, size_t len)
{
	uint8_t mac[6];
	int rc = one_mac(h, "mac-address", text, mac);

	return rc < 0 ? rc : put_mac(h, mac, out, len);
}

/* Absent or offline: the address that was asked for. */
int vwp_mac_read(struct vw_handle *h, const struct vwp_link *l, char *out, size_t len)
{
	if (l->dev != NULL)
		return l->dev->mac_len == 6 ? put_mac(h, l->dev->mac, out, len) :
			vwc_why(h, VW_ERR_NOTSUP, "link '%s' has no Ethernet address", l->name);
	if (l->def != NULL && l->def->has_mac)
		return put_mac(h, l->def->mac, out, len);
	return VW_ERR_NOTFOUND;
}

/* A VNIC keeps what was chosen when it was made; hardware has an address of its own. */
int vwp_mac_default(struct vw_handle *h, const struct vwp_link *l, char *out, size_t len)
{
	if (l->cls == VW_CLASS_PHYS && l->dev != NULL && l->dev->has_perm_mac)
		return put_mac(h, l->dev->perm_mac, out, len);
	return vwp_mac_read(h, l, out, len);
}

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, 6);
}

static int put_macs(struct vw_handle *h, struct macs *m, char *out, size_t len)
{
	size_t used = 0;

	if (m->n > 1)
		qsort(m->v, m->n, sizeof(m->v[0]), compare);
	out[0] = '\0';
	for (size_t i = 0; i < m->n; i++) {
		char text[VW_MAC_STRLEN];
		int rc = vwp_put(h, out + used, len - used, "%s%s", i == 0 ? "" : ",",
				 vw_mac_format(m->v[i], text));

		if (rc < 0)
			return rc;
		used += strlen(out + used);
	}
	return VW_OK;
}

static bool among(const struct macs *m, const uint8_t mac[6])
{
	for (size_t i = 0; i < m->n; i++)
		if (memcmp(m->v[i], mac, 6) == 0)
			return true;
	return false;
}

static int list_macs(struct vw_handle *h, const char *text, struct macs *m)
{
	vwu_auto_free char **words = NULL;
	size_t n = 0;

	m->n = 0;
	if (text[0] == '\0')
		return VW_OK;
	words = vwu_split(text, ',', &n);
	if (words == NULL)
		return vwc_nomem(h);
	if (n > SECONDARY_MAX)
		return vwc_why(h, VW_ERR_BADVAL,
			       "secondary-macs: must be at most %d addresses, are %zu",
			       SECONDARY_MAX, n);
	for (size_t i = 0; i < n; i++) {
		uint8_t mac[6];
		int rc = one_mac(h, "secondary-macs", words[i], mac);

		if (rc < 0)
			return rc;
		if (among(m, mac))
			return vwc_why(h, VW_ERR_BADVAL, "secondary-macs: '%s' is there twice",
				       words[i]);
		memcpy(m->v[m->n++], mac, 6);
	}
	return VW_OK;
}

/* Sorted, because the kernel lists forwarding entries in no order. */
int vwp_secondary_parse(struct vw_handle *h, const char *text, char *out, size_t len)
{
	struct macs m;
	int rc = list_macs(h, text, &m);

	return rc < 0 ? rc : put_macs(h, &m, out, len);
}

/* Over an etherstub: the port end is in a bridge. That of a guarded VNIC over a NIC is in none. */
static bool is_bridged(const struct vwp_link *l)
{
	return l->port != NULL && l->port->master != 0;
}

static const uint8_t *own_mac(const struct vwp_link *l)
{
	return l->def != NULL && l->def->has_mac ? l->def->mac : l->dev->mac;
}

/* Addresses of the port end (@mine), and those of the rest of its switch (@others, for free()). */
static int read_fdb(struct vw_handle *h, const struct vwp_link *l, struct macs *mine,
		    struct vwk_fdb **others, size_t *nothers)
{
	struct vwk_fdb *v;
	size_t n;
	int rc = vwk_fdb_dump(h, l->host, l->port->master, &v, &n);

	mine->n = *nothers = 0;
	*others = NULL;
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < n; i++) {
		bool here = v[i].ifindex == l->port->ifindex && !v[i].local;

		if (!here)
			v[(*nothers)++] = v[i];
		else if (memcmp(v[i].mac, own_mac(l), 6) != 0 && mine->n < SECONDARY_MAX &&
			 !among(mine, v[i].mac))
			memcpy(mine->v[mine->n++], v[i].mac, 6);
	}
	*others = v;
	return VW_OK;
}

static int one_address_only(struct vw_handle *h, const struct vwp_link *l)
{
	(void)vwc_why(h, VW_ERR_NOTSUP, "secondary-macs: VNIC '%s' is %s, which receives one "
		      "address only", l->name, l->port != NULL ? "a guarded one over a NIC" :
		      "a macvlan");
	return vwc_hint(h, VW_ERR_NOTSUP, "VNICs over an etherstub can have more");
}

int vwp_secondary_read(struct vw_handle *h, const struct vwp_link *l, char *out, size_t len)
{
	vwu_auto_free struct vwk_fdb *others = NULL;
	struct macs mine;
	size_t n;
	int rc;

	if (!is_bridged(l))
		return one_address_only(h, l);
	rc = read_fdb(h, l, &mine, &others, &n);
	return rc < 0 ? rc : put_macs(h, &mine, out, len);
}

/* The kernel would move the entry of another VNIC over without a word. */
static int refuse_taken(struct vw_handle *h, const struct vwp_link *l, const char *prop,
			const struct macs *want)
{
	vwu_auto_free struct vwk_fdb *others = NULL;
	char text[VW_MAC_STRLEN];
	struct macs mine;
	size_t n;
	int rc = read_fdb(h, l, &mine, &others, &n);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < n; i++)
		if (among(want, others[i].mac))
			return vwc_why(h, VW_ERR_EXIST, "%s: %s is taken on this etherstub", prop,
				       vw_mac_format(others[i].mac, text));
	return VW_OK;
}

int vwp_secondary_check(struct vw_handle *h, const struct vwp_link *l, const char *value)
{
	char text[VW_MAC_STRLEN];
	struct macs want;
	int rc = list_macs(h, value, &want);

	if (rc < 0 || l->dev == NULL)
		return rc;
	if (!is_bridged(l))
		return one_address_only(h, l);
	if (among(&want, own_mac(l)))
		return vwc_why(h, VW_ERR_BADVAL, "secondary-macs: %s is the VNIC's first address",
			       vw_mac_format(own_mac(l), text));
	return refuse_taken(h, l, "secondary-macs", &want);
}

/* What is in @to and not in @from comes, what is in @from and not in @to goes. */
static int change_macs(struct vw_handle *h, const struct vwp_link *l, const struct macs *from,
		       const struct macs *to)
{
	struct vwk_batch *b = vwk_batch_new(h, l->host);
	int rc = VW_OK;

	if (b == NULL)
		return vwc_nomem(h);
	for (size_t i = 0; i < to->n; i++)
		if (!among(from, to->v[i]))
			(void)vwk_batch_fdb(b, l->port->ifindex, to->v[i], true);
	for (size_t i = 0; i < from->n; i++)
		if (!among(to, from->v[i]))
			(void)vwk_batch_fdb(b, l->port->ifindex, from->v[i], false);
	if (vwk_batch_count(b) > 0)
		rc = vwk_batch_run(b, NULL);
	vwk_batch_free(b);
	return rc;
}

int vwp_secondary_apply(struct vw_handle *h, const struct vwp_link *l, const char *value)
{
	vwu_auto_free struct vwk_fdb *others = NULL;
	struct macs want, is, now;
	size_t n;
	int rc = list_macs(h, value, &want);

	if (rc < 0)
		return rc;
	if (!is_bridged(l))
		return one_address_only(h, l);
	rc = read_fdb(h, l, &is, &others, &n);
	if (rc < 0)
		return rc;
	rc = change_macs(h, l, &is, &want);
	if (rc < 0) {
		vwu_auto_free struct vwk_fdb *rest = NULL;

		vwc_keep(h);
		if (read_fdb(h, l, &now, &rest, &n) == VW_OK)
			(void)change_macs(h, l, &now, &is);
	}
	return rc;
}

/* One forwarding entry of the port end, in or out. */
static int set_fdb(struct vw_handle *h, const struct vwp_link *l, const uint8_t mac[6], bool add)
{
	struct vwk_batch *b = vwk_batch_new(h, l->host);
	int rc;

	if (b == NULL)
		return vwc_nomem(h);
	(void)vwk_batch_fdb(b, l->port->ifindex, mac, add);
	rc = vwk_batch_run(b, NULL);
	vwk_batch_free(b);
	return rc;
}

static int set_mac(struct vw_handle *h, const struct vwp_link *l, const uint8_t mac[6])
{
	int rc = vwp_set_link(h, l->nl, &(struct vwk_setlink){
		.ifindex = l->dev->ifindex, .set = VWK_SET_MAC, .mac = mac });

	if (rc == VW_ERR_BUSY)
		(void)vwc_hint(h, rc, "many drivers change the address of a link that is down "
			       "only: 'ip link set %s down' first", l->dev->name);
	return rc;
}

static bool is_mac(const uint8_t a[6], const uint8_t b[6])
{
	return memcmp(a, b, 6) == 0;
}

/*
 * The etherstub learns nothing: it must know the new address before the VNIC speaks with it. What
 * it knew is the address that was asked for; the VNIC's owner may have given the device another.
 */
static int set_switched_mac(struct vw_handle *h, const struct vwp_link *l, const uint8_t mac[6])
{
	const uint8_t *old = own_mac(l);
	struct macs want = { .n = 1 };
	int rc;

	memcpy(want.v[0], mac, 6);
	rc = refuse_taken(h, l, "mac-address", &want);
	if (rc == VW_OK)
		rc = set_fdb(h, l, mac, true);
	if (rc < 0)
		return rc;
	rc = set_mac(h, l, mac);
	if (rc < 0) {
		vwc_keep(h);
		if (!is_mac(old, mac))
			(void)set_fdb(h, l, mac, false);
		return rc;
	}
	if (is_mac(old, mac))	/* object/ has it in the definition already */
		old = l->dev->mac;
	rc = is_mac(old, mac) ? VW_OK : set_fdb(h, l, old, false);
	return rc == VW_ERR_NOTFOUND ? VW_OK : rc;
}

int vwp_mac_apply(struct vw_handle *h, const struct vwp_link *l, const char *value)
{
	uint8_t mac[6];
	int rc = one_mac(h, "mac-address", value, mac);

	if (rc < 0)
		return rc;
	rc = is_bridged(l) ? set_switched_mac(h, l, mac) : set_mac(h, l, mac);
	return rc == VW_OK ? vwp_steer_follow(h, l, mac) : rc;
}
