/* SPDX-License-Identifier: MIT */
/*
 * blkd: the disks of one guest, in user space.
 *
 *	blkd -xen-domid N ...	as libxl starts its device model for a guest with such disks
 *	blkd --for NAME|N	by hand, for a guest that was started without: xl block-attach works
 *				from then on
 *
 * One process per disk, and this one, which starts them, starts them again when they die, and
 * leaves with the guest. A disk's process that dies takes nothing with it (core.h).
 *
 * Exit status: 0 the guest is gone, 1 something could not be had, 2 wrong usage.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "../linux/linux.h"
#include "qmp.h"
#include "worker.h"

#define DISKS 32
#define PATH  192
#define SOON  10 /* seconds: a process that dies so soon has not got far */
#define QUICK 30 /* such deaths, one after the other, that are enough */

#define NOTED_TRIES 500 /* of 20 ms: another toolstack may not note it at all */

struct disk {
	char name[16]; /* of its folder; "": unused */
	pid_t pid;     /* 0: nobody serves it */
	time_t begun;
	unsigned int quick;
	int given_up;
};

static struct linux_host host = { .name = "blkd" };
static struct disk disks[DISKS];
static unsigned int guest;
static char root[PATH]; /* the folder of the guest's disks */
static int unserved;    /* there was no memory for a process: soon again */

/* The back end's, of one disk. */
static const char *folder(const struct disk *d)
{
	static char path[PATH + sizeof(d->name)];

	snprintf(path, sizeof(path), "%s/%.15s", root, d->name);
	return path;
}

static void start(struct disk *d)
{
	d->begun = time(NULL);
	d->pid = fork();
	if (d->pid < 0) {
		d->pid = 0;
		unserved = 1;
		return;
	}
	if (d->pid)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGCHLD, SIG_DFL);
	close(host.store);
	exit(worker(guest, d->name, folder(d)));
}

/* A disk that is new, or whose process has died. */
static int wanted(const struct disk *d)
{
	int state = store_number(&host.host, folder(d), "state");

	return !d->pid && !d->given_up && state > 0 && state < 6;
}

static struct disk *disk_of(const char *name)
{
	struct disk *unused = NULL;

	for (int i = 0; i < DISKS; i++) {
		if (!strcmp(disks[i].name, name))
			return &disks[i];
		if (!unused && !disks[i].name[0])
			unused = &disks[i];
	}
	if (unused && strlen(name) < sizeof(unused->name))
		strcpy(unused->name, name);
	else
		unused = NULL;
	return unused;
}

static void look(void)
{
	static char names[4096];
	int len = store_list(&host.host, root, names, sizeof(names));

	for (int at = 0; at < len; at += strlen(names + at) + 1) {
		struct disk *d = disk_of(names + at);

		if (d && wanted(d))
			start(d);
	}
}

/* It may have another one, unless that would be the same again. */
static void died(struct disk *d, int status)
{
	int no_image = WIFEXITED(status) && WEXITSTATUS(status) == WORKER_NO_IMAGE;

	d->quick = time(NULL) - d->begun < SOON ? d->quick + 1 : 0;
	d->given_up = no_image || d->quick > QUICK;
	fprintf(stderr, "blkd %u/%s: its process ended (status %#x)%s\n", guest, d->name, status,
		d->given_up ? ", and none takes its place" : "");
	if (d->given_up && !no_image)
		worker_failed(&host, folder(d));
}

static void bury(void)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0)
		for (int i = 0; i < DISKS; i++) {
			struct disk *d = &disks[i];

			if (d->pid != pid)
				continue;
			d->pid = 0;
			if (WIFEXITED(status) && !WEXITSTATUS(status))
				*d = (struct disk){ 0 };
			else
				died(d, status);
		}
}

static int guest_is_there(void)
{
	char path[PATH], value[8];

	snprintf(path, sizeof(path), "/local/domain/%u/domid", guest);
	return store_read(&host.host, path, value, sizeof(value)) >= 0;
}

static void ignore(int signal_number)
{
	(void)signal_number; /* poll() ends, that is all */
}

static int serve(struct qmp *q)
{
	const struct timespec second = { 1, 0 };
	sigset_t none, child;

	signal(SIGCHLD, ignore);
	sigemptyset(&none);
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	while (guest_is_there()) {
		struct pollfd p[QMP_SOCKETS + QMP_CLIENTS + 1];
		unsigned int n = qmp_poll(q, p);

		bury();
		unserved = 0;
		look();
		p[n] = (struct pollfd){ .fd = host.store, .events = POLLIN };
		if (host.fired) {
			host.fired = 0;
			continue;
		}
		if (ppoll(p, n + 1, unserved ? &second : NULL, &none) <= 0)
			continue;
		qmp_serve(q, p, n);
		if (p[n].revents && store_heard(&host))
			return 1;
		host.fired = 0;
	}
	return 0;
}

/* A domain by number, or by the name that the tools gave it. */
static int find_guest(const char *word)
{
	static char ids[4096];
	char *end, path[PATH], name[64];
	unsigned long n = strtoul(word, &end, 10);
	int len;

	if (*word && !*end) {
		guest = n;
		return guest_is_there();
	}
	len = store_list(&host.host, "/local/domain", ids, sizeof(ids));
	for (int at = 0; at < len; at += strlen(ids + at) + 1) {
		snprintf(path, sizeof(path), "/local/domain/%.16s/name", ids + at);
		if (store_read(&host.host, path, name, sizeof(name)) > 0 && !strcmp(name, word)) {
			guest = atoi(ids + at);
			return 1;
		}
	}
	return 0;
}

static int usage(const char *sentence, const char *word)
{
	fprintf(stderr, "blkd: %s%s; usage: blkd --for NAME|ID (or as libxl starts it)\n", sentence,
		word);
	return 2;
}

/*
 * libxl has a process of its own note our number, and kills that one when we say that we run. Were we
 * faster, nobody would know us at the guest's end, and our folder stayed in the store for good.
 */
static void wait_until_noted(void)
{
	const struct timespec moment = { 0, 20000000 };
	char path[PATH], pid[16];

	snprintf(path, sizeof(path), "/local/domain/%u/image/device-model-pid", guest);
	for (int i = 0; i < NOTED_TRIES && store_read(&host.host, path, pid, sizeof(pid)) < 0; i++)
		nanosleep(&moment, NULL);
}

/*
 * Tells the toolstack that the guest has what such disks need. Where libxl starts us, it has made
 * the folder before; by hand we make it, for as long as the guest is there.
 */
static void register_with_tools(int by_hand)
{
	char path[PATH], its[64], pid[16];

	snprintf(its, sizeof(its), "/local/domain/%u", guest);
	if (by_hand) {
		snprintf(path, sizeof(path), "%s/image/device-model-pid", its);
		snprintf(pid, sizeof(pid), "%d", getpid());
		store_write_while(&host.host, its, path, pid);
	} else {
		wait_until_noted();
		snprintf(its, sizeof(its), "/local/domain/0/device-model/%u", guest);
	}
	snprintf(path, sizeof(path), "/local/domain/0/device-model/%u/state", guest);
	store_write_while(&host.host, its, path, "running");
}

int main(int argc, char **argv)
{
	const char *who = NULL;
	int by_hand = 0;
	struct qmp q;

	qmp_init(&q);
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--for"))
			by_hand = 1;
		if (by_hand || !strcmp(argv[i], "-xen-domid")) {
			if (++i == argc)
				return usage("a domain must follow ", argv[i - 1]);
			who = argv[i];
		} else if (!strcmp(argv[i], "-chardev") && i + 1 < argc) {
			qmp_chardev(&q, argv[++i]);
		}
	}
	if (!who)
		return usage("no domain is named", "");
	if (store_open(&host))
		return 1;
	if (!find_guest(who))
		return usage("there is no domain ", who);
	if (mkdir("/run/blkd", 0700) && errno != EEXIST) {
		perror("blkd: /run/blkd");
		return 1;
	}
	snprintf(root, sizeof(root), "/local/domain/0/backend/qdisk/%u", guest);
	if (store_watch(&host.host, root) || store_watch(&host.host, "@releaseDomain"))
		return 1;
	if (by_hand && daemon(0, 1))
		return 1;
	register_with_tools(by_hand);
	return serve(&q);
}
