/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Sixteen processes, fifty updates each, at once: none is lost, every version is whole. */
#include <sys/wait.h>

#include "unit.h"

#define PROCESSES	16
#define UPDATES		50

static int update(struct vw_handle *h, unsigned process, unsigned n)
{
	char name[16];
	struct vws_link *l;
	struct vws_doc *d;
	int rc = vws_lock(h);

	if (rc < 0)
		return rc;
	snprintf(name, sizeof(name), "w%u-%u", process, n);
	l = vnic(name, "stub1", process * UPDATES + n);
	rc = vws_load(h, VWS_SAVED, &d);
	if (rc == VW_OK) {
		rc = vws_doc_put(h, d, l);
		if (rc == VW_OK)
			rc = vws_commit(h, VWS_SAVED, d);
		vws_doc_free(d);
	}
	vws_link_free(l);
	vws_unlock(h);
	return rc;
}

static void writer(const char *root, unsigned process)
{
	struct vw_handle *h = store_open(root, 0, NETNS);

	for (unsigned i = 0; i < UPDATES; i++) {
		if (update(h, process, i) < 0) {
			fprintf(stderr, "%s\n", vw_error_message(h));
			_exit(1);
		}
	}
	_exit(0);
}

/* Takes no lock; the number of links only ever grows. */
static void reader(const char *root)
{
	struct vw_handle *h = store_open(root, 0, NETNS);
	size_t last = 0;

	while (last < PROCESSES * UPDATES) {
		struct vws_doc *d;
		size_t n;

		if (vws_load(h, VWS_SAVED, &d) < 0) {
			fprintf(stderr, "%s\n", vw_error_message(h));
			_exit(1);
		}
		n = vws_doc_count(d);
		if (n < last || (n > 0 && vws_doc_at(d, n - 1) == NULL))
			_exit(2);
		last = n;
		vws_doc_free(d);
		usleep(1000);
	}
	_exit(0);
}

static void no_update_is_lost(void **state)
{
	struct vw_handle *h = *state;
	struct vws_doc *d;
	int status;

	for (unsigned i = 0; i <= PROCESSES; i++) {
		pid_t pid = fork();

		assert_true(pid >= 0);
		if (pid == 0 && i == PROCESSES)
			reader(h->root);
		if (pid == 0)
			writer(h->root, i);
	}
	for (unsigned i = 0; i <= PROCESSES; i++) {
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	assert_int_equal(vws_load(h, VWS_SAVED, &d), VW_OK);
	assert_int_equal(vws_doc_count(d), PROCESSES * UPDATES);
	assert_int_equal(vws_doc_generation(d), PROCESSES * UPDATES);
	for (unsigned i = 0; i < PROCESSES * UPDATES; i++) {
		char name[16];

		snprintf(name, sizeof(name), "w%u-%u", i / UPDATES, i % UPDATES);
		assert_non_null(vws_doc_find(d, name));
	}
	vws_doc_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = { STORE_TEST(no_update_is_lost) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
