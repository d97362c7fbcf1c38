/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * policy_lab - the policy engine driven by words, for policy*.sh
 *
 * Reads commands from its standard input, one a line, and stops at the first that fails, with the
 * engine's words on standard error and its status:
 *
 *	link NAME [plain|stub|port] [strict] [peer] [sw=DEV] [root=DEV] [vid=N] [mac=MAC] [more=MAC]...
 *	     [both=N] [rx=N] [tx=N] [min=N] [prio=low|medium|high] [rootrate=N] [allow=ADDR/LEN]...
 *	     [protect=mac,ip,dhcp,restricted] [cid=HEX]... [account=N]
 *	links N NAME ...	N of them: "%d" in NAME and in words becomes 0 to N-1
 *	set			the links so far; those of the next set are others
 *	flow NAME KIND VALUE [both=N] [prio=...] [dscp=N] [drop]    of the last link
 *	flows N NAME ...
 *	flows-set, flows-sync, flows-del			the flows so far, of the last link
 *	del DEV..., sweep, above DEV VID MAC add|del, close, find, replace
 *	pretend build|version|layout	that the state was made by another libvwire
 *	state DEV, counts DEV, flow-state KIND VALUE, explain, dump, wants
 *
 * N is a number of bits per second with K, M or G behind it, or "none".
 */
#include <arpa/inet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <bpf/bpf.h>

#include "policy/engine.h"

#define MOST	40000

struct lab {
	struct vw_handle  h;
	struct vwk_nl	 *nl;
	struct vwpl	 *p;
	struct vwpl_link *links, last;	/* @last: the one flows are of */
	size_t		  nlinks, nflows;
	struct vwpl_flow *flows;
	size_t		  links_done, flows_done;	/* of earlier calls */
};

static struct lab lab;

static void die(const char *text)
{
	fprintf(stderr, "policy_lab: %s\n", text);
	exit(99);
}

static void must(int rc)
{
	if (rc >= 0)
		return;
	fprintf(stderr, "%s\n", vw_error_message(&lab.h));
	if (vw_error_hint(&lab.h) != NULL && vw_error_hint(&lab.h)[0] != '\0')
		fprintf(stderr, "hint: %s\n", vw_error_hint(&lab.h));
	exit(-rc);
}

static uint64_t bits(const char *text)
{
	char *end;
	uint64_t n = strtoull(text, &end, 10);

	if (strcmp(text, "none") == 0)
		return VWPL_NONE;
	return n * (*end == 'K' ? 1000 : *end == 'M' ? 1000000 : *end == 'G' ? 1000000000 : 1);
}

static void mac(const char *text, uint8_t out[6])
{
	if (!vwu_mac_parse(text, out))
		die("bad mac");
}

static struct vwpl_prefix prefix(const char *text)
{
	struct vwpl_prefix p = { .family = strchr(text, ':') ? 6 : 4 };
	char addr[64];
	char *slash;

	snprintf(addr, sizeof(addr), "%s", text);
	slash = strchr(addr, '/');
	if (slash != NULL)
		*slash = '\0';
	p.len = slash ? (uint8_t)atoi(slash + 1) : p.family == 4 ? 32 : 128;
	if (inet_pton(p.family == 4 ? AF_INET : AF_INET6, addr, p.addr) != 1)
		die("bad address");
	return p;
}

static int device(const char *name)
{
	unsigned i = if_nametoindex(name);

	return i != 0 ? (int)i : atoi(name);
}

static enum vwpl_priority priority(const char *text)
{
	return text[0] == 'l' ? VWPL_LOW : text[0] == 'm' ? VWPL_MEDIUM : VWPL_HIGH;
}

static unsigned protection(char *text)
{
	static const char *const names[] = { "mac", "ip", "dhcp", "restricted" };
	unsigned bitset = 0;

	for (char *w = strtok(text, ","); w != NULL; w = strtok(NULL, ","))
		for (unsigned i = 0; i < 4; i++)
			if (strcmp(w, names[i]) == 0)
				bitset |= 1u << i;
	return bitset;
}

static bool limit_word(struct vwpl_limits *l, const char *w)
{
	if (strncmp(w, "both=", 5) == 0)
		l->both = bits(w + 5);
	else if (strncmp(w, "rx=", 3) == 0)
		l->rx = bits(w + 3);
	else if (strncmp(w, "tx=", 3) == 0)
		l->tx = bits(w + 3);
	else if (strncmp(w, "min=", 4) == 0)
		l->min = bits(w + 4);
	else if (strncmp(w, "prio=", 5) == 0)
		l->priority = priority(w + 5);
	else
		return false;
	return true;
}

static const struct vwpl_limits none = { VWPL_NONE, VWPL_NONE, VWPL_NONE, VWPL_NONE, 0 };

static void *append(void *v, size_t n, const void *item, size_t size)
{
	char *more = realloc(v, (n + 1) * size);

	if (more == NULL)
		die("no memory");
	memcpy(more + n * size, item, size);
	return more;
}

static void list_word(struct vwpl_link *l, const char *w)
{
	struct vwpl_cid cid = { 0 };
	uint8_t m[6];

	if (strncmp(w, "allow=", 6) == 0) {
		struct vwpl_prefix a = prefix(w + 6);

		l->allowed = append((void *)l->allowed, l->nallowed++, &a, sizeof(a));
	} else if (strncmp(w, "more=", 5) == 0) {
		mac(w + 5, m);
		l->more_macs = append((void *)l->more_macs, l->nmore++, m, 6);
	} else if (strncmp(w, "cid=", 4) == 0) {
		for (const char *c = w + 4; c[0] && c[1]; c += 2)
			cid.id[cid.len++] = (uint8_t)strtoul((char[]){ c[0], c[1], 0 }, NULL, 16);
		l->cids = append((void *)l->cids, l->ncids++, &cid, sizeof(cid));
	} else {
		die(w);
	}
}

static void link_word(struct vwpl_link *l, char *w)
{
	if (strcmp(w, "plain") == 0)
		l->place = VWPL_PLAIN;
	else if (strcmp(w, "stub") == 0)
		l->place = VWPL_STUB;
	else if (strcmp(w, "port") == 0)
		l->place = VWPL_PORT;
	else if (strcmp(w, "strict") == 0)
		l->strict = true;
	else if (strcmp(w, "peer") == 0)
		l->peer = true;
	else if (strncmp(w, "sw=", 3) == 0)
		l->sw = device(w + 3);
	else if (strncmp(w, "root=", 5) == 0) {
		l->root = device(w + 5);
		l->root_name = strdup(w + 5);
	} else if (strncmp(w, "vid=", 4) == 0)
		l->vid = (uint16_t)atoi(w + 4);
	else if (strncmp(w, "mac=", 4) == 0)
		mac(w + 4, l->mac);
	else if (strncmp(w, "rootrate=", 9) == 0)
		l->root_rate = bits(w + 9);
	else if (strncmp(w, "protect=", 8) == 0)
		l->protect = protection(w + 8);
	else if (strncmp(w, "account=", 8) == 0)
		l->account = (uint32_t)atoi(w + 8);
	else if (!limit_word(&l->limits, w))
		list_word(l, w);
}

static void add_link(char **w, size_t n)
{
	struct vwpl_link l = { .name = strdup(w[0]), .limits = none, .root_rate = VWPL_NONE,
			       .point = device(w[0]) };

	for (size_t i = 1; i < n; i++)
		link_word(&l, w[i]);
	if (l.root == 0) {
		char name[IF_NAMESIZE] = "";

		l.root = l.sw != 0 ? l.sw : l.point;
		l.root_name = strdup(if_indextoname((unsigned)l.root, name) ? name : l.name);
	}
	if (lab.nlinks == MOST)
		die("too many links");
	lab.links[lab.nlinks++] = lab.last = l;
}

static struct vwpl_match match(const char *kind, char *value)
{
	static const char *const kinds[] = { "local_ip", "remote_ip", "transport", "local_port",
					     "remote_port", "dsfield" };
	static const struct { const char *name; uint8_t proto; } protos[] = {
		{ "tcp", 6 }, { "udp", 17 }, { "sctp", 132 }, { "icmp", 1 }, { "icmpv6", 58 } };
	struct vwpl_match m = { 0 };
	char *colon = strchr(value, ':');
	unsigned k = 0;

	while (k < 6 && strcmp(kind, kinds[k]) != 0)
		k++;
	m.kind = (enum vwb_kind)k;
	if (k <= VWB_REMOTE_IP)
		m.ip = prefix(value);
	if (k == VWB_DSFIELD) {
		m.ds = (uint8_t)strtoul(value, NULL, 16);
		m.mask = colon ? (uint8_t)strtoul(colon + 1, NULL, 16) : 0xFF;
	}
	for (unsigned i = 0; i < 5; i++)
		if (k >= VWB_TRANSPORT && strncmp(value, protos[i].name, strcspn(value, ":")) == 0)
			m.proto = m.proto ? m.proto : protos[i].proto;
	if ((k == VWB_LOCAL_PORT || k == VWB_REMOTE_PORT) && colon)
		m.port = (uint16_t)atoi(colon + 1);
	return m;
}

static void add_flow(char **w, size_t n)
{
	struct vwpl_flow f = { .name = strdup(w[0]), .limits = none, .dscp = -1 };

	if (n < 3 || lab.nflows == MOST)
		die("bad flow");
	f.match = match(w[1], w[2]);
	for (size_t i = 3; i < n; i++) {
		if (strcmp(w[i], "drop") == 0)
			f.drop = true;
		else if (strncmp(w[i], "dscp=", 5) == 0)
			f.dscp = atoi(w[i] + 5);
		else if (!limit_word(&f.limits, w[i]))
			die(w[i]);
	}
	lab.flows[lab.nflows++] = f;
}

/* "%d" becomes the number, "%x" two bytes of it as in an address. */
static void expand(const char *word, int i, char *out, size_t len)
{
	size_t at = 0;

	for (; *word != '\0' && at + 24 < len; word++) {
		if (word[0] == '%' && word[1] == 'd')
			at += (size_t)sprintf(out + at, "%d", i);
		else if (word[0] == '%' && word[1] == 'x')
			at += (size_t)sprintf(out + at, "%x:%x", i / 256, i % 256);
		else if (word[0] == '%' && word[1] == 'a')
			at += (size_t)sprintf(out + at, "%d.%d", i / 250, i % 250);
		else {
			out[at++] = *word;
			continue;
		}
		word++;
	}
	out[at] = '\0';
}

static void many(char **w, size_t n, void (*one)(char **, size_t))
{
	int count = atoi(w[0]);

	for (int i = 0; i < count; i++) {
		static char room[32][128];
		char *v[32];

		for (size_t k = 1; k < n; k++) {
			expand(w[k], i, room[k], sizeof(room[k]));
			v[k - 1] = room[k];
		}
		one(v, n - 1);
	}
}

static void open_engine(enum vwpl_make make)
{
	vwpl_close(lab.p);
	lab.p = NULL;
	must(vwpl_open(&lab.h, lab.nl, 7, make, &lab.p));
}

static const char *text_of(uint64_t v, char *buf)
{
	if (v == VWPL_NONE)
		strcpy(buf, "none");
	else
		sprintf(buf, "%llu", (unsigned long long)v);
	return buf;
}

static void say_limits(const struct vwpl_limits *l)
{
	char a[32], b[32], c[32];

	printf(" both=%s rx=%s tx=%s", text_of(l->both, a), text_of(l->rx, b), text_of(l->tx, c));
	if (l->min != 0 && l->min != VWPL_NONE)
		printf(" min=%s", text_of(l->min, a));
	if (l->priority)
		printf(" prio=%d", l->priority);
}

static void state(const char *dev)
{
	struct vwpl_state s;
	char text[64];
	int rc = vwpl_state_get(lab.p, device(dev), &s);

	if (rc == VW_ERR_NOTFOUND) {
		printf("%s unknown\n", dev);
		return;
	}
	must(rc);
	printf("%s hooked=%d foreign=%d flags=%x sw=%u vid=%u protect=%x kinds=%x masks=%u", dev,
	       s.hooked, s.foreign, s.point.flags, s.point.sw, s.point.vid, s.point.protect,
	       s.point.kinds, s.point.nmasks);
	say_limits(&s.limits);
	for (size_t i = 0; i < s.nallowed; i++)
		printf(" allow=%s/%u", inet_ntop(s.allowed[i].family == 4 ? AF_INET : AF_INET6,
						 s.allowed[i].addr, text, sizeof(text)),
		       s.allowed[i].len);
	for (size_t i = 0; i < s.nmore; i++)
		printf(" more=%02x", s.more_macs[i][5]);
	printf(" cids=%zu\n", s.ncids);
	vwpl_state_clear(&s);
}

static void say_counts(const char *what, uint32_t account)
{
	struct vwb_dropped d;
	struct vwb_count c;

	must(vwpl_counts(lab.p, &account, 1, &c));
	must(vwpl_dropped(lab.p, &account, 1, &d));
	printf("%s out=%llu/%llu in=%llu/%llu drops=", what, (unsigned long long)c.packets[0],
	       (unsigned long long)c.bytes[0], (unsigned long long)c.packets[1],
	       (unsigned long long)c.bytes[1]);
	for (unsigned i = 0; i < VWB_DROPS; i++)
		printf("%s%llu", i ? "," : "", (unsigned long long)d.packets[i]);
	printf("\n");
}

static void counts(const char *dev)
{
	uint64_t drops;

	say_counts(dev, vwpl_account(lab.p, device(dev)));
	must(vwpl_limit_drops(lab.p, device(dev), &drops));
	printf("%s limit-drops=%llu\n", dev, (unsigned long long)drops);
}

static void flow_state(const char *kind, char *value)
{
	struct vwpl_match m = match(kind, value);
	struct vwpl_flow_state s;
	int rc = vwpl_flow_get(lab.p, lab.last.point, &m, &s);

	if (rc == VW_ERR_NOTFOUND) {
		printf("flow unknown\n");
		return;
	}
	must(rc);
	printf("flow flags=%x dscp=%u", s.flow.flags, s.flow.dscp);
	say_limits(&s.limits);
	printf("\n");
	say_counts("flow", vwpl_flow_account(lab.p, lab.last.point, &m));
}

static int explained(void *arg, const char *subject, const char *object)
{
	(void)arg;
	printf("%s: %s\n", subject, object);
	return VW_OK;
}

/* How many elements each map has, but for what the programs alone keep. */
static void dump(void)
{
	static const char *const names[VWB_MAPS] = VWB_MAP_NAMES;

	for (int i = VWB_MAP_POINTS; i < VWB_MAPS; i++) {
		const struct vwpl_table *t;

		if (i == VWB_MAP_FRAGS || i == VWB_MAP_JOINED)
			continue;
		vwpl_map_forget(lab.p, (enum vwb_map)i);
		must(vwpl_map_all(lab.p, (enum vwb_map)i, &t));
		printf("%s=%zu ", names[i], t->n);
	}
	printf("\n");
}

static void above(char **w)
{
	uint8_t m[6];

	mac(w[2], m);
	must(vwpl_above(lab.p, device(w[0]), (uint16_t)atoi(w[1]), m, strcmp(w[3], "add") == 0));
}

static void flows_del(const struct vwpl_flow *flows, size_t n)
{
	struct vwpl_match *m = calloc(n + 1, sizeof(*m));

	for (size_t i = 0; m && i < n; i++)
		m[i] = flows[i].match;
	must(vwpl_flows_del(lab.p, &lab.last, m, n));
	free(m);
}

static void del(char **w, size_t n)
{
	int points[64];

	for (size_t i = 0; i < n && i < 64; i++)
		points[i] = device(w[i]);
	must(vwpl_links_del(lab.p, points, n));
}

static void pretend(const char *what)
{
	struct vwb_conf *c = &lab.p->conf;
	uint32_t zero = 0;

	if (strcmp(what, "build") == 0)
		c->progs[VWB_PROGS] = 1;
	else
		c->version = VWB_VERSION + 1;
	if (strcmp(what, "layout") == 0)
		c->maps[VWB_MAP_FDB] = c->maps[VWB_MAP_ALLOWED];
	must(bpf_map_update_elem(lab.p->maps[VWB_MAP_CONF], &zero, c, BPF_ANY));
}

/* What changes; false: none of these. */
static bool change(const char *c, char **w, size_t n)
{
	if (strcmp(c, "set") == 0) {
		must(vwpl_links_set(lab.p, lab.links + lab.links_done,
				    lab.nlinks - lab.links_done));
		lab.links_done = lab.nlinks;
	} else if (strncmp(c, "flows-", 6) == 0) {
		const struct vwpl_flow *flows = lab.flows + lab.flows_done;
		size_t count = lab.nflows - lab.flows_done;

		if (strcmp(c, "flows-set") == 0)
			must(vwpl_flows_set(lab.p, &lab.last, flows, count));
		else if (strcmp(c, "flows-sync") == 0)
			must(vwpl_flows_sync(lab.p, &lab.last, flows, count));
		else
			flows_del(flows, count);
		lab.flows_done = lab.nflows;
	} else if (strcmp(c, "del") == 0) {
		del(w, n);
	} else if (strcmp(c, "sweep") == 0) {
		must(vwpl_sweep(lab.p));
	} else if (strcmp(c, "above") == 0) {
		above(w);
	} else if (strcmp(c, "pretend") == 0) {
		pretend(w[0]);
	} else {
		return false;
	}
	return true;
}

static bool show(const char *c, char **w)
{
	if (strcmp(c, "state") == 0)
		state(w[0]);
	else if (strcmp(c, "counts") == 0)
		counts(w[0]);
	else if (strcmp(c, "account") == 0)
		printf("%u\n", vwpl_account(lab.p, device(w[0])));
	else if (strcmp(c, "flow-state") == 0)
		flow_state(w[0], w[1]);
	else if (strcmp(c, "explain") == 0)
		must(vwpl_explain(lab.p, &lab.last, lab.flows + lab.flows_done,
				  lab.nflows - lab.flows_done, explained, NULL));
	else if (strcmp(c, "dump") == 0)
		dump();
	else if (strcmp(c, "wants") == 0)
		printf("%d\n", vwpl_wants(&lab.last));
	else
		return false;
	return true;
}

static void command(char *line)
{
	char *w[32], *c = strtok(line, " \n");
	size_t n = 0;

	while (c != NULL && n < 32 && (w[n] = strtok(NULL, " \n")) != NULL)
		n++;
	if (c == NULL || c[0] == '#')
		return;
	if (strcmp(c, "link") == 0)
		add_link(w, n);
	else if (strcmp(c, "links") == 0)
		many(w, n, add_link);
	else if (strcmp(c, "flow") == 0)
		add_flow(w, n);
	else if (strcmp(c, "flows") == 0)
		many(w, n, add_flow);
	else if (strcmp(c, "close") == 0)
		open_engine(VWPL_MAKE);
	else if (strcmp(c, "replace") == 0)
		open_engine(VWPL_REPLACE);
	else if (strcmp(c, "find") == 0) {
		open_engine(VWPL_FIND);
		printf("%s\n", lab.p ? "found" : "none");
	} else if (lab.p == NULL || (!change(c, w, n) && !show(c, w)))
		die(c);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	static char line[4096];

	lab.h.pid = getpid();
	lab.links = calloc(MOST, sizeof(*lab.links));
	lab.flows = calloc(MOST, sizeof(*lab.flows));
	if (lab.links == NULL || lab.flows == NULL)
		die("no memory");
	must(vwk_nl_open(&lab.h, -1, &lab.nl));
	if (argc < 2 || strcmp(argv[1], "-f") != 0)
		open_engine(VWPL_MAKE);
	while (fgets(line, sizeof(line), stdin) != NULL)
		command(line);
	vwpl_close(lab.p);
	vwk_nl_close(lab.nl);
	return 0;
}
