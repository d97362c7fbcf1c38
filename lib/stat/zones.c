/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* zones.c - which namespaces a session reads: its own, and the zones there are */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel/bpf.h"
#include "stat/stat.h"
#include "store/doc.h"
#include "store/files.h"

/* -- one namespace ----------------------------------------------------------------------------- */

static struct vwst_ns *ns_add(struct vw_stat *s, const char *zone)
{
	struct vwst_ns *ns;

	if (s->nns == s->maxns) {
		size_t max = s->maxns ? 2 * s->maxns : 8;
		struct vwst_ns **v = reallocarray(s->ns, max, sizeof(*v));

		if (v == NULL)
			return NULL;
		s->ns = v;
		s->maxns = max;
	}
	ns = calloc(1, sizeof(*ns));
	if (ns == NULL)
		return NULL;
	ns->nsid = ns->fd = -1;
	if (zone != NULL && (ns->zone = strdup(zone)) == NULL) {
		free(ns);
		return NULL;
	}
	s->ns[s->nns++] = ns;
	return ns;
}

static int watch(struct vw_stat *s, struct vwst_ns *ns)
{
	struct epoll_event e = { .events = EPOLLIN, .data.ptr = ns };

	ns->waiting = true;
	if (epoll_ctl(s->epoll, EPOLL_CTL_ADD, vwk_events_fd(ns->ev), &e) == 0)
		return VW_OK;
	return vwc_errno(s->h, VW_ERR_KERNEL, errno, "watch for links");
}

int vwst_zones_open(struct vw_stat *s)
{
	struct vwst_ns *ns = ns_add(s, NULL);
	int rc;

	if (ns == NULL)
		return vwc_nomem(s->h);
	ns->nl = s->h->nl;
	rc = vwk_nl_ns(s->h, ns->nl, &ns->id);
	if (rc == VW_OK)
		rc = vwk_netns_cookie(s->h, ns->nl, &ns->cookie);
	if (rc == VW_OK && (s->flags & VW_STAT_LISTEN)) {
		rc = vwk_events_open(s->h, &ns->ev);
		if (rc == VW_OK)
			rc = watch(s, ns);
	}
	return rc;
}

/* As before it was entered; closing a socket takes it out of the watch. */
static void unenter(struct vwst_ns *ns)
{
	vwk_events_close(ns->ev);
	vwk_nl_close(ns->nl);
	ns->ev = NULL;
	ns->nl = NULL;
}

/* All or none. */
static int enter(struct vw_stat *s, struct vwst_ns **v, size_t n)
{
	vwu_auto_free int *fds = calloc(n + 1, sizeof(*fds));
	vwu_auto_free struct vwk_nl **nls = calloc(n + 1, sizeof(*nls));
	vwu_auto_free struct vwk_events **evs = calloc(n + 1, sizeof(*evs));
	int rc;

	if (fds == NULL || nls == NULL || evs == NULL)
		return vwc_nomem(s->h);
	for (size_t i = 0; i < n; i++)
		fds[i] = v[i]->fd;
	rc = vwk_nl_open_many(s->h, fds, n, nls);
	if (rc == VW_OK && (s->flags & VW_STAT_LISTEN))
		rc = vwk_events_open_many(s->h, fds, n, evs);
	for (size_t i = 0; i < n; i++) {
		v[i]->nl = nls[i];
		v[i]->ev = evs[i];
	}
	for (size_t i = 0; rc == VW_OK && i < n; i++) {
		vwk_nl_read_only(v[i]->nl);
		rc = vwk_netns_cookie(s->h, v[i]->nl, &v[i]->cookie);
		if (rc == VW_OK && v[i]->ev != NULL)
			rc = watch(s, v[i]);
	}
	for (size_t i = 0; rc < 0 && i < n; i++)
		unenter(v[i]);
	return rc;
}

/*
 * Enter the zones that were found. If that fails for all together, each is tried, and those that
 * cannot be entered are left out without a word; only a lack of memory is told.
 */
static int enter_found(struct vw_stat *s, size_t first)
{
	size_t n = s->nns - first, kept = first;
	int rc = n > 0 ? enter(s, s->ns + first, n) : VW_OK;
	bool each = rc < 0 && rc != VW_ERR_NOMEM && n > 1;

	for (size_t i = first; i < first + n; i++) {
		struct vwst_ns *ns = s->ns[i];

		if (each)
			rc = enter(s, &s->ns[i], 1);
		close(ns->fd);
		ns->fd = -1;
		if (rc == VW_OK)
			s->ns[kept++] = ns;
		else
			vwst_ns_free(ns);
		if (rc < 0 && rc != VW_ERR_NOMEM)
			vwc_forget(s->h);
	}
	s->nns = kept;
	return rc == VW_ERR_NOMEM ? rc : VW_OK;
}

/* -- which zones there are --------------------------------------------------------------------- */

/* A zone by any of its names: kept if it is known, noted if not. */
static int find_zone(struct vw_stat *s, const char *zone)
{
	struct vwst_ns *ns;
	struct vwk_ns_id id;
	int fd;

	if (vwk_ns_open(s->h, zone, &fd, &id) < 0) {
		if (s->h->err.status != VW_ERR_DENIED)
			s->search = true;	/* being made, perhaps */
		vwc_forget(s->h);
		return VW_OK;
	}
	for (size_t i = 0; i < s->nns; i++)
		if (s->ns[i]->id.ino == id.ino && s->ns[i]->id.dev == id.dev) {
			s->ns[i]->kept = true;
			close(fd);
			return VW_OK;
		}
	ns = ns_add(s, zone);
	if (ns == NULL) {
		close(fd);
		return vwc_nomem(s->h);
	}
	ns->id = id;
	ns->kept = true;
	ns->fd = fd;
	s->dirty = true;
	return VW_OK;
}

/* The next value of "zone" from @at on, moved behind it; NULL: no more. */
static char *next_zone(const char **at, const char *end)
{
	static const char key[] = "\"zone\": \"";

	while (*at < end) {
		const char *value = memmem(*at, (size_t)(end - *at), key, sizeof(key) - 1), *stop;

		if (value == NULL)
			return NULL;
		value += sizeof(key) - 1;
		stop = memchr(value, '"', (size_t)(end - value));
		if (stop == NULL)
			return NULL;
		*at = stop;
		if (memchr(value, '\\', (size_t)(stop - value)) == NULL)
			return strndup(value, (size_t)(stop - value));
	}
	return NULL;
}

/*
 * Zones that links of a document are in. Thousands of links may name a few zones: each is looked
 * for once, and no line is parsed. A fresh document is its text.
 */
static int find_named(struct vw_stat *s, const struct vws_doc *doc)
{
	const char *at = doc != NULL ? doc->links.base : NULL;
	const char *end = at != NULL ? at + doc->links.base_len : NULL;
	char *zone, *last = NULL;
	int rc = VW_OK;

	while (rc == VW_OK && at != NULL && (zone = next_zone(&at, end)) != NULL) {
		bool known = last != NULL && strcmp(zone, last) == 0;

		for (size_t k = 1; !known && k < s->nns; k++)
			known = s->ns[k]->kept && strcmp(s->ns[k]->zone, zone) == 0;
		if (!known)
			rc = find_zone(s, zone);
		free(last);
		last = zone;
	}
	free(last);
	return rc;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Names below /run/netns, sorted; each and the array are for free(). */
static size_t list_dir(char ***out)
{
	DIR *dir = opendir(VWST_ZONES_DIR);
	char **v = NULL;
	size_t n = 0, max = 0;
	struct dirent *e;

	while (dir != NULL && (e = readdir(dir)) != NULL) {
		if (e->d_name[0] == '.')
			continue;
		if (n == max) {
			char **more = reallocarray(v, max = max ? 2 * max : 16, sizeof(*v));

			if (more == NULL)
				break;
			v = more;
		}
		v[n] = strdup(e->d_name);
		if (v[n] != NULL)
			n++;
	}
	if (dir != NULL)
		closedir(dir);
	if (n > 0)
		qsort(v, n, sizeof(*v), by_text);
	*out = v;
	return n;
}

/* Are we in one of the named zones ourselves? Then the others are none of our business. */
static bool in_a_zone(struct vw_stat *s, char **names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char path[sizeof(VWST_ZONES_DIR) + 256];
		struct stat st;

		snprintf(path, sizeof(path), VWST_ZONES_DIR "/%s", names[i]);
		if (stat(path, &st) == 0 && st.st_ino == s->ns[0]->id.ino &&
		    st.st_dev == s->ns[0]->id.dev)
			return true;
	}
	return false;
}

static int search(struct vw_stat *s)
{
	char **names = NULL;
	size_t n = list_dir(&names), known = s->nns;
	int rc = VW_OK, entered;

	s->search = false;
	s->inside = in_a_zone(s, names, n);
	for (size_t i = 0; i < s->nns; i++)
		s->ns[i]->kept = i == 0;
	/* What a zone is called in the documents goes before its name in the directory. */
	if (s->have_docs && (!s->inside || (s->docs.owns && s->h->root[0] == '\0'))) {
		rc = find_named(s, s->docs.saved);
		if (rc == VW_OK)
			rc = find_named(s, s->docs.temp);
	}
	for (size_t i = 0; rc == VW_OK && !s->inside && i < n; i++)
		rc = find_zone(s, names[i]);
	for (size_t i = 0; i < n; i++)
		free(names[i]);
	free(names);
	entered = enter_found(s, known);
	return rc < 0 ? rc : entered;
}

/*
 * Our socket keeps a namespace alive: a zone that lost its name must be left at once, or its links
 * would stay.
 */
static void leave(struct vw_stat *s)
{
	size_t kept = 0;

	/* Last words are looked for in all zones: none may be gone before all have spoken. */
	for (size_t i = 0; i < s->nns; i++)
		if (!s->ns[i]->kept)
			vwst_last_leave(s, s->ns[i]);
	for (size_t i = 0; i < s->nns; i++) {
		if (s->ns[i]->kept) {
			s->ns[kept++] = s->ns[i];
			continue;
		}
		vwst_ns_free(s->ns[i]);
		s->dirty = true;
	}
	s->nns = kept;
}

/* -- what tells that it is time to look again -------------------------------------------------- */

static bool moved_on(struct timespec *then, const struct timespec *now)
{
	bool same = then->tv_sec == now->tv_sec && then->tv_nsec == now->tv_nsec;

	*then = *now;
	return !same;
}

static int read_docs(struct vw_stat *s)
{
	static const enum vws_which which[] = { VWS_SAVED, VWS_TEMPORARY };
	bool again = !s->have_docs;
	int rc;

	for (size_t i = 0; i < VWU_ARRAY_SIZE(which); i++) {
		vwu_auto_free char *path = vws_path(s->h, which[i], "");
		struct stat st = { 0 };

		if (path == NULL)
			return vwc_nomem(s->h);
		if (stat(path, &st) < 0)
			memset(&st, 0, sizeof(st));
		again = moved_on(&s->docs_ctime[i], &st.st_ctim) || again;
	}
	if (!again)
		return VW_OK;
	if (s->have_docs)
		vwo_close(&s->docs);
	s->have_docs = false;
	rc = vwo_read(s->h, &s->docs);
	s->have_docs = rc == VW_OK;
	s->docs_changed = true;
	return rc;
}

static bool dir_changed(struct vw_stat *s)
{
	char events[4096];
	struct stat st = { 0 };

	while (s->watch_waiting && read(s->watch, events, sizeof(events)) > 0)
		s->search = true;
	s->watch_waiting = false;
	if (stat(VWST_ZONES_DIR, &st) < 0)
		memset(&st, 0, sizeof(st));
	return moved_on(&s->zones_mtime, &st.st_mtim);
}

/* Zones that are named by a process or a path: nobody tells when those go. */
static bool someone_died(struct vw_stat *s)
{
	for (size_t i = 1; i < s->nns; i++) {
		const char *zone = s->ns[i]->zone;
		struct vwk_ns_id id;
		int fd;

		if (zone[0] != '/' && (zone[0] < '0' || zone[0] > '9'))
			continue;
		if (vwk_ns_open(s->h, zone, &fd, &id) < 0) {
			vwc_forget(s->h);
			return true;
		}
		close(fd);
		if (id.ino != s->ns[i]->id.ino || id.dev != s->ns[i]->id.dev)
			return true;
	}
	return false;
}

/* One question instead of one for each namespace, most of which have nothing to tell. */
static void ask_who_waits(struct vw_stat *s)
{
	struct epoll_event v[64];
	int n = s->epoll >= 0 ? epoll_wait(s->epoll, v, VWU_ARRAY_SIZE(v), 0) : 0;
	bool all = n < 0 || n == (int)VWU_ARRAY_SIZE(v);	/* there may be more */

	s->watch_waiting = s->watch >= 0 && all;
	for (size_t i = 0; all && i < s->nns; i++)
		s->ns[i]->waiting = true;
	for (int i = 0; i < n; i++) {
		struct vwst_ns *ns = v[i].data.ptr;

		if (ns != NULL)
			ns->waiting = true;
		else
			s->watch_waiting = true;
	}
}

int vwst_zones_update(struct vw_stat *s)
{
	int rc = VW_OK;
	bool again;

	s->docs_changed = false;
	ask_who_waits(s);
	rc = read_docs(s);
	if (rc < 0 || (s->flags & VW_STAT_HERE))
		return rc;
	again = dir_changed(s) || s->search || s->docs_changed || someone_died(s);
	s->dirty = s->dirty || s->docs_changed;
	if (!again)
		return VW_OK;
	rc = search(s);
	if (rc == VW_OK)
		leave(s);
	return rc;
}
