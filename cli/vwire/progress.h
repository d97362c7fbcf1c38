/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* progress.h - a sign of life on a terminal while one long call runs */
#ifndef VWIRE_PROGRESS_H
#define VWIRE_PROGRESS_H

struct progress;

/*
 * After two seconds, print "@what, 3 s" on standard error each second and over itself, when that
 * is a terminal. NULL: it is none, or there is no memory; progress_end() takes that too.
 */
struct progress *progress_begin(const char *what);
void progress_end(struct progress *p);

#endif
