/* SPDX-License-Identifier: MIT */
/*
 * Building the first domain: from two boot modules to a VCPU that stands at
 * its kernel's entry point as the interface promises (xen.h, start of day).
 *
 * What is wrong with a module stops the machine with a sentence, since without
 * a first domain there is nobody to tell; everything is checked before the
 * domain exists.  That is no panic: the hypervisor is well, the file is not.
 */
#include "build.h"
#include "bsd_symtab.h"
#include "internal.h"
#include "call/call.h"
#include "domain/domain.h"
#include "lib.h"
#include "machine/machine.h"
#include "mm/mm.h"
#include "pirq/pirq.h"
#include "x86.h"

static void read_module(const struct image *img, uint32_t offset, void *to, uint32_t bytes)
{
	boot_read(img->base + offset, to, bytes);
}

static struct image module_image(const struct boot_module *m)
{
	return (struct image){ read_module, NULL, m->start, m->size };
}

/* Features that the domain is going to have, before there is one to ask. */
static uint32_t future_features(bool plain)
{
	struct domain d = { .initial = !plain, .mm.extended_cr3 = true };

	return domain_features(&d);
}

static void __noreturn refuse(const char *why)
{
	printk(LOG_ERR, "cannot start the kernel: %s\n", why);
	machine_end(MACHINE_PANIC);
}

static void understand(struct builder *b)
{
	struct image img = module_image(b->kernel);

	if (!elf_parse(&img, &b->elf))
		refuse(b->elf.why);
	if (!pv_parse(&img, &b->elf, future_features(b->plain), &b->pv))
		refuse(b->pv.why);
	printk(LOG_INFO, "kernel: %s %s, a %s kernel for 0x%x, %u KiB at 0x%x-0x%x, entry 0x%x\n",
	       b->pv.guest_os[0] ? b->pv.guest_os : "(unnamed)", b->pv.guest_version,
	       b->pv.modern ? "modern" : "classic", b->pv.virt_base,
	       (b->elf.pend - b->elf.pstart) >> 10, b->pv.virt_kstart, b->pv.virt_kend,
	       b->pv.entry);
	if (!b->plain && b->pv.has_supported && !(b->pv.features_supported & (1U << XENFEAT_dom0)))
		printk(LOG_WARN, "the kernel does not say that it can be the initial domain; "
				 "if it stops early, try first=plain\n");
	if (b->pv.bsd_symtab && !b->pv.bsd_symtab_at)
		printk(LOG_WARN,
		       "the kernel asks for its symbol table (BSD_SYMTAB), and its file has none; "
		       "load one that is not stripped, or its debugger shows bare addresses\n");
}

static void plan(struct builder *b, uint64_t mem_bytes)
{
	struct layout_request r = {
		.initrd_bytes = b->initrd ? b->initrd->size : 0,
		.hole_start = b->pv.modern ? HOLE_START : CLASSIC_M2P_START,
		.plain = b->plain,
	};
	char why[200];

	b->nr_pages = r.nr_pages = builder_memory_size(b, mem_bytes);
	if (!layout_compute(&b->pv, &r, &b->layout))
		refuse(b->layout.why);
	/* The copies are made while the modules are still where the boot loader put them. */
	if (b->layout.pages_used > frames_free_count()) {
		snprintf(why, sizeof(why),
			 "it is too big: the domain's first %u KiB do not fit beside "
			 "the modules (%u KiB are free); give the machine more memory or load less",
			 b->layout.pages_used * 4, frames_free_count() * 4);
		refuse(why);
	}
}

/*
 * Copy to pseudo-physical addresses: from a module, at machine address `module`,
 * or bytes of our own.  Frames of a new domain are zero.
 */
static void put(struct builder *b, uint64_t to, const void *ours, paddr_t module, uint32_t bytes)
{
	for (uint32_t done = 0, n; done < bytes; done += n) {
		uint32_t offset = (to + done) & (PAGE_SIZE - 1);
		char *page = map_frame(builder_mfn(b, GPFN((to + done) >> PAGE_SHIFT)));

		n = MIN(bytes - done, PAGE_SIZE - offset);
		if (ours)
			memcpy(page + offset, (const char *)ours + done, n);
		else
			boot_read(module + done, page + offset, n);
		unmap_frame(page);
	}
}

static void copy_in(struct builder *b, paddr_t from, uint64_t to, uint32_t bytes)
{
	put(b, to, NULL, from, bytes);
}

static void load_bsd_symtab(struct builder *b)
{
	struct image img = module_image(b->kernel);
	uint64_t at = b->pv.bsd_symtab_at - b->pv.virt_base, elf_at;
	struct bsd_symtab table;

	bsd_symtab_headers(&img, &b->elf, &table);
	elf_at = at + offsetof(struct bsd_symtab, elf);
	put(b, at, &table, 0, sizeof(table));
	copy_in(b, b->kernel->start + b->elf.symtab.offset,
		elf_at + table.sections[BSD_SYMTAB_SYMBOLS].offset, b->elf.symtab.size);
	copy_in(b, b->kernel->start + b->elf.strtab.offset,
		elf_at + table.sections[BSD_SYMTAB_STRINGS].offset, b->elf.strtab.size);
}

static void load(struct builder *b)
{
	const struct boot_layout *l = &b->layout;

	for (uint32_t i = 0; i < b->elf.nr_segments; i++) {
		const struct elf_segment *s = &b->elf.segments[i];

		copy_in(b, b->kernel->start + s->offset, s->paddr - b->pv.paddr_offset, s->filesz);
	}
	if (b->pv.bsd_symtab_at)
		load_bsd_symtab(b);
	if (b->initrd)
		copy_in(b, b->initrd->start, (uint64_t)l->initrd_pfn << PAGE_SHIFT,
			b->initrd->size);
	if (b->pv.has_hypercall_page) {
		void *page = map_frame(builder_mfn(b, layout_pfn(l, b->pv.hypercall_page)));

		hypercall_page_fill(page);
		unmap_frame(page);
	}
}

/*
 * What the interface gives to dom0 of I/O ports: all but those whose devices
 * the hypervisor drives itself, interrupt controllers, timer chip and serial line.
 */
static void permit_ports(struct domain *d)
{
	const struct {
		uint16_t first, last;
	} ours[] = {
		{ 0x20, 0x21 },
		{ 0xa0, 0xa1 },
		{ 0x40, 0x43 },
		{ 0x61, 0x61 },
		{ serial_port(), serial_port() + 7 },
	};

	d->emulate.ioports = heap_alloc(65536 / 8);
	if (!d->emulate.ioports)
		cannot_run("no memory for the first domain's port map");
	memset(d->emulate.ioports, 0xff, 65536 / 8);
	for (uint32_t i = 0; i < ARRAY_SIZE(ours); i++)
		for (uint32_t port = ours[i].first; port <= ours[i].last; port++)
			clear_bit(port, d->emulate.ioports);
}

/* Note where the symbol table lies in the module; its pages are not given away (memory.c). */
static void keep_symbols(struct builder *b)
{
	if (!b->elf.symtab.size)
		return;
	b->d->symbols = (struct guest_symbols){
		.symtab = b->kernel->start + b->elf.symtab.offset,
		.strtab = b->kernel->start + b->elf.strtab.offset,
		.nr = b->elf.symtab.size / ELF_SYMBOL_SIZE,
		.strtab_size = b->elf.strtab.size,
	};
}

/* Registers at the entry point: flat segments, ESI names start_info, events masked. */
static void wake_up(struct builder *b, struct vcpu *v)
{
	struct cpu_user_regs *r = &v->regs;

	r->cs = FLAT_KERNEL_CS;
	r->ds = r->es = r->fs = r->gs = FLAT_KERNEL_DS;
	r->ss = FLAT_KERNEL_SS;
	r->eip = b->pv.entry;
	r->esp = b->layout.stack_end;
	r->esi = b->layout.start_info;
	r->eflags = EFLAGS_IF | EFLAGS_MBS;
	v->cpu.kernel_ss = FLAT_KERNEL_SS;
	v->cpu.kernel_sp = b->layout.stack_end;
	v->sched.initialised = true;
}

static struct domain *create(struct builder *b)
{
	struct domain *d = domain_create(0, b->nr_pages);

	if (!d)
		cannot_run("no memory for the first domain");
	hardware_domain = d;
	/* The kernel starts on VCPU 0 and gives the others their context (VCPUOP_initialise). */
	for (uint32_t i = 0; i < options.dom0_max_vcpus; i++)
		if (!vcpu_create(d, i))
			cannot_run("no memory for VCPU %u of the first domain", i);
	d->initial = d->privileged = !b->plain;
	set_classic(d, !b->pv.modern);
	strlcpy(d->name, "Domain-0", sizeof(d->name));
	if (b->pv.extended_cr3) {
		d->vm_assist |= 1U << VMASST_TYPE_pae_extended_cr3;
		d->mm.extended_cr3 = true;
	}
	if (d->privileged) {
		permit_ports(d);
		if (pirqs_domain_init(d))
			cannot_run("no memory for the first domain's interrupts");
	}
	return d;
}

struct domain *build_first_domain(const struct boot_module *kernel,
				  const struct boot_module *initrd, uint64_t mem_bytes, bool plain)
{
	static struct builder b;
	struct vcpu *v;
	mfn_t l3;
	int rc;

	b = (struct builder){ .kernel = kernel, .initrd = initrd, .plain = plain };
	understand(&b);
	plan(&b, mem_bytes);
	b.d = create(&b);
	v = b.d->vcpus[0];

	/* First what the modules are copied into, then the rest, which takes their frames in. */
	builder_memory_init(&b);
	builder_populate(&b, b.layout.pages_used);
	load(&b);
	keep_symbols(&b);
	builder_release_modules(&b);
	builder_populate(&b, b.nr_pages);
	builder_start_info(&b);
	b.d->mm.max_gpfn = b.nr_pages - 1;

	l3 = builder_tables(&b);
	do
		rc = new_guest_cr3(v, l3);
	while (rc == -XEN_ERESTART);
	if (rc)
		panic("the first domain's page tables could not be loaded (%d)", rc);
	heap_free(b.p2m_frames);
	wake_up(&b, v);
	printk(LOG_INFO, "first domain: %u MiB, %s, boot region 0x%x-0x%x, %u KiB of initrd\n",
	       b.nr_pages >> 8, plain ? "plain" : "initial (dom0)", b.layout.v_start,
	       b.layout.v_end, b.layout.initrd_bytes >> 10);
	return b.d;
}
