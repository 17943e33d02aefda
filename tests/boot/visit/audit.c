/* SPDX-License-Identifier: MIT */
/*
 * Does the hypervisor's book-keeping agree with the page tables while everybody changes them?
 * `audit N`: N audit calls, a moment apart, through the kernel's own door for hypercalls. Each
 * recounts every reference and type of the domain; what disagrees is said on the console. A
 * hypervisor without the call (Xen, or one built without debugging) has nothing to answer, and
 * Linux lets nobody but the initial domain through that door.
 */
#include <fcntl.h>
#include <stdint.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <ringone/watch.h>

#include "visit.h"

/* What /dev/xen/privcmd takes: Linux's header for it needs others that are not installed. */
struct hypercall {
	uint64_t number, argument[5];
};
#define DO_HYPERCALL _IOC(_IOC_NONE, 'P', 0, sizeof(struct hypercall))

int main(int argc, char **argv)
{
	struct hypercall call = { .number = RINGONE_HYPERCALL_AUDIT };
	int times = argc > 1 ? atoi(argv[1]) : 1;
	int fd = open("/dev/xen/privcmd", O_RDWR);

	check(fd >= 0, "/dev/xen/privcmd");
	for (int i = 0; i < times; i++) {
		if (!ioctl(fd, DO_HYPERCALL, &call)) {
			usleep(50000);
			continue;
		}
		check(errno == ENOSYS || errno == EPERM, "audit %d", i);
		printf("audit: %s\n", errno == EPERM ? "not for this domain" : "not offered here");
		return 0;
	}
	printf("audit: %d times nothing to complain about\n", times);
	return 0;
}
