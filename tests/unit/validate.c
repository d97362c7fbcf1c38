/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* validate FILE ...: one line for each, "ok" or what the validator says */
#include <stdio.h>
#include <stdlib.h>

#include "store/store.h"

static int validate(const char *path)
{
	static char text[16 << 20];
	struct vw_handle h = { 0 };
	struct vws_doc *d = NULL;
	FILE *f = fopen(path, "re");
	size_t len;

	if (f == NULL) {
		perror(path);
		return 2;
	}
	len = fread(text, 1, sizeof(text), f);
	fclose(f);
	puts(vws_parse(&h, "config.json", text, len, &d) == VW_OK ? "ok" : vw_error_message(&h));
	vws_doc_free(d);
	return 0;
}

int main(int argc, char **argv)
{
	int rc = 0;

	for (int i = 1; i < argc; i++)
		rc |= validate(argv[i]);
	return rc;
}
