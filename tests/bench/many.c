/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * many - libvwire's calls for many VNICs, for bench.py to measure
 *
 * usage: many create N LINK [temporary]	VNICs v1 ... vN over LINK, in one call
 *	  many delete N [temporary]		v1 ... vN, in one call
 *	  many bytes				prints "links HANDLE SNAPSHOT": how many links a
 *						snapshot holds and what handle and snapshot take
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vwire/vwire.h>

static void check(struct vw_handle *h, int rc)
{
	if (rc == VW_OK)
		return;
	fprintf(stderr, "many: %s\n", h == NULL ? vw_status_text(rc) : vw_error_message(h));
	exit(1);
}

static void *grab(size_t n, size_t size)
{
	void *p = calloc(n, size);

	if (p == NULL)
		check(NULL, VW_ERR_NOMEM);
	return p;
}

static char *names(size_t n, const char **v)
{
	char *text = grab(n, VW_NAME_MAX + 1);
	size_t i;

	for (i = 0; i < n; i++) {
		v[i] = text + i * (VW_NAME_MAX + 1);
		snprintf(text + i * (VW_NAME_MAX + 1), VW_NAME_MAX + 1, "v%zu", i + 1);
	}
	return text;
}

static void create(struct vw_handle *h, size_t n, const char *over, unsigned flags)
{
	struct vw_vnic_attr *attr = VW_VNIC_ATTR(.over = over);
	struct vw_vnic_new *vnics = grab(n, sizeof(*vnics));
	const char **v = grab(n, sizeof(*v));
	char *text = names(n, v);
	size_t i;

	for (i = 0; i < n; i++)
		vnics[i] = (struct vw_vnic_new){ .name = v[i], .attr = attr };
	check(h, vw_vnic_create_many(h, vnics, n, flags));
	free(text);
	free(v);
	free(vnics);
}

static void delete(struct vw_handle *h, size_t n, unsigned flags)
{
	const char **v = grab(n, sizeof(*v));
	char *text = names(n, v);

	check(h, vw_vnic_delete_many(h, v, n, flags));
	free(text);
	free(v);
}

/* Large blocks are mapped, not taken from the heap: both count. */
static size_t in_use(void)
{
	struct mallinfo2 m = mallinfo2();

	return m.uordblks + m.hblkhd;
}

static void bytes(void)
{
	size_t start = in_use(), opened, listed, n = 0;
	struct vw_links *links = NULL;
	struct vw_handle *h = NULL;

	check(NULL, vw_open(&h));
	opened = in_use();
	check(h, vw_link_list(h, NULL, VW_LIST_STATS, &links));
	listed = in_use();
	while (vw_link_next(links) != NULL)
		n++;
	printf("%zu %zu %zu\n", n, opened - start, listed - opened);
	vw_link_list_free(links);
	vw_close(h);
}

int main(int argc, char **argv)
{
	unsigned flags = argc > 3 && strcmp(argv[argc - 1], "temporary") == 0 ? VW_TEMPORARY : 0;
	size_t n = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
	struct vw_handle *h = NULL;

	if (argc == 2 && strcmp(argv[1], "bytes") == 0) {
		bytes();
		return 0;
	}
	if (n == 0) {
		fprintf(stderr, "usage: many create N LINK [temporary] | delete N [temporary] | bytes\n");
		return 2;
	}
	check(NULL, vw_open(&h));
	if (strcmp(argv[1], "create") == 0 && argc > 3)
		create(h, n, argv[3], flags);
	else
		delete(h, n, flags);
	vw_close(h);
	return 0;
}
