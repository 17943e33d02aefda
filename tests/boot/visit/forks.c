/* SPDX-License-Identifier: MIT */
/*
 * Does fork keep its promise?  Many processes share pages copy-on-write, each
 * writes its own values, none may see another's; some replace themselves by
 * exec and come back with a status that only the right program would give.
 */
#include <stdint.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "visit.h"

#define PAGES 64
#define ALIVE 8 /* processes at a time */

static unsigned int *memory;

static unsigned int *word(int page)
{
	return memory + page * 1024 + page % 1024;
}

static void fill(unsigned int who)
{
	for (int i = 0; i < PAGES; i++)
		*word(i) = scramble(who * PAGES + i);
}

static void verify(unsigned int who)
{
	for (int i = 0; i < PAGES; i++)
		check(*word(i) == scramble(who * PAGES + i), "process %u, page %d", who, i);
}

static void child(unsigned int who)
{
	char number[16];

	verify(0); /* what the parent had at the time of the fork */
	fill(who);
	verify(who);
	usleep(who * 37 % 2000); /* others run in between */
	verify(who);
	if (who % 4)
		_exit(who % 100);
	snprintf(number, sizeof(number), "%u", who % 100);
	execl("/proc/self/exe", "forks", "--exit", number, NULL);
	die("exec");
}

int main(int argc, char **argv)
{
	unsigned int total = argc > 1 ? atoi(argv[1]) : 400;
	unsigned int status_sum = 0, want_sum = 0;
	int alive = 0;

	if (argc == 3 && !strcmp(argv[1], "--exit"))
		return atoi(argv[2]);
	memory = mmap(NULL, PAGES * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		      0);
	check(memory != MAP_FAILED, "mmap");
	fill(0);
	for (unsigned int who = 1; who <= total || alive;) {
		pid_t pid;
		int status;

		if (who <= total && alive < ALIVE) {
			pid = fork();
			check(pid >= 0, "fork number %u", who);
			if (!pid)
				child(who);
			want_sum += who++ % 100;
			alive++;
			continue;
		}
		check(wait(&status) > 0, "wait");
		check(WIFEXITED(status), "a child ended with status %#x", status);
		status_sum += WEXITSTATUS(status);
		alive--;
	}
	verify(0);
	check(status_sum == want_sum, "exit codes add up to %u, should be %u", status_sum,
	      want_sum);
	printf("forks: %u processes, %u of them through exec\n", total, total / 4);
	return 0;
}
