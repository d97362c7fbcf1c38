/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* service.h - the writer as a service: start it, wait until it follows the settings */
#ifndef ACCTADM_SERVICE_H
#define ACCTADM_SERVICE_H

#include "cli.h"

/* After the settings were changed: a writer runs and follows them, or none runs, as they say. */
int service_follow(struct cli *c);
/* Let the writer take a reading now, and wait until it is in the file. */
int service_record_now(struct cli *c);

#endif
