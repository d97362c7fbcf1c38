/* SPDX-License-Identifier: LGPL-2.1-or-later */
/**
 * usage.h - the history of links and flows: who used how much, when (paper sections 4.3.1 and 5.3;
 *           illumos acctadm(8), dladm show-usage)
 *
 * vwire-acct(8) reads the counters every 20 s and whenever a link comes or goes, and keeps the
 * differences in one file: records of each interval for two days, of five minutes for two months,
 * of hours for a year and of days for ever. Each belongs to a link or flow under the name and the
 * owner (zone, vWire) it had then. The sum of all records of a link equals the sum of what its
 * counters went up by, to the byte: across renames, moves to other zones, deletion and making
 * anew, a reboot, and the death of the writer.
 */
#ifndef VWIRE_USAGE_H
#define VWIRE_USAGE_H

#include <vwire/stat.h>
#include <vwire/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* -- settings: what is recorded, and where ----------------------------------------------------- */

/** enum vw_acct_level - what is recorded */
enum vw_acct_level {
	VW_ACCT_NONE = 0,
	VW_ACCT_BASIC,		/* links */
	VW_ACCT_EXTENDED	/* links and flows */
};

/** Seconds between two records unless set otherwise, as in illumos */
#define VW_ACCT_INTERVAL	20

/** flags of struct vw_acct_settings */
#define VW_ACCT_CLOSE	(1u << 0)	/* forget the file (acctadm -x) */

/** struct vw_acct_settings - what to change; members that are 0, NULL or -1 stay as they are */
struct vw_acct_settings {
	size_t		 size;
	int		 active;	/* 1: record; 0: do not, but keep the rest; -1: as it is */
	int		 level;		/* enum vw_acct_level; -1: as it is */
	const char	*file;		/* absolute path of the log; it is made when it is missing */
	unsigned	 interval_s;	/* 1 to 3600 */
	unsigned	 flags;		/* VW_ACCT_CLOSE */
};
#define VW_ACCT_SETTINGS(...) \
	(&(struct vw_acct_settings){ .size = sizeof(struct vw_acct_settings), .active = -1, \
				     .level = -1, __VA_ARGS__ })

/** struct vw_acct_info - the settings, and how the writer fares */
struct vw_acct_info {
	size_t		 size;
	int		 active;	/* 1: recording is on */
	int		 level;		/* enum vw_acct_level */
	const char	*file;		/* NULL: none */
	unsigned	 interval_s;
	uint64_t	 serial;	/* number of the last change */
	uint64_t	 session;	/* number of the change that what is recorded began with */
	unsigned	 pid;		/* of the writer; 0: none runs */
	uint64_t	 applied;	/* the writer follows the settings of this number */
	uint64_t	 recorded_s;	/* last record in the file, seconds since 1970; 0: none yet */
	uint64_t	 samples;	/* readings that the writer took */
	uint64_t	 waiting;	/* readings that are not in the file yet */
	uint64_t	 records;	/* records it wrote since it started */
	const char	*trouble;	/* why it cannot write now; NULL: it can */
	uint64_t	 asked_boot_ns;	/* CLOCK_BOOTTIME when the last reading began that was asked
					 * for (SIGUSR1); it is in the file when none waits */
};

/** struct vw_acct - settings and state as they were read */
struct vw_acct;

/**
 * vw_acct_get() - read settings and state of accounting
 * @ap: free it with vw_acct_free()
 *
 * Return: VW_OK; VW_ERR_CONFIG (the settings are malformed); VW_ERR_IO; VW_ERR_NOMEM. Since: 0.2
 */
VW_API int vw_acct_get(struct vw_handle *h, struct vw_acct **ap);
/** vw_acct_info() - what vw_acct_get() read; lives as long as @a. Since: 0.2 */
VW_API const struct vw_acct_info *vw_acct_info(const struct vw_acct *a);
/** vw_acct_free() - free it; NULL is allowed. Since: 0.2 */
VW_API void vw_acct_free(struct vw_acct *a);
/**
 * vw_acct_set() - change the settings, kept across reboots; a running writer follows at once
 *
 * A file is made here, or checked: nothing is recorded into a file of somebody else.
 *
 * Return: VW_OK; VW_ERR_BADVAL (path not absolute, interval out of range, no file known yet);
 * VW_ERR_CONFIG (the file is something else, or damaged); VW_ERR_TEMPONLY (this namespace has no
 * state of its own); VW_ERR_NOTSUP (offline handle, or libsqlite3 is missing); VW_ERR_DENIED;
 * VW_ERR_IO. Since: 0.2
 */
VW_API int vw_acct_set(struct vw_handle *h, const struct vw_acct_settings *settings);

/* -- recording: what the writer does ----------------------------------------------------------- */

/** flags of vw_recorder_open() */
#define VW_RECORDER_HOLD	(1u << 0)	/* write nothing yet: see vw_recorder_release() */

/** flags of vw_recorder_add() */
#define VW_RECORDER_EVENTS	(1u << 0)	/* take only what came, went or changed its name */
#define VW_RECORDER_BY_CLOCK	(1u << 1)	/* a moment late for its interval is on time */

/** struct vw_recorder_attr - how to record; fill it with VW_RECORDER_ATTR() */
struct vw_recorder_attr {
	size_t		 size;
	const char	*file;		/* log to write; made when it is missing; required */
	uint64_t	 session;	/* counters read in another session are not gone on from;
					   that of struct vw_acct_info */
	unsigned	 interval_s;	/* usual time between two readings; 0: VW_ACCT_INTERVAL */
	unsigned	 keep_samples_h; /* hours to keep records of single intervals; 0: 48 */
	unsigned	 keep_fives_d;	/* days to keep records of five minutes; 0: 62 */
	unsigned	 keep_hours_d;	/* days to keep records of hours; 0: 400 */
};
#define VW_RECORDER_ATTR(...) \
	(&(struct vw_recorder_attr){ .size = sizeof(struct vw_recorder_attr), __VA_ARGS__ })

/** struct vw_recorder_state - how recording fares */
struct vw_recorder_state {
	size_t		 size;
	uint64_t	 added;		/* readings taken */
	uint64_t	 waiting;	/* of these, not in the file yet */
	uint64_t	 records;	/* records written */
	uint64_t	 recorded_s;	/* time of the last reading in the file; 0: none yet */
	uint64_t	 written_boot_ns; /* the same by CLOCK_BOOTTIME */
	char		 trouble[256];	/* why nothing can be written now; "": all is well */
	uint64_t	 asked_boot_ns;	/* see struct vw_acct_info; the writer fills it in */
};

/** struct vw_recorder - a log being written, by a thread of its own */
struct vw_recorder;

/**
 * vw_recorder_open() - begin to write a log
 * @rp: close it with vw_recorder_close()
 *
 * A file that cannot be written now (full disk, damaged, in use by another writer) is no failure:
 * readings wait in memory, only the newest of each counter, and the state says why.
 *
 * Return: VW_OK; VW_ERR_BADVAL; VW_ERR_NOTSUP (libsqlite3 is missing); VW_ERR_NOMEM. Since: 0.2
 */
VW_API int vw_recorder_open(struct vw_handle *h, const struct vw_recorder_attr *attr,
			    unsigned flags, struct vw_recorder **rp);
/**
 * vw_recorder_add() - record a reading; never waits for the disk
 * @reading: of a session opened with VW_STAT_LISTEN and, for flows, VW_STAT_FLOWS
 *
 * Counters are told apart by their identity. One the log knows adds what it went up by since; one
 * it does not know adds all it shows (it was made since the log was last written), unless the log
 * is new: then the first reading is where counting begins.
 *
 * Return: VW_OK; VW_ERR_NOMEM. Since: 0.2
 */
VW_API int vw_recorder_add(struct vw_recorder *r, struct vw_stat_reading *reading, unsigned flags);
/** vw_recorder_release() - end VW_RECORDER_HOLD: what was held is written, as far as it is not in
 * the file yet. A second process that holds can so go on where a first was killed. Since: 0.2 */
VW_API void vw_recorder_release(struct vw_recorder *r);
/** vw_recorder_forget() - with VW_RECORDER_HOLD: links that went before @boot_ns are in the file
 * by now. Since: 0.2 */
VW_API void vw_recorder_forget(struct vw_recorder *r, uint64_t boot_ns);
/** vw_recorder_state() - how it fares; fills as much of @state as its size says. Since: 0.2 */
VW_API void vw_recorder_state(struct vw_recorder *r, struct vw_recorder_state *state);
/** vw_recorder_fd() - descriptor that polls readable when the state changed; read 8 bytes from it.
 * Since: 0.2 */
VW_API int vw_recorder_fd(const struct vw_recorder *r);
/** vw_recorder_flush() - wait until all that was added is in the file, at most @timeout_ms. Return:
 * VW_OK; VW_ERR_TIMEOUT; VW_ERR_IO (it cannot be written now). Since: 0.2 */
VW_API int vw_recorder_flush(struct vw_recorder *r, unsigned timeout_ms);
/**
 * vw_recorder_close() - write what is left, waiting at most @timeout_ms, and end
 * @end: 1: recording ends here; when it begins again it counts from then on. 0: it only pauses
 *
 * NULL is allowed. Return: VW_OK; VW_ERR_IO (some readings are lost); VW_ERR_TIMEOUT (as well,
 * unless the disk still takes what it was at). Since: 0.2
 */
VW_API int vw_recorder_close(struct vw_recorder *r, int end, unsigned timeout_ms);

/** vw_acct_publish() - let vw_acct_get() know how this process' recording fares. @applied: serial
 * of the settings it follows; @state NULL: it ends. Return: VW_OK; VW_ERR_IO; VW_ERR_DENIED.
 * Since: 0.2 */
VW_API int vw_acct_publish(struct vw_handle *h, uint64_t applied,
			   const struct vw_recorder_state *state);
/** vw_acct_claim() - be the one writer of this state; held until the process ends or @fd, which
 * its children inherit, is closed. Return: VW_OK; VW_ERR_BUSY (another runs; the message names
 * its pid); VW_ERR_DENIED; VW_ERR_IO. Since: 0.2 */
VW_API int vw_acct_claim(struct vw_handle *h, int *fd);
/** vw_acct_watch() - descriptor that polls readable when the settings may have changed (inotify).
 * Return: it, or a negative enum vw_status. Since: 0.2 */
VW_API int vw_acct_watch(struct vw_handle *h);

/* -- asking ------------------------------------------------------------------------------------ */

/** enum vw_usage_kind - whose usage */
enum vw_usage_kind { VW_USAGE_LINKS = 0, VW_USAGE_FLOWS };

/** enum vw_usage_step - what one row covers */
enum vw_usage_step {
	VW_USAGE_ALL = 0,	/* the whole time asked for */
	VW_USAGE_FINEST,	/* the shortest interval still kept */
	VW_USAGE_RECORD,	/* one interval of the writer */
	VW_USAGE_FIVE,		/* five minutes */
	VW_USAGE_HOUR,
	VW_USAGE_DAY,		/* calendar days, in the time zone of the writer */
	VW_USAGE_MONTH
};

/** enum vw_usage_group - what makes one row of several links; no byte is counted twice: a link
 * over another of the same group, a bridge or etherstub, and a port of one are left out, and from
 * BY_OWNER on what a zone has besides the links that the host gave it */
enum vw_usage_group {
	VW_USAGE_BY_NAME = 0,	/* a row for each name */
	VW_USAGE_BY_OWNER,	/* a row for each name, zone and vWire */
	VW_USAGE_BY_ZONE,
	VW_USAGE_BY_VWIRE,
	VW_USAGE_TOGETHER	/* one for all */
};

/** flags of struct vw_usage_filter */
#define VW_USAGE_GONE	(1u << 0)	/* also what was gone at the last record (illumos -a) */
#define VW_USAGE_P95	(1u << 1)	/* fill the 95th percentiles; VW_USAGE_ALL only */
#define VW_USAGE_IDLE	(1u << 2)	/* also rows without traffic */
#define VW_USAGE_HOST	(1u << 3)	/* with no @zone: only what belongs to the host */

/** struct vw_usage_filter - what to ask for; 0 and NULL members do not restrict */
struct vw_usage_filter {
	size_t		 size;
	const char	*file;		/* log to read; NULL: the one being written */
	unsigned	 kind;		/* enum vw_usage_kind */
	const char	*name;		/* this link or flow only; it need not be there any more */
	const char	*link;		/* flows of this link */
	const char	*zone, *vwire;	/* of this owner */
	uint64_t	 start_ms, end_ms; /* since 1970: records that end after @start_ms and not
					      after @end_ms */
	unsigned	 step;		/* enum vw_usage_step */
	unsigned	 group;		/* enum vw_usage_group */
	unsigned	 top;		/* the busiest so many only, busiest first; 0: all, by name */
	unsigned	 flags;		/* VW_USAGE_... */
};
#define VW_USAGE_FILTER(...) \
	(&(struct vw_usage_filter){ .size = sizeof(struct vw_usage_filter), __VA_ARGS__ })

/** flags of struct vw_usage_row */
#define VW_USAGE_ENDED	(1u << 0)	/* gone at the last record */
#define VW_USAGE_RESET	(1u << 1)	/* a counter began again at 0 in this time; what it had counted
					   since the record before is not known */
#define VW_USAGE_BLIND	(1u << 2)	/* it went unseen: its last counters are not known */
#define VW_USAGE_COARSE	(1u << 3)	/* percentiles: from hours, five minutes are not kept so long */

/** struct vw_usage_row - usage of a link, flow or group in a time */
struct vw_usage_row {
	size_t		 size;
	const char	*name;		/* VW_USAGE_BY_ZONE and so on: NULL */
	const char	*link;		/* flows: its link */
	const char	*zone, *vwire;	/* NULL: the host, none, or several */
	unsigned	 cls;		/* enum vw_class; 0: flow, or several */
	unsigned	 flags;		/* VW_USAGE_... */
	unsigned	 links;		/* how many are added up here */
	uint64_t	 start_ms, end_ms; /* since 1970 */
	uint64_t	 duration_ms;	/* how long it was there and recorded */
	uint64_t	 rx_packets, rx_bytes, tx_packets, tx_bytes;
	double		 bandwidth_bps;	/* (rx + tx) * 8 / duration */
	double		 p95_bps, p95_rx_bps, p95_tx_bps; /* 95th percentile of five minutes */
};

/** struct vw_usage - the answer */
struct vw_usage;

/**
 * vw_usage_list() - ask a log
 * @filter: NULL: the usage of all links, since the log began
 * @up:     free it with vw_usage_list_free()
 *
 * Needs no more than to read the file, whether it is being written or not.
 *
 * Return: VW_OK; VW_ERR_NOTFOUND (no such file; no such link or flow in it); VW_ERR_BADVAL (start
 * after end); VW_ERR_CONFIG (something else, or damaged); VW_ERR_DENIED; VW_ERR_NOTSUP (libsqlite3
 * is missing; an offline handle without @filter->file); VW_ERR_IO; VW_ERR_NOMEM. Since: 0.2
 */
VW_API int vw_usage_list(struct vw_handle *h, const struct vw_usage_filter *filter,
			 struct vw_usage **up);
/** vw_usage_next() - the next row, by time and then by name; NULL at the end. Since: 0.2 */
VW_API const struct vw_usage_row *vw_usage_next(struct vw_usage *u);
/** vw_usage_rewind() - walk the rows from their beginning again. Since: 0.2 */
VW_API void vw_usage_rewind(struct vw_usage *u);
/** vw_usage_span() - first and last record of the whole log, ms since 1970; 0: none.
 * Since: 0.2 */
VW_API void vw_usage_span(const struct vw_usage *u, uint64_t *first_ms, uint64_t *last_ms);
/** vw_usage_hidden() - how many were left out because they are gone (no VW_USAGE_GONE).
 * Since: 0.2 */
VW_API unsigned vw_usage_hidden(const struct vw_usage *u);
/** vw_usage_list_free() - free an answer; NULL is allowed. Since: 0.2 */
VW_API void vw_usage_list_free(struct vw_usage *u);

/**
 * vw_usage_time() - read a time as people write it
 * @text: "2026-11-21", "2026-11-21T14:40:20", with "Z" or "+01:00" behind it, with ' ' or ',' for
 *	  'T'; "11/21/2026,14:40:20" as illumos; "14:40" of today; "today", "yesterday", "now";
 *	  "-30m", "-2h", "-7d" before now; "@" and seconds since 1970. Missing parts are 0; local
 *	  time unless it says otherwise
 * @now_ms: what "now" is, ms since 1970
 * @ms: set to the time, ms since 1970
 *
 * Return: VW_OK; VW_ERR_BADVAL (told when @h is not NULL). Since: 0.2
 */
VW_API int vw_usage_time(struct vw_handle *h, const char *text, uint64_t now_ms, uint64_t *ms);

#ifdef __cplusplus
}
#endif
#endif
