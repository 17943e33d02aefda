/* SPDX-License-Identifier: MIT */
/* What a paravirtual kernel says about itself: ELF notes, or the older __xen_guest string. */
#ifndef RINGONE_DOMAIN_NOTES_H
#define RINGONE_DOMAIN_NOTES_H

#include "elf.h"
#include "say/say.h"

enum pv_pae { PV_PAE_NO, PV_PAE_YES, PV_PAE_BIMODAL };

struct pv_info {
	bool legacy;             /* from __xen_guest: other defaults */
	bool modern;             /* note Ringone 1: asks for hole and M2P (DESIGN 4) */
	uint32_t virt_base;      /* virtual address of pseudo-physical 0 */
	uint32_t paddr_offset;   /* what the ELF paddrs are ahead of pseudo-physical ones */
	uint32_t entry;          /* virtual */
	uint32_t hypercall_page; /* virtual */
	uint32_t init_p2m;       /* virtual */
	uint32_t hv_start_low;
	bool has_virt_base, has_paddr_offset, has_entry, has_hypercall_page, has_init_p2m;
	bool has_hv_start_low, has_supported, mod_start_pfn, bsd_symtab, suspend_cancel;
	enum pv_pae pae;
	bool extended_cr3;
	uint32_t features_supported, features_required; /* XENFEAT_* bits */
	char guest_os[24], guest_version[24], xen_version[24], loader[24];

	/* Worked out from these and the ELF file, checked. */
	uint32_t virt_kstart, virt_kend;
	uint32_t bsd_symtab_at; /* virtual, below virt_kend; 0: not wanted, or none in the file */
	char why[200];          /* the refusal, a sentence without full stop */
};

/*
 * Read and check all that `elf` says about running paravirtually.  `provided`
 * are the XENFEAT_* bits the domain gets.  False: `why` says what is missing.
 */
bool pv_parse(const struct image *img, const struct elf_info *elf, uint32_t provided,
	      struct pv_info *pv);

/* Inside notes: shared by notes.c (values) and legacy.c (the string's keys). */
bool pv_features(struct pv_info *pv, const char *list);
bool pv_pae_mode(struct pv_info *pv, const char *value);
bool pv_parse_legacy(const struct image *img, const struct elf_range *section, struct pv_info *pv);
#define pv_refuse(pv, ...) (snprintf((pv)->why, sizeof((pv)->why), __VA_ARGS__), false)

#endif
