/* SPDX-License-Identifier: MIT */
/* The image: linked in the hole, loaded by its physical addresses from 1 MiB up. */
#include "layout.h"

OUTPUT_FORMAT("elf32-i386")
ENTRY(start)

PHDRS
{
	text PT_LOAD FLAGS(5);
	rodata PT_LOAD FLAGS(4);
	data PT_LOAD FLAGS(6);
}

SECTIONS
{
	. = IMAGE_START;
	__image_start = .;
	.text : AT(ADDR(.text) - IMAGE_OFFSET) {
		*(.multiboot)
		*(.text .text.*)
		*(.init.text)
	} :text
	. = ALIGN(4096);
	__text_end = .;

	.rodata : AT(ADDR(.rodata) - IMAGE_OFFSET) {
		*(.rodata .rodata.*)
		. = ALIGN(8);
		__extable_start = .;
		KEEP(*(.extable))
		__extable_end = .;
		__units_start = .;
		KEEP(*(SORT(.units.*)))
		__units_end = .;
	} :rodata
	. = ALIGN(4096);
	__rodata_end = .;

	.data : AT(ADDR(.data) - IMAGE_OFFSET) {
		*(.data .data.*)
		*(.init.data)
		/* Last, so that filling it in a second link moves nothing that has a symbol. */
		. = ALIGN(4);
		KEEP(*(.hv_symbols))
	} :data
	.bss : AT(ADDR(.bss) - IMAGE_OFFSET) {
		. = ALIGN(8192);
		*(.bss.stack)
		. = ALIGN(4096);
		*(.bss.page_aligned)
		*(.bss .bss.* COMMON)
	} :data
	. = ALIGN(4096);
	__image_end = .;

	/DISCARD/ : { *(.comment) *(.note*) *(.eh_frame*) }
}
ASSERT(__image_end - IMAGE_START <= IMAGE_SIZE, "the image outgrew its 4 MiB")
