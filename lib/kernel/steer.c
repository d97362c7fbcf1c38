/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* steer.c - packet steering (RPS) through sysfs, and which CPUs there are */
#include "kernel/steer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <linux/if.h>
#include <linux/if_ether.h>
#include <linux/sockios.h>

#include "kernel/nl.h"

#define QUEUES_MAX	4096	/* of one device; the kernel's own bound */
#define MASK_TEXT	(VWK_CPU_WORDS * 9 + 2)

/* -- files ------------------------------------------------------------------------------------- */

int vwk_file_read(int dir, const char *path, char *text, size_t len)
{
	int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	ssize_t n;
	int err;

	if (fd < 0)
		return -errno;
	n = read(fd, text, len - 1);
	err = n < 0 ? -errno : 0;
	close(fd);
	if (err < 0)
		return err;
	if (n > 0 && text[n - 1] == '\n')
		n--;
	text[n] = '\0';
	return 0;
}

int vwk_file_write(int dir, const char *path, const char *text)
{
	int fd = openat(dir, path, O_WRONLY | O_CLOEXEC);
	int err = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		err = -errno;
	close(fd);
	return err;
}

/* -- masks ------------------------------------------------------------------------------------- */

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool vwk_mask_parse(const char *text, uint32_t *mask, size_t words)
{
	size_t at = 0;	/* of the digit read: the last one in the text is the lowest */

	memset(mask, 0, words * sizeof(*mask));
	for (size_t n = strlen(text); n > 0; n--) {
		int v = digit(text[n - 1]);

		if (text[n - 1] == ',')
			continue;
		if (v < 0 || (at / 8 >= words && v != 0))
			return false;
		if (at / 8 < words)
			mask[at / 8] |= (uint32_t)v << 4 * (at % 8);
		at++;
	}
	return at > 0;
}

void vwk_mask_print(const uint32_t *mask, size_t words, char *text, size_t len)
{
	size_t n = 0;

	while (words > 1 && mask[words - 1] == 0)
		words--;
	text[0] = '\0';
	while (words-- > 0 && n < len)
		n += (size_t)snprintf(text + n, len - n, n == 0 ? "%x" : ",%08x", mask[words]);
}

/* -- sysfs of a namespace ---------------------------------------------------------------------- */

/*
 * A sysfs shows the devices of the namespace it was mounted in. A mount that is attached nowhere
 * needs no mount namespace: only its file descriptor leads there.
 */
static int mount_sysfs(void *arg, size_t i)
{
	int *out = arg;
	int fs = fsopen("sysfs", FSOPEN_CLOEXEC);
	int err = 0;

	if (fs < 0)
		return -errno;
	if (fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0 ||
	    (*out = fsmount(fs, FSMOUNT_CLOEXEC,
			    MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)) < 0)
		err = -errno;
	close(fs);
	return err;
}

/* Kept with the socket: the next device of the namespace costs no thread. */
static int open_sysfs(struct vwk_nl *nl)
{
	int ns, err;

	if (nl->sysfs >= 0)
		return 0;
	ns = ioctl(nl->fd, SIOCGSKNS);
	if (ns < 0)
		return -errno;
	err = vwk_ns_each(&ns, 1, mount_sysfs, &nl->sysfs);
	close(ns);
	return err;
}

static bool says(int dir, const char *file, const char *want)
{
	char is[64];

	return vwk_file_read(dir, file, is, sizeof(is)) == 0 && strcmp(is, want) == 0;
}

/* Is what /sys shows under this name the device that the socket sees? */
static bool same_device(const struct vwk_nl *nl, const char *ifname, int dir)
{
	struct ifreq req = { 0 };
	char text[32];
	const uint8_t *mac = (const uint8_t *)req.ifr_hwaddr.sa_data;

	strcpy(req.ifr_name, ifname);
	if (ioctl(nl->fd, SIOCGIFINDEX, &req) < 0)
		return false;
	snprintf(text, sizeof(text), "%d", req.ifr_ifindex);
	if (!says(dir, "ifindex", text) || ioctl(nl->fd, SIOCGIFHWADDR, &req) < 0)
		return false;
	snprintf(text, sizeof(text), "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2],
		 mac[3], mac[4], mac[5]);
	return says(dir, "address", text);
}

int vwk_sysfs_dev(struct vwk_nl *nl, const char *ifname, bool change)
{
	char path[sizeof("/sys/class/net/") + VWU_IFNAME];
	int err, dir;

	if (ifname[0] == '\0' || ifname[0] == '.' || strlen(ifname) >= VWU_IFNAME ||
	    strchr(ifname, '/') != NULL)
		return -ENODEV;
	err = open_sysfs(nl);
	snprintf(path, sizeof(path), "%sclass/net/%s", err == 0 ? "" : "/sys/", ifname);
	if (err < 0 && change)
		return err;
	dir = openat(err == 0 ? nl->sysfs : AT_FDCWD, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return err < 0 ? err : -ENODEV;
	if (err < 0 && !same_device(nl, ifname, dir)) {	/* an ordinary user may not mount */
		close(dir);
		return err;
	}
	return dir;
}

/* -- RPS --------------------------------------------------------------------------------------- */

static int fail(struct vw_handle *h, int err, const char *ifname)
{
	const char *what = "receive packet steering (RPS)";

	switch (err) {
	case -ENOENT:
		return vwc_why(h, VW_ERR_NOTSUP, "this kernel or '%s' has no %s", ifname, what);
	case -ENODEV:
		return vwk_fail(h, ENODEV, NULL, NULL, ifname);
	case -EOVERFLOW:
	case -EINVAL:
		return vwc_why(h, VW_ERR_BADVAL, "'%s': the kernel does not take these CPUs for %s",
			       ifname, what);
	case -EPERM:
	case -EACCES:
	case -EROFS:
		return vwc_errno(h, VW_ERR_DENIED, -err, "%s of '%s'", what, ifname);
	default:
		return vwc_errno(h, VW_ERR_KERNEL, -err, "%s of '%s'", what, ifname);
	}
}

static int steering(int dev, unsigned queue, const uint32_t *set, uint32_t *get, size_t words)
{
	char path[48], text[MASK_TEXT];
	int err;

	snprintf(path, sizeof(path), "queues/rx-%u/rps_cpus", queue);
	if (set != NULL) {
		vwk_mask_print(set, words, text, sizeof(text));
		return vwk_file_write(dev, path, text);
	}
	err = vwk_file_read(dev, path, text, sizeof(text));
	return err == 0 && !vwk_mask_parse(text, get, words) ? -EBADMSG : err;
}

int vwk_rps_set_all(struct vw_handle *h, struct vwk_nl *nl, const char *ifname,
		    const uint32_t *mask, size_t words)
{
	int dev = vwk_sysfs_dev(nl, ifname, true), err = dev;
	unsigned queue;

	for (queue = 0; dev >= 0 && queue < QUEUES_MAX; queue++) {
		err = steering(dev, queue, mask, NULL, words);
		if (err < 0)
			break;
	}
	if (dev >= 0)
		close(dev);
	if (err == -ENOENT && queue > 0)	/* that was the last one */
		err = 0;
	return err < 0 ? fail(h, err, ifname) : VW_OK;
}

/* Of queue @queue into what was read of those before. */
static int gather(int dev, unsigned queue, uint32_t *mask, size_t words, bool *same)
{
	uint32_t m[VWK_CPU_WORDS] = { 0 };
	int err = steering(dev, queue, NULL, m, VWK_CPU_WORDS);

	for (size_t i = 0; err == 0 && i < words; i++) {
		if (queue > 0 && mask[i] != m[i])
			*same = false;
		mask[i] |= m[i];
	}
	return err;
}

int vwk_rps_get_all(struct vw_handle *h, struct vwk_nl *nl, const char *ifname, uint32_t *mask,
		    size_t words, bool *same)
{
	int dev = vwk_sysfs_dev(nl, ifname, false), err = dev;
	unsigned queue;

	*same = true;
	memset(mask, 0, words * sizeof(*mask));
	if (words > VWK_CPU_WORDS)
		words = VWK_CPU_WORDS;
	for (queue = 0; dev >= 0 && queue < QUEUES_MAX; queue++) {
		err = gather(dev, queue, mask, words, same);
		if (err < 0)
			break;
	}
	if (dev >= 0)
		close(dev);
	if (err == -ENOENT && queue > 0)
		err = 0;
	return err < 0 ? fail(h, err, ifname) : VW_OK;
}

/* -- CPUs -------------------------------------------------------------------------------------- */

/* "0-3,5" of the kernel's; how many numbers from 0 on it takes to name them all. */
static unsigned parse_list(const char *text, uint32_t *mask, size_t words)
{
	unsigned most = 0;

	while (*text >= '0' && *text <= '9') {
		char *end;
		unsigned long a = strtoul(text, &end, 10), b = a;

		if (*end == '-')
			b = strtoul(end + 1, &end, 10);
		for (unsigned long i = a; i <= b && i < words * 32; i++)
			mask[i / 32] |= 1u << i % 32;
		if (b >= most && b < words * 32)
			most = (unsigned)b + 1;
		text = *end == ',' ? end + 1 : end;
	}
	return most;
}

static unsigned read_list(const char *path, uint32_t *mask, size_t words)
{
	char text[4096];

	memset(mask, 0, words * sizeof(*mask));
	return vwk_file_read(AT_FDCWD, path, text, sizeof(text)) == 0
		? parse_list(text, mask, words) : 0;
}

int vwk_cpus(struct vw_handle *h, unsigned *possible, uint32_t *online, size_t words)
{
	uint32_t all[VWK_CPU_WORDS];
	long n;

	*possible = read_list("/sys/devices/system/cpu/possible", all, VWK_CPU_WORDS);
	if (*possible > 0 && read_list("/sys/devices/system/cpu/online", online, words) > 0)
		return VW_OK;
	n = sysconf(_SC_NPROCESSORS_CONF);	/* no /sys here, perhaps */
	if (n <= 0 || (size_t)n > words * 32)
		return vwc_why(h, VW_ERR_KERNEL, "how many CPUs there are cannot be found out");
	*possible = (unsigned)n;
	memset(online, 0, words * sizeof(*online));
	for (long i = 0; i < n; i++)
		online[i / 32] |= 1u << i % 32;
	return VW_OK;
}
