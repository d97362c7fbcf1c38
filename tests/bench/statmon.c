/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * statmon - a monitor of counters made of libvwire's calls alone, for stat.py to measure
 *
 * usage: statmon POLLS INTERVAL_MS [flows]
 *
 * Reads all links of all zones POLLS times and takes the differences. Prints the number of links,
 * and CPU time a poll in microseconds (without the first, which also reads the names).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <vwire/vwire.h>

static double cpu_us(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e6 +
	       (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

static void die(struct vw_handle *h, const char *what)
{
	fprintf(stderr, "statmon: %s: %s\n", what, h ? vw_error_message(h) : "");
	exit(1);
}

static unsigned walk(struct vw_stat_reading *d, uint64_t *sum)
{
	const struct vw_stat_link *l;
	unsigned n = 0;

	while ((l = vw_stat_link_next(d)) != NULL) {
		*sum += l->stats.rx_bytes + l->stats.tx_bytes;
		n++;
	}
	return n;
}

int main(int argc, char **argv)
{
	struct vw_stat_reading *before = NULL, *now, *d;
	unsigned polls, ms, n = 0, i;
	struct vw_handle *h = NULL;
	struct vw_stat *s;
	uint64_t sum = 0;
	double began = 0;

	if (argc < 3) {
		fprintf(stderr, "usage: statmon POLLS INTERVAL_MS [flows]\n");
		return 2;
	}
	polls = (unsigned)atoi(argv[1]);
	ms = (unsigned)atoi(argv[2]);
	if (vw_open(&h) < 0 ||
	    vw_stat_open(h, NULL, VW_STAT_LISTEN | (argc > 3 ? VW_STAT_FLOWS : 0), &s) < 0)
		die(h, "open");
	for (i = 0; i <= polls; i++) {
		if (vw_stat_read(s, &now) < 0)
			die(h, "read");
		if (vw_stat_delta(now, before, &d) < 0)
			die(h, "delta");
		n = walk(d, &sum);
		vw_stat_free(d);
		vw_stat_free(before);
		before = now;
		if (i == 0)
			began = cpu_us();
		if (i < polls && ms > 0)
			usleep(ms * 1000);
	}
	printf("%u %.1f\n", n, polls > 0 ? (cpu_us() - began) / polls : 0);
	vw_stat_free(before);
	vw_stat_close(s);
	vw_close(h);
	return 0;
}
