/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* flowstat.h - what the modes of flowstat share */
#ifndef FLOWSTAT_H
#define FLOWSTAT_H

#include "reading.h"

extern const struct cli_command flow_commands[];

#endif
