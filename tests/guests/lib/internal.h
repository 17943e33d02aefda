/* SPDX-License-Identifier: MIT */
#ifndef GUEST_INTERNAL_H
#define GUEST_INTERNAL_H

/* Between the files of the framework; guests do not include it. */
#include <ringone/shim.h>
#include <stdarg.h>

struct ringone_frame;

extern const char test_name[]; /* the folder */

void guest_start(struct start_info *si);
extern void (*guest_main)(void); /* test_main, or what a second domain is there for */
void second_say(const char *text, size_t n);
void guest_vsnprintf(char *out, size_t size, const char *fmt, va_list ap);
void mm_init(void);
void trap_init(void);
void *map_shared_info(void);

/* 1: the trap ended a run of ring-3 code; does not return then. */
int user_trapped(struct ringone_frame *f);

/* Called from assembly. */
void guest_trap(struct ringone_frame *f);
void guest_event(struct ringone_frame *f);
void guest_failsafe_c(uint32_t *frame);

#endif
