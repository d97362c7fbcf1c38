/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* irq.c - interrupts of a device's receive queues, and the CPUs they go to (/proc/irq) */
#include "kernel/steer.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "kernel/nl.h"

#define MASK_TEXT	(VWK_CPU_WORDS * 9 + 2)
#define IRQS_MAX	4096	/* of one device */

/* -- which ------------------------------------------------------------------------------------- */

struct own { unsigned v[IRQS_MAX]; size_t n; };

static void list_dir(int dev, const char *path, struct own *own)
{
	int fd = openat(dev, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *e;
	uint32_t irq;

	if (d == NULL && fd >= 0)
		close(fd);
	while (d != NULL && own->n < IRQS_MAX && (e = readdir(d)) != NULL)
		if (vwu_parse_u32(e->d_name, 1, INT32_MAX, &irq))
			own->v[own->n++] = irq;
	if (d != NULL)
		closedir(d);
}

/* A PCI device has its interrupts in a directory, one behind virtio in that of its parent. */
static void list_own(struct vwk_nl *nl, const char *ifname, struct own *own)
{
	int dev = vwk_sysfs_dev(nl, ifname, false);

	own->n = 0;
	if (dev < 0)
		return;
	list_dir(dev, "device/msi_irqs", own);
	if (own->n == 0)
		list_dir(dev, "device/../msi_irqs", own);
	close(dev);
}

static bool is_own(const struct own *own, unsigned irq)
{
	for (size_t i = 0; i < own->n; i++)
		if (own->v[i] == irq)
			return true;
	return false;
}

/* "eth0" of "eth0-TxRx-3", but not of "eth01-rx-0". */
static bool begins(const char *name, const char *ifname)
{
	size_t n = strlen(ifname);

	return strncmp(name, ifname, n) == 0 && !isalnum((unsigned char)name[n]);
}

static bool has_word(const char *name, const char *word)
{
	return strcasestr(name, word) != NULL;
}

/*
 * Number of the receive queue that an interrupt is named after: "eth0-TxRx-3", "eth0-rx-3",
 * "virtio0-input.3", "mlx5_comp3@pci:0000:01:00.0"; -1: of something else. A driver with a single
 * interrupt calls it like the device.
 */
static int queue_of(const char *name, const char *ifname)
{
	static const char *const others[] = { "output", "async", "ctrl", "config", "mgmt", "misc",
					      "pages", "cmd" };
	size_t end = strcspn(name, "@"), at = end;
	char digits[8] = "";
	uint32_t q;

	for (size_t i = 0; i < VWU_ARRAY_SIZE(others); i++)
		if (has_word(name, others[i]))
			return -1;
	if (has_word(name, "tx") && !has_word(name, "rx"))
		return -1;
	if (strcmp(name, ifname) == 0)
		return 0;
	while (at > 0 && isdigit((unsigned char)name[at - 1]))
		at--;
	if (end - at >= sizeof(digits))
		return -1;
	memcpy(digits, name + at, end - at);
	return vwu_parse_u32(digits, 0, IRQS_MAX - 1, &q) ? (int)q : -1;
}

struct found { unsigned *irqs; size_t max, n; bool named; };

/*
 * One line of /proc/interrupts. A device with queues may also have an interrupt that bears its
 * mere name, for changes of the link: that of a queue goes before it.
 */
static void take_line(char *line, const struct own *own, const char *ifname, struct found *f)
{
	char *colon = strchr(line, ':'), *name = strrchr(line, ' ');
	bool bare;
	uint32_t irq;
	int q;

	if (colon == NULL || name == NULL)
		return;
	*colon = '\0';
	name[strcspn(name, "\n")] = '\0';
	name++;
	if (!vwu_parse_u32(line + strspn(line, " "), 1, INT32_MAX, &irq))
		return;
	if (!is_own(own, irq) && !begins(name, ifname))
		return;
	q = queue_of(name, ifname);
	bare = strcmp(name, ifname) == 0;
	if (q < 0 || (size_t)q >= f->max || (bare && f->named))
		return;
	f->irqs[q] = irq;
	f->named = f->named || !bare;
	if ((size_t)q >= f->n)
		f->n = (size_t)q + 1;
}

int vwk_irqs(struct vw_handle *h, struct vwk_nl *nl, const char *ifname, unsigned *irqs,
	     size_t max, size_t *n)
{
	vwu_auto_free struct own *own = malloc(sizeof(*own));
	vwu_auto_free char *line = NULL;
	struct found f = { .irqs = irqs, .max = max };
	size_t cap = 0;
	FILE *file;

	if (own == NULL)
		return vwc_nomem(h);
	*n = 0;
	memset(irqs, 0, max * sizeof(*irqs));
	list_own(nl, ifname, own);
	file = fopen("/proc/interrupts", "re");
	if (file == NULL)
		return VW_OK;
	while (getline(&line, &cap, file) > 0) {
		line[strcspn(line, "\n")] = '\0';
		take_line(line, own, ifname, &f);
	}
	fclose(file);
	*n = f.n;
	return VW_OK;
}

/* -- where ------------------------------------------------------------------------------------- */

static int fail(struct vw_handle *h, int err, unsigned irq)
{
	switch (err) {
	case -EIO:	/* the driver left it to the kernel to spread them */
		return vwc_why(h, VW_ERR_NOTSUP, "interrupt %u is managed by the kernel and cannot "
			       "be moved", irq);
	case -ENOENT:
		return vwc_why(h, VW_ERR_NOTFOUND, "there is no interrupt %u in /proc/irq", irq);
	case -EPERM:
	case -EACCES:
	case -EROFS:
		return vwc_errno(h, VW_ERR_DENIED, -err, "CPUs of interrupt %u", irq);
	default:
		return vwc_errno(h, VW_ERR_KERNEL, -err, "CPUs of interrupt %u", irq);
	}
}

static int read_mask(const char *path, uint32_t *mask, size_t words)
{
	char text[MASK_TEXT];
	int err = vwk_file_read(AT_FDCWD, path, text, sizeof(text));

	return err == 0 && !vwk_mask_parse(text, mask, words) ? -EBADMSG : err;
}

int vwk_irq_affinity_set(struct vw_handle *h, unsigned irq, const uint32_t *mask, size_t words)
{
	char path[48], text[MASK_TEXT];
	int err;

	snprintf(path, sizeof(path), "/proc/irq/%u/smp_affinity", irq);
	vwk_mask_print(mask, words, text, sizeof(text));
	err = vwk_file_write(AT_FDCWD, path, text);
	return err < 0 ? fail(h, err, irq) : VW_OK;
}

int vwk_irq_affinity_get(struct vw_handle *h, unsigned irq, uint32_t *mask, size_t words)
{
	char path[48];
	int err;

	snprintf(path, sizeof(path), "/proc/irq/%u/smp_affinity", irq);
	err = read_mask(path, mask, words);
	return err < 0 ? fail(h, err, irq) : VW_OK;
}

static bool empty(const uint32_t *mask, size_t words)
{
	for (size_t i = 0; i < words; i++)
		if (mask[i] != 0)
			return false;
	return true;
}

/* Not every interrupt controller tells; then it may be any of those it may go to. */
int vwk_irq_effective_get(struct vw_handle *h, unsigned irq, uint32_t *mask, size_t words)
{
	char path[48];

	snprintf(path, sizeof(path), "/proc/irq/%u/effective_affinity", irq);
	if (read_mask(path, mask, words) == 0 && !empty(mask, words))
		return VW_OK;
	return vwk_irq_affinity_get(h, irq, mask, words);
}

int vwk_irq_default_get(struct vw_handle *h, uint32_t *mask, size_t words)
{
	int err = read_mask("/proc/irq/default_smp_affinity", mask, words);

	return err < 0 ? vwc_errno(h, VW_ERR_KERNEL, -err, "read /proc/irq/default_smp_affinity")
		       : VW_OK;
}
