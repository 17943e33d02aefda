// SPDX-License-Identifier: MIT
/* From the hypervisor's entry to tiny's own, and the two devices everybody has. */
#include <ringone/shim.h>
#include "tiny.h"
#include "pv/guest.h"

struct start_info *pv_start_info;
struct shared_info *pv_shared;

static char shared_page[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
static struct ringone_console console;

void guest_start(struct start_info *si);
void guest_failed(void);

void pv_must(const char *what, long error)
{
	if (error)
		panic("%s: the hypervisor says %d", what, (int)error);
}

void pv_console_write(const char *text, uint32_t len)
{
	ringone_console_write(&console, text, len);
}

void pv_power_off(void)
{
	struct sched_shutdown how = { .reason = SHUTDOWN_poweroff };

	ringone_sched_op(SCHEDOP_shutdown, &how);
}

void guest_failed(void)
{
	panic("the hypervisor could not return to the user");
}

static uint32_t max(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

/*
 * The first physical address behind what the domain builder has put into our memory: the list of
 * frames, the start information, the page tables, and an ordinary guest's two shared pages.
 */
static uint32_t builder_end(void)
{
	const struct start_info *si = pv_start_info;
	uint32_t end = to_phys((void *)si->mfn_list) + si->nr_pages * sizeof(xen_pfn_t);

	end = max(end, to_phys((void *)si->pt_base) + si->nr_pt_frames * PAGE_SIZE);
	end = max(end, to_phys(si) + PAGE_SIZE);
	if (console.ring) {
		end = max(end, to_phys(console.ring) + PAGE_SIZE);
		end = max(end, pv_to_phys((uint64_t)si->store_mfn * PAGE_SIZE) + PAGE_SIZE);
	}
	return end;
}

/*
 * Tells tiny what a multiboot loader would: how much memory there is, and that the builder's
 * things lie behind the kernel, as if they were a module.
 */
void guest_start(struct start_info *si)
{
	static struct multiboot info;
	static struct multiboot_module module;

	pv_start_info = si;
	pv_mmu_init();
	if (!(si->flags & SIF_INITDOMAIN)) {
		console.port = si->console.domU.evtchn;
		console.ring = to_virt(pv_to_phys((uint64_t)si->console.domU.mfn * PAGE_SIZE));
	}
	pv_map_page(shared_page, si->shared_info | 3);
	pv_shared = (struct shared_info *)shared_page;

	module.end = builder_end();
	info.flags = 1 | 8;
	info.mem_upper = si->nr_pages * 4 - 1024;
	info.mods_count = 1;
	info.mods_addr = to_phys(&module);
	kernel_main(MULTIBOOT_LOADED, &info);
}
