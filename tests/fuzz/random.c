/* SPDX-License-Identifier: MIT */
/* Where everything comes from: one seed; and what makes an argument interesting. */
#include "fuzz.h"

static uint32_t state;

char *play;
struct tables spare;
int reckless, rough, wild, privileged, limits;

/* Marsaglia's xorshift with shifts 13, 17, 5: never 0, period 2^32 - 1. */
void random_seed(uint32_t seed)
{
	state = seed * 2654435761u ^ 0x5eed;
	if (!state)
		state = 1;
	for (int i = 0; i < 16; i++)
		random32();
}

uint32_t random32(void)
{
	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state;
}

uint64_t random64(void)
{
	return (uint64_t)random32() << 32 | random32();
}

void *play_page(void)
{
	/* Half of the time among a few, so that calls meet each other's results. */
	return play + (one_in(2) ? below(8) : below(PLAY_PAGES)) * PAGE_SIZE;
}

/*
 * Something that holds the guest up: its tables, shared page, stack, text. Looked up once, since
 * the M2P that says where tables are is the guest's to spoil.
 */
static void *core[6];

void random_core(void)
{
	core[0] = l3_table;
	core[1] = l1_entry((unsigned long)play);
	core[2] = l2_entry((unsigned long)play);
	core[3] = shared_info;
	core[4] = trap_stack;
	core[5] = (void *)(unsigned long)&random_core;
}

static void *core_page(void)
{
	return core[below(6)];
}

uint32_t pick_va(void)
{
	uint32_t at = (one_in(3) ? below(PAGE_SIZE) : below(PAGE_SIZE / 8) * 8);

	switch (below(reckless ? 16 : 14)) {
	case 0: /* the hole, its edges, behind the M2P */
		return hole_start + PICK(0, 8, -1, -4, -8, -16, 0x1000) + (one_in(2) ? 0 : at);
	case 1:
		return hole_start + below(-hole_start);
	case 2: /* wraps */
		return -below(64);
	case 3: /* nobody's */
		return PICK(0, 1, 4, 0x400000, 0x7ffffff0, 0xbffffffc) + (one_in(2) ? 0 : at);
	case 4:
		return random32();
	case 5:
		return (uint32_t)spare.l2[below(4)] + at;
	case 6:
		return USER_DATA_VA + at;
	case 14:
	case 15:
		return ((uint32_t)core_page() & ~(PAGE_SIZE - 1)) + at;
	default:
		return (uint32_t)play_page() + at;
	}
}

/*
 * QEMU does not check segment limits. There, code of ring 1 that runs wild writes over the
 * hypervisor, which no processor would let it do; so it is sent to nothing at all, or to code
 * that was made for it: a hypercall of each number, and then a fault. (A hypercall page's would
 * return by what happens to lie on the stack, and on from there.) Where limits are checked it may
 * go anywhere.
 */
extern const char code_made[];
asm(".pushsection .text\n\t"
    ".balign 16\n"
    "code_made:\n\t"
    ".set number, 0\n\t"
    ".rept 64\n\t"
    ".balign 16\n\t"
    "movl $number, %eax\n\t"
    "int $0x82\n\t"
    "ud2\n\t"
    ".set number, number + 1\n\t"
    ".endr\n\t"
    ".popsection");

uint32_t pick_code(void)
{
	uint32_t made = (uint32_t)code_made + below(64) * 16;

	return limits ? pick_va() : PICK(0, 1, 0x7ffffff0, 0xbfffffe0, made, made, made);
}

uint32_t pick_mfn(void)
{
	switch (below(32)) {
	case 0:
		return random32();
	case 6: /* somebody else's */
	case 9:
		return peer_frames[below(PEER_FRAMES)];
	case 1: /* the first MiB, the hypervisor's image, its heap */
		return below(0x800);
	case 2:
		return below(1 << 16);
	case 3: /* interrupt controllers, flash, the end of the address space */
		return PICK(0xfec00, 0xfee00, 0xfffff, 0xb8, 0xa0, 0xf0, 0x100000, ~0u, ~0u - 1,
			    0xfd000 + below(16), 0xfebc0 + below(0x40), 0xfed00);
	case 4:
		return start_info->shared_info >> 12;
	case 5:
		return virt_to_mfn(core_page());
	case 7:
	case 8:
		return virt_to_mfn(one_in(4) ? spare.l3 : spare.l2[below(4)]);
	default:
		return virt_to_mfn(play_page());
	}
}

uint64_t pick_flags(void)
{
	uint64_t flags = PICK(0, PTE_RO, PTE_RO, PTE_RW, PTE_RW, TABLE_FLAGS, L3_FLAGS, PTE_USER);

	if (one_in(6))
		flags ^= 1ull << below(12);
	if (one_in(12))
		flags ^= 1ull << below(64);
	return flags;
}

uint64_t pick_entry(void)
{
	if (one_in(24))
		return random64();
	return (uint64_t)pick_mfn() << 12 | pick_flags();
}

/* A slot of the tables in use that the guest can live without. */
static uint64_t spared_slot(void)
{
	switch (below(3)) {
	case 0: /* maps a page of the playground */
		return virt_to_machine(core[1]) + below(PLAY_PAGES / 2) * 8;
	case 1: /* above what the kernel uses, the hole's slots included */
		return (virt_to_machine(core[2]) & ~0xfffull) + (16 + below(512 - 16)) * 8;
	default:
		return virt_to_machine(&l3_table[PICK(1, 2, 4, 511)]);
	}
}

uint64_t pick_slot(void)
{
	uint32_t index = one_in(4) ? below(512) : below(8);
	uint64_t ma;

	/* Linear page tables and top-level entries deserve more than their share. */
	if (reckless && one_in(2))
		ma = (virt_to_machine(core_page()) & ~0xfffull) + index * 8;
	else if (one_in(10))
		ma = ((uint64_t)peer_frames[below(16)] << 12) + index * 8;
	else if (one_in(6))
		ma = spared_slot();
	else if (one_in(3))
		ma = virt_to_machine(one_in(3) ? spare.l3 : spare.l2[below(3)]) + index * 8;
	else if (one_in(16))
		ma = ((uint64_t)pick_mfn() << 12) + below(512) * 8;
	else
		ma = virt_to_machine(play_page()) + index * 8;
	if (one_in(16))
		ma |= below(8);
	if (one_in(100))
		ma ^= 1ull << (32 + below(32));
	return ma;
}

uint32_t pick_number(void)
{
	switch (below(8)) {
	case 0:
		return random32();
	case 1:
		return 1u << below(32);
	case 2:
		return (1u << below(32)) - 1;
	case 3:
		return -below(16);
	default:
		return below(20);
	}
}

uint32_t pick_domid(void)
{
	if (one_in(4))
		return peer;
	return one_in(3) ? PICK(0, 1, DOMID_IO, DOMID_XEN, DOMID_INVALID, DOMID_COW, 0xffff,
				0x10000, 0x17ff1, 0x7fff0, random32())
			 : DOMID_SELF;
}

uint32_t pick_owners(void)
{
	return one_in(8) ? PICK(peer, (peer + 1u) << 16 | peer, (peer + 1u) << 16 | DOMID_SELF,
				(peer + 1u) << 16 | DOMID_IO, (own + 1u) << 16 | peer, DOMID_IO)
			 : pick_domid();
}

static uint64_t any_descriptor(void)
{
	uint32_t base = one_in(2) ? 0 : pick_va(), limit = one_in(2) ? 0xfffff : random32();

	switch (below(8)) {
	case 0:
		return random64();
	case 1: /* a gate of some kind, to somewhere */
		return descriptor(pick_va(), limit,
				  PICK(4, 5, 6, 7, 0xc, 0xe, 0xf) | DESC_P | DESC_DPL(below(4)),
				  below(16));
	case 2: /* a system segment */
		return descriptor(base, limit, PICK(1, 2, 3, 9, 0xb) | DESC_P | DESC_DPL(below(4)),
				  below(16));
	case 3:
		return 0;
	default:
		return descriptor(base, limit,
				  (PICK(DESC_CODE, DESC_DATA, DESC_DOWN, DESC_CONFORM) ^
				   (one_in(4) ? below(16) : 0)) |
					  DESC_P |
					  DESC_DPL(one_in(4) ? below(4) : 1 + 2 * below(2)),
				  below(16));
	}
}

/*
 * Where limits are not checked (pick_code()), the base of a segment is all that keeps a kernel's
 * own stores from the hypervisor, once it has loaded the selector.
 */
uint64_t pick_descriptor(void)
{
	uint64_t d = any_descriptor();

	return limits || !(d >> 44 & 1) ? d : d & ~0xff0000fff0000000ull;
}

uint32_t pick_selector(void)
{
	switch (below(5)) {
	case 0:
		return random32() & 0xffff;
	case 1: /* the reserved entries of the GDT */
		return FIRST_RESERVED_GDT_BYTE + below(256) * 8 + below(4);
	case 2:
		return below(64) * 8 + 4 + below(4);
	case 3:
		return below(64) * 8 + below(4);
	default:
		return PICK(FLAT_KERNEL_CS, FLAT_KERNEL_DS, FLAT_USER_CS, FLAT_USER_DS, 0, 1, 2, 3);
	}
}

uint64_t pick_time(void)
{
	if (one_in(4))
		return random64();
	return now_ns() + (one_in(2) ? below(3000000) : -(uint64_t)below(3000000));
}

/* Arguments ------------------------------------------------------------------------------- */

#define ROOM_PAGES 6
static char rooms[ROOM_PAGES][PAGE_SIZE] __attribute__((aligned(4096)));
static uint32_t room_used;

void room_reset(void)
{
	room_used = 0;
}

void *room(uint32_t size)
{
	char *p;

	size = (size + 7) & ~7u;
	if (room_used + size > sizeof(rooms))
		room_used = 0;
	p = &rooms[0][0] + room_used;
	room_used += size;
	for (uint32_t i = 0; i < size; i += 4)
		*(uint32_t *)(p + i) = one_in(3) ? random32() : pick_number();
	return p;
}

uint32_t bent(const void *p)
{
	switch (below(40)) {
	case 0:
		return pick_va();
	case 1:
		return (uint32_t)p + below(8);
	case 2: /* a read-only page, where an answer cannot go */
		return (uint32_t)spare.l2[0] + below(PAGE_SIZE);
	default:
		return (uint32_t)p;
	}
}
