/* SPDX-License-Identifier: MIT */
/* sources: tests/unit/shim/world.c pvops-kit/shim/src/store.c pvops-kit/shim/src/event.c pvops-kit/shim/src/grant.c pvops-kit/shim/src/front.c pvops-kit/shim/src/block.c */
/* cflags: -U__XEN_TOOLS__ -I$(ROOT)/pvops-kit/shim/include */
/* The block front end against a back end with a disk of 64 sectors. */
#include "world.h"
#include <xen/io/protocols.h>

#define DIR     "device/vbd/768"
#define BACK    "/local/domain/7/backend/vbd/1/768"
#define SECTORS 64

static struct ringone_block disk;
static blkif_back_ring_t ring;
static char platter[SECTORS][512];
static evtchn_port_t channel;
static int attached, hold_pages, silent;
static unsigned int flushed;

/* What the front end must have written before it said Initialised. */
static void attach(void)
{
	grant_ref_t ref = atoi(world_read(DIR "/ring-ref"));

	channel = atoi(world_read(DIR "/event-channel"));
	assert_string_equal(world_read(DIR "/protocol"), XEN_IO_PROTO_ABI_NATIVE);
	BACK_RING_INIT(&ring, (blkif_sring_t *)world_map(ref, 1), 4096);
	attached = 1;
	world_write(BACK "/sectors", "64");
	world_write(BACK "/sector-size", "512");
	world_write(BACK "/state", "4");
}

static int16_t perform(const blkif_request_t *r)
{
	unsigned int count = r->seg[0].last_sect - r->seg[0].first_sect + 1;
	char *page;

	if (r->operation == BLKIF_OP_FLUSH_DISKCACHE) {
		assert_int_equal(r->nr_segments, 0);
		flushed++;
		return BLKIF_RSP_OKAY;
	}
	assert_int_equal(r->nr_segments, 1);
	assert_true(r->sector_number + count <= SECTORS);
	page = world_map(r->seg[0].gref, r->operation == BLKIF_OP_READ);
	/* What goes to the disk is not the back end's to change. */
	assert_int_equal(!!(grants.table[r->seg[0].gref].flags & GTF_readonly),
			 r->operation == BLKIF_OP_WRITE);
	if (r->operation == BLKIF_OP_READ)
		memcpy(page, platter[r->sector_number], count * 512);
	else
		memcpy(platter[r->sector_number], page, count * 512);
	if (!hold_pages)
		world_unmap(r->seg[0].gref);
	return r->sector_number == 13 ? BLKIF_RSP_ERROR : BLKIF_RSP_OKAY;
}

static void answer(uint64_t id, int16_t status)
{
	blkif_response_t *a = RING_GET_RESPONSE(&ring, ring.rsp_prod_pvt);

	*a = (blkif_response_t){ .id = id, .status = status };
	ring.rsp_prod_pvt++;
	RING_PUSH_RESPONSES(&ring);
}

static void device(evtchn_port_t port)
{
	const char *state = world_read(DIR "/state");

	if (!attached && state && !strcmp(state, "3"))
		attach();
	/* As Linux's: it lets go when the front end has said its last word. */
	if (attached && !strcmp(state, "5"))
		world_write(BACK "/state", "5");
	if (attached && !strcmp(state, "6")) {
		attached = 0;
		world_unmap(atoi(world_read(DIR "/ring-ref")));
		world_write(BACK "/state", "6");
	}
	if (!attached || port != channel || silent)
		return;
	while (ring.req_cons != ring.sring->req_prod) {
		blkif_request_t r = *RING_GET_REQUEST(&ring, ring.req_cons);

		ring.req_cons++;
		answer(r.id, perform(&r));
	}
	ring.sring->req_event = ring.req_cons + 1;
}

static int begin(void **state)
{
	world_begin(state);
	memset(&disk, 0, sizeof(disk));
	memset(platter, 0, sizeof(platter));
	attached = hold_pages = silent = 0;
	flushed = 0;
	world_write(DIR "/backend", BACK);
	world_write(DIR "/backend-id", "7");
	world_write(BACK "/state", "2");
	back_end = device;
	return 0;
}

static int connected(void **state)
{
	begin(state);
	return ringone_block_connect(&disk, &store, &grants, DIR);
}

static void test_connect(void **state)
{
	(void)state;
	assert_int_equal(ringone_block_connect(&disk, &store, &grants, DIR), 0);
	assert_string_equal(world_read(DIR "/state"), "4");
	assert_int_equal(disk.sectors, SECTORS);
	assert_int_equal(disk.sector_size, 512);
	assert_false(disk.readonly);
}

static void test_no_device(void **state)
{
	(void)state;
	assert_int_equal(ringone_block_connect(&disk, &store, &grants, "device/vbd/1"),
			 -XEN_ENOENT);
}

static void test_back_end_closes(void **state)
{
	(void)state;
	world_write(BACK "/state", "6");
	assert_int_equal(ringone_block_connect(&disk, &store, &grants, DIR), -XEN_ENODEV);
}

static void test_back_end_is_late(void **state)
{
	(void)state;
	world_write(BACK "/state", "1");
	assert_int_equal(ringone_store_watch(&store, "x", "x"), 0);
	world_write(BACK "/state", "2");
	assert_int_equal(ringone_block_connect(&disk, &store, &grants, DIR), 0);
}

static long finish(void *tag)
{
	void *got = NULL;
	long status = 1;

	assert_int_equal(ringone_block_next(&disk, &got, &status), 1);
	assert_ptr_equal(got, tag);
	assert_int_equal(ringone_block_next(&disk, &got, &status), 0);
	return status;
}

static void test_write_then_read(void **state)
{
	char *a = ringone_os_page(), *b = ringone_os_page();

	(void)state;
	memset(a, 'w', 4096);
	assert_int_equal(ringone_block_submit(&disk, BLKIF_OP_WRITE, 8, a, 3, a), 0);
	assert_int_equal(finish(a), 0);
	assert_memory_equal(platter[8], a, 3 * 512);
	assert_int_equal(platter[11][0], 0);
	assert_int_equal(ringone_block_submit(&disk, BLKIF_OP_READ, 8, b, 8, b), 0);
	assert_int_equal(finish(b), 0);
	assert_memory_equal(b, platter[8], 8 * 512);
	assert_int_equal(ringone_block_submit(&disk, BLKIF_OP_FLUSH_DISKCACHE, 0, NULL, 0, b), 0);
	assert_int_equal(finish(b), 0);
	assert_int_equal(flushed, 1);
}

static void test_errors_come_back(void **state)
{
	char *page = ringone_os_page();

	(void)state;
	assert_int_equal(ringone_block_submit(&disk, BLKIF_OP_READ, 13, page, 1, page), 0);
	assert_int_equal(finish(page), -XEN_EIO);
}

static void test_not_on_the_device(void **state)
{
	char *p = ringone_os_page();

	(void)state;
	assert_int_equal(ringone_block_submit(&disk, BLKIF_OP_READ, 64, p, 1, p), -XEN_EINVAL);
	assert_int_equal(ringone_block_submit(&disk, BLKIF_OP_READ, 63, p, 2, p), -XEN_EINVAL);
	assert_int_equal(ringone_block_submit(&disk, BLKIF_OP_READ, ~0ull, p, 2, p), -XEN_EINVAL);
	assert_int_equal(ringone_block_submit(&disk, BLKIF_OP_READ, 0, p, 9, p), -XEN_EINVAL);
	assert_int_equal(ringone_block_submit(&disk, BLKIF_OP_READ, 0, p, 0, p), -XEN_EINVAL);
	disk.readonly = 1;
	assert_int_equal(ringone_block_submit(&disk, BLKIF_OP_WRITE, 0, p, 1, p), -XEN_EINVAL);
	assert_int_equal(ring.sring->req_prod, 0);
}

static void test_ring_full(void **state)
{
	char *p = ringone_os_page();

	(void)state;
	silent = 1;
	for (int i = 0; i < RINGONE_BLOCK_SLOTS; i++)
		assert_int_equal(ringone_block_submit(&disk, BLKIF_OP_READ, i, p, 1, p), 0);
	assert_int_equal(ringone_block_submit(&disk, BLKIF_OP_READ, 0, p, 1, p), -XEN_EBUSY);
	silent = 0;
	device(channel);
	for (int i = 0; i < RINGONE_BLOCK_SLOTS; i++) {
		void *tag;
		long status;

		assert_int_equal(ringone_block_next(&disk, &tag, &status), 1);
	}
	/* Many rounds: indexes pass the ring's end, grants and slots are used again. */
	for (int i = 0; i < 1000; i++) {
		assert_int_equal(ringone_block_submit(&disk, BLKIF_OP_READ, 1, p, 1, p), 0);
		assert_int_equal(finish(p), 0);
	}
}

/* Answers nobody asked for are not believed, whatever their id. */
static void test_strange_answers(void **state)
{
	void *tag;
	long status;

	(void)state;
	silent = 1;
	assert_int_equal(ringone_block_submit(&disk, BLKIF_OP_READ, 0, ringone_os_page(), 1, &tag),
			 0);
	assert_int_equal(ringone_block_submit(&disk, BLKIF_OP_READ, 0, ringone_os_page(), 1, &tag),
			 0);
	answer(5, 0);
	answer(1ull << 20, 0);
	assert_int_equal(ringone_block_next(&disk, &tag, &status), 0);
	assert_int_equal(disk.slot[0].used, 1);
	assert_int_equal(disk.slot[1].used, 1);
	answer(0, 0); /* one more than there were questions */
	assert_int_equal(ringone_block_next(&disk, &tag, &status), 0);
}

static void test_index_of_another_world(void **state)
{
	void *tag;
	long status;

	(void)state;
	ring.sring->rsp_prod = 0x80000000;
	assert_int_equal(ringone_block_next(&disk, &tag, &status), 0);
}

static void test_page_is_kept(void **state)
{
	char *page = ringone_os_page();

	(void)state;
	hold_pages = 1;
	assert_int_equal(ringone_block_submit(&disk, BLKIF_OP_READ, 0, page, 1, page), 0);
	assert_int_equal(finish(page), -XEN_EBUSY);
}

static void test_disconnect(void **state)
{
	char *page = ringone_os_page();
	void *tag;
	long status;

	(void)state;
	silent = 1;
	assert_int_equal(ringone_block_submit(&disk, BLKIF_OP_READ, 0, page, 1, page), 0);
	assert_int_equal(ringone_block_disconnect(&disk), -XEN_EBUSY);
	silent = 0;
	device(channel);
	assert_int_equal(ringone_block_next(&disk, &tag, &status), 1);
	ringone_os_page_free(page);
	assert_int_equal(ringone_block_disconnect(&disk), 0);
	assert_string_equal(world_read(DIR "/state"), "6");
	assert_int_equal(world_pages, 0);
	assert_int_equal(world_granted(), 0);
	assert_int_equal(world_ports, 0);
}

/* Whoever does not get through to the other side keeps nothing. */
static void refuse(evtchn_port_t port)
{
	const char *state = world_read(DIR "/state");

	(void)port;
	if (state && !strcmp(state, "3"))
		world_write(BACK "/state", "5");
}

static void test_refused(void **state)
{
	(void)state;
	back_end = refuse;
	assert_int_equal(ringone_block_connect(&disk, &store, &grants, DIR), -XEN_ENODEV);
	assert_int_equal(world_pages, 0);
	assert_int_equal(world_granted(), 0);
	assert_int_equal(world_ports, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_connect, begin),
		cmocka_unit_test_setup(test_no_device, begin),
		cmocka_unit_test_setup(test_back_end_closes, begin),
		cmocka_unit_test_setup(test_back_end_is_late, begin),
		cmocka_unit_test_setup(test_write_then_read, connected),
		cmocka_unit_test_setup(test_errors_come_back, connected),
		cmocka_unit_test_setup(test_not_on_the_device, connected),
		cmocka_unit_test_setup(test_ring_full, connected),
		cmocka_unit_test_setup(test_strange_answers, connected),
		cmocka_unit_test_setup(test_index_of_another_world, connected),
		cmocka_unit_test_setup(test_page_is_kept, connected),
		cmocka_unit_test_setup(test_disconnect, connected),
		cmocka_unit_test_setup(test_refused, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
