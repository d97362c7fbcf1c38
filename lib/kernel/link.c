/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* link.c - RTM_GETLINK: the links of a namespace, all, of one master, or one */
#include "kernel/nl.h"

#include <errno.h>

#include <linux/if.h>
#include <linux/netlink.h>

struct taking {
	struct vwk_links links;
	size_t		 cap;
	int		 master;	/* 0: any */
};

static int take(const struct nlmsghdr *nlh, void *arg)
{
	struct taking *t = arg;
	struct vwk_link *l;
	int err;

	if (nlh->nlmsg_type != RTM_NEWLINK)
		return 0;
	if (t->links.n == t->cap) {
		size_t cap = t->cap ? t->cap * 2 : 64;
		struct vwk_link *v = reallocarray(t->links.v, cap, sizeof(*v));

		if (v == NULL)
			return -ENOMEM;
		t->links.v = v;
		t->cap = cap;
	}
	l = &t->links.v[t->links.n];
	err = vwk_link_parse(nlh, l);
	if (err < 0)
		return err;
	if (t->master != 0 && l->master != t->master)	/* kernels before 4.6 do not filter */
		vwk_link_clear(l);
	else
		t->links.n++;
	return 0;
}

static void forget(void *arg)
{
	struct taking *t = arg;

	for (size_t i = 0; i < t->links.n; i++)
		vwk_link_clear(&t->links.v[i]);
	t->links.n = 0;
}

static int dump(struct vw_handle *h, struct vwk_nl *nl, unsigned flags, int master,
		struct vwk_links *out)
{
	struct taking t = { .master = master };
	union vwk_req req;
	int rc;

	vwk_req_init(&req, RTM_GETLINK, NLM_F_DUMP, sizeof(struct ifinfomsg));
	if (!(flags & VWK_DUMP_STATS))
		mnl_attr_put_u32(&req.h, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	if (master != 0)
		mnl_attr_put_u32(&req.h, IFLA_MASTER, (uint32_t)master);
	rc = vwk_nl_dump(h, nl, &req.h, take, forget, &t);
	if (rc < 0) {
		free(t.links.v);
		return rc;
	}
	*out = t.links;
	return VW_OK;
}

int vwk_link_dump(struct vw_handle *h, struct vwk_nl *nl, unsigned flags, struct vwk_links *out)
{
	return dump(h, nl, flags, 0, out);
}

int vwk_link_dump_ports(struct vw_handle *h, struct vwk_nl *nl, int master, struct vwk_links *out)
{
	return dump(h, nl, 0, master, out);
}

void vwk_links_free(struct vwk_links *l)
{
	if (l == NULL)
		return;
	for (size_t i = 0; i < l->n; i++)
		vwk_link_clear(&l->v[i]);
	free(l->v);
	l->v = NULL;
	l->n = 0;
}

static int take_one(const struct nlmsghdr *nlh, void *arg)
{
	return nlh->nlmsg_type == RTM_NEWLINK ? vwk_link_parse(nlh, arg) : -EBADMSG;
}

/* -ENODEV: none such, which includes names that no link can have. */
static int get(struct vwk_nl *nl, const char *name, int ifindex, unsigned flags,
	       struct vwk_link *l, char *text, size_t len)
{
	size_t n = name != NULL ? strlen(name) : 0;
	struct ifinfomsg *ifi;
	union vwk_req req;

	if (name != NULL ? n == 0 || n >= ALTIFNAMSIZ : ifindex <= 0)
		return -ENODEV;
	vwk_req_init(&req, RTM_GETLINK, 0, sizeof(*ifi));
	ifi = mnl_nlmsg_get_payload(&req.h);
	if (name == NULL)
		ifi->ifi_index = ifindex;
	else
		mnl_attr_put_strz(&req.h, n < VWU_IFNAME ? IFLA_IFNAME : IFLA_ALT_IFNAME, name);
	if (!(flags & VWK_DUMP_STATS))
		mnl_attr_put_u32(&req.h, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	return vwk_nl_ask(nl, &req.h, take_one, l, text, len);
}

int vwk_link_get(struct vw_handle *h, struct vwk_nl *nl, const char *name, int ifindex,
		 unsigned flags, struct vwk_link *out)
{
	char text[VWC_TEXT_MAX] = "";
	struct vwk_link l;
	int err = get(nl, name, ifindex, flags, &l, text, sizeof(text));

	if (err == -ENODEV)
		return VW_ERR_NOTFOUND;
	if (err < 0)
		return vwk_fail(h, -err, NULL, text, name);
	*out = l;
	return VW_OK;
}

/*
 * Not by SIOCGIFINDEX: for a name it does not know it has the kernel run modprobe, it knows no
 * alternative name longer than 15 bytes, and it cuts names at a colon.
 */
int vwk_link_index(struct vwk_nl *nl, const char *name)
{
	struct vwk_link l;
	int ifindex;

	if (get(nl, name, 0, 0, &l, NULL, 0) < 0)
		return 0;
	ifindex = l.ifindex;
	vwk_link_clear(&l);
	return ifindex;
}
