/* SPDX-License-Identifier: MIT */
/*
 * Making a second domain (second.h).
 *
 *	pfn	0 .. 0xff		not there
 *		0x100 ..		the image, as at GUEST_VIRT_BASE + 1 MiB
 *		behind it		start_info, p2m list, L3, L2, L1 tables
 */
#include "second.h"
#include "event.h"
#include "internal.h"

#define FIRST_PFN 0x100
#define L1_SPAN   512
#define CHUNK     512

extern char guest_end[], guest_entry[], guest_stack_top[], trap_stack_top[];

volatile struct second_mail *second_mail;

static char mail_page[PAGE_SIZE] __attribute__((aligned(4096)));
static char window[PAGE_SIZE] __attribute__((aligned(4096)));
static char mail_window[PAGE_SIZE] __attribute__((aligned(4096)));

void (*second_trouble)(const char *what, long ret);
int (*second_wants)(const char *va);

static void __attribute__((noreturn)) die(const char *what, long ret)
{
	if (second_trouble)
		second_trouble(what, ret);
	second_mail = NULL; /* while a copy is being made it is set here, too */
	guest_fail("second domain: %s: error %d", what, (int)ret);
	guest_finish();
}

static void must(const char *what, long ret)
{
	if (ret < 0)
		die(what, ret);
}

/* ---- calls ---- */

long second_domctl(struct xen_domctl *op, uint32_t cmd, domid_t id)
{
	op->cmd = cmd;
	op->interface_version = XEN_DOMCTL_INTERFACE_VERSION;
	op->domain = id;
	return ringone_call(__HYPERVISOR_domctl, (uint32_t)op, 0, 0, 0, 0);
}

long second_sysctl(struct xen_sysctl *op, uint32_t cmd)
{
	op->cmd = cmd;
	op->interface_version = XEN_SYSCTL_INTERFACE_VERSION;
	return ringone_call(__HYPERVISOR_sysctl, (uint32_t)op, 0, 0, 0, 0);
}

static long simple(uint32_t cmd, domid_t id)
{
	struct xen_domctl op = { 0 };

	return second_domctl(&op, cmd, id);
}

long second_info(domid_t id, struct xen_domctl_getdomaininfo *info)
{
	struct xen_domctl op = { 0 };
	long ret = second_domctl(&op, XEN_DOMCTL_getdomaininfo, id);

	*info = op.u.getdomaininfo;
	return ret;
}

int second_gone(domid_t id)
{
	struct xen_domctl_getdomaininfo info;

	return second_info(id, &info) == -XEN_ESRCH || info.domain != id;
}

uint64_t second_free_pages(void)
{
	struct xen_sysctl op = { 0 };

	must("physinfo", second_sysctl(&op, XEN_SYSCTL_physinfo));
	return op.u.physinfo.free_pages;
}

long second_map(void *va, domid_t id, xen_pfn_t mfn, uint64_t flags)
{
	uint64_t e = flags ? (uint64_t)mfn * PAGE_SIZE | flags : 0;

	return ringone_call(__HYPERVISOR_update_va_mapping_otherdomain, (uint32_t)va, e, e >> 32,
			    UVMF_INVLPG, id);
}

void second_need(void)
{
	struct xen_domctl op = { 0 };

	if (second_domctl(&op, XEN_DOMCTL_getdomaininfo, 0))
		guest_skip("no domctl here");
}

/* ---- building ---- */

void second_create(struct second *s)
{
	struct xen_domctl op = { 0 };
	unsigned int vcpus = s->max_vcpus ? s->max_vcpus : 1;

	op.u.createdomain = (struct xen_domctl_createdomain){
		.max_vcpus = vcpus,
		.max_evtchn_port = s->max_port ? s->max_port : 1023,
		.max_grant_frames = 4,
		.max_maptrack_frames = s->max_maptrack ? s->max_maptrack : 4,
		.grant_opts = XEN_DOMCTL_GRANT_version(1),
	};
	must("createdomain", second_domctl(&op, XEN_DOMCTL_createdomain, 0));
	s->id = op.domain;
	op.u.address_size.size = 32; /* a Xen may be for 64 */
	must("set_address_size", second_domctl(&op, XEN_DOMCTL_set_address_size, s->id));
	op.u.max_vcpus.max = vcpus;
	must("max_vcpus", second_domctl(&op, XEN_DOMCTL_max_vcpus, s->id));
	op.u.max_mem.max_memkb = 16 << 10;
	must("max_mem", second_domctl(&op, XEN_DOMCTL_max_mem, s->id));
}

static void populate(struct second *s)
{
	for (unsigned int pfn = 0; pfn < FIRST_PFN; pfn++)
		s->p2m[pfn] = ~0UL;
	for (unsigned int pfn = FIRST_PFN; pfn < s->nr_pages; pfn++)
		s->p2m[pfn] = pfn;
	for (unsigned int pfn = FIRST_PFN; pfn < s->nr_pages; pfn += CHUNK) {
		unsigned int n = s->nr_pages - pfn < CHUNK ? s->nr_pages - pfn : CHUNK;
		struct xen_memory_reservation r = { .nr_extents = n, .domid = s->id };
		long got;

		set_xen_guest_handle(r.extent_start, &s->p2m[pfn]);
		got = ringone_memory_op(XENMEM_populate_physmap, &r);
		if (got != (long)n)
			die("populate_physmap gave too few", got);
	}
}

static void *open_page(struct second *s, unsigned int pfn)
{
	must("mapping its memory", second_map(window, s->id, s->p2m[pfn], PTE_RW));
	return window;
}

static void close_page(void)
{
	must("unmapping its memory", second_map(window, DOMID_SELF, 0, 0));
}

static void write_page(struct second *s, unsigned int pfn, const void *from)
{
	memcpy(open_page(s, pfn), from, PAGE_SIZE);
	close_page();
}

static void *va_of(unsigned int pfn)
{
	return (void *)(GUEST_VIRT_BASE + (unsigned long)pfn * PAGE_SIZE);
}

struct places {
	unsigned int start_info, p2m, l3, l2, l1, end;
};

static struct places plan(void)
{
	struct places p;

	p.start_info = ((unsigned long)guest_end - GUEST_VIRT_BASE + PAGE_SIZE - 1) / PAGE_SIZE;
	p.p2m = p.start_info + 1;
	p.l3 = p.p2m + 2;
	p.l2 = p.l3 + 1;
	p.l1 = p.l2 + 1;
	p.end = p.l1 + 8;
	if (p.end > 2048)
		die("the image is too large", p.end);
	return p;
}

/* Tables are seen read-only; everything else as the first domain began with. */
static void write_tables(struct second *s, const struct places *p)
{
	static uint64_t table[512];

	for (unsigned int i = 0; i * L1_SPAN < s->nr_pages; i++) {
		for (unsigned int j = 0; j < L1_SPAN; j++) {
			unsigned int pfn = i * L1_SPAN + j;
			int is_table = pfn >= p->l3;

			table[j] = pfn < FIRST_PFN || pfn >= s->nr_pages
					   ? 0
					   : (uint64_t)s->p2m[pfn] * PAGE_SIZE |
						     (is_table ? PTE_RO : PTE_RW);
		}
		write_page(s, p->l1 + i, table);
	}
	memset(table, 0, sizeof(table));
	for (unsigned int i = 0; i * L1_SPAN < s->nr_pages; i++)
		table[i] = (uint64_t)s->p2m[p->l1 + i] * PAGE_SIZE | TABLE_FLAGS;
	write_page(s, p->l2, table);
	memset(table, 0, sizeof(table));
	table[3] = (uint64_t)s->p2m[p->l2] * PAGE_SIZE | L3_FLAGS;
	write_page(s, p->l3, table);
}

static void write_start(struct second *s, const struct places *p)
{
	struct xen_domctl_getdomaininfo info;
	struct start_info *si = open_page(s, p->start_info);

	must("getdomaininfo", second_info(s->id, &info));
	memset(si, 0, PAGE_SIZE);
	memcpy(si->magic, "xen-3.0-x86_32p", 16);
	si->nr_pages = s->nr_pages;
	si->shared_info = info.shared_info_frame * PAGE_SIZE;
	si->pt_base = (unsigned long)va_of(p->l3);
	si->nr_pt_frames = 2 + 8;
	si->mfn_list = (unsigned long)va_of(p->p2m);
	close_page();
	for (unsigned int i = 0; i < 2; i++)
		write_page(s, p->p2m + i, (char *)s->p2m + i * PAGE_SIZE);
}

static void write_context(struct second *s, const struct places *p)
{
	static struct vcpu_guest_context c;
	mmuext_op_t pin = { .cmd = MMUEXT_PIN_L3_TABLE, .arg1.mfn = s->p2m[p->l3] };
	struct xen_domctl op = { 0 };

	must("pinning its L3", ringone_mmuext_op(&pin, 1, NULL, s->id));
	memset(&c, 0, sizeof(c));
	c.flags = VGCF_in_kernel | VGCF_online;
	c.user_regs.cs = FLAT_KERNEL_CS;
	c.user_regs.ss = c.user_regs.ds = c.user_regs.es = FLAT_KERNEL_DS;
	c.user_regs.eip = (unsigned long)guest_entry;
	c.user_regs.esp = (unsigned long)guest_stack_top;
	c.user_regs.esi = (unsigned long)va_of(p->start_info);
	c.user_regs.eflags = 1 << 9;
	c.kernel_ss = FLAT_KERNEL_SS;
	c.kernel_sp = c.user_regs.esp;
	c.ctrlreg[3] = xen_pfn_to_cr3(s->p2m[p->l3]);
	c.vm_assist = 1 << VMASST_TYPE_pae_extended_cr3;
	set_xen_guest_handle(op.u.vcpucontext.ctxt, &c);
	must("setvcpucontext", second_domctl(&op, XEN_DOMCTL_setvcpucontext, s->id));
}

/* Not what the test has unmapped, nor what has a meaning of its own there. */
static int to_copy(const char *va)
{
	return *l1_entry((unsigned long)va) & PTE_P && va != window && va != mail_window &&
	       va != mail_page && (!second_wants || second_wants(va));
}

void second_make(struct second *s, void (*fn)(void))
{
	struct places p = plan();
	unsigned int mail_pfn = ((unsigned long)mail_page - GUEST_VIRT_BASE) / PAGE_SIZE;

	second_create(s);
	s->nr_pages = p.end;
	if (!s->p2m)
		s->p2m = page_alloc_n(2);
	populate(s);
	/* The copy finds its duty in its data. */
	guest_main = fn;
	second_mail = (volatile struct second_mail *)mail_page;
	for (unsigned int pfn = FIRST_PFN; pfn < p.start_info; pfn++)
		if (to_copy(va_of(pfn)))
			write_page(s, pfn, va_of(pfn));
	guest_main = test_main;
	second_mail = NULL;
	write_tables(s, &p);
	write_start(s, &p);
	must("mapping its mail", second_map(mail_window, s->id, s->p2m[mail_pfn], PTE_RW));
	s->mail = (volatile struct second_mail *)mail_window;
	memset((void *)s->mail, 0, PAGE_SIZE);
	write_context(s, &p);
}

/* ---- living ---- */

void second_unpause(struct second *s)
{
	must("unpausedomain", simple(XEN_DOMCTL_unpausedomain, s->id));
}

/* In the copy: text that the first domain prints. What finds no room is lost, not waited for. */
void second_say(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (second_mail->said - second_mail->heard >= sizeof(second_mail->text))
			return;
		second_mail->text[second_mail->said % sizeof(second_mail->text)] = text[i];
		second_mail->said++;
	}
}

static void print_words(struct second *s)
{
	static char line[128];
	static unsigned int n;

	while (s->mail && s->mail->heard != s->mail->said) {
		char c = s->mail->text[s->mail->heard % sizeof(s->mail->text)];

		s->mail->heard++;
		if (c != '\n' && n < sizeof(line) - 1) {
			line[n++] = c;
			continue;
		}
		line[n] = 0;
		n = 0;
		guest_printf("# (second) %s\n", line);
	}
}

int second_wait(struct second *s, unsigned int ms)
{
	struct patience p = patience(ms);
	struct xen_domctl_getdomaininfo info;

	do {
		print_words(s);
		must("getdomaininfo", second_info(s->id, &info));
		if (info.flags & XEN_DOMINF_shutdown) {
			print_words(s);
			return info.flags >> XEN_DOMINF_shutdownshift & XEN_DOMINF_shutdownmask;
		}
		ringone_sched_op(SCHEDOP_yield, NULL);
	} while (patient(&p));
	return -1;
}

int second_wait_word(struct second *s, unsigned int i, uint32_t value, unsigned int ms)
{
	struct patience p = patience(ms);

	while (s->mail->word[i] != value) {
		print_words(s);
		if (!patient(&p))
			return 0;
		ringone_sched_op(SCHEDOP_yield, NULL);
	}
	return 1;
}

void second_destroy(struct second *s)
{
	if (s->mail)
		must("unmapping its mail", second_map(mail_window, DOMID_SELF, 0, 0));
	s->mail = NULL;
	must("destroydomain", simple(XEN_DOMCTL_destroydomain, s->id));
}
