/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * pump - traffic of one connection, measured at layer 2, and round trips beside it
 *
 * usage: pump sink 4|6 tcp|udp PORT WARM_MS MS		prints bits per second that came
 *	  pump source 4|6 tcp|udp ADDRESS PORT MS [RATE_BPS PAYLOAD]
 *	  pump echo 4|6 PORT				until killed
 *	  pump rtt 4|6 ADDRESS PORT COUNT INTERVAL_US	prints "P50 P90 P99 MAX LOST" in microseconds
 *
 * The rate is that of frames with their Ethernet headers, as a limit counts them: for TCP the full
 * segments that came, however the kernel merged them and in whatever order, and the
 * acknowledgements sent back (the second figure printed: without those). The window begins and
 * ends with arrivals.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <arpa/inet.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#define LOT		32
#define PAYLOAD_MAX	65536
#define RTT_MAX		100000
#define PATIENCE_MS	20000		/* without data: it is over */

static bool six;
static char room[PAYLOAD_MAX];

struct mark {
	double at;
	double bits, acks;		/* so far, data and acknowledgements */
};

static void die(const char *what)
{
	fprintf(stderr, "pump: %s: %s\n", what, strerror(errno));
	exit(1);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static socklen_t address(struct sockaddr_storage *a, const char *text, const char *port)
{
	struct sockaddr_in6 *a6 = (void *)a;
	struct sockaddr_in *a4 = (void *)a;

	memset(a, 0, sizeof(*a));
	a->ss_family = six ? AF_INET6 : AF_INET;
	if (six)
		a6->sin6_port = htons((uint16_t)atoi(port));
	else
		a4->sin_port = htons((uint16_t)atoi(port));
	if (text != NULL &&
	    inet_pton(a->ss_family, text, six ? (void *)&a6->sin6_addr : (void *)&a4->sin_addr) != 1)
		die(text);
	return six ? sizeof(*a6) : sizeof(*a4);
}

static int bound(int type, const char *port)
{
	struct sockaddr_storage a;
	socklen_t len = address(&a, NULL, port);
	int fd = socket(six ? AF_INET6 : AF_INET, type | SOCK_CLOEXEC, 0), one = 1, big = 1 << 23;

	if (fd < 0)
		die("socket");
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (type == SOCK_DGRAM)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &big, sizeof(big));
	if (bind(fd, (void *)&a, len) < 0)
		die("bind");
	return fd;
}

static int connected(int type, const char *to, const char *port)
{
	struct sockaddr_storage a;
	socklen_t len = address(&a, to, port);
	int fd = socket(six ? AF_INET6 : AF_INET, type | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (void *)&a, len) < 0)
		die("connect");
	return fd;
}

/* -- sink -------------------------------------------------------------------------------------- */

/* Ethernet, IP, TCP with time stamps. Whatever was merged, tcpi_data_segs_in counts segments. */
static void tcp_mark(int fd, struct mark *m)
{
	const double headers = 14 + (six ? 40 : 20) + 32;
	struct tcp_info info = { 0 };
	socklen_t len = sizeof(info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) < 0)
		die("TCP_INFO");
	m->at = now();
	m->bits = 8 * (info.tcpi_rcv_mss + headers) * info.tcpi_data_segs_in;
	m->acks = 8 * headers * info.tcpi_segs_out;
}

static bool readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, PATIENCE_MS) > 0;
}

static bool take_tcp(int fd, struct mark *m)
{
	if (!readable(fd) || read(fd, room, sizeof(room)) <= 0)
		return false;
	tcp_mark(fd, m);
	return true;
}

static bool take_udp(int fd, struct mark *m)
{
	static struct iovec iov[LOT];
	static struct mmsghdr msg[LOT];
	static double bits;
	int n;

	for (int i = 0; i < LOT; i++) {
		iov[i] = (struct iovec){ room, 2048 };
		msg[i].msg_hdr = (struct msghdr){ .msg_iov = &iov[i], .msg_iovlen = 1 };
	}
	n = readable(fd) ? recvmmsg(fd, msg, LOT, MSG_DONTWAIT, NULL) : 0;
	for (int i = 0; i < n; i++)
		bits += 8 * (msg[i].msg_len + 14.0 + (six ? 40 : 20) + 8);
	*m = (struct mark){ .at = now(), .bits = bits };
	return n > 0;
}

static void sink(bool tcp, const char *port, double warm, double length)
{
	struct mark m, first = { 0 }, last = { 0 };
	int fd = bound(tcp ? SOCK_STREAM : SOCK_DGRAM, port);
	double began = 0, took;

	if (tcp) {
		int listener = fd;

		if (listen(fd, 1) < 0 || !readable(listener))
			die("listen");
		fd = accept(listener, NULL, NULL);
		if (fd < 0)
			die("accept");
	}
	while (tcp ? take_tcp(fd, &m) : take_udp(fd, &m)) {
		if (began == 0)
			began = m.at;
		if (m.at - began < warm)
			continue;
		if (first.at == 0)
			first = m;
		last = m;
		if (m.at - first.at >= length)
			break;
	}
	/* A connection that fell silent does not make its window shorter. */
	took = last.at - first.at > length ? last.at - first.at : length;
	printf("%.0f %.0f\n", (last.bits + last.acks - first.bits - first.acks) / took,
	       (last.bits - first.bits) / took);
}

/* -- source ------------------------------------------------------------------------------------ */

static void source_tcp(int fd, double end)
{
	while (now() < end)
		if (write(fd, room, sizeof(room)) < 0)
			return;
}

/* Datagrams at @rate, 0: as many as go; those that the queue refuses count as offered. */
static void source_udp(int fd, double end, double rate, size_t payload)
{
	const double bits = 8 * ((double)payload + 14 + (six ? 40 : 20) + 8);
	double began = now(), sent = 0, t;
	struct iovec iov = { room, payload };
	struct mmsghdr msg[LOT];

	for (int i = 0; i < LOT; i++)
		msg[i].msg_hdr = (struct msghdr){ .msg_iov = &iov, .msg_iovlen = 1 };
	while ((t = now()) < end) {
		double due = rate > 0 ? (t - began) * rate - sent : LOT * bits;
		unsigned n = due <= 0 ? 0 : (unsigned)(due / bits) + 1;

		if (n > LOT)
			n = LOT;
		if (n == 0)
			usleep(200);
		else if (sendmmsg(fd, msg, n, 0) < 0 && errno != ENOBUFS && errno != ECONNREFUSED)
			return;
		sent += n * bits;
	}
	printf("%.0f\n", sent / (now() - began));
}

/* -- round trips ------------------------------------------------------------------------------- */

static void echo(const char *port)
{
	int fd = bound(SOCK_DGRAM, port);
	struct sockaddr_storage from;
	char small[256];

	for (;;) {
		socklen_t len = sizeof(from);
		ssize_t n = recvfrom(fd, small, sizeof(small), 0, (void *)&from, &len);

		if (n > 0)
			(void)sendto(fd, small, (size_t)n, 0, (void *)&from, len);
	}
}

static int order(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* One at a time: the next leaves @interval_us after the answer, or after 2 s without one. */
static void rtt(int fd, unsigned count, unsigned interval_us)
{
	static double v[RTT_MAX];
	unsigned n = 0, lost = 0;

	for (unsigned i = 0; i < count && i < RTT_MAX; i++) {
		struct pollfd p = { .fd = fd, .events = POLLIN };
		double began = now();
		unsigned back = ~0u;

		if (send(fd, &i, sizeof(i), 0) < 0 && errno != ECONNREFUSED)
			die("send");
		while (back != i && poll(&p, 1, 2000) > 0)
			if (recv(fd, &back, sizeof(back), 0) < 0)
				back = ~0u;
		if (back == i)
			v[n++] = (now() - began) * 1e6;
		else
			lost++;
		usleep(interval_us);
	}
	if (n == 0)
		v[n++] = 0;
	qsort(v, n, sizeof(*v), order);
	printf("%.0f %.0f %.0f %.0f %u\n", v[n / 2], v[n * 90 / 100], v[n * 99 / 100], v[n - 1],
	       lost);
}

int main(int argc, char **argv)
{
	bool tcp = argc > 3 && strcmp(argv[3], "tcp") == 0;
	const char *what = argc > 3 ? argv[1] : "";

	signal(SIGPIPE, SIG_IGN);
	six = argc > 2 && argv[2][0] == '6';
	if (strcmp(what, "sink") == 0 && argc == 7)
		sink(tcp, argv[4], atof(argv[5]) / 1e3, atof(argv[6]) / 1e3);
	else if (strcmp(what, "source") == 0 && tcp && argc >= 7)
		source_tcp(connected(SOCK_STREAM, argv[4], argv[5]), now() + atof(argv[6]) / 1e3);
	else if (strcmp(what, "source") == 0 && argc == 9)
		source_udp(connected(SOCK_DGRAM, argv[4], argv[5]), now() + atof(argv[6]) / 1e3,
			   atof(argv[7]), (size_t)atoi(argv[8]));
	else if (strcmp(what, "echo") == 0)
		echo(argv[3]);
	else if (strcmp(what, "rtt") == 0 && argc == 7)
		rtt(connected(SOCK_DGRAM, argv[3], argv[4]), (unsigned)atoi(argv[5]),
		    (unsigned)atoi(argv[6]));
	else
		return 2;
	return 0;
}
