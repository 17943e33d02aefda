/* SPDX-License-Identifier: MIT */
#ifndef BLKD_QMP_H
#define BLKD_QMP_H

/*
 * What libxl says to the program that it starts for a guest's user-space disks: a few lines of the
 * machine protocol, over the sockets that it names on the command line.
 */
#include <poll.h>

#define QMP_SOCKETS 2
#define QMP_CLIENTS 4

struct qmp {
	int listening[QMP_SOCKETS], client[QMP_CLIENTS]; /* -1: none */
};

void qmp_init(struct qmp *q);

/* Listens where a "-chardev" argument says ("socket,...,path=FILE,..."); others are let be. */
void qmp_chardev(struct qmp *q, const char *argument);

/* Descriptors to wait for, at most QMP_SOCKETS + QMP_CLIENTS; how many. */
unsigned int qmp_poll(const struct qmp *q, struct pollfd *p);
void qmp_serve(struct qmp *q, const struct pollfd *p, unsigned int n);

#endif
