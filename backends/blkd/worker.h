/* SPDX-License-Identifier: MIT */
#ifndef BLKD_WORKER_H
#define BLKD_WORKER_H

struct linux_host;

#define WORKER_NO_HOST  3 /* a device file or the store failed: worth another try */
#define WORKER_NO_IMAGE 4 /* the image cannot be opened: it is not */

/* Serves device @device of domain @guest, whose folder is @back, to its end: an exit status. */
int worker(unsigned int guest, const char *device, const char *back);

/* For the store: the device whose folder is @back has come to nothing. */
void worker_failed(struct linux_host *h, const char *back);

#endif
