#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What a tenant with root tries (evasion.table). Arguments choose topologies: evasion.sh nic
here=$(realpath "$(dirname "$0")")
VW_SOURCE=$(realpath "${VW_SOURCE:-$here/../..}")
VW_BUILD=$(realpath -m "${VW_BUILD:-$VW_SOURCE/build}")
export VW_SOURCE VW_BUILD
exec /usr/bin/python3 -B "$here/evasion.py" "$@"
