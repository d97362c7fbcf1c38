/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * agent.c - three zones on one switch, made and taken away by a program
 *
 *	cc -o agent agent.c $(pkg-config --cflags --libs vwire)
 *	for z in web app db; do ip netns add $z; done
 *	./agent up web app db
 *	./agent down
 */
#include <stdio.h>
#include <string.h>
#include <vwire/vwire.h>

enum { ZONES = 3 };
static const char switch_name[] = "agent0";
static const char *const vnic_names[ZONES] = { "agent1", "agent2", "agent3" };

static int fail(struct vw_handle *h)
{
	fprintf(stderr, "agent: %s\n", vw_error_message(h));
	if (vw_error_hint(h)[0] != '\0')
		fprintf(stderr, "agent: hint: %s\n", vw_error_hint(h));
	return 1;
}

/* Temporary: a reboot takes the namespaces away, so it may take the links too. */
static int up(struct vw_handle *h, char **zones)
{
	struct vw_vnic_attr attrs[ZONES];
	struct vw_vnic_new vnics[ZONES];
	int i;

	for (i = 0; i < ZONES; i++) {
		attrs[i] = *VW_VNIC_ATTR(.over = switch_name, .zone = zones[i]);
		vnics[i] = (struct vw_vnic_new){ vnic_names[i], &attrs[i] };
	}
	if (vw_etherstub_create(h, switch_name, VW_TEMPORARY) < 0)
		return fail(h);
	if (vw_vnic_create_many(h, vnics, ZONES, VW_TEMPORARY) < 0) {
		fail(h);	/* none of the three was made */
		return vw_etherstub_delete(h, switch_name, 0) < 0 ? fail(h) : 1;
	}
	return 0;
}

static int show(struct vw_handle *h)
{
	const struct vw_link_info *l;
	struct vw_links *links;
	char mac[VW_MAC_STRLEN];

	if (vw_link_list(h, VW_LINK_FILTER(.over = switch_name), 0, &links) < 0)
		return fail(h);
	printf("%-8s %-8s %-8s %-6s %s\n", "LINK", "OVER", "ZONE", "STATE", "MACADDRESS");
	while ((l = vw_link_next(links)) != NULL)
		printf("%-8s %-8s %-8s %-6s %s\n", l->name, l->over, l->zone ? l->zone : "--",
		       vw_state_name(l->state), vw_mac_format(l->mac, mac));
	vw_link_list_free(links);
	return 0;
}

int main(int argc, char **argv)
{
	struct vw_handle *h;
	int rc = 2;

	if (vw_open(&h) < 0)
		return 1;
	if (argc == 2 + ZONES && strcmp(argv[1], "up") == 0)
		rc = up(h, argv + 2) || show(h);
	else if (argc == 2 && strcmp(argv[1], "down") == 0)
		rc = vw_vnic_delete_many(h, vnic_names, ZONES, 0) < 0 ||
		     vw_etherstub_delete(h, switch_name, 0) < 0 ? fail(h) : 0;
	else
		fprintf(stderr, "usage: agent up ZONE ZONE ZONE | agent down\n");
	vw_close(h);
	return rc;
}
