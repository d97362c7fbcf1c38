/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* trial.c - does this kernel have what the engine needs? Tried on a device made for that. */
#include "kernel/tc.h"
#include "policy/policy.h"

#define ROOT	(1u << 16)
#define CLASS	(1u << 16 | 1)

static int run(struct vwk_batch *b)
{
	int rc = b ? vwk_batch_run(b, NULL) : VW_ERR_NOMEM;

	vwk_batch_free(b);
	return rc;
}

int vwpl_try_clsact(struct vw_handle *h, struct vwk_nl *nl, int ifindex)
{
	struct vwk_batch *b = vwk_batch_new(h, nl);

	if (b != NULL)
		vwk_batch_clsact(b, ifindex);
	return run(b);
}

int vwpl_try_htb(struct vw_handle *h, struct vwk_nl *nl, int ifindex)
{
	struct vwk_htb htb = { 12500, 12500, 16000, 16000, 1514, 0 };
	struct vwk_batch *b = vwk_batch_new(h, nl);

	if (b != NULL) {
		vwk_batch_htb(b, ifindex, 1);
		vwk_batch_class(b, ifindex, ROOT, CLASS, &htb);
	}
	return run(b);
}

int vwpl_try_fq_codel(struct vw_handle *h, struct vwk_nl *nl, int ifindex)
{
	struct vwk_batch *b = vwk_batch_new(h, nl);

	if (b != NULL)
		vwk_batch_leaf(b, ifindex, CLASS, 2, VWK_LEAF_FQ_CODEL, 1000, 0);
	return run(b);
}
