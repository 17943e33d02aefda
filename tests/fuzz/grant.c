/* SPDX-License-Identifier: MIT */
/*
 * Calls about grants. What was mapped is remembered, so that it can be unmapped, replaced, mapped
 * over and forgotten in any order; and each side writes entries for the other (shapes.c).
 */
#include "fuzz.h"

#define MAPS  64
#define ASKED 32

static struct {
	uint64_t host_addr;
	grant_handle_t handle;
	uint64_t device;
} maps[MAPS];
static uint32_t nr_maps;

/* Elements of calls that were made since grants_learn(); they lie in room(). */
static struct gnttab_map_grant_ref *asked[ASKED];
static uint32_t nr_asked;

void grants_learn(void)
{
	for (uint32_t i = 0; i < nr_asked; i++)
		if (!asked[i]->status) {
			uint32_t at = nr_maps < MAPS ? nr_maps++ : below(MAPS);

			maps[at].host_addr = asked[i]->host_addr;
			maps[at].handle = asked[i]->handle;
			maps[at].device = asked[i]->dev_bus_addr;
		}
	nr_asked = 0;
}

void grants_forget(void)
{
	nr_asked = nr_maps = 0;
}

static grant_ref_t pick_ref(void)
{
	return one_in(12) ? pick_number() : one_in(3) ? below(64) : below(8);
}

static void fill_side(struct gnttab_copy_ptr *side, int by_grant)
{
	side->domid = by_grant && !one_in(6) ? peer : pick_domid();
	if (by_grant)
		side->u.ref = pick_ref();
	else
		side->u.gmfn = one_in(8) ? below(64) : pick_mfn();
	side->offset = one_in(4) ? pick_number() : below(PAGE_SIZE);
}

static void fill_copy(void *arg)
{
	struct gnttab_copy *g = arg;

	g->flags = one_in(20) ? pick_number() : below(4);
	fill_side(&g->source, g->flags & GNTCOPY_source_gref);
	fill_side(&g->dest, g->flags & GNTCOPY_dest_gref);
	g->len = one_in(4) ? pick_number() : below(256);
}

static void fill_map(void *arg)
{
	struct gnttab_map_grant_ref *m = arg;

	m->flags = one_in(12) ? random32()
			      : PICK(GNTMAP_host_map, GNTMAP_host_map,
				     GNTMAP_host_map | GNTMAP_readonly,
				     GNTMAP_host_map | GNTMAP_contains_pte,
				     GNTMAP_host_map | GNTMAP_contains_pte | GNTMAP_readonly,
				     GNTMAP_device_map, GNTMAP_device_map | GNTMAP_readonly,
				     GNTMAP_host_map | GNTMAP_device_map,
				     GNTMAP_host_map | GNTMAP_application_map);
	m->host_addr = m->flags & GNTMAP_contains_pte ? pick_slot()
		       : one_in(8)                    ? pick_va()
						      : (uint32_t)play_page();
	m->ref = pick_ref();
	m->dom = one_in(6) ? pick_domid() : peer;
	m->status = GNTST_general_error;
	if (nr_asked < ASKED)
		asked[nr_asked++] = m;
}

static void fill_unmap(void *arg)
{
	struct gnttab_unmap_grant_ref *u = arg;
	uint32_t i = nr_maps ? below(nr_maps) : 0;

	u->handle = one_in(6) ? below(16) : maps[i].handle;
	u->host_addr = one_in(8) ? 0 : one_in(8) ? (uint32_t)play_page() : maps[i].host_addr;
	u->dev_bus_addr = one_in(3) ? 0 : one_in(8) ? 1 : maps[i].device;
	if (nr_maps && one_in(2))
		maps[i] = maps[--nr_maps];
}

static void fill_replace(void *arg)
{
	struct gnttab_unmap_and_replace *u = arg;
	struct gnttab_unmap_grant_ref plain;

	fill_unmap(&plain);
	u->host_addr = plain.host_addr;
	u->handle = plain.handle;
	u->new_addr = one_in(4) ? pick_va() & ~0xfffu : (uint32_t)play_page();
}

/* The page has to be let go first: most of the time it is. */
static void fill_transfer(void *arg)
{
	struct gnttab_transfer *t = arg;
	void *page = play_page();

	t->mfn = one_in(6) ? pick_mfn() : virt_to_mfn(page);
	t->domid = one_in(6) ? pick_domid() : peer;
	t->ref = pick_ref();
	if (one_in(2))
		ringone_trap_call(__HYPERVISOR_update_va_mapping, (uint32_t)page, 0, 0, UVMF_INVLPG,
				  0);
}

static void fill_setup(void *arg)
{
	struct gnttab_setup_table *s = arg;

	s->dom = pick_domid();
	s->nr_frames = one_in(2) ? below(6) : pick_number();
	s->frame_list.p = (void *)bent(room(256));
}

static void fill_swap(void *arg)
{
	struct gnttab_swap_grant_ref *s = arg;

	s->ref_a = pick_ref();
	s->ref_b = pick_ref();
}

static void fill_version(void *arg)
{
	*(uint32_t *)arg = below(4);
}

static void fill_domid(void *arg)
{
	*(domid_t *)arg = pick_domid();
}

void make_grant_op(struct call *c)
{
	static const struct {
		uint32_t cmd, size;
		void (*fill)(void *arg);
	} ops[] = {
		{ GNTTABOP_copy, sizeof(struct gnttab_copy), fill_copy },
		{ GNTTABOP_copy, sizeof(struct gnttab_copy), fill_copy },
		{ GNTTABOP_map_grant_ref, sizeof(struct gnttab_map_grant_ref), fill_map },
		{ GNTTABOP_map_grant_ref, sizeof(struct gnttab_map_grant_ref), fill_map },
		{ GNTTABOP_map_grant_ref, sizeof(struct gnttab_map_grant_ref), fill_map },
		{ GNTTABOP_unmap_grant_ref, sizeof(struct gnttab_unmap_grant_ref), fill_unmap },
		{ GNTTABOP_unmap_grant_ref, sizeof(struct gnttab_unmap_grant_ref), fill_unmap },
		{ GNTTABOP_unmap_and_replace, sizeof(struct gnttab_unmap_and_replace),
		  fill_replace },
		{ GNTTABOP_transfer, sizeof(struct gnttab_transfer), fill_transfer },
		{ GNTTABOP_setup_table, sizeof(struct gnttab_setup_table), fill_setup },
		{ GNTTABOP_swap_grant_ref, sizeof(struct gnttab_swap_grant_ref), fill_swap },
		{ GNTTABOP_set_version, sizeof(struct gnttab_set_version), fill_version },
		{ GNTTABOP_query_size, sizeof(struct gnttab_query_size), fill_domid },
		{ GNTTABOP_get_version, sizeof(struct gnttab_get_version), fill_domid },
		{ GNTTABOP_get_status_frames, sizeof(struct gnttab_get_status_frames), fill_domid },
		{ GNTTABOP_cache_flush, sizeof(struct gnttab_cache_flush), fill_domid },
		{ GNTTABOP_dump_table, sizeof(struct gnttab_dump_table), fill_domid },
	};
	uint32_t k = below(sizeof(ops) / sizeof(*ops)), n = one_in(16) ? 20 : 1 + below(3);
	char *arg = room(n * ops[k].size);

	for (uint32_t i = 0; i < n; i++)
		ops[k].fill(arg + i * ops[k].size);
	*c = (struct call){ __HYPERVISOR_grant_table_op,
			    { one_in(24) ? pick_number() : ops[k].cmd, bent(arg),
			      one_in(30) ? pick_number() : n } };
}
