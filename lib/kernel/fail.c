/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* fail.c - what the kernel answered, in words: errno, extended ack, kinds it does not know */
#include "kernel/nl.h"

#include <errno.h>
#include <stdio.h>

#include <linux/netlink.h>

static const struct {
	const char *name, *missing;
} kinds[] = {
	[VWK_BRIDGE]	= { "bridge",	"this kernel has no bridges (bridge)" },
	[VWK_VETH]	= { "veth",	"this kernel has no virtual Ethernet pairs (veth)" },
	[VWK_MACVLAN]	= { "macvlan",	"this kernel has no MAC-VLAN devices (macvlan)" },
	[VWK_VLAN]	= { "vlan",	"this kernel has no 802.1Q VLAN devices (8021q)" },
	[VWK_BOND]	= { "bond",	"this kernel has no bonding (bonding)" },
	[VWK_DUMMY]	= { "dummy",	"this kernel has no dummy devices (dummy)" },
	[VWK_TUN]	= { "tun",	"this kernel has no TUN/TAP devices (tun)" },
	[VWK_VXLAN]	= { "vxlan",	"this kernel has no VXLAN devices (vxlan)" },
	[VWK_IPIP]	= { "ipip",	"this kernel has no IP-in-IP tunnels (ipip)" },
	[VWK_IP6TNL]	= { "ip6tnl",	"this kernel has no IPv6 tunnels (ip6_tunnel)" },
	[VWK_SIT]	= { "sit",	"this kernel has no IPv6-in-IPv4 tunnels (sit)" },
};

const char *vwk_kind_name(enum vwk_kind kind)
{
	if ((size_t)kind >= VWU_ARRAY_SIZE(kinds) || kinds[kind].name == NULL)
		return "";
	return kinds[kind].name;
}

enum vwk_kind vwk_kind_of(const char *name)
{
	for (size_t i = 0; i < VWU_ARRAY_SIZE(kinds); i++)
		if (kinds[i].name != NULL && strcmp(kinds[i].name, name) == 0)
			return (enum vwk_kind)i;
	return name[0] != '\0' ? VWK_OTHER : VWK_NONE;
}

const char *vwk_kind_missing(enum vwk_kind kind)
{
	if ((size_t)kind >= VWU_ARRAY_SIZE(kinds) || kinds[kind].missing == NULL)
		return "this kernel does not know links of this kind";
	return kinds[kind].missing;
}

static size_t payload(const struct nlmsghdr *nlh)
{
	return nlh->nlmsg_len >= NLMSG_HDRLEN ? nlh->nlmsg_len - NLMSG_HDRLEN : 0;
}

int vwk_nlmsg_errno(const struct nlmsghdr *nlh)
{
	size_t need = nlh->nlmsg_type == NLMSG_ERROR ? sizeof(struct nlmsgerr) : sizeof(int);
	int err;

	if (payload(nlh) < need)	/* NLMSG_DONE need not say anything */
		return nlh->nlmsg_type == NLMSG_DONE ? 0 : EBADMSG;
	memcpy(&err, (const char *)nlh + NLMSG_HDRLEN, sizeof(err));
	if (err < -4095)
		return EBADMSG;
	return err < 0 ? -err : 0;
}

/* Where the attributes begin: behind the errno and what is echoed of the request. */
static size_t ack_attrs(const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *e = (const void *)((const char *)nlh + NLMSG_HDRLEN);
	size_t off = sizeof(*e);

	if (nlh->nlmsg_type == NLMSG_DONE)
		return sizeof(int);
	if (payload(nlh) < sizeof(*e))
		return payload(nlh);
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED) && e->msg.nlmsg_len >= NLMSG_HDRLEN &&
	    e->msg.nlmsg_len <= payload(nlh))
		off += NLMSG_ALIGN(e->msg.nlmsg_len - NLMSG_HDRLEN);
	return off;
}

void vwk_ext_ack(const struct nlmsghdr *nlh, char *text, size_t len)
{
	const struct nlattr *a;
	size_t off;

	text[0] = '\0';
	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	off = ack_attrs(nlh);
	if (off >= payload(nlh))
		return;
	vwk_for_each_attr(a, (const char *)nlh + NLMSG_HDRLEN + off, vwk_nlmsg_end(nlh)) {
		if (vwk_attr_type(a) == NLMSGERR_ATTR_MSG)
			snprintf(text, len, "%.*s", (int)vwk_attr_len(a),
				 (const char *)vwk_attr_data(a));
	}
}

int vwk_status(int err)
{
	switch (err) {
	case 0:			return VW_OK;
	case EPERM:		return VW_ERR_DENIED;
	case EEXIST:
	case EADDRINUSE:	return VW_ERR_EXIST;
	case ENODEV:
	case ENXIO:
	case ENOENT:
	case ESRCH:		return VW_ERR_NOTFOUND;
	case ENOTEMPTY:
	case EBUSY:		return VW_ERR_BUSY;
	case EOPNOTSUPP:
	case EAFNOSUPPORT:
	case EPROTONOSUPPORT:	return VW_ERR_NOTSUP;
	case EINVAL:
	case EACCES:
	case ERANGE:
	case EADDRNOTAVAIL:
	case ENAMETOOLONG:
	case E2BIG:		return VW_ERR_BADVAL;
	case ENOMEM:		return VW_ERR_NOMEM;
	case ETIMEDOUT:		return VW_ERR_TIMEOUT;
	default:		return VW_ERR_KERNEL;
	}
}

/* Where errno's own words would leave the reader in the dark. */
static const char *words(int err)
{
	switch (err) {
	case EPERM:		return "this needs CAP_NET_ADMIN";
	/* rtnetlink says the former for want of a privilege; these two only bonding says. */
	case EACCES:		return "not possible in this mode of the bond";
	case ENOTEMPTY:		return "the bond still has ports";
	case EADDRINUSE:	return "the MAC address is in use";
	case EADDRNOTAVAIL:	return "the MAC address cannot be used";
	case EXFULL:		return "the bridge has all the ports it can have (1023)";
	case ETIMEDOUT:		return "the kernel did not answer within 10 seconds";
	case ENOBUFS:		return "answers of the kernel were lost for want of buffers";
	case EMSGSIZE:		return "an answer of the kernel was too long";
	case EBADMSG:		return "the kernel's answer is malformed";
	default:		return NULL;
	}
}

int vwk_fail(struct vw_handle *h, int err, const char *why, const char *text, const char *subject)
{
	bool ext = text != NULL && text[0] != '\0';
	int status = vwk_status(err);

	if (why == NULL)
		why = ext && status != VW_ERR_DENIED ? text : words(err);
	if (why == NULL)
		why = strerrordesc_np(err);
	if (why == NULL)
		why = "unknown error";
	if (subject != NULL)
		vwc_why(h, status, "'%s': %s", subject, why);
	else
		vwc_why(h, status, "%s", why);
	if (h != NULL && !h->err.keep)
		h->err.sys = err;
	if (ext && h != NULL)
		vwc_kernel_text(h, text);
	return status;
}

int vwk_fail_own(struct vw_handle *h, int err, const char *doing)
{
	if (err == ENOMEM)
		return vwc_nomem(h);
	if (err == EPERM || err == EACCES)
		return vwc_errno(h, VW_ERR_DENIED, err, "%s", doing);
	return vwc_errno(h, VW_ERR_KERNEL, err, "%s", doing);
}
