/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pack.h - many small numbers in few bytes, as table sample and table five hold them
 *
 * A number is written in groups of seven bits, least first, with the eighth bit set in all but the
 * last (LEB128). A sample is a list of series in rising order: the difference to the series
 * before, then received bytes, sent bytes, received packets, sent packets. An hour of five minutes
 * is a list of series, too: the difference, the length of the rest in bytes, then for each five
 * minutes with traffic the difference of its number (from 0, since the hour began), the seconds it
 * covers when these are not 300 (else 0), and the four counters.
 */
#ifndef VWST_PACK_H
#define VWST_PACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { VWST_RB, VWST_TB, VWST_RP, VWST_TP, VWST_COUNTS };	/* bytes, packets */

struct vwst_pack {		/* grows; zero it first */
	uint8_t	*p;
	size_t	 len, cap;
	bool	 failed;	/* no memory: check once at the end */
};
void vwst_pack_num(struct vwst_pack *b, uint64_t v);
void vwst_pack_bytes(struct vwst_pack *b, const void *p, size_t n);
void vwst_pack_free(struct vwst_pack *b);

struct vwst_unpack {
	const uint8_t *p, *end;
	bool	bad;		/* it ended too early, or a number was too long */
};
static inline struct vwst_unpack vwst_unpack_of(const void *p, size_t n)
{
	const uint8_t *bytes = p;

	return (struct vwst_unpack){ .p = bytes, .end = n > 0 ? bytes + n : bytes };
}
uint64_t vwst_unpack_num(struct vwst_unpack *u);
bool vwst_unpack_counts(struct vwst_unpack *u, uint64_t v[VWST_COUNTS]);

#endif
