/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* usagewords.c - the other names of show-usage: dlstat -u, dlstat show-link -h, flowstat -h */
#include <string.h>

#include "showusage.h"

static bool is_unit(const char *word)
{
	return word != NULL && strlen(word) == 1 && strchr("RKMGTP", *word) != NULL;
}

int cli_usage_words(int argc, char **argv)
{
	static char name[] = "show-usage";
	int first = argc > 1 && strcmp(argv[1], "show-link") == 0 ? 2 : 1, i;

	if (argc <= first)
		return argc;
	/* illumos: "-h" before all else; paper: "-u", which illumos made the unit later */
	if (strcmp(argv[first], "-h") != 0 &&
	    (strcmp(argv[first], "-u") != 0 || is_unit(argv[first + 1])))
		return argc;
	argv[1] = name;
	for (i = 2; first == 2 && i + 1 < argc; i++)
		argv[i] = argv[i + 1];
	if (first == 2)
		argv[--argc] = NULL;
	return argc;
}
