/* SPDX-License-Identifier: MIT */
#ifndef WORLD_H
#define WORLD_H

/*
 * The other side of the shim, for tests on the build host: hypercalls, a store daemon behind a
 * real ring, pages with made-up frame numbers, and a back end that a test supplies.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <ringone/shim.h>
#include <xen/errno.h>

#define BACK_END   7 /* domain of every back end here */
#define STORE_PORT 2

extern struct ringone_store store;
extern struct ringone_grants grants;

/* Called whenever the front end waits or kicks port @port (0: it waits). */
extern void (*back_end)(evtchn_port_t port);

/* A fresh world: empty store, empty grant table, no back end. For setup functions. */
int world_begin(void **state);

/* The store as others see it. Writing fires watches. */
void world_write(const char *path, const char *value);
const char *world_read(const char *path); /* NULL: not there */

/* Bytes the daemon sends unasked, as they are. */
void world_say(const void *bytes, size_t len);

extern int world_conflict;                    /* the next transaction's end fails with EAGAIN */
extern unsigned int world_pages, world_ports; /* pages that are out, channels that are open */

/*
 * What the back end does with a grant: the page behind it, after checking that the entry is valid,
 * names us, and allows @write; mapping holds it until world_unmap().
 */
void *world_map(grant_ref_t ref, int write);
void world_unmap(grant_ref_t ref);

unsigned int world_granted(void); /* entries of the grant table that are in use */

#endif
