#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# kill -9 at every system call stop: killer.py explains. Arguments choose cases by part of a name:
#	killer.sh create-aggr
here=$(realpath "$(dirname "$0")")
VW_SOURCE=$(realpath "${VW_SOURCE:-$here/../..}")
VW_BUILD=$(realpath -m "${VW_BUILD:-$VW_SOURCE/build}")
export VW_SOURCE VW_BUILD
exec /usr/bin/python3 -B "$here/killer.py" "$@"
