/* SPDX-License-Identifier: MIT */
/*
 * "Not an ELF file" helps nobody who loaded the wrong one of five files that
 * a kernel build leaves behind.  These are told apart by their first bytes.
 */
#include "recognise.h"
#include "lib.h"

static const struct {
	uint16_t offset, length;
	const char *bytes;
	const char *what;
} known[] = {
	{ 0x202, 4, "HdrS",
	  "it is a bzImage, which starts on bare hardware only; "
	  "load the vmlinux that lies at the top of the build tree" },
	{ 0, 2, "\x1f\x8b",
	  "it is compressed with gzip and this boot loader does not inflate; "
	  "gunzip it first" },
	{ 0, 6,
	  "\xfd"
	  "7zXZ\0",
	  "it is compressed with xz; unxz it first" },
	{ 0, 3, "BZh", "it is compressed with bzip2; bunzip2 it first" },
	{ 0, 3, "\x5d\0\0", "it is compressed with lzma; unlzma it first" },
	{ 0, 4, "\x02\x21\x4c\x18", "it is compressed with lz4; lz4 -d it first" },
	{ 0, 4, "\x28\xb5\x2f\xfd", "it is compressed with zstd; unzstd it first" },
	{ 0, 4, "\x89LZO", "it is compressed with lzop; lzop -d it first" },
	{ 0, 6, "070701",
	  "it is a cpio archive (an initrd); the kernel is the first module, "
	  "the initrd the second" },
	{ 0, 2, "#!", "it is a script; load the kernel (vmlinux)" },
	{ 0, 2, "MZ", "it is a DOS or EFI program; load the uncompressed ELF kernel (vmlinux)" },
	{ 0, 8, "!<arch>\n",
	  "it is a library or a Debian package; unpack it and load the kernel inside" },
};

const char *recognise_other(const struct image *img)
{
	for (uint32_t i = 0; i < ARRAY_SIZE(known); i++) {
		char buf[8];

		if (image_read(img, known[i].offset, buf, known[i].length) &&
		    !memcmp(buf, known[i].bytes, known[i].length))
			return known[i].what;
	}
	return NULL;
}
