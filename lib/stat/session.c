/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* session.c - open and close a session */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "stat/stat.h"

static int start_listening(struct vw_stat *s)
{
	struct epoll_event e = { .events = EPOLLIN };

	s->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (s->epoll < 0)
		return vwc_errno(s->h, VW_ERR_KERNEL, errno, "watch for links");
	if (s->flags & VW_STAT_HERE)
		return VW_OK;
	/* Without it zones are found and left by the next reading all the same. */
	s->watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (s->watch >= 0 &&
	    inotify_add_watch(s->watch, VWST_ZONES_DIR, IN_CREATE | IN_DELETE) >= 0)
		(void)epoll_ctl(s->epoll, EPOLL_CTL_ADD, s->watch, &e);
	return VW_OK;
}

static int take_filter(struct vw_stat *s, const struct vw_stat_filter *in)
{
	struct vw_stat_filter f = { 0 };

	if (in == NULL)
		return VW_OK;
	if (in->size < sizeof(size_t) || in->size > 4096)
		return vwc_why(s->h, VW_ERR_BADVAL, "the filter has no size");
	memcpy(&f, in, in->size < sizeof(f) ? in->size : sizeof(f));
	s->classes = f.classes;
	s->link = f.link != NULL ? strdup(f.link) : NULL;
	s->zone = f.zone != NULL ? strdup(f.zone) : NULL;
	s->flow = f.flow != NULL ? strdup(f.flow) : NULL;
	if ((f.link && !s->link) || (f.zone && !s->zone) || (f.flow && !s->flow))
		return vwc_nomem(s->h);
	return VW_OK;
}

int vw_stat_open(struct vw_handle *h, const struct vw_stat_filter *filter, unsigned flags,
		 struct vw_stat **sp)
{
	struct vw_stat *s;
	int rc = vwc_enter(h);

	if (rc == VW_OK && h->nl == NULL)
		rc = vwc_why(h, VW_ERR_NOTSUP, "an offline handle sees no counters");
	if (rc < 0)
		return rc;
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return vwc_nomem(h);
	s->h = h;
	s->flags = flags;
	s->epoll = s->watch = -1;
	s->search = true;
	rc = take_filter(s, filter);
	if (rc == VW_OK && (flags & VW_STAT_LISTEN))
		rc = start_listening(s);
	if (rc == VW_OK)
		rc = vwst_zones_open(s);
	if (rc == VW_OK && (flags & VW_STAT_POLLS))
		rc = vwst_polls_open(s);
	if (rc < 0)
		vw_stat_close(s);
	else
		*sp = s;
	return rc;
}

void vw_stat_close(struct vw_stat *s)
{
	if (s == NULL)
		return;
	for (size_t i = 0; i < s->nns; i++)
		vwst_ns_free(s->ns[i]);
	free(s->ns);
	vwst_roster_put(s->roster);
	vw_stat_free(s->owed);
	vwst_engine_close(s->engine);
	vwst_polls_close(s->polls);
	if (s->have_docs)
		vwo_close(&s->docs);
	if (s->watch >= 0)
		close(s->watch);
	if (s->epoll >= 0)
		close(s->epoll);
	vwst_last_free(s);
	free(s->link);
	free(s->zone);
	free(s->flow);
	free(s);
}

int vw_stat_fd(const struct vw_stat *s)
{
	return s->epoll;
}
