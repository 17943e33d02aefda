/* SPDX-License-Identifier: MIT */
/*
 * The hole's page tables.  All its L1 tables are static, so that the slots of
 * idle_top_l2 never change after boot and can be copied into every guest's
 * top L2 once and for all; only the per-domain slot differs (mm/topl2.c).
 */
#include "internal.h"
#include "mm.h"
#include "boot.h"
#include "lib.h"
#include "say/say.h"
#include "x86.h"

#define L1_PAGES(bytes) ((bytes) / PAGE_SIZE / 512)
#define TABLE(name, bytes) \
	pte_t name[L1_PAGES(bytes) * 512] __aligned(4096) __section(".bss.page_aligned")

static TABLE(m2p_ro_l1, M2P_RO_SIZE);
static TABLE(m2p_rw_l1, M2P_RW_SIZE);
static TABLE(frame_table_l1, FRAME_TABLE_SIZE);
TABLE(heap_l1, HEAP_SIZE);
TABLE(mapcache_l1, MAPCACHE_SIZE);
TABLE(fixmap_l1, FIXMAP_SIZE);
/* The first of them are filled in by boot/head.S, which turns paging on with them. */
TABLE(image_l1, IMAGE_SIZE); /* two in a row */
pte_t idle_top_l2[512] __aligned(4096) __section(".bss.page_aligned");
extern char __image_start[], __text_end[], __rodata_end[], __image_end[];

#define CPUID1_EDX_PSE36 (1U << 17)

#define PTE_HV    (PTE_P | PTE_RW | PTE_A | PTE_D | PTE_G)
#define PTE_HV_RO (PTE_P | PTE_A | PTE_G)

uint32_t max_mfn, m2p_bytes, m2p_runs, guest_limit_va;
mfn_t m2p_first;
uint64_t pte_nx;

/* Physical ranges that are not for the frame allocator. */
static struct range {
	paddr_t start, end;
} reserved[MAX_MODULES + 4];
static uint32_t nr_reserved;

paddr_t hv_va_to_paddr(const void *va)
{
	return (uint32_t)va - IMAGE_OFFSET;
}

static void link_tables(uint32_t va, pte_t *l1, uint32_t bytes)
{
	for (uint32_t i = 0; i < L1_PAGES(bytes); i++)
		idle_top_l2[TOP_L2_SLOT(va) + i] =
			PTE(hv_va_to_paddr(l1 + i * 512) | PTE_P | PTE_RW | PTE_A);
}

void paging_early(void)
{
	link_tables(FIXMAP_START, fixmap_l1, FIXMAP_SIZE);
	link_tables(MAPCACHE_START, mapcache_l1, MAPCACHE_SIZE);
}

void boot_read(paddr_t from, void *to, uint32_t bytes)
{
	pte_t *slot = &fixmap_l1[(FIX_BOOT - FIXMAP_START) / PAGE_SIZE];

	while (bytes) {
		uint32_t offset = from & (PAGE_SIZE - 1), n = MIN(bytes, PAGE_SIZE - offset);

		*slot = mfn_pte(paddr_to_mfn(from), PTE_P | PTE_A);
		invlpg(FIX_BOOT);
		memcpy(to, (void *)(FIX_BOOT + offset), n);
		from += n;
		to = (char *)to + n;
		bytes -= n;
	}
	*slot = PTE(0);
	invlpg(FIX_BOOT);
}

/* Text may not be written, data not executed. */
static void protect_image(void)
{
	if (cpuid(0x80000000, 0).eax >= 0x80000001 && cpuid(0x80000001, 0).edx & (1U << 20)) {
		wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_NXE);
		pte_nx = PTE_NX;
	}
	for (uint32_t i = 0; i < IMAGE_SIZE / PAGE_SIZE; i++) {
		uint32_t va = IMAGE_START + i * PAGE_SIZE;
		uint64_t flags = PTE_HV | pte_nx;

		if (va < (uint32_t)__text_end)
			flags = PTE_HV_RO;
		else if (va < (uint32_t)__rodata_end)
			flags = PTE_HV_RO | pte_nx;
		image_l1[i] = va < (uint32_t)__image_end ? PTE((va - IMAGE_OFFSET) | flags)
							 : PTE(0);
	}
	write_cr3(read_cr3());
	if (cpuid(1, 0).edx & (1U << 13))
		write_cr4(read_cr4() | CR4_PGE);
}

static void reserve(paddr_t start, paddr_t end)
{
	reserved[nr_reserved++] =
		(struct range){ ROUND_DOWN(start, PAGE_SIZE), ROUND_UP(end, PAGE_SIZE) };
}

static const struct range *overlapping(paddr_t start, paddr_t end)
{
	for (uint32_t i = 0; i < nr_reserved; i++)
		if (start < reserved[i].end && end > reserved[i].start)
			return &reserved[i];
	return NULL;
}

/* Contiguous memory below 4 GiB, as high as possible, taken for good; align: a power of two. */
static paddr_t boot_alloc(uint32_t bytes, uint32_t align)
{
	paddr_t best = 0;

	for (uint32_t i = 0; i < boot_info.nr_e820; i++) {
		const struct e820_entry *e = &boot_info.e820[i];
		paddr_t start = ROUND_UP(e->start, PAGE_SIZE);
		paddr_t end = ROUND_DOWN(e->start + e->size, PAGE_SIZE);

		if (e->type != E820_RAM)
			continue;
		end = MIN(end, 1ULL << 32);
		while (end > start && end - start >= bytes) {
			paddr_t at = ROUND_DOWN(end - bytes, align);
			const struct range *r = overlapping(at, at + bytes);

			if (at < start)
				break;
			if (!r) {
				best = MAX(best, at);
				break;
			}
			end = r->start;
		}
	}
	if (!best)
		cannot_run("no %u KiB of contiguous memory below 4 GiB for the frame table; "
			   "give the machine more memory or smaller modules",
			   bytes >> 10);
	reserve(best, best + bytes);
	return best;
}

/*
 * How wide a machine address in a page table is: the processor says so, or
 * tells by PSE36 whether it is one of 36 bits.  By Intel's manual (SDM 3, 4.1.4)
 * those with PAE all are; but a bit too many in an entry is a fault, and nothing
 * lies up there on a machine that does not tell.
 */
uint32_t physical_address_bits(void)
{
	if (cpuid(0x80000000, 0).eax >= 0x80000008)
		return MIN(cpuid(0x80000008, 0).eax & 0xff, 52U);
	return cpuid(1, 0).edx & CPUID1_EDX_PSE36 ? 36 : 32;
}

/* First address that page tables cannot name. */
static uint64_t address_limit(void)
{
	return 1ULL << physical_address_bits();
}

static void find_ram(void)
{
	uint64_t limit = MIN((uint64_t)MAX_RAM_FRAMES << PAGE_SHIFT, address_limit());
	uint64_t dropped = 0;

	for (uint32_t i = 0; i < boot_info.nr_e820; i++) {
		struct e820_entry *e = &boot_info.e820[i];
		uint64_t end = e->start + e->size;

		if (e->type != E820_RAM)
			continue;
		if (end > limit) {
			dropped += end - MAX(limit, e->start);
			end = MAX(limit, e->start);
			e->size = end - e->start;
		}
		if (e->size)
			max_mfn = MAX(max_mfn, (uint32_t)(end >> PAGE_SHIFT));
	}
	if (dropped)
		printk(LOG_WARN,
		       "%llu MiB of memory above %llu GiB are not used: %s reach no further\n",
		       dropped >> 20, limit >> 30,
		       limit == address_limit() ? "this processor's addresses"
						: "the tables in the hole");
}

void paging_init(void)
{
	uint32_t ft_bytes;
	paddr_t m2p, ft;

	protect_image();
	find_ram();
	reserve(0, 1 << 20);
	reserve(IMAGE_PADDR, hv_va_to_paddr(__image_end));
	for (uint32_t i = 0; i < boot_info.nr_modules; i++)
		reserve(boot_info.modules[i].start,
			boot_info.modules[i].start + boot_info.modules[i].size);

	m2p_bytes = ROUND_UP(max_mfn * 4, PAGE_SIZE);
	ft_bytes = ROUND_UP(max_mfn * sizeof(struct page_info), PAGE_SIZE);
	m2p_runs = ROUND_UP(m2p_bytes, LARGE_PAGE_SIZE) / LARGE_PAGE_SIZE;
	m2p = boot_alloc(m2p_runs * LARGE_PAGE_SIZE, LARGE_PAGE_SIZE);
	ft = boot_alloc(ft_bytes, PAGE_SIZE);
	m2p_first = paddr_to_mfn(m2p);
	guest_limit_va = HOLE_START + m2p_bytes;

	for (uint32_t i = 0; i < m2p_bytes / PAGE_SIZE; i++)
		m2p_ro_l1[i] = PTE((m2p + i * PAGE_SIZE) | PTE_HV_RO | pte_nx);
	for (uint32_t i = 0; i < m2p_runs * LARGE_PAGE_FRAMES; i++)
		m2p_rw_l1[i] = PTE((m2p + i * PAGE_SIZE) | PTE_HV | pte_nx);
	for (uint32_t i = 0; i < ft_bytes / PAGE_SIZE; i++)
		frame_table_l1[i] = PTE((ft + i * PAGE_SIZE) | PTE_HV | pte_nx);
	link_tables(M2P_RO_START, m2p_ro_l1, M2P_RO_SIZE);
	link_tables(M2P_RW_START, m2p_rw_l1, M2P_RW_SIZE);
	link_tables(FRAME_TABLE_START, frame_table_l1, FRAME_TABLE_SIZE);
	link_tables(HEAP_START, heap_l1, HEAP_SIZE);
	write_cr3(read_cr3());

	memset(m2p_rw, 0xff, m2p_runs * LARGE_PAGE_SIZE);
	memset(frame_table, 0, ft_bytes);
}

static void give(paddr_t start, paddr_t end)
{
	const struct range *r;

	if (start >= end)
		return;
	r = overlapping(start, end);
	if (r) {
		give(start, r->start);
		give(r->end, end);
		return;
	}
	frames_add_region(paddr_to_mfn(start), (end - start) >> PAGE_SHIFT);
}

void paging_give_ram(void)
{
	for (uint32_t i = 0; i < boot_info.nr_e820; i++) {
		const struct e820_entry *e = &boot_info.e820[i];

		if (e->type == E820_RAM)
			give(ROUND_UP(e->start, PAGE_SIZE),
			     ROUND_DOWN(e->start + e->size, PAGE_SIZE));
	}
}
