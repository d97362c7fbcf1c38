/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* feature.c - offloads of a device by name, and those that get in our way */
#include "kernel/steer.h"

#include <errno.h>

#include <linux/ethtool.h>

#include "kernel/nl.h"

/* Numbers of features change from kernel to kernel; their names do not. */
static int find(const struct vwk_nl *nl, const char *ifname, const char *name, uint32_t *bit,
		uint32_t *count)
{
	union { struct ethtool_sset_info head; uint32_t words[8]; } info = {
		.head = { .cmd = ETHTOOL_GSSET_INFO, .sset_mask = 1u << ETH_SS_FEATURES } };
	const uint32_t *len = &info.words[sizeof(info.head) / sizeof(info.words[0])];
	vwu_auto_free struct ethtool_gstrings *names = NULL;
	int err = vwk_ethtool_call(nl, ifname, &info);

	if (err != 0)
		return err;
	if (info.head.sset_mask == 0 || *len == 0 || *len > 4096)
		return EOPNOTSUPP;
	names = calloc(1, sizeof(*names) + (size_t)*len * ETH_GSTRING_LEN);
	if (names == NULL)
		return ENOMEM;
	*names = (struct ethtool_gstrings){ .cmd = ETHTOOL_GSTRINGS,
		.string_set = ETH_SS_FEATURES, .len = *len };
	err = vwk_ethtool_call(nl, ifname, names);
	*count = *len;
	for (*bit = 0; err == 0 && *bit < *len; ++*bit)
		if (strncmp((char *)names->data + *bit * ETH_GSTRING_LEN, name,
			    ETH_GSTRING_LEN) == 0)
			return 0;
	return err != 0 ? err : EOPNOTSUPP;
}

int vwk_feature_get(const struct vwk_nl *nl, const char *ifname, const char *name,
		    struct vwk_feature *out)
{
	vwu_auto_free struct ethtool_gfeatures *f = NULL;
	const struct ethtool_get_features_block *b;
	uint32_t bit, count, blocks, flag;
	int err = find(nl, ifname, name, &bit, &count);

	if (err != 0)
		return err;
	blocks = (count + 31) / 32;
	f = calloc(1, sizeof(*f) + blocks * sizeof(f->features[0]));
	if (f == NULL)
		return ENOMEM;
	f->cmd = ETHTOOL_GFEATURES;
	f->size = blocks;
	err = vwk_ethtool_call(nl, ifname, f);
	if (err != 0)
		return err;
	b = &f->features[bit / 32];
	flag = 1u << bit % 32;
	out->on = (b->active & flag) != 0;
	out->can = (b->available & flag) != 0 && (b->never_changed & flag) == 0;
	return 0;
}

/* The kernel takes a wish and may not fulfil it: what came of it is read back. */
int vwk_feature_set(const struct vwk_nl *nl, const char *ifname, const char *name, bool on)
{
	vwu_auto_free struct ethtool_sfeatures *f = NULL;
	struct vwk_feature is = { 0 };
	uint32_t bit, count, blocks;
	int err = find(nl, ifname, name, &bit, &count);

	if (err != 0)
		return err;
	blocks = (count + 31) / 32;
	f = calloc(1, sizeof(*f) + blocks * sizeof(f->features[0]));
	if (f == NULL)
		return ENOMEM;
	f->cmd = ETHTOOL_SFEATURES;
	f->size = blocks;
	f->features[bit / 32].valid = 1u << bit % 32;
	f->features[bit / 32].requested = on ? 1u << bit % 32 : 0;
	err = vwk_ethtool_call(nl, ifname, f);
	if (err == 0)
		err = vwk_feature_get(nl, ifname, name, &is);
	return err == 0 && is.on != on ? EOPNOTSUPP : err;
}

int vwk_feature_off(struct vw_handle *h, struct vwk_nl *nl, const char *ifname, const char *name)
{
	struct vwk_feature f = { 0 };
	int err = vwk_feature_get(nl, ifname, name, &f);

	if (err == ENODEV)
		return vwk_fail(h, err, NULL, NULL, ifname);
	if (err != 0 || !f.on)
		return VW_OK;
	err = f.can ? vwk_feature_set(nl, ifname, name, false) : EOPNOTSUPP;
	if (err == EOPNOTSUPP) {
		vwc_log(h, VW_LOG_WARNING, "the driver of '%s' does not let %s be turned off",
			ifname, name);
		return VW_OK;
	}
	return err == 0 ? VW_OK : vwk_fail(h, err, NULL, NULL, ifname);
}
