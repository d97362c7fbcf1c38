/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ethtool.c - SIOCETHTOOL: speed, duplex, flow control, channels, driver */
#include "kernel/nl.h"

#include <errno.h>
#include <sys/ioctl.h>

#include <linux/ethtool.h>
#include <linux/if.h>
#include <linux/sockios.h>

int vwk_ethtool_call(const struct vwk_nl *nl, const char *ifname, void *cmd)
{
	struct ifreq req = { .ifr_data = cmd };

	if (strlen(ifname) >= sizeof(req.ifr_name))
		return ENODEV;
	strcpy(req.ifr_name, ifname);
	return ioctl(nl->fd, SIOCETHTOOL, &req) < 0 ? errno : 0;
}

int vwk_ethtool_fail(struct vw_handle *h, int err, const char *ifname, const char *thing)
{
	if (err == EOPNOTSUPP)
		return vwc_why(h, VW_ERR_NOTSUP, "the driver of '%s' has no %s", ifname, thing);
	return vwk_fail(h, err, NULL, NULL, ifname);
}

/* -- link settings ----------------------------------------------------------------------------- */

/* Room for all masks that a kernel can ask for: it tells their length as a signed byte. */
union settings {
	struct ethtool_link_settings s;
	uint32_t words[sizeof(struct ethtool_link_settings) / 4 + 3 * 127];
};

/* The @which-th mask: supported, advertised, the peer's. */
static uint32_t *mask(union settings *st, int which)
{
	return st->words + sizeof(st->s) / 4 + which * st->s.link_mode_masks_nwords;
}

/* The kernel first says how long its masks are, then it gives them. */
static int get_settings(const struct vwk_nl *nl, const char *ifname, union settings *st)
{
	int err;

	memset(st, 0, sizeof(*st));
	st->s.cmd = ETHTOOL_GLINKSETTINGS;
	err = vwk_ethtool_call(nl, ifname, st);
	if (err != 0)
		return err;
	if (st->s.link_mode_masks_nwords >= 0)
		return EOPNOTSUPP;
	st->s.link_mode_masks_nwords = (int8_t)-st->s.link_mode_masks_nwords;
	st->s.cmd = ETHTOOL_GLINKSETTINGS;
	err = vwk_ethtool_call(nl, ifname, st);
	return err == 0 && st->s.link_mode_masks_nwords <= 0 ? EOPNOTSUPP : err;
}

static void copy_mask(uint64_t dst[2], union settings *st, int which)
{
	int words = st->s.link_mode_masks_nwords;
	const uint32_t *m = mask(st, which);

	dst[0] = m[0] | (words > 1 ? (uint64_t)m[1] << 32 : 0);
	dst[1] = (words > 2 ? m[2] : 0) | (words > 3 ? (uint64_t)m[3] << 32 : 0);
}

static void take_settings(struct vwk_ethtool *e, union settings *st)
{
	e->has_settings = true;
	if (st->s.speed != (uint32_t)SPEED_UNKNOWN)
		e->speed_mbps = st->s.speed;
	if (st->s.duplex <= DUPLEX_FULL)
		e->duplex = st->s.duplex;
	e->autoneg = st->s.autoneg <= AUTONEG_ENABLE ? st->s.autoneg : -1;
	e->port = st->s.port;
	copy_mask(e->supported, st, 0);
	copy_mask(e->advertising, st, 1);
	copy_mask(e->peer, st, 2);
}

int vwk_ethtool_get(struct vw_handle *h, struct vwk_nl *nl, const char *ifname,
		    struct vwk_ethtool *out)
{
	struct vwk_ethtool e = { .duplex = 255, .autoneg = -1, .port = PORT_OTHER };
	struct ethtool_drvinfo info = { .cmd = ETHTOOL_GDRVINFO };
	union settings st;
	int err;

	err = vwk_ethtool_call(nl, ifname, &info);
	if (err == ENODEV)
		return vwk_fail(h, err, NULL, NULL, ifname);
	if (err == 0) {
		memcpy(e.driver, info.driver, sizeof(e.driver) - 1);
		memcpy(e.bus, info.bus_info, sizeof(e.bus) - 1);
	}
	if (get_settings(nl, ifname, &st) == 0)
		take_settings(&e, &st);
	*out = e;
	return VW_OK;
}

int vwk_ethtool_set_autoneg(struct vw_handle *h, struct vwk_nl *nl, const char *ifname, bool on)
{
	union settings st;
	uint32_t *advertising;
	bool silent = true;
	int err, words;

	err = get_settings(nl, ifname, &st);
	if (err != 0)
		return vwk_ethtool_fail(h, err, ifname, "speed settings");
	words = st.s.link_mode_masks_nwords;
	advertising = mask(&st, 1);
	for (int i = 0; i < words; i++)
		silent = silent && advertising[i] == 0;
	if (on && silent)	/* to negotiate, something must be on offer */
		memcpy(advertising, mask(&st, 0), (size_t)words * sizeof(*advertising));
	st.s.autoneg = on ? AUTONEG_ENABLE : AUTONEG_DISABLE;
	st.s.cmd = ETHTOOL_SLINKSETTINGS;
	err = vwk_ethtool_call(nl, ifname, &st);
	return err == 0 ? VW_OK : vwk_ethtool_fail(h, err, ifname, "auto-negotiation to set");
}

/* -- flow control and channels ----------------------------------------------------------------- */

int vwk_pause_get(struct vw_handle *h, struct vwk_nl *nl, const char *ifname, struct vwk_pause *p)
{
	struct ethtool_pauseparam par = { .cmd = ETHTOOL_GPAUSEPARAM };
	int err = vwk_ethtool_call(nl, ifname, &par);

	if (err != 0)
		return vwk_ethtool_fail(h, err, ifname, "flow control");
	*p = (struct vwk_pause){ par.autoneg != 0, par.rx_pause != 0, par.tx_pause != 0 };
	return VW_OK;
}

int vwk_pause_set(struct vw_handle *h, struct vwk_nl *nl, const char *ifname,
		  const struct vwk_pause *p)
{
	struct ethtool_pauseparam par = { .cmd = ETHTOOL_SPAUSEPARAM, .autoneg = p->autoneg,
					  .rx_pause = p->rx, .tx_pause = p->tx };
	int err = vwk_ethtool_call(nl, ifname, &par);

	return err == 0 ? VW_OK : vwk_ethtool_fail(h, err, ifname, "flow control to set");
}

int vwk_channels_get(struct vw_handle *h, struct vwk_nl *nl, const char *ifname,
		     struct vwk_channels *c)
{
	struct ethtool_channels ch = { .cmd = ETHTOOL_GCHANNELS };
	int err = vwk_ethtool_call(nl, ifname, &ch);

	if (err != 0)
		return vwk_ethtool_fail(h, err, ifname, "channels");
	*c = (struct vwk_channels){
		.rx = ch.rx_count, .tx = ch.tx_count, .combined = ch.combined_count,
		.max_rx = ch.max_rx, .max_tx = ch.max_tx, .max_combined = ch.max_combined,
	};
	return VW_OK;
}

/* -- link modes -------------------------------------------------------------------------------- */

struct mode {
	uint8_t	 first, last;	/* bits, ETHTOOL_LINK_MODE_..._BIT */
	bool	 half;
	uint32_t mbps;
};
/* Of one speed there are many modes, one for each medium. Numbers without a name are younger than
 * the oldest header that this builds with: Linux 6.2 (10BASE-T1S), 6.10 (800G), 6.14 (T1BRR). */
static const struct mode modes[] = {
	{ 0, 0, true, 10 },	{ 1, 1, false, 10 },	{ 2, 2, true, 100 },
	{ 3, 3, false, 100 },	{ 4, 4, true, 1000 },	{ 5, 5, false, 1000 },
	{ 12, 12, false, 10000 },	{ 15, 15, false, 2500 },	{ 17, 17, false, 1000 },
	{ 18, 20, false, 10000 },	{ 21, 22, false, 20000 },	{ 23, 26, false, 40000 },
	{ 27, 30, false, 56000 },	{ 31, 33, false, 25000 },	{ 34, 35, false, 50000 },
	{ 36, 39, false, 100000 },	{ 40, 40, false, 50000 },	{ 41, 41, false, 1000 },
	{ 42, 46, false, 10000 },	{ 47, 47, false, 2500 },	{ 48, 48, false, 5000 },
	{ 52, 56, false, 50000 },	{ 57, 61, false, 100000 },	{ 62, 66, false, 200000 },
	{ 67, 67, false, 100 },		{ 68, 68, false, 1000 },	{ 69, 73, false, 400000 },
	{ 75, 79, false, 100000 },	{ 80, 84, false, 200000 },	{ 85, 89, false, 400000 },
	{ 90, 90, true, 100 },		{ 91, 91, false, 100 },		{ 92, 92, false, 10 },
	{ 93, 98, false, 800000 },	{ 99, 99, false, 10 },		{ 100, 101, true, 10 },
	{ 102, 102, false, 10 },
};

static bool mode_set(const uint64_t bits[2], const struct mode *m)
{
	for (unsigned i = m->first; i <= m->last; i++)
		if (bits[i / 64] >> (i % 64) & 1)
			return true;
	return false;
}

/* The highest speed below @below that @bits has; 0: none. */
static uint32_t next_speed(const uint64_t bits[2], uint32_t below, bool *full, bool *half)
{
	uint32_t best = 0;

	*full = *half = false;
	for (size_t i = 0; i < VWU_ARRAY_SIZE(modes); i++)
		if (modes[i].mbps < below && modes[i].mbps > best && mode_set(bits, &modes[i]))
			best = modes[i].mbps;
	for (size_t i = 0; i < VWU_ARRAY_SIZE(modes); i++)
		if (modes[i].mbps == best && mode_set(bits, &modes[i]))
			*(modes[i].half ? half : full) = true;
	return best;
}

static void add_speed(struct vwu_str *s, uint32_t mbps)
{
	if (mbps < 1000)
		vwu_str_addf(s, "%uM", mbps);
	else if (mbps % 1000 == 0)
		vwu_str_addf(s, "%uG", mbps / 1000);
	else
		vwu_str_addf(s, "%u.%uG", mbps / 1000, mbps % 1000 / 100);
}

char *vwk_ethtool_modes(const uint64_t bits[2])
{
	struct vwu_str s = { 0 };
	uint32_t mbps = UINT32_MAX;
	bool full, half;

	vwu_str_add(&s, "");
	while ((mbps = next_speed(bits, mbps, &full, &half)) != 0) {
		if (s.len > 0)
			vwu_str_add(&s, ",");
		add_speed(&s, mbps);
		vwu_str_addf(&s, "-%s%s", full ? "f" : "", half ? "h" : "");
	}
	return vwu_str_take(&s);
}
