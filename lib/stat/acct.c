/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * acct.c - settings of accounting (etc/vwire/acct.conf), and how the writer fares
 * (run/vwire/acct.state)
 *
 * Both are lines of key=value, replaced by rename. The settings are numbered: whoever changed them
 * knows when the writer follows.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <unistd.h>

#include "object/object.h"
#include "stat/usage.h"
#include "store/files.h"

#define CONF	"acct.conf"
#define STATE	"acct.state"
#define LOCK	"acct.lock"
#define TEXT	8192

struct vw_acct {
	struct vw_acct_info info;
	char	conf[TEXT], state[TEXT];	/* what texts point into */
};

/* -- files of lines ---------------------------------------------------------------------------- */

/* VW_ERR_NOTFOUND, not told: there is none. */
static int read_file(struct vw_handle *h, struct vws_dir *dir, const char *name, char *buf)
{
	int rc = vws_dir_open(h, dir, false), fd;
	ssize_t n;

	buf[0] = '\0';
	if (rc < 0)
		return rc;
	fd = openat(dir->fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return VW_ERR_NOTFOUND;
	if (fd < 0)
		return vws_file_errno(h, errno, "open", name);
	n = read(fd, buf, TEXT - 1);
	buf[n > 0 ? n : 0] = '\0';
	close(fd);
	return n < 0 ? vws_file_errno(h, errno, "read", name) : VW_OK;
}

/* The next line of @at, cut into key and value; false: no more. */
static bool next_line(char **at, char **key, char **value)
{
	char *line;

	while ((line = strsep(at, "\n")) != NULL) {
		if (*line == '\0' || *line == '#')
			continue;
		*key = line;
		*value = strchr(line, '=');
		if (*value == NULL)
			return true;
		*(*value)++ = '\0';
		return true;
	}
	return false;
}

/* -- settings ---------------------------------------------------------------------------------- */

static const char *const levels[] = { "none", "basic", "extended" };

static bool take_setting(struct vw_acct_info *i, const char *key, char *value)
{
	uint64_t n;

	if (strcmp(key, "file") == 0) {
		i->file = *value ? value : NULL;
		return value[0] == '\0' || value[0] == '/';
	}
	if (strcmp(key, "resources") == 0) {
		for (size_t k = 0; k < VWU_ARRAY_SIZE(levels); k++)
			if (strcmp(value, levels[k]) == 0) {
				i->level = (int)k;
				return true;
			}
		return false;
	}
	if (!vwu_parse_u64(value, 0, INT64_MAX, &n))
		return false;
	if (strcmp(key, "active") == 0 && n <= 1)
		i->active = (int)n;
	else if (strcmp(key, "interval") == 0 && n >= 1 && n <= 3600)
		i->interval_s = (unsigned)n;
	else if (strcmp(key, "serial") == 0)
		i->serial = n;
	else if (strcmp(key, "session") == 0)
		i->session = n;
	else
		return false;
	return true;
}

static int read_conf(struct vw_handle *h, struct vw_acct *a)
{
	char *at = a->conf, *key, *value;
	int rc = read_file(h, &h->store->etc, CONF, a->conf);

	a->info.interval_s = VW_ACCT_INTERVAL;
	if (rc < 0)
		return rc == VW_ERR_NOTFOUND ? VW_OK : rc;
	while (next_line(&at, &key, &value))
		if (value == NULL || !take_setting(&a->info, key, value)) {
			vwc_why(h, VW_ERR_CONFIG, "%s/" CONF ": the line '%s%s%s' is not understood",
				h->store->etc.path, key, value ? "=" : "", value ? value : "");
			return vwc_hint(h, VW_ERR_CONFIG, "acctadm writes this file: remove it and "
					"set accounting up anew");
		}
	return VW_OK;
}

static int write_conf(struct vw_handle *h, const struct vw_acct_info *i)
{
	struct vwu_str b = { 0 };
	int rc;

	vwu_str_addf(&b, "# Written by acctadm(8)\nactive=%d\nresources=%s\nfile=%s\ninterval=%u\n"
		     "serial=%llu\nsession=%llu\n", i->active, levels[i->level],
		     i->file ? i->file : "", i->interval_s, (unsigned long long)i->serial,
		     (unsigned long long)i->session);
	rc = b.failed ? vwc_nomem(h) : vws_text_replace(h, &h->store->etc, CONF, b.s, true);
	vwu_str_free(&b);
	return rc;
}

/* -- the writer's state ------------------------------------------------------------------------ */

/* When process @pid was started, in ticks since boot; 0: there is none. Pids are used again. */
static uint64_t started(unsigned pid)
{
	char path[32], text[1024], *at;
	unsigned long long ticks = 0;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%u/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : 0;
	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = '\0';
	at = strrchr(text, ')');	/* behind the name, which may hold anything */
	if (at == NULL || sscanf(at + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d"
				 " %*d %*d %*d %*d %*d %llu", &ticks) != 1)
		return 0;
	return ticks;
}

static void take_state(struct vw_acct_info *i, const char *key, char *value, uint64_t *start)
{
	uint64_t n;

	if (strcmp(key, "trouble") == 0) {
		i->trouble = *value ? value : NULL;
		return;
	}
	if (!vwu_parse_u64(value, 0, INT64_MAX, &n))
		return;
	if (strcmp(key, "pid") == 0)
		i->pid = (unsigned)n;
	else if (strcmp(key, "start") == 0)
		*start = n;
	else if (strcmp(key, "applied") == 0)
		i->applied = n;
	else if (strcmp(key, "recorded") == 0)
		i->recorded_s = n;
	else if (strcmp(key, "samples") == 0)
		i->samples = n;
	else if (strcmp(key, "waiting") == 0)
		i->waiting = n;
	else if (strcmp(key, "records") == 0)
		i->records = n;
	else if (strcmp(key, "asked") == 0)
		i->asked_boot_ns = n;
}

static void read_state(struct vw_handle *h, struct vw_acct *a)
{
	char *at = a->state, *key, *value;
	uint64_t start = 0;

	if (read_file(h, &h->store->run, STATE, a->state) < 0) {
		vwc_forget(h);	/* how the writer fares is an extra */
		return;
	}
	while (next_line(&at, &key, &value))
		if (value != NULL)
			take_state(&a->info, key, value, &start);
	if (a->info.pid == 0 || start == 0 || started(a->info.pid) != start) {
		a->info.pid = 0;
		a->info.applied = 0;
	}
}

int vw_acct_publish(struct vw_handle *h, uint64_t applied, const struct vw_recorder_state *state)
{
	struct vwu_str b = { 0 };
	int rc = vwc_enter(h);

	if (rc < 0)
		return rc;
	if (state == NULL) {
		if (vws_dir_open(h, &h->store->run, false) == VW_OK)
			(void)unlinkat(h->store->run.fd, STATE, 0);
		vwc_forget(h);
		return VW_OK;
	}
	vwu_str_addf(&b, "pid=%d\nstart=%llu\napplied=%llu\nrecorded=%llu\nsamples=%llu\n"
		     "waiting=%llu\nrecords=%llu\nasked=%llu\ntrouble=%s\n", (int)getpid(),
		     (unsigned long long)started((unsigned)getpid()), (unsigned long long)applied,
		     (unsigned long long)state->recorded_s, (unsigned long long)state->added,
		     (unsigned long long)state->waiting, (unsigned long long)state->records,
		     (unsigned long long)state->asked_boot_ns,
		     state->trouble);
	rc = b.failed ? vwc_nomem(h) : vws_text_replace(h, &h->store->run, STATE, b.s, false);
	vwu_str_free(&b);
	return rc;
}

int vw_acct_claim(struct vw_handle *h, int *fdp)
{
	char pid[24] = "";
	int fd, rc = vwc_enter(h);

	if (rc == VW_OK)
		rc = vws_dir_open(h, &h->store->run, true);
	if (rc < 0)
		return vwc_what(h, rc, "cannot write accounting records");
	fd = openat(h->store->run.fd, LOCK, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return vws_file_errno(h, errno, "open", LOCK);
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		if (pread(fd, pid, sizeof(pid) - 1, 0) > 0)
			pid[strcspn(pid, " \n")] = '\0';
		close(fd);
		return vwc_why(h, VW_ERR_BUSY, "process %s writes accounting records already", pid);
	}
	snprintf(pid, sizeof(pid), "%-15d\n", (int)getpid());
	(void)!pwrite(fd, pid, strlen(pid), 0);
	*fdp = fd;
	return VW_OK;
}

int vw_acct_watch(struct vw_handle *h)
{
	int fd, rc = vwc_enter(h);

	if (rc == VW_OK)
		rc = vws_dir_open(h, &h->store->etc, true);
	if (rc < 0)
		return rc;
	fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (fd < 0 || inotify_add_watch(fd, h->store->etc.path, IN_MOVED_TO | IN_DELETE) < 0) {
		rc = vwc_errno(h, VW_ERR_IO, errno, "watch %s", h->store->etc.path);
		if (fd >= 0)
			close(fd);
		return rc;
	}
	return fd;
}

/* -- the public verbs -------------------------------------------------------------------------- */

int vw_acct_get(struct vw_handle *h, struct vw_acct **ap)
{
	struct vw_acct *a;
	int rc = vwc_enter(h);

	if (rc < 0)
		return rc;
	a = calloc(1, sizeof(*a));
	rc = a ? read_conf(h, a) : vwc_nomem(h);
	if (rc < 0) {
		free(a);
		return vwc_what(h, rc, "cannot read the settings of accounting");
	}
	a->info.size = sizeof(a->info);
	if (!(h->flags & VW_OPEN_OFFLINE))
		read_state(h, a);
	*ap = a;
	return VW_OK;
}

const struct vw_acct_info *vw_acct_info(const struct vw_acct *a)
{
	return &a->info;
}

void vw_acct_free(struct vw_acct *a)
{
	free(a);
}

char *vwst_acct_file(struct vw_handle *h)
{
	struct vw_acct *a = calloc(1, sizeof(*a));
	char *file = NULL;
	int rc = a ? read_conf(h, a) : vwc_nomem(h);

	if (rc == VW_OK && a->info.file == NULL) {
		vwc_why(h, VW_ERR_NOTFOUND, "no accounting log is set up");
		vwc_hint(h, VW_ERR_NOTFOUND, "name one with -f, or begin one: "
			 "'acctadm -e basic -f /var/log/net.log net'");
	} else if (rc == VW_OK) {
		file = strdup(a->info.file);
		if (file == NULL)
			vwc_nomem(h);
	}
	free(a);
	return file;
}

/* The settings are files of the host's state, as links are. */
static int may_set(struct vw_handle *h)
{
	struct vwo_ctx c;
	bool owns;
	int rc;

	if (h->flags & VW_OPEN_OFFLINE)
		return vwc_why(h, VW_ERR_NOTSUP, "an offline handle records nothing");
	rc = vwo_read(h, &c);
	if (rc < 0)
		return rc;
	owns = c.owns;
	vwo_close(&c);
	if (owns)
		return VW_OK;
	vwc_why(h, VW_ERR_TEMPONLY,
		"/etc/vwire belongs to the host's network namespace, and this is another one");
	return vwc_hint(h, VW_ERR_TEMPONLY, "the host counts the links of its zones; or give this "
			"namespace a state of its own: set VWIRE_ROOT, or make "
			"/etc/netns/NAME/vwire and use ip netns exec NAME");
}

/* Make the log, or see that it is one. */
static int check_log(struct vw_handle *h, const char *file)
{
	struct vwst_db db;
	int rc;

	if (file[0] != '/')
		return vwc_why(h, VW_ERR_BADVAL, "%s is not an absolute pathname", file);
	if (strpbrk(file, "\n\r") != NULL)
		return vwc_why(h, VW_ERR_BADVAL, "a pathname of one line is needed");
	rc = vwst_db_open(h, file, VWST_WRITE, &db);
	if (rc == VW_ERR_BUSY) {	/* the writer has it, most likely */
		vwc_restart(h);
		rc = vwst_db_open(h, file, VWST_READ, &db);
	}
	if (rc == VW_OK)
		vwst_db_close(&db);
	return rc;
}

static int change(struct vw_handle *h, const struct vw_acct_settings *s, struct vw_acct_info *i)
{
	const struct vw_acct_info was = *i;

	if (s->flags & ~VW_ACCT_CLOSE)
		return vwc_why(h, VW_ERR_BADVAL, "unknown flags");
	if (s->active >= 0)
		i->active = s->active != 0;
	if (s->level >= 0)
		i->level = s->level;
	if (s->file != NULL)
		i->file = s->file;
	if (s->interval_s != 0)
		i->interval_s = s->interval_s;
	if (s->flags & VW_ACCT_CLOSE) {
		i->file = NULL;
		i->active = 0;
	}
	if (i->level > VW_ACCT_EXTENDED || i->interval_s > 3600)
		return vwc_why(h, VW_ERR_BADVAL, "an interval is 1 to 3600 seconds");
	if (i->active && i->level == VW_ACCT_NONE)
		i->level = was.level ? was.level : VW_ACCT_BASIC;
	if (i->active && i->file == NULL) {
		vwc_why(h, VW_ERR_BADVAL, "no file to write to is known");
		return vwc_hint(h, VW_ERR_BADVAL, "name it with -f, such as /var/log/net.log");
	}
	i->serial++;
	if (i->active != was.active || i->level != was.level ||
	    (i->file && was.file && strcmp(i->file, was.file) != 0) || !i->file != !was.file)
		i->session = i->serial;
	return VW_OK;
}

static int set(struct vw_handle *h, const struct vw_acct_settings *s)
{
	struct vw_acct *a = calloc(1, sizeof(*a));
	int rc = a ? read_conf(h, a) : vwc_nomem(h);

	if (rc == VW_OK)
		rc = change(h, s, &a->info);
	if (rc == VW_OK && a->info.file && (s->file || a->info.active))
		rc = check_log(h, a->info.file);
	if (rc == VW_OK)
		rc = write_conf(h, &a->info);
	free(a);
	return rc;
}

int vw_acct_set(struct vw_handle *h, const struct vw_acct_settings *settings)
{
	struct vw_acct_settings s = { 0 };
	int rc = vwc_enter(h);

	if (rc == VW_OK && (settings == NULL || settings->size < sizeof(size_t) ||
			    settings->size > 4096))
		rc = vwc_why(h, VW_ERR_BADVAL, "the settings have no size");
	if (rc < 0)
		return rc;
	s.active = s.level = -1;
	memcpy(&s, settings, settings->size < sizeof(s) ? settings->size : sizeof(s));
	rc = may_set(h);
	if (rc == VW_OK)
		rc = vws_lock(h);
	if (rc == VW_ERR_DENIED)
		vwc_hint(h, rc, "setting up accounting needs root; reading its log does not");
	if (rc < 0)
		return vwc_what(h, rc, "cannot set up accounting");
	rc = set(h, &s);
	vws_unlock(h);
	return rc < 0 ? vwc_what(h, rc, "cannot set up accounting") : VW_OK;
}
