/* SPDX-License-Identifier: MIT */
/* Further VCPUs. */
#include "smp.h"
#include "internal.h"
#include "mm.h"

#define STACK 16384

static char stacks[SMP_MAX][STACK] __attribute__((aligned(STACK)));
static void (*entries[SMP_MAX])(unsigned int id);
static volatile uint8_t owner[1024];

unsigned int smp_self(void)
{
	unsigned long sp;

	asm volatile("movl %%esp, %0" : "=r"(sp));
	sp -= (unsigned long)stacks;
	return sp < sizeof(stacks) ? sp / STACK : 0;
}

struct vcpu_info *smp_info(unsigned int id)
{
	return &shared_info->vcpu_info[id];
}

static struct vcpu_info *own_info(void)
{
	return smp_info(smp_self());
}

/*
 * The words of pending bits are everybody's, so a VCPU takes only ports that it owns. It looks
 * again after clearing the flag; what comes later sets the flag again.
 */
static void take_own(void)
{
	unsigned int self = smp_self();
	volatile uint8_t *pending = &own_info()->evtchn_upcall_pending;

	while (*pending) {
		*pending = 0;
		xen_ulong_t sel =
			__atomic_exchange_n(&own_info()->evtchn_pending_sel, 0, __ATOMIC_SEQ_CST);

		for (evtchn_port_t port = 0; port < sizeof(owner); port++) {
			if (!(sel >> port / 32 & 1) || owner[port] != self || !port_pending(port) ||
			    ringone_port_test(shared_info->evtchn_mask, port))
				continue;
			ringone_port_clear(shared_info->evtchn_pending, port);
			event_take(port);
		}
	}
}

void smp_own(evtchn_port_t port, unsigned int id)
{
	owner[port] = id;
}

static void __attribute__((noreturn, used)) begin(void)
{
	unsigned int id = smp_self();

	trap_init();
	entries[id](id);
	guest_fail("the function of VCPU %u returned", id);
	smp_stop();
}

void smp_context(struct vcpu_guest_context *c, unsigned int id, void (*fn)(unsigned int id))
{
	event_loop = take_own;
	entries[id] = fn;
	memset(c, 0, sizeof(*c));
	c->flags = VGCF_in_kernel;
	c->user_regs.eip = (unsigned long)begin;
	c->user_regs.esp = (unsigned long)stacks[id] + STACK - 16;
	c->user_regs.cs = FLAT_KERNEL_CS;
	c->user_regs.ss = c->user_regs.ds = c->user_regs.es = FLAT_KERNEL_DS;
	c->user_regs.eflags = 1 << 9;
	c->kernel_ss = FLAT_KERNEL_SS;
	c->kernel_sp = c->user_regs.esp;
	c->ctrlreg[3] = xen_pfn_to_cr3(virt_to_mfn(l3_table));
}

long smp_start(unsigned int id, void (*fn)(unsigned int id))
{
	static struct vcpu_guest_context c;
	long ret;

	smp_context(&c, id, fn);
	ret = ringone_vcpu_op(VCPUOP_initialise, id, &c);
	if (ret)
		return ret;
	return ringone_vcpu_op(VCPUOP_up, id, NULL);
}

void smp_need(unsigned int n)
{
	if (ringone_vcpu_op(VCPUOP_is_up, n - 1, NULL) >= 0)
		return;
	guest_fail("there is no VCPU %u: start the hypervisor with dom0_max_vcpus=%u", n - 1, n);
	guest_finish();
}

void smp_stop(void)
{
	for (;;)
		ringone_vcpu_op(VCPUOP_down, smp_self(), NULL);
}

int smp_wait_down(unsigned int id, unsigned int ms)
{
	struct patience p = patience(ms);

	while (ringone_vcpu_op(VCPUOP_is_up, id, NULL)) {
		if (!patient(&p))
			return 0;
		ringone_sched_op(SCHEDOP_yield, NULL);
	}
	return 1;
}

int smp_wait(const volatile unsigned int *word, unsigned int value, unsigned int ms)
{
	struct patience p = patience(ms);

	while (*word != value) {
		if (!patient(&p))
			return 0;
		ringone_sched_op(SCHEDOP_yield, NULL);
	}
	return 1;
}

void smp_events_on(void)
{
	struct vcpu_info *info = own_info();

	*(volatile uint8_t *)&info->evtchn_upcall_mask = 0;
	asm volatile("" : : : "memory");
	if (*(volatile uint8_t *)&info->evtchn_upcall_pending)
		ringone_xen_version(XENVER_version, NULL);
}

void smp_events_off(void)
{
	*(volatile uint8_t *)&own_info()->evtchn_upcall_mask = 1;
}

static int owned(evtchn_port_t port, unsigned int id)
{
	smp_own(port, id);
	return port;
}

int smp_bind_ipi(unsigned int id)
{
	struct evtchn_bind_ipi b = { .vcpu = id };
	long ret = ringone_event_channel_op(EVTCHNOP_bind_ipi, &b);

	return ret ? ret : owned(b.port, id);
}

int smp_bind_virq(unsigned int id, unsigned int virq)
{
	struct evtchn_bind_virq b = { .virq = virq, .vcpu = id };
	long ret = ringone_event_channel_op(EVTCHNOP_bind_virq, &b);

	return ret ? ret : owned(b.port, id);
}
