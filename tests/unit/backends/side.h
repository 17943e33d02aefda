/* SPDX-License-Identifier: MIT */
#ifndef SIDE_H
#define SIDE_H

/*
 * The system under a back end, for tests: a guest's pages and grants, channels, a store. What the
 * back end may not do fails the test. After side_kill_after(n) the n-th thing it asks of the system
 * does not return: side_killed comes back from setjmp, as a process does that is killed.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "host.h"

#define SIDE_GUEST 7
#define SIDE_PAGES 128
#define SIDE_FIRST 8 /* reference of page 0; the page of reference n is n - SIDE_FIRST */

extern struct host side;
extern uint8_t (*side_page)[HOST_PAGE];
extern uint8_t side_grant[SIDE_PAGES]; /* 0: none, 1: to read, 2: to write */
extern unsigned int side_mapped;       /* pages mapped now */
extern unsigned int side_room;         /* pages that can be mapped at once */
extern unsigned int side_bound, side_notified;
extern unsigned int side_reads; /* of the store */
extern unsigned int side_said;  /* sentences for the log */

extern jmp_buf side_death;
extern int side_turns;          /* wait() gives back so often, then -1: the back end ends */
extern void (*side_turn)(void); /* called by each wait() */
extern void (*side_wrote)(const char *path, const char *value);

void side_begin(void);
void side_put(const char *path, const char *value);
const char *side_get(const char *path); /* NULL: not there */
void side_remove(const char *path);

void side_kill_after(unsigned int n); /* 0: never */
void side_step(void);                 /* one more thing was asked; images call it, too */

/* The process is dead: its mappings and its channel are gone. */
void side_bury(void);

#endif
