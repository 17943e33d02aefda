/* SPDX-License-Identifier: MIT */
#ifndef CALLS_H
#define CALLS_H

/* System calls: number in EAX, arguments in EBX and ECX, result in EAX, negative on error. */
#define SYS_EXIT  1 /* status */
#define SYS_FORK  2
#define SYS_WRITE 3 /* address, bytes */
#define SYS_WAIT  4 /* address of an int, or 0 */
#define SYS_PID   5
#define SYS_SBRK  6 /* bytes; the old end of the heap */
#define SYS_SLEEP 7 /* ticks */
#define SYS_TICKS 8
#define SYS_FREE  9  /* free frames of the machine */
#define SYS_KILL  10 /* pid of a child */

#endif
