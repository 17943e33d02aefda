/* SPDX-License-Identifier: MIT */
#ifndef SECOND_H
#define SECOND_H

/*
 * A second domain, for questions about what is between domains.
 *
 * The test guest is a privileged first domain and does what tools do: domctl makes a domain,
 * populate_physmap gives it memory, foreign mappings fill it, and setvcpucontext starts it. What
 * runs there is a copy of the guest itself: same addresses, same data as at the moment of
 * second_make(), its own page tables, and instead of test_main() the function that was named.
 *
 *	static void child(void)		// runs in the second domain
 *	{
 *		EXPECT(ringone_xen_version(...), ...);
 *		second_mail->word[0] = 1;	// a page that both see
 *	}
 *
 *	void test_main(void)
 *	{
 *		static struct second s;
 *
 *		second_need();
 *		second_make(&s, child);		// paused
 *		second_unpause(&s);
 *		EXPECT(second_wait(&s, 1000), SHUTDOWN_poweroff);
 *		second_destroy(&s);
 *	}
 *
 * In the copy, guest_printf() and failed checks travel by the page that both see and are printed
 * by second_wait(); a failed check makes it end with SHUTDOWN_crash instead of poweroff, and
 * guest_finish() there ends it alone.
 *
 * Include this file first: it asks the interface's headers for what is for tools.
 */
#ifndef __XEN_TOOLS__
#define __XEN_TOOLS__ 1
#endif
#include "guest.h"
#include "mm.h"
#include <xen/domctl.h>
#include <xen/sysctl.h>

struct second {
	domid_t id;
	unsigned int nr_pages; /* pseudo-physical; those before the image are not there */
	xen_pfn_t *p2m;        /* pfn to mfn, kept for the next life */
	volatile struct second_mail *mail;
	unsigned int max_vcpus;    /* 0: one */
	unsigned int max_port;     /* 0: 1023 */
	unsigned int max_maptrack; /* frames as Xen counts them; 0: 4 */
};

/* The page that both see. */
struct second_mail {
	uint32_t said, heard; /* bytes of text, free running */
	uint32_t word[31];    /* the test's own; zero at first */
	char text[2048];
};

/* In the copy: its mail. NULL in the first domain. */
extern volatile struct second_mail *second_mail;

/* Ends the test as skipped where there is no domctl (an unprivileged domain). */
void second_need(void);

/* A domain, its memory and first VCPU, paused. These end the test when they fail. */
void second_create(struct second *s);                 /* empty: no memory */
void second_make(struct second *s, void (*fn)(void)); /* ready to run fn */
void second_unpause(struct second *s);

/* For who tries what may fail: called instead of the test's end, and may go elsewhere. */
extern void (*second_trouble)(const char *what, long ret);
/* Whether second_make() is to copy this page; NULL: all that are mapped. */
extern int (*second_wants)(const char *va);

/* Until it has shut down, its words printed meanwhile: the reason, or -1 after @ms. */
int second_wait(struct second *s, unsigned int ms);
/* Until word[@i] of the mail is @value: 1, or 0 after @ms. */
int second_wait_word(struct second *s, unsigned int i, uint32_t value, unsigned int ms);

/* Its end; afterwards its number is free. */
void second_destroy(struct second *s);
/* Whether it is gone: 1, or 0 when it is a zombie, whose frames somebody still maps. */
int second_gone(domid_t id);

/* One domctl or sysctl with everything but the command and the argument filled in. */
long second_domctl(struct xen_domctl *op, uint32_t cmd, domid_t id);
long second_sysctl(struct xen_sysctl *op, uint32_t cmd);
long second_info(domid_t id, struct xen_domctl_getdomaininfo *info);
uint64_t second_free_pages(void); /* of the machine, less what we hold of a second's mail */

/* The hypervisor's answer to mapping frame @mfn of domain @id at @va. @flags 0: unmap. */
long second_map(void *va, domid_t id, xen_pfn_t mfn, uint64_t flags);

#endif
