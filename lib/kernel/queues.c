/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* queues.c - what a driver says of its queues: qstats, else numbers with names of its own */
#include "kernel/stats.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <linux/ethtool.h>

#include "kernel/nl.h"
#include "kernel/steer.h"

#define QUEUES_MAX	4096	/* a number in a name beyond this is no queue */
#define STATS_MAX	65536	/* no driver has as many numbers */

struct gathering {
	struct vwk_queue *v;
	size_t		  n, cap;
	bool		  nomem;
};

static struct vwk_queue *queue_at(struct gathering *g, bool tx, unsigned index)
{
	for (size_t i = 0; i < g->n; i++)
		if (g->v[i].tx == tx && g->v[i].index == index)
			return &g->v[i];
	if (g->n == g->cap) {
		size_t cap = g->cap ? 2 * g->cap : 16;
		struct vwk_queue *v = reallocarray(g->v, cap, sizeof(*v));

		if (v == NULL) {
			g->nomem = true;
			return NULL;
		}
		g->v = v;
		g->cap = cap;
	}
	g->v[g->n] = (struct vwk_queue){
		.tx = tx, .index = index, .packets = VWK_NOT_TOLD, .bytes = VWK_NOT_TOLD,
		.drops = VWK_NOT_TOLD, .stops = VWK_NOT_TOLD, .wakes = VWK_NOT_TOLD,
	};
	return &g->v[g->n++];
}

/* -- names ------------------------------------------------------------------------------------- */

/* Take @word off the front of *@at. */
static bool skip(const char **at, const char *word)
{
	size_t n = strlen(word);

	if (strncmp(*at, word, n) != 0)
		return false;
	*at += n;
	return true;
}

static bool skip_number(const char **at, unsigned *out)
{
	unsigned n = 0;

	if (!isdigit((unsigned char)**at))
		return false;
	for (; isdigit((unsigned char)**at); (*at)++) {
		n = n * 10 + (unsigned)(**at - '0');
		if (n >= QUEUES_MAX)
			return false;
	}
	*out = n;
	return true;
}

/* Which number of a queue a word is; NULL: another. */
static uint64_t *number_named(struct vwk_queue *q, const char *word)
{
	if (strcmp(word, "packets") == 0 || strcmp(word, "pkts") == 0 || strcmp(word, "cnt") == 0)
		return &q->packets;
	if (strcmp(word, "bytes") == 0)
		return &q->bytes;
	if (strcmp(word, "drops") == 0 || strcmp(word, "dropped") == 0)
		return &q->drops;
	if (strcmp(word, "stop") == 0 || strcmp(word, "stopped") == 0 ||
	    strcmp(word, "queue_stop") == 0)
		return &q->stops;
	if (strcmp(word, "wake") == 0 || strcmp(word, "queue_wakeup") == 0)
		return &q->wakes;
	return NULL;
}

/*
 * There is no rule for the names, but there are habits: "rx_queue_0_packets" (igb, ixgbe, ice),
 * "rx0_bytes" (mlx5, virtio_net), "rx-0.packets" (i40e), "queue_0_rx_cnt" (ena). What is written in
 * another way is not guessed at.
 */
static void take_named(struct gathering *g, const char *name, uint64_t value)
{
	struct vwk_queue try = { 0 }, *q;
	const char *at = name;
	unsigned index;
	uint64_t *to;
	bool tx;

	if (skip(&at, "queue_")) {
		if (!skip_number(&at, &index) || !skip(&at, "_"))
			return;
		tx = skip(&at, "tx_");
		if (!tx && !skip(&at, "rx_"))
			return;
	} else {
		tx = skip(&at, "tx");
		if (!tx && !skip(&at, "rx"))
			return;
		if (!skip(&at, "_queue_") && !skip(&at, "-"))
			(void)skip(&at, "_");
		if (!skip_number(&at, &index) || (!skip(&at, "_") && !skip(&at, ".")))
			return;
		(void)skip(&at, tx ? "tx_" : "rx_");
	}
	if (number_named(&try, at) == NULL)
		return;
	q = queue_at(g, tx, index);
	to = q != NULL ? number_named(q, at) : NULL;
	if (to != NULL && *to == VWK_NOT_TOLD)
		*to = value;
}

/* -- ethtool ----------------------------------------------------------------------------------- */

static uint32_t count_stats(const struct vwk_nl *nl, const char *ifname)
{
	union {
		struct ethtool_sset_info info;
		uint32_t words[sizeof(struct ethtool_sset_info) / sizeof(uint32_t) + 1];
	} ask = { .words = { 0 } };

	ask.info.cmd = ETHTOOL_GSSET_INFO;
	ask.info.sset_mask = 1ull << ETH_SS_STATS;
	if (vwk_ethtool_call(nl, ifname, &ask) != 0 || ask.info.sset_mask == 0 ||
	    ask.info.data[0] > STATS_MAX)
		return 0;
	return ask.info.data[0];
}

/* The driver may find more numbers than it said a moment ago: room for some is left. */
static void ask_ethtool(struct gathering *g, const struct vwk_nl *nl, const char *ifname)
{
	uint32_t n = count_stats(nl, ifname);
	size_t room = (size_t)n + 64;
	vwu_auto_free struct ethtool_gstrings *names = NULL;
	vwu_auto_free struct ethtool_stats *stats = NULL;

	if (n == 0)
		return;
	names = calloc(1, sizeof(*names) + room * ETH_GSTRING_LEN);
	stats = calloc(1, sizeof(*stats) + room * sizeof(uint64_t));
	if (names == NULL || stats == NULL) {
		g->nomem = true;
		return;
	}
	names->cmd = ETHTOOL_GSTRINGS;
	names->string_set = ETH_SS_STATS;
	names->len = n;
	stats->cmd = ETHTOOL_GSTATS;
	stats->n_stats = n;
	if (vwk_ethtool_call(nl, ifname, names) != 0 || vwk_ethtool_call(nl, ifname, stats) != 0)
		return;
	if (names->len != n || stats->n_stats != n)
		return;		/* queues came or went in between: names and numbers do not match */
	for (uint32_t i = 0; i < n; i++) {
		char name[ETH_GSTRING_LEN + 1] = "";

		memcpy(name, names->data + (size_t)i * ETH_GSTRING_LEN, ETH_GSTRING_LEN);
		take_named(g, name, stats->data[i]);
	}
}

/* -- all of it --------------------------------------------------------------------------------- */

static bool take_qstat(void *arg, bool tx, unsigned index, const struct vwk_queue *q)
{
	struct gathering *g = arg;
	struct vwk_queue *to = index < QUEUES_MAX ? queue_at(g, tx, index) : NULL;

	if (to != NULL && q->napi_id != 0)
		to->napi_id = q->napi_id;
	else if (to != NULL)
		*to = *q;
	return to != NULL;
}

static void find_irqs(struct vw_handle *h, struct vwk_nl *nl, const char *ifname,
		      struct gathering *g)
{
	unsigned irqs[256];
	size_t n = 0;

	if (vwk_irqs(h, nl, ifname, irqs, VWU_ARRAY_SIZE(irqs), &n) < 0)
		vwc_forget(h);
	for (size_t i = 0; i < n; i++) {
		struct vwk_queue *q = irqs[i] != 0 ? queue_at(g, false, (unsigned)i) : NULL;

		if (q != NULL)
			q->irq = (int)irqs[i];
	}
}

static int by_queue(const void *a, const void *b)
{
	const struct vwk_queue *x = a, *y = b;

	if (x->tx != y->tx)
		return x->tx ? 1 : -1;
	return (x->index > y->index) - (x->index < y->index);
}

int vwk_queues_get(struct vw_handle *h, struct vwk_nl *nl, const char *ifname, int ifindex,
		   struct vwk_queue **out, size_t *n)
{
	struct gathering g = { 0 };

	(void)vwk_qstats(nl, ifindex, take_qstat, &g);
	ask_ethtool(&g, nl, ifname);
	find_irqs(h, nl, ifname, &g);
	if (g.nomem) {
		free(g.v);
		return vwc_nomem(h);
	}
	if (g.n > 0)
		qsort(g.v, g.n, sizeof(*g.v), by_queue);
	*out = g.v;
	*n = g.n;
	return VW_OK;
}

size_t vwk_irq_counts(int irq, uint64_t *counts, size_t max)
{
	char path[64], text[16 * 1024], *at = text;
	size_t n = 0;
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), "/sys/kernel/irq/%d/per_cpu_count", irq);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (len <= 0)
		return 0;
	text[len] = '\0';
	while (n < max && isdigit((unsigned char)*at)) {
		counts[n++] = strtoull(at, &at, 10);
		at += *at == ',';
	}
	return n;
}
