/* SPDX-License-Identifier: MIT */
/*
 * Question: can a guest start a second VCPU, and do two share one processor without disturbing
 * each other?
 *
 * Expected: before it is initialised it cannot come up; contexts with impossible parts are
 * refused and a good one is taken once; both make progress while both compute, each with its own
 * FPU and general registers; an IPI and a timer reach the right one; its run states add up; it can
 * take itself down and be brought up again behind that call.
 */
#include "guest.h"
#include "event.h"
#include "mm.h"

static struct vcpu_guest_context context;
static volatile unsigned int stage, beats, answers, damage;
static evtchn_port_t to_second, to_first, second_timer;
static char stack[8192] __attribute__((aligned(16)));

/* st(0) = n, one processor-time slice and more, and what it is then. */
static unsigned int fpu_keeps(unsigned int n, volatile unsigned int *counter)
{
	unsigned int got;

	asm volatile("fninit; fildl %0" : : "m"(n));
	for (uint64_t end = rdtsc() + 200000; rdtsc() < end;)
		++*counter;
	asm volatile("fistpl %0" : "=m"(got));
	return got == n;
}

static void second_poll(evtchn_port_t port)
{
	struct sched_poll p = { .nr_ports = 1 };

	set_xen_guest_handle(p.ports, &port);
	while (!port_pending(port))
		ringone_sched_op(SCHEDOP_poll, &p);
	ringone_port_clear(shared_info->evtchn_pending, port);
}

/* What VCPU 1 does; its events stay masked, it polls. */
static void __attribute__((noreturn, used)) second(void)
{
	while (stage == 0)
		damage += !fpu_keeps(2222, &beats);
	for (; stage == 1; answers++) {
		second_poll(to_second);
		port_send(to_first);
	}
	second_poll(second_timer);
	stage = 3;
	ringone_vcpu_op(VCPUOP_down, 1, NULL);
	stage = 4;
	for (;;)
		ringone_vcpu_op(VCPUOP_down, 1, NULL);
}

static void wait_for(unsigned int wanted, const char *what)
{
	uint64_t end = now_ns() + 5000 * NS_MS;

	while (stage != wanted && now_ns() < end)
		ringone_sched_op(SCHEDOP_yield, NULL);
	CHECK(stage == wanted, "%s: stage %u", what, stage);
}

static void fill_context(void)
{
	memset(&context, 0, sizeof(context));
	context.flags = VGCF_in_kernel;
	context.user_regs.eip = (unsigned long)second;
	context.user_regs.esp = (unsigned long)stack + sizeof(stack) - 16;
	context.user_regs.cs = FLAT_KERNEL_CS;
	context.user_regs.ss = context.user_regs.ds = context.user_regs.es = FLAT_KERNEL_DS;
	context.user_regs.eflags = 1 << 9 | 3 << 12 | 1 << 14 | 1 << 17; /* IF, IOPL, NT, VM */
	context.kernel_ss = FLAT_KERNEL_SS;
	context.kernel_sp = context.user_regs.esp;
	context.ctrlreg[3] = xen_pfn_to_cr3(virt_to_mfn(l3_table));
}

static long initialise(void)
{
	return ringone_vcpu_op(VCPUOP_initialise, 1, &context);
}

static void refused_contexts(void)
{
	EXPECT(ringone_vcpu_op(VCPUOP_up, 1, NULL), -XEN_EINVAL);
	EXPECT(ringone_vcpu_op(VCPUOP_initialise, 1, (void *)0x1000), -XEN_EFAULT);
	context.gdt_ents = 14 * 512 + 1;
	CHECK(initialise() < 0, "a GDT of %lu entries", context.gdt_ents);
	context.gdt_ents = 512;
	context.gdt_frames[0] = virt_to_mfn(l3_table);
	CHECK(initialise() < 0, "a page table as GDT");
	fill_context();
	context.ctrlreg[3] = xen_pfn_to_cr3(virt_to_mfn(stack));
	CHECK(initialise() < 0, "CR3 in the middle of data");
	context.ctrlreg[3] = xen_pfn_to_cr3(0xfffffu);
	CHECK(initialise() < 0, "CR3 beyond memory");
	EXPECT(ringone_vcpu_op(VCPUOP_up, 1, NULL), -XEN_EINVAL);
	fill_context();
}

static int bind_ipi_on(unsigned int cpu)
{
	struct evtchn_bind_ipi b = { .vcpu = cpu };
	long ret = ringone_event_channel_op(EVTCHNOP_bind_ipi, &b);

	return ret ? ret : (long)b.port;
}

static int bind_timer_on(unsigned int cpu)
{
	struct evtchn_bind_virq b = { .virq = VIRQ_TIMER, .vcpu = cpu };
	long ret = ringone_event_channel_op(EVTCHNOP_bind_virq, &b);

	return ret ? ret : (long)b.port;
}

static void check_runstate(void)
{
	struct vcpu_runstate_info rs;

	EXPECT(ringone_vcpu_op(VCPUOP_get_runstate_info, 1, &rs), 0);
	uint64_t sum = rs.time[0] + rs.time[1] + rs.time[2] + rs.time[3];

	EXPECT(rs.state, RUNSTATE_offline);
	CHECK(rs.time[RUNSTATE_running] && rs.time[RUNSTATE_runnable] && rs.time[RUNSTATE_blocked],
	      "ran %llu, waited %llu, slept %llu", rs.time[0], rs.time[1], rs.time[2]);
	CHECK(sum <= now_ns(), "%llu ns in all states, %llu since boot", sum, now_ns());
}

/* Who yields lets the other one run, though its own turn has just begun: it slept before. */
static void yields(void)
{
	unsigned int moved = 0;

	for (int i = 0; i < 20; i++) {
		struct sched_poll p = { .timeout = now_ns() + 3 * NS_MS };

		EXPECT(ringone_sched_op(SCHEDOP_poll, &p), 0);
		unsigned int before = beats;

		EXPECT(ringone_sched_op(SCHEDOP_yield, NULL), 0);
		moved += beats != before;
	}
	CHECK(moved >= 18 || !on_ringone, "%u of 20 yields let the other VCPU run", moved);
}

void test_main(void)
{
	unsigned int own_beats = 0, had;
	struct vcpu_set_periodic_timer period = { .period_ns = 10 * NS_MS };

	if (ringone_vcpu_op(VCPUOP_is_up, 1, NULL) == -XEN_ENOENT) {
		guest_fail("there is no VCPU 1: start the hypervisor with dom0_max_vcpus=2");
		return;
	}
	EXPECT(ringone_vcpu_op(VCPUOP_is_up, 1, NULL), 0);
	fill_context();
	refused_contexts();
	EXPECT(initialise(), 0);
	EXPECT(initialise(), -XEN_EEXIST);
	to_second = bind_ipi_on(1);
	to_first = bind_ipi();
	second_timer = bind_timer_on(1);
	CHECK((int)to_second > 0 && (int)second_timer > 0, "%d %d", (int)to_second,
	      (int)second_timer);
	port_unmask(to_first);
	ringone_vcpu_op(VCPUOP_stop_periodic_timer, 1, NULL);
	EXPECT(ringone_vcpu_op(VCPUOP_up, 1, NULL), 0);
	EXPECT(ringone_vcpu_op(VCPUOP_is_up, 1, NULL), 1);
	/* What a VCPU looks at while it runs is its own to move. */
	struct vcpu_register_vcpu_info moved = { .mfn = virt_to_mfn(page_alloc()) };

	EXPECT(ringone_vcpu_op(VCPUOP_register_vcpu_info, 1, &moved), -XEN_EINVAL);

	for (uint64_t end = now_ns() + 300 * NS_MS; now_ns() < end;)
		damage += !fpu_keeps(1111, &own_beats);
	note("beats: %u here, %u there", own_beats, beats);
	CHECK(beats > own_beats / 8 && own_beats > beats / 8, "%u and %u", own_beats, beats);
	EXPECT(damage, 0);
	yields();

	stage = 1;
	events_on();
	for (int i = 0; i < 100; i++) {
		had = event_count[to_first];
		port_send(to_second);
		CHECK(event_wait(to_first, had, 2000), "no answer to IPI %d", i);
	}
	events_off();
	CHECK(answers >= 99, "%u answers", answers);

	stage = 2;
	port_send(to_second);
	EXPECT(ringone_vcpu_op(VCPUOP_set_periodic_timer, 1, &period), 0);
	wait_for(3, "a timer of VCPU 1");
	for (uint64_t end = now_ns() + 2000 * NS_MS; now_ns() < end;)
		if (!ringone_vcpu_op(VCPUOP_is_up, 1, NULL))
			break;
	EXPECT(ringone_vcpu_op(VCPUOP_is_up, 1, NULL), 0);
	check_runstate();
	EXPECT(ringone_vcpu_op(VCPUOP_up, 1, NULL), 0);
	wait_for(4, "up behind down");
}
