/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* cells.c - cells of struct vw_link_info, from which most tables are made */
#include <inttypes.h>
#include <string.h>

#include "dladm.h"
#include "drops.h"

void dladm_cell_name(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, ((const struct vw_link_info *)row)->name);
}

void dladm_cell_class(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, vw_class_name(((const struct vw_link_info *)row)->cls));
}

void dladm_cell_mtu(struct cli_cell *cell, const void *row)
{
	const struct vw_link_info *l = row;

	if (l->mtu == 0)
		cli_set_unknown(cell);
	else
		cli_set_number(cell, l->mtu);
}

void dladm_set_state(struct cli_cell *cell, unsigned state)
{
	cli_set_text(cell, vw_state_name(state));
}

void dladm_cell_state(struct cli_cell *cell, const void *row)
{
	dladm_set_state(cell, ((const struct vw_link_info *)row)->state);
}

void dladm_cell_bridge(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, ((const struct vw_link_info *)row)->bridge);
}

void dladm_cell_over(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, ((const struct vw_link_info *)row)->over);
}

void dladm_cell_zone(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, ((const struct vw_link_info *)row)->zone);
}

void dladm_cell_vid(struct cli_cell *cell, const void *row)
{
	cli_set_number(cell, ((const struct vw_link_info *)row)->vid);
}

void dladm_cell_mac(struct cli_cell *cell, const void *row)
{
	const struct vw_link_info *l = row;

	cli_set_mac(cell, l->has_mac ? l->mac : NULL);
}

/* RFC 9568 section 7.3: the address tells the virtual router's number and family. */
static bool is_vrrp(const uint8_t *mac)
{
	return memcmp(mac, "\0\0\x5e\0", 4) == 0 && (mac[4] == 1 || mac[4] == 2);
}

void dladm_cell_mactype(struct cli_cell *cell, const void *row)
{
	const struct vw_link_info *l = row;

	switch (l->mac_type) {
	case VW_MAC_FIXED:
		if (l->has_mac && is_vrrp(l->mac))
			cli_set_format(cell, "vrrp, %u/%s", l->mac[5],
				       l->mac[4] == 1 ? "inet" : "inet6");
		else
			cli_set_text(cell, "fixed");
		break;
	case VW_MAC_RANDOM:
		cli_set_text(cell, "random");
		break;
	case VW_MAC_FACTORY:
		cli_set_text(cell, "factory");
		break;
	default:
		break;
	}
}

void dladm_cell_speed(struct cli_cell *cell, const void *row)
{
	const struct vw_link_info *l = row;

	if (l->speed_mbps == 0)
		cli_set_unknown(cell);
	else
		cli_set_scaled(cell, l->speed_mbps * UINT64_C(1000000), "%u", l->speed_mbps);
}

/* Mb/s, with as many digits after the point as it takes: limits begin at 64 kb/s. */
static void set_mbps(struct cli_cell *cell, uint64_t bits)
{
	size_t len;

	cli_set_scaled(cell, bits, "%" PRIu64 ".%06" PRIu64, bits / 1000000, bits % 1000000);
	len = strlen(cell->buf);
	while (cell->buf[len - 1] == '0')
		len--;
	if (cell->buf[len - 1] == '.')
		len--;
	cell->buf[len] = '\0';
}

/* What the user of a VNIC can have: its limit, unless the link below has less. */
void dladm_cell_limited_speed(struct cli_cell *cell, const void *row)
{
	const struct vw_link_info *l = row;
	uint64_t speed = l->speed_mbps * UINT64_C(1000000);

	if (l->maxbw != UINT64_MAX && (speed == 0 || l->maxbw < speed))
		set_mbps(cell, l->maxbw);
	else
		dladm_cell_speed(cell, row);
}

void dladm_cell_maxbw(struct cli_cell *cell, const void *row)
{
	const struct vw_link_info *l = row;

	if (l->maxbw != UINT64_MAX)
		set_mbps(cell, l->maxbw);
}

void dladm_cell_datapath(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, ((const struct vw_link_info *)row)->datapath);
}

void dladm_set_duplex(struct cli_cell *cell, unsigned duplex)
{
	static const char *const names[] = { "unknown", "half", "full" };

	cli_set_text(cell, duplex <= VW_DUPLEX_FULL ? names[duplex] : names[0]);
}

void dladm_cell_duplex(struct cli_cell *cell, const void *row)
{
	dladm_set_duplex(cell, ((const struct vw_link_info *)row)->duplex);
}

void dladm_cell_media(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, ((const struct vw_link_info *)row)->media);
}

void dladm_cell_device(struct cli_cell *cell, const void *row)
{
	cli_set_text(cell, ((const struct vw_link_info *)row)->kernel_name);
}

void dladm_cell_forced(struct cli_cell *cell, const void *row)
{
	const struct vw_link_info *l = row;

	cli_set_text(cell, l->flags & VW_LINK_FORCED ? "f----" : "-----");
}

#define STATS_CELL(name, member)					\
	void dladm_cell_##name(struct cli_cell *cell, const void *row)	\
	{								\
		const struct vw_link_info *l = row;			\
									\
		cli_set_number(cell, l->stats.member);			\
	}

STATS_CELL(ipackets, rx_packets)
STATS_CELL(rbytes, rx_bytes)
STATS_CELL(ierrors, rx_errors)
STATS_CELL(idrops, rx_dropped)
STATS_CELL(opackets, tx_packets)
STATS_CELL(obytes, tx_bytes)
STATS_CELL(oerrors, tx_errors)
STATS_CELL(odrops, tx_dropped)

#define S VW_LIST_STATS
#define N CLI_NUMBER
#define SM (VW_LIST_STATS | CLI_COL_MORE)
static const struct cli_column stats_columns[] = {
	{ "LINK", 15, dladm_cell_name, "name of the link", "link" },
	{ "IPACKETS", 10, dladm_cell_ipackets, "packets received", "rx_packets", N, S },
	{ "RBYTES", 8, dladm_cell_rbytes, "bytes received", "rx_bytes", N, S },
	{ "IERRORS", 10, dladm_cell_ierrors, "receive errors", "rx_errors", N, S },
	{ "OPACKETS", 12, dladm_cell_opackets, "packets sent", "tx_packets", N, S },
	{ "OBYTES", 12, dladm_cell_obytes, "bytes sent", "tx_bytes", N, S },
	{ "OERRORS", 8, dladm_cell_oerrors, "send errors", "tx_errors", N, S },
	{ "IDROPS", 8, dladm_cell_idrops, "received packets dropped", "rx_dropped", N, SM },
	{ "ODROPS", 8, dladm_cell_odrops, "packets to send dropped", "tx_dropped", N, SM },
	{ 0 }
};
#undef S
#undef N
#undef SM
const struct cli_table dladm_stats_table = { "statistics", stats_columns };

#define DROPS_CELL(member, ...)						\
	static void cell_drops_##member(struct cli_cell *cell, const void *row) \
	{								\
		const struct vw_link_info *l = row;			\
									\
		cli_set_number(cell, l->drops.member);			\
	}
CLI_DROPS(DROPS_CELL)

#define DROPS_COLUMN(member, counter, header, width, short_header, help)	\
	{ header, width, cell_drops_##member, help, "dropped_" #member, CLI_NUMBER, VW_LIST_STATS },
static const struct cli_column drops_columns[] = {
	{ "LINK", 13, dladm_cell_name, "name of the link", "link" },
	CLI_DROPS(DROPS_COLUMN)
	{ 0 }
};
const struct cli_table dladm_drops_table = { "drops", drops_columns };
