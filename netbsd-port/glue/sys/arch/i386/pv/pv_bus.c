/* SPDX-License-Identifier: MIT */
/*
 * when: sys/arch/i386/include/frameasm.h lacks /intrfastexit/
 *
 * The hypervisor as a device, below which the drivers of the tree's own port attach, and what those
 * take for granted; and the console, which is there before any device is.
 */
#include "pvvar.h"

#include <sys/device.h>

#include <xen/granttables.h>
#include <xen/xen-public/io/console.h>
#include <xen/xen-public/io/xs_wire.h>
#include <xen/xenbus.h>

static int hypervisor_match(device_t, cfdata_t, void *);
static void hypervisor_attach(device_t, device_t, void *);

CFATTACH_DECL_NEW(hypervisor, 0, hypervisor_match, hypervisor_attach, NULL, NULL);

extern volatile struct xencons_interface *xencons_interface;
extern struct xenstore_domain_interface *xenstore_interface;
unsigned long *xpmap_phys_to_machine_mapping;
int xen_version;
bool xen_suspend_allow = false;

static char console_page[PAGE_SIZE] __aligned(PAGE_SIZE);
static char store_page[PAGE_SIZE] __aligned(PAGE_SIZE);

static void *
shared_page(char *page, unsigned long mfn)
{

	pmap_kenter_ma((vaddr_t)page, ptoa((paddr_t)mfn), VM_PROT_READ | VM_PROT_WRITE, 0);
	return page;
}

void
pv_consinit(void)
{

	if (!xendomain_is_dom0())
		xencons_interface = shared_page(console_page, xen_start_info.console.domU.mfn);
	xenconscn_attach();
}

static int
hypervisor_match(device_t parent, cfdata_t match, void *aux)
{

	return 1;
}

static int
print(void *aux, const char *parent)
{

	return UNCONF;
}

static void
hypervisor_attach(device_t parent, device_t self, void *aux)
{
	struct xencons_attach_args console = { "xencons" };
	struct xenbus_attach_args bus = { .xa_device = "xenbus" };

	aprint_normal("\n");
	xen_version = HYPERVISOR_xen_version(0, NULL);
	xpmap_phys_to_machine_mapping = pv_p2m;
	config_found_ia(self, "xendevbus", &console, print);
	if (xen_start_info.store_mfn == 0)
		return;
	xenstore_interface = shared_page(store_page, xen_start_info.store_mfn);
	xengnt_init();
	config_found_ia(self, "xendevbus", &bus, print);
}

void
printk(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	vprintf(format, list);
	va_end(list);
}

/* There is no file system of the kernel's to show the store in. */
void
xenbus_kernfs_init(void)
{
}

/* What the network's driver has put into the other port's queue, which is ours. */
void	xpq_flush_queue(void);
void
xpq_flush_queue(void)
{

	pv_flush();
}
