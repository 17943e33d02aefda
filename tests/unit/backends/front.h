/* SPDX-License-Identifier: MIT */
#ifndef FRONT_H
#define FRONT_H

/*
 * A guest with a disk of 256 sectors, played by the test: a front end that keeps to the protocol,
 * an image in memory with a cache (front_disk) and a platter that only a flush reaches, and a
 * workload that knows what must be where.
 */
#include "side.h"
#include "core.h"

#define FRONT_BACK    "/local/domain/0/backend/qdisk/7/51728"
#define FRONT_DIR     "/local/domain/7/device/vbd/51728"
#define FRONT_SECTORS 256

extern uint8_t front_disk[FRONT_SECTORS * 512], front_platter[FRONT_SECTORS * 512];
extern struct blk_image front_image;
extern struct blk_device front_device;
extern struct ringone_ring front_ring; /* the guest's end */

void front_begin(void);                           /* a fresh world; the back end is not connected */
void front_connect(int persistent);               /* without the store */
uint32_t front_grant(unsigned int page, int how); /* the page's reference */

/* Runs blk_live(): the guest is in state 1 at first, then @then; @turns waits long. */
int front_play(const char *then, int turns);

/* Asks one thing and has it served: the status. */
int front_ask(unsigned int operation, uint64_t sector, const struct ringone_blk_segment *s,
	      unsigned int n);
int front_ask_indirect(unsigned int operation, uint64_t sector, uint32_t page, unsigned int n);

/* The workload: begun, served by a process that takes over from the last, checked. */
void front_work_begin(void);
void front_serve_again(void);
int front_work_done(void);
void front_work_check(void);
void front_check_platter(void);

#endif
