#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# run.sh [SECONDS [TARGET ...]]: fuzz each target with libFuzzer, ASan and UBSan (needs clang).
# Inputs that add coverage go below $FUZZ_DIR (default: a fresh directory), crashes too.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
seconds=${1:-60}
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- config name mac number netlink prop when
dir=${FUZZ_DIR:-$(mktemp -d)}

for target in "$@"; do
	mkdir -p "$dir/$target"
	clang -std=gnu11 -D_GNU_SOURCE -g -O1 -fsanitize=fuzzer,address,undefined \
		-fno-sanitize-recover=all -I"$top/include" -I"$top/lib" "$here/fuzz_$target.c" \
		"$top"/lib/util/*.c "$top"/lib/core/*.c "$top"/lib/store/*.c "$top"/lib/kernel/*.c \
		"$top"/lib/prop/*.c "$top"/lib/stat/when.c "$top"/lib/stat/pack.c \
		"$top"/lib/stat/localtime.c -ljson-c -lmnl -lbpf -lpthread \
		-o "$dir/fuzz_$target"
	(cd "$dir" && "./fuzz_$target" -max_total_time="$seconds" -print_final_stats=1 \
		-dict="$here/config.dict" "$dir/$target" "$here/corpus/$target")
done
echo "inputs found are in $dir"
