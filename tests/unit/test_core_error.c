/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include <errno.h>

#include "unit.h"

static struct vw_handle fresh(void)
{
	return (struct vw_handle){ .pid = getpid(), .root = (char *)"" };
}

static void a_message_says_what_and_why(void **state)
{
	struct vw_handle h = fresh();

	(void)state;
	assert_int_equal(vwc_why(&h, VW_ERR_NOTFOUND, "no link '%s'", "net9"), VW_ERR_NOTFOUND);
	assert_string_equal(vw_error_message(&h), "no link 'net9'");
	assert_int_equal(vwc_what(&h, VW_ERR_NOTFOUND, "cannot create vnic '%s'", "x1"),
			 VW_ERR_NOTFOUND);
	assert_int_equal(vwc_hint(&h, VW_ERR_NOTFOUND, "'dladm show-link' lists the links"),
			 VW_ERR_NOTFOUND);
	assert_string_equal(vw_error_message(&h), "cannot create vnic 'x1': no link 'net9'");
	assert_string_equal(vw_error_hint(&h), "'dladm show-link' lists the links");
	assert_int_equal(vw_error_status(&h), VW_ERR_NOTFOUND);
	assert_int_equal(vw_error_errno(&h), 0);
}

static void the_inner_purpose_stays(void **state)
{
	struct vw_handle h = fresh();

	(void)state;
	vwc_why(&h, VW_ERR_BUSY, "in use");
	vwc_what(&h, VW_ERR_BUSY, "inner");
	vwc_what(&h, VW_ERR_BUSY, "outer");
	assert_string_equal(vw_error_message(&h), "inner: in use");
}

static void a_purpose_without_reason_gets_the_status_as_reason(void **state)
{
	struct vw_handle h = fresh();

	(void)state;
	vwc_what(&h, VW_ERR_NOTFOUND, "cannot show 'x'");
	assert_string_equal(vw_error_message(&h), "cannot show 'x': object not found");
}

static void a_new_failure_is_a_new_story(void **state)
{
	struct vw_handle h = fresh();

	(void)state;
	vwc_errno(&h, VW_ERR_IO, ENOSPC, "write %s", "/x");
	assert_string_equal(vw_error_message(&h), "write /x: No space left on device");
	assert_int_equal(vw_error_errno(&h), ENOSPC);
	vwc_what(&h, VW_ERR_IO, "old purpose");
	vwc_hint(&h, VW_ERR_IO, "old hint");
	vwc_kernel_text(&h, "old text");
	vwc_why(&h, VW_ERR_BADVAL, "new reason");
	assert_string_equal(vw_error_message(&h), "new reason");
	assert_string_equal(vw_error_hint(&h), "");
	assert_string_equal(vw_error_kernel(&h), "");
	assert_int_equal(vw_error_errno(&h), 0);
}

static void the_first_error_stays_the_cause_while_undoing(void **state)
{
	struct vw_handle h = fresh();

	(void)state;
	vwc_why(&h, VW_ERR_IO, "disk is full");
	vwc_keep(&h);
	vwc_why(&h, VW_ERR_KERNEL, "cannot delete link");
	vwc_what(&h, VW_ERR_KERNEL, "inner purpose");
	vwc_forget(&h);
	vwc_errno(&h, VW_ERR_KERNEL, ENODEV, "second");
	vwc_what(&h, VW_ERR_IO, "cannot create vnic 'x1'");
	assert_string_equal(vw_error_message(&h), "cannot create vnic 'x1': disk is full");
	assert_string_equal(vw_error_note(&h), "cannot delete link; second: No such device");
	assert_int_equal(vw_error_status(&h), VW_ERR_IO);
}

static void hostile_texts_are_escaped(void **state)
{
	struct vw_handle h = fresh();

	(void)state;
	vwc_why(&h, VW_ERR_NOTFOUND, "no link '%s'", "a\033[31m\n");
	vwc_what(&h, VW_ERR_NOTFOUND, "cannot '%s'", "\xe2\x80\xae");
	vwc_kernel_text(&h, "bad\x07");
	assert_string_equal(vw_error_message(&h),
			    "cannot '\\xe2\\x80\\xae': no link 'a\\x1b[31m\\x0a'");
	assert_string_equal(vw_error_kernel(&h), "bad\\x07");
}

static void long_texts_are_cut_and_say_so(void **state)
{
	struct vw_handle h = fresh();
	char name[5000];

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	vwc_why(&h, VW_ERR_BADVAL, "'%s' is too long", name);
	assert_int_equal(strlen(vw_error_message(&h)), VWC_TEXT_MAX - 1);
	assert_string_equal(vw_error_message(&h) + VWC_TEXT_MAX - 4, "...");
	memset(name, '\001', sizeof(name) - 1);
	vwc_why(&h, VW_ERR_BADVAL, "%s", name);
	assert_true(strlen(vw_error_message(&h)) < VWC_TEXT_MAX);
	vwc_errno(&h, VW_ERR_IO, EIO, "write %s", name);
	vwc_errno(&h, VW_ERR_IO, 99999, "write");
	assert_string_equal(vw_error_message(&h), "write: error 99999");
}

static void entering_forgets_and_refuses_a_forked_handle(void **state)
{
	struct vw_handle h = fresh();

	(void)state;
	vwc_why(&h, VW_ERR_IO, "old");
	vwc_keep(&h);
	assert_int_equal(vwc_enter(&h), VW_OK);
	assert_int_equal(vw_error_status(&h), VW_OK);
	assert_string_equal(vw_error_message(&h), "");
	h.pid = getpid() + 1;
	assert_int_equal(vwc_enter(&h), VW_ERR_BADVAL);
	assert_non_null(strstr(vw_error_message(&h), "open one after fork()"));
	assert_int_equal(vwc_enter(NULL), VW_ERR_BADVAL);
}

static void nothing_breaks_without_a_handle(void **state)
{
	(void)state;
	assert_int_equal(vwc_why(NULL, VW_ERR_IO, "x"), VW_ERR_IO);
	assert_int_equal(vwc_what(NULL, VW_ERR_IO, "x"), VW_ERR_IO);
	assert_int_equal(vwc_hint(NULL, VW_ERR_IO, "x"), VW_ERR_IO);
	assert_int_equal(vwc_errno(NULL, VW_ERR_IO, EIO, "x"), VW_ERR_IO);
	assert_int_equal(vwc_nomem(NULL), VW_ERR_NOMEM);
	vwc_log(NULL, VW_LOG_INFO, "x");
}

static void hear(void *arg, enum vw_log_level level, const char *text)
{
	snprintf(arg, 100, "%d %s", (int)level, text);
}

static void the_log_is_heard_escaped(void **state)
{
	struct vw_handle h = fresh();
	char heard[100] = "";

	(void)state;
	vwc_log(&h, VW_LOG_INFO, "nobody hears");
	vw_set_log(&h, hear, heard);
	vwc_log(&h, VW_LOG_DEBUG, "link %s\n", "x1");
	assert_string_equal(heard, "2 link x1\\x0a");
	vw_set_log(&h, NULL, NULL);
	vwc_log(&h, VW_LOG_DEBUG, "silence");
	assert_string_equal(heard, "2 link x1\\x0a");
}

static void every_status_has_its_own_words(void **state)
{
	struct vwu_map seen = { 0 };

	(void)state;
	for (int s = VW_ERR_PARTIAL; s <= VW_OK; s++) {
		const char *text = vw_status_text(s);

		assert_string_not_equal(text, "unknown status");
		assert_false(vwu_map_get(&seen, text, NULL));
		assert_true(vwu_map_put(&seen, text, 0));
	}
	vwu_map_free(&seen);
	assert_string_equal(vw_status_text(-1000), "unknown status");
	assert_string_equal(vw_status_text(1), "unknown status");
}

static void the_version_is_the_projects(void **state)
{
	(void)state;
	assert_string_equal(vw_version(), VERSION_OF_PROJECT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_says_what_and_why),
		cmocka_unit_test(the_inner_purpose_stays),
		cmocka_unit_test(a_purpose_without_reason_gets_the_status_as_reason),
		cmocka_unit_test(a_new_failure_is_a_new_story),
		cmocka_unit_test(the_first_error_stays_the_cause_while_undoing),
		cmocka_unit_test(hostile_texts_are_escaped),
		cmocka_unit_test(long_texts_are_cut_and_say_so),
		cmocka_unit_test(entering_forgets_and_refuses_a_forked_handle),
		cmocka_unit_test(nothing_breaks_without_a_handle),
		cmocka_unit_test(the_log_is_heard_escaped),
		cmocka_unit_test(every_status_has_its_own_words),
		cmocka_unit_test(the_version_is_the_projects),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
