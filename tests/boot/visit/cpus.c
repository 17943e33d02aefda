/* SPDX-License-Identifier: MIT */
/*
 * Do several processors behave as one machine?  `cpus N`: all N run; two of them wake each other;
 * what one takes out of its address space no other still sees; Dirty and Accessed bits that one
 * sets while another changes the entry are not lost; each but the first goes off and on again.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "visit.h"

#define REMAPS 2000
#define PINGS  500

static int cpus;

static void move_to(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	check(!sched_setaffinity(0, sizeof(set), &set), "processor %d", cpu);
	check(sched_getcpu() == cpu, "on %d instead of %d", sched_getcpu(), cpu);
}

/* A byte goes to and fro between processes on two processors, both asleep while they wait. */
static void ping(int a, int b)
{
	int to[2], fro[2], status;
	char byte = 0;
	pid_t pid;

	check(!pipe(to) && !pipe(fro), "pipe");
	pid = fork();
	check(pid >= 0, "fork");
	if (!pid) {
		move_to(b);
		for (int i = 0; i < PINGS; i++)
			if (read(to[0], &byte, 1) != 1 || byte != (char)i ||
			    write(fro[1], &byte, 1) != 1)
				_exit(1);
		_exit(0);
	}
	move_to(a);
	for (int i = 0; i < PINGS; i++) {
		byte = i;
		check(write(to[1], &byte, 1) == 1 && read(fro[0], &byte, 1) == 1, "ping %d", i);
		check(byte == (char)i, "ping %d came back as %d", i, byte);
	}
	check(waitpid(pid, &status, 0) == pid && !status, "the other end: status %#x", status);
	close(to[0]), close(to[1]), close(fro[0]), close(fro[1]);
}

static volatile unsigned int *page;
static atomic_uint generation, readers, writes[8];
static atomic_int stop;

/* Once generation says n, the page must hold n or something newer. */
static void *reader(void *arg)
{
	move_to((int)(long)arg);
	atomic_fetch_add(&readers, 1);
	while (!atomic_load(&stop)) {
		unsigned int n = atomic_load(&generation), seen = *page;

		check((int)(seen - n) >= 0, "processor %ld reads %u after %u was mapped", (long)arg,
		      seen, n);
	}
	return NULL;
}

/* Each time the page behind the address is another one, with another number in it. */
static void remaps(void)
{
	pthread_t t[8];
	char *spare = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	page = (void *)mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	check(spare != MAP_FAILED && page != MAP_FAILED, "mmap");
	move_to(0);
	for (long i = 1; i < cpus; i++)
		check(!pthread_create(&t[i], NULL, reader, (void *)i), "thread %ld", i);
	while ((int)atomic_load(&readers) < cpus - 1)
		sched_yield();
	for (unsigned int n = 1; n <= REMAPS; n++) {
		*(unsigned int *)spare = n;
		check(mremap(spare, 4096, 4096, MREMAP_MAYMOVE | MREMAP_FIXED, page) == page,
		      "mremap");
		atomic_store(&generation, n);
		spare = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			     0);
		check(spare != MAP_FAILED, "mmap");
		if (n % 8 == 0)
			sched_yield();
	}
	atomic_store(&stop, 1);
	for (int i = 1; i < cpus; i++)
		pthread_join(t[i], NULL);
}

static volatile unsigned int *counters;

static void *writer(void *arg)
{
	long self = (long)arg;

	move_to(self);
	while (!atomic_load(&stop)) {
		counters[self]++;
		atomic_fetch_add(&writes[self], 1);
	}
	return NULL;
}

/* Threads count in one page while forks write-protect it again and again: no count is lost. */
static void forks_under_writers(void)
{
	pthread_t t[8];

	counters = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	check(counters != MAP_FAILED, "mmap");
	atomic_store(&stop, 0);
	for (long i = 1; i < cpus; i++)
		check(!pthread_create(&t[i], NULL, writer, (void *)i), "thread %ld", i);
	for (int n = 0; n < 200; n++) {
		pid_t pid = fork();
		int status;

		check(pid >= 0, "fork");
		if (!pid)
			_exit(0);
		check(waitpid(pid, &status, 0) == pid && !status, "status %#x", status);
	}
	atomic_store(&stop, 1);
	for (int i = 1; i < cpus; i++) {
		pthread_join(t[i], NULL);
		check(counters[i] == atomic_load(&writes[i]),
		      "processor %d counted %u, in memory %u", i, atomic_load(&writes[i]),
		      counters[i]);
	}
}

static void switch_cpu(int cpu, int on)
{
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/online", cpu);
	f = fopen(path, "w");
	check(f && fprintf(f, "%d\n", on) > 0 && !fclose(f), "%s: %d", path, on);
}

int main(int argc, char **argv)
{
	cpus = argc > 1 ? atoi(argv[1]) : 1;
	check(sysconf(_SC_NPROCESSORS_ONLN) == cpus, "%ld processors are on, not %d",
	      sysconf(_SC_NPROCESSORS_ONLN), cpus);
	for (int i = 0; i < cpus; i++)
		move_to(i);
	for (int i = 1; i < cpus; i++)
		ping(i - 1, i);
	printf("cpus: %d run and wake each other\n", cpus);
	if (cpus == 1)
		return 0;
	remaps();
	printf("cpus: %d remaps seen by all\n", REMAPS);
	forks_under_writers();
	printf("cpus: 200 forks under writers\n");
	move_to(0);
	for (int i = 1; i < cpus; i++) {
		switch_cpu(i, 0);
		check(sysconf(_SC_NPROCESSORS_ONLN) == cpus - 1, "processor %d stays on", i);
		switch_cpu(i, 1);
		move_to(i);
		move_to(0);
	}
	printf("cpus: %d went off and on\n", cpus - 1);
	return 0;
}
