/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ctx.c - one call at work: documents, zones, lock and intent */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "object/object.h"


/* `ip netns exec NAME` mounts /etc/netns/NAME/vwire over /etc/vwire: the state is its own. */
static bool etc_is_private(void)
{
	struct stat etc, own;
	struct dirent *e;
	bool found = false;
	DIR *d;

	if (stat("/etc/vwire", &etc) < 0)
		return false;
	d = opendir("/etc/netns");
	if (d == NULL)
		return false;
	while (!found && (e = readdir(d)) != NULL) {
		char path[512];

		snprintf(path, sizeof(path), "/etc/netns/%s/vwire", e->d_name);
		found = stat(path, &own) == 0 && own.st_dev == etc.st_dev &&
			own.st_ino == etc.st_ino;
	}
	closedir(d);
	return found;
}

/* Is the state below the default root this namespace's own? */
static int owns_state(struct vw_handle *h, bool *owns)
{
	struct vwk_ns_id id;
	int fd, rc;

	*owns = true;
	if (h->root[0] != '\0' || (h->flags & VW_OPEN_OFFLINE))
		return VW_OK;
	rc = vwk_ns_self(h, &fd, &id);
	if (rc < 0)
		return rc;
	close(fd);
	*owns = vwk_ns_is_init(&id) || etc_is_private();
	return VW_OK;
}

/* In a namespace that does not own the state, the saved links are not its links. */
static int load(struct vwo_ctx *c)
{
	static const char nothing[] = "{\"vwire\": 1, \"generation\": 0, \"links\": {}}\n";
	int rc = owns_state(c->h, &c->owns);

	if (rc == VW_OK)
		rc = c->owns ? vws_load(c->h, VWS_SAVED, &c->saved)
			     : vws_parse(c->h, "no file", nothing, sizeof(nothing) - 1, &c->saved);
	if (rc < 0 || (c->h->flags & VW_OPEN_OFFLINE))
		return rc;
	return vws_load(c->h, VWS_TEMPORARY, &c->temp);
}

int vwo_read(struct vw_handle *h, struct vwo_ctx *c)
{
	int rc;

	memset(c, 0, sizeof(*c));
	c->h = h;
	rc = load(c);
	if (rc < 0)
		vwo_close(c);
	return rc;
}

static int may_save(struct vwo_ctx *c, unsigned flags)
{
	if ((flags & VW_TEMPORARY) || c->owns)
		return VW_OK;
	vwc_why(c->h, VW_ERR_TEMPONLY,
		"/etc/vwire belongs to the host's network namespace, and this is another one");
	return vwc_hint(c->h, VW_ERR_TEMPONLY, "use -t, or give this namespace a state of its own: "
			"set VWIRE_ROOT, or make /etc/netns/NAME/vwire and use ip netns exec NAME");
}

int vwo_begin(struct vw_handle *h, unsigned flags, struct vwo_ctx *c)
{
	int rc;

	memset(c, 0, sizeof(*c));
	c->h = h;
	if ((flags & VW_TEMPORARY) && (h->flags & VW_OPEN_OFFLINE)) {
		vwc_why(h, VW_ERR_BADVAL, "a saved configuration has nothing temporary");
		return vwc_hint(h, VW_ERR_BADVAL, "leave -t or -R out");
	}
	rc = vws_lock(h);
	if (rc < 0)
		return h->err.sys == EACCES || h->err.sys == EPERM
			? vwc_hint(h, rc, "changing links needs root") : rc;
	c->locked = true;
	rc = load(c);
	if (rc == VW_OK)
		rc = may_save(c, flags);
	if (rc == VW_OK && !(h->flags & VW_OPEN_OFFLINE))
		rc = vwo_settle(c);
	if (rc < 0)
		vwo_close(c);
	return rc;
}

static void zone_free(struct vwo_zone *z)
{
	vwk_links_free(&z->devs);
	vwk_nl_close(z->nl);
	if (z->fd >= 0)
		close(z->fd);
	free(z->name);
	free(z);
}

void vwo_close(struct vwo_ctx *c)
{
	vwpl_close(c->engine);	/* removes counters: the intent still tells of it */
	if (c->intent && !c->unclean)
		(void)vws_intent_clear(c->h);
	if (c->locked)
		vws_unlock(c->h);
	vwo_uncache(c);
	vwo_carry_end(c);
	for (size_t i = 0; i < c->nzones; i++)
		zone_free(c->zones[i]);
	free(c->zones);
	vwk_links_free(&c->devs);
	vws_doc_free(c->saved);
	vws_doc_free(c->temp);
	vws_doc_free(c->was_saved);
	vws_doc_free(c->was_temp);
	free(c->settled);
	free(c->settled_verb);
	memset(c, 0, sizeof(*c));
}

static int put_back(struct vwo_ctx *c, enum vws_which which, struct vws_doc *was)
{
	vws_doc_put_back(was);
	return vws_commit(c->h, which, was);
}

int vwo_commit(struct vwo_ctx *c)
{
	bool temp = c->temp != NULL && vws_doc_changed(c->temp);
	bool saved = vws_doc_changed(c->saved);
	struct vws_doc *was = NULL;
	int rc = temp && saved ? vws_load(c->h, VWS_TEMPORARY, &was) : VW_OK;

	/* The temporary document first: a saved change must not be lost to a full /run. */
	if (rc == VW_OK && temp)
		rc = vws_commit(c->h, VWS_TEMPORARY, c->temp);
	if (rc == VW_OK && saved) {
		rc = vws_commit(c->h, VWS_SAVED, c->saved);
		if (rc < 0 && was != NULL) {
			vwc_keep(c->h);
			vwo_undone(c, put_back(c, VWS_TEMPORARY, was));
		}
	}
	vws_doc_free(was);
	return rc;
}

int vwo_remember(struct vwo_ctx *c)
{
	int rc = c->owns ? vws_load(c->h, VWS_SAVED, &c->was_saved) : VW_OK;

	return rc == VW_OK && c->temp ? vws_load(c->h, VWS_TEMPORARY, &c->was_temp) : rc;
}

/* A document that was committed gives way to what it was. */
static void bring_back(struct vwo_ctx *c, enum vws_which which, struct vws_doc **now,
		       struct vws_doc **was)
{
	if (*was == NULL || vws_doc_generation(*was) == vws_doc_generation(*now))
		return;
	vwo_undone(c, put_back(c, which, *was));
	vws_doc_free(*now);
	*now = *was;
	*was = NULL;
}

void vwo_take_back(struct vwo_ctx *c)
{
	vwc_keep(c->h);
	bring_back(c, VWS_TEMPORARY, &c->temp, &c->was_temp);
	bring_back(c, VWS_SAVED, &c->saved, &c->was_saved);
}

static struct vwo_zone *zone_new(struct vwo_ctx *c, const char *name)
{
	struct vwo_zone **zones = realloc(c->zones, (c->nzones + 1) * sizeof(*zones));
	struct vwo_zone *z;

	if (zones == NULL)
		return NULL;
	c->zones = zones;
	z = calloc(1, sizeof(*z));
	if (z == NULL)
		return NULL;
	z->fd = -1;
	z->name = strdup(name);
	if (z->name == NULL) {
		free(z);
		return NULL;
	}
	zones[c->nzones++] = z;
	return z;
}

struct vwo_zone *vwo_zone(struct vwo_ctx *c, const char *name)
{
	struct vwo_zone *z;

	for (size_t i = 0; i < c->nzones; i++)
		if (strcmp(c->zones[i]->name, name) == 0)
			return c->zones[i];
	z = zone_new(c, name);
	if (z != NULL)
		z->status = vwk_ns_open(c->h, name, &z->fd, &z->id);
	return z;
}

int vwo_zone_nl(struct vwo_ctx *c, const char *name, struct vwk_nl **nl)
{
	struct vwo_zone *z;
	int rc;

	if (name == NULL) {
		*nl = c->h->nl;
		return VW_OK;
	}
	z = vwo_zone(c, name);
	if (z == NULL)
		return vwc_nomem(c->h);
	if (z->fd < 0) {	/* ask again: the story of the first failure may be forgotten */
		rc = vwk_ns_open(c->h, name, &z->fd, &z->id);
		if (rc < 0)
			return rc;
	}
	if (z->nl == NULL) {
		rc = vwk_nl_open(c->h, z->fd, &z->nl);
		if (rc < 0) {
			z->status = rc;
			return rc;
		}
	}
	*nl = z->nl;
	return VW_OK;
}

int vwo_dump(struct vwo_ctx *c)
{
	int rc;

	if (c->dumped)
		return VW_OK;
	rc = vwk_link_dump(c->h, c->h->nl, 0, &c->devs);
	c->dumped = rc == VW_OK;
	return rc;
}

const struct vws_link *vwo_def(struct vwo_ctx *c, const char *name)
{
	const struct vws_link *def = c->temp ? vws_doc_find(c->temp, name) : NULL;

	if (def != NULL)
		return def->removed ? NULL : def;
	return vws_doc_find(c->saved, name);
}

int vwo_intent(struct vwo_ctx *c, const char *verb, const char *const *names,
	       const char *const *zones, size_t n)
{
	char **texts = calloc(n, sizeof(*texts));
	int rc = texts ? VW_OK : vwc_nomem(c->h);

	for (size_t i = 0; rc == VW_OK && i < n; i++)
		if (asprintf(&texts[i], "%s%s%s", names[i], zones && zones[i] ? " " : "",
			     zones && zones[i] ? zones[i] : "") < 0) {
			texts[i] = NULL;
			rc = vwc_nomem(c->h);
		}
	if (rc == VW_OK)
		rc = vws_intent_write(c->h, verb, (const char *const *)texts, n);
	c->intent = c->intent || rc == VW_OK;
	for (size_t i = 0; texts && i < n; i++)
		free(texts[i]);
	free(texts);
	return rc;
}

bool vwo_was_settled(const struct vwo_ctx *c, const char *verb, const char *name)
{
	if (c->settled_verb == NULL || strcmp(c->settled_verb, verb) != 0)
		return false;
	return name == NULL || vwo_names_has((const char *const *)c->settled, name);
}

/* What may lie below what: phys and simnet carry all others. */
int vwo_class_order(unsigned cls)
{
	static const unsigned order[] = { VW_CLASS_PHYS, VW_CLASS_SIMNET, VW_CLASS_ETHERSTUB,
					  VW_CLASS_AGGR, VW_CLASS_VLAN, VW_CLASS_BRIDGE,
					  VW_CLASS_VNIC, VW_CLASS_IPTUN };

	for (size_t i = 0; i < VWU_ARRAY_SIZE(order); i++)
		if (order[i] == cls)
			return (int)i;
	return (int)VWU_ARRAY_SIZE(order);
}

struct ranked {
	struct vws_link	*def;
	int		 order;
	size_t		 at;
};

static int by_order(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->order != y->order)
		return x->order - y->order;
	return x->at < y->at ? -1 : 1;
}

static int add_defs(struct vwo_ctx *c, struct vws_doc *doc, struct ranked *v, size_t *n)
{
	for (size_t i = 0; i < vws_doc_count(doc); i++) {
		const struct vws_link *def = vws_doc_at(doc, i);

		if (def == NULL)
			return vw_error_status(c->h);
		if (doc == c->saved && c->temp && vws_doc_find(c->temp, def->name) != NULL)
			continue;	/* the temporary one is in force, or it is removed */
		if (def->removed)
			continue;
		v[*n].def = vws_link_dup(def);
		if (v[*n].def == NULL)
			return vwc_nomem(c->h);
		v[*n].order = vwo_class_order(def->cls);
		v[*n].at = *n;
		(*n)++;
	}
	return VW_OK;
}

/* Links of others need no entry to have flows; they are looked after all the same. */
static int add_flow_links(struct vwo_ctx *c, struct vws_doc *doc, struct ranked *v, size_t *n,
			  struct vwu_map *seen)
{
	for (size_t i = 0, at; i < vws_flow_count(doc); i++) {
		const struct vws_flow *f = vws_flow_at(doc, i);

		if (f == NULL)
			return vw_error_status(c->h);
		if (f->removed || vwo_def(c, f->link) || vws_doc_find_line(c->saved, f->link) ||
		    vwu_map_get(seen, f->link, &at))
			continue;
		v[*n].def = vws_link_new(f->link, VW_CLASS_PHYS);
		if (v[*n].def == NULL || !vwu_map_put(seen, v[*n].def->name, *n))
			return vwc_nomem(c->h);
		v[*n].order = vwo_class_order(VW_CLASS_PHYS);
		v[*n].at = *n;
		(*n)++;
	}
	return VW_OK;
}

static size_t entries(const struct vws_doc *doc)
{
	return doc ? vws_doc_count(doc) + vws_flow_count(doc) : 0;
}

int vwo_defs(struct vwo_ctx *c, struct vws_link ***out, size_t *n)
{
	size_t max = entries(c->saved) + entries(c->temp), count = 0;
	struct vwu_map seen = { 0 };
	vwu_auto_free struct ranked *v = calloc(max + 1, sizeof(*v));
	struct vws_link **defs = calloc(max + 1, sizeof(*defs));
	int rc = v && defs ? VW_OK : vwc_nomem(c->h);

	if (rc == VW_OK)
		rc = add_defs(c, c->saved, v, &count);
	if (rc == VW_OK && c->temp)
		rc = add_defs(c, c->temp, v, &count);
	if (rc == VW_OK)
		rc = add_flow_links(c, c->saved, v, &count, &seen);
	if (rc == VW_OK && c->temp)
		rc = add_flow_links(c, c->temp, v, &count, &seen);
	vwu_map_free(&seen);
	if (rc == VW_OK)
		qsort(v, count, sizeof(*v), by_order);
	for (size_t i = 0; v && defs && i < count; i++)
		defs[i] = v[i].def;
	if (rc < 0) {
		vwo_defs_free(defs, count);
		return rc;
	}
	*out = defs;
	*n = count;
	return VW_OK;
}

void vwo_defs_free(struct vws_link **defs, size_t n)
{
	for (size_t i = 0; defs && i < n; i++)
		vws_link_free(defs[i]);
	free(defs);
}
