/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* ledger.h - what the files of the ledger share */
#ifndef VWST_LEDGER_H
#define VWST_LEDGER_H

#include "stat/usage.h"

/* -- index.c: finding cursors and series ------------------------------------------------------- */
/* The cursor of @e; made, with *@fresh, when there is none. NULL: no memory. */
struct vwst_cursor *vwst_cursor_get(struct vwst_ledger *l, const struct vwst_entry *e,
				    bool *fresh);
/* Number of the series of @e; id 0 when it was not known. VWST_NO_SERIES: no memory. */
#define VWST_NO_SERIES	UINT32_MAX
uint32_t vwst_series_get(struct vwst_ledger *l, const struct vwst_entry *e);
bool vwst_index_make(struct vwst_ledger *l);	/* both anew; false: no memory */
void vwst_index_free(struct vwst_ledger *l);

/* -- load.c ------------------------------------------------------------------------------------ */
/* Everything from the open file; cursors of this session alone. */
int vwst_ledger_load(struct vwst_ledger *l);
/* The open file knows nothing of this session: take over what @old knew, or begin. */
int vwst_ledger_begin(struct vwst_ledger *l, const struct vwst_ledger *old);
int vwst_ledger_clock(struct vwst_ledger *l);	/* write l->now */
/* Write a series that is new, or whose class or place changed. */
int vwst_series_put(struct vwst_ledger *l, struct vwst_series *s);
int vwst_cursor_put(struct vwst_ledger *l, sqlite3_stmt *st, const struct vwst_cursor *c);
#define VWST_CURSOR_PUT \
	"INSERT OR REPLACE INTO cursor VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11)"
/* It is there from @t_ms on; it is not any more. */
int vwst_life_begin(struct vwst_ledger *l, int64_t series, int64_t t_ms);
int vwst_life_end(struct vwst_ledger *l, int64_t series, int64_t t_ms);

#endif
