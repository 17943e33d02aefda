/* SPDX-License-Identifier: MIT */
/*
 * Which memory there is, and what the loader would have told: the command line as the kernel's
 * environment, the initial disk as a preloaded module.
 */
#include <i386/pv/pvvar.h>

#include <sys/linker.h>
#include <sys/msgbuf.h>
#include <sys/reboot.h>

#include <machine/bootinfo.h>
#include <machine/vmparam.h>

#define	AVAIL	(2 * (VM_PHYSSEG_MAX - 1))	/* of phys_avail[]; two more close it */

extern long physmem;
extern int boothowto;

/* Restores the heap below @i of the @n frames at @f. */
static void
sift(unsigned long *f, u_int i, u_int n)
{
	unsigned long v = f[i];
	u_int child;

	while ((child = 2 * i + 1) < n) {
		if (child + 1 < n && f[child + 1] > f[child])
			child++;
		if (f[child] <= v)
			break;
		f[i] = f[child];
		i = child;
	}
	f[i] = v;
}

static void
sort_frames(unsigned long *f, u_int n)
{
	unsigned long v;
	u_int i;

	for (i = n / 2; i-- > 0;)
		sift(f, i, n);
	for (i = n; i-- > 1;) {
		v = f[i];
		f[i] = f[0];
		f[0] = v;
		sift(f, 0, i);
	}
}

/*
 * Turns the builder's list into runs of free frames. Where there are more runs than phys_avail[]
 * holds, the rest is not used, and that is said. The list is not needed after this.
 */
void
pv_getmemsize(u_int first)
{
	start_info_t *si = HYPERVISOR_start_info;
	unsigned long *f = (unsigned long *)si->mfn_list;
	u_int i, n = 0, pages, run = 0, lost = 0;

	pmap_bootstrap(first);

	for (i = 0; i < si->nr_pages; i++)
		if (i < KERNLOAD / PAGE_SIZE || i >= pv_next_pfn ||
		    (i >= pv_old_first && i < pv_old_end))
			f[n++] = f[i];
	sort_frames(f, n);
	for (i = 0; i < n; i += pages) {
		for (pages = 1; i + pages < n && f[i + pages] == f[i] + pages; pages++)
			;
		if (run + 2 > AVAIL) {
			lost += pages;
			continue;
		}
		phys_avail[run] = dump_avail[run] = ptoa((vm_paddr_t)f[i]);
		phys_avail[run + 1] = dump_avail[run + 1] = ptoa((vm_paddr_t)f[i] + pages);
		run += 2;
		physmem += pages;
	}
	if (lost != 0)
		printf("pv: %u pages are in too small pieces to be used\n", lost);
	Maxmem = atop(phys_avail[run - 1]);

	/* the message buffer, from the end of the last run that has room for it */
	for (i = run; i > 0; i -= 2)
		if (phys_avail[i - 1] - phys_avail[i - 2] > round_page(msgbufsize))
			break;
	phys_avail[i - 1] -= round_page(msgbufsize);
	for (n = 0; n < round_page(msgbufsize); n += PAGE_SIZE)
		pmap_kenter((vm_offset_t)msgbufp + n, phys_avail[i - 1] + n);
}

/* One record of the loader's metadata. */
static uint32_t *
record(uint32_t *at, uint32_t type, const void *data, uint32_t size)
{

	at[0] = type;
	at[1] = size;
	bcopy(data, at + 2, size);
	return (at + 2 + howmany(size, sizeof(*at)));
}

static void
preload(uint32_t *at, uint32_t start, uint32_t size)
{

	at = record(at, MODINFO_NAME, "initrd", 7);
	at = record(at, MODINFO_TYPE, "md_image", 9);
	at = record(at, MODINFO_ADDR, &start, 4);
	at = record(at, MODINFO_SIZE, &size, 4);
	record(at, MODINFO_END, NULL, 0);
}

/* What stands before main() ever runs: environment and modules, as boot(8) leaves them. */
void
pv_bootinfo(start_info_t *si)
{
	static char environment[MAX_GUEST_CMDLINE + 2];
	static uint32_t metadata[40];
	char *s, *words = environment;

	strlcpy(words, (char *)si->cmd_line, MAX_GUEST_CMDLINE);
	if (strstr(words, "boot_verbose") != NULL)
		boothowto |= RB_VERBOSE;
	if (strstr(words, "boot_ddb") != NULL)
		boothowto |= RB_KDB;
	for (s = words; *s != '\0'; s++)
		if (*s == ' ')
			*s = '\0';
	bootinfo.bi_envp = (vm_offset_t)words - KERNBASE;
	if (si->mod_len != 0)
		preload(metadata, si->mod_start - KERNBASE, si->mod_len);
	bootinfo.bi_modulep = (vm_offset_t)metadata - KERNBASE;
}
