/* SPDX-License-Identifier: MIT */
/*
 * Images of other formats. A format like qcow2 is a program's worth of parsing what a guest may
 * have written, so it is left to the one that everybody uses, Debian's qemu-nbd, in a process of
 * its own; here is only the network block device protocol (its simple replies), over a socket.
 *
 *	hello	   0 "NBDMAGIC"  8 "IHAVEOPT"  16 flags (2)
 *	option	   0 "IHAVEOPT"  8 number (4)  12 length (4)  data
 *	its reply  0 0x3e889045565a9  8 option (4)  12 kind (4)  16 length (4)  data
 *	request	   0 0x25609513  4 flags (2)  6 command (2)  8 handle  16 offset  24 length (4)
 *	reply	   0 0x67446698  4 error (4)  8 handle
 *
 * All numbers have their high byte first.
 *
 * Without --persistent qemu-nbd ends with its only client, also one that was killed, and with us, who
 * may be killed before there is a client; it closes the image properly before: what it had answered is
 * there when the next process opens it. If it dies itself, what it had answered and not flushed may be
 * gone: then the device fails for good rather than go on with an older image.
 */
#define _GNU_SOURCE
#include <endian.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include "image.h"
#include "socket.h"

#define HELLO     "NBDMAGICIHAVEOPT"
#define OPT_GO    7
#define OPT_REPLY 0x3e889045565a9ull
#define REP_ACK   1
#define REP_INFO  3
#define REQUEST   0x25609513
#define REPLY     0x67446698

enum { READ, WRITE, DISCONNECT, FLUSH };

struct request {
	uint32_t magic;
	uint16_t flags, command;
	uint64_t handle, offset;
	uint32_t length;
} __attribute__((packed));

struct reply {
	uint32_t magic, error;
	uint64_t handle;
} __attribute__((packed));

static int speak(struct image *i, unsigned int command, const struct blk_piece *p, unsigned int n,
		 uint64_t at)
{
	struct request q = { htobe32(REQUEST), 0, htobe16(command), ++i->serial, htobe64(at), 0 };
	struct reply r;
	uint32_t len = 0;
	int error;

	for (unsigned int k = 0; k < n; k++)
		len += p[k].len;
	q.length = htobe32(len);
	error = i->broken ? -EIO : socket_send(i->fd, &q, sizeof(q));
	for (unsigned int k = 0; k < n && command == WRITE && !error; k++)
		error = socket_send(i->fd, p[k].at, p[k].len);
	if (!error)
		error = socket_receive(i->fd, &r, sizeof(r));
	if (!error && (be32toh(r.magic) != REPLY || r.handle != q.handle))
		error = -EPROTO;
	if (!error && r.error && command == FLUSH && !i->broken)
		image_breaks(i, "what was written cannot be flushed", EIO);
	if (!error && r.error)
		return -EIO; /* of this request alone, if it was no flush */
	for (unsigned int k = 0; k < n && command == READ && !error; k++)
		error = socket_receive(i->fd, p[k].at, p[k].len);
	if (error && !i->broken)
		image_breaks(i, "qemu-nbd is gone", -error);
	return error;
}

static int nbd_read(struct blk_image *i, const struct blk_piece *p, unsigned int n, uint64_t at)
{
	return speak((struct image *)i, READ, p, n, at);
}

static int nbd_write(struct blk_image *i, const struct blk_piece *p, unsigned int n, uint64_t at)
{
	return speak((struct image *)i, WRITE, p, n, at);
}

static int nbd_flush(struct blk_image *i)
{
	return speak((struct image *)i, FLUSH, NULL, 0, 0);
}

/* The export's size, out of the replies to "go". */
static int negotiate(int fd, uint64_t *bytes, int *readonly)
{
	struct {
		uint32_t flags;
		char magic[8];
		uint32_t option, length, name_length;
		uint16_t n_infos;
	} __attribute__((packed))
	go = { htobe32(3), "IHAVEOPT", htobe32(OPT_GO), htobe32(6), 0, 0 };
	char hello[18];
	int error = socket_receive(fd, hello, sizeof(hello));

	if (!error && memcmp(hello, HELLO, 16))
		error = -EPROTO;
	if (!error)
		error = socket_send(fd, &go, sizeof(go));
	while (!error) {
		struct {
			uint64_t magic;
			uint32_t option, kind, length;
		} __attribute__((packed)) r;
		struct {
			uint16_t what;
			uint64_t bytes;
			uint16_t flags;
			char rest[1024];
		} __attribute__((packed)) info = { 0 };

		error = socket_receive(fd, &r, sizeof(r));
		if (!error && (be64toh(r.magic) != OPT_REPLY || be32toh(r.length) > sizeof(info)))
			error = -EPROTO;
		if (!error)
			error = socket_receive(fd, &info, be32toh(r.length));
		if (!error && be32toh(r.kind) == REP_ACK)
			return 0;
		if (!error && be32toh(r.kind) != REP_INFO)
			error = -EPROTO;
		if (!error && !info.what) {
			*bytes = be64toh(info.bytes);
			*readonly = be16toh(info.flags) >> 1 & 1;
		}
	}
	return error;
}

int nbd_attach(struct image *i, const char *socket_path)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	uint64_t bytes = 0;
	int readonly = 0, error = 0;

	snprintf(to.sun_path, sizeof(to.sun_path), "%s", socket_path);
	i->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (i->fd < 0 || connect(i->fd, (struct sockaddr *)&to, sizeof(to)))
		error = -errno;
	if (!error)
		error = negotiate(i->fd, &bytes, &readonly);
	if (error) {
		close(i->fd);
		return error;
	}
	i->image = (struct blk_image){ .sectors = bytes / BLK_SECTOR,
				       .readonly = readonly,
				       .read = nbd_read,
				       .write = nbd_write,
				       .flush = nbd_flush };
	return 0;
}

/* The server, which ends in good order when we do, also before we have spoken to it. */
static pid_t start(const char *format, const char *path, int readonly, const char *socket_path)
{
	char how[32], where[128];
	pid_t us = getpid(), pid;

	snprintf(how, sizeof(how), "--format=%s", format);
	snprintf(where, sizeof(where), "--socket=%s", socket_path);
	pid = fork();
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != us)
		_exit(1);
	execlp("qemu-nbd", "qemu-nbd", how, where, "--cache=writeback",
	       readonly ? "--read-only" : "--discard=ignore", path, (char *)NULL);
	perror("blkd: qemu-nbd (Debian's qemu-utils) is not in this dom0; only raw images work "
	       "without it");
	_exit(127);
}

#define LOOK_MS   20
#define LISTEN_MS 20000 /* at the longest until a server listens */

/* Speaks to server @pid as soon as it listens. -EIO: it ended, or does not listen. */
static int reach(struct image *i, pid_t pid, const char *socket_path)
{
	int status, error = -EIO;

	for (int ms = 0; ms < LISTEN_MS; ms += LOOK_MS) {
		error = nbd_attach(i, socket_path);
		if (error != -ENOENT && error != -ECONNREFUSED)
			break;
		if (waitpid(pid, &status, WNOHANG) == pid)
			return WIFEXITED(status) && WEXITSTATUS(status) == 127 ? -ENOENT : -EIO;
		usleep(LOOK_MS * 1000);
		error = -EIO;
	}
	if (error) {
		kill(pid, SIGTERM);
		waitpid(pid, &status, 0);
	}
	return error;
}

int nbd_open(struct image *i, const char *format, const char *path, int readonly,
	     const char *socket_path)
{
	static unsigned int servers;
	char own[108];
	int error = -EIO;

	/*
	 * The last one may still be closing the image, which is locked until then; after that it
	 * removes its socket by name, so no two have the same.
	 */
	for (int patience = 12; patience && error == -EIO; patience--) {
		pid_t pid;

		snprintf(own, sizeof(own), "%s.%d.%u", socket_path, (int)getpid(), servers++);
		pid = start(format, path, readonly, own);
		error = pid < 0 ? -errno : reach(i, pid, own);
		unlink(own);
		if (error == -EIO)
			usleep(250000);
	}
	if (error)
		fprintf(stderr, "%s: qemu-nbd does not serve %s as %s; its own words are above\n",
			i->name, path, format);
	return error;
}
