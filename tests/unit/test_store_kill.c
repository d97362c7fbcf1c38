/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A commit killed before each of its system calls leaves the old document or the new one. */
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

#include "unit.h"

static const char before[] = "{\"vwire\": 1, \"generation\": 1, \"links\": {\n"
			     "\"s1\": {\"class\": \"etherstub\"}\n}}\n";
static const char after[] = "{\"vwire\": 1, \"generation\": 2, \"links\": {\n"
			    "\"s1\": {\"class\": \"etherstub\"},\n"
			    "\"s2\": {\"class\": \"etherstub\"}\n}}\n";

static void add(struct vw_handle *h, const char *name)
{
	struct vws_link *l = vws_link_new(name, VW_CLASS_ETHERSTUB);
	struct vws_doc *d;

	if (vws_lock(h) < 0 || vws_load(h, VWS_SAVED, &d) < 0 || vws_doc_put(h, d, l) < 0 ||
	    vws_intent_write(h, "create-etherstub", &name, 1) < 0 ||
	    vws_commit(h, VWS_SAVED, d) < 0 || vws_intent_clear(h) < 0) {
		fprintf(stderr, "%s\n", vw_error_message(h));
		_exit(1);
	}
	vws_doc_free(d);
	vws_link_free(l);
	vws_unlock(h);
}

static void victim(const char *root)
{
	struct vw_handle *h = store_open(root, 0, NETNS);

	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
		_exit(77);
	raise(SIGSTOP);
	add(h, "s2");
	_exit(0);
}

/* Let the child make @stops stops at system calls, then kill it. True: it was done before. */
static bool killed_at(const char *root, unsigned stops)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		victim(root);
	for (unsigned i = 0; i <= stops; i++) {
		assert_int_equal(waitpid(pid, &status, 0), pid);
		if (!WIFSTOPPED(status)) {
			if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
				skip();
			assert_int_equal(status, 0);
			return true;
		}
		if (i < stops)
			assert_int_equal(ptrace(PTRACE_SYSCALL, pid, NULL, NULL), 0);
	}
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return false;
}

static void the_next_command_works(struct vw_handle *h)
{
	struct vws_doc *d;
	char path[200];

	add(h, "s3");
	assert_int_equal(vws_load(h, VWS_SAVED, &d), VW_OK);
	assert_non_null(vws_doc_find(d, "s1"));
	assert_non_null(vws_doc_find(d, "s3"));
	vws_doc_free(d);
	store_path(h, "/etc/vwire/config.json.new", path, sizeof(path));
	assert_int_equal(access(path, F_OK), -1);
}

static void a_killed_commit_leaves_old_or_new(void **state)
{
	struct vw_handle *h = *state;
	unsigned stops, old = 0, new = 0;
	bool done = false;

	for (stops = 1; !done; stops++) {
		char path[200], *text;
		struct vw_handle *fresh;

		snprintf(path, sizeof(path), "rm -rf '%s/etc' '%s/run'", h->root, h->root);
		assert_int_equal(system(path), 0);
		fresh = store_open(h->root, 0, NETNS);
		add(fresh, "s1");
		done = killed_at(h->root, stops);
		text = slurp(store_path(h, "/etc/vwire/config.json", path, sizeof(path)), NULL);
		assert_non_null(text);
		if (strcmp(text, before) == 0)
			old++;
		else if (strcmp(text, after) == 0)
			new++;
		else
			fail_msg("killed at stop %u: %s", stops, text);
		free(text);
		the_next_command_works(fresh);
		store_close(fresh);
	}
	printf("# killed at %u stops: %u times the old document, %u times the new one\n", stops - 2,
	       old, new - 1);
	assert_true(old > 20 && new > 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = { STORE_TEST(a_killed_commit_leaves_old_or_new) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
