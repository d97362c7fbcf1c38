/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * polmany - libvwire's calls for many flows and many limited VNICs, for policy.py to measure
 *
 * usage: polmany flows LINK KIND N		flows LINK-1 ... LINK-N that only count, in one call;
 *						KIND: local_ip, remote_ip, transport, local_port,
 *						remote_port, dsfield
 *	  polmany vnics N LINK ZONE PROPERTY	VNICs v1 ... vN, each with PROPERTY; ZONE "-": host
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vwire/vwire.h>

#define TEXT	48

static void check(struct vw_handle *h, int rc)
{
	if (rc == VW_OK)
		return;
	fprintf(stderr, "polmany: %s\n", h == NULL ? vw_status_text(rc) : vw_error_message(h));
	exit(1);
}

static void *grab(size_t n, size_t size)
{
	void *p = calloc(n, size);

	if (p == NULL)
		check(NULL, VW_ERR_NOMEM);
	return p;
}

/* One flow: a name, texts of its attributes and the list of them. */
struct flow {
	char		     name[TEXT], text[2][TEXT];
	const char	    *match[3];
	struct vw_flow_attr  attr;
};

static void put_match(struct flow *f, const char *kind, unsigned i)
{
	static const char *const transports[] = { "udp", "tcp", "sctp", "icmp", "icmpv6" };

	f->match[0] = f->text[0];
	if (strstr(kind, "_ip") != NULL) {
		snprintf(f->text[0], TEXT, "%s=11.%u.%u.%u", kind, i >> 16 & 255, i >> 8 & 255,
			 i & 255);
	} else if (strcmp(kind, "transport") == 0) {
		snprintf(f->text[0], TEXT, "transport=%s", transports[i % 5]);
	} else if (strcmp(kind, "dsfield") == 0) {
		snprintf(f->text[0], TEXT, "dsfield=0x%x", (i + 1) & 255);
	} else {
		snprintf(f->text[0], TEXT, "transport=udp");
		snprintf(f->text[1], TEXT, "%s=%u", kind, 1000 + i);
		f->match[1] = f->text[1];
	}
}

static void flows(struct vw_handle *h, const char *link, const char *kind, unsigned n)
{
	struct vw_flow_new *list = grab(n, sizeof(*list));
	struct flow *v = grab(n, sizeof(*v));

	for (unsigned i = 0; i < n; i++) {
		snprintf(v[i].name, TEXT, "%s-%u", link, i + 1);
		put_match(&v[i], kind, i);
		v[i].attr = *VW_FLOW_ATTR(.link = link, .match = v[i].match);
		list[i] = (struct vw_flow_new){ .name = v[i].name, .attr = &v[i].attr };
	}
	check(h, vw_flow_add_many(h, list, n, 0));
	free(v);
	free(list);
}

static void vnics(struct vw_handle *h, unsigned n, const char *over, const char *zone,
		  const char *property)
{
	const char *const props[] = { property, NULL };
	struct vw_vnic_attr attr = *VW_VNIC_ATTR(.over = over, .props = props,
						 .zone = strcmp(zone, "-") != 0 ? zone : NULL);
	struct vw_vnic_new *list = grab(n, sizeof(*list));
	char (*names)[TEXT] = grab(n, sizeof(*names));

	for (unsigned i = 0; i < n; i++) {
		snprintf(names[i], TEXT, "v%u", i + 1);
		list[i] = (struct vw_vnic_new){ .name = names[i], .attr = &attr };
	}
	check(h, vw_vnic_create_many(h, list, n, 0));
	free(names);
	free(list);
}

int main(int argc, char **argv)
{
	struct vw_handle *h = NULL;

	if (argc != 5 && argc != 6) {
		fprintf(stderr, "usage: polmany flows LINK KIND N | vnics N LINK ZONE PROPERTY\n");
		return 2;
	}
	check(NULL, vw_open(&h));
	if (argc == 5)
		flows(h, argv[2], argv[3], (unsigned)atoi(argv[4]));
	else
		vnics(h, (unsigned)atoi(argv[2]), argv[3], argv[4], argv[5]);
	vw_close(h);
	return 0;
}
