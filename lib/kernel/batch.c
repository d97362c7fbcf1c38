/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * batch.c - many changes, one conversation
 *
 * Messages are sent by the 64 KiB. The kernel carries out each in turn and answers only those
 * that fail, and the last of each send, which alone asks for an answer: when that comes, all
 * others have been carried out. Answers are matched by sequence number.
 */
#include "kernel/nl.h"

#include <errno.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <linux/if.h>
#include <linux/netlink.h>
#include <linux/sockios.h>

#define SEND_MAX	(64 * 1024)

struct vwk_batch *vwk_batch_new(struct vw_handle *h, struct vwk_nl *nl)
{
	struct vwk_batch *b = calloc(1, sizeof(*b));

	if (b == NULL) {
		vwc_nomem(h);
		return NULL;
	}
	b->h = h;
	b->nl = nl;
	return b;
}

void vwk_batch_free(struct vwk_batch *b)
{
	if (b == NULL)
		return;
	free(b->buf);
	free(b->err);
	free(b->fine);
	free(b);
}

size_t vwk_batch_count(const struct vwk_batch *b)
{
	return b->n;
}

int vwk_batch_error(const struct vwk_batch *b, size_t i)
{
	return i < b->nerr ? b->err[i] : 0;
}

/* -- writing ----------------------------------------------------------------------------------- */

int vwk_batch_bad(struct vwk_batch *b, int err)
{
	if (b->bad == 0)
		b->bad = err;
	return -1;
}

static bool reserve(struct vwk_batch *b)
{
	size_t cap = b->cap;
	char *buf;

	if (b->cap - b->len >= VWK_BATCH_MSG)
		return true;
	cap = cap != 0 ? cap * 2 : 4 * VWK_BATCH_MSG;
	buf = realloc(b->buf, cap);
	if (buf == NULL) {
		vwk_batch_bad(b, ENOMEM);
		return false;
	}
	b->buf = buf;
	b->cap = cap;
	return true;
}

struct nlmsghdr *vwk_batch_msg(struct vwk_batch *b, uint16_t type, uint16_t flags, size_t extra)
{
	struct nlmsghdr *nlh;

	if (!reserve(b))
		return NULL;
	nlh = mnl_nlmsg_put_header(b->buf + b->len);
	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nlh->nlmsg_seq = (uint32_t)b->n;
	mnl_nlmsg_put_extra_header(nlh, extra);
	return nlh;
}

void vwk_batch_attr(struct vwk_batch *b, struct nlmsghdr *nlh, uint16_t type, const void *data,
		    size_t len)
{
	size_t pad = MNL_ALIGN(len) - len;

	/* Some bytes to spare, for the nests that the caller opens unchecked. */
	if (len >= VWK_BATCH_MSG || !mnl_attr_put_check(nlh, VWK_BATCH_MSG - 256, type, len, data))
		b->full = true;
	else
		memset((char *)nlh + nlh->nlmsg_len - pad, 0, pad);
}

void vwk_batch_attr_str(struct vwk_batch *b, struct nlmsghdr *nlh, uint16_t type, const char *s)
{
	vwk_batch_attr(b, nlh, type, s, strlen(s) + 1);
}

void vwk_batch_attr_u32(struct vwk_batch *b, struct nlmsghdr *nlh, uint16_t type, uint32_t v)
{
	vwk_batch_attr(b, nlh, type, &v, sizeof(v));
}

void vwk_batch_put(struct vwk_batch *b, struct nlmsghdr *nlh)
{
	if (b->full)		/* a text longer than the kernel takes of any kind */
		vwk_batch_bad(b, EINVAL);
	b->full = false;
	b->len += NLMSG_ALIGN(nlh->nlmsg_len);
}

int vwk_batch_op(struct vwk_batch *b)
{
	return b->bad == 0 ? (int)b->n++ : -1;
}

void vwk_batch_fine(struct vwk_batch *b, int err)
{
	if (b->nfine == b->fine_cap) {
		size_t cap = b->fine_cap ? b->fine_cap * 2 : 64;
		struct vwk_fine *v = reallocarray(b->fine, cap, sizeof(*v));

		if (v == NULL) {
			vwk_batch_bad(b, ENOMEM);
			return;
		}
		b->fine = v;
		b->fine_cap = cap;
	}
	b->fine[b->nfine++] = (struct vwk_fine){ b->n, err };
}

/* They are written in the order of the operations. */
static bool is_fine(const struct vwk_batch *b, size_t op, int err)
{
	size_t lo = 0, hi = b->nfine;

	if (err == ENODEV && b->gone_is_fine)
		return true;
	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (b->fine[mid].op < op)
			lo = mid + 1;
		else
			hi = mid;
	}
	for (; lo < b->nfine && b->fine[lo].op == op; lo++)
		if (b->fine[lo].err == err)
			return true;
	return false;
}

/* -- sending and hearing ----------------------------------------------------------------------- */

struct run {
	struct vwk_batch *b;
	uint32_t	  base;		/* sequence number of operation 0 */
	size_t		  first;	/* lowest operation that failed; SIZE_MAX: none */
	char		  text[VWC_TEXT_MAX];
};

/* The first message of an operation that fails tells the reason. */
static void failed_op(struct run *r, size_t op, int err, const struct nlmsghdr *answer)
{
	int *known = &r->b->err[op];

	if (is_fine(r->b, op, err))
		return;
	if (*known != 0 && *known != EAFNOSUPPORT)
		return;
	*known = err;
	if (err == EAFNOSUPPORT || op >= r->first)	/* the former gets a second chance */
		return;
	r->first = op;
	r->text[0] = '\0';
	if (answer != NULL)
		vwk_ext_ack(answer, r->text, sizeof(r->text));
}

/* True: the message that asked for an answer, number @last, was answered. */
static bool hear(struct run *r, const struct nlmsghdr *nlh, size_t last)
{
	const struct nlmsgerr *e = mnl_nlmsg_get_payload(nlh);
	size_t op = nlh->nlmsg_seq - r->base;
	int err = vwk_nlmsg_errno(nlh);

	if (nlh->nlmsg_type != NLMSG_ERROR || nlh->nlmsg_pid != r->b->nl->portid ||
	    op >= r->b->n || mnl_nlmsg_get_payload_len(nlh) < sizeof(*e))
		return false;	/* of a request given up earlier */
	if (err != 0)
		failed_op(r, op, err, nlh);
	return op == last && (e->msg.nlmsg_flags & NLM_F_ACK);
}

/* Until the answer to operation @last has come. 0 or -errno. */
static int hear_all(struct run *r, size_t last, int64_t deadline)
{
	struct vwk_nl *nl = r->b->nl;
	bool done = false;

	while (!done) {
		ssize_t n = vwk_nl_recv(nl, deadline);
		const struct nlmsghdr *nlh;

		if (n < 0)
			return (int)n;
		vwk_for_each_msg(nlh, nl->buf, n)
			done = hear(r, nlh, last) || done;
	}
	return 0;
}

static struct nlmsghdr *msg_at(const struct vwk_batch *b, size_t off)
{
	return (struct nlmsghdr *)(b->buf + off);
}

/* Number what begins at @off, as much as one send takes; the last message asks for an answer. */
static size_t next_send(struct run *r, size_t off, size_t *last)
{
	struct vwk_batch *b = r->b;
	struct nlmsghdr *nlh = NULL;
	size_t end = off;

	for (unsigned n = 0; end < b->len && n < b->nl->answers; n++) {
		struct nlmsghdr *next = msg_at(b, end);

		if (nlh != NULL && end + next->nlmsg_len - off > SEND_MAX)
			break;
		nlh = next;
		*last = nlh->nlmsg_seq;
		nlh->nlmsg_seq += r->base;
		end += NLMSG_ALIGN(nlh->nlmsg_len);
	}
	if (nlh != NULL)
		nlh->nlmsg_flags |= NLM_F_ACK;
	return end;
}

/* Some answers found no room; those that did are still queued. 0: nothing more to be heard. */
static int hear_rest(struct run *r, size_t last)
{
	int err;

	do {
		err = hear_all(r, last, 0);
	} while (err == -ENOBUFS);
	return err == -EAGAIN ? 0 : err;
}

/* Not answered: whether @first to @last were carried out is not known. */
static void lost(struct run *r, size_t first, size_t last, int err)
{
	for (size_t op = first; op <= last; op++)
		failed_op(r, op, err, NULL);
}

static void send_all(struct run *r)
{
	struct vwk_batch *b = r->b;
	size_t off = 0, end;

	for (; off < b->len; off = end) {
		size_t first = msg_at(b, off)->nlmsg_seq, last = first;
		int err;

		end = next_send(r, off, &last);
		err = vwk_nl_send(b->nl, b->buf + off, end - off);
		if (err == 0)
			err = hear_all(r, last, vwk_nl_deadline());
		if (err == -ENOBUFS) {
			err = hear_rest(r, last);
			lost(r, first, last, ENOBUFS);
		}
		if (err < 0) {
			lost(r, first, b->n - 1, -err);
			return;
		}
	}
}

/* -- devices without IPv6 ---------------------------------------------------------------------- */

/* Bytes of the IFLA_AF_SPEC that ends a message: batchlink.c writes it last. 0: there is none. */
static uint32_t ipv6_tail(const struct nlmsghdr *nlh)
{
	const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *a;

	if ((nlh->nlmsg_type != RTM_SETLINK && nlh->nlmsg_type != RTM_NEWLINK) ||
	    ifi->ifi_family != AF_UNSPEC)
		return 0;
	vwk_for_each_attr(a, (const char *)(ifi + 1), vwk_nlmsg_end(nlh)) {
		if (vwk_attr_type(a) == IFLA_AF_SPEC && vwk_attr_end(a) == vwk_nlmsg_end(nlh))
			return a->nla_len;
	}
	return 0;
}

/*
 * A device whose MTU is below 1280 has no IPv6 to be silenced, and the kernel refuses the whole
 * message for it. Say it again without that.
 */
static void again_without_ipv6(struct run *r)
{
	struct vwk_batch *b = r->b;
	size_t step;

	for (size_t off = 0; off < b->len; off += step) {
		struct nlmsghdr *nlh = msg_at(b, off);
		size_t op = nlh->nlmsg_seq - r->base;
		uint32_t tail;
		int err;

		step = NLMSG_ALIGN(nlh->nlmsg_len);
		if (op >= b->n)		/* never sent, so without a number */
			continue;
		tail = b->err[op] == EAFNOSUPPORT ? ipv6_tail(nlh) : 0;
		if (tail == 0)
			continue;
		b->err[op] = 0;
		nlh->nlmsg_len -= tail;
		nlh->nlmsg_flags |= NLM_F_ACK;
		err = vwk_nl_send(b->nl, nlh, nlh->nlmsg_len);
		if (err == 0)
			err = hear_all(r, op, vwk_nl_deadline());
		nlh->nlmsg_len += tail;
		if (err < 0)
			failed_op(r, op, -err, NULL);
	}
}

static void second_chance(struct run *r)
{
	struct vwk_batch *b = r->b;
	size_t i;

	for (i = 0; i < b->n && b->err[i] != EAFNOSUPPORT; i++)
		;
	if (i == b->n)
		return;
	again_without_ipv6(r);
	for (; i < b->n; i++) {
		if (b->err[i] == EAFNOSUPPORT && i < r->first) {
			r->first = i;
			r->text[0] = '\0';
		}
	}
}

/* -- the verdict ------------------------------------------------------------------------------- */

static const struct nlmsghdr *first_message(const struct run *r, size_t op)
{
	const struct nlmsghdr *nlh;

	for (size_t off = 0; off < r->b->len; off += NLMSG_ALIGN(nlh->nlmsg_len)) {
		nlh = msg_at(r->b, off);
		if (nlh->nlmsg_seq - r->base == op)
			return nlh;
	}
	return NULL;
}

/* Of a message about a link. */
static const struct nlattr *link_attr(const struct nlmsghdr *nlh, uint16_t type)
{
	const struct nlattr *a;

	vwk_for_each_attr(a, (const char *)nlh + NLMSG_SPACE(sizeof(struct ifinfomsg)),
			  vwk_nlmsg_end(nlh)) {
		if (vwk_attr_type(a) == type)
			return a;
	}
	return NULL;
}

/* The name of the link that a message is about; "" when it names none. */
static void subject(const struct run *r, const struct nlmsghdr *nlh, char name[ALTIFNAMSIZ])
{
	const struct ifinfomsg *ifi = mnl_nlmsg_get_payload(nlh);
	struct ifreq req = { .ifr_ifindex = ifi->ifi_index };	/* ndm_ifindex is there too */
	const struct nlattr *a = NULL;

	name[0] = '\0';
	if (ifi->ifi_index > 0) {
		if (ioctl(r->b->nl->fd, SIOCGIFNAME, &req) == 0)
			snprintf(name, ALTIFNAMSIZ, "%.*s", IFNAMSIZ, req.ifr_name);
		else
			snprintf(name, ALTIFNAMSIZ, "link number %d", ifi->ifi_index);
		return;
	}
	if (nlh->nlmsg_type != RTM_NEWNEIGH && nlh->nlmsg_type != RTM_DELNEIGH) {
		a = link_attr(nlh, IFLA_IFNAME);
		a = a != NULL ? a : link_attr(nlh, IFLA_ALT_IFNAME);
	}
	if (a != NULL)
		snprintf(name, ALTIFNAMSIZ, "%s", (const char *)vwk_attr_data(a));
}

/* The kind of link that a message asks to be born; "" when it asks for no birth. */
static const char *birth_kind(const struct nlmsghdr *nlh)
{
	const struct nlattr *info, *a;

	if (nlh->nlmsg_type != RTM_NEWLINK || !(nlh->nlmsg_flags & NLM_F_CREATE))
		return "";
	info = link_attr(nlh, IFLA_LINKINFO);
	if (info == NULL)
		return "";
	vwk_for_each_nested(a, info) {
		if (vwk_attr_type(a) == IFLA_INFO_KIND)
			return vwk_attr_data(a);
	}
	return "";
}

/* What a failed birth means where the kernel's words do not say it; NULL: nothing special. */
static const char *birth_words(const struct nlmsghdr *nlh, int err, const char *text)
{
	const char *kind = birth_kind(nlh);

	if (kind[0] == '\0')
		return NULL;
	if (err == EEXIST && text[0] == '\0')
		return strcmp(kind, "veth") == 0 ? "one end's name is taken" : "the name is taken";
	if (err == EOPNOTSUPP && strcmp(text, "Unknown device type") == 0)
		return vwk_kind_missing(vwk_kind_of(kind));
	if (err == EOPNOTSUPP && text[0] == '\0' && strcmp(kind, "bridge") == 0)
		return "this kernel's bridges do not know VLANs (CONFIG_BRIDGE_VLAN_FILTERING)";
	return NULL;
}

/* Qdiscs and classifiers that a kernel may lack, with what its configuration calls them. */
static const char *tc_missing(const struct nlmsghdr *nlh)
{
	static const struct { const char *kind, *words; } rows[] = {
		{ "clsact", "this kernel has no clsact (CONFIG_NET_SCH_INGRESS)" },
		{ "htb", "this kernel has no HTB (CONFIG_NET_SCH_HTB)" },
		{ "bfifo", "this kernel has no bfifo (CONFIG_NET_SCH_FIFO)" },
		{ "fq_codel", "this kernel has no fq_codel (CONFIG_NET_SCH_FQ_CODEL)" },
		{ "bpf", "this kernel has no BPF classifier (CONFIG_NET_CLS_BPF)" },
	};
	const struct nlattr *a;

	vwk_for_each_attr(a, (const char *)nlh + NLMSG_SPACE(sizeof(struct tcmsg)),
			  vwk_nlmsg_end(nlh)) {
		for (size_t i = 0; vwk_attr_type(a) == TCA_KIND && i < VWU_ARRAY_SIZE(rows); i++)
			if (strcmp(vwk_attr_data(a), rows[i].kind) == 0)
				return rows[i].words;
	}
	return NULL;
}

/* Traffic control says ENOENT and EINVAL for many things; its text alone tells which. *@err becomes
 * what other parts of rtnetlink say then. */
static const char *tc_words(const struct nlmsghdr *nlh, int *err, const char *text)
{
	if (nlh->nlmsg_type == RTM_NEWTCLASS && *err == ENOENT && text[0] == '\0')
		return "no such qdisc or class";
	if (nlh->nlmsg_type != RTM_NEWQDISC && nlh->nlmsg_type != RTM_NEWTFILTER)
		return NULL;
	if (*err == ENOENT && (strcmp(text, "Specified qdisc kind is unknown") == 0 ||
			       strcmp(text, "TC classifier not found") == 0)) {
		*err = EOPNOTSUPP;
		return tc_missing(nlh);
	}
	if (strncmp(text, "Invalid qdisc name", 18) == 0 ||
	    strncmp(text, "Qdisc not found. To create", 26) == 0) {
		*err = EEXIST;
		return "a qdisc of another kind is in the place of ours ('tc qdisc show' lists it)";
	}
	return NULL;
}

static int tell(const struct run *r)
{
	const struct nlmsghdr *nlh = first_message(r, r->first);
	int err = r->b->err[r->first];
	char name[ALTIFNAMSIZ] = "";
	const char *why = NULL;

	if (nlh != NULL) {
		subject(r, nlh, name);
		why = birth_words(nlh, err, r->text);
		if (why == NULL)
			why = tc_words(nlh, &err, r->text);
	}
	err = vwk_fail(r->b->h, err, why, r->text,
		       r->b->n > 1 && name[0] != '\0' ? name : NULL);
	if (err == VW_ERR_NOTSUP)
		(void)vwc_hint(r->b->h, err, "'vwire probe' lists what this kernel has, and how to "
			       "get what it lacks");
	return err;
}

static void empty(struct vwk_batch *b)
{
	b->len = 0;
	b->n = 0;
	b->nfine = 0;
	b->bad = 0;
}

/* A batch that could not be written down whole is not sent at all. */
static int prepare(struct vwk_batch *b)
{
	free(b->err);
	b->nerr = 0;
	b->err = calloc(b->n + 1, sizeof(*b->err));
	if (b->err == NULL)
		return vwc_nomem(b->h);
	if (b->bad == ENOMEM)
		return vwc_nomem(b->h);
	if (b->bad != 0)
		return vwk_fail(b->h, b->bad, NULL, NULL, NULL);
	b->nerr = b->n;
	return VW_OK;
}

int vwk_batch_run(struct vwk_batch *b, size_t *failed)
{
	struct run r = { .b = b, .base = b->nl->seq + 1, .first = SIZE_MAX };
	int rc = prepare(b);

	if (rc == VW_OK && b->n > 0) {
		b->nl->seq += (uint32_t)b->n;
		send_all(&r);
		second_chance(&r);
		if (r.first != SIZE_MAX) {
			rc = tell(&r);
			if (failed != NULL)
				*failed = r.first;
		}
	}
	empty(b);
	return rc;
}
