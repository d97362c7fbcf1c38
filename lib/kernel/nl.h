/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * nl.h - what the files of lib/kernel share: the socket's inside, messages, attributes, errors
 *
 * Messages are built with libmnl. The transport is our own: libmnl's mnl_cb_run() drops the
 * extended ack, and libnl folds errno into fewer codes of its own.
 */
#ifndef VWK_NL_H
#define VWK_NL_H

#include <string.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include "kernel/kernel.h"

/* The kernel fills at most 32 KiB per answer of a dump, but one link may need more. */
#define VWK_NL_BUF	(128 * 1024)
#define VWK_NL_WAIT_MS	10000		/* the kernel answers within this, or VW_ERR_TIMEOUT */
#define VWK_NL_TRIES	10		/* reads of a list that keeps changing */

struct vwk_nl {
	int	 fd;
	int	 conf;		/* O_PATH of net/ipv6/conf in the socket's namespace; -1: none */
	int	 sysfs;		/* root of a sysfs of the socket's namespace; -1: not needed yet */
	bool	 ipv6;		/* this kernel has IPv6 */
	bool	 stuck;		/* a dump was given up half-way; its rest must be read first */
	uint32_t portid;
	uint32_t seq;		/* of the last message sent */
	unsigned answers;	/* error answers that surely fit into the receive buffer */
	char	*buf;		/* VWK_NL_BUF bytes to receive into */
};

#define VWK_NL_NONE	((struct vwk_nl){ .fd = -1, .conf = -1, .sysfs = -1 })

/* A request small enough for the stack. */
union vwk_req {
	struct nlmsghdr	 h;
	char		 room[512];
};

/* -- nl.c -------------------------------------------------------------------------------------- */
/* Into @nl a NETLINK_ROUTE socket in the calling thread's namespace; 0 or -errno. */
int vwk_nl_init(struct vwk_nl *nl, uint32_t groups);
void vwk_nl_fini(struct vwk_nl *nl);	/* it is VWK_NL_NONE then; that is fine too */
int64_t vwk_nl_deadline(void);	/* of a call that begins now */
/* 0 or -errno. EINTR is resumed. */
int vwk_nl_send(struct vwk_nl *nl, const void *data, size_t len);
/*
 * One datagram of the kernel's, none other's, into nl->buf. Its length; -ETIMEDOUT after
 * @deadline, -ENOBUFS when answers were lost, -EMSGSIZE when it did not fit. With a @deadline of 0
 * it does not wait: -EAGAIN.
 */
ssize_t vwk_nl_recv(struct vwk_nl *nl, int64_t deadline);
/* An earlier dump that was given up: the kernel refuses another until its rest is read. */
void vwk_nl_drain(struct vwk_nl *nl);
struct nlmsghdr *vwk_req_init(union vwk_req *req, uint16_t type, uint16_t flags, size_t extra);

/* @fn gets each message of the answer; it returns 0 or -errno, which ends the parsing. */
typedef int (*vwk_msg_fn)(const struct nlmsghdr *nlh, void *arg);
/* Ask for one object. 0 or -errno, not told; @text (may be NULL) gets the extended ack. */
int vwk_nl_ask(struct vwk_nl *nl, struct nlmsghdr *req, vwk_msg_fn fn, void *arg, char *text,
	       size_t len);
/* Ask for a list; each time it proves inconsistent @reset forgets what @fn took and the dump is
 * repeated. A failure is told. */
int vwk_nl_dump(struct vw_handle *h, struct vwk_nl *nl, struct nlmsghdr *req, vwk_msg_fn fn,
		void (*reset)(void *arg), void *arg);

/* -- ns.c -------------------------------------------------------------------------------------- */
/* Run @fn(@arg) inside each of @fds in turn, in a thread of its own with all signals blocked.
 * @fn returns 0 or -errno, which ends it; so does this. @n counts those that went well. */
int vwk_ns_each(const int *fds, size_t n, int (*fn)(void *arg, size_t i), void *arg);

/* -- fail.c ------------------------------------------------------------------------------------ */
/* Extended-ack text of an NLMSG_ERROR or NLMSG_DONE message into @text; "" when there is none. */
void vwk_ext_ack(const struct nlmsghdr *nlh, char *text, size_t len);
/* The errno, positive, that an NLMSG_ERROR or NLMSG_DONE message carries; EBADMSG if malformed. */
int vwk_nlmsg_errno(const struct nlmsghdr *nlh);
/* enum vw_status for an errno of rtnetlink. */
int vwk_status(int err);
/* "this kernel has no bonding" for a kind that RTM_NEWLINK did not know. */
const char *vwk_kind_missing(enum vwk_kind kind);
/* Tell a failure: "'subject': why". @text is the extended ack, "" or NULL when there was none; a
 * NULL @why is made of it, or else of @err. */
int vwk_fail(struct vw_handle *h, int err, const char *why, const char *text, const char *subject);
/* No errno on the wire: this machine's or this library's own trouble. */
int vwk_fail_own(struct vw_handle *h, int err, const char *doing);

/* -- ethtool.c --------------------------------------------------------------------------------- */
/* SIOCETHTOOL: 0 or a positive errno. */
int vwk_ethtool_call(const struct vwk_nl *nl, const char *ifname, void *cmd);
/* Tell it; EOPNOTSUPP: "the driver of 'ifname' has no @thing". */
int vwk_ethtool_fail(struct vw_handle *h, int err, const char *ifname, const char *thing);

/* -- steer.c ----------------------------------------------------------------------------------- */
/* Directory of a device in a sysfs of the socket's namespace, for close(), or -errno. Without
 * @change one that shows a device of the same name, index and address will do. */
int vwk_sysfs_dev(struct vwk_nl *nl, const char *ifname, bool change);
/* Comma-separated groups of hexadecimal digits, highest first, as masks of CPUs are written. */
bool vwk_mask_parse(const char *text, uint32_t *mask, size_t words);
void vwk_mask_print(const uint32_t *mask, size_t words, char *text, size_t len);
/* A small file below @dir, without the newline at its end: 0 or -errno. */
int vwk_file_read(int dir, const char *path, char *text, size_t len);
int vwk_file_write(int dir, const char *path, const char *text);

/* -- linkattr.c -------------------------------------------------------------------------------- */
enum vwk_kind vwk_kind_of(const char *name);
/*
 * RTM_NEWLINK or RTM_DELLINK into @l, which vwk_link_clear() then frees. @nlh->nlmsg_len bytes
 * must be readable, their contents are not trusted. 0, -EBADMSG or -ENOMEM.
 */
int vwk_link_parse(const struct nlmsghdr *nlh, struct vwk_link *l);
/* RTM_NEWNEIGH of a bridge: 1 taken, 0 not an entry of bridge @master, -EBADMSG. */
int vwk_fdb_parse(const struct nlmsghdr *nlh, int master, struct vwk_fdb *f);

/* -- batch.c: for batchlink.c, fdb.c and tcbatch.c, which write the messages ------------------- */
struct vwk_fine {
	size_t op;
	int    err;
};
struct vwk_batch {
	struct vw_handle *h;
	struct vwk_nl	 *nl;
	char		 *buf;		/* messages; nlmsg_seq is the number of the operation */
	size_t		  len, cap;
	size_t		  n;		/* operations: most are one message, some two or three */
	int		  bad;		/* errno of the first that could not be written down */
	bool		  full;		/* the message being written did not fit */
	bool		  gone_is_fine;	/* ENODEV is success: for deletions */
	struct vwk_fine	 *fine;		/* errors that are success, by operation */
	size_t		  nfine, fine_cap;
	int		 *err;		/* errno of each operation of the last run */
	size_t		  nerr;
};
#define VWK_BATCH_MSG	4096	/* no message is longer */
/* Room for one message of operation b->n; NULL: no memory. */
struct nlmsghdr *vwk_batch_msg(struct vwk_batch *b, uint16_t type, uint16_t flags, size_t extra);
void vwk_batch_attr(struct vwk_batch *b, struct nlmsghdr *nlh, uint16_t type, const void *data,
		    size_t len);
void vwk_batch_attr_str(struct vwk_batch *b, struct nlmsghdr *nlh, uint16_t type, const char *s);
void vwk_batch_attr_u32(struct vwk_batch *b, struct nlmsghdr *nlh, uint16_t type, uint32_t v);
/* The message is complete. */
void vwk_batch_put(struct vwk_batch *b, struct nlmsghdr *nlh);
/* The operation is complete: its number, or -1 when it could not be written down. */
int vwk_batch_op(struct vwk_batch *b);
/* For the operation being written, @err (positive errno) means success: what it asks for is so. */
void vwk_batch_fine(struct vwk_batch *b, int err);
/* The operation cannot be written down; vwk_batch_run() will tell @err. Returns -1. */
int vwk_batch_bad(struct vwk_batch *b, int err);

/*
 * Messages of a datagram: mnl_nlmsg_ok() of libmnl 1.0.4 takes a length of 2 GiB and more for
 * a negative number, and lets it pass.
 */
static inline const struct nlmsghdr *vwk_msg_at(const char *p, const char *end)
{
	const struct nlmsghdr *h = (const void *)p;
	size_t left = p < end ? (size_t)(end - p) : 0;

	if (left < sizeof(*h) || h->nlmsg_len < sizeof(*h) || h->nlmsg_len > left)
		return NULL;
	return h;
}

static inline const struct nlmsghdr *vwk_msg_next(const struct nlmsghdr *h, const char *end)
{
	size_t left = (size_t)(end - (const char *)h), step = NLMSG_ALIGN((size_t)h->nlmsg_len);

	return step < left ? vwk_msg_at((const char *)h + step, end) : NULL;
}

#define vwk_for_each_msg(h, buf, len) \
	for ((h) = vwk_msg_at((buf), (buf) + (len)); (h) != NULL; \
	     (h) = vwk_msg_next((h), (buf) + (len)))

/*
 * Attributes: libmnl's iterators are calls into a shared object, three for each of the 240,000
 * attributes of 4,000 links. These compile to a few instructions, and check every length.
 */
static inline const struct nlattr *vwk_attr_at(const void *p, const char *end)
{
	const struct nlattr *a = p;
	size_t left = (const char *)p < end ? (size_t)(end - (const char *)p) : 0;

	if (left < sizeof(*a) || a->nla_len < sizeof(*a) || a->nla_len > left)
		return NULL;
	return a;
}

static inline const struct nlattr *vwk_attr_next(const struct nlattr *a, const char *end)
{
	size_t step = NLA_ALIGN(a->nla_len);

	/* The last one may lack its padding. */
	if (step >= (size_t)(end - (const char *)a))
		return NULL;
	return vwk_attr_at((const char *)a + step, end);
}

#define vwk_attr_type(a)	((a)->nla_type & NLA_TYPE_MASK)
#define vwk_attr_data(a)	((const void *)((const char *)(a) + NLA_HDRLEN))
#define vwk_attr_len(a)		((size_t)(a)->nla_len - NLA_HDRLEN)
#define vwk_attr_end(a)		((const char *)(a) + (a)->nla_len)
#define vwk_nlmsg_end(h)	((const char *)(h) + (h)->nlmsg_len)
#define vwk_for_each_attr(a, start, end) \
	for ((a) = vwk_attr_at((start), (end)); (a) != NULL; (a) = vwk_attr_next((a), (end)))
#define vwk_for_each_nested(a, nest) \
	vwk_for_each_attr(a, vwk_attr_data(nest), vwk_attr_end(nest))

/* A number shorter than it should be reads as 0. */
static inline uint8_t vwk_attr_u8(const struct nlattr *a)
{
	return vwk_attr_len(a) >= 1 ? *(const uint8_t *)vwk_attr_data(a) : 0;
}

static inline uint16_t vwk_attr_u16(const struct nlattr *a)
{
	uint16_t v = 0;

	if (vwk_attr_len(a) >= sizeof(v))
		memcpy(&v, vwk_attr_data(a), sizeof(v));
	return v;
}

static inline uint32_t vwk_attr_u32(const struct nlattr *a)
{
	uint32_t v = 0;

	if (vwk_attr_len(a) >= sizeof(v))
		memcpy(&v, vwk_attr_data(a), sizeof(v));
	return v;
}

#endif
