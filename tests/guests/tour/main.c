/* SPDX-License-Identifier: MIT */
/*
 * Question: is each path that docs/tour.md walks really taken?
 *
 * Expected: tests/tour-walks runs this under an emulator that logs which functions are entered.
 * What comes between walk_NAME and walk_over belongs to the walk NAME of the tour, whose functions
 * must be met there in the order of the page. Nothing here looks at them; the guest only does what
 * the page says, and sees that it worked.
 */
#include "second.h"
#include "event.h"
#include "grants.h"
#include "rtc.h"
#include "user.h"

#define WALK(name) void __attribute__((noinline)) walk_##name(void)
#define GRANT_VA   0x52000000ul

USER_CODE(fault, "movl 0x1000, %eax");
USER_CODE(call80, "int $0x80");
USER_CODE(leave, "int $0x60");

void walk_over(void);
extern char guest_stub_soft[];

static char *page, *other;
static int timer, line;
static struct second s;
static grant_handle_t handle;

void __attribute__((noinline)) walk_over(void)
{
	asm volatile("" ::: "memory");
}

/* ---- a page-table update ---- */

/* Another frame, as nearly always. */
WALK(update)
{
	EXPECT(mmu_write(l1_entry((unsigned long)page),
			 (uint64_t)virt_to_mfn(other) << 12 | PTE_RW),
	       0);
	walk_over();
}

/* A frame that is no memory (a screen's), with the accessed and dirty bits kept: both are rare. */
WALK(update_long)
{
	EXPECT(mmu_write_how(l1_entry((unsigned long)page), 0xb8000 | PTE_RO,
			     MMU_PT_UPDATE_PRESERVE_AD),
	       0);
	walk_over();
}

WALK(store)
{
	volatile uint32_t *half = (uint32_t *)l1_entry((unsigned long)page);

	*half = virt_to_mfn(other) << 12 | PTE_RO;
	walk_over();
}

WALK(birth)
{
	EXPECT(mmuext(MMUEXT_PIN_L1_TABLE, virt_to_mfn(page)), 0);
	walk_over();
	EXPECT(mmuext(MMUEXT_UNPIN_TABLE, virt_to_mfn(page)), 0);
}

/* A batch with a clock that ticks: it stops in the middle, and goes on. */
WALK(long_call)
{
	static mmu_update_t u[4000];
	struct vcpu_set_periodic_timer period = { .period_ns = NS_MS };
	uint64_t *e = l1_entry((unsigned long)page);

	for (unsigned int i = 0; i < 4000; i++)
		u[i] = (mmu_update_t){ virt_to_machine(e), *e };
	EXPECT(ringone_vcpu_op(VCPUOP_set_periodic_timer, 0, &period), 0);
	for (unsigned int i = 0; i < 4; i++)
		EXPECT(ringone_mmu_update(u, 4000, NULL, DOMID_SELF), 0);
	EXPECT(ringone_vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL), 0);
	walk_over();
}

/* ---- a process ---- */

/* The first return is long: until then nobody knows that the stack is flat. */
WALK(first_return)
{
	EXPECT(user_run(&fault), PF);
	walk_over();
}

WALK(fault)
{
	EXPECT(user_run(&fault), PF);
	walk_over();
}

WALK(own_fault)
{
	EXPECT_FAULT(PF, asm volatile("movl 0x1000, %%eax" : : : "eax"));
	walk_over();
}

WALK(soft_trap)
{
	EXPECT(user_run(&leave), USER_EXIT);
	walk_over();
}

WALK(gate)
{
	static struct trap_info table[2];

	table[0] = (struct trap_info){ 0x80, 3, FLAT_KERNEL_CS, (unsigned long)guest_stub_soft };
	EXPECT(ringone_set_trap_table(table), 0);
	walk_over();
}

/* Twice: the clock of the hypervisor's own may strike once, not twice at the same place. */
WALK(system_call)
{
	EXPECT(user_run(&call80), 0x80);
	walk_over();
}

/* ---- events ---- */

WALK(event)
{
	EXPECT(ringone_set_timer_op(now_ns() + 3 * NS_MS), 0);
	EXPECT(ringone_sched_op(SCHEDOP_block, NULL), 0);
	CHECK(event_count[timer], "no event");
	events_off();
	walk_over();
}

static void acknowledge(evtchn_port_t port)
{
	(void)port;
	rtc_read(0x0c);
}

WALK(interrupt)
{
	line = rtc_bind();
	CHECK(line > 0, "%d", line);
	event_hook = acknowledge;
	rtc_start();
	port_unmask(line);
	events_on();
	CHECK(event_wait(line, 0, 3000), "no interrupt");
	events_off();
	rtc_stop();
	event_hook = NULL;
	walk_over();
}

/* ---- another domain ---- */

static void child(void)
{
	second_mail->word[0] = 1;
}

WALK(domain)
{
	second_make(&s, child);
	second_unpause(&s);
	EXPECT(second_wait(&s, 5000), SHUTDOWN_poweroff);
	second_destroy(&s);
	CHECK(second_gone(s.id), "it is a zombie");
	walk_over();
}

/* ---- a grant ---- */

WALK(grant)
{
	EXPECT(grant_map_at(GRANT_VA, 0, 8, GNTMAP_host_map, &handle), GNTST_okay);
	walk_over();
}

WALK(grant_back)
{
	EXPECT(grant_unmap_at(GRANT_VA, 0, handle), GNTST_okay);
	walk_over();
}

void test_main(void)
{
	char *table;

	second_need();
	EXPECT(ringone_vcpu_op(VCPUOP_stop_periodic_timer, 0, NULL), 0);
	timer = bind_virq(VIRQ_TIMER);
	port_unmask(timer);

	page = page_alloc();
	other = page_alloc();
	walk_update();
	walk_update_long();
	page_forget(page);
	walk_birth();
	EXPECT(ringone_call(__HYPERVISOR_vm_assist, VMASST_CMD_enable,
			    VMASST_TYPE_writable_pagetables, 0, 0, 0),
	       0);
	walk_store();
	page_writable(page);
	walk_long_call();

	walk_first_return();
	walk_fault();
	walk_own_fault();
	walk_soft_trap();
	walk_gate();
	walk_system_call();
	walk_system_call();

	walk_event();
	rtc_ports_open();
	walk_interrupt();
	walk_domain();

	table = page_alloc();
	map_page(GRANT_VA, virt_to_mfn(table), PTE_RW);
	map_page(GRANT_VA, 0, 0);
	grants_setup();
	grant(8, 0, virt_to_mfn(page), GTF_permit_access);
	walk_grant();
	walk_grant_back();
}
