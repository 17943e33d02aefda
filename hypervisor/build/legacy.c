/* SPDX-License-Identifier: MIT */
/*
 * The __xen_guest section of older kernels: one string of KEY=VALUE pairs
 * with commas between them.  elfnote.h names each key beside the note that
 * replaced it, and where its meaning differs.
 */
#include "notes.h"
#include "lib.h"

#define MAX_TEXT 1024

static bool number(struct pv_info *pv, const char *key, const char *value, uint32_t *to)
{
	const char *end;
	uint64_t v = parse_size(value, &end);

	if (end == value || *end || v >> 32)
		return pv_refuse(pv, "its __xen_guest string is corrupt: %s=%.40s is not a number",
				 key, value);
	*to = v;
	return true;
}

static bool pair(struct pv_info *pv, const char *key, const char *value)
{
#define TAKE(field) (pv->has_##field = true, number(pv, key, value, &pv->field))
	if (!strcmp(key, "VIRT_BASE"))
		return TAKE(virt_base);
	if (!strcmp(key, "VIRT_ENTRY"))
		return TAKE(entry);
	if (!strcmp(key, "ELF_PADDR_OFFSET"))
		return TAKE(paddr_offset);
	if (!strcmp(key, "HYPERCALL_PAGE")) /* a page number here; pv_parse_legacy translates */
		return TAKE(hypercall_page);
#undef TAKE
	if (!strcmp(key, "PAE"))
		return pv_pae_mode(pv, value);
	if (!strcmp(key, "FEATURES"))
		return pv_features(pv, value);
	if (!strcmp(key, "BSD_SYMTAB"))
		pv->bsd_symtab = true;
	else if (!strcmp(key, "GUEST_OS"))
		strlcpy(pv->guest_os, value, sizeof(pv->guest_os));
	else if (!strcmp(key, "GUEST_VER"))
		strlcpy(pv->guest_version, value, sizeof(pv->guest_version));
	else if (!strcmp(key, "XEN_VER"))
		strlcpy(pv->xen_version, value, sizeof(pv->xen_version));
	else if (!strcmp(key, "LOADER"))
		strlcpy(pv->loader, value, sizeof(pv->loader));
	return true;
}

bool pv_parse_legacy(const struct image *img, const struct elf_range *section, struct pv_info *pv)
{
	char text[MAX_TEXT];
	uint32_t bytes = MIN(section->size, sizeof(text) - 1);

	if (!image_read(img, section->offset, text, bytes))
		return pv_refuse(pv, "it is truncated in its __xen_guest section");
	text[bytes] = '\0';
	pv->legacy = true;
	pv->pae = PV_PAE_NO;

	for (char *p = text, *next; p && *p; p = next) {
		char *value, *bracket = strchr(p, '['), *comma = strchr(p, ',');

		/* PAE=yes[extended-cr3]: a comma inside brackets does not end the pair. */
		if (bracket && comma && bracket < comma && strchr(bracket, ']'))
			comma = strchr(strchr(bracket, ']'), ',');
		next = comma;
		if (next)
			*next++ = '\0';
		value = strchr(p, '=');
		if (value)
			*value++ = '\0';
		if (!pair(pv, p, value ? value : ""))
			return false;
	}
	if (pv->has_hypercall_page) {
		if (pv->hypercall_page >> 20)
			return pv_refuse(pv, "its HYPERCALL_PAGE 0x%x is not a page number",
					 pv->hypercall_page);
		pv->hypercall_page = pv->virt_base + (pv->hypercall_page << PAGE_SHIFT);
	}
	return true;
}
