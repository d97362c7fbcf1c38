/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* unit.h - what the unit tests share: cmocka, and a handle on a store in a fresh directory */
#ifndef TESTS_UNIT_H
#define TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "store/store.h"
#include <vwire/vwire.h>

#define NETNS	4026531840u	/* any number: the store only compares it */

/* A handle without the kernel, on a directory of its own. */
static inline struct vw_handle *store_open(const char *root, unsigned flags, uint64_t netns)
{
	struct vw_handle *h = calloc(1, sizeof(*h));

	assert_non_null(h);
	h->pid = getpid();
	h->flags = flags;
	h->root = strdup(root);
	assert_non_null(h->root);
	assert_int_equal(vws_open(h, netns, false), VW_OK);
	return h;
}

static inline void store_close(struct vw_handle *h)
{
	vws_close(h);
	free(h->root);
	free(h);
}

static inline int setup_store(void **state)
{
	char root[] = "/tmp/vwire-unit-XXXXXX";

	if (mkdtemp(root) == NULL)
		return -1;
	*state = store_open(root, 0, NETNS);
	return 0;
}

static inline int teardown_store(void **state)
{
	struct vw_handle *h = *state;
	char command[160];
	int rc;

	snprintf(command, sizeof(command), "rm -rf '%s'", h->root);
	store_close(h);
	rc = system(command);
	return rc == 0 ? 0 : -1;
}

#define STORE_TEST(f)	cmocka_unit_test_setup_teardown(f, setup_store, teardown_store)

static inline char *store_path(struct vw_handle *h, const char *below, char *buf, size_t len)
{
	snprintf(buf, len, "%s%s", h->root, below);
	return buf;
}

/* Whole file, for free(); NULL: none. */
static inline char *slurp(const char *path, size_t *len)
{
	FILE *f = fopen(path, "re");
	char *text;
	long n;

	if (f == NULL)
		return NULL;
	fseek(f, 0, SEEK_END);
	n = ftell(f);
	rewind(f);
	text = calloc(1, (size_t)n + 1);
	assert_non_null(text);
	assert_int_equal(fread(text, 1, (size_t)n, f), n);
	fclose(f);
	if (len != NULL)
		*len = (size_t)n;
	return text;
}

static inline void spew(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, strlen(text), f), strlen(text));
	assert_int_equal(fclose(f), 0);
}

/* A VNIC over @over whose address ends in @n. */
static inline struct vws_link *vnic(const char *name, const char *over, unsigned n)
{
	struct vws_link *l = vws_link_new(name, VW_CLASS_VNIC);
	uint8_t mac[6] = { 2, 8, 0x20, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n };

	assert_non_null(l);
	l->over = strdup(over);
	assert_non_null(l->over);
	memcpy(l->mac, mac, 6);
	l->has_mac = true;
	l->mac_type = VW_MAC_RANDOM;
	return l;
}

static inline void put(struct vw_handle *h, struct vws_doc *d, struct vws_link *l)
{
	int rc = vws_doc_put(h, d, l);

	if (rc < 0)
		fail_msg("%s", vw_error_message(h));
	vws_link_free(l);
}

#endif
