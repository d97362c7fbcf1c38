/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* tcdump.c - traffic control as the kernel has it: qdiscs, HTB classes, filters of clsact */
#include "kernel/nl.h"
#include "kernel/tc.h"

#include <errno.h>
#include <stdio.h>

#include <linux/gen_stats.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>

#define NS_PER_TICK	64u	/* PSCHED_SHIFT of net/pkt_sched.h */

/* A list being gathered: items of @size bytes. */
struct taking {
	char	*v;
	size_t	 n, cap, size;
	int	 ifindex;	/* of others nothing is taken; 0: of all */
};

static void forget(void *arg)
{
	((struct taking *)arg)->n = 0;
}

/* Room for one more, zeroed; it counts only once t->n is increased. */
static void *room(struct taking *t)
{
	if (t->n == t->cap) {
		size_t cap = t->cap ? t->cap * 2 : 64;
		char *v = reallocarray(t->v, cap, t->size);

		if (v == NULL)
			return NULL;
		t->v = v;
		t->cap = cap;
	}
	return memset(t->v + t->n * t->size, 0, t->size);
}

static const struct tcmsg *header(const struct nlmsghdr *nlh)
{
	if (nlh->nlmsg_len < NLMSG_LENGTH(sizeof(struct tcmsg)))
		return NULL;
	return (const void *)((const char *)nlh + NLMSG_HDRLEN);
}

#define for_each_attr(a, tc, nlh) \
	vwk_for_each_attr((a), (const char *)(tc) + NLMSG_ALIGN(sizeof(*(tc))), \
			  vwk_nlmsg_end(nlh))

static int dump(struct vw_handle *h, struct vwk_nl *nl, uint16_t type, int ifindex,
		uint32_t parent, vwk_msg_fn take, struct taking *t, size_t *n)
{
	union vwk_req req;
	struct tcmsg *tc;
	int rc;

	vwk_req_init(&req, type, NLM_F_DUMP, sizeof(*tc));
	tc = mnl_nlmsg_get_payload(&req.h);
	tc->tcm_ifindex = ifindex;
	tc->tcm_parent = parent;
	rc = vwk_nl_dump(h, nl, &req.h, take, forget, t);
	if (rc < 0) {
		free(t->v);
		return rc;
	}
	*n = t->n;
	return VW_OK;
}

/* -- statistics -------------------------------------------------------------------------------- */

struct counts {
	uint64_t packets, bytes;
	struct gnet_stats_queue queue;
};

static void copy(void *to, size_t size, const struct nlattr *a)
{
	size_t len = vwk_attr_len(a);

	memcpy(to, vwk_attr_data(a), len < size ? len : size);
}

static void parse_counts(const struct nlattr *stats, struct counts *c)
{
	struct gnet_stats_basic basic = { 0 };
	uint64_t packets = 0;
	const struct nlattr *a;

	vwk_for_each_nested(a, stats) {
		switch (vwk_attr_type(a)) {
		case TCA_STATS_BASIC:
			copy(&basic, sizeof(basic), a);
			break;
		case TCA_STATS_PKT64:	/* once 32 bits are too few */
			copy(&packets, sizeof(packets), a);
			break;
		case TCA_STATS_QUEUE:
			copy(&c->queue, sizeof(c->queue), a);
			break;
		}
	}
	c->bytes = basic.bytes;
	c->packets = packets > basic.packets ? packets : basic.packets;
}

/* -- classes ----------------------------------------------------------------------------------- */

static uint32_t bytes_of(uint64_t rate, uint32_t ticks)
{
	__uint128_t n = ((__uint128_t)rate * ticks * NS_PER_TICK + 500000000u) / 1000000000u;

	return n < UINT32_MAX ? (uint32_t)n : UINT32_MAX;
}

static void parse_htb(const struct nlattr *opts, struct vwk_htb *htb)
{
	struct tc_htb_opt opt = { 0 };
	uint64_t rate = 0, ceil = 0;
	const struct nlattr *a;

	vwk_for_each_nested(a, opts) {
		switch (vwk_attr_type(a)) {
		case TCA_HTB_PARMS:
			copy(&opt, sizeof(opt), a);
			break;
		case TCA_HTB_RATE64:
			copy(&rate, sizeof(rate), a);
			break;
		case TCA_HTB_CEIL64:
			copy(&ceil, sizeof(ceil), a);
			break;
		}
	}
	htb->rate = rate != 0 ? rate : opt.rate.rate;
	htb->ceil = ceil != 0 ? ceil : opt.ceil.rate;
	htb->burst = bytes_of(htb->rate, opt.buffer);
	htb->cburst = bytes_of(htb->ceil, opt.cbuffer);
	htb->quantum = opt.quantum;
	htb->prio = opt.prio;
}

static int take_class(const struct nlmsghdr *nlh, void *arg)
{
	const struct tcmsg *tc = header(nlh);
	struct counts counts = { 0 };
	struct taking *t = arg;
	const struct nlattr *a;
	struct vwk_class *c;
	bool htb = false;

	if (nlh->nlmsg_type != RTM_NEWTCLASS)
		return 0;
	if (tc == NULL)
		return -EBADMSG;
	if (tc->tcm_ifindex != t->ifindex)
		return 0;
	c = room(t);
	if (c == NULL)
		return -ENOMEM;
	c->classid = tc->tcm_handle;
	c->parent = tc->tcm_parent;
	c->leaf = tc->tcm_info;
	for_each_attr(a, tc, nlh) {
		if (vwk_attr_type(a) == TCA_KIND)	/* fq_codel shows its flows as classes, too */
			htb = strcmp(vwk_attr_data(a), "htb") == 0;
		else if (vwk_attr_type(a) == TCA_OPTIONS)
			parse_htb(a, &c->htb);
		else if (vwk_attr_type(a) == TCA_STATS2)
			parse_counts(a, &counts);
	}
	c->packets = counts.packets;
	c->bytes = counts.bytes;
	c->drops = counts.queue.drops;
	c->overlimits = counts.queue.overlimits;
	c->backlog = counts.queue.backlog;
	c->qlen = counts.queue.qlen;
	t->n += htb;
	return 0;
}

int vwk_class_dump(struct vw_handle *h, struct vwk_nl *nl, int ifindex, struct vwk_class **out,
		   size_t *n)
{
	struct taking t = { .size = sizeof(**out), .ifindex = ifindex };
	int rc = dump(h, nl, RTM_GETTCLASS, ifindex, 0, take_class, &t, n);

	if (rc == VW_OK)
		*out = (struct vwk_class *)t.v;
	return rc;
}

/* -- qdiscs ------------------------------------------------------------------------------------ */

static void copy_text(char *to, size_t size, const struct nlattr *a)
{
	snprintf(to, size, "%.*s", (int)vwk_attr_len(a), (const char *)vwk_attr_data(a));
}

static int take_qdisc(const struct nlmsghdr *nlh, void *arg)
{
	const struct tcmsg *tc = header(nlh);
	struct counts counts = { 0 };
	struct taking *t = arg;
	const struct nlattr *a;
	struct vwk_qdisc *q;

	if (nlh->nlmsg_type != RTM_NEWQDISC)
		return 0;
	if (tc == NULL)
		return -EBADMSG;
	/* The kernel lists those of every device. */
	if (t->ifindex != 0 && tc->tcm_ifindex != t->ifindex)
		return 0;
	q = room(t);
	if (q == NULL)
		return -ENOMEM;
	q->ifindex = tc->tcm_ifindex;
	q->handle = tc->tcm_handle;
	q->parent = tc->tcm_parent;
	for_each_attr(a, tc, nlh) {
		if (vwk_attr_type(a) == TCA_KIND)
			copy_text(q->kind, sizeof(q->kind), a);
		else if (vwk_attr_type(a) == TCA_STATS2)
			parse_counts(a, &counts);
	}
	q->packets = counts.packets;
	q->bytes = counts.bytes;
	q->drops = counts.queue.drops;
	q->backlog = counts.queue.backlog;
	q->qlen = counts.queue.qlen;
	t->n++;
	return 0;
}

int vwk_qdisc_dump(struct vw_handle *h, struct vwk_nl *nl, int ifindex, struct vwk_qdisc **out,
		   size_t *n)
{
	struct taking t = { .size = sizeof(**out), .ifindex = ifindex };
	int rc = dump(h, nl, RTM_GETQDISC, ifindex, 0, take_qdisc, &t, n);

	if (rc == VW_OK)
		*out = (struct vwk_qdisc *)t.v;
	return rc;
}

/* -- filters ----------------------------------------------------------------------------------- */

static void parse_bpf(const struct nlattr *opts, struct vwk_filter *f)
{
	const struct nlattr *a;

	vwk_for_each_nested(a, opts) {
		if (vwk_attr_type(a) == TCA_BPF_NAME)
			copy_text(f->name, sizeof(f->name), a);
		else if (vwk_attr_type(a) == TCA_BPF_ID)
			f->prog_id = vwk_attr_u32(a);
	}
}

static int take_filter(const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *a, *opts = NULL;
	const struct tcmsg *tc = header(nlh);
	struct taking *t = arg;
	struct vwk_filter *f;

	if (nlh->nlmsg_type != RTM_NEWTFILTER)
		return 0;
	if (tc == NULL)
		return -EBADMSG;
	/* Handle 0 is the priority itself, not one of its filters. */
	if (tc->tcm_ifindex != t->ifindex || tc->tcm_handle == 0)
		return 0;
	f = room(t);
	if (f == NULL)
		return -ENOMEM;
	f->prio = TC_H_MAJ(tc->tcm_info) >> 16;
	f->handle = tc->tcm_handle;
	for_each_attr(a, tc, nlh) {
		if (vwk_attr_type(a) == TCA_KIND)
			copy_text(f->kind, sizeof(f->kind), a);
		else if (vwk_attr_type(a) == TCA_OPTIONS)
			opts = a;
	}
	if (opts != NULL && strcmp(f->kind, "bpf") == 0)
		parse_bpf(opts, f);
	t->n++;
	return 0;
}

int vwk_filter_dump(struct vw_handle *h, struct vwk_nl *nl, int ifindex, bool ingress,
		    struct vwk_filter **out, size_t *n)
{
	struct taking t = { .size = sizeof(**out), .ifindex = ifindex };
	uint32_t hook = ingress ? TC_H_MIN_INGRESS : TC_H_MIN_EGRESS;
	int rc = dump(h, nl, RTM_GETTFILTER, ifindex, TC_H_MAKE(TC_H_CLSACT, hook), take_filter,
		      &t, n);

	if (rc == VW_OK)
		*out = (struct vwk_filter *)t.v;
	return rc;
}
