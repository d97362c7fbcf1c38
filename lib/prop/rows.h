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

/* policy.c */
vwp_parse_fn vwp_maxbw_parse, vwp_maxbw_rx_parse, vwp_maxbw_tx_parse, vwp_minbw_parse;
vwp_read_fn vwp_maxbw_read, vwp_maxbw_rx_read, vwp_maxbw_tx_read, vwp_minbw_read,
	vwp_priority_read, vwp_datapath_read, vwp_datapath_default;
/* What the engine enforces: classes and maps without programs in front of them are not. */
const struct vwpl_state *vwp_held(const struct vwp_link *l);
const char *vwp_priority_text(enum vwpl_priority p, const char *unset);
enum vwpl_priority vwp_priority_of(const char *text);
/* maxbw, maxbw-rx, maxbw-tx, minbw and priority of a link or flow, checked against each other. */
int vwp_limits_compile(struct vw_handle *h, const struct vws_prop *v, size_t n,
		       struct vwpl_limits *out);

/* protect.c */
vwp_parse_fn vwp_protection_parse, vwp_allowed_ips_parse, vwp_allowed_cids_parse;
vwp_read_fn vwp_protection_read, vwp_allowed_ips_read, vwp_allowed_cids_read;
int vwp_protect_compile(struct vw_handle *h, const struct vws_link *def, struct vwp_policy *out);
/* An address or prefix; bits behind the length are refused. @name: for messages. */
int vwp_prefix_parse(struct vw_handle *h, const char *name, const char *text,
		     struct vwpl_prefix *out);

/* flowattr.c */
int vwp_match_compile(struct vw_handle *h, const struct vws_flow *f, struct vwpl_match *out);

/* tunnel.c */
vwp_range_fn vwp_hoplimit_range, vwp_encaplimit_range;
vwp_value_fn vwp_encaplimit_check, vwp_hoplimit_apply, vwp_encaplimit_apply;
vwp_read_fn vwp_hoplimit_read, vwp_encaplimit_read;

/* cpus.c */
vwp_parse_fn vwp_cpus_parse;
vwp_value_fn vwp_cpus_check, vwp_cpus_apply;
vwp_read_fn vwp_cpus_read, vwp_cpus_effective_read;

/* rings.c */
vwp_parse_fn vwp_rxrings_parse, vwp_txrings_parse;
vwp_range_fn vwp_rxrings_range, vwp_txrings_range;
vwp_value_fn vwp_rxrings_check, vwp_txrings_check, vwp_rxrings_apply, vwp_txrings_apply;
vwp_read_fn vwp_rxrings_read, vwp_txrings_read, vwp_rxrings_effective_read,
	vwp_txrings_effective_read, vwp_rxrings_available_read, vwp_txrings_available_read;

/* prop.c: what several families need */
/* Change one device; @s->ifindex names it. */
int vwp_set_link(struct vw_handle *h, struct vwk_nl *nl, const struct vwk_setlink *s);
/* Would a terminal show @text as it is? */
bool vwp_printable(const char *text);
/* Text into @out; VW_ERR_BADVAL when it has no room. */
int vwp_put(struct vw_handle *h, char *out, size_t len, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

#endif
