#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The demo checks itself: who answers, who reaches whom, what is left.
. "${VW_SOURCE:-$(dirname "$0")/../..}/tests/lib.sh"

test_the_two_tenants_of_section_5_2_are_built_used_and_taken_away()
{
	need_cmd ping sysctl
	"$VW_SOURCE/examples/enterprise/demo" >"$TESTDIR/out" 2>&1 ||
		fail "$(tail -n 40 "$TESTDIR/out")"
	has "$(cat "$TESTDIR/out")" 'web2 asked app2, which asked db2, which read a block of iscsi2'
}

run_tests
