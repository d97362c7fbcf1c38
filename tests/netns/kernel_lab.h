/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * kernel_lab.h - what the tests of lib/kernel stand on: an empty network namespace for each test,
 * and libnl as a second reader of the kernel's state that shares no code with ours
 */
#ifndef KERNEL_LAB_H
#define KERNEL_LAB_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <netlink/cache.h>
#include <netlink/netlink.h>
#include <netlink/route/link.h>

#include "kernel/kernel.h"

struct lab {
	struct vw_handle  h;
	struct vwk_nl	 *nl;
	struct nl_sock	 *reader;
	int		  home;		/* the namespace the program was started in */
	int		  here;		/* the test's own */
	unsigned	  fresh;	/* links of a new namespace: lo, perhaps tunl0 and sit0 */
	char		  log[512];	/* last line logged */
};

/* cmocka's setup and teardown of one test. */
int lab_enter(void **state);
int lab_leave(void **state);
/* Run the tests and print TAP; the whole is skipped where no namespaces can be made. Returns the
 * exit status. */
int lab_main(const struct CMUnitTest *tests, size_t n);
/* End the test without a verdict; @why goes into the TAP line. Use it before anything is open. */
void lab_skip(const char *why);

/* The kernel's links as libnl reads them, through @reader; nl_cache_free() it. */
struct nl_cache *lab_links(struct nl_sock *reader);
/* How many links libnl sees whose group is @group. */
int lab_count_group(struct lab *t, int group);
/* One link as libnl reads it, or NULL; rtnl_link_put() it. */
struct rtnl_link *lab_link(struct nl_sock *reader, const char *name);
/* A new, empty namespace; its descriptor. The caller stays where it is. */
int lab_new_ns(void);
/* libnl's reader in another namespace. */
struct nl_sock *lab_reader_in(struct lab *t, int nsfd);

/* Build with ip(8)'s words through our own batch; fails the test on error. */
int lab_veth(struct lab *t, const char *name, const char *peer);
int lab_bridge(struct lab *t, const char *name);
/* Run what @b holds and fail the test, with the error's text, unless all succeeded. */
void lab_run(struct lab *t, struct vwk_batch *b);
const char *lab_mac(const uint8_t mac[6], char buf[18]);

#endif
