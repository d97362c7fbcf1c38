/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* delete.c - many links deleted for the price of one */
#include "kernel/nl.h"

#include <errno.h>
#include <sys/random.h>

/*
 * RTM_DELLINK waits some 17 ms for RCU grace periods, once, whether it names one link or a group.
 * Groups of this range mean "doomed": nobody but a deletion that is going on has links in one.
 */
#define DOOMED_BASE	0x76ff0000u

static uint32_t doomed_group(void)
{
	uint16_t r = 0;

	if (getrandom(&r, sizeof(r), GRND_NONBLOCK) != (ssize_t)sizeof(r))
		r = (uint16_t)vwk_nl_deadline();
	return DOOMED_BASE | r;
}

/* A number of 0 is a link that was not found any more when its number was looked up. */
static void set_group(struct vwk_batch *b, const int *ifindexes, size_t n, uint32_t group)
{
	for (size_t i = 0; i < n; i++)
		if (ifindexes[i] > 0)
			vwk_batch_setlink(b, &(struct vwk_setlink){
				.ifindex = ifindexes[i], .group = group, .set = VWK_SET_GROUP });
}

/*
 * The kernel deletes no link of a group that holds one it cannot delete, such as hardware. Then
 * each by itself; what stays behind goes back to the default group.
 */
static int delete_each(struct vw_handle *h, struct vwk_batch *b, const int *ifindexes, size_t n)
{
	int rc;

	for (size_t i = 0; i < n; i++)
		if (ifindexes[i] > 0)
			vwk_batch_dellink(b, ifindexes[i]);
	rc = vwk_batch_run(b, NULL);
	if (rc == VW_OK)
		return rc;
	vwc_keep(h);
	set_group(b, ifindexes, n, 0);
	(void)vwk_batch_run(b, NULL);
	return rc;
}

static int delete_group(struct vw_handle *h, struct vwk_batch *b, const int *ifindexes, size_t n)
{
	uint32_t group = doomed_group();
	int rc;

	set_group(b, ifindexes, n, group);
	vwk_batch_delgroup(b, group);
	rc = vwk_batch_run(b, NULL);
	if (rc == VW_ERR_NOTSUP) {
		vwc_forget(h);
		rc = delete_each(h, b, ifindexes, n);
	}
	return rc;
}

int vwk_links_delete(struct vw_handle *h, struct vwk_nl *nl, const int *ifindexes, size_t n)
{
	struct vwk_batch *b;
	int rc;

	if (n == 0 || (n == 1 && ifindexes[0] <= 0))
		return VW_OK;
	b = vwk_batch_new(h, nl);
	if (b == NULL)
		return VW_ERR_NOMEM;
	b->gone_is_fine = true;		/* deleted by somebody else meanwhile */
	if (n == 1) {
		vwk_batch_dellink(b, ifindexes[0]);
		rc = vwk_batch_run(b, NULL);
	} else {
		rc = delete_group(h, b, ifindexes, n);
	}
	vwk_batch_free(b);
	return rc;
}

/* The group is drawn anew and empty, so that the kernel can only refuse, one way or the other. */
int vwk_may_change(struct vw_handle *h, struct vwk_nl *nl)
{
	struct vwk_batch *b = vwk_batch_new(h, nl);
	int rc;

	if (b == NULL)
		return VW_ERR_NOMEM;
	b->gone_is_fine = true;
	vwk_batch_delgroup(b, doomed_group());
	rc = vwk_batch_run(b, NULL);
	vwk_batch_free(b);
	return rc;
}
