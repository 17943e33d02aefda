/* SPDX-License-Identifier: MIT */
/*
 * Bytes from one frame to another, of one domain or two, both of which are held
 * while it lasts.
 */
#include "internal.h"
#include "lib.h"
#include "mm.h"

/* A destination must be plain writable memory: the type keeps tables out (TRUST 1). */
static inline int get_destination(struct page_info *p, const struct domain *owner)
{
	if (unlikely(!get_page_fast(p, owner)))
		return -XEN_EINVAL;
	if (likely(TRUST_CHECK(1, 41, !get_writable(p))))
		return 0;
	put_page_fast(p);
	return -XEN_EBUSY;
}

static inline void copy_bytes(const struct frame_copy *c)
{
	const char *from = map_frame(c->from);
	char *to = map_frame(c->to);

	if (c->bytes >= LONG_COPY)
		copy_long(to + c->to_at, from + c->from_at, c->bytes);
	else
		copy_words(to + c->to_at, from + c->from_at, c->bytes);
	unmap_frame(to);
	unmap_frame(from);
}

int frame_copy(const struct frame_copy *c)
{
	struct page_info *from = mfn_to_page(c->from), *to = mfn_to_page(c->to);
	int rc = -XEN_EINVAL;

	if (unlikely(!mfn_valid(c->from)) || unlikely(!get_page_fast(from, c->from_owner)))
		return rc;
	if (likely(mfn_valid(c->to)))
		rc = get_destination(to, c->to_owner);
	if (likely(!rc)) {
		copy_bytes(c);
		TRUST_EFFECT(22, 100, put_writable(to); put_page_fast(to));
	}
	TRUST_EFFECT(22, 101, put_page_fast(from));
	return rc;
}
