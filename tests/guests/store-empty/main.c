/* SPDX-License-Identifier: MIT */
/*
 * An ordinary first domain asks its store, with the shim's client: does it answer?
 *
 * Where no store daemon runs, the hypervisor answers "no such entry" to everything, so that a
 * kernel finds no devices instead of waiting for ever. Expected: ENOENT for a read, a listing, a
 * write and a watch; for a message of several ring sizes; a thousand times in a row; and a block
 * and a network front end that find no device.
 */
#include "guest.h"
#include "mm.h"

void *ringone_os_page(void)
{
	return page_alloc();
}

void ringone_os_page_free(void *page)
{
	(void)page; /* the pool of a test only gives */
}

unsigned long ringone_os_frame(const void *page)
{
	return virt_to_mfn(page);
}

void ringone_os_reframe(void *page, unsigned long mfn)
{
	(void)page, (void)mfn; /* nothing is flipped to nobody */
}

void *ringone_os_map(unsigned long mfn)
{
	void *page = page_alloc();

	ringone_update_va_mapping((unsigned long)page, (uint64_t)mfn * PAGE_SIZE | 3, UVMF_INVLPG);
	return page;
}

void test_main(void)
{
	static char value[RINGONE_STORE_VALUE], path[3000];
	static struct ringone_grants grants;
	static struct ringone_block disk;
	static struct ringone_net net;
	struct ringone_store store = {
		.ring = mfn_to_virt(start_info->store_mfn),
		.port = start_info->store_evtchn,
		.shared = shared_info,
	};
	grant_ref_t ref;

	EXPECT(ringone_store_read(&store, "name", value, sizeof(value)), -XEN_ENOENT);
	EXPECT(ringone_store_list(&store, "device", value, sizeof(value)), -XEN_ENOENT);
	EXPECT(ringone_store_write(&store, "data/test", "1"), -XEN_ENOENT);
	EXPECT(ringone_store_watch(&store, "device", "token"), -XEN_ENOENT);
	memset(path, 'p', sizeof(path) - 1);
	EXPECT(ringone_store_read(&store, path, value, sizeof(value)), -XEN_ENOENT);
	for (int i = 0; i < 1000; i++)
		if (ringone_store_read(&store, "again", value, sizeof(value)) != -XEN_ENOENT)
			guest_fail("question %d was answered otherwise", i);

	EXPECT(ringone_grants_init(&grants), 0);
	ref = ringone_grant(&grants, 0, virt_to_mfn(page_alloc()), 0);
	CHECK(ref >= 8, "grant reference %u", ref);
	EXPECT(ringone_grant_end(&grants, ref), 0);
	EXPECT(ringone_block_connect(&disk, &store, &grants, "device/vbd/768"), -XEN_ENOENT);
	EXPECT(ringone_net_connect(&net, &store, &grants, "device/vif/0"), -XEN_ENOENT);
}
