// SPDX-License-Identifier: MIT
/*
 * /sbin/init of a guest with devices. Of each disk that dom0 has written on it reads what that is; it
 * writes a pattern and reads it again, gives its network card the address 192.168.77.40, lets others
 * ping it for a while (its kernel answers), and powers off. FreeBSD's root is on a disk, NetBSD's in
 * memory; NetBSD has two disks to write, which different back ends may serve.
 *
 * "devices: disk N: ok", "devices: network: up", "devices: done"; or what failed, with the error.
 */
#include "sys.h"

#define WORDS     16384
#define SECONDS   90
#define FROM_DOM0 "from dom0"

#ifdef NETBSD
#define SYS_lseek     199
#define SYS_socket    394
#define SYS_nanosleep 430
#define SYS_ioctl     54
#define SIOCAIFADDR   0x8040691a
#define CARD          "xennet0"
#define DISKS                                \
	{                                    \
		"/dev/rxbd0d", "/dev/rxbd1d" \
	}
#else
#define SYS_lseek   478
#define SYS_socket  97
#define SIOCAIFADDR 0x8044692b
#define CARD        "xn0"
#define DISKS               \
	{                   \
		"/dev/xbd1" \
	}
#endif

struct address {
	uint8_t length, family;
	uint16_t port;
	uint8_t ip[4], zero[8];
};

struct alias {
	char name[16];
	struct address address, broadcast, mask;
#ifndef NETBSD
	int vhid;
#endif
};

static uint32_t block[WORDS] __attribute__((aligned(4096)));

static void say(const char *s)
{
	call3(SYS_write, 1, s, length(s));
}

static void result(const char *what, long rc, const char *well)
{
	char number[] = "000";

	say(what);
	if (rc >= 0) {
		say(well);
		return;
	}
	for (int i = 2; i >= 0; i--, rc /= 10)
		number[i] = '0' + -rc % 10;
	say("FAILED, error ");
	say(number);
	say("\n");
}

/* 0, an error, -998 for less than was asked for, -997 and -999 for other bytes than there should be. */
static long disk(const char *name, uint32_t seed)
{
	long fd = call3(SYS_open, name, O_RDWR, 0), rc;

	if (fd < 0)
		return fd;
	rc = call3(SYS_read, fd, block, sizeof(block));
	if (rc != sizeof(block))
		return rc < 0 ? rc : -998;
	for (size_t i = 0; i < length(FROM_DOM0); i++)
		if (((char *)block)[i] != FROM_DOM0[i])
			return -997;
	for (uint32_t i = 0; i < WORDS; i++)
		block[i] = seed + i * 2654435761u;
	call6(SYS_lseek, fd, 0, 0, 0, 0, 0, 0);
	rc = call3(SYS_write, fd, block, sizeof(block));
	if (rc != sizeof(block))
		return rc < 0 ? rc : -998;
	for (uint32_t i = 0; i < WORDS; i++)
		block[i] = 0;
	call6(SYS_lseek, fd, 0, 0, 0, 0, 0, 0);
	rc = call3(SYS_read, fd, block, sizeof(block));
	if (rc != sizeof(block))
		return rc < 0 ? rc : -998;
	for (uint32_t i = 0; i < WORDS; i++)
		if (block[i] != seed + i * 2654435761u)
			return -999;
	return 0;
}

static long network(void)
{
	struct alias a = {
		CARD,
		{ 16, 2, 0, { 192, 168, 77, 40 }, { 0 } },
		{ 16, 2, 0, { 192, 168, 77, 255 }, { 0 } },
		{ 16, 2, 0, { 255, 255, 255, 0 }, { 0 } },
#ifndef NETBSD
		0,
#endif
	};
	long fd = call3(SYS_socket, 2, 2, 0);

	return fd < 0 ? fd : call3(SYS_ioctl, fd, SIOCAIFADDR, &a);
}

void _start(void);
void _start(void)
{
	static const char *const disks[] = DISKS;
	static char what[] = "devices: disk 0: ";
	long second[3] = { 1 };
	int fd = call3(SYS_open, "/dev/console", O_RDWR, 0);

	for (int i = 0; i < 3; i++)
		call3(SYS_dup2, fd, i, 0);
	say("devices: ring 3 speaks\n");
	for (unsigned int i = 0; i < sizeof(disks) / sizeof(disks[0]); i++) {
		what[length("devices: disk ")] = '0' + i;
		result(what, disk(disks[i], i), "ok\n");
	}
	result("devices: network: ", network(), "up\n");
	for (int i = 0; i < SECONDS; i++)
		call3(SYS_nanosleep, second, 0, 0);
	say("devices: done\n");
	call3(SYS_reboot, RB_POWEROFF, 0, 0);
	for (;;)
		;
}
