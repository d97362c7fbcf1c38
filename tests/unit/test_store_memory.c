/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Memory runs out at every allocation in turn: a clean error, nothing lost, nothing half done. */
#include "unit.h"

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
char *__real_strdup(const char *s);
char *__real_strndup(const char *s, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
char *__wrap_strdup(const char *s);
char *__wrap_strndup(const char *s, size_t n);

static long left = -1;		/* allocations until one fails; below 0: none does */

static int fails(void)
{
	return left >= 0 && left-- == 0;
}

void *__wrap_malloc(size_t n)
{
	return fails() ? NULL : __real_malloc(n);
}

void *__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t n)
{
	return fails() ? NULL : __real_realloc(p, n);
}

char *__wrap_strdup(const char *s)
{
	return fails() ? NULL : __real_strdup(s);
}

char *__wrap_strndup(const char *s, size_t n)
{
	return fails() ? NULL : __real_strndup(s, n);
}

typedef int (*scenario_fn)(struct vw_handle *h, struct vws_doc *d);

static int nomem(struct vw_handle *h)
{
	return vw_error_status(h) == VW_OK ? VW_OK : VW_ERR_NOMEM;
}

static int put_one(struct vw_handle *h, struct vws_doc *d, const char *name, unsigned n)
{
	struct vws_link *l = vws_link_new(name, VW_CLASS_VNIC);
	int rc = l ? VW_OK : VW_ERR_NOMEM;

	if (l != NULL) {
		l->over = strdup("stub1");
		l->has_mac = true;
		memcpy(l->mac, (uint8_t[]){ 2, 8, 0x21, 0, 0, (uint8_t)n }, 6);
		rc = l->over ? vws_doc_put(h, d, l) : VW_ERR_NOMEM;
	}
	vws_link_free(l);
	return rc;
}

static int put_many(struct vw_handle *h, struct vws_doc *d)
{
	int rc = VW_OK;

	for (unsigned i = 0; i < 12 && rc == VW_OK; i++) {
		char name[16];

		snprintf(name, sizeof(name), "new%u", i);
		rc = put_one(h, d, name, i);
	}
	return rc;
}

static int change_and_delete(struct vw_handle *h, struct vws_doc *d)
{
	int rc = put_one(h, d, "web3", 200);

	if (rc == VW_OK)
		rc = vws_doc_del(h, d, "web4");
	return rc == VW_OK ? put_one(h, d, "web4", 201) : rc;
}

static int put_flow(struct vw_handle *h, struct vws_doc *d, const char *name, const char *prop)
{
	struct vws_flow *f = vws_flow_new(name, "stub1");
	int rc = f ? vws_flow_set_match(h, f, "local_port", "80") : VW_ERR_NOMEM;

	if (rc == VW_OK)
		rc = vws_flow_set_match(h, f, "transport", "tcp");
	if (rc == VW_OK)
		rc = vws_flow_set_prop(h, f, "maxbw", prop);
	if (rc == VW_OK)
		rc = vws_flow_put(h, d, f);
	vws_flow_free(f);
	return rc;
}

static int change_flows(struct vw_handle *h, struct vws_doc *d)
{
	int rc = VW_OK;

	for (unsigned i = 0; i < 12 && rc == VW_OK; i++) {
		char name[16];

		snprintf(name, sizeof(name), "new%u", i);
		rc = put_flow(h, d, name, "10M");
	}
	if (rc == VW_OK)
		rc = put_flow(h, d, "flow1", "20M");
	if (rc == VW_OK)
		rc = vws_flow_del(h, d, "flow2");
	for (size_t i = 0; i < vws_flow_count(d) && rc == VW_OK; i++)
		rc = vws_flow_at(d, i) ? VW_OK : VW_ERR_NOMEM;
	return rc;
}

static int rename_it(struct vw_handle *h, struct vws_doc *d)
{
	return vws_doc_rename(h, d, "stub1", "stub2");
}

static int look_at_all(struct vw_handle *h, struct vws_doc *d)
{
	for (size_t i = 0; i < vws_doc_count(d); i++)
		if (vws_doc_at(d, i) == NULL)
			return nomem(h);
	return vws_doc_find(d, "web7") ? VW_OK : nomem(h);
}

static int print_it(struct vw_handle *h, struct vws_doc *d)
{
	char *text = vws_print(d);
	struct vws_doc *again = NULL;
	int rc = VW_ERR_NOMEM;

	if (text != NULL)
		rc = vws_parse(h, "f", text, strlen(text), &again);
	free(text);
	vws_doc_free(again);
	return rc;
}

static int write_it(struct vw_handle *h, struct vws_doc *d)
{
	const char *names[] = { "web1" };
	struct vws_intent *in = NULL;
	int rc = put_one(h, d, "new0", 1);

	if (rc == VW_OK)
		rc = vws_intent_write(h, "x", names, 1);
	if (rc == VW_OK)
		rc = vws_intent_read(h, &in);
	vws_intent_free(in);
	return rc == VW_OK ? vws_commit(h, VWS_SAVED, d) : rc;
}

static void prepare(struct vw_handle *h)
{
	struct vws_doc *d;

	assert_int_equal(vws_load(h, VWS_SAVED, &d), VW_OK);
	put(h, d, vws_link_new("stub1", VW_CLASS_ETHERSTUB));
	for (unsigned i = 0; i < 20; i++) {
		char name[16];

		snprintf(name, sizeof(name), "web%u", i);
		put(h, d, vnic(name, "stub1", i));
		snprintf(name, sizeof(name), "flow%u", i);
		assert_int_equal(put_flow(h, d, name, "10M"), VW_OK);
	}
	assert_int_equal(vws_commit(h, VWS_SAVED, d), VW_OK);
	vws_doc_free(d);
}

static char *saved(struct vw_handle *h)
{
	char path[200];

	return slurp(store_path(h, "/etc/vwire/config.json", path, sizeof(path)), NULL);
}

/* One run in which the @n-th allocation fails; false: it needs no more than that. */
static bool run(struct vw_handle *h, scenario_fn scenario, long n)
{
	char *before = saved(h), *after, *text;
	struct vws_doc *d = NULL, *again;
	int rc;

	vwc_forget(h);
	left = n;
	rc = vws_load(h, VWS_SAVED, &d);
	if (rc == VW_OK)
		rc = scenario(h, d);
	n = left;
	left = -1;
	if (rc != VW_OK) {
		assert_int_equal(rc, VW_ERR_NOMEM);
		after = saved(h);
		assert_string_equal(before, after);
		free(after);
	}
	/* What is in memory may be the old or the new state of a link, but it is a document. */
	if (d != NULL) {
		text = vws_print(d);
		assert_int_equal(vws_parse(h, "f", text, strlen(text), &again), VW_OK);
		assert_int_equal(vws_doc_count(again), vws_doc_count(d));
		assert_int_equal(vws_flow_count(again), vws_flow_count(d));
		vws_doc_free(again);
		free(text);
	}
	vws_doc_free(d);
	free(before);
	return n < 0;
}

static void out_of_memory(struct vw_handle *h, scenario_fn scenario)
{
	long n = 0;

	assert_int_equal(vws_lock(h), VW_OK);
	prepare(h);
	while (run(h, scenario, n))
		n++;
	vws_unlock(h);
	printf("# %ld allocations\n", n);
	assert_true(n > 10);
}

#define MEMORY_TEST(scenario) \
	static void memory_may_run_out_in_##scenario(void **state) \
	{ \
		out_of_memory(*state, scenario); \
	}
MEMORY_TEST(put_many)
MEMORY_TEST(change_and_delete)
MEMORY_TEST(change_flows)
MEMORY_TEST(rename_it)
MEMORY_TEST(look_at_all)
MEMORY_TEST(print_it)
MEMORY_TEST(write_it)

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(memory_may_run_out_in_put_many),
		STORE_TEST(memory_may_run_out_in_change_and_delete),
		STORE_TEST(memory_may_run_out_in_change_flows),
		STORE_TEST(memory_may_run_out_in_rename_it),
		STORE_TEST(memory_may_run_out_in_look_at_all),
		STORE_TEST(memory_may_run_out_in_print_it),
		STORE_TEST(memory_may_run_out_in_write_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
