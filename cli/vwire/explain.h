/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* explain.h - vwire explain: the kernel objects behind a link */
#ifndef EXPLAIN_H
#define EXPLAIN_H

#include "cli.h"

extern const struct cli_command explain_commands[];

#endif
