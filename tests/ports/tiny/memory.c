/* SPDX-License-Identifier: MIT */
/* Physical memory: a reference count for every frame, 0 means free. */
#include "tiny.h"

#define MAX_FRAMES 32768 /* 128 MiB are enough for a tiny system */

static uint16_t refs[MAX_FRAMES];
static uint32_t free_frames, next;
uint32_t memory_top;

extern char kernel_end[];

/* Frames below the end of the kernel, and of what the loader put behind it, are taken for good. */
void memory_init(const struct multiboot *info)
{
	const struct multiboot_module *m = to_virt(info->mods_addr);
	uint32_t first = to_phys(kernel_end), top = 0x100000 + info->mem_upper * 1024;

	if (!(info->flags & 1))
		panic("the loader does not say how much memory there is");
	if (info->flags & 8)
		for (uint32_t i = 0; i < info->mods_count; i++)
			if (m[i].end > first)
				first = m[i].end;
	memory_top = top < MAX_FRAMES * PAGE_SIZE ? top & -PAGE_SIZE : MAX_FRAMES * PAGE_SIZE;
	next = (first + PAGE_SIZE - 1) / PAGE_SIZE;
	free_frames = memory_top / PAGE_SIZE - next;
	for (uint32_t i = 0; i < next; i++)
		refs[i] = 1;
}

uint32_t frame_alloc(void)
{
	uint32_t n_frames = memory_top / PAGE_SIZE;

	for (uint32_t i = 0; i < n_frames; i++) {
		uint32_t frame = (next + i) % n_frames;

		if (refs[frame])
			continue;
		refs[frame] = 1;
		next = frame + 1;
		free_frames--;
		memset(to_virt(frame * PAGE_SIZE), 0, PAGE_SIZE);
		return frame * PAGE_SIZE;
	}
	panic("out of memory");
}

void frame_get(uint32_t phys)
{
	refs[phys / PAGE_SIZE]++;
}

void frame_put(uint32_t phys)
{
	uint16_t *count = &refs[phys / PAGE_SIZE];

	if (!*count)
		panic("frame %x is freed twice", phys);
	if (!--*count)
		free_frames++;
}

uint32_t frame_refs(uint32_t phys)
{
	return refs[phys / PAGE_SIZE];
}

uint32_t frames_free(void)
{
	return free_frames;
}
