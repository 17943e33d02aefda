/* SPDX-License-Identifier: MIT */
/*
 * Does memory stay what it is while mappings come and go?  Random mmap,
 * mprotect, mremap, munmap and forks over a set of regions, each page with a
 * value of its own; whatever is readable is checked over and over.
 */
#define _GNU_SOURCE
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "visit.h"

#define REGIONS   24
#define MAX_PAGES 96

static struct region {
	unsigned int *at; /* NULL: free */
	int pages, prot;
	unsigned int seed;
} regions[REGIONS];

static unsigned int state = 12345;

static unsigned int pick(unsigned int below)
{
	return (state = scramble(state)) / 65536 % below;
}

static unsigned int value(const struct region *r, int page)
{
	return scramble(r->seed * 4096 + page);
}

static void check_region(const struct region *r)
{
	if (!(r->prot & PROT_READ))
		return;
	for (int i = 0; i < r->pages; i++)
		check(r->at[i * 1024 + i] == value(r, i), "page %d of %d", i, r->pages);
}

static void write_region(struct region *r, int from)
{
	for (int i = from; i < r->pages; i++)
		r->at[i * 1024 + i] = value(r, i);
}

static void step_map(struct region *r)
{
	r->pages = 1 + pick(MAX_PAGES);
	r->prot = PROT_READ | PROT_WRITE;
	r->seed = pick(1 << 16);
	r->at = mmap(NULL, r->pages * 4096, r->prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	check(r->at != MAP_FAILED, "mmap of %d pages", r->pages);
	write_region(r, 0);
}

static void step_protect(struct region *r)
{
	static const int prots[] = { PROT_NONE, PROT_READ, PROT_READ | PROT_WRITE };

	r->prot = prots[pick(3)];
	check(!mprotect(r->at, r->pages * 4096, r->prot), "mprotect");
}

static void step_rewrite(struct region *r)
{
	if (r->prot != (PROT_READ | PROT_WRITE))
		return;
	r->seed = pick(1 << 16);
	write_region(r, 0);
}

static void step_move(struct region *r)
{
	int old = r->pages;

	r->pages = 1 + pick(MAX_PAGES);
	r->at = mremap(r->at, old * 4096, r->pages * 4096, MREMAP_MAYMOVE);
	check(r->at != MAP_FAILED, "mremap from %d to %d pages", old, r->pages);
	if (r->pages <= old)
		return;
	check(!mprotect(r->at, r->pages * 4096, PROT_READ | PROT_WRITE), "mprotect");
	r->prot = PROT_READ | PROT_WRITE;
	write_region(r, old);
}

static void step_unmap(struct region *r)
{
	check(!munmap(r->at, r->pages * 4096), "munmap");
	r->at = NULL;
}

/* A child sees all of it, and changing it there changes nothing here. */
static void step_fork(void)
{
	pid_t pid = fork();
	int status;

	check(pid >= 0, "fork");
	if (!pid) {
		for (int i = 0; i < REGIONS; i++) {
			if (!regions[i].at)
				continue;
			check_region(&regions[i]);
			step_rewrite(&regions[i]);
			check_region(&regions[i]);
		}
		_exit(7);
	}
	check(waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 7,
	      "the child ended with %#x", status);
}

int main(int argc, char **argv)
{
	int steps = argc > 1 ? atoi(argv[1]) : 20000;

	for (int i = 0; i < steps; i++) {
		struct region *r = &regions[pick(REGIONS)];

		if (!r->at) {
			step_map(r);
			continue;
		}
		check_region(r);
		switch (pick(8)) {
		case 0:
		case 1:
			step_unmap(r);
			break;
		case 2:
		case 3:
			step_protect(r);
			break;
		case 4:
		case 5:
			step_move(r);
			break;
		default:
			step_rewrite(r);
			break;
		}
		if (i % 200 == 0)
			step_fork();
	}
	for (int i = 0; i < REGIONS; i++)
		if (regions[i].at)
			check_region(&regions[i]);
	printf("maps: %d steps\n", steps);
	return 0;
}
