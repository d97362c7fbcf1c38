/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* say.c - what the writer has to say, and to whom */
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include "writer.h"

void say(const struct writer *w, const char *fmt, ...)
{
	char text[1024], safe[2048];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	vw_escape(safe, sizeof(safe), text);
	if (w->daemon)
		syslog(LOG_DAEMON | LOG_WARNING, "%s", safe);
	else
		fprintf(stderr, "vwire-acct: %s\n", safe);
}

void say_library(const struct writer *w)
{
	say(w, "%s", vw_error_message(w->h));
	if (*vw_error_hint(w->h) != '\0')
		say(w, "hint: %s", vw_error_hint(w->h));
}

void say_state(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	size_t len = path != NULL ? strlen(path) : 0;
	int fd;

	if (len == 0 || len >= sizeof(to.sun_path))
		return;
	memcpy(to.sun_path, path, len);
	if (to.sun_path[0] == '@')	/* of the abstract kind */
		to.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	(void)sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&to,
		     (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len));
	close(fd);
}
