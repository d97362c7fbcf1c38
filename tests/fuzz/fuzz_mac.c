/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* MAC addresses: what is read and printed is read as the same. */
#include "fuzz.h"
#include "util/util.h"
#include <vwire/handle.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = text_of(data, size), out[VW_MAC_STRLEN];
	uint8_t mac[6] = { 0 }, again[6];
	size_t n;

	if (vwu_mac_parse(text, mac)) {
		vw_mac_format(mac, out);
		MUST(vwu_mac_parse(out, again) && memcmp(mac, again, 6) == 0);
		MUST((vwu_mac_unusable(mac) == NULL) ==
		     (!(mac[0] & 1) && (mac[0] | mac[1] | mac[2] | mac[3] | mac[4] | mac[5]) != 0));
	}
	n = vwu_mac_prefix_parse(text, mac);
	MUST(n <= 6);
	free(text);
	return 0;
}
