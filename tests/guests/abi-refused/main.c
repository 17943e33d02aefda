/* SPDX-License-Identifier: MIT */
/*
 * Question: is every name of the interface that abi-names.def calls refused, refused with the
 * error it says, however often it is tried?
 *
 * Expected: for each REFUSED row its -errno, for each ABSENT feature a clear bit, and every SILENT
 * virtual interrupt can be bound. The rows come from the same file as docs/abi.md.
 */
#define __XEN_TOOLS__ 1
#include "event.h"
#include <xen/arch-x86/xen-mca.h>
#include <xen/argo.h>
#include <xen/domctl.h>
#include <xen/hvm/dm_op.h>
#include <xen/hvm/hvm_op.h>
#include <xen/hypfs.h>
#include <xen/kexec.h>
#include <xen/platform.h>
#include <xen/pmu.h>
#include <xen/sysctl.h>
#include <xen/tmem.h>
#include <xen/xenoprof.h>
#include <xen/xsm/flask_op.h>

enum shape { NUMBER, COMMAND, INSIDE, BUFFER, MMU, MMUEXT, ASSIST, CALLBACK };

struct refused {
	const char *name;
	enum shape shape;
	uint32_t call, value;
	int error;
};

#define number     NUMBER, 0
#define command(c) COMMAND, __HYPERVISOR_##c
#define inside(c)  INSIDE, __HYPERVISOR_##c
#define buffer(c)  BUFFER, __HYPERVISOR_##c
#define mmu        MMU, __HYPERVISOR_mmu_update
#define mmuext     MMUEXT, __HYPERVISOR_mmuext_op
#define assist     ASSIST, __HYPERVISOR_vm_assist
#define callback   CALLBACK, __HYPERVISOR_callback_op

#define SECTION(family, remark)
#define YES(name, test)
#define NOT(name, reason)

static const struct refused table[] = {
#define REFUSED(name, error, how) { #name, how, name, -XEN_##error },
#define ABSENT(name)
#define SILENT(name)
#include "../../../hypervisor/include/abi-names.def"
#undef REFUSED
#undef ABSENT
#undef SILENT
};

#define REFUSED(name, error, how)
static const struct {
	const char *name;
	unsigned int bit;
} absent[] = {
#define ABSENT(name) { #name, name },
#define SILENT(name)
#include "../../../hypervisor/include/abi-names.def"
#undef ABSENT
#undef SILENT
};

static const struct {
	const char *name;
	unsigned int virq;
} silent[] = {
#define ABSENT(name)
#define SILENT(name) { #name, name },
#include "../../../hypervisor/include/abi-names.def"
};

/* Room for the largest argument any of them reads; zero but for what names the operation. */
static uint32_t argument[256];

static long attempt(const struct refused *r)
{
	uint32_t at = (uint32_t)argument;
	unsigned int done = 0;

	memset(argument, 0, sizeof(argument));
	switch (r->shape) {
	case NUMBER:
		return ringone_call(r->value, at, 0, 0, 0, 0);
	case COMMAND:
		return ringone_call(r->call, r->value, at, 1, 0, 0);
	case INSIDE:
		argument[0] = r->value;
		if (r->call == __HYPERVISOR_platform_op)
			argument[1] = XENPF_INTERFACE_VERSION;
		if (r->call == __HYPERVISOR_domctl)
			argument[1] = XEN_DOMCTL_INTERFACE_VERSION;
		if (r->call == __HYPERVISOR_sysctl)
			argument[1] = XEN_SYSCTL_INTERFACE_VERSION;
		return ringone_call(r->call, at, 0, 0, 0, 0);
	case BUFFER:
		argument[0] = at + 16; /* where the buffer is */
		argument[1] = 64;      /* and how long */
		argument[4] = r->value;
		return ringone_call(r->call, DOMID_SELF, 1, at, 0, 0);
	case MMU:
		argument[0] = r->value;
		return ringone_call(r->call, at, 1, (uint32_t)&done, DOMID_SELF, 0);
	case MMUEXT:
		argument[0] = r->value;
		return ringone_call(r->call, at, 1, (uint32_t)&done, DOMID_SELF, 0);
	case ASSIST:
		return ringone_call(r->call, VMASST_CMD_enable, r->value, 0, 0, 0);
	case CALLBACK:
		((struct callback_register *)argument)->type = r->value;
		((struct callback_register *)argument)->address.cs = FLAT_KERNEL_CS;
		return ringone_call(r->call, CALLBACKOP_register, at, 0, 0, 0);
	}
	return 0;
}

void test_main(void)
{
	struct xen_feature_info fi = { 0 };

	for (unsigned int i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		long rc = attempt(&table[i]);

		CHECK(rc == table[i].error, "%s: %ld, abi-names.def says %d", table[i].name, rc,
		      table[i].error);
		/* Refusing must not have changed anything that would change the answer. */
		CHECK(attempt(&table[i]) == rc, "%s answers %ld only once", table[i].name, rc);
	}
	EXPECT(ringone_xen_version(XENVER_get_features, &fi), 0);
	for (unsigned int i = 0; i < sizeof(absent) / sizeof(absent[0]); i++)
		CHECK(!(fi.submap & 1u << absent[i].bit), "%s is offered", absent[i].name);
	for (unsigned int i = 0; i < sizeof(silent) / sizeof(silent[0]); i++) {
		int port = bind_virq(silent[i].virq);

		/* Two names of one number: the second finds it taken. */
		CHECK(port > 0 || port == -XEN_EEXIST, "%s: %d", silent[i].name, port);
	}
	note("%u names refused, %u features absent, %u virtual interrupts silent",
	     (unsigned int)(sizeof(table) / sizeof(table[0])),
	     (unsigned int)(sizeof(absent) / sizeof(absent[0])),
	     (unsigned int)(sizeof(silent) / sizeof(silent[0])));
}
