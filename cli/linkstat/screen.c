/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* screen.c - the full screen: drawing and keys */
#include <curses.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

#include "linkstat.h"

#define HEAD_LINES	3	/* status, choices, titles */
#define ESCAPE		27

struct view {
	struct ls_model	*m;
	size_t		 top;		/* first row on the screen */
	bool		 paused, help, typing;
	bool		 wide;		/* the terminal shows more than ASCII */
	char		 message[80];
};

/* -- text -------------------------------------------------------------------------------------- */

/* Columns that the first @most columns' worth of @text take; *@bytes of it. */
static int measure(const char *text, int most, size_t *bytes)
{
	mbstate_t state;
	size_t left = strlen(text);
	int width = 0;

	memset(&state, 0, sizeof(state));
	*bytes = 0;
	while (left > 0) {
		wchar_t wc;
		size_t n = mbrtowc(&wc, text + *bytes, left, &state);
		int w;

		if (n == 0 || n == (size_t)-1 || n == (size_t)-2)
			break;
		w = wcwidth(wc);
		if (w < 0 || width + w > most)
			break;
		width += w;
		*bytes += n;
		left -= n;
	}
	return width;
}

/* @text in a cell of @width columns at the cursor; cut, with a mark, when it is longer. */
static void put_cell(const char *text, int width, bool right)
{
	char safe[512];
	size_t bytes, all;
	int w;

	vw_escape(safe, sizeof(safe), text);
	w = measure(safe, width, &bytes);
	all = strlen(safe);
	if (bytes < all && width > 1) {
		w = measure(safe, width - 1, &bytes);
		printw("%*s%.*s~", right ? width - 1 - w : 0, "", (int)bytes, safe);
		w++;
		if (!right && w < width)
			printw("%*s", width - w, "");
		return;
	}
	if (right)
		printw("%*s%.*s", width - w, "", (int)bytes, safe);
	else
		printw("%.*s%*s", (int)bytes, safe, width - w, "");
}

/*
 * Columns by the width of the terminal: names and the past get what numbers leave. Packets have
 * columns of their own unless they are what is measured.
 */
struct layout {
	int name, zone, rate, pps, util, drops, past;
};

static struct layout lay_out(enum ls_units units)
{
	struct layout l = { .name = 14, .zone = 9, .rate = 7, .pps = 7, .util = 5, .drops = 6 };
	int left = COLS - (l.name + l.zone + 2 * l.rate + 2 * l.pps + l.util + l.drops + 8);

	if (left < 0 || units == LS_PACKETS) {	/* narrow: packets go first */
		left += 2 * l.pps + 2;
		l.pps = 0;
	}
	if (left < 0) {
		left += l.zone + 1;
		l.zone = 0;
	}
	if (left < 0) {
		left += l.drops + 1;
		l.drops = 0;
	}
	l.past = left > 10 ? left / 2 > 10 ? left / 2 : 10 : left;
	if (l.past > HISTORY)
		l.past = HISTORY;
	left -= l.past > 0 ? l.past : 0;
	if (left > 0 && l.zone > 0) {
		int zone = left / 3 > 11 ? 11 : left / 3;

		l.zone += zone;
		left -= zone;
	}
	l.name += left > 17 ? 17 : left;
	if (l.name < 4)
		l.name = 4;
	return l;
}

/* -- one row ----------------------------------------------------------------------------------- */

static void put_past(const struct view *v, const struct ls_row *row, int width)
{
	static const char *const blocks[] = { "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█" };
	static const char marks[] = "_.-=+*%#";
	float most = 8000;	/* less is noise: its shape would mean nothing */
	int i;

	for (i = 0; i < HISTORY; i++)
		if (ls_past(v->m, row, (unsigned)i) > most)
			most = ls_past(v->m, row, (unsigned)i);
	for (i = width - 1; i >= 0; i--) {
		float n = ls_past(v->m, row, (unsigned)i);
		int step = n > 0 ? (int)(n / most * 7.99f) : 0;

		if (n < 0)
			addch(' ');
		else if (v->wide)
			addstr(blocks[step]);
		else
			addch((chtype)marks[step]);
	}
}

static void put_rate(const struct ls_row *row, double rate, int width)
{
	char buf[16];

	addch(' ');
	put_cell(row->known ? ls_rate(rate, buf) : "?", width, true);
}

static int colour_of(const struct ls_row *row)
{
	if (row->util >= 0.9)
		return COLOR_PAIR(1) | A_BOLD;
	return row->util >= 0.7 ? COLOR_PAIR(2) : 0;
}

static void put_row(const struct view *v, const struct layout *l, const struct ls_row *row)
{
	const struct ls_model *m = v->m;
	int attributes = row->kind == LS_ZONE ? A_BOLD : row->state == VW_STATE_DOWN ? A_DIM : 0;
	char buf[16], name[600];

	if (row->kind == LS_FLOW)
		snprintf(name, sizeof(name), "%s%s", v->wide ? " └ " : " - ", row->name);
	else
		snprintf(name, sizeof(name), "%s%s", row->kind == LS_LINK && m->by_zone ? "  " : "",
			 row->name);
	attron(attributes | colour_of(row));
	put_cell(name, l->name, false);
	if (l->zone > 0) {
		addch(' ');
		put_cell(row->kind == LS_LINK && row->zone != NULL ? row->zone : "", l->zone,
			 false);
	}
	put_rate(row, ls_in(m, row), l->rate);
	put_rate(row, ls_out(m, row), l->rate);
	if (l->pps > 0) {
		put_rate(row, row->in_pps, l->pps);
		put_rate(row, row->out_pps, l->pps);
	}
	addch(' ');
	put_cell(row->kind == LS_ZONE ? "" : ls_util(row->util, buf), l->util, true);
	if (l->drops > 0) {
		addch(' ');
		put_cell(ls_rate(row->drops_pps, buf), l->drops, true);
	}
	if (l->past > 0 && row->kind == LS_LINK) {
		addch(' ');
		put_past(v, row, l->past - 1);
	}
	attroff(attributes | colour_of(row));
}

/* -- the screen -------------------------------------------------------------------------------- */

/* A line of text over the whole width. */
static void put_line(int y, int attributes, const char *text)
{
	move(y, 0);
	attron(attributes);
	put_cell(text, COLS, false);
	attroff(attributes);
}

static void put_status(const struct view *v)
{
	const struct ls_model *m = v->m;
	char line[256], in[16], out[16], clock[16];
	time_t now = m->delta != NULL ? (time_t)(vw_stat_time(m->delta) / 1000000000) : time(NULL);
	const char *unit = ls_unit_names[m->units];
	struct tm tm;

	localtime_r(&now, &tm);
	strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
	snprintf(line, sizeof(line), "%s  %zu links  %s: in %s%s out %s%s  every %g s%s",
		 clock, m->nlinks, cli_has(m->c, 'Z') ? "total" : "on the wire",
		 ls_rate(ls_in(m, &m->total), in), unit,
		 ls_rate(ls_out(m, &m->total), out), unit, m->interval_s,
		 v->paused ? "  PAUSED" : "");
	put_line(0, A_BOLD, line);
}

static size_t page(void)
{
	return LINES > HEAD_LINES ? (size_t)(LINES - HEAD_LINES) : 1;
}

/* At the right of the second line: which of the rows are seen, unless all are. */
static void put_hidden(const struct view *v)
{
	size_t n = v->m->nshown, last = v->top + page() < n ? v->top + page() : n;
	char text[64];
	int width;

	if (v->help || last - v->top >= n)
		return;
	width = snprintf(text, sizeof(text), "  rows %zu-%zu of %zu", v->top + 1, last, n);
	if (width < COLS / 2)
		mvaddstr(1, COLS - width, text);
}

static void put_choices(const struct view *v)
{
	const struct ls_model *m = v->m;
	char line[256];

	if (v->typing)
		snprintf(line, sizeof(line), "filter: %s_", m->filter);
	else if (v->message[0] != '\0')
		snprintf(line, sizeof(line), "%s", v->message);
	else
		snprintf(line, sizeof(line), "sort: %s%s%s%s%s%s%s  (h: help)",
			 ls_sort_names[m->sort], m->reverse ? " reversed" : "", m->flows ? "  flows" : "",
			 m->by_zone ? "  by zone" : "", m->skip_idle ? "  active only" : "",
			 m->filter[0] != '\0' ? "  filter: " : "", m->filter);
	put_line(1, 0, line);
	put_hidden(v);
}

static void put_titles(const struct view *v, const struct layout *l)
{
	char in[16], out[16];

	snprintf(in, sizeof(in), "IN %s", ls_unit_names[v->m->units]);
	snprintf(out, sizeof(out), "OUT %s", ls_unit_names[v->m->units]);
	move(2, 0);
	attron(A_REVERSE);
	put_cell(v->m->flows ? "LINK / FLOW" : "LINK", l->name, false);
	if (l->zone > 0) {
		addch(' ');
		put_cell("ZONE", l->zone, false);
	}
	addch(' ');
	put_cell(in, l->rate, true);
	addch(' ');
	put_cell(out, l->rate, true);
	if (l->pps > 0) {
		addch(' ');
		put_cell("IN p/s", l->pps, true);
		addch(' ');
		put_cell("OUT p/s", l->pps, true);
	}
	addch(' ');
	put_cell("UTIL", l->util, true);
	if (l->drops > 0) {
		addch(' ');
		put_cell("DROP/s", l->drops, true);
	}
	addch(' ');
	put_cell("PAST", COLS - getcurx(stdscr) - 1 > 0 ? COLS - getcurx(stdscr) - 1 : 0, false);
	attroff(A_REVERSE);
}

static void put_help(void)
{
	static const char *const lines[] = {
		"s  next sort key: sum, in, out, util, drops, name", "r  reverse the order",
		"/  show links with a text in name or zone; Enter keeps it, Esc drops it",
		"u  units: bits, bytes, packets a second", "f  flows below their link, on and off",
		"g  links of each zone together", "z  leave out idle links",
		"p  pause; also the space bar", "+ -  longer, shorter interval",
		"arrows, Page Up, Page Down, Home, End  move", "q  quit", "",
		"UTIL: in and out together against the link's limit (maxbw), else the",
		"busier direction against the speed of the hardware; ?: neither is known.",
		"Dim: the link is down. The sums in the first line count no packet twice,",
		"and none that only goes from one link to another over the same card.",
	};
	size_t i;

	for (i = 0; i < sizeof(lines) / sizeof(lines[0]) && (int)i + HEAD_LINES + 1 < LINES; i++) {
		move((int)i + HEAD_LINES + 1, 2);
		put_cell(lines[i], COLS > 4 ? COLS - 4 : 0, false);
	}
}

static void draw(struct view *v)
{
	struct layout l = lay_out(v->m->units);
	size_t i;

	erase();
	if (v->top + page() > v->m->nshown)
		v->top = v->m->nshown > page() ? v->m->nshown - page() : 0;
	put_status(v);
	put_choices(v);
	put_titles(v, &l);
	if (v->help) {
		put_help();
		refresh();
		return;
	}
	for (i = 0; i < page() && v->top + i < v->m->nshown; i++) {
		move((int)i + HEAD_LINES, 0);
		put_row(v, &l, v->m->shown[v->top + i]);
	}
	if (v->m->nshown == 0)
		mvaddstr(HEAD_LINES + 1, 2,
			 v->m->delta == NULL ? "reading ..." : "no link to show");
	refresh();
}

/* -- keys -------------------------------------------------------------------------------------- */

static void type(struct view *v, int key)
{
	char *filter = v->m->filter;
	size_t n = strlen(filter);

	if (key == '\n' || key == '\r' || key == KEY_ENTER) {
		v->typing = false;
	} else if (key == ESCAPE) {
		filter[0] = '\0';
		v->typing = false;
	} else if (key == KEY_BACKSPACE || key == 127 || key == '\b') {
		while (n > 0 && ((unsigned char)filter[--n] & 0xc0) == 0x80)
			;
		filter[n] = '\0';
	} else if (key == 'U' - '@') {
		filter[0] = '\0';
	} else if (key >= ' ' && key < 256 && n + 1 < sizeof(v->m->filter)) {
		filter[n] = (char)key;
		filter[n + 1] = '\0';
	}
	v->top = 0;
}

static void change_interval(struct view *v, bool longer)
{
	static const double steps[] = { 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60 };
	size_t n = sizeof(steps) / sizeof(steps[0]), i;

	for (i = 0; i < n && steps[i] < v->m->interval_s; i++)
		;
	if (longer && i < n)
		i += steps[i] == v->m->interval_s && i + 1 < n;
	else if (!longer && i > 0)
		i--;
	v->m->interval_s = steps[i < n ? i : n - 1];
}

static void scroll_to(struct view *v, int key)
{
	switch (key) {
	case KEY_UP:	v->top -= v->top > 0; break;
	case KEY_DOWN:	v->top++; break;
	case KEY_PPAGE:	v->top -= v->top > page() ? page() : v->top; break;
	case KEY_NPAGE:	v->top += page(); break;
	case KEY_HOME:	v->top = 0; break;
	case KEY_END:	v->top = v->m->nshown; break;
	}
}

/* False: quit. */
static bool press(struct view *v, int key)
{
	struct ls_model *m = v->m;

	if (key == KEY_RESIZE)	/* no key, and no reason to close the help */
		return true;
	v->message[0] = '\0';
	if (v->typing) {
		type(v, key);
		return true;
	}
	if (v->help && key != 'q') {
		v->help = false;
		return true;
	}
	switch (key) {
	case 'q':
	case 'Q':	return false;
	case 's':	m->sort = (m->sort + 1) % LS_SORTS; break;
	case 'r':	m->reverse = !m->reverse; break;
	case 'u':	m->units = (m->units + 1) % LS_UNITS; break;
	case 'f':
		m->flows = !m->flows;
		if (m->flows && m->nflows == 0)
			snprintf(v->message, sizeof(v->message),
				 "no link has flows: 'flowadm add-flow' makes them");
		break;
	case 'g':	m->by_zone = !m->by_zone; break;
	case 'z':	m->skip_idle = !m->skip_idle; break;
	case 'p':
	case ' ':	v->paused = !v->paused; break;
	case 'h':
	case '?':	v->help = true; break;
	case '+':	change_interval(v, true); break;
	case '-':	change_interval(v, false); break;
	case '/':	v->typing = true; break;
	default:	scroll_to(v, key); break;
	}
	return true;
}

/* -- begin and end ----------------------------------------------------------------------------- */

static void begin_colours(void)
{
	if (getenv("NO_COLOR") != NULL || !has_colors())
		return;
	start_color();
	use_default_colors();
	init_pair(1, COLOR_RED, -1);
	init_pair(2, COLOR_YELLOW, -1);
}

/* What endwin() would send, for a handler that cannot call it. */
static void note_terminal(void)
{
	char text[128];
	const char *visible = tigetstr("cnorm"), *leave = tigetstr("rmcup");
	const char *plain = tigetstr("sgr0");

	snprintf(text, sizeof(text), "%s%s%s\n", plain != NULL && plain != (char *)-1 ? plain : "",
		 visible != NULL && visible != (char *)-1 ? visible : "",
		 leave != NULL && leave != (char *)-1 ? leave : "");
	ls_terminal_taken(text);
}

/* One whose cursor can be moved: curses would write to "dumb" as well, one line upon another. */
static SCREEN *new_screen(void)
{
	SCREEN *screen = newterm(NULL, stdout, stdin);
	const char *move_to = screen != NULL ? tigetstr("cup") : NULL;

	if (move_to != NULL && move_to != (char *)-1)
		return screen;
	if (screen != NULL) {
		endwin();
		delscreen(screen);
	}
	return NULL;
}

static int begin(struct view *v)
{
	ls_terminal_taken("");
	ls_catch_suspend();	/* or curses would, and act in the middle of a picture */
	if (new_screen() == NULL) {
		ls_terminal_given();
		cli_fail(v->m->c, "the terminal '%s' is not known, or has no screen",
			 getenv("TERM") != NULL ? getenv("TERM") : "");
		cli_hint(v->m->c, "set TERM, or print reports: linkstat -b 1");
		return CLI_FAILED;
	}
	note_terminal();
	cbreak();
	noecho();
	nonl();
	intrflush(stdscr, FALSE);
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	set_escdelay(25);
	curs_set(0);
	begin_colours();
	v->wide = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
	return CLI_DONE;
}

static void end(void)
{
	ls_terminal_given();
	endwin();
}

static void suspend(void)
{
	end();
	ls_suspend();
	note_terminal();	/* it may be another now */
	clearok(curscr, TRUE);
	refresh();
	curs_set(0);
}

static int refresh_model(struct view *v, bool tick)
{
	struct vw_stat_reading *unused = NULL;
	int rc = VW_OK;

	/* While the picture stands still, zones are left and events heard all the same. */
	if (tick && v->paused) {
		rc = vw_stat_read(v->m->stat, &unused);
		vw_stat_free(unused);
	} else if (tick) {
		rc = ls_read(v->m);
	}
	return rc == VW_OK ? ls_arrange(v->m) : rc;
}

/* When the next reading is due: the first picture is there soon. */
static double after(const struct ls_model *m, double due)
{
	double now = ls_now();

	due += m->now == NULL && m->interval_s > 0.2 ? 0.2 : m->interval_s;
	return due > now ? due : now + m->interval_s;
}

int ls_screen(struct ls_model *m)
{
	struct view v = { .m = m };
	double due = ls_now();
	int rc = begin(&v), key;
	bool go = rc == CLI_DONE;

	if (!go)
		return rc;
	while (go && !ls_stopped) {
		bool tick = ls_now() >= due;

		if (tick)
			due = after(m, due);
		rc = refresh_model(&v, tick);
		if (rc < 0)
			break;
		draw(&v);
		ls_wait(due - ls_now(), true);
		if (ls_suspended)
			suspend();
		while (go && (key = getch()) != ERR)
			go = press(&v, key);
	}
	end();
	return rc < 0 ? ls_failed(m, rc) : CLI_DONE;
}
