// SPDX-License-Identifier: MIT
/*
 * /sbin/init of a FreeBSD guest with devices: its root is on a virtual disk, so it is running proves
 * reading. It writes a pattern to the second disk (/dev/xbd1) and reads it again, gives xn0 the
 * address 192.168.77.40, lets others ping it for a while (its kernel answers), and powers off.
 *
 * "devices: disk: ok", "devices: network: up", "devices: done"; or what failed, with the error.
 */
#include "sys.h"

#define SYS_lseek   478
#define SYS_socket  97
#define SIOCAIFADDR 0x8044692b
#define WORDS       16384
#define SECONDS     90

struct address {
	uint8_t length, family;
	uint16_t port;
	uint8_t ip[4], zero[8];
};

struct alias {
	char name[16];
	struct address address, broadcast, mask;
	int vhid;
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

static long disk(void)
{
	long fd = call3(SYS_open, "/dev/xbd1", O_RDWR, 0), rc;

	if (fd < 0)
		return fd;
	for (uint32_t i = 0; i < WORDS; i++)
		block[i] = i * 2654435761u;
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
		if (block[i] != i * 2654435761u)
			return -999;
	return 0;
}

static long network(void)
{
	struct alias a = {
		"xn0",
		{ 16, 2, 0, { 192, 168, 77, 40 }, { 0 } },
		{ 16, 2, 0, { 192, 168, 77, 255 }, { 0 } },
		{ 16, 2, 0, { 255, 255, 255, 0 }, { 0 } },
		0,
	};
	long fd = call3(SYS_socket, 2, 2, 0);

	return fd < 0 ? fd : call3(SYS_ioctl, fd, SIOCAIFADDR, &a);
}

void _start(void);
void _start(void)
{
	long second[2] = { 1, 0 };
	int fd = call3(SYS_open, "/dev/console", O_RDWR, 0);

	for (int i = 0; i < 3; i++)
		call3(SYS_dup2, fd, i, 0);
	say("devices: ring 3 speaks\n");
	result("devices: disk: ", disk(), "ok\n");
	result("devices: network: ", network(), "up\n");
	for (int i = 0; i < SECONDS; i++)
		call3(SYS_nanosleep, second, 0, 0);
	say("devices: done\n");
	call3(SYS_reboot, RB_POWEROFF, 0, 0);
	for (;;)
		;
}
