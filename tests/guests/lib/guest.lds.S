/* SPDX-License-Identifier: MIT */
/*
 * A guest's image: one loadable segment from 1 MiB above the virtual base, and its notes.
 *
 *	VIRT_BASE + 1 MiB	.text (first the hypercall page), .rodata, .data
 *				.bss, with the page pool of lib/mm.c at its end
 *
 * Everything lies in the bootstrap mapping, where virtual = VIRT_BASE + pseudo-physical.
 */
OUTPUT_FORMAT("elf32-i386")
OUTPUT_ARCH(i386)
ENTRY(guest_entry)

PHDRS
{
	load PT_LOAD FLAGS(7);
	note PT_NOTE FLAGS(4);
}

SECTIONS
{
	. = GUEST_VIRT_BASE + 0x100000;
	.text : AT(ADDR(.text) - GUEST_VIRT_BASE) {
		*(.text.hypercall_page)
		*(.text .text.*)
	} :load
	.rodata : AT(ADDR(.rodata) - GUEST_VIRT_BASE) { *(.rodata .rodata.*) } :load
	. = ALIGN(4);
	.note : AT(ADDR(.note) - GUEST_VIRT_BASE) { *(.note.Xen .note.Ringone) } :load :note
	.data : AT(ADDR(.data) - GUEST_VIRT_BASE) { *(.data .data.*) } :load
	. = ALIGN(4096);
	.bss : AT(ADDR(.bss) - GUEST_VIRT_BASE) { *(.bss .bss.* COMMON) } :load
	guest_end = .;
	__xen_guest : AT(0) { *(__xen_guest) } :NONE
	.symtab 0 : { *(.symtab) }
	.strtab 0 : { *(.strtab) }
	.shstrtab 0 : { *(.shstrtab) }
	/DISCARD/ : { *(.comment .note.GNU-stack .note.gnu* .eh_frame) }
}
