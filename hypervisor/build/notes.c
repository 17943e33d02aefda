/* SPDX-License-Identifier: MIT */
/*
 * ELF notes of owner "Xen" (elfnote.h of the interface says what each means)
 * and of owner "Ringone" (abi.h).
 */
#include <xen/elfnote.h>
#include <xen/features.h>

#include "notes.h"
#include "bsd_symtab.h"
#include "layout.h"
#include "lib.h"

#define OWNER_XEN           "Xen"
#define OWNER_RINGONE       "Ringone"
#define RINGONE_NOTE_MODERN 1          /* RINGONE_ELFNOTE_MODERN of abi.h */
#define MAX_NOTES_SIZE      (1U << 20) /* a note section beyond this is no note section */
#define MAX_STRING          256

struct note {
	uint32_t type, desc, descsz; /* desc: offset in the file */
};

static bool number(const struct image *img, const struct note *n, uint32_t *value,
		   struct pv_info *pv)
{
	uint64_t v = 0;

	if ((n->descsz != 4 && n->descsz != 8) || !image_read(img, n->desc, &v, n->descsz))
		return pv_refuse(pv, "its ELF note %u is corrupt: a number of %u bytes", n->type,
				 n->descsz);
	if (v >> 32)
		return pv_refuse(pv, "its ELF note %u is corrupt: 0x%llx does not fit 32 bits",
				 n->type, (unsigned long long)v);
	*value = v;
	return true;
}

/* At most size - 1 characters, always terminated; longer values are cut. */
static bool string(const struct image *img, const struct note *n, char *to, uint32_t size)
{
	uint32_t bytes = MIN(n->descsz, size - 1);

	to[0] = '\0';
	if (!image_read(img, n->desc, to, bytes))
		return false;
	to[bytes] = '\0';
	return true;
}

static bool yes(const char *s)
{
	return !strncmp(s, "yes", 3);
}

static bool one_word(const char *list, const char *word)
{
	uint32_t n = strlen(word);

	for (const char *p = list; *p; p++)
		if (!strncmp(p, word, n))
			return true;
	return false;
}

bool pv_pae_mode(struct pv_info *pv, const char *value)
{
	if (one_word(value, "bimodal"))
		pv->pae = PV_PAE_BIMODAL;
	else if (yes(value))
		pv->pae = PV_PAE_YES;
	else
		pv->pae = PV_PAE_NO;
	/* The older string says it in brackets; a kernel with notes is new enough to know it. */
	pv->extended_cr3 = pv->pae != PV_PAE_NO && (!pv->legacy || one_word(value, "extended-cr3"));
	return true;
}

static const struct {
	uint8_t bit;
	const char *name;
} features[] = {
#define FEATURE(f)              \
	{                       \
		XENFEAT_##f, #f \
	}
	FEATURE(writable_page_tables),
	FEATURE(writable_descriptor_tables),
	FEATURE(auto_translated_physmap),
	FEATURE(supervisor_mode_kernel),
	FEATURE(pae_pgdir_above_4gb),
	FEATURE(mmu_pt_update_preserve_ad),
	FEATURE(highmem_assist),
	FEATURE(gnttab_map_avail_bits),
	FEATURE(hvm_callback_vector),
	FEATURE(hvm_safe_pvclock),
	FEATURE(hvm_pirqs),
	FEATURE(dom0),
#undef FEATURE
};

static int feature_bit(const char *name, uint32_t length)
{
	for (uint32_t i = 0; i < ARRAY_SIZE(features); i++)
		if (strlen(features[i].name) == length && !strncmp(features[i].name, name, length))
			return features[i].bit;
	return -1;
}

/* "a|!b|c": b is required. */
bool pv_features(struct pv_info *pv, const char *list)
{
	while (*list) {
		bool required = *list == '!';
		uint32_t length;
		int bit;

		list += required;
		for (length = 0; list[length] && list[length] != '|' && list[length] != ',';
		     length++)
			;
		bit = feature_bit(list, length);
		if (bit < 0 && required && length)
			return pv_refuse(
				pv, "it requires the feature \"%.*s\", which Ringone does not know",
				(int)MIN(length, 60), list);
		if (bit >= 0) {
			pv->features_supported |= 1U << bit;
			pv->features_required |= (uint32_t)required << bit;
		}
		list += length;
		list += *list != '\0';
	}
	return true;
}

static bool xen_note(const struct image *img, const struct note *n, struct pv_info *pv)
{
	char s[MAX_STRING];
	uint32_t v;

#define TAKE(field) (pv->has_##field = true, number(img, n, &pv->field, pv))
	switch (n->type) {
	case XEN_ELFNOTE_ENTRY:
		return TAKE(entry);
	case XEN_ELFNOTE_HYPERCALL_PAGE:
		return TAKE(hypercall_page);
	case XEN_ELFNOTE_VIRT_BASE:
		return TAKE(virt_base);
	case XEN_ELFNOTE_PADDR_OFFSET:
		return TAKE(paddr_offset);
	case XEN_ELFNOTE_HV_START_LOW:
		return TAKE(hv_start_low);
	case XEN_ELFNOTE_INIT_P2M:
		return TAKE(init_p2m);
#undef TAKE
	case XEN_ELFNOTE_MOD_START_PFN:
		if (!number(img, n, &v, pv))
			return false;
		pv->mod_start_pfn = v;
		return true;
	case XEN_ELFNOTE_SUSPEND_CANCEL:
		if (!number(img, n, &v, pv))
			return false;
		pv->suspend_cancel = v;
		return true;
	case XEN_ELFNOTE_SUPPORTED_FEATURES:
		if (!number(img, n, &v, pv))
			return false;
		pv->features_supported |= v;
		pv->has_supported = true;
		return true;
	case XEN_ELFNOTE_PAE_MODE:
		return string(img, n, s, sizeof(s)) && pv_pae_mode(pv, s);
	case XEN_ELFNOTE_FEATURES:
		return string(img, n, s, sizeof(s)) && pv_features(pv, s);
	case XEN_ELFNOTE_BSD_SYMTAB:
		pv->bsd_symtab = string(img, n, s, sizeof(s)) && yes(s);
		return true;
	case XEN_ELFNOTE_GUEST_OS:
		return string(img, n, pv->guest_os, sizeof(pv->guest_os));
	case XEN_ELFNOTE_GUEST_VERSION:
		return string(img, n, pv->guest_version, sizeof(pv->guest_version));
	case XEN_ELFNOTE_XEN_VERSION:
		return string(img, n, pv->xen_version, sizeof(pv->xen_version));
	case XEN_ELFNOTE_LOADER:
		return string(img, n, pv->loader, sizeof(pv->loader));
	default:
		/* L1_MFN_VALID matters to migration, PHYS32_ENTRY to other modes, INFO to readers. */
		return true;
	}
}

/*
 * One note after the other; *found counts those of owner Xen.  The last one may
 * be shorter than it says: grub-mkimage announces 12 bytes of PAE_MODE and writes
 * 4.  What there is of it counts, a string ends with it; a number has to be
 * whole.
 */
static bool walk(const struct image *img, const struct elf_range *r, uint32_t *found,
		 struct pv_info *pv)
{
	uint64_t pos = r->offset, end = (uint64_t)r->offset + r->size;

	if (r->size > MAX_NOTES_SIZE)
		return pv_refuse(pv, "it is corrupt: 0x%x bytes of ELF notes", r->size);
	while (end - pos >= 12) {
		struct {
			uint32_t namesz, descsz, type;
		} h;
		char owner[8] = "";
		uint64_t desc, next;
		struct note n;

		if (!image_read(img, pos, &h, sizeof(h)))
			return pv_refuse(pv, "it is truncated in its ELF notes");
		desc = pos + sizeof(h) + ROUND_UP((uint64_t)h.namesz, 4);
		next = desc + ROUND_UP((uint64_t)h.descsz, 4);
		if (desc > end || h.descsz > MAX_NOTES_SIZE)
			return pv_refuse(
				pv,
				"it is corrupt: the ELF note at 0x%llx is larger than its section",
				(unsigned long long)pos);
		image_read(img, pos + sizeof(h), owner, MIN(h.namesz, sizeof(owner)));
		n = (struct note){ h.type, desc, MIN(h.descsz, end - desc) };
		if (h.namesz == sizeof(OWNER_XEN) && !memcmp(owner, OWNER_XEN, sizeof(OWNER_XEN))) {
			++*found;
			if (!xen_note(img, &n, pv))
				return false;
		} else if (h.namesz == sizeof(OWNER_RINGONE) &&
			   !memcmp(owner, OWNER_RINGONE, sizeof(OWNER_RINGONE)) &&
			   h.type == RINGONE_NOTE_MODERN) {
			pv->modern = true;
		}
		if (next >= end)
			break;
		pos = next;
	}
	return true;
}

/* The symbol table becomes the last part of the image: what follows, follows that. */
static bool place_bsd_symtab(const struct elf_info *elf, struct pv_info *pv)
{
	uint64_t at = ROUND_UP((uint64_t)pv->virt_kend, BSD_SYMTAB_ALIGN), end;

	if (!pv->bsd_symtab || !elf->symtab.size)
		return true;
	end = at + bsd_symtab_bytes(elf);
	if (end >> 32)
		return pv_refuse(
			pv,
			"its symbol table (BSD_SYMTAB, %u KiB) behind its image, which ends at "
			"0x%x, wraps around 4 GiB",
			(elf->symtab.size + elf->strtab.size) >> 10, pv->virt_kend);
	pv->bsd_symtab_at = at;
	pv->virt_kend = end;
	return true;
}

/* Addresses: defaults of elfnote.h, then do they make sense together? */
static bool place(const struct elf_info *elf, struct pv_info *pv)
{
	uint32_t offset;

	if (!pv->has_paddr_offset && pv->legacy)
		pv->paddr_offset = pv->virt_base;
	if (!pv->has_entry)
		pv->entry = elf->entry;
	if (pv->virt_base % PAGE_SIZE || pv->paddr_offset % PAGE_SIZE)
		return pv_refuse(pv, "its VIRT_BASE 0x%x or PADDR_OFFSET 0x%x is not page aligned",
				 pv->virt_base, pv->paddr_offset);
	if (pv->paddr_offset > elf->pstart)
		return pv_refuse(pv, "its PADDR_OFFSET 0x%x lies above its first segment (0x%x)",
				 pv->paddr_offset, elf->pstart);
	offset = pv->virt_base - pv->paddr_offset;
	pv->virt_kstart = elf->pstart + offset;
	pv->virt_kend = elf->pend + offset;
	if (pv->virt_kstart < pv->virt_base || pv->virt_kend < pv->virt_kstart)
		return pv_refuse(
			pv,
			"its image (0x%x-0x%x with VIRT_BASE 0x%x, PADDR_OFFSET 0x%x) wraps "
			"around 4 GiB",
			elf->pstart, elf->pend, pv->virt_base, pv->paddr_offset);
	if (pv->entry < pv->virt_kstart || pv->entry >= pv->virt_kend)
		return pv_refuse(pv, "its entry point 0x%x is not in its image (0x%x-0x%x)",
				 pv->entry, pv->virt_kstart, pv->virt_kend);
	if (pv->has_hypercall_page &&
	    (pv->hypercall_page % PAGE_SIZE || pv->hypercall_page < pv->virt_kstart ||
	     pv->hypercall_page >= pv->virt_kend || pv->virt_kend - pv->hypercall_page < PAGE_SIZE))
		return pv_refuse(pv,
				 "its hypercall page 0x%x is not a page of its image (0x%x-0x%x)",
				 pv->hypercall_page, pv->virt_kstart, pv->virt_kend);
	return place_bsd_symtab(elf, pv);
}

static bool check(const struct elf_info *elf, uint32_t provided, struct pv_info *pv)
{
	uint32_t hole = pv->modern ? HOLE_START : CLASSIC_M2P_START, missing;

	if (pv->xen_version[0] && strncmp(pv->xen_version, "xen-3.", 6))
		return pv_refuse(pv, "it is for the interface \"%s\"; Ringone speaks xen-3.0",
				 pv->xen_version);
	if (pv->pae == PV_PAE_NO)
		return pv_refuse(pv,
				 "it is not a PAE kernel; build it with PAE (Linux: HIGHMEM64G)");
	if (pv->has_hv_start_low && pv->hv_start_low > hole)
		return pv_refuse(pv, "its HV_START_LOW 0x%x lies above the hypervisor's 0x%x",
				 pv->hv_start_low, hole);
	/*
	 * Linux has marked writable_page_tables as required since its first PV kernels and has never
	 * had it: what it needs is the assist, which everybody gets.
	 */
	missing = pv->features_required & ~provided & ~(1U << XENFEAT_writable_page_tables);
	for (uint32_t i = 0; missing && i < ARRAY_SIZE(features); i++)
		if (missing & (1U << features[i].bit))
			return pv_refuse(
				pv, "it requires the feature \"%s\", which it cannot have here",
				features[i].name);
	return place(elf, pv);
}

bool pv_parse(const struct image *img, const struct elf_info *elf, uint32_t provided,
	      struct pv_info *pv)
{
	uint32_t found = 0;

	memset(pv, 0, sizeof(*pv));
	for (uint32_t i = 0; i < elf->nr_notes; i++) {
		if (!walk(img, &elf->notes[i], &found, pv)) {
			if (!pv->why[0])
				return pv_refuse(pv, "its ELF notes are corrupt");
			return false;
		}
	}
	if (!found) {
		if (!elf->xen_guest.size)
			return pv_refuse(
				pv,
				"it is not a paravirtual kernel: no ELF notes of owner Xen and no "
				"__xen_guest section; port it with the kit, or build it with "
				"paravirtual Xen support");
		if (!pv_parse_legacy(img, &elf->xen_guest, pv))
			return false;
	}
	return check(elf, provided, pv);
}
