/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Files of the store: what is refused, what a failing disk leaves, stamps, the lock, intents. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "unit.h"

static const char one[] = "{\"vwire\": 1, \"generation\": 1, \"links\": {\n"
			  "\"s1\": {\"class\": \"etherstub\"}\n}}\n";

static const char *config(struct vw_handle *h)
{
	static char path[200];

	return store_path(h, "/etc/vwire/config.json", path, sizeof(path));
}

/* Saves @n etherstubs s1, s2 ... */
static void save(struct vw_handle *h, unsigned n)
{
	struct vws_doc *d;

	assert_int_equal(vws_lock(h), VW_OK);
	assert_int_equal(vws_load(h, VWS_SAVED, &d), VW_OK);
	for (unsigned i = 1; i <= n; i++) {
		char name[16];

		snprintf(name, sizeof(name), "s%u", i);
		put(h, d, vws_link_new(name, VW_CLASS_ETHERSTUB));
	}
	assert_int_equal(vws_commit(h, VWS_SAVED, d), VW_OK);
	vws_doc_free(d);
	vws_unlock(h);
}

static void load_fails(struct vw_handle *h, const char *why)
{
	struct vws_doc *d = NULL;
	char want[300];

	snprintf(want, sizeof(want), "%s: %s", config(h), why);
	assert_int_equal(vws_load(h, VWS_SAVED, &d), VW_ERR_CONFIG);
	assert_string_equal(vw_error_message(h), want);
	assert_null(d);
}

static unsigned files_in(const char *dir)
{
	DIR *d = opendir(dir);
	unsigned n = 0;

	assert_non_null(d);
	for (const struct dirent *e = readdir(d); e != NULL; e = readdir(d))
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}

static void a_saved_document_has_one_link_a_line(void **state)
{
	struct stat st;
	char *text;

	save(*state, 1);
	text = slurp(config(*state), NULL);
	assert_string_equal(text, one);
	free(text);
	assert_int_equal(stat(config(*state), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
}

static void modes_do_not_follow_the_umask(void **state)
{
	mode_t old = umask(0077);
	char path[200];
	struct stat st;

	save(*state, 1);
	umask(old);
	assert_int_equal(stat(config(*state), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_int_equal(stat(store_path(*state, "/etc/vwire", path, sizeof(path)), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
	assert_int_equal(stat(store_path(*state, "/run/vwire", path, sizeof(path)), &st), 0);
	assert_int_equal(st.st_mode & 07777, 0755);
}

static void the_previous_version_is_kept(void **state)
{
	char path[200], *text;

	save(*state, 1);
	save(*state, 2);
	text = slurp(store_path(*state, "/etc/vwire/config.json.1", path, sizeof(path)), NULL);
	assert_string_equal(text, one);
	free(text);
}

/* What the file system refuses. */
static bool no_sync, no_link, no_exchange;

int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __real_linkat(int from, const char *old, int to, const char *new, int flags);
int __wrap_linkat(int from, const char *old, int to, const char *new, int flags);
int __real_renameat2(int from, const char *old, int to, const char *new, unsigned flags);
int __wrap_renameat2(int from, const char *old, int to, const char *new, unsigned flags);

static int refuse(int err)
{
	errno = err;
	return -1;
}

int __wrap_fsync(int fd)
{
	struct stat st;

	if (no_sync && fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
		return refuse(EIO);
	return __real_fsync(fd);
}

int __wrap_linkat(int from, const char *old, int to, const char *new, int flags)
{
	return no_link ? refuse(EPERM) : __real_linkat(from, old, to, new, flags);
}

int __wrap_renameat2(int from, const char *old, int to, const char *new, unsigned flags)
{
	return no_exchange ? refuse(EINVAL) : __real_renameat2(from, old, to, new, flags);
}

/* One more link is saved while the directory cannot be synced. */
static void fail_to_save(struct vw_handle *h, bool linked, bool exchanged)
{
	struct vws_doc *d;

	assert_int_equal(vws_lock(h), VW_OK);
	assert_int_equal(vws_load(h, VWS_SAVED, &d), VW_OK);
	put(h, d, vws_link_new("s2", VW_CLASS_ETHERSTUB));
	no_sync = true;
	no_link = !linked;
	no_exchange = !exchanged;
	assert_int_equal(vws_commit(h, VWS_SAVED, d), VW_ERR_IO);
	no_sync = no_link = no_exchange = false;
	vws_doc_free(d);
	vws_unlock(h);
}

static void the_old_version_comes_back_when_the_directory_cannot_be_synced(void **state)
{
	char dir[200];

	store_path(*state, "/etc/vwire", dir, sizeof(dir));
	for (int linked = 0; linked < 2; linked++) {
		char *text;

		save(*state, 1);
		fail_to_save(*state, linked, true);
		text = slurp(config(*state), NULL);
		assert_string_equal(text, one);
		free(text);
	}
	assert_int_equal(files_in(dir), 1);
}

static void the_first_version_goes_when_the_directory_cannot_be_synced(void **state)
{
	fail_to_save(*state, true, true);
	assert_int_equal(access(config(*state), F_OK), -1);
}

static void one_version_stays_where_neither_can_be_kept(void **state)
{
	char *text;

	save(*state, 1);
	fail_to_save(*state, false, false);
	text = slurp(config(*state), NULL);
	assert_non_null(strstr(text, "\"s1\""));
	free(text);
}

static void the_previous_version_is_kept_without_links(void **state)
{
	char path[200], *text;

	save(*state, 1);
	no_link = true;
	save(*state, 2);
	no_link = false;
	text = slurp(store_path(*state, "/etc/vwire/config.json.1", path, sizeof(path)), NULL);
	assert_string_equal(text, one);
	free(text);
	assert_int_equal(access(store_path(*state, "/etc/vwire/config.json.new", path, sizeof(path)),
				F_OK), -1);
}

static void an_unchanged_document_is_not_written(void **state)
{
	struct stat a, b;

	save(*state, 1);
	assert_int_equal(stat(config(*state), &a), 0);
	save(*state, 1);
	assert_int_equal(stat(config(*state), &b), 0);
	assert_int_equal(a.st_ino, b.st_ino);
}

static void writing_needs_the_lock(void **state)
{
	struct vws_doc *d;

	assert_int_equal(vws_load(*state, VWS_SAVED, &d), VW_OK);
	put(*state, d, vws_link_new("s1", VW_CLASS_ETHERSTUB));
	assert_int_equal(vws_commit(*state, VWS_SAVED, d), VW_ERR_BADVAL);
	assert_int_equal(access(config(*state), F_OK), -1);
	vws_doc_free(d);
}

static void only_a_plain_safe_file_is_read(void **state)
{
	struct vw_handle *h = *state;

	save(h, 1);
	assert_int_equal(chmod(config(h), 0664), 0);
	load_fails(h, "can be written by others (mode 0664)");
	assert_non_null(strstr(vw_error_hint(h), "chmod 644"));
	assert_int_equal(chmod(config(h), 0646), 0);
	load_fails(h, "can be written by others (mode 0646)");
	assert_int_equal(unlink(config(h)), 0);
	assert_int_equal(mkfifo(config(h), 0600), 0);
	load_fails(h, "is not a regular file");
	assert_int_equal(unlink(config(h)), 0);
	assert_int_equal(symlink("config.json.1", config(h)), 0);
	load_fails(h, "is not a regular file");
	assert_int_equal(unlink(config(h)), 0);
	assert_int_equal(mkdir(config(h), 0755), 0);
	load_fails(h, "is not a regular file");
	assert_int_equal(rmdir(config(h)), 0);
}

static void a_file_of_another_user_is_not_read(void **state)
{
	if (geteuid() != 0)
		skip();
	save(*state, 1);
	assert_int_equal(chown(config(*state), 12345, 0), 0);
	load_fails(*state, "belongs to user 12345, not to root");
}

static void a_directory_others_can_write_to_is_not_trusted(void **state)
{
	char path[200];
	struct vw_handle *h;
	struct vws_doc *d;

	save(*state, 1);
	assert_int_equal(chmod(store_path(*state, "/etc/vwire", path, sizeof(path)), 0777), 0);
	h = store_open(((struct vw_handle *)*state)->root, 0, NETNS);
	assert_int_equal(vws_load(h, VWS_SAVED, &d), VW_ERR_CONFIG);
	assert_non_null(strstr(vw_error_message(h), "/etc/vwire: can be written by others"));
	store_close(h);
}

static void a_huge_file_is_refused_unread(void **state)
{
	save(*state, 1);
	assert_int_equal(truncate(config(*state), (64 << 20) + 1), 0);
	load_fails(*state, "is larger than 64 MiB");
}

static void an_edited_file_is_validated_again(void **state)
{
	struct vw_handle *h = *state;
	struct vws_doc *d;
	struct stat st;
	struct timespec times[2];
	FILE *f;

	save(h, 1);
	assert_int_equal(stat(config(h), &st), 0);
	/* Same length, same time of change as far as a user can set it. */
	f = fopen(config(h), "r+e");
	assert_non_null(f);
	fseek(f, (long)(strstr(one, "etherstub") - one), SEEK_SET);
	fputs("ethersnub", f);
	fclose(f);
	times[0] = st.st_atim;
	times[1] = st.st_mtim;
	assert_int_equal(utimensat(AT_FDCWD, config(h), times, 0), 0);
	assert_int_equal(vws_load(h, VWS_SAVED, &d), VW_ERR_CONFIG);
	assert_non_null(strstr(vw_error_message(h), "links.s1.class: must be"));
}

static void an_edited_file_is_brought_into_form(void **state)
{
	struct vw_handle *h = *state;
	char *text;

	save(h, 1);
	spew(config(h), "{\"links\": {\"s1\": {\"class\": \"etherstub\"}}, \"vwire\": 1,\n"
			"\"generation\": 41}");
	save(h, 2);
	text = slurp(config(h), NULL);
	assert_string_equal(text, "{\"vwire\": 1, \"generation\": 42, \"links\": {\n"
				  "\"s1\": {\"class\": \"etherstub\"},\n"
				  "\"s2\": {\"class\": \"etherstub\"}\n}}\n");
	free(text);
}

static void a_good_file_is_stamped_when_read_under_the_lock(void **state)
{
	struct vw_handle *h = *state;
	struct vws_doc *d;
	char stamp[200];

	save(h, 1);
	store_path(h, "/run/vwire/config.stamp", stamp, sizeof(stamp));
	for (int locked = 0; locked < 2; locked++) {
		spew(config(h), one);
		assert_int_equal(unlink(stamp), locked ? -1 : 0);
		if (locked) {
			sleep(3);
			assert_int_equal(vws_lock(h), VW_OK);
		}
		assert_int_equal(vws_load(h, VWS_SAVED, &d), VW_OK);
		vws_doc_free(d);
		vws_unlock(h);
		assert_int_equal(access(stamp, F_OK), locked ? 0 : -1);
	}
}

static void a_stamp_of_somebody_else_is_worth_nothing(void **state)
{
	struct vw_handle *h = *state;
	char stamp[200], *text;
	struct vws_doc *d;

	save(h, 1);
	store_path(h, "/run/vwire/config.stamp", stamp, sizeof(stamp));
	text = slurp(stamp, NULL);
	assert_non_null(text);
	assert_int_equal(chmod(stamp, 0666), 0);
	assert_int_equal(vws_load(h, VWS_SAVED, &d), VW_OK);
	assert_int_equal(vws_doc_count(d), 1);
	vws_doc_free(d);
	spew(stamp, "libvwire");
	assert_int_equal(vws_load(h, VWS_SAVED, &d), VW_OK);
	assert_int_equal(vws_doc_count(d), 1);
	vws_doc_free(d);
	free(text);
}

static void documents_keep_their_kind(void **state)
{
	struct vws_doc *d;

	assert_int_equal(vws_lock(*state), VW_OK);
	assert_int_equal(vws_load(*state, VWS_TEMPORARY, &d), VW_OK);
	put(*state, d, vws_link_new("s1", VW_CLASS_ETHERSTUB));
	assert_int_equal(vws_commit(*state, VWS_SAVED, d), VW_ERR_BADVAL);
	vws_doc_free(d);
	vws_unlock(*state);
}

static void what_changed_meanwhile_is_not_overwritten(void **state)
{
	struct vw_handle *h = *state;
	struct vws_doc *d;
	char *text;

	save(h, 1);
	assert_int_equal(vws_load(h, VWS_SAVED, &d), VW_OK);	/* before the lock: a mistake */
	save(h, 2);
	put(h, d, vws_link_new("s9", VW_CLASS_ETHERSTUB));
	assert_int_equal(vws_lock(h), VW_OK);
	assert_int_equal(vws_commit(h, VWS_SAVED, d), VW_ERR_BUSY);
	assert_non_null(strstr(vw_error_message(h), "was changed by somebody else"));
	vws_unlock(h);
	vws_doc_free(d);
	text = slurp(config(h), NULL);
	assert_non_null(strstr(text, "\"s2\""));
	assert_null(strstr(text, "\"s9\""));
	free(text);
}

static void one_document_can_be_committed_again_and_again(void **state)
{
	struct vw_handle *h = *state;
	struct vws_doc *d;
	char *text, *memory;

	assert_int_equal(vws_lock(h), VW_OK);
	assert_int_equal(vws_load(h, VWS_SAVED, &d), VW_OK);
	for (unsigned i = 1; i < 30; i++) {
		char name[16];

		snprintf(name, sizeof(name), "s%u", i);
		put(h, d, vws_link_new(name, VW_CLASS_ETHERSTUB));
		if (i % 3 == 0)
			assert_int_equal(vws_doc_del(h, d, name), VW_OK);
		assert_int_equal(vws_commit(h, VWS_SAVED, d), VW_OK);
		text = slurp(config(h), NULL);
		memory = vws_print(d);
		assert_string_equal(text, memory);
		free(text);
		free(memory);
	}
	vws_doc_free(d);
	vws_unlock(h);
}

/* A disk that is full after @limit bytes. */
static void commit_with_limit(struct vw_handle *h, rlim_t limit, int want)
{
	struct rlimit old, small;
	struct vws_doc *d;
	int rc;

	assert_int_equal(vws_lock(h), VW_OK);
	assert_int_equal(vws_load(h, VWS_SAVED, &d), VW_OK);
	put(h, d, vws_link_new("s999", VW_CLASS_ETHERSTUB));
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = (struct rlimit){ limit, old.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	rc = vws_commit(h, VWS_SAVED, d);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_int_equal(rc, want);
	assert_int_equal(vws_doc_changed(d), want != VW_OK);
	vws_doc_free(d);
	vws_unlock(h);
}

static void a_full_disk_leaves_the_old_file(void **state)
{
	struct vw_handle *h = *state;
	char etc[200], want[300], *before, *after;
	unsigned files;
	size_t len = 0;

	signal(SIGXFSZ, SIG_IGN);
	save(h, 300);
	save(h, 301);
	before = slurp(config(h), &len);
	store_path(h, "/etc/vwire", etc, sizeof(etc));
	files = files_in(etc);
	snprintf(want, sizeof(want), "write %s: File too large", config(h));
	for (rlim_t limit = 0; limit < len; limit += 997) {
		commit_with_limit(h, limit, VW_ERR_IO);
		assert_string_equal(vw_error_message(h), want);
		assert_int_equal(vw_error_errno(h), EFBIG);
		after = slurp(config(h), NULL);
		assert_string_equal(after, before);
		free(after);
		assert_int_equal(files_in(etc), files);
	}
	commit_with_limit(h, 1 << 20, VW_OK);
	free(before);
}

static void what_a_killed_command_left_is_cleared_away(void **state)
{
	struct vw_handle *h = *state;
	char path[200];

	save(h, 1);
	spew(store_path(h, "/etc/vwire/config.json.new", path, sizeof(path)), "half a docu");
	save(h, 2);
	assert_int_equal(access(path, F_OK), -1);
}

static void offline_only_etc_is_used(void **state)
{
	const char *root = ((struct vw_handle *)*state)->root;
	struct vw_handle *h = store_open(root, VW_OPEN_OFFLINE, 0);
	struct vws_doc *d;
	char path[200];

	save(h, 1);
	assert_int_equal(access(store_path(h, "/etc/vwire/lock", path, sizeof(path)), F_OK), 0);
	assert_int_equal(access(store_path(h, "/run", path, sizeof(path)), F_OK), -1);
	assert_int_equal(vws_lock(h), VW_OK);
	assert_int_equal(vws_load(h, VWS_TEMPORARY, &d), VW_OK);
	assert_int_equal(vws_doc_count(d), 0);
	put(h, d, vws_link_new("s2", VW_CLASS_ETHERSTUB));
	assert_int_equal(vws_commit(h, VWS_TEMPORARY, d), VW_ERR_BADVAL);
	vws_doc_free(d);
	vws_unlock(h);
	store_close(h);
}

static void a_missing_root_is_an_error_that_names_it(void **state)
{
	struct vw_handle *h = store_open("/nonexistent/vwire", 0, NETNS);

	(void)state;
	assert_int_equal(vws_lock(h), VW_ERR_IO);
	assert_string_equal(vw_error_message(h),
			    "open /nonexistent/vwire: No such file or directory");
	store_close(h);
}

static void the_lock_nests_and_excludes(void **state)
{
	struct vw_handle *h = *state, *other;
	char path[200], *text;
	int fd;

	assert_int_equal(vws_lock(h), VW_OK);
	assert_int_equal(vws_lock(h), VW_OK);
	vws_unlock(h);
	fd = open(store_path(h, "/run/vwire/lock", path, sizeof(path)), O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), -1);
	text = slurp(path, NULL);
	assert_int_equal(atoi(text), getpid());
	free(text);
	vws_unlock(h);
	assert_int_equal(flock(fd, LOCK_EX | LOCK_NB), 0);
	close(fd);
	vws_unlock(h);		/* once too often is harmless */
	other = store_open(h->root, 0, NETNS);
	assert_int_equal(vws_lock(other), VW_OK);
	vws_unlock(other);
	store_close(other);
}

static void a_lock_held_too_long_names_its_holder(void **state)
{
	struct vw_handle *h = *state, *other = store_open(h->root, 0, NETNS);
	char want[200];

	assert_int_equal(vws_lock(h), VW_OK);
	assert_int_equal(vws_lock(other), VW_ERR_TIMEOUT);
	snprintf(want, sizeof(want), "process %d holds the lock %s/run/vwire/lock", (int)getpid(),
		 h->root);
	assert_string_equal(vw_error_message(other), want);
	vws_unlock(h);
	assert_int_equal(vws_lock(other), VW_OK);
	vws_unlock(other);
	store_close(other);
}

static void an_intent_is_read_back_until_it_is_cleared(void **state)
{
	static const char *const names[] = { "web1", "web2", "" };
	struct vw_handle *h = *state;
	struct vws_intent *in;

	assert_int_equal(vws_intent_write(h, "create-vnic", names, 3), VW_ERR_BADVAL);
	assert_int_equal(vws_lock(h), VW_OK);
	assert_int_equal(vws_intent_read(h, &in), VW_OK);
	assert_null(in);
	assert_int_equal(vws_intent_write(h, "create-vnic", names, 3), VW_OK);
	vws_unlock(h);
	assert_int_equal(vws_lock(h), VW_OK);
	assert_int_equal(vws_intent_read(h, &in), VW_OK);
	assert_string_equal(in->verb, "create-vnic");
	assert_int_equal(in->n, 3);
	assert_string_equal(in->names[1], "web2");
	assert_string_equal(in->names[2], "");
	assert_null(in->names[3]);
	vws_intent_free(in);
	assert_int_equal(vws_intent_write(h, "x", NULL, 0), VW_OK);	/* shorter than the last */
	assert_int_equal(vws_intent_read(h, &in), VW_OK);
	assert_string_equal(in->verb, "x");
	assert_int_equal(in->n, 0);
	vws_intent_free(in);
	assert_int_equal(vws_intent_clear(h), VW_OK);
	assert_int_equal(vws_intent_read(h, &in), VW_OK);
	assert_null(in);
	vws_intent_free(NULL);
	vws_unlock(h);
}

static void a_torn_intent_is_none(void **state)
{
	static const char *const names[] = { "web1", "web2" };
	struct vw_handle *h = *state;
	struct vws_intent *in;
	char path[200], *whole;
	size_t len = 0;

	assert_int_equal(vws_lock(h), VW_OK);
	assert_int_equal(vws_intent_write(h, "create-vnic", names, 2), VW_OK);
	store_path(h, "/run/vwire/lock", path, sizeof(path));
	whole = slurp(path, &len);
	for (size_t cut = 16; cut < len; cut++) {
		int fd = open(path, O_WRONLY | O_CLOEXEC);

		assert_int_equal(pwrite(fd, whole, len, 0), len);
		assert_int_equal(ftruncate(fd, (off_t)cut), 0);
		assert_int_equal(vws_intent_read(h, &in), VW_OK);
		assert_null(in);
		assert_int_equal(ftruncate(fd, (off_t)len), 0);		/* zeros instead */
		assert_int_equal(vws_intent_read(h, &in), VW_OK);
		if (in != NULL)		/* only the last NUL was cut off */
			assert_int_equal(cut, len - 1);
		vws_intent_free(in);
		close(fd);
	}
	free(whole);
	vws_unlock(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		STORE_TEST(a_saved_document_has_one_link_a_line),
		STORE_TEST(modes_do_not_follow_the_umask),
		STORE_TEST(the_previous_version_is_kept),
		STORE_TEST(the_previous_version_is_kept_without_links),
		STORE_TEST(the_old_version_comes_back_when_the_directory_cannot_be_synced),
		STORE_TEST(the_first_version_goes_when_the_directory_cannot_be_synced),
		STORE_TEST(one_version_stays_where_neither_can_be_kept),
		STORE_TEST(an_unchanged_document_is_not_written),
		STORE_TEST(writing_needs_the_lock),
		STORE_TEST(only_a_plain_safe_file_is_read),
		STORE_TEST(a_file_of_another_user_is_not_read),
		STORE_TEST(a_directory_others_can_write_to_is_not_trusted),
		STORE_TEST(a_huge_file_is_refused_unread),
		STORE_TEST(an_edited_file_is_validated_again),
		STORE_TEST(an_edited_file_is_brought_into_form),
		STORE_TEST(a_good_file_is_stamped_when_read_under_the_lock),
		STORE_TEST(a_stamp_of_somebody_else_is_worth_nothing),
		STORE_TEST(documents_keep_their_kind),
		STORE_TEST(what_changed_meanwhile_is_not_overwritten),
		STORE_TEST(one_document_can_be_committed_again_and_again),
		STORE_TEST(a_full_disk_leaves_the_old_file),
		STORE_TEST(what_a_killed_command_left_is_cleared_away),
		STORE_TEST(offline_only_etc_is_used),
		STORE_TEST(a_missing_root_is_an_error_that_names_it),
		STORE_TEST(the_lock_nests_and_excludes),
		STORE_TEST(a_lock_held_too_long_names_its_holder),
		STORE_TEST(an_intent_is_read_back_until_it_is_cleared),
		STORE_TEST(a_torn_intent_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
