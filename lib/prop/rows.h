/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* rows.h - the functions that rows of the property table are made of, by family */
#ifndef VWP_ROWS_H
#define VWP_ROWS_H

#include "prop/prop.h"

typedef int vwp_parse_fn(struct vw_handle *h, const char *text, char *out, size_t len);
typedef int vwp_range_fn(struct vw_handle *h, const struct vwp_link *l, uint64_t *min,
			 uint64_t *max);
typedef int vwp_value_fn(struct vw_handle *h, const struct vwp_link *l, const char *value);
typedef int vwp_read_fn(struct vw_handle *h, const struct vwp_link *l, char *out, size_t len);

/* general.c */
vwp_parse_fn vwp_zone_parse, vwp_alias_parse;
vwp_range_fn vwp_txqueuelen_range;
vwp_value_fn vwp_txqueuelen_apply, vwp_alias_apply;
vwp_read_fn vwp_zone_read, vwp_state_read, vwp_txqueuelen_read, vwp_alias_read;

/* mtu.c */
vwp_range_fn vwp_mtu_range;
vwp_value_fn vwp_mtu_check, vwp_mtu_apply;
vwp_read_fn vwp_mtu_read, vwp_mtu_default;

/* ether.c */
vwp_value_fn vwp_autoneg_apply, vwp_flowctrl_apply;
vwp_read_fn vwp_speed_read, vwp_duplex_read, vwp_media_read, vwp_autoneg_read, vwp_flowctrl_read;

/* mac.c */
vwp_parse_fn vwp_mac_parse, vwp_secondary_parse;
vwp_value_fn vwp_mac_apply, vwp_secondary_check, vwp_secondary_apply;
vwp_read_fn vwp_mac_read, vwp_mac_default, vwp_secondary_read;

/* vnic.c */
vwp_parse_fn vwp_promisc_parse;
vwp_read_fn vwp_promisc_read;

/* bridge.c */
vwp_parse_fn vwp_stp_cost_parse;
vwp_range_fn vwp_default_tag_range, vwp_stp_priority_range;
vwp_value_fn vwp_forward_apply, vwp_default_tag_check, vwp_default_tag_apply, vwp_stp_apply,
	vwp_stp_priority_check, vwp_stp_priority_apply, vwp_stp_cost_apply;
vwp_read_fn vwp_forward_read, vwp_default_tag_read, vwp_stp_read, vwp_stp_priority_read,
	vwp_stp_cost_read;

/* tunnel.c */
vwp_range_fn vwp_hoplimit_range, vwp_encaplimit_range;
vwp_value_fn vwp_encaplimit_check, vwp_hoplimit_apply, vwp_encaplimit_apply;
vwp_read_fn vwp_hoplimit_read, vwp_encaplimit_read;

/* prop.c: what several families need */
/* Change one device; @s->ifindex names it. */
int vwp_set_link(struct vw_handle *h, struct vwk_nl *nl, const struct vwk_setlink *s);
/* Would a terminal show @text as it is? */
bool vwp_printable(const char *text);
/* Text into @out; VW_ERR_BADVAL when it has no room. */
int vwp_put(struct vw_handle *h, char *out, size_t len, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

#endif
