/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* One datagram of netlink messages, each through every parser of lib/kernel. */
#include "fuzz.h"

#include <errno.h>

#include "kernel/nl.h"

static void parse_link(const struct nlmsghdr *nlh)
{
	struct vwk_link l;
	int rc = vwk_link_parse(nlh, &l);

	MUST(rc == 0 || rc == -EBADMSG || rc == -ENOMEM);
	MUST(strnlen(l.name, sizeof(l.name)) < sizeof(l.name));
	MUST(strnlen(l.kind_name, sizeof(l.kind_name)) < sizeof(l.kind_name));
	if (rc == 0) {
		MUST(l.ifindex > 0 && l.name[0] != '\0');
		MUST(l.kind <= VWK_SIT && l.port_kind <= VWK_SIT);
		vwk_link_clear(&l);
	}
	MUST(l.altname == NULL && l.alias == NULL);
}

static void parse_answer(const struct nlmsghdr *nlh)
{
	int err = vwk_nlmsg_errno(nlh);
	char text[64];

	MUST(err >= 0 && err <= 4095);
	vwk_ext_ack(nlh, text, sizeof(text));
	MUST(strnlen(text, sizeof(text)) < sizeof(text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = text_of(data, size);	/* aligned, which @data need not be */
	const struct nlmsghdr *nlh;

	vwk_for_each_msg(nlh, copy, size) {
		/* Of just its own length, so that reading past it is seen. */
		struct nlmsghdr *one = malloc(nlh->nlmsg_len);
		struct vwk_fdb f;

		MUST(one != NULL);
		memcpy(one, nlh, nlh->nlmsg_len);
		parse_link(one);
		parse_answer(one);
		(void)vwk_fdb_parse(one, 1, &f);
		free(one);
	}
	free(copy);
	return 0;
}
