/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * steernic.c - CPUs for all that a NIC receives: one interrupt after the other to one CPU after the
 * other, and RPS where there are too few of them or none
 */
#include "prop/steer.h"

#define RINGS_MAX	1024

struct irqs { unsigned v[RINGS_MAX]; size_t n; };

/* Of the rings in use. Those that rules lead to are the VNICs' and flows' of those rules. */
static int usual_irqs(struct vw_handle *h, struct vwk_nl *nl, const char *nic, struct irqs *out)
{
	vwu_auto_free struct vwk_ntuple *rules = NULL;
	size_t nrules = 0, n = 0;
	uint32_t rings;
	int rc = vwk_irqs(h, nl, nic, out->v, RINGS_MAX, &out->n);

	if (rc == VW_OK && vwk_rings(nl, nic, &rings) == 0 && rings > 0 && rings < out->n)
		out->n = rings;
	if (rc == VW_OK && vwk_ntuple_able(nl, nic))
		rc = vwk_ntuple_list(h, nl, nic, &rules, &nrules);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < nrules; i++)
		if (rules[i].queue < out->n)
			out->v[rules[i].queue] = 0;
	for (size_t i = 0; i < out->n; i++)
		if (out->v[i] != 0)
			out->v[n++] = out->v[i];
	out->n = n;
	return VW_OK;
}

/* *@moved false: the kernel spreads them itself and does not let go of them. */
static int spread(struct vw_handle *h, const struct irqs *irqs, const struct vwp_cpus *cpus,
		  bool *moved)
{
	unsigned count = vwp_cpus_count(cpus);

	*moved = irqs->n > 0;
	for (size_t i = 0; i < irqs->n; i++) {
		struct vwp_cpus one = vwp_cpus_nth(cpus, (unsigned)i % count);
		int rc = vwk_irq_affinity_set(h, irqs->v[i], one.w, VWK_CPU_WORDS);

		if (rc == VW_ERR_NOTSUP) {
			vwc_forget(h);
			*moved = false;
		} else if (rc < 0) {
			return rc;
		}
	}
	return VW_OK;
}

static int unspread(struct vw_handle *h, const struct irqs *irqs)
{
	struct vwp_cpus normal;
	int rc = irqs->n > 0 ? vwk_irq_default_get(h, normal.w, VWK_CPU_WORDS) : VW_OK;

	for (size_t i = 0; rc == VW_OK && i < irqs->n; i++) {
		rc = vwk_irq_affinity_set(h, irqs->v[i], normal.w, VWK_CPU_WORDS);
		if (rc == VW_ERR_NOTSUP) {
			vwc_forget(h);
			rc = VW_OK;
		}
	}
	return rc;
}

int vwp_steer_nic(struct vw_handle *h, struct vwk_nl *nl, const char *nic,
		  const struct vwp_cpus *was, const struct vwp_cpus *now)
{
	static const struct vwp_cpus none;
	bool moved = false;
	struct irqs irqs;
	int rc = usual_irqs(h, nl, nic, &irqs);

	if (rc == VW_OK && now != NULL)
		rc = spread(h, &irqs, now, &moved);
	else if (rc == VW_OK && was != NULL)
		rc = unspread(h, &irqs);
	if (rc < 0)
		return rc;
	if (now != NULL && moved && irqs.n >= vwp_cpus_count(now))
		now = NULL;		/* each CPU has an interrupt: no need to pass frames on */
	return vwk_rps_set_all(h, nl, nic, now != NULL ? now->w : none.w, VWK_CPU_WORDS);
}

/* CPUs the interrupts may go to (or, @now, go to); false: there are none, or they do not tell. */
static bool irq_cpus(struct vw_handle *h, const struct irqs *irqs, bool now, struct vwp_cpus *out)
{
	struct vwp_cpus one;

	*out = (struct vwp_cpus){ 0 };
	for (size_t i = 0; i < irqs->n; i++) {
		int rc = now ? vwk_irq_effective_get(h, irqs->v[i], one.w, VWK_CPU_WORDS)
			     : vwk_irq_affinity_get(h, irqs->v[i], one.w, VWK_CPU_WORDS);

		if (rc < 0) {
			vwc_forget(h);
			return false;
		}
		vwp_cpus_join(out, &one);
	}
	return irqs->n > 0;
}

int vwp_nic_is(struct vw_handle *h, struct vwk_nl *nl, const char *nic, const struct vwp_cpus *want,
	       bool *so)
{
	struct vwp_cpus rps, irq;
	struct irqs irqs;
	bool same;
	int rc = vwk_rps_get_all(h, nl, nic, rps.w, VWK_CPU_WORDS, &same);

	if (rc == VW_OK)
		rc = usual_irqs(h, nl, nic, &irqs);
	if (rc < 0)
		return rc;
	*so = same && vwp_cpus_same(&rps, want);
	if (vwp_cpus_none(&rps))
		*so = irq_cpus(h, &irqs, false, &irq) && vwp_cpus_same(&irq, want);
	return VW_OK;
}

int vwp_nic_cpus(struct vw_handle *h, struct vwk_nl *nl, const char *nic, struct vwp_cpus *out)
{
	struct vwp_cpus irq;
	struct irqs irqs;
	bool same;
	int rc = vwk_rps_get_all(h, nl, nic, out->w, VWK_CPU_WORDS, &same);

	if (rc == VW_OK)
		rc = usual_irqs(h, nl, nic, &irqs);
	if (rc == VW_OK && irq_cpus(h, &irqs, true, &irq))
		vwp_cpus_join(out, &irq);
	return rc;
}
