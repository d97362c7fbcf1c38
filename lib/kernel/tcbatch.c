/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tcbatch.c - operations of a batch for traffic control: clsact, filters, HTB and its leaves */
#include "kernel/nl.h"
#include "kernel/tc.h"

#include <arpa/inet.h>
#include <errno.h>

#include <linux/if.h>
#include <linux/if_ether.h>
#include <linux/neighbour.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>

/* HTB counts time in ticks of 64 ns whatever the machine: PSCHED_SHIFT of net/pkt_sched.h. */
#define TICKS_PER_S	(1000000000u / 64)

static struct nlmsghdr *message(struct vwk_batch *b, uint16_t type, uint16_t flags, int ifindex,
				uint32_t parent, uint32_t handle, const char *kind)
{
	struct nlmsghdr *m;
	struct tcmsg *tc;

	m = vwk_batch_msg(b, type, flags, sizeof(*tc));
	if (m == NULL)
		return NULL;
	tc = mnl_nlmsg_get_payload(m);
	tc->tcm_family = AF_UNSPEC;
	tc->tcm_ifindex = ifindex;
	tc->tcm_parent = parent;
	tc->tcm_handle = handle;
	if (kind != NULL)
		vwk_batch_attr_str(b, m, TCA_KIND, kind);
	return m;
}

/* What is to go is not there, or its device is not there: that is all the same. */
static int gone_op(struct vwk_batch *b, struct nlmsghdr *m)
{
	if (m == NULL)
		return -1;
	vwk_batch_put(b, m);
	vwk_batch_fine(b, ENOENT);
	vwk_batch_fine(b, ENODEV);
	return vwk_batch_op(b);
}

/* -- clsact and its filters -------------------------------------------------------------------- */

/* Not exclusive: a clsact that is there is "changed", which does nothing, while an ingress qdisc
 * in its place is an error. */
int vwk_batch_clsact(struct vwk_batch *b, int ifindex)
{
	struct nlmsghdr *m = message(b, RTM_NEWQDISC, NLM_F_CREATE, ifindex, TC_H_CLSACT,
				     TC_H_MAKE(TC_H_CLSACT, 0), "clsact");

	if (m == NULL)
		return -1;
	vwk_batch_put(b, m);
	return vwk_batch_op(b);
}

int vwk_batch_clsact_del(struct vwk_batch *b, int ifindex)
{
	/* EINVAL: what is there, if it is more than noop, is none of this kind. */
	vwk_batch_fine(b, EINVAL);
	return gone_op(b, message(b, RTM_DELQDISC, 0, ifindex, TC_H_CLSACT, 0, "clsact"));
}

static struct nlmsghdr *filter_message(struct vwk_batch *b, uint16_t type, uint16_t flags,
				       int ifindex, bool ingress)
{
	uint32_t hook = ingress ? TC_H_MIN_INGRESS : TC_H_MIN_EGRESS;
	struct nlmsghdr *m = message(b, type, flags, ifindex, TC_H_MAKE(TC_H_CLSACT, hook), 1,
				     "bpf");
	struct tcmsg *tc;

	if (m != NULL) {
		tc = mnl_nlmsg_get_payload(m);
		tc->tcm_info = TC_H_MAKE(VWK_TC_PRIO << 16, htons(ETH_P_ALL));
	}
	return m;
}

int vwk_batch_filter(struct vwk_batch *b, int ifindex, bool ingress, int progfd, const char *name)
{
	struct nlmsghdr *m = filter_message(b, RTM_NEWTFILTER, NLM_F_CREATE, ifindex, ingress);
	struct nlattr *opts;

	if (m == NULL)
		return -1;
	opts = mnl_attr_nest_start(m, TCA_OPTIONS);
	vwk_batch_attr_u32(b, m, TCA_BPF_FD, (uint32_t)progfd);
	vwk_batch_attr_str(b, m, TCA_BPF_NAME, name);
	vwk_batch_attr_u32(b, m, TCA_BPF_FLAGS, TCA_BPF_FLAG_ACT_DIRECT);
	mnl_attr_nest_end(m, opts);
	vwk_batch_put(b, m);
	return vwk_batch_op(b);
}

int vwk_batch_filter_del(struct vwk_batch *b, int ifindex, bool ingress)
{
	/* EINVAL: no clsact, or somebody else's filter of another kind at our place. */
	vwk_batch_fine(b, EINVAL);
	return gone_op(b, filter_message(b, RTM_DELTFILTER, 0, ifindex, ingress));
}

/* -- HTB --------------------------------------------------------------------------------------- */

/*
 * Two messages: HTB cannot be changed, so one that is there makes the first fail with EEXIST; but
 * so does any other qdisc. The second changes nothing and fails unless HTB is there by now.
 *
 * Frames without a class are dropped (direct queue of length 0): a class that is missing may not
 * become a way around the limit.
 */
int vwk_batch_htb(struct vwk_batch *b, int ifindex, uint16_t major)
{
	struct tc_htb_glob glob = { .version = TC_HTB_PROTOVER, .rate2quantum = 10 };
	uint32_t handle = (uint32_t)major << 16;
	struct nlmsghdr *m = message(b, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, ifindex,
				     TC_H_ROOT, handle, "htb");
	struct nlattr *opts;

	if (m == NULL)
		return -1;
	opts = mnl_attr_nest_start(m, TCA_OPTIONS);
	vwk_batch_attr(b, m, TCA_HTB_INIT, &glob, sizeof(glob));
	vwk_batch_attr_u32(b, m, TCA_HTB_DIRECT_QLEN, 0);
	mnl_attr_nest_end(m, opts);
	vwk_batch_put(b, m);
	vwk_batch_fine(b, EEXIST);
	m = message(b, RTM_NEWQDISC, NLM_F_REPLACE, ifindex, TC_H_ROOT, handle, "htb");
	if (m == NULL)
		return -1;
	vwk_batch_put(b, m);
	return vwk_batch_op(b);
}

/* How long @bytes take at @rate, in ticks. */
static uint32_t ticks(uint64_t rate, uint32_t bytes)
{
	uint64_t t = rate > 0 ? ((uint64_t)bytes * TICKS_PER_S + rate - 1) / rate : UINT32_MAX;

	return t < UINT32_MAX ? (uint32_t)t : UINT32_MAX;
}

static struct tc_ratespec ratespec(uint64_t rate)
{
	/* A link layer given, even the plain one, spares the rate tables of tc(8)'s old days. */
	return (struct tc_ratespec){ .linklayer = TC_LINKLAYER_ETHERNET,
		.rate = rate < UINT32_MAX ? (uint32_t)rate : UINT32_MAX };
}

int vwk_batch_class(struct vwk_batch *b, int ifindex, uint32_t parent, uint32_t classid,
		    const struct vwk_htb *htb)
{
	struct tc_htb_opt opt = {
		.rate = ratespec(htb->rate), .ceil = ratespec(htb->ceil),
		.buffer = ticks(htb->rate, htb->burst), .cbuffer = ticks(htb->ceil, htb->cburst),
		.quantum = htb->quantum, .prio = htb->prio,
	};
	struct nlmsghdr *m = message(b, RTM_NEWTCLASS, NLM_F_CREATE, ifindex, parent, classid,
				     "htb");
	struct nlattr *opts;

	if (m == NULL)
		return -1;
	opts = mnl_attr_nest_start(m, TCA_OPTIONS);
	if (htb->rate > UINT32_MAX)
		vwk_batch_attr(b, m, TCA_HTB_RATE64, &htb->rate, sizeof(htb->rate));
	if (htb->ceil > UINT32_MAX)
		vwk_batch_attr(b, m, TCA_HTB_CEIL64, &htb->ceil, sizeof(htb->ceil));
	vwk_batch_attr(b, m, TCA_HTB_PARMS, &opt, sizeof(opt));
	mnl_attr_nest_end(m, opts);
	vwk_batch_put(b, m);
	return vwk_batch_op(b);
}

int vwk_batch_class_del(struct vwk_batch *b, int ifindex, uint32_t classid)
{
	return gone_op(b, message(b, RTM_DELTCLASS, 0, ifindex, 0, classid, NULL));
}

/* -- leaves ------------------------------------------------------------------------------------ */

static int bfifo(struct vwk_batch *b, int ifindex, uint32_t classid, uint32_t handle,
		 uint32_t limit)
{
	struct tc_fifo_qopt opt = { .limit = limit };
	struct nlmsghdr *m = message(b, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE, ifindex,
				     classid, handle, "bfifo");

	if (m == NULL)
		return -1;
	vwk_batch_attr(b, m, TCA_OPTIONS, &opt, sizeof(opt));
	vwk_batch_put(b, m);
	return vwk_batch_op(b);
}

#define CODEL_TARGET	5000u		/* us: the kernel's defaults */
#define CODEL_INTERVAL	100000u
/* The default of 1,024 takes 68 kB of each leaf, of which there are thousands. */
#define CODEL_FLOWS	128

static void codel_message(struct vwk_batch *b, uint16_t flags, int ifindex, uint32_t classid,
			  uint32_t handle, uint32_t limit, uint32_t target)
{
	struct nlmsghdr *m = message(b, RTM_NEWQDISC, flags, ifindex, classid, handle,
				     "fq_codel");
	struct nlattr *opts;

	if (m == NULL)
		return;
	opts = mnl_attr_nest_start(m, TCA_OPTIONS);
	vwk_batch_attr_u32(b, m, TCA_FQ_CODEL_LIMIT, limit);
	vwk_batch_attr_u32(b, m, TCA_FQ_CODEL_TARGET, target);
	vwk_batch_attr_u32(b, m, TCA_FQ_CODEL_INTERVAL, CODEL_INTERVAL + target - CODEL_TARGET);
	if (flags & NLM_F_CREATE)
		vwk_batch_attr_u32(b, m, TCA_FQ_CODEL_FLOWS, CODEL_FLOWS);
	mnl_attr_nest_end(m, opts);
	vwk_batch_put(b, m);
}

/* The number of flows is accepted at birth alone: the first message makes, the second changes. */
static int fq_codel(struct vwk_batch *b, int ifindex, uint32_t classid, uint32_t handle,
		    uint32_t limit, uint32_t target)
{
	if (target < CODEL_TARGET)
		target = CODEL_TARGET;
	codel_message(b, NLM_F_CREATE | NLM_F_EXCL, ifindex, classid, handle, limit, target);
	vwk_batch_fine(b, EEXIST);
	codel_message(b, NLM_F_REPLACE, ifindex, classid, handle, limit, target);
	return vwk_batch_op(b);
}

int vwk_batch_leaf(struct vwk_batch *b, int ifindex, uint32_t classid, uint16_t major,
		   enum vwk_leaf kind, uint32_t limit, uint32_t target_us)
{
	uint32_t handle = (uint32_t)major << 16;

	if (kind == VWK_LEAF_BFIFO)
		return bfifo(b, ifindex, classid, handle, limit);
	return fq_codel(b, ifindex, classid, handle, limit, target_us);
}

int vwk_batch_qdisc_del(struct vwk_batch *b, int ifindex, uint32_t parent)
{
	return gone_op(b, message(b, RTM_DELQDISC, 0, ifindex, parent, 0, NULL));
}

/* -- addresses a NIC listens to --------------------------------------------------------------- */

int vwk_batch_unicast(struct vwk_batch *b, int ifindex, const uint8_t mac[6], bool add)
{
	struct nlmsghdr *m;
	struct ndmsg *nd;

	/* Without NLM_F_EXCL an address that is there already is no error. */
	m = vwk_batch_msg(b, add ? RTM_NEWNEIGH : RTM_DELNEIGH, add ? NLM_F_CREATE : 0,
			  sizeof(*nd));
	if (m == NULL)
		return -1;
	nd = mnl_nlmsg_get_payload(m);
	nd->ndm_family = AF_BRIDGE;
	nd->ndm_ifindex = ifindex;
	nd->ndm_flags = NTF_SELF;
	nd->ndm_state = NUD_PERMANENT;
	vwk_batch_attr(b, m, NDA_LLADDR, mac, 6);
	if (!add)
		return gone_op(b, m);
	vwk_batch_put(b, m);
	return vwk_batch_op(b);
}

int vwk_batch_allmulti(struct vwk_batch *b, int ifindex, bool on)
{
	struct ifinfomsg *ifi;
	struct nlmsghdr *m = vwk_batch_msg(b, RTM_SETLINK, 0, sizeof(*ifi));

	if (m == NULL)
		return -1;
	ifi = mnl_nlmsg_get_payload(m);
	ifi->ifi_index = ifindex;
	ifi->ifi_flags = on ? IFF_ALLMULTI : 0;
	ifi->ifi_change = IFF_ALLMULTI;
	vwk_batch_put(b, m);
	return vwk_batch_op(b);
}
