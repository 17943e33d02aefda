/* SPDX-License-Identifier: MIT */
/*
 * Question: how many instructions does each operation between two domains cost, guests and
 * hypervisor together?
 *
 * As tests/guests/bench, whose rules hold: "qemu -icount shift=0", one line "ROW key instructions"
 * each, the cheapest of the rounds. This guest is the first domain and makes the second one (a copy
 * of itself) by the control interface of Xen 4.17, so it runs on Xen as it is: tests/bench/between
 * makes the table of both. No verdict but that every operation did what it should.
 */
#include "second.h"
#include "event.h"
#include "grants.h"

#define N      16 /* pages of a batch */
#define ROUNDS 128
#define FLIPS  32
#define LIVES  8
#define FIRST  16 /* the first of the second domain's references; FLIPS more behind N */
#define WINDOW 0x53000000ul

enum { READY, PORT, STOP, FRAME, BEGUN };

static struct second s;
static uint32_t empty;

static uint32_t tick(void)
{
	uint32_t lo;

	asm volatile("rdtsc" : "=a"(lo) : : "edx", "memory");
	return lo;
}

/* Places that tests/bench/paths finds by their names; between them lies the last round of a row. */
__attribute__((noinline)) static void bench_row_begins(void)
{
	asm volatile("# a row begins" : : : "memory");
}

__attribute__((noinline)) static void bench_row_done(void)
{
	asm volatile("# a row is done" : : : "memory");
}

#define COST(rounds, prepare, body)                           \
	({                                                    \
		uint32_t best_ = -1;                          \
		for (unsigned int i = 0; i < (rounds); i++) { \
			prepare;                              \
			if (i + 1 == (rounds))                \
				bench_row_begins();           \
			uint32_t t_ = tick();                 \
			body;                                 \
			t_ = tick() - t_;                     \
			if (i + 1 == (rounds))                \
				bench_row_done();             \
			if (t_ < best_)                       \
				best_ = t_;                   \
		}                                             \
		best_ - empty;                                \
	})

static void row(const char *key, uint32_t ticks)
{
	guest_printf("ROW %s %u\n", key, ticks);
}

static void send(evtchn_port_t port)
{
	struct evtchn_send e = { .port = port };

	ringone_event_channel_op(EVTCHNOP_send, &e);
}

/* The second domain ------------------------------------------------------------------------- */

static void answer(evtchn_port_t port)
{
	send(port);
}

static void child(void)
{
	struct evtchn_alloc_unbound a = { .dom = DOMID_SELF, .remote_dom = 0 };

	second_mail->word[BEGUN] = 1;
	grants_setup();
	for (unsigned int i = 0; i < N; i++)
		grant(FIRST + i, 0, virt_to_mfn(page_alloc()), GTF_permit_access);
	for (unsigned int i = 0; i < FLIPS; i++)
		grant(FIRST + N + i, 0, 0, GTF_accept_transfer);
	EXPECT(ringone_event_channel_op(EVTCHNOP_alloc_unbound, &a), 0);
	second_mail->word[PORT] = a.port;
	second_mail->word[FRAME] = virt_to_mfn(page_alloc());
	event_hook = answer;
	port_unmask(a.port);
	second_mail->word[READY] = 1;
	events_on();
	while (!second_mail->word[STOP])
		ringone_sched_op(SCHEDOP_block, NULL);
}

static void child_short(void)
{
	second_mail->word[BEGUN] = 1;
	for (;;)
		ringone_sched_op(SCHEDOP_block, NULL);
}

/* The first --------------------------------------------------------------------------------- */

/* There and back: the other domain is blocked and so are we, until its event. */
static void switches(void)
{
	struct evtchn_bind_interdomain b = { .remote_dom = s.id,
					     .remote_port = s.mail->word[PORT] };
	volatile unsigned int *count;

	EXPECT(ringone_event_channel_op(EVTCHNOP_bind_interdomain, &b), 0);
	count = &event_count[b.local_port];
	ringone_port_clear(shared_info->evtchn_pending, b.local_port);
	port_unmask(b.local_port);
	events_on();
	row("ping_pong", COST(ROUNDS, unsigned int before_ = *count, {
		    send(b.local_port);
		    while (*count == before_)
			    ringone_sched_op(SCHEDOP_block, NULL);
	    }));
	events_off();
	port_mask(b.local_port);
}

static gnttab_map_grant_ref_t map[N];
static gnttab_unmap_grant_ref_t unmap[N];

static void map_unmap(unsigned int n)
{
	ringone_grant_table_op(GNTTABOP_map_grant_ref, map, n);
	for (unsigned int i = 0; i < n; i++)
		unmap[i].handle = map[i].handle;
	ringone_grant_table_op(GNTTABOP_unmap_grant_ref, unmap, n);
}

static void maps(void)
{
	for (unsigned int i = 0; i < N; i++) {
		unsigned long at = WINDOW + i * PAGE_SIZE;

		map_page(at, virt_to_mfn(page_alloc()), PTE_RW);
		EXPECT(ringone_update_va_mapping(at, 0, UVMF_INVLPG), 0);
		map[i] = (gnttab_map_grant_ref_t){
			.host_addr = at, .flags = GNTMAP_host_map, .ref = FIRST + i, .dom = s.id
		};
		unmap[i] = (gnttab_unmap_grant_ref_t){ .host_addr = at };
	}
	row("map_1", COST(ROUNDS, , map_unmap(1)));
	row("map_16", COST(ROUNDS, , map_unmap(N)));
	for (unsigned int i = 0; i < N; i++) {
		EXPECT(map[i].status, GNTST_okay);
		EXPECT(unmap[i].status, GNTST_okay);
	}
}

static void copies(void)
{
	static gnttab_copy_t c[N];

	for (unsigned int i = 0; i < N; i++)
		c[i] = (gnttab_copy_t){ .source.u.ref = FIRST + i,
					.source.domid = s.id,
					.dest.u.gmfn = virt_to_mfn(page_alloc()),
					.dest.domid = DOMID_SELF,
					.len = PAGE_SIZE,
					.flags = GNTCOPY_source_gref };
	row("copy_4096", COST(ROUNDS, , ringone_grant_table_op(GNTTABOP_copy, c, 1)));
	row("copy_16_4096", COST(ROUNDS, , ringone_grant_table_op(GNTTABOP_copy, c, N)));
	for (unsigned int i = 0; i < N; i++)
		c[i].len = 64;
	row("copy_64", COST(ROUNDS, , ringone_grant_table_op(GNTTABOP_copy, c, 1)));
	row("copy_16_64", COST(ROUNDS, , ringone_grant_table_op(GNTTABOP_copy, c, N)));
	for (unsigned int i = 0; i < N; i++)
		EXPECT(c[i].status, GNTST_okay);
}

static void transfers(void)
{
	static gnttab_transfer_t t[FLIPS];

	for (unsigned int i = 0; i < FLIPS; i++) {
		void *page = page_alloc();

		t[i] = (gnttab_transfer_t){ .mfn = virt_to_mfn(page),
					    .domid = s.id,
					    .ref = FIRST + N + i };
		EXPECT(ringone_update_va_mapping((unsigned long)page, 0, UVMF_INVLPG), 0);
	}
	row("transfer", COST(FLIPS / 2, , ringone_grant_table_op(GNTTABOP_transfer, &t[i], 1)));
	row("transfer_16",
	    COST(1, , ringone_grant_table_op(GNTTABOP_transfer, &t[FLIPS / 2], FLIPS / 2)));
	for (unsigned int i = 0; i < FLIPS; i++)
		EXPECT(t[i].status, GNTST_okay);
}

/* As a tool maps another domain's page: an entry of ours by mmu_update, and away again. */
static void foreign(void)
{
	mmu_update_t u[2];
	unsigned int done;

	u[0].ptr = u[1].ptr = virt_to_machine(l1_entry(WINDOW)) | MMU_NORMAL_PT_UPDATE;
	u[0].val = (uint64_t)s.mail->word[FRAME] << 12 | PTE_RW;
	u[1].val = 0;
	row("foreign_map", COST(ROUNDS, , {
		    ringone_mmu_update(&u[0], 1, &done, s.id);
		    ringone_mmu_update(&u[1], 1, &done, DOMID_SELF);
	    }));
	EXPECT(ringone_mmu_update(&u[0], 1, &done, s.id), 0);
	EXPECT(done, 1);
	EXPECT(ringone_mmu_update(&u[1], 1, &done, DOMID_SELF), 0);
}

static void wait_begun(struct second *d)
{
	while (!d->mail->word[BEGUN])
		ringone_sched_op(SCHEDOP_yield, NULL);
}

static void wait_gone(struct second *d)
{
	while (!second_gone(d->id))
		ringone_sched_op(SCHEDOP_yield, NULL);
}

/* Made, filled with a copy of ourselves, until its first instructions are seen; then destroyed. */
static void lives(void)
{
	static struct second d;
	uint32_t make = -1, end = -1;

	for (unsigned int i = 0; i < LIVES; i++) {
		uint32_t t = tick();

		if (i == LIVES - 1)
			bench_row_begins();
		second_make(&d, child_short);
		second_unpause(&d);
		wait_begun(&d);
		t = tick() - t;
		make = t < make ? t : make;
		if (i == LIVES - 1) {
			bench_row_done();
			bench_row_begins();
		}
		t = tick();
		second_destroy(&d);
		wait_gone(&d);
		t = tick() - t;
		end = t < end ? t : end;
		if (i == LIVES - 1)
			bench_row_done();
	}
	row("create", make);
	row("destroy", end);
	row("pages_of_it", d.nr_pages - 0x100);
}

#define EMPTY 8

/* What the hypervisor takes for a domain with a VCPU and no memory. */
static void memory(void)
{
	static struct second d[EMPTY];
	uint64_t before = second_free_pages();

	for (unsigned int i = 0; i < EMPTY; i++)
		second_create(&d[i]);
	row("bytes", (uint32_t)(before - second_free_pages()) * PAGE_SIZE / EMPTY);
	for (unsigned int i = 0; i < EMPTY; i++) {
		second_destroy(&d[i]);
		wait_gone(&d[i]);
	}
}

void test_main(void)
{
	struct xen_domctl op = { 0 };

	second_need();
	empty = COST(ROUNDS, , );
	second_make(&s, child);
	op.u.max_mem.max_memkb = (s.nr_pages + 64) * 4; /* room for what is transferred */
	EXPECT(second_domctl(&op, XEN_DOMCTL_max_mem, s.id), 0);
	second_unpause(&s);
	CHECK(second_wait_word(&s, READY, 1, 5000), "the second domain did not start");
	switches();
	maps();
	copies();
	transfers();
	foreign();
	s.mail->word[STOP] = 1;
	second_destroy(&s);
	wait_gone(&s);
	lives();
	memory();
}
