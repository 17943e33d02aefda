/* SPDX-License-Identifier: MIT */
/*
 * What tests/boot/churn has done inside guests and dom0.
 *
 *	work write DIR		in a guest: files f.1, f.2 ... in DIR, each synced before "ack N" is said;
 *				goes on behind the last that is there as a whole; rests as long as a file took, so
 *				that the others and dom0 get on
 *	work check DIR N	in dom0, when the guest is gone and was last heard to say "ack N": the last
 *				files up to N are there, and no file up to N has other bytes than it should
 *	work audit		in dom0: the hypervisor recounts everything (a debug build of Ringone)
 *
 * A file's bytes and its length follow from its number. Old files are removed KEPT later than they
 * were written, which is more than a console can hold of "ack N" that nobody heard.
 * Exit status: 0, 1 not so (a sentence begins with BAD), 2 usage.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/param.h>
#include <time.h>
#include <unistd.h>

#include <ringone/watch.h>

enum { KEPT = 400, SURE = 16, LONGEST = 24000, REST = 10000 /* us */ };

/* What /dev/xen/privcmd takes. */
struct hypercall {
	uint64_t number, argument[5];
};
#define DO_HYPERCALL _IOC(_IOC_NONE, 'P', 0, sizeof(struct hypercall))

static int bad(const char *what, unsigned int n)
{
	printf("BAD %s %u: %s\n", what, n, strerror(errno));
	return 1;
}

static uint32_t next(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	return *state ^= *state << 5;
}

/* The bytes of file n; their number. */
static unsigned int content(unsigned int n, uint32_t *to)
{
	uint32_t state = n * 2654435761U | 1;
	unsigned int length = next(&state) % LONGEST + 1;

	for (unsigned int i = 0; i <= length / 4; i++)
		to[i] = next(&state);
	return length;
}

static uint32_t should[LONGEST / 4 + 2], is[LONGEST / 4 + 2];

static int write_one(unsigned int n)
{
	unsigned int length = content(n, should);
	char name[32];
	int fd, rc;

	snprintf(name, sizeof(name), "f.%u", n);
	fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	rc = fd < 0 || write(fd, should, length) != (ssize_t)length || fsync(fd);
	if (fd >= 0)
		close(fd);
	return rc;
}

static unsigned int highest(void)
{
	DIR *dir = opendir(".");
	unsigned int n, most = 0;

	for (struct dirent *e; dir && (e = readdir(dir));)
		if (sscanf(e->d_name, "f.%u", &n) == 1 && n > most)
			most = n;
	closedir(dir);
	return most;
}

/* Has file n, which is there, the bytes that it should have? */
static int right(unsigned int n)
{
	unsigned int length = content(n, should);
	ssize_t got = -1;
	char name[32];
	int fd;

	snprintf(name, sizeof(name), "f.%u", n);
	fd = open(name, O_RDONLY);
	if (fd >= 0) {
		got = read(fd, is, sizeof(is));
		close(fd);
	}
	return got == (ssize_t)length && !memcmp(is, should, length);
}

static unsigned int us_since(const struct timespec *begun)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return MIN((now.tv_sec - begun->tv_sec) * 1000000 + (now.tv_nsec - begun->tv_nsec) / 1000,
		   1000000);
}

static int write_all(void)
{
	int here = open(".", O_RDONLY | O_DIRECTORY);
	unsigned int n = highest();
	struct timespec begun;

	/* The last one may not have been acknowledged, and be half there: then it is written again. */
	for (n += !n || right(n);; n++) {
		char name[32];

		clock_gettime(CLOCK_MONOTONIC, &begun);
		if (write_one(n) || fsync(here))
			return bad("write", n);
		printf("ack %u\n", n);
		fflush(stdout);
		usleep(REST + us_since(&begun));
		snprintf(name, sizeof(name), "f.%u", n - KEPT);
		if (n > KEPT)
			unlink(name);
	}
}

static int check(unsigned int last)
{
	unsigned int there = 0;

	for (unsigned int n = last > 2 * KEPT ? last - 2 * KEPT : 1; n <= last; n++) {
		char name[32];
		int rc;

		snprintf(name, sizeof(name), "f.%u", n);
		rc = access(name, F_OK);
		if (rc && n + SURE > last)
			return bad("an acknowledged file is not there:", n);
		if (!rc && !right(n))
			return bad("other bytes in file", n);
		there += !rc;
	}
	printf("%u files are right, the last %u\n", there, last);
	return 0;
}

static int audit(void)
{
	struct hypercall call = { .number = RINGONE_HYPERCALL_AUDIT };
	int fd = open("/dev/xen/privcmd", O_RDWR), rc = ioctl(fd, DO_HYPERCALL, &call);

	if (rc < 0 && errno == ENOSYS)
		printf("audit: not offered here\n");
	else if (rc)
		return bad("audit", rc);
	else
		printf("audit: nothing to complain about\n");
	return 0;
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "audit"))
		return audit();
	if (argc < 3 || chdir(argv[2]))
		return 2;
	if (!strcmp(argv[1], "write"))
		return write_all();
	return argc == 4 ? check(atoi(argv[3])) : 2;
}
