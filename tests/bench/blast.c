/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * blast - raw 64-byte frames, as fast as they go, and what CPU each took
 *
 * usage: blast [-n FRAMES] [-r ROUNDS] [-a SOURCE] [-k KIND -f FLOWS [-s SPREAD]] DEVICE
 *
 * IPv4 UDP to a MAC address nobody has. With -k each frame belongs to one of the FLOWS that
 * "polmany flows" makes of that kind; SPREAD frames differ, 1 by default. Prints nanoseconds of
 * CPU for a frame, the best of the rounds: of this process, in whose time the kernel works off what
 * it sent, and of the kernel's own thread of this CPU, which takes over when that is too much.
 */
#include <errno.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#define FRAME		64
#define LOT		64
#define SPREAD_MAX	1024

static uint8_t frames[SPREAD_MAX][FRAME];
static struct mmsghdr messages[SPREAD_MAX];
static struct iovec iovecs[SPREAD_MAX];

static void die(const char *what)
{
	fprintf(stderr, "blast: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint16_t checksum(const void *p, size_t len)
{
	const uint16_t *w = p;
	uint32_t sum = 0;

	for (size_t i = 0; i < len / 2; i++)
		sum += w[i];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

/* The header fields that flow @i of this kind looks at; see put_match() of polmany.c. */
static void aim(const char *kind, unsigned i, struct iphdr *ip, struct udphdr *udp)
{
	if (strcmp(kind, "local_ip") == 0)
		ip->saddr = htonl(0x0b000000 + i);
	else if (strcmp(kind, "remote_ip") == 0)
		ip->daddr = htonl(0x0b000000 + i);
	else if (strcmp(kind, "local_port") == 0)
		udp->source = htons((uint16_t)(1000 + i));
	else if (strcmp(kind, "remote_port") == 0)
		udp->dest = htons((uint16_t)(1000 + i));
	else if (strcmp(kind, "dsfield") == 0)
		ip->tos = (uint8_t)(i + 1);
}

static void build(uint8_t *frame, const uint8_t mac[6], in_addr_t source, const char *kind,
		  unsigned i)
{
	static const uint8_t nobody[6] = { 2, 0, 0, 0, 0, 0x99 };
	struct ethhdr *eth = (void *)frame;
	struct iphdr *ip = (void *)(eth + 1);
	struct udphdr *udp = (void *)(ip + 1);

	memcpy(eth->h_dest, nobody, 6);
	memcpy(eth->h_source, mac, 6);
	eth->h_proto = htons(ETH_P_IP);
	ip->version = 4;
	ip->ihl = 5;
	ip->ttl = 64;
	ip->protocol = IPPROTO_UDP;
	ip->tot_len = htons(FRAME - sizeof(*eth));
	ip->saddr = source;
	ip->daddr = htonl(0x0ac80001);
	udp->source = htons(999);
	udp->dest = htons(53);
	udp->len = htons(FRAME - sizeof(*eth) - sizeof(*ip));
	aim(kind, i, ip, udp);
	ip->check = checksum(ip, sizeof(*ip));
}

static int open_device(const char *name, uint8_t mac[6])
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET };
	struct ifreq req = { 0 };
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0), room = 1 << 22;

	if (fd < 0)
		die("socket");
	to.sll_ifindex = (int)if_nametoindex(name);
	if (to.sll_ifindex == 0 || bind(fd, (void *)&to, sizeof(to)) < 0)
		die(name);
	snprintf(req.ifr_name, sizeof(req.ifr_name), "%s", name);
	if (ioctl(fd, SIOCGIFHWADDR, &req) < 0)
		die(name);
	memcpy(mac, req.ifr_hwaddr.sa_data, 6);
	if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room)) < 0)
		die("send buffer");
	return fd;
}

static double seconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* This CPU's ksoftirqd: its pid in /proc, 0 if it cannot be found. */
static int softirq_thread(int cpu)
{
	char path[64], name[64], want[64];

	snprintf(want, sizeof(want), "ksoftirqd/%d\n", cpu);
	for (int pid = 2; pid < 400; pid++) {
		FILE *f;
		bool same;

		snprintf(path, sizeof(path), "/proc/%d/comm", pid);
		f = fopen(path, "re");
		if (f == NULL)
			continue;
		same = fgets(name, sizeof(name), f) != NULL && strcmp(name, want) == 0;
		fclose(f);
		if (same)
			return pid;
	}
	return 0;
}

static double thread_seconds(int pid)
{
	unsigned long long ns = 0;
	char path[64];
	FILE *f;

	if (pid == 0)
		return 0;
	snprintf(path, sizeof(path), "/proc/%d/schedstat", pid);
	f = fopen(path, "re");
	if (f != NULL) {
		if (fscanf(f, "%llu", &ns) != 1)
			ns = 0;
		fclose(f);
	}
	return (double)ns / 1e9;
}

static void send_all(int fd, unsigned n, unsigned spread)
{
	unsigned done = 0, at = 0, lot, tries = 0;
	int rc;

	while (done < n) {
		lot = n - done < LOT ? n - done : LOT;
		if (lot > spread - at)
			lot = spread - at;
		rc = sendmmsg(fd, messages + at, lot, 0);
		if (rc < 0 && (errno != ENOBUFS || ++tries > n))
			die("send");
		done += rc > 0 ? (unsigned)rc : 1;
		at = (at + lot) % spread;
	}
}

int main(int argc, char **argv)
{
	unsigned n = 20000, rounds = 3, flows = 1, spread = 1, i;
	int opt, fd, cpu = sched_getcpu(), thread;
	in_addr_t source = htonl(0x0a000001);
	const char *kind = "";
	double best = 1e9;
	uint8_t mac[6];
	cpu_set_t set;

	while ((opt = getopt(argc, argv, "n:r:a:k:f:s:")) > 0) {
		switch (opt) {
		case 'n': n = (unsigned)atoi(optarg); break;
		case 'r': rounds = (unsigned)atoi(optarg); break;
		case 'a': source = inet_addr(optarg); break;
		case 'k': kind = optarg; break;
		case 'f': flows = (unsigned)atoi(optarg); break;
		case 's': spread = (unsigned)atoi(optarg); break;
		default: return 2;
		}
	}
	if (optind + 1 != argc || spread == 0 || spread > SPREAD_MAX || flows == 0) {
		fprintf(stderr, "usage: blast [-n FRAMES] [-r ROUNDS] [-a SOURCE] "
			"[-k KIND -f FLOWS [-s SPREAD]] DEVICE\n");
		return 2;
	}
	fd = open_device(argv[optind], mac);
	for (i = 0; i < spread || i < LOT; i++) {
		unsigned which = i < spread ? i : i % spread;

		build(frames[i], mac, source, kind,
		      spread == 1 ? flows / 2 : (unsigned)((uint64_t)which * flows / spread));
		iovecs[i] = (struct iovec){ frames[i], FRAME };
		messages[i].msg_hdr = (struct msghdr){ .msg_iov = &iovecs[i], .msg_iovlen = 1 };
	}
	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	if (sched_setaffinity(0, sizeof(set), &set) < 0)
		die("one CPU");
	thread = softirq_thread(cpu);
	send_all(fd, 1000, spread < LOT ? LOT : spread);
	for (i = 0; i < rounds; i++) {
		double began = seconds(CLOCK_PROCESS_CPUTIME_ID) + thread_seconds(thread), took;

		send_all(fd, n, spread < LOT ? LOT : spread);
		took = seconds(CLOCK_PROCESS_CPUTIME_ID) + thread_seconds(thread) - began;
		if (took < best)
			best = took;
	}
	printf("%.1f\n", best / n * 1e9);
	return 0;
}
