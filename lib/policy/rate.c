/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* rate.c - from bits per second to what HTB and its queues are told; the figures were measured */
#include "policy/model.h"

#define BURST_LEAST	16000u		/* bytes: tolerates late timers */
#define BURST_MOST	2500000u
#define QUANTUM_LEAST	1514u
#define QUANTUM_MOST	60000u
#define QUEUE_LEAST	30000u		/* bytes: 20 frames of 1,514 */
#define QUEUE_FRAMES	8		/* a queue shorter than that starves TCP with large frames */
#define TOKEN_PART	128		/* "about 1 %" of a limit is what nobody can take */
#define TOKEN_SHARE	4		/* tokens together: a quarter of what is not promised */

static uint64_t clamp(uint64_t v, uint64_t least, uint64_t most)
{
	return v < least ? least : v > most ? most : v;
}

uint64_t vwpl_bytes(uint64_t bits)
{
	if (bits == VWPL_NONE)
		return VWPL_CEIL_NONE;
	return clamp(bits / 8, 1, VWPL_RATE_MOST / 8);
}

uint32_t vwpl_quantum(uint64_t ceil)
{
	return (uint32_t)clamp(ceil / 100, QUANTUM_LEAST, QUANTUM_MOST);	/* 10 ms */
}

static uint32_t burst(uint64_t rate)
{
	return (uint32_t)clamp(rate / 1000, BURST_LEAST, BURST_MOST);
}

void vwpl_htb_bytes(uint64_t rate, uint64_t ceil, unsigned prio, struct vwk_htb *out)
{
	*out = (struct vwk_htb){
		.rate = rate, .ceil = ceil, .burst = burst(rate), .cburst = burst(ceil),
		.quantum = vwpl_quantum(ceil), .prio = prio,
	};
}

void vwpl_htb_for(uint64_t rate_bits, uint64_t ceil_bits, unsigned prio, struct vwk_htb *out)
{
	vwpl_htb_bytes(vwpl_bytes(rate_bits), vwpl_bytes(ceil_bits), prio, out);
}

uint32_t vwpl_leaf_limit(uint64_t ceil_bits, uint32_t mtu)
{
	uint64_t least = (uint64_t)mtu * QUEUE_FRAMES;
	uint64_t bytes = ceil_bits < VWPL_RATE_MOST ? ceil_bits / 8 : VWPL_RATE_MOST / 8;

	/* 20 ms */
	return (uint32_t)clamp(bytes / 50, least > QUEUE_LEAST ? least : QUEUE_LEAST, UINT32_MAX);
}

/* fq_codel keeps the delay low itself; its limit is for those who do not heed drops. */
uint32_t vwpl_codel_limit(uint64_t ceil_bits)
{
	return (uint32_t)clamp(vwpl_leaf_limit(ceil_bits, 0) / 1514 * 5, 64, 10240);	/* 100 ms */
}

/* A frame and a half must have the time to leave, or every one of them counts as late. */
uint32_t vwpl_codel_target(uint64_t ceil_bits)
{
	return (uint32_t)clamp(1514ull * 12 * 1000000 / (ceil_bits > 0 ? ceil_bits : 1), 5000,
			       1000000);
}

/*
 * Rounded to powers of two, so that one sibling more changes the tokens of all others now and then
 * only, and the work for n of them grows with n.
 */
uint64_t vwpl_token_of(uint64_t ceil, uint64_t spare, size_t siblings)
{
	uint64_t share = spare / TOKEN_SHARE, part = ceil / TOKEN_PART;

	for (size_t n = 1; n < siblings; n *= 2)
		share /= 2;
	return part < share ? part : share;
}

/* -- what needs a node ------------------------------------------------------------------------- */

static bool given(uint64_t limit)
{
	return limit != VWPL_NONE && limit != 0;
}

bool vwpl_limits_need_node(const struct vwpl_limits *l, uint64_t above)
{
	return above != VWPL_NONE || given(l->both) || given(l->rx) || given(l->tx) ||
	       given(l->min) || l->priority != VWPL_PRIORITY_UNSET;
}

/*
 * Inside a limit everything waits. Else a direction without a limit need not: a guarantee or a
 * priority means nothing where nothing is short.
 */
bool vwpl_limits_wait(const struct vwpl_limits *l, uint64_t above, enum vwb_dir dir)
{
	return above != VWPL_NONE || given(l->both) || given(dir == VWB_OUT ? l->tx : l->rx);
}
