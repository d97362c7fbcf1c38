/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Numbers: exactly the decimal ones, as the C library reads them. */
#include <errno.h>

#include "fuzz.h"
#include "util/util.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = text_of(data, size);
	size_t digits = strspn(text, "0123456789"), n;
	uint64_t v = 0;
	uint32_t small = 0;
	bool ok = vwu_parse_u64(text, 0, UINT64_MAX, &v);
	char **pieces = vwu_split(text, ',', &n);

	errno = 0;
	if (digits == 0 || text[digits] != '\0' ||
	    (strtoull(text, NULL, 10) == UINT64_MAX && errno == ERANGE))
		MUST(!ok);
	else
		MUST(ok && v == strtoull(text, NULL, 10));
	MUST(vwu_parse_u32(text, 0, UINT32_MAX, &small) == (ok && v <= UINT32_MAX));
	MUST(!ok || v > UINT32_MAX || small == v);
	MUST(pieces != NULL && n >= 1 && pieces[n] == NULL);
	free(pieces);
	free(text);
	return 0;
}
