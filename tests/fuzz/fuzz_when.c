/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Times as people write them, and packed numbers: what is taken is in range, what was packed comes
 * back. */
#include "fuzz.h"
#include "stat/pack.h"
#include "stat/usage.h"

#define NOW	UINT64_C(1795219200000)	/* 2026-11-21 */
#define YEAR_10000 UINT64_C(253402300800000)

static void times(const char *text)
{
	uint64_t ms = 7, again = 7;
	int rc = vw_usage_time(NULL, text, NOW, &ms);

	MUST(rc == VW_OK || (rc == VW_ERR_BADVAL && ms == 7));
	MUST(rc != VW_OK || ms <= YEAR_10000 + 86400000);
	/* the same whatever is asked before */
	MUST(vw_usage_time(NULL, text, NOW, &again) == rc && again == ms);
}

static void numbers(const uint8_t *data, size_t size)
{
	struct vwst_unpack u = vwst_unpack_of(data, size);
	struct vwst_pack p = { 0 };
	uint64_t v[VWST_COUNTS], sum = 0, back = 0;

	while (u.p < u.end) {
		uint64_t n = vwst_unpack_num(&u);

		if (u.bad)
			break;
		vwst_pack_num(&p, n);
		sum = sum * 31 + n;
	}
	MUST(!p.failed && p.len <= size);
	u = vwst_unpack_of(p.p, p.len);
	while (u.p < u.end)
		back = back * 31 + vwst_unpack_num(&u);
	MUST(!u.bad && back == sum);
	u = vwst_unpack_of(data, size);
	(void)vwst_unpack_counts(&u, v);
	MUST(u.p <= u.end);
	vwst_pack_free(&p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = text_of(data, size);

	times(text);
	numbers(data, size);
	free(text);
	return 0;
}
