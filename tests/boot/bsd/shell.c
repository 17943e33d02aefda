// SPDX-License-Identifier: MIT
/*
 * /sbin/init that is a shell, for a person who wants to look around: no library, no languages.
 *
 *   echo WORDS   cat FILE   put FILE WORDS   mem MIB   fault   pid   exit   halt   PROGRAM WORDS
 *
 * `put` writes a line to a file or device, `mem` fills memory and reads it again, `fault` stores into
 * nothing (in a child, whose signal is told), PROGRAM is a path that is run and waited for. Lines
 * come edited from the terminal; the exit status of what was run is told when it is not 0. /sbin/init
 * is a shell in the shell, which `exit` leaves.
 */
#include "sys.h"

#define WORDS 16

static char line[256];
static char *word[WORDS + 1];

static void say(const char *s)
{
	call3(SYS_write, 1, s, length(s));
}

static void say_number(long v)
{
	char text[12];
	int at = 11;

	text[at] = 0;
	for (unsigned long u = v < 0 ? -v : v; u || at == 11; u /= 10)
		text[--at] = '0' + u % 10;
	if (v < 0)
		text[--at] = '-';
	say(text + at);
}

static void say_error(const char *what, long rc)
{
	say(what);
	say(": error ");
	say_number(-rc);
	say("\n");
}

static int same(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return *a == *b;
}

/* The words of the next line, or -1 at the end of input. */
static int read_words(void)
{
	long n = call3(SYS_read, 0, line, sizeof(line) - 1);
	char *s = line;
	int found = 0;

	if (n <= 0)
		return -1;
	line[n] = 0;
	while (found < WORDS) {
		while (*s == ' ' || *s == '\t' || *s == '\n' || *s == '\r')
			*s++ = 0;
		if (!*s)
			break;
		word[found++] = s;
		while (*s && *s != ' ' && *s != '\t' && *s != '\n' && *s != '\r')
			s++;
	}
	word[found] = NULL;
	return found;
}

static void echo(int from)
{
	for (int i = from; word[i]; i++) {
		say(word[i]);
		say(word[i + 1] ? " " : "\n");
	}
}

static void cat(void)
{
	char text[512];
	long fd = call3(SYS_open, word[1], 0, 0), n;

	if (fd < 0)
		return say_error(word[1], fd);
	while ((n = call3(SYS_read, fd, text, sizeof(text))) > 0)
		call3(SYS_write, 1, text, n);
	if (n < 0)
		say_error(word[1], n);
	call3(SYS_close, fd, 0, 0);
}

static void put(void)
{
	long fd = call3(SYS_open, word[1], O_RDWR, 0), out;

	if (fd < 0)
		return say_error(word[1], fd);
	out = call3(SYS_dup2, 1, WORDS, 0);
	call3(SYS_dup2, fd, 1, 0);
	echo(2);
	call3(SYS_dup2, out, 1, 0);
	call3(SYS_close, out, 0, 0);
	call3(SYS_close, fd, 0, 0);
}

static void fill(void)
{
	unsigned long mib = 0;
	volatile uint32_t *m;

	for (const char *s = word[1] ? word[1] : "1"; *s >= '0' && *s <= '9'; s++)
		mib = mib * 10 + *s - '0';
	m = map_memory(mib << 20, PROT_RW);
	if (!m)
		return say("mem: not so much\n");
	for (uint32_t i = 0; i < mib << 18; i++)
		m[i] = i * 2654435761u;
	for (uint32_t i = 0; i < mib << 18; i++)
		if (m[i] != i * 2654435761u)
			return say("mem: it CHANGED\n");
	call3(SYS_munmap, m, mib << 20, 0);
	say("mem: as it was written\n");
}

/* In a child: a store into nothing, or the program that word[0] names. */
static void child(void)
{
	static char *const none[] = { NULL };
	long rc;

	if (same(word[0], "fault"))
		*(volatile char *)0x5a5a5a54 = 1;
	rc = call3(SYS_execve, word[0], word, none);
	say_error(word[0], rc);
	call3(SYS_exit, 127, 0, 0);
}

static void run(void)
{
	int status = 0;
	long pid = call3(SYS_fork, 0, 0, 0);

	if (pid == 0)
		child();
	if (pid < 0)
		return say_error("fork", pid);
	call6(SYS_wait4, pid, (long)&status, 0, 0, 0, 0, 0);
	if (status & 0x7f) {
		say("ended by signal ");
		say_number(status & 0x7f);
		say("\n");
	} else if (status >> 8) {
		say("exit status ");
		say_number(status >> 8 & 0xff);
		say("\n");
	}
}

static void obey(int words)
{
	if (same(word[0], "echo")) {
		echo(1);
	} else if (same(word[0], "pid")) {
		say_number(call3(SYS_getpid, 0, 0, 0));
		say("\n");
	} else if (same(word[0], "mem")) {
		fill();
	} else if (same(word[0], "halt")) {
		call3(SYS_reboot, RB_POWEROFF, 0, 0);
	} else if (same(word[0], "exit")) {
		if (call3(SYS_getpid, 0, 0, 0) != 1)
			call3(SYS_exit, 0, 0, 0);
		say("exit: this is process 1; halt ends it\n");
	} else if (same(word[0], "help")) {
		say("echo WORDS, cat FILE, put FILE WORDS, mem MIB, fault, pid, exit, halt, "
		    "PATH WORDS\n");
	} else if ((same(word[0], "cat") || same(word[0], "put")) && words > 1) {
		if (same(word[0], "cat"))
			cat();
		else
			put();
	} else {
		run();
	}
}

void _start(void);
void _start(void)
{
	int fd = call3(SYS_open, "/dev/console", O_RDWR, 0), words;

	for (int i = 0; i < 3; i++)
		call3(SYS_dup2, fd, i, 0);
	say("help says what there is\n");
	do {
		say("# ");
		words = read_words();
		if (words > 0)
			obey(words);
	} while (words >= 0);
	call3(SYS_reboot, RB_POWEROFF, 0, 0);
	for (;;)
		;
}
