/* SPDX-License-Identifier: MIT */
/*
 * Memory as the rest of the hypervisor sees it: frames, heap, temporary
 * mappings, guest copies, and the few functions that touch live page tables.
 */
#ifndef RINGONE_MM_H
#define RINGONE_MM_H

#include "abi.h"
#include "domain/domain.h"
#include "layout.h"
#include "page.h"
#include "percpu.h"
#include "trust.h"
#include "types.h"

struct domain;
struct vcpu;
struct cpu_user_regs;

/* ---- frames (mm/frames.c): the machine's RAM, page by page ---- */

void frames_init(void);
void frames_show_m2p(void); /* boot: dom_xen's, in the caller's words (page.h) */
void frames_add_region(mfn_t first, uint32_t nr); /* boot: hand RAM to the allocator */
uint32_t frames_free_count(void);
uint32_t frames_free_low(void);              /* below 4 GiB */
uint32_t frames_free_for_domains(void);      /* less what is kept for the heap */
uint32_t frames_spare(void);                 /* for the heap, beyond half of that */
uint32_t frames_scrubbed(void);              /* so far, modulo 2^32: did an allocation take long? */
mfn_t frame_alloc(struct domain *owner);     /* scrubbed; INVALID_MFN when none is left.  With an
						 * owner: allocated, count 1, charged to it */
mfn_t frame_alloc_low(struct domain *owner); /* the same, below 4 GiB */
/* Boot: the same, the first free one from `from` on, of those that are kept for the heap, too. */
mfn_t frame_alloc_from(struct domain *owner, mfn_t from);
mfn_t frames_alloc_contig(struct domain *owner, uint32_t nr,
			  uint32_t align); /* boot and exchange */
void frame_free(mfn_t m);                  /* hypervisor frames (owner NULL) only */
void frame_free_unused(mfn_t m);           /* the same; nobody has written to it since */
/* 2^order frames, aligned, all below frame number `limit`; for reservations (DMA addresses). */
mfn_t frames_alloc_order(struct domain *owner, uint32_t order, uint32_t limit);
/* The same, for who can run again: *again, false before, says that INVALID_MFN means just that. */
mfn_t frames_alloc_order_again(struct domain *owner, uint32_t order, uint32_t limit, bool *again);
/* The same for d, which gives others for them: no owner yet, and nobody is charged. */
mfn_t frames_alloc_for_exchange(const struct domain *d, uint32_t order, uint32_t limit,
				bool *again);

/* ---- references and types (page.h; mm/page.c) ---- */

bool get_page(struct page_info *p, const struct domain *d); /* false: not d's, or being freed */
void put_page(struct page_info *p);                         /* the last put frees */
/*
 * Types: may return -XEN_EINVAL (wrong type/contents), what is said of a bad entry
 * of a table (get_l1_entry()), and for L2 and L3
 * -XEN_ERESTART (preempted: do the same call again).  The caller holds a
 * reference, and the owner's mm_lock for every type but writable.
 */
int get_page_type(struct page_info *p, uint32_t type);
void put_page_type(struct page_info *p); /* to the end, however long */
int get_page_and_type(struct page_info *p, struct domain *d, uint32_t type);
void put_page_and_type(struct page_info *p);

/* ---- heap (mm/heap.c): hypervisor objects; zeroed ---- */

void heap_init(void);
void *heap_alloc(size_t bytes); /* any size (big ones are whole pages); NULL when full */
void heap_free(void *p);
/* Something of d's, as long as there is as much for others; freed by the second. */
void *heap_alloc_for(struct domain *d, size_t bytes);
void heap_free_of(struct domain *d, void *p);
void *heap_alloc_page(void); /* a page of its own, may be shared with a guest */
void heap_free_page(void *va);
mfn_t heap_page_mfn(const void *va);
uint32_t heap_objects(void); /* in use */
bool is_hypervisor_object(const void *p);
void share_page_with_guest(mfn_t m, struct domain *d, bool writable); /* owner d, type fixed */

/* ---- map cache (mm/mapcache.c): a frame's contents for a moment ---- */

/*
 * Slots form a small stack per CPU: unmap in the reverse order of mapping.
 * Nothing may be kept mapped across a return to the guest.
 */
void mapcache_init(void);
#ifdef RINGONE_HOST_TEST
void *map_frame(mfn_t m);
void unmap_frame(const void *va);
const void *map_table(mfn_t m);
#else
#define MAPCACHE_SLOTS (MAPCACHE_SIZE / PAGE_SIZE / MAX_CPUS) /* of one CPU */
#define MAPCACHE_DEPTH 32 /* the first of them are the stack, the others map_table()'s */
extern uint64_t mapcache_flags; /* of every slot */
extern pte_t mapcache_l1[512];
void map_frame_miss(uint32_t slot, uint32_t low, uint32_t high); /* the slot showed another frame */

static inline void *map_frame(mfn_t m)
{
	struct cpu *c = this_cpu();
	uint32_t slot = c->map_slot++;
	const uint32_t *is = (const uint32_t *)&mapcache_l1[slot];
	uint32_t low = m.n << PAGE_SHIFT | (uint32_t)mapcache_flags;
	uint32_t high = m.n >> (32 - PAGE_SHIFT) | (uint32_t)(mapcache_flags >> 32);

	if (unlikely(is[0] != low || is[1] != high))
		map_frame_miss(slot, low, high);
	return (void *)(MAPCACHE_START + slot * PAGE_SIZE);
}

static inline void unmap_frame(const void *va)
{
	this_cpu()->map_slot--;
}

/*
 * A page table, for the update of an entry: always seen through the same slot,
 * so that the tables a guest works on stay mapped.  Valid until the next
 * map_table() on this CPU, and never to be unmapped.
 */
#define TABLE_SLOTS    (MAPCACHE_SLOTS - MAPCACHE_DEPTH)
extern uint32_t mapcache_shown[MAX_CPUS * MAPCACHE_SLOTS]; /* the frames in those slots */
void map_table_miss(uint32_t slot, mfn_t m);

static inline const void *map_table(mfn_t m)
{
	uint32_t slot = this_cpu()->table_slots + m.n % TABLE_SLOTS;

	if (unlikely(mapcache_shown[slot] != m.n))
		map_table_miss(slot, m);
	return (const void *)(MAPCACHE_START + slot * PAGE_SIZE);
}
#endif

/* ---- the hole's own tables (mm/paging.c), static and complete before anything else ---- */

extern pte_t idle_top_l2[512]; /* slots 480..511 are the template for every top L2 */
extern pte_t heap_l1[8 * 512], fixmap_l1[512];
paddr_t hv_va_to_paddr(const void *va); /* image addresses only (text, data, bss) */

void paging_early(void);    /* fixmap and map cache reachable: boot_read() works after it */
void paging_init(void);     /* image protected; M2P and frame table allocated and mapped */
void paging_give_ram(void); /* what is left over goes to the frame allocator */
extern uint64_t pte_nx;     /* PTE_NX where the processor has it, else 0 */
/*
 * Read machine memory at boot through a temporary window (FIX_BOOT), any
 * address; for module headers and tables.
 */
void boot_read(paddr_t from, void *to, uint32_t bytes);

/* ---- M2P ---- */

#ifdef RINGONE_HOST_TEST
extern uint32_t m2p_rw[];
#else
#define m2p_rw ((uint32_t *)M2P_RW_START)
#endif
extern mfn_t m2p_first;         /* of its frames, which lie in one row, aligned to a run */
extern uint32_t m2p_runs;       /* of 2 MiB; behind m2p_bytes the last one says "invalid" */
extern uint32_t m2p_bytes;      /* mapped size: guest segments end at HOLE_START + this */
extern uint32_t guest_limit_va; /* HOLE_START + m2p_bytes: first address no segment reaches */

static inline void set_m2p(mfn_t m, gpfn_t gpfn)
{
	m2p_rw[m.n] = gpfn.n;
}

/* ---- guest memory (mm/uaccess.c) ---- */

/*
 * Copies between the hypervisor and the current guest's address space.  The
 * range may not reach guest_range_end(current->domain) nor wrap; a fault in
 * between returns how many bytes were NOT copied, never kills anyone.
 */
uint32_t copy_from_guest_raw(void *dst, gva_t src, uint32_t bytes);
uint32_t copy_to_guest_raw(gva_t dst, const void *src, uint32_t bytes);
bool guest_range_ok(gva_t va, uint32_t bytes); /* TRUST 8: hole, length, wrap */

/* The rule itself: [start, start + bytes) does not wrap and ends at `limit` at the latest. */
static inline bool range_below(uint32_t start, uint32_t bytes, uint32_t limit)
{
	return TRUST_CHECK(8, 1, start + bytes >= start) &&
	       TRUST_CHECK(8, 2, start + bytes <= limit);
}

/* With a guest handle of the headers: element i of an array, checked one by one. */
#define copy_from_guest(ptr, handle, i) \
	copy_from_guest_raw((ptr), GVA((uint32_t)(uintptr_t) & (handle).p[i]), sizeof(*(ptr)))
#define copy_to_guest(handle, i, ptr) \
	copy_to_guest_raw(GVA((uint32_t)(uintptr_t) & (handle).p[i]), (ptr), sizeof(*(ptr)))

/*
 * Single words of guest memory, for the hot paths: what copy_from_guest_raw
 * does, at the price of one instruction a word.  The range is checked first,
 * by guest_words_ok() for as many words as will be touched; a page that is
 * missing makes the access return false.
 */
/* Where a fault at label 1 goes on: a label of the C function around it. */
#define GUEST_FAULT_AT(label) \
	"\n\t.pushsection .extable, \"a\"\n\t.long 1b, %l[" #label "]\n\t.popsection"

/*
 * May d, the current domain, name these bytes?  The same rule as guest_range_ok
 * (TRUST 8).  A length that is a number in the source is small: it can be taken
 * from the end without wrapping, and one comparison is enough.
 */
static inline __attribute__((always_inline)) bool guest_words_ok(const struct domain *d, gva_t va,
								 uint32_t bytes)
{
	if (__builtin_constant_p(bytes))
		return TRUST_CHECK(8, 3, va.a <= guest_range_end(d) - bytes);
	return range_below(va.a, bytes, guest_range_end(d));
}

/* For the functions below only: what lies there may not be there. */
static inline __attribute__((always_inline)) uint32_t *gva_word(gva_t va)
{
	return (uint32_t *)(uintptr_t)va.a;
}

static inline __attribute__((always_inline)) bool get_guest_word(uint32_t *to, gva_t va)
{
	uint32_t v = 0;

	/* Volatile by being asm goto: each word is read when and as often as the source says. */
	__asm__ goto("1: movl %[from], %[v]" GUEST_FAULT_AT(fault)
		     : [v] "=r"(v)
		     : [from] "m"(*gva_word(va))
		     :
		     : fault);
	*to = v;
	return true;
fault:
	return false;
}

static inline __attribute__((always_inline)) bool put_guest_word(gva_t va, uint32_t v)
{
	__asm__ goto("1: movl %[v], %[to]" GUEST_FAULT_AT(fault)
		     :
		     : [v] "r"(v), [to] "m"(*gva_word(va))
		     : "memory"
		     : fault);
	return true;
fault:
	return false;
}

/* A half of a word, where the other half is not ours to write. */
static inline __attribute__((always_inline)) bool put_guest_half(gva_t va, uint16_t v)
{
	__asm__ goto("1: movw %[v], %[to]" GUEST_FAULT_AT(fault)
		     :
		     : [v] "r"(v), [to] "m"(*(uint16_t *)gva_word(va))
		     : "memory"
		     : fault);
	return true;
fault:
	return false;
}

#define GUEST_EXTABLE(from, to) \
	".pushsection .extable, \"a\"\n\t.long " from ", " to "\n\t.popsection\n\t"

/*
 * The copy itself, one side of it guest memory whose range was found to be the
 * guest's.  Returns how many bytes at the end were not copied.
 */
static inline uint32_t copy_guest_bytes(void *dst, const void *src, uint32_t bytes)
{
#ifdef RINGONE_HOST_TEST
	__builtin_memcpy(dst, src, bytes);
	return 0;
#else
	uint32_t left = bytes / 4;

	__asm__ volatile("1:	rep movsl\n\t"
			 "mov	%[tail], %%ecx\n\t"
			 "2:	rep movsb\n\t"
			 "jmp	4f\n\t"
			 "3:	lea	(%[tail], %%ecx, 4), %%ecx\n\t"
			 "4:\n\t" GUEST_EXTABLE("1b", "3b") GUEST_EXTABLE("2b", "4b")
			 : "+c"(left), "+D"(dst), "+S"(src)
			 : [tail] "r"(bytes & 3)
			 : "memory");
	return left;
#endif
}

/* ---- page tables in use (mm/cr3.c) ---- */

/*
 * The processor always runs from a per-CPU copy of the guest's L3, which lies
 * below 4 GiB; so frames above 4 GiB need no special case.  One function loads
 * CR3, one writes a table entry: log-dirty and migration will hook in here.
 */
void load_cr3(struct vcpu *v); /* from v->guest_cr3; flushes non-global entries */
void flush_tlb_local(void);    /* all non-global entries of this CPU */
void flush_tlb_mask(uint32_t cpu_mask);
void flush_tlb_one_mask(uint32_t cpu_mask, uint32_t va);
int new_guest_cr3(struct vcpu *v, mfn_t l3); /* takes and drops type references; errno */
int pin_table(struct domain *d, mfn_t m, uint32_t type); /* the builder pins the first L3 */
int unpin_table(struct domain *d, mfn_t m); /* drops the pin: 0, -XEN_EINVAL, -XEN_ERESTART */
/* Take apart what an earlier call left behind: 0, or -XEN_ERESTART (run the call again first). */
int finish_old_table(struct vcpu *v);

/* Hypervisor mappings in the hole: va in the fixmap, heap or per-domain windows. */
void map_hypervisor_page(uint32_t va, mfn_t m, uint64_t flags);
void perdomain_set(struct domain *d, uint32_t va, mfn_t m,
		   bool present);                           /* RO supervisor L1 entry */
void top_l2_install(struct domain *d, const pte_t *top_l2); /* write the hypervisor's slots */

/* The page walk of a linear address in the loaded tables, for reports: prints one line a level. */
void print_page_walk(gva_t va);
/* PTE_P, PTE_RW, PTE_US as all levels of the loaded tables together give them; 0: not mapped. */
uint32_t guest_walk_rights(gva_t va);
/* Leaf entry that maps va in the loaded tables (0 when none); used by ptwr and reports. */
pte_t guest_walk_l1(gva_t va, mfn_t *table);

/* A frame that is not RAM and that d may map. */
bool io_frame_mappable(const struct domain *d, mfn_t m);
/* A frame that is not RAM and that no domain may map, privileged or not: a chip of ours. */
void io_frame_keep(mfn_t m);

/* ---- what the trap code calls ---- */

/* A fault on a page-table page with the writable_pagetables assist on: true when done. */
bool ptwr_fault(struct vcpu *v, gva_t va, struct cpu_user_regs *regs);
/* A fault inside the LDT window: map the guest's LDT page lazily; true when mapped. */
bool ldt_fault(struct vcpu *v, uint32_t va);

/*
 * The audit (mm/audit.c): v called for it, is its domain's auditor and about to
 * leave the hypervisor.  Does a part of the work, or the last one.
 */
void audit_continue(struct vcpu *v);

/* ---- what was written to (mm/dirty_log.c), for a copy of a domain that runs ---- */

int dirty_log_start(struct domain *d); /* -XEN_EINVAL: it is on already */
void dirty_log_stop(struct domain *d);
int dirty_log_read(struct domain *d, gva_t to, uint32_t bits, bool clean, uint32_t *found);

/* mm/transfer.c: a frame of `from` that nobody maps is `to`'s.  0, -XEN_EINVAL, -XEN_ENOMEM. */
int frame_transfer(mfn_t m, struct domain *from, struct domain *to);

/*
 * mm/frame_copy.c: bytes that fit into both frames, from one to the other.  0;
 * -XEN_EINVAL: one of them is not RAM of its owner; -XEN_EBUSY: the second is not
 * memory to write to.
 */
struct frame_copy {
	mfn_t from, to;
	struct domain *from_owner, *to_owner;
	uint32_t from_at, to_at, bytes;
};
int frame_copy(const struct frame_copy *c);

/* Does d own this frame, or is it hardware?  Without a lock: what it says is of this moment. */
bool frame_belongs_to(mfn_t m, const struct domain *d);

/* ---- entries that map a frame by grant (mm/foreign.c); these take mm_lock ---- */

struct entry_place {
	mfn_t table; /* an L1 */
	uint32_t slot;
};

/*
 * Let an entry of the current VCPU's tables be `new`, which maps a frame of `owner`
 * and takes a reference and type of it as any entry does.  addr: a linear address,
 * or with by_entry the machine address of the entry itself.  Where it was is left in
 * `at`.  -XEN_EFAULT: there is no such entry; else as for mmu_update.
 */
struct foreign_entry {
	uint64_t addr;
	pte_t new;
	struct domain *owner;
	struct entry_place at;
};
int foreign_entry_set(struct foreign_entry *f, bool by_entry);
/*
 * The opposite: the entry at *at, which must be the one that `addr` names, either
 * way, gives back what it holds and becomes not present.  One that maps `frame` no
 * more has given it back already: 0.  -XEN_EFAULT: addr is another entry.
 */
int foreign_entry_clear(uint64_t addr, const struct entry_place *at, mfn_t frame);
/* The same, by its linear address alone, and what the entry at `replace` holds moves in. */
int foreign_entry_replace(uint64_t addr, const struct entry_place *at, mfn_t frame,
			  uint64_t replace);

/* ---- descriptor tables (mm/gdt.c): set_gdt and set_ldt take mm_lock ---- */

int set_gdt(struct vcpu *v, const uint32_t *frames, uint32_t entries);
int set_ldt(struct vcpu *v, gva_t base, uint32_t entries);
void load_gdt_window(struct vcpu *v); /* its page tables are loaded */
void load_ldt(struct vcpu *v);

#endif
