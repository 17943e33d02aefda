/* SPDX-License-Identifier: MIT */
/* The parts of a domain and a VCPU that sched/ keeps, under sched_lock. */
#ifndef RINGONE_SCHED_PARTS_H
#define RINGONE_SCHED_PARTS_H

#include "abi.h"
#include "timer.h"
#include "types.h"

struct vcpu;

enum vcpu_runstate { VCPU_RUNNING, VCPU_RUNNABLE, VCPU_BLOCKED, VCPU_OFFLINE };

struct sched_domain {
	uint32_t weight, cap;      /* credit2's: 256 is one share; percent of a CPU, 0: none */
	uint64_t vruntime;         /* of all its VCPUs together, as if they were one */
	uint64_t spent;            /* ns of this period, where there is a cap (sched/runqueue.c) */
	bool parked;               /* it has had all of it */
	struct timer watchdogs[2]; /* SCHEDOP_watchdog; set up when fn is not NULL */
};

struct sched_vcpu {
	enum vcpu_runstate runstate;
	bool initialised; /* has a context to run (VCPUOP_initialise or the builder) */
	uint32_t hard_affinity, soft_affinity; /* bit per CPU */
	bool online, poll;                     /* poll: in SCHEDOP_poll */
	struct vcpu *next_runnable;            /* sched/runqueue.c */
	uint64_t vruntime;                     /* ns of processor time, as fair sharing counts it */
	struct vcpu_runstate_info runstate_info;
	gva_t runstate_area; /* 0 = not registered */
	struct timer poll_timer;
	mfn_t info_mfn; /* of a registered vcpu_info, held; sched/vcpu_info.c */
};

#endif
