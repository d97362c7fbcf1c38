/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* main.c - from argv to one subcommand, and to an exit status that tells the truth */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

/* Big writes: a table of thousands of links costs a handful of system calls. */
static char out_buf[1 << 16];

static int run_command(struct cli *c, int argc, char **argv)
{
	int i, rc;

	/* Before anything else, so that it works even where a required option is missing. */
	for (i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "--help") == 0)
			return cli_help_command(c, c->cmd);
	rc = cli_parse(c, argc, argv);
	return rc == CLI_DONE ? c->cmd->run(c) : rc;
}

static int dispatch(struct cli *c, int argc, char **argv)
{
	const char *bare = c->program->bare;

	if (argc < 2 && bare == NULL) {
		cli_fail(c, "no subcommand given");
		cli_hint(c, "'%s help' lists the subcommands", c->program->name);
		return CLI_USAGE;
	}
	if (argc < 2) {
		c->cmd = cli_find(c->program, bare);
		return run_command(c, 1, argv);
	}
	if (strcmp(argv[1], "--help") == 0)
		return cli_help(c, NULL);
	if (strcmp(argv[1], "--version") == 0) {
		printf("%s (libvwire) %s\n", c->program->name, vw_version());
		return CLI_DONE;
	}
	if (argv[1][0] == '-' && !c->program->words) {
		cli_fail(c, "unrecognized option '%s'", argv[1]);
		cli_hint(c, "try '%s --help'", c->program->name);
		return CLI_USAGE;
	}
	c->cmd = argv[1][0] != '\0' ? cli_find(c->program, argv[1]) : NULL;
	if (c->cmd != NULL)
		return run_command(c, argc - 1, argv + 1);
	/* "show-" is how subcommands begin; what is called so all the same stands after "--". */
	if (!c->program->words || strncmp(argv[1], "show-", 5) == 0)
		return cli_unknown_command(c, "", argv[1]);
	c->cmd = cli_find(c->program, bare);
	return run_command(c, argc, argv);
}

/*
 * A descriptor 0, 1 or 2 that the caller closed would become our netlink socket, and the table
 * would be sent to the kernel. What stands in for it fails as a closed one does.
 */
static void guard_standard_files(void)
{
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			(void)!open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

int cli_main(const struct cli_program *program, int argc, char **argv)
{
	struct cli c = { .program = program };
	int status;

	guard_standard_files();
	setvbuf(stdout, out_buf, _IOFBF, sizeof(out_buf));
	status = dispatch(&c, argc, argv);
	cli_args_free(&c);
	status = cli_finish(&c, status);
	vw_close(c.h);
	return status;
}

const char *cli_open_hint(void)
{
	const char *root = getenv("VWIRE_ROOT");

	if (root == NULL || *root == '\0' || *root == '/')
		return NULL;
	return "the environment variable VWIRE_ROOT must be an absolute path, beginning with '/'";
}

int cli_open(struct cli *c)
{
	const char *root = cli_value(c, 'R');
	char path[PATH_MAX];
	int rc;

	if (root != NULL && realpath(root, path) == NULL)
		return cli_fail(c, "cannot use '%s' as root directory: %s", root, strerror(errno));
	rc = root != NULL ? vw_open_at(&c->h, path, VW_OPEN_OFFLINE) : vw_open(&c->h);
	if (rc == VW_OK)
		return CLI_DONE;
	cli_fail(c, "cannot open libvwire: %s", vw_status_text(rc));
	if (root == NULL && cli_open_hint() != NULL)
		cli_hint(c, "%s", cli_open_hint());
	return CLI_FAILED;
}

int cli_need_link(struct cli *c, const char *name)
{
	struct vw_links *found;

	if (cli_has(c, 'P') || cli_has(c, 'R'))
		return CLI_DONE;
	if (vw_link_list(c->h, VW_LINK_FILTER(.name = name), 0, &found) < 0)
		return cli_library_error(c);
	vw_link_list_free(found);
	return CLI_DONE;
}
