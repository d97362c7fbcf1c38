/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* model.c - see model.h */
#include "policy/model.h"

#include <errno.h>
#include <string.h>

#define MINORS		65536
#define MAJOR		(1u << 16)

/* A rate of 0 is none for HTB: each leaf has at least this, a flow as much as its two leaves. */
#define FLOOR_LEAF	1u
#define FLOOR_FLOW	2u
/* A token is not saved up: each leaf could send it on top of what its link has saved. */
#define TOKEN_BURST	1600u

int vwpl_model_init(struct vwpl_model *m)
{
	*m = (struct vwpl_model){ .rate = VWPL_NONE };
	m->index = calloc(MINORS, sizeof(*m->index));
	return m->index != NULL ? 0 : -ENOMEM;
}

void vwpl_model_fini(struct vwpl_model *m)
{
	free(m->index);
	free(m->v);
	*m = (struct vwpl_model){ 0 };
}

struct vwpl_mnode *vwpl_model_find(const struct vwpl_model *m, uint16_t minor)
{
	return m->index[minor] != 0 ? &m->v[m->index[minor] - 1] : NULL;
}

struct vwpl_mnode *vwpl_model_add(struct vwpl_model *m, uint16_t minor, uint16_t parent)
{
	if (m->n == m->cap) {
		size_t cap = m->cap ? m->cap * 2 : 16;
		struct vwpl_mnode *v = reallocarray(m->v, cap, sizeof(*v));

		if (v == NULL)
			return NULL;
		m->v = v;
		m->cap = cap;
	}
	m->v[m->n] = (struct vwpl_mnode){ .minor = minor, .parent = parent,
		.limits = { .both = VWPL_NONE, .rx = VWPL_NONE, .tx = VWPL_NONE } };
	m->index[minor] = (uint16_t)++m->n;
	return &m->v[m->n - 1];
}

void vwpl_model_remove(struct vwpl_model *m, uint16_t minor)
{
	struct vwpl_mnode *node = vwpl_model_find(m, minor);

	if (node == NULL)
		return;
	*node = m->v[--m->n];
	m->index[node->minor] = m->index[minor];
	m->index[minor] = 0;
}

/* -- notes in quanta --------------------------------------------------------------------------- */

/*
 * OUT: how the priority was given, whether the rate is a guarantee, and a bit more than it; then,
 * as in IN, what of a limit in bits/s does not fill a byte.
 */
#define NOTE_BITS	9
#define NOTE_MASK	((1u << NOTE_BITS) - 1)
#define NOTE_PRIORITY	3u
#define NOTE_MIN	(1u << 2)
#define NOTE_MORE	(1u << 3)
#define NOTE_BOTH	4		/* shifts */
#define NOTE_TX		0
#define NOTE_RX		3
#define NOTE_MINBITS	6

static uint32_t rest(uint64_t bits, unsigned shift)
{
	return bits == VWPL_NONE ? 0 : (uint32_t)(bits & 7) << shift;
}

static uint32_t note(const struct vwpl_mnode *node, int leaf)
{
	const struct vwpl_limits *l = &node->limits;
	bool min = l->min != 0 && l->min != VWPL_NONE;

	if (leaf == VWPL_LEAF_IN)
		return rest(l->tx, NOTE_TX) | rest(l->rx, NOTE_RX) | rest(l->min, NOTE_MINBITS);
	return ((unsigned)l->priority & NOTE_PRIORITY) | (min ? NOTE_MIN : 0) |
	       (node->more ? NOTE_MORE : 0) | rest(l->both, NOTE_BOTH);
}

static uint32_t noted(uint32_t quantum, uint32_t n)
{
	quantum &= ~NOTE_MASK;
	return (quantum >= 1514 ? quantum : quantum + NOTE_MASK + 1) | n;
}

/* -- reading back ------------------------------------------------------------------------------ */

static uint64_t ceil_bits(const struct vwpl_class *c, uint32_t quantum, unsigned shift)
{
	if (!c->there || c->has.ceil >= VWPL_CEIL_NONE)
		return VWPL_NONE;
	return c->has.ceil * 8 + (quantum >> shift & 7);
}

/* The least that those below @link have who were promised nothing, as their classes say. */
static uint64_t floors_there(const struct vwpl_model *m, uint16_t link)
{
	uint64_t sum = 2 * FLOOR_LEAF;

	for (size_t i = 0; i < m->n; i++)
		if (m->v[i].parent == link &&
		    !(m->v[i].c[VWPL_LEAF_OUT].has.quantum & NOTE_MIN))
			sum += FLOOR_FLOW;
	return sum;
}

void vwpl_model_read(const struct vwpl_model *m, const struct vwpl_mnode *node,
		     struct vwpl_limits *out)
{
	uint32_t q_out = node->c[VWPL_LEAF_OUT].has.quantum;
	uint32_t q_in = node->c[VWPL_LEAF_IN].has.quantum;
	uint64_t min = node->c[VWPL_OWN].has.rate;

	*out = (struct vwpl_limits){
		.both = ceil_bits(&node->c[VWPL_OWN], q_out, NOTE_BOTH),
		.tx = ceil_bits(&node->c[VWPL_LEAF_OUT], q_in, NOTE_TX),
		.rx = ceil_bits(&node->c[VWPL_LEAF_IN], q_in, NOTE_RX),
		.priority = (enum vwpl_priority)(q_out & NOTE_PRIORITY),
	};
	if (q_out & NOTE_MORE)
		min -= floors_there(m, node->minor);
	if (q_out & NOTE_MIN)
		out->min = min * 8 + (q_in >> NOTE_MINBITS & 7);
}

static void take(struct vwpl_class *c, const struct vwk_class *from)
{
	c->there = true;
	c->leaf = from->leaf != 0;
	c->drops = from->drops;
	c->has = from->htb;
}

/* Nodes of one level: classes below 1:1, or below the links found before. */
static int load_nodes(struct vwpl_model *m, const struct vwk_class *v, size_t n, bool links)
{
	for (size_t i = 0; i < n; i++) {
		uint32_t minor = v[i].classid & 0xFFFF, parent = v[i].parent & 0xFFFF;
		struct vwpl_mnode *node, *up = vwpl_model_find(m, (uint16_t)parent);

		/* What does not begin where nodes do was left behind by somebody. */
		if (minor < VWPL_MINOR_FIRST || minor > VWPL_MINOR_LAST ||
		    (minor - VWPL_MINOR_FIRST) % VWPL_CLASSES != 0 || v[i].parent >> 16 != 1 ||
		    v[i].classid >> 16 != 1)
			continue;
		if (links ? parent != VWPL_MINOR_ROOT : up == NULL ||
		    up->parent != VWPL_MINOR_ROOT || minor == parent + 1 || minor == parent + 2)
			continue;
		node = vwpl_model_add(m, (uint16_t)minor, (uint16_t)parent);
		if (node == NULL)
			return -ENOMEM;
		take(&node->c[VWPL_OWN], &v[i]);
	}
	return 0;
}

static void load_leaf(struct vwpl_model *m, const struct vwk_class *c)
{
	struct vwpl_mnode *node = vwpl_model_find(m, c->parent & 0xFFFF);
	uint32_t at = (c->classid & 0xFFFF) - (c->parent & 0xFFFF);

	if (node != NULL && (at == VWPL_LEAF_OUT || at == VWPL_LEAF_IN))
		take(&node->c[at], c);
}

int vwpl_model_load(struct vwpl_model *m, const struct vwk_class *v, size_t n,
		    struct vwb_minors *used)
{
	int rc;

	for (size_t i = 0; i < m->n; i++)
		m->index[m->v[i].minor] = 0;
	m->n = 0;
	m->rate = VWPL_NONE;
	m->root = (struct vwpl_class){ 0 };
	for (size_t i = 0; i < n; i++) {
		uint32_t minor = v[i].classid & 0xFFFF;

		if (v[i].classid >> 16 != 1)	/* of an HTB that somebody put below a class of ours */
			continue;
		used->used[minor / 8] |= (uint8_t)(1u << minor % 8);
		if (minor == VWPL_MINOR_ROOT)
			take(&m->root, &v[i]);
	}
	m->rate = ceil_bits(&m->root, 0, 0);
	rc = load_nodes(m, v, n, true);
	if (rc == 0)
		rc = load_nodes(m, v, n, false);
	for (size_t i = 0; rc == 0 && i < n; i++)
		load_leaf(m, &v[i]);
	for (size_t i = 0; rc == 0 && i < m->n; i++) {
		vwpl_model_read(m, &m->v[i], &m->v[i].limits);
		for (unsigned k = m->v[i].minor; k < m->v[i].minor + 3u; k++)
			used->used[k / 8] |= (uint8_t)(1u << k % 8);
	}
	return rc;
}

/* -- promises ---------------------------------------------------------------------------------- */

static bool promised(const struct vwpl_mnode *node)
{
	return node->limits.min != 0 && node->limits.min != VWPL_NONE;
}

static bool is_link(const struct vwpl_mnode *node)
{
	return node->parent == VWPL_MINOR_ROOT;
}

static bool conflict(struct vwpl_conflict *why, enum vwpl_fault fault, uint16_t minor,
		     uint64_t promise, uint64_t has)
{
	*why = (struct vwpl_conflict){ fault, minor, promise * 8, has * 8 };
	return false;
}

/* Who shares what: each node's own two leaves, and a link's flows. */
static bool count(struct vwpl_model *m, struct vwpl_conflict *why)
{
	for (size_t i = 0; i < m->n; i++) {
		m->v[i].promised = 0;
		m->v[i].floors = 2 * FLOOR_LEAF;
		m->v[i].unpromised = 2;
		m->v[i].more = false;
	}
	for (size_t i = 0; i < m->n; i++) {
		struct vwpl_mnode *node = &m->v[i], *up = vwpl_model_find(m, node->parent);
		uint64_t min = vwpl_bytes(node->limits.min);

		if (node->dying)
			continue;
		if (promised(node) && node->limits.min > node->limits.both)
			return conflict(why, VWPL_FAULT_MIN, node->minor, min,
					vwpl_bytes(node->limits.both));
		if (up == NULL)
			continue;
		if (promised(node)) {
			up->promised += min;
		} else {
			up->floors += FLOOR_FLOW;
			up->unpromised++;
		}
	}
	return true;
}

/*
 * What a link is promised: its own minbw, or what its flows are. Where nothing of it is left for
 * those without a promise, it gets their floors, some bytes, in addition.
 */
static bool promise_link(struct vwpl_mnode *link, struct vwpl_conflict *why)
{
	uint64_t most = vwpl_bytes(link->limits.both);
	uint64_t min = promised(link) ? vwpl_bytes(link->limits.min) : 0;

	if (link->promised > (min != 0 ? min : most))
		return conflict(why, VWPL_FAULT_FLOWS, link->minor, link->promised,
				min != 0 ? min : most);
	if (link->promised + link->floors > most + most / 50 + 2 * FLOOR_LEAF)
		return conflict(why, VWPL_FAULT_CROWD, link->minor, 0, most);
	link->rate = link->promised != 0 ? link->promised + link->floors : 0;
	link->more = min != 0 && min < link->promised + link->floors;
	if (min != 0)
		link->rate = link->more ? min + link->floors : min;
	return true;
}

struct sum {
	uint64_t promised, floors;
	size_t	 unpromised;
};

static bool promise_links(struct vwpl_model *m, struct sum *s, struct vwpl_conflict *why)
{
	uint64_t most = m->rate == VWPL_NONE ? VWPL_RATE_MOST / 8 : vwpl_bytes(m->rate);
	uint64_t asked = 0;

	*s = (struct sum){ 0 };
	for (size_t i = 0; i < m->n; i++) {
		struct vwpl_mnode *node = &m->v[i];

		if (node->dying || !is_link(node))
			continue;
		if (!promise_link(node, why))
			return false;
		if (node->rate == 0) {
			s->unpromised++;
			s->floors += node->floors;
			continue;
		}
		s->promised += node->rate;
		asked += promised(node) ? vwpl_bytes(node->limits.min) : node->promised;
	}
	if (asked > most)
		return conflict(why, VWPL_FAULT_LINKS, VWPL_MINOR_ROOT, asked, most);
	if (s->promised + s->floors > most + most / 50 + s->unpromised)
		return conflict(why, VWPL_FAULT_CROWD, VWPL_MINOR_ROOT, 0, most);
	return true;
}

/* -- rates ------------------------------------------------------------------------------------- */

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t token(uint64_t most, uint64_t spare, size_t siblings, uint64_t floor)
{
	uint64_t t = vwpl_token_of(most, spare, siblings);

	return t > floor ? t : floor;
}

static uint64_t root_most(const struct vwpl_model *m)
{
	return least(vwpl_bytes(m->rate), VWPL_RATE_MOST / 8);
}

/* What is above @node, and itself, let through. */
static uint64_t node_most(const struct vwpl_model *m, const struct vwpl_mnode *node)
{
	const struct vwpl_mnode *up = vwpl_model_find(m, node->parent);
	uint64_t most = least(root_most(m), vwpl_bytes(node->limits.both));

	return up != NULL ? least(most, vwpl_bytes(up->limits.both)) : most;
}

static unsigned level_of(enum vwpl_priority p, enum vwpl_priority otherwise)
{
	return VWPL_HIGH - (p == VWPL_PRIORITY_UNSET ? otherwise : p);
}

/*
 * HTB has one order for the whole tree, 0 to 7. Among links the link's priority decides, and only
 * within a link that of its flows; what is in none of them counts as medium there.
 */
static unsigned prio_of(const struct vwpl_model *m, const struct vwpl_mnode *node)
{
	const struct vwpl_mnode *up = vwpl_model_find(m, node->parent);
	unsigned link, flow = 1;

	link = level_of((up != NULL ? up : node)->limits.priority, VWPL_HIGH);
	if (up != NULL)
		flow = level_of(node->limits.priority, VWPL_MEDIUM);
	return (unsigned)least(3 * link + flow, 7);
}

/*
 * Leaves of one link take turns, each of which lasts 10 ms: shorter than what a leaf with a limit
 * of its own may save up (16 kB), or it would not get that limit; and the same for all, or those
 * with low limits would get less than their share.
 */
static uint32_t turn(const struct vwpl_model *m, const struct vwpl_mnode *node)
{
	const struct vwpl_mnode *up = vwpl_model_find(m, node->parent);

	return vwpl_quantum(node_most(m, up != NULL ? up : node));
}

static void want_leaf(const struct vwpl_model *m, struct vwpl_mnode *node, int leaf)
{
	uint64_t limit = leaf == VWPL_LEAF_OUT ? node->limits.tx : node->limits.rx;
	uint64_t most = least(node_most(m, node), vwpl_bytes(limit));
	struct vwk_htb *want = &node->c[leaf].want;
	uint64_t rate = token(most, node->rate - node->promised, node->unpromised, FLOOR_LEAF);

	vwpl_htb_bytes(rate, vwpl_bytes(limit), prio_of(m, node), want);
	want->burst = TOKEN_BURST;
	want->quantum = noted(turn(m, node), note(node, leaf));
}

static void want_node(const struct vwpl_model *m, struct vwpl_mnode *node)
{
	vwpl_htb_bytes(node->rate, vwpl_bytes(node->limits.both), 0, &node->c[VWPL_OWN].want);
	want_leaf(m, node, VWPL_LEAF_OUT);
	want_leaf(m, node, VWPL_LEAF_IN);
}

/* The sum of what the links have got. */
static uint64_t rate_links(struct vwpl_model *m, const struct sum *s)
{
	uint64_t most = root_most(m), sum = s->promised;
	uint64_t spare = most > s->promised ? most - s->promised : 0;

	for (size_t i = 0; i < m->n; i++) {
		struct vwpl_mnode *node = &m->v[i];

		if (node->dying || !is_link(node) || node->rate != 0)
			continue;
		node->rate = least(node_most(m, node),
				   token(most, spare, s->unpromised, node->floors));
		if (node->rate < node->floors)
			node->rate = node->floors;
		sum += node->rate;
	}
	return sum;
}

static void rate_flow(const struct vwpl_model *m, struct vwpl_mnode *flow)
{
	const struct vwpl_mnode *link = vwpl_model_find(m, flow->parent);

	if (promised(flow))
		flow->rate = vwpl_bytes(flow->limits.min);
	else
		flow->rate = token(node_most(m, flow), link->rate - link->promised,
				   link->unpromised, FLOOR_FLOW);
}

bool vwpl_model_solve(struct vwpl_model *m, struct vwpl_conflict *why)
{
	uint64_t sum, most = root_most(m);
	struct sum s;

	if (!count(m, why) || !promise_links(m, &s, why))
		return false;
	sum = rate_links(m, &s);
	vwpl_htb_bytes(sum > most ? sum : most, vwpl_bytes(m->rate), 0, &m->root.want);
	for (size_t i = 0; i < m->n; i++) {
		struct vwpl_mnode *node = &m->v[i];

		if (node->dying)
			continue;
		if (!is_link(node))
			rate_flow(m, node);
		want_node(m, node);
	}
	return true;
}

uint64_t vwpl_model_most(const struct vwpl_model *m, const struct vwpl_mnode *node, int leaf,
			 bool has)
{
	const struct vwpl_mnode *up = vwpl_model_find(m, node->parent);
	const struct vwpl_class *chain[] = { &node->c[leaf], &node->c[VWPL_OWN],
					     up != NULL ? &up->c[VWPL_OWN] : &m->root, &m->root };
	uint64_t most = VWPL_RATE_MOST / 8;

	for (size_t i = 0; i < VWU_ARRAY_SIZE(chain); i++) {
		if (has && !chain[i]->there)
			return 0;
		most = least(most, has ? chain[i]->has.ceil : chain[i]->want.ceil);
	}
	return most;
}
