/* SPDX-License-Identifier: MIT */
/*
 * Counting what is emulated, by address (emulated.h).
 *
 * The table is bounded, and a place that finds no room in it is counted as not
 * recorded: then the list is a part of the truth, and says so.  A place keeps
 * its slot, found by hashing its address and looking at the PROBES next ones.
 */
#include "unit.h"
#include "emulate.h"
#include "boot.h"
#include "domain/domain.h"
#include "say/say.h"

enum emulated_kind emulated_kind(const struct insn *i)
{
	/* 0F 00 and 0F 01 by the reg field of ModRM; VERR and VERW are legal in any ring. */
	static const uint8_t group6[8] = { EMULATED_SLDT, EMULATED_STR, EMULATED_LLDT,
					   EMULATED_LTR };
	static const uint8_t group7[8] = { EMULATED_SGDT, EMULATED_SIDT,  EMULATED_LGDT,
					   EMULATED_LIDT, EMULATED_SMSW,  EMULATED_NOTHING,
					   EMULATED_LMSW, EMULATED_INVLPG };
	static const struct {
		uint8_t map, first, last, kind;
	} ranges[] = {
		{ MAP_1, 0x6c, 0x6d, EMULATED_INS },    { MAP_1, 0x6e, 0x6f, EMULATED_OUTS },
		{ MAP_1, 0xe4, 0xe5, EMULATED_IN },     { MAP_1, 0xe6, 0xe7, EMULATED_OUT },
		{ MAP_1, 0xec, 0xed, EMULATED_IN },     { MAP_1, 0xee, 0xef, EMULATED_OUT },
		{ MAP_1, 0xf4, 0xf4, EMULATED_HLT },    { MAP_1, 0xfa, 0xfa, EMULATED_CLI },
		{ MAP_1, 0xfb, 0xfb, EMULATED_STI },    { MAP_0F, 0x06, 0x06, EMULATED_CLTS },
		{ MAP_0F, 0x08, 0x08, EMULATED_INVD },  { MAP_0F, 0x09, 0x09, EMULATED_WBINVD },
		{ MAP_0F, 0x30, 0x30, EMULATED_WRMSR }, { MAP_0F, 0x31, 0x31, EMULATED_RDTSC },
		{ MAP_0F, 0x32, 0x32, EMULATED_RDMSR }, { MAP_0F, 0x33, 0x33, EMULATED_RDPMC },
	};

	if (i->map == MAP_0F && i->opcode == 0x00)
		return group6[i->reg];
	if (i->map == MAP_0F && i->opcode == 0x01 && i->mod == 3 && i->reg != 4 && i->reg != 6)
		return i->modrm == 0xd1 ? EMULATED_XSETBV : EMULATED_NOTHING;
	if (i->map == MAP_0F && i->opcode == 0x01)
		return group7[i->reg];
	if (i->map == MAP_0F && (i->opcode & 0xfc) == 0x20)
		return (i->opcode & 1 ? EMULATED_MOV_DR : EMULATED_MOV_CR) + i->reg;
	for (uint32_t n = 0; n < ARRAY_SIZE(ranges); n++)
		if (i->map == ranges[n].map && i->opcode >= ranges[n].first &&
		    i->opcode <= ranges[n].last)
			return ranges[n].kind;
	return EMULATED_NOTHING;
}

#ifdef RINGONE_DEBUG
#define PLACES 1024 /* a power of two; a small Linux has some 200 */
#define PROBES 16

struct place {
	uint32_t eip, done, refused;
	uint16_t domid;
	uint8_t kind; /* EMULATED_NOTHING: free */
};

static struct place places[PLACES];
static spinlock_t emulated_lock;

static struct place *find(uint16_t domid, uint32_t eip, enum emulated_kind kind)
{
	uint32_t first = (eip ^ eip >> 10) * 2654435761U >> 22; /* the upper 10 bits */

	for (uint32_t n = 0; n < PROBES; n++) {
		struct place *p = &places[(first + n) % PLACES];

		if (p->eip == eip && p->kind == kind && p->domid == domid)
			return p;
		if (p->kind == EMULATED_NOTHING) {
			*p = (struct place){ .eip = eip, .kind = kind, .domid = domid };
			return p;
		}
	}
	return NULL;
}

void count_emulated(struct emulated_site at, enum emulated_kind kind, bool done)
{
	struct domain *d = current->domain;
	struct place *p;

	if (kind == EMULATED_NOTHING)
		return;
	if (!at.kernel) {
		d->emulate.counts.programs += done;
		return;
	}
	spin_lock(&emulated_lock);
	p = find(d->id, at.eip, kind);
	if (p) {
		p->done += done;
		p->refused += !done;
	} else {
		d->emulate.counts.not_recorded++;
	}
	d->emulate.counts.done += done;
	d->emulate.counts.refused += !done;
	spin_unlock(&emulated_lock);
}

static const char *name_of(enum emulated_kind kind)
{
	static const char *const names[NR_EMULATED_KINDS] = {
		[EMULATED_CLI] = "cli",         [EMULATED_STI] = "sti",
		[EMULATED_HLT] = "hlt",         [EMULATED_IN] = "in",
		[EMULATED_OUT] = "out",         [EMULATED_INS] = "ins",
		[EMULATED_OUTS] = "outs",       [EMULATED_CLTS] = "clts",
		[EMULATED_INVD] = "invd",       [EMULATED_WBINVD] = "wbinvd",
		[EMULATED_RDMSR] = "rdmsr",     [EMULATED_WRMSR] = "wrmsr",
		[EMULATED_RDTSC] = "rdtsc",     [EMULATED_RDPMC] = "rdpmc",
		[EMULATED_LGDT] = "lgdt",       [EMULATED_LIDT] = "lidt",
		[EMULATED_LLDT] = "lldt",       [EMULATED_LTR] = "ltr",
		[EMULATED_SGDT] = "sgdt",       [EMULATED_SIDT] = "sidt",
		[EMULATED_SLDT] = "sldt",       [EMULATED_STR] = "str",
		[EMULATED_SMSW] = "smsw",       [EMULATED_LMSW] = "lmsw",
		[EMULATED_INVLPG] = "invlpg",   [EMULATED_XSETBV] = "xsetbv",
		[EMULATED_CPUID] = "cpuid",     [EMULATED_PT_STORE] = "pt-store",
		[EMULATED_SEGMENT] = "segment",
	};

	return names[kind];
}

static void print_place(const struct place *p)
{
	if (p->kind >= EMULATED_MOV_DR)
		printk_raw("Ringone: emulated: mov-dr%u", p->kind - EMULATED_MOV_DR);
	else if (p->kind >= EMULATED_MOV_CR)
		printk_raw("Ringone: emulated: mov-cr%u", p->kind - EMULATED_MOV_CR);
	else
		printk_raw("Ringone: emulated: %s", name_of(p->kind));
	printk_raw(" at %08x: %u done, %u refused\n", p->eip, p->done, p->refused);
}

static void print_emulated(const struct domain *d)
{
	const struct emulated *e = &d->emulate.counts;

	printk(LOG_INFO, "domain %u: %u instructions emulated, %u refused, %u of programs\n", d->id,
	       e->done, e->refused, e->programs);
	if (!options.emulated)
		return;
	for (uint32_t n = 0; n < PLACES; n++)
		if (places[n].kind != EMULATED_NOTHING && places[n].domid == d->id)
			print_place(&places[n]);
	printk_raw("Ringone: emulated: in all: %u done, %u refused, %u not recorded, "
		   "%u of programs, UMIP %s\n",
		   e->done, e->refused, e->not_recorded, e->programs,
		   read_cr4() & CR4_UMIP ? "on" : "off");
}

UNIT(emulate, .dump = print_emulated);

struct cpuid_regs emulated_sums(const struct domain *d)
{
	const struct emulated *e = &d->emulate.counts;

	return (struct cpuid_regs){ e->done, e->refused, e->not_recorded, e->programs };
}
#endif
