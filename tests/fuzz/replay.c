/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* replay DIRECTORY: every file of it through a fuzz target, as a test */
#include <dirent.h>

#include "fuzz.h"

static uint8_t *slurp(const char *path, size_t *size)
{
	FILE *f = fopen(path, "re");
	uint8_t *data;
	long n;

	MUST(f != NULL && fseek(f, 0, SEEK_END) == 0 && (n = ftell(f)) >= 0);
	rewind(f);
	/* Exactly as long as the input: a byte read beyond it is seen by the sanitizers. */
	data = malloc(n > 0 ? (size_t)n : 1);
	MUST(data != NULL && fread(data, 1, (size_t)n, f) == (size_t)n);
	fclose(f);
	*size = (size_t)n;
	return data;
}

static void replay(const char *dir, const char *name)
{
	char path[4096];
	uint8_t *data;
	size_t size;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	data = slurp(path, &size);
	LLVMFuzzerTestOneInput(data, size);
	free(data);
}

int main(int argc, char **argv)
{
	struct dirent **list;
	int n, test = 0;

	if (argc != 2 || (n = scandir(argv[1], &list, NULL, alphasort)) < 0) {
		fprintf(stderr, "usage: replay DIRECTORY\n");
		return 2;
	}
	for (int i = 0; i < n; i++) {
		if (list[i]->d_name[0] != '.') {
			replay(argv[1], list[i]->d_name);
			printf("ok %d - %s\n", ++test, list[i]->d_name);
			fflush(stdout);
		}
		free(list[i]);
	}
	free(list);
	printf("1..%d\n", test);
	return 0;
}
