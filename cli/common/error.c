/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* error.c - the one place that writes to standard error, and the last look at standard output */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cli.h"

#define LINE_MAX_BYTES	1536

/*
 * One line, written by one call so that lines of parallel commands do not mix, and after what was
 * printed before it.
 */
static void say(struct cli *c, const char *kind, const char *text)
{
	char safe[2 * LINE_MAX_BYTES];

	cli_flush(c);
	vw_escape(safe, sizeof(safe), text);
	fprintf(stderr, "%s: %s%s\n", c->program->name, kind, safe);
}

static void vsay(struct cli *c, const char *kind, const char *fmt, va_list ap)
{
	char text[LINE_MAX_BYTES];

	vsnprintf(text, sizeof(text), fmt, ap);
	say(c, kind, text);
}

int cli_fail(struct cli *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsay(c, "", fmt, ap);
	va_end(ap);
	return CLI_FAILED;
}

void cli_warn(struct cli *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsay(c, "warning: ", fmt, ap);
	va_end(ap);
}

void cli_hint(struct cli *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsay(c, "hint: ", fmt, ap);
	va_end(ap);
}

void cli_note(struct cli *c, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsay(c, "note: ", fmt, ap);
	va_end(ap);
}

int cli_usage(struct cli *c, const char *fmt, ...)
{
	char synopsis[LINE_MAX_BYTES];
	va_list ap;

	va_start(ap, fmt);
	vsay(c, "", fmt, ap);
	va_end(ap);
	cli_synopsis(c->program, c->cmd, synopsis, sizeof(synopsis));
	say(c, "hint: usage: ", synopsis);
	return CLI_USAGE;
}

int cli_nomem(struct cli *c)
{
	return cli_fail(c, "out of memory");
}

int cli_library_error(struct cli *c)
{
	const char *message = vw_error_message(c->h);
	const char *kernel = vw_error_kernel(c->h);

	say(c, "", message);
	if (*vw_error_hint(c->h) != '\0')
		say(c, "hint: ", vw_error_hint(c->h));
	else if (*kernel != '\0' && strstr(message, kernel) == NULL)
		say(c, "hint: the kernel says: ", kernel);
	if (*vw_error_note(c->h) != '\0')
		say(c, "note: ", vw_error_note(c->h));
	return CLI_FAILED;
}

int cli_result(struct cli *c, int rc)
{
	return rc < 0 ? cli_library_error(c) : CLI_DONE;
}

bool cli_flush(struct cli *c)
{
	if (fflush(stdout) == 0)
		return true;
	if (c->write_errno == 0)
		c->write_errno = errno;
	return false;
}

int cli_finish(struct cli *c, int status)
{
	bool lost = ferror(stdout) != 0;

	lost = !cli_flush(c) || lost;
	/* Linux has closed it even when a signal came in between. */
	if (fclose(stdout) != 0 && errno != EINTR && !lost) {
		lost = true;
		c->write_errno = errno;
	}
	if (!lost)
		return status;
	/* A reader that went away ("| head -1") knows what it did. */
	if (c->write_errno != EPIPE)
		cli_fail(c, "cannot write the output: %s",
			 c->write_errno != 0 ? strerror(c->write_errno) : "some of it was lost");
	return status != CLI_DONE ? status : CLI_FAILED;
}
