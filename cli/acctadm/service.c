/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* service.c - the writer as a service: by systemd where it runs, else by ourselves */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "service.h"

#define UNIT		"vwire-acct.service"
#define WAIT_MS		15000
#define LOOK_MS		20
#define SAVED		"the settings are saved, but the writer "

extern char **environ;

/*
 * Exit status of a program, 128 and more when a signal ended it; -1: it could not be run, errno
 * tells why. Its output is not ours to show.
 */
static int run(const char *path, char *const *argv, bool quiet)
{
	posix_spawn_file_actions_t actions;
	int status, err;
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", 0, 0);
	posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", 1, 0);
	if (quiet)
		posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", 1, 0);
	err = posix_spawnp(&pid, path, &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (err != 0) {
		errno = err;
		return -1;
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int systemctl(const char *verb, const char *option)
{
	const char *argv[] = { "systemctl", "--quiet", verb, UNIT, option, NULL };

	return run("systemctl", (char *const *)argv, true);
}

/* Does systemd look after the host whose state this is? */
static bool by_systemd(void)
{
	const char *root = getenv("VWIRE_ROOT");
	struct stat own, init, st;

	if ((root != NULL && *root != '\0') || stat("/run/systemd/system", &st) < 0)
		return false;
	if (stat("/proc/self/ns/net", &own) < 0 || stat("/proc/1/ns/net", &init) < 0 ||
	    own.st_ino != init.st_ino || own.st_dev != init.st_dev)
		return false;
	return systemctl("cat", NULL) == 0;
}

static int start_by_hand(struct cli *c)
{
	char path[PATH_MAX + 16];
	ssize_t n = readlink("/proc/self/exe", path, PATH_MAX);
	char *argv[] = { path, (char *)"--daemon", NULL }, *slash;
	bool missing;
	int rc;

	path[n > 0 ? n : 0] = '\0';
	slash = strrchr(path, '/');
	if (slash == NULL)
		return cli_fail(c, "cannot start the writer: /proc is not mounted");
	strcpy(slash + 1, "vwire-acct");
	rc = access(path, X_OK) < 0 ? -1 : run(path, argv, false);
	if (rc < 0) {
		missing = errno == ENOENT;
		cli_fail(c, "cannot start the writer: %s: %s", path, strerror(errno));
		if (missing)
			cli_hint(c, "vwire-acct belongs beside acctadm: install it there");
	} else if (rc >= 128) {
		cli_fail(c, "cannot start the writer: signal %d ended it", rc - 128);
	}
	return rc == 0 ? CLI_DONE : CLI_FAILED;	/* what else failed, it has said itself */
}

static int start(struct cli *c)
{
	if (!by_systemd())
		return start_by_hand(c);
	if (systemctl("enable", "--now") == 0)
		return CLI_DONE;
	cli_fail(c, "cannot start the writer: systemd could not start " UNIT);
	cli_hint(c, "'systemctl status " UNIT "' tells why");
	return CLI_FAILED;
}

static void rest(void)
{
	struct timespec ms = { .tv_nsec = LOOK_MS * 1000000 };

	nanosleep(&ms, NULL);
}

/* Look until @done says so; false: it took too long, or could not be seen (told). */
static bool wait_until(struct cli *c, bool (*done)(const struct vw_acct_info *i, uint64_t n),
		       uint64_t n, bool *failed)
{
	int left;

	*failed = false;
	for (left = WAIT_MS / LOOK_MS; left > 0; left--) {
		struct vw_acct *a;
		bool is;

		if (vw_acct_get(c->h, &a) < 0) {
			cli_library_error(c);
			*failed = true;
			return false;
		}
		is = done(vw_acct_info(a), n);
		vw_acct_free(a);
		if (is)
			return true;
		rest();
	}
	return false;
}

static bool follows(const struct vw_acct_info *i, uint64_t serial)
{
	return i->pid != 0 && i->applied >= serial;
}

static bool runs_or_not(const struct vw_acct_info *i, uint64_t serial)
{
	return i->pid == 0 || i->applied >= serial;
}

static bool rests(const struct vw_acct_info *i, uint64_t serial)
{
	(void)serial;
	return i->pid == 0;
}

/* A reading that began after @boot_ns is in the file, or why it is not is known. */
static bool recorded(const struct vw_acct_info *i, uint64_t boot_ns)
{
	return i->pid == 0 ||
	       (i->asked_boot_ns >= boot_ns && (i->waiting == 0 || i->trouble != NULL));
}

/* The writer did not do what it was waited for, unless @failed: that was told. */
static int too_slow(struct cli *c, bool failed, const char *what)
{
	if (failed)
		return CLI_FAILED;
	cli_fail(c, "%s", what);
	if (by_systemd())
		cli_hint(c, "'journalctl -u " UNIT "' tells why");
	else
		cli_hint(c, "the system log tells why, under the name vwire-acct");
	return CLI_FAILED;
}

static int stop(struct cli *c)
{
	bool failed;

	if (!wait_until(c, rests, 0, &failed))
		return too_slow(c, failed, SAVED "does not stop");
	if (by_systemd())
		(void)systemctl("disable", "--now");
	return CLI_DONE;
}

int service_follow(struct cli *c)
{
	struct vw_acct *a;
	uint64_t serial;
	bool active, runs, failed;

	if (vw_acct_get(c->h, &a) < 0)
		return cli_library_error(c);
	active = vw_acct_info(a)->active;
	runs = vw_acct_info(a)->pid != 0;
	serial = vw_acct_info(a)->serial;
	vw_acct_free(a);
	if (!active)
		return stop(c);
	/* One that is just ending does not see the change. */
	if (runs && !wait_until(c, runs_or_not, serial, &failed))
		return too_slow(c, failed, SAVED "does not follow them");
	if (vw_acct_get(c->h, &a) < 0)
		return cli_library_error(c);
	runs = vw_acct_info(a)->pid != 0;
	vw_acct_free(a);
	if (!runs && start(c) != CLI_DONE)
		return CLI_FAILED;
	return wait_until(c, follows, serial, &failed) ? CLI_DONE
		: too_slow(c, failed, SAVED "does not start");
}

int service_record_now(struct cli *c)
{
	struct vw_acct *a;
	struct timespec now;
	char trouble[300] = "";
	unsigned pid;
	bool failed;

	if (vw_acct_get(c->h, &a) < 0)
		return cli_library_error(c);
	pid = vw_acct_info(a)->pid;
	vw_acct_free(a);
	if (pid == 0) {
		cli_fail(c, "no writer runs");
		cli_hint(c, "'acctadm -E net' turns accounting on");
		return CLI_FAILED;
	}
	clock_gettime(CLOCK_BOOTTIME, &now);
	if (kill((pid_t)pid, SIGUSR1) < 0)
		return cli_fail(c, "cannot signal the writer, process %u: %s", pid, strerror(errno));
	if (!wait_until(c, recorded, (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec,
			&failed))
		return too_slow(c, failed, "the writer does not answer");
	if (vw_acct_get(c->h, &a) < 0)
		return cli_library_error(c);
	if (vw_acct_info(a)->trouble != NULL)
		snprintf(trouble, sizeof(trouble), "%s", vw_acct_info(a)->trouble);
	vw_acct_free(a);
	return trouble[0] != '\0' ? cli_fail(c, "what was counted waits in memory: %s", trouble)
				  : CLI_DONE;
}
