/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Names: what is accepted is harmless, what the kernel gets fits, hidden names stay hidden. */
#include "fuzz.h"
#include "util/util.h"
#include <vwire/handle.h>

static void hidden(const char *name)
{
	MUST(strlen(name) < VWU_IFNAME);
	MUST(vwu_name_invalid(name) != NULL && vwu_bridge_name_invalid(name) != NULL);
}

static void accepted(const char *name)
{
	char out[VWU_IFNAME];

	MUST(strlen(name) >= 1 && strlen(name) <= 31);
	MUST(vw_escape(NULL, 0, name) == strlen(name) && strpbrk(name, " /:%$`;|&<>\\\"'") == NULL);
	vwu_name_kernel(name, out);
	MUST(strlen(out) < VWU_IFNAME && (strlen(name) >= VWU_IFNAME || strcmp(name, out) == 0));
	vwu_name_port(name, out);
	hidden(out);
	vwu_name_far(name, out);
	hidden(out);
	vwu_name_vlan(name, 4094, out);
	hidden(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *name = text_of(data, size), better[40], *safe;
	size_t len = vw_escape(NULL, 0, name);

	if (vwu_name_invalid(name) == NULL || vwu_bridge_name_invalid(name) == NULL)
		accepted(name);
	if (vwu_name_suggest(name, better, sizeof(better)))
		MUST(vwu_name_invalid(better) == NULL);
	safe = malloc(len + 1);
	MUST(safe != NULL && vw_escape(safe, len + 1, name) == len && strlen(safe) == len);
	MUST(vw_escape(NULL, 0, safe) == len);
	free(safe);
	free(name);
	return 0;
}
