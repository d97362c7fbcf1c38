/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * metrics.c - all counters in the text format of Prometheus, for node_exporter's textfile collector
 *
 * A family at a time, each sample once, base units in the names: what promtool check metrics asks.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dlstat.h"
#include "drops.h"

struct metric {
	const char	*name, *help;
	size_t		 at;		/* in struct vw_stat_link or struct vw_stat_flow */
};
#define STAT(member)	offsetof(struct vw_stat_link, stats.member)
#define FLOW(member)	offsetof(struct vw_stat_flow, stats.member)
static const struct metric link_metrics[] = {
	{ "receive_bytes", "Bytes of frames the link received.", STAT(rx_bytes) },
	{ "transmit_bytes", "Bytes of frames the link sent.", STAT(tx_bytes) },
	{ "receive_packets", "Frames the link received.", STAT(rx_packets) },
	{ "transmit_packets", "Frames the link sent.", STAT(tx_packets) },
	{ "receive_errors", "Receive errors of the link.", STAT(rx_errors) },
	{ "transmit_errors", "Send errors of the link.", STAT(tx_errors) },
	{ "receive_dropped", "Received frames the device dropped.", STAT(rx_dropped) },
	{ "transmit_dropped", "Frames to send the device dropped.", STAT(tx_dropped) },
	{ 0 }
};
static const struct metric flow_metrics[] = {
	{ "receive_bytes", "Bytes of frames of the flow the link received.", FLOW(in_bytes) },
	{ "transmit_bytes", "Bytes of frames of the flow the link sent.", FLOW(out_bytes) },
	{ "receive_packets", "Frames of the flow the link received.", FLOW(in_packets) },
	{ "transmit_packets", "Frames of the flow the link sent.", FLOW(out_packets) },
	{ "dropped_packets", "Frames of the flow dropped by its action or a limit of 0.", FLOW(drops) },
	{ 0 }
};
static const struct metric drop_reasons[] = {
#define DROP(member, ...)	{ #member, NULL, offsetof(struct vw_link_drops, member) },
	CLI_DROPS(DROP)
#undef DROP
	{ 0 }
};

static uint64_t number_at(const void *base, size_t at)
{
	return *(const uint64_t *)((const char *)base + at);
}

/* A label's value: '\\', '"' and newline are escaped, and what is no UTF-8 is made so first. */
static void put_label(FILE *f, const char *name, const char *value)
{
	char safe[512];
	const char *at;

	vw_escape(safe, sizeof(safe), value != NULL ? value : "");
	fprintf(f, "%s=\"", name);
	for (at = safe; *at != '\0'; at++) {
		if (*at == '\\' || *at == '"')
			fputc('\\', f);
		fputc(*at, f);
	}
	fputc('"', f);
}

static void put_link(FILE *f, const struct vw_stat_link *l)
{
	put_label(f, "link", l->name);
	fputc(',', f);
	put_label(f, "zone", l->zone);
	fputc(',', f);
	put_label(f, "class", vw_class_name(l->cls));
}

static void put_head(FILE *f, const char *thing, const char *name, const char *suffix,
		     const char *help, const char *type)
{
	fprintf(f, "# HELP vwire_%s_%s%s %s\n# TYPE vwire_%s_%s%s %s\n", thing, name, suffix, help,
		thing, name, suffix, type);
}

static void put_links(FILE *f, struct vw_stat_reading *r, const struct metric *m)
{
	const struct vw_stat_link *l;

	put_head(f, "link", m->name, "_total", m->help, "counter");
	vw_stat_rewind(r);
	while ((l = vw_stat_link_next(r)) != NULL) {
		if (!(l->flags & VW_STAT_KNOWN))
			continue;
		fprintf(f, "vwire_link_%s_total{", m->name);
		put_link(f, l);
		fprintf(f, "} %" PRIu64 "\n", number_at(l, m->at));
	}
}

static void put_drops(FILE *f, struct vw_stat_reading *r)
{
	const struct vw_stat_link *l;
	const struct metric *m;

	put_head(f, "link", "removed_packets", "_total",
		 "Frames the host took away from the link, by reason.", "counter");
	vw_stat_rewind(r);
	while ((l = vw_stat_link_next(r)) != NULL) {
		/* Nothing can be taken from links without policy: they would only be zeros. */
		if (!(l->flags & VW_STAT_HAS_DROPS) || !(l->flags & VW_STAT_OURS))
			continue;
		for (m = drop_reasons; m->name != NULL; m++) {
			fputs("vwire_link_removed_packets_total{", f);
			put_link(f, l);
			fprintf(f, ",reason=\"%s\"} %" PRIu64 "\n", m->name,
				number_at(&l->drops, m->at));
		}
	}
}

static void put_gauges(FILE *f, struct vw_stat_reading *r)
{
	const struct vw_stat_link *l;

	put_head(f, "link", "up", "", "1: the link can carry frames now.", "gauge");
	vw_stat_rewind(r);
	while ((l = vw_stat_link_next(r)) != NULL) {
		fputs("vwire_link_up{", f);
		put_link(f, l);
		fprintf(f, "} %d\n", l->state == VW_STATE_UP);
	}
	put_head(f, "link", "limit_bytes_per_second", "",
		 "Limit of the link (maxbw), both directions together.", "gauge");
	vw_stat_rewind(r);
	while ((l = vw_stat_link_next(r)) != NULL) {
		if (l->maxbw == UINT64_MAX)
			continue;
		fputs("vwire_link_limit_bytes_per_second{", f);
		put_link(f, l);
		fprintf(f, "} %.17g\n", (double)l->maxbw / 8);
	}
	put_head(f, "link", "speed_bytes_per_second", "", "Speed of the hardware.", "gauge");
	vw_stat_rewind(r);
	while ((l = vw_stat_link_next(r)) != NULL) {
		if (l->speed_mbps == 0)
			continue;
		fputs("vwire_link_speed_bytes_per_second{", f);
		put_link(f, l);
		fprintf(f, "} %.17g\n", (double)l->speed_mbps * 125000);
	}
}

static void put_flow(FILE *f, const struct vw_stat_flow *flow)
{
	put_label(f, "flow", flow->name);
	fputc(',', f);
	put_label(f, "link", flow->link);
	fputc(',', f);
	put_label(f, "zone", flow->zone);
}

static void put_flows(FILE *f, struct vw_stat_reading *r)
{
	const struct vw_stat_flow *flow;
	const struct metric *m;

	for (m = flow_metrics; m->name != NULL; m++) {
		put_head(f, "flow", m->name, "_total", m->help, "counter");
		vw_stat_rewind(r);
		while ((flow = vw_stat_flow_next(r)) != NULL) {
			if (!(flow->flags & VW_STAT_KNOWN))
				continue;
			fprintf(f, "vwire_flow_%s_total{", m->name);
			put_flow(f, flow);
			fprintf(f, "} %" PRIu64 "\n", number_at(flow, m->at));
		}
	}
	put_head(f, "flow", "limit_bytes_per_second", "",
		 "Limit of the flow (maxbw), both directions together.", "gauge");
	vw_stat_rewind(r);
	while ((flow = vw_stat_flow_next(r)) != NULL) {
		if (flow->maxbw == UINT64_MAX)
			continue;
		fputs("vwire_flow_limit_bytes_per_second{", f);
		put_flow(f, flow);
		fprintf(f, "} %.17g\n", (double)flow->maxbw / 8);
	}
}

static void put_all(FILE *f, struct vw_stat_reading *r)
{
	const struct metric *m;

	for (m = link_metrics; m->name != NULL; m++)
		put_links(f, r, m);
	put_drops(f, r);
	put_gauges(f, r);
	put_flows(f, r);
}

/*
 * The file that a rename replaces: where links lead. A rename would put a file in the place of
 * anything else as well, /dev/null included. *@was: the file that is there; st_nlink is 0: none.
 */
static int find_file(struct cli *c, const char *path, char *target, struct stat *was)
{
	size_t len = strlen(path);

	*was = (struct stat){ 0 };
	if (stat(path, was) == 0) {
		if (!S_ISREG(was->st_mode))
			return cli_fail(c, "cannot write '%s': it is not a file", path);
		if (realpath(path, target) == NULL)
			return cli_fail(c, "cannot write '%s': %s", path, strerror(errno));
		return CLI_DONE;
	}
	if (errno != ENOENT)
		return cli_fail(c, "cannot write '%s': %s", path, strerror(errno));
	if (lstat(path, was) == 0)
		return cli_fail(c, "cannot write '%s': it is a symbolic link to nothing", path);
	if (len >= PATH_MAX)
		return cli_fail(c, "cannot write '%s': the path is too long", path);
	memcpy(target, path, len + 1);
	*was = (struct stat){ 0 };
	return CLI_DONE;
}

/* The new file is to its readers what the old one was. Returns 0 or an errno. */
static int keep_access(int fd, const struct stat *was)
{
	if (was->st_nlink > 0 && fchown(fd, was->st_uid, was->st_gid) < 0)
		return errno;
	return fchmod(fd, was->st_nlink > 0 ? was->st_mode & 0777 : 0644) < 0 ? errno : 0;
}

/* Write all to @fd and close it. Returns 0 or an errno. */
static int fill(int fd, struct vw_stat_reading *r)
{
	FILE *f = fdopen(fd, "w");
	int err = 0;

	if (f == NULL) {
		err = errno;
		close(fd);
		return err;
	}
	put_all(f, r);
	if (fflush(f) != 0 || ferror(f) || fsync(fd) < 0)
		err = errno;
	if (fclose(f) != 0 && err == 0)
		err = errno;
	return err;
}

/* A scraper that comes in between sees the old file or the new one. */
static int write_file(struct cli *c, const char *path, struct vw_stat_reading *r)
{
	char target[PATH_MAX], temporary[PATH_MAX + 8];
	struct stat was;
	int fd, err, rc;

	rc = find_file(c, path, target, &was);
	if (rc != CLI_DONE)
		return rc;
	snprintf(temporary, sizeof(temporary), "%s.XXXXXX", target);
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return cli_fail(c, "cannot write '%s': %s", path, strerror(errno));
	err = keep_access(fd, &was);
	if (err != 0)
		close(fd);
	else
		err = fill(fd, r);
	if (err == 0 && rename(temporary, target) < 0)
		err = errno;
	if (err == 0)
		return CLI_DONE;
	unlink(temporary);
	return cli_fail(c, "cannot write '%s': %s", path, strerror(err));
}

static int print_metrics(struct cli *c, struct cli_reading *r)
{
	const char *path = cli_value(c, 'w');

	if (path != NULL)
		return write_file(c, path, r->shown);
	put_all(stdout, r->shown);
	return CLI_DONE;
}

int dlstat_metrics(struct cli *c)
{
	struct cli_reading r = { 0 };

	return cli_reading_run(c, &r, VW_STAT_FILTER(.link = cli_operand(c),
						     .zone = cli_value(c, 'Z')),
			       VW_STAT_FLOWS | VW_STAT_DROPS | VW_STAT_LIMITS, print_metrics);
}
