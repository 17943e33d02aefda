/* SPDX-License-Identifier: MIT */
/*
 * Is all of memory there, and every page its own?  Processes fill what the
 * kernel calls available until a tenth of all memory is left, each page with
 * its own values, then all check theirs and give it back.
 */
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "visit.h"

#define SHARE_KB (512 * 1024L) /* one process takes at most this much */
#define STEP_KB  1024L

static long meminfo(const char *key)
{
	char line[128];
	long kb = -1;
	FILE *f = fopen("/proc/meminfo", "r");

	check(f, "/proc/meminfo");
	while (kb < 0 && fgets(line, sizeof(line), f))
		if (!strncmp(line, key, strlen(key)))
			kb = atol(line + strlen(key));
	fclose(f);
	check(kb >= 0, "no %s in /proc/meminfo", key);
	return kb;
}

static unsigned int value(unsigned int who, long page)
{
	return scramble(who << 20 | page);
}

/* Fill while there is room; returns the pages taken. */
static long take(unsigned int who, char *area, long goal_kb)
{
	long kb = 0;

	while (kb < SHARE_KB && meminfo("MemAvailable:") - STEP_KB > goal_kb) {
		for (long i = 0; i < STEP_KB / 4; i++) {
			unsigned int *p = (unsigned int *)(area + (kb + i * 4) * 1024);

			p[0] = p[1023] = value(who, (kb + i * 4) / 4);
		}
		kb += STEP_KB;
	}
	return kb / 4;
}

static void filler(unsigned int who, int report, int gate, long goal_kb)
{
	char *area = mmap(NULL, SHARE_KB * 1024, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	long pages;
	char c;

	check(area != MAP_FAILED, "mmap of %ld KiB", SHARE_KB);
	pages = take(who, area, goal_kb);
	check(write(report, &pages, sizeof(pages)) == sizeof(pages), "report");
	check(read(gate, &c, 1) == 0, "gate"); /* end of file: everybody is ready */
	for (long i = 0; i < pages; i++) {
		unsigned int *p = (unsigned int *)(area + i * 4096);

		check(p[0] == value(who, i) && p[1023] == value(who, i), "filler %u, page %ld", who,
		      i);
	}
	_exit(0);
}

int main(void)
{
	long total = meminfo("MemTotal:"), goal = total / 10, pages = 0, left;
	int report[2], gate[2], fillers = 0, status;

	check(!pipe(report) && !pipe(gate), "pipe");
	for (long got = 1; got; pages += got) {
		pid_t pid = fork();

		check(pid >= 0, "fork");
		if (!pid) {
			close(gate[1]);
			filler(fillers, report[1], gate[0], goal);
		}
		fillers++;
		check(read(report[0], &got, sizeof(got)) == sizeof(got), "report");
	}
	left = meminfo("MemAvailable:");
	close(gate[1]);
	for (int i = 0; i < fillers; i++)
		check(wait(&status) > 0 && status == 0, "a filler ended with %#x", status);
	check(left < goal + 8 * STEP_KB, "%ld KiB are still available", left);
	printf("fill: %ld MiB of %ld written and read back, %ld left available\n", pages / 256,
	       total / 1024, left / 1024);
	return 0;
}
