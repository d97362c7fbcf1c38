/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* usage_lab.h - a log in a directory of its own, and readings made up for it */
#ifndef TESTS_USAGE_LAB_H
#define TESTS_USAGE_LAB_H

#include "stat/ledger.h"
#include "unit.h"

#define MONDAY	INT64_C(1795392000)	/* 2026-11-23 00:00 UTC */

struct lab {
	struct vw_handle *h;
	struct vwst_ledger l;
	char	file[200];
	uint64_t boot_ns;
};

static inline int setup_lab(void **state)
{
	struct lab *lab = calloc(1, sizeof(*lab));
	void *h;

	if (setup_store(&h) < 0)
		return -1;
	lab->h = h;
	lab->boot_ns = 1000;
	snprintf(lab->file, sizeof(lab->file), "%s/net.log", lab->h->root);
	vwst_ledger_init(&lab->l, lab->h, 7);
	*state = lab;
	return 0;
}

static inline int teardown_lab(void **state)
{
	struct lab *lab = *state;
	void *h = lab->h;

	vwst_ledger_free(&lab->l);
	free(lab);
	return teardown_store(&h);
}

static inline struct vwst_batch *batch(struct lab *lab, int64_t t, bool full)
{
	struct vwst_batch *b = calloc(1, sizeof(*b));

	assert_non_null(b);
	b->t_ms = t * 1000;
	b->boot_ns = lab->boot_ns += 1000;
	b->full = full;
	b->readings = 1;
	return b;
}

static inline struct vwst_entry *entry(struct vwst_batch *b, unsigned ifindex, const char *name,
				       const char *zone, uint64_t rb, uint64_t tb)
{
	struct vwst_entry *e;

	if (b->n == b->max) {
		b->max = b->max ? 2 * b->max : 16;
		b->v = reallocarray(b->v, b->max, sizeof(*b->v));
		assert_non_null(b->v);
	}
	e = &b->v[b->n++];
	*e = (struct vwst_entry){
		.kind = VW_USAGE_LINKS, .netns = 1, .ifindex = ifindex, .cls = VW_CLASS_VNIC,
		.edge = true, .name = vwu_pool_str(&b->pool, name), .link = "",
		.zone = vwu_pool_str(&b->pool, zone), .vwire = "", .over = "",
		.v = { rb, tb, rb / 100, tb / 100 }, .boot_ns = b->boot_ns,
	};
	return e;
}

static inline void apply(struct lab *lab, struct vwst_batch *b)
{
	int rc = lab->l.open ? VW_OK : vwst_ledger_open(&lab->l, lab->file);

	if (rc == VW_OK)	/* thousands of readings, no power cut */
		rc = vwst_db_exec(&lab->l.db, "PRAGMA synchronous = OFF");
	if (rc == VW_OK)
		rc = vwst_ledger_apply(&lab->l, b);
	if (rc != VW_OK)
		print_message("# %s\n", vw_error_message(lab->h));
	assert_int_equal(rc, VW_OK);
	vwst_batch_free(b);
}

/* One reading of one link. */
static inline void one(struct lab *lab, int64_t t, unsigned ifindex, const char *name,
		       const char *zone, uint64_t rb, uint64_t tb)
{
	struct vwst_batch *b = batch(lab, t, true);

	entry(b, ifindex, name, zone, rb, tb);
	apply(lab, b);
}

static inline void crash(struct lab *lab)
{
	vwst_ledger_free(&lab->l);
	vwst_ledger_init(&lab->l, lab->h, 7);
}

static inline struct vw_usage *ask(struct lab *lab, struct vw_usage_filter f)
{
	struct vw_usage *u = NULL;
	int rc;

	f.size = sizeof(f);
	f.file = lab->file;
	rc = vw_usage_list(lab->h, &f, &u);
	if (rc != VW_OK)
		print_message("# %s\n", vw_error_message(lab->h));
	assert_int_equal(rc, VW_OK);
	return u;
}

static inline uint64_t total(struct lab *lab, struct vw_usage_filter f)
{
	struct vw_usage *u;
	const struct vw_usage_row *r;
	uint64_t sum = 0;

	f.flags |= VW_USAGE_GONE;
	u = ask(lab, f);
	while ((r = vw_usage_next(u)) != NULL)
		sum += r->rx_bytes + r->tx_bytes;
	vw_usage_list_free(u);
	return sum;
}

#define LAB(test)	cmocka_unit_test_setup_teardown(test, setup_lab, teardown_lab)

#endif
