/* SPDX-License-Identifier: MIT */
/*
 * Port I/O.  Hardware IOPL is 0 and the TSS has no bitmap, so every IN and OUT
 * of a guest arrives here as #GP(0).  Two questions: may this context do port
 * I/O at all (virtual IOPL, or the bitmap its kernel gave for its processes:
 * else #GP, as on hardware), and may this domain touch this port (else it
 * reads ones and writes nothing, as on an empty bus)?
 *
 * String forms do one element and leave EIP where it is until the count is
 * used up: a long one can be interrupted like the real instruction.
 */
#include "emulate.h"
#include "internal.h"
#include "domain/domain.h"
#include "lib.h"
#include "mm/mm.h"

/* A set bit in the guest's own bitmap refuses the port. */
static bool bitmap_allows(const struct vcpu *v, uint32_t port, uint32_t bytes)
{
	for (uint32_t p = port; p < port + bytes; p++) {
		uint8_t bits;

		if (p >= v->cpu.iobitmap_ports ||
		    copy_from_guest_raw(&bits, gva_add(v->cpu.iobitmap, p / 8), 1) ||
		    bits >> (p % 8) & 1)
			return false;
	}
	return true;
}

static bool domain_owns(const struct domain *d, uint32_t port, uint32_t bytes)
{
	if (!d->emulate.ioports || port + bytes > 0x10000)
		return false;
	for (uint32_t p = port; p < port + bytes; p++)
		if (!test_bit(p, d->emulate.ioports))
			return false;
	return true;
}

static uint32_t port_in(const struct domain *d, uint32_t port, uint32_t bytes)
{
	if (!TRUST_CHECK(25, 21, domain_owns(d, port, bytes)))
		return ~0U;
	return bytes == 1 ? inb(port) : bytes == 2 ? inw(port) : inl(port);
}

static void port_out(const struct domain *d, uint32_t port, uint32_t bytes, uint32_t value)
{
	if (!TRUST_CHECK(25, 22, domain_owns(d, port, bytes)))
		return;
	if (bytes == 1)
		outb(port, value);
	else if (bytes == 2)
		outw(port, value);
	else
		outl(port, value);
}

static uint32_t low_bytes(uint32_t old, uint32_t value, uint32_t bytes)
{
	uint32_t mask = bytes == 4 ? ~0U : (1U << 8 * bytes) - 1;

	return (old & ~mask) | (value & mask);
}

/* A register of the address size: ECX or CX and so on. */
static void add_to(uint32_t *reg, int32_t n, const struct insn *i)
{
	*reg = low_bytes(*reg, *reg + n, i->addrsize);
}

/*
 * INS and OUTS: one element.  False when it lies outside of its segment; where
 * a page is missing or closed, the guest has got the page fault.
 */
static bool string_io(struct cpu_user_regs *regs, const struct insn *i, bool in, uint32_t port,
		      uint32_t bytes)
{
	uint32_t *index = in ? &regs->edi : &regs->esi;
	uint32_t mask = i->addrsize == 2 ? 0xffff : ~0U;
	int32_t step = regs->eflags & EFLAGS_DF ? -(int32_t)bytes : (int32_t)bytes;
	uint8_t seg = in ? SEG_ES : i->segment;
	bool repeat = i->rep || i->repne;
	uint32_t linear, value = 0;

	if (repeat && !(regs->ecx & mask)) {
		regs->eip += i->length;
		return true;
	}
	if (!insn_linear(regs, seg, *index & mask, bytes, in, &linear))
		return false;
	if (in) {
		/* Where it would fault, nothing may have been read from the device yet. */
		if (!insn_reachable(regs, linear, bytes, true))
			return true;
		value = port_in(current->domain, port, bytes);
		copy_to_guest_raw(GVA(linear), &value, bytes);
	} else {
		if (!insn_read(regs, linear, &value, bytes))
			return true;
		port_out(current->domain, port, bytes, value);
	}
	add_to(index, step, i);
	if (repeat)
		add_to(&regs->ecx, -1, i);
	if (!repeat || !(regs->ecx & mask))
		regs->eip += i->length;
	io_breakpoint(regs, port, bytes);
	return true;
}

/* False: not port I/O, or not allowed.  Else done, and EIP stands where it goes on. */
bool emulate_port_io(struct cpu_user_regs *regs, const struct insn *i)
{
	bool string = (i->opcode & 0xfc) == 0x6c;
	bool immediate = (i->opcode & 0xfc) == 0xe4, dx = (i->opcode & 0xfc) == 0xec;
	bool in = !(i->opcode & 2);
	uint32_t bytes = i->opcode & 1 ? i->opsize : 1;
	uint32_t port = immediate ? i->imm : regs->edx & 0xffff;
	const struct vcpu *v = current;

	if (!string && !immediate && !dx)
		return false;
	if (!TRUST_CHECK(25, 23, iopl_allows(v, regs) || bitmap_allows(v, port, bytes)))
		return false;
	if (string)
		return string_io(regs, i, in, port, bytes);
	if (in)
		regs->eax = low_bytes(regs->eax, port_in(v->domain, port, bytes), bytes);
	else
		port_out(v->domain, port, bytes, regs->eax);
	regs->eip += i->length;
	io_breakpoint(regs, port, bytes);
	return true;
}
