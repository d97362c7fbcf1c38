/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* linkprop.c - the table of link properties, in the order illumos's show-linkprop prints them */
#include "prop/prop.h"
#include "prop/rows.h"

#define HAS_ADDRESS	(VW_CLASS_PHYS | VW_CLASS_VNIC | VW_CLASS_SIMNET)
/* An etherstub is a bridge itself and a VNIC is the end of the line: neither is ever a port. */
#define BRIDGE_PORT	(VW_CLASS_PHYS | VW_CLASS_AGGR | VW_CLASS_SIMNET)
/* Everything else stays in the host, which is where its switching is done. */
#define PLACEABLE	(VW_CLASS_PHYS | VW_CLASS_VNIC)

const struct vwp_desc vwp_linkprops[] = {
	VWP_RO(.name = "speed", .classes = VW_CLASS_PHYS, .defval = "", .possible = "",
	       .help = "speed of the link in Mb/s",
	       .read = vwp_speed_read),
	VWP_RW(.name = "zone", .classes = PLACEABLE, .defval = "", .possible = "",
	       .help = "zone that has the link: a name, a path or a process id; empty: the host",
	       .flags = VWP_STRUCTURAL,
	       .parse = vwp_zone_parse, .read = vwp_zone_read),
	VWP_RO(.name = "duplex", .classes = VW_CLASS_PHYS, .defval = "", .possible = "half,full",
	       .help = "do both directions work at once?",
	       .read = vwp_duplex_read),
	VWP_RO(.name = "state", .classes = VW_CLASS_ANY, .defval = "up", .possible = "up,down",
	       .help = "can the link carry frames now?",
	       .read = vwp_state_read),
	VWP_RW(.name = "adv_autoneg_cap", .classes = VW_CLASS_PHYS, .defval = "1",
	       .possible = "0,1", .help = "negotiate speed and duplex with the other end",
	       .apply = vwp_autoneg_apply, .read = vwp_autoneg_read),
	VWP_RW(.name = "mtu", .classes = VW_CLASS_ANY, .defval = "", .possible = "",
	       .help = "largest payload of a frame in bytes; never above the link below",
	       .range = vwp_mtu_range, .check = vwp_mtu_check, .apply = vwp_mtu_apply,
	       .read = vwp_mtu_read, .defread = vwp_mtu_default),
	VWP_RW(.name = "flowctrl", .classes = VW_CLASS_PHYS, .defval = "bi",
	       .possible = "no,tx,rx,bi",
	       .help = "pause frames: none, send them, obey them, both",
	       .apply = vwp_flowctrl_apply, .read = vwp_flowctrl_read),
	VWP_RW(.name = "secondary-macs", .classes = VW_CLASS_VNIC, .defval = "--", .possible = "",
	       .help = "up to 31 further unicast addresses a VNIC over an etherstub receives",
	       .flags = VWP_LIST,
	       .parse = vwp_secondary_parse, .check = vwp_secondary_check,
	       .apply = vwp_secondary_apply, .read = vwp_secondary_read),
	VWP_RW(.name = "hoplimit", .classes = VW_CLASS_IPTUN, .defval = "64", .possible = "",
	       .help = "hop limit of the packets that carry the tunnel",
	       .range = vwp_hoplimit_range, .apply = vwp_hoplimit_apply,
	       .read = vwp_hoplimit_read),
	VWP_RW(.name = "encaplimit", .classes = VW_CLASS_IPTUN, .defval = "4", .possible = "",
	       .help = "how often packets of an IPv6 tunnel may be wrapped again; 0: no limit",
	       .range = vwp_encaplimit_range, .check = vwp_encaplimit_check,
	       .apply = vwp_encaplimit_apply, .read = vwp_encaplimit_read),
	VWP_RW(.name = "forward", .classes = BRIDGE_PORT, .defval = "1", .possible = "0,1",
	       .help = "may the bridge forward frames through this port?", .flags = VWP_BRPORT,
	       .apply = vwp_forward_apply, .read = vwp_forward_read),
	VWP_RW(.name = "default_tag", .classes = BRIDGE_PORT, .defval = "1", .possible = "",
	       .help = "VLAN given to untagged frames that enter the bridge here; 0: none",
	       .flags = VWP_BRPORT,
	       .range = vwp_default_tag_range, .check = vwp_default_tag_check,
	       .apply = vwp_default_tag_apply, .read = vwp_default_tag_read),
	VWP_RW(.name = "stp", .classes = BRIDGE_PORT, .defval = "1", .possible = "0,1",
	       .help = "take part in spanning tree; 0: a tree frame coming in shuts the port",
	       .flags = VWP_BRPORT,
	       .apply = vwp_stp_apply, .read = vwp_stp_read),
	VWP_RW(.name = "stp_priority", .classes = BRIDGE_PORT, .defval = "128", .possible = "",
	       .help = "spanning tree priority of the port, in steps of 4; the lowest wins",
	       .flags = VWP_BRPORT,
	       .range = vwp_stp_priority_range, .check = vwp_stp_priority_check,
	       .apply = vwp_stp_priority_apply, .read = vwp_stp_priority_read),
	VWP_RW(.name = "stp_cost", .classes = BRIDGE_PORT, .defval = "auto", .possible = "",
	       .help = "spanning tree path cost, 1 to 65535; auto: after the speed of the link",
	       .flags = VWP_BRPORT,
	       .parse = vwp_stp_cost_parse, .apply = vwp_stp_cost_apply,
	       .read = vwp_stp_cost_read),
	VWP_RO(.name = "promisc-filtered", .classes = VW_CLASS_VNIC, .defval = "on",
	       .possible = "on", .help = "in promiscuous mode too a VNIC sees its own frames only",
	       .parse = vwp_promisc_parse, .read = vwp_promisc_read),
	VWP_RO(.name = "media", .classes = VW_CLASS_PHYS, .defval = "", .possible = "",
	       .help = "what the plug is, such as 1000BASE-T",
	       .read = vwp_media_read),
	VWP_RW(.name = "mac-address", .classes = HAS_ADDRESS, .defval = "", .possible = "",
	       .help = "Ethernet address of the link", .flags = VWP_STRUCTURAL,
	       .parse = vwp_mac_parse, .apply = vwp_mac_apply, .read = vwp_mac_read,
	       .defread = vwp_mac_default),
	VWP_RW(.name = "txqueuelen", .classes = VW_CLASS_ANY, .defval = "1000", .possible = "",
	       .help = "packets that may wait to be sent",
	       .range = vwp_txqueuelen_range, .apply = vwp_txqueuelen_apply,
	       .read = vwp_txqueuelen_read),
	VWP_RW(.name = "alias", .classes = VW_CLASS_ANY, .defval = "", .possible = "",
	       .help = "a note of up to 255 bytes, shown by ip(8) too",
	       .parse = vwp_alias_parse, .apply = vwp_alias_apply, .read = vwp_alias_read),
};
const size_t vwp_nlinkprops = VWU_ARRAY_SIZE(vwp_linkprops);

const struct vw_linkprop_desc *vw_linkprop_desc_get(size_t i)
{
	return i < vwp_nlinkprops ? &vwp_linkprops[i].pub : NULL;
}

/* A phys link was not made by us: what is set on it is a property, not what it is made of. */
bool vwp_is_member(const struct vwp_desc *d, unsigned cls)
{
	if (!(d->flags & VWP_STRUCTURAL))
		return false;
	return d->apply == NULL || cls != VW_CLASS_PHYS;
}
