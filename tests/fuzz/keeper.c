/* SPDX-License-Identifier: MIT */
/*
 * The first domain as one that behaves, next to one that does not: it makes a second domain, lets
 * it do its worst, takes part in its grants, ports and frames, asks tools' questions about it,
 * destroys it at a random moment, lets go of everything; and then the machine must have as much
 * memory and the hypervisor as many objects as before, and an audit of everything must agree.
 */
#include "fuzz.h"

#define WINDOW  0x52000000ul
#define WINDOWS 16

static struct {
	grant_handle_t handle;
	uint64_t device;
	int granted, foreign;
} windows[WINDOWS];
static evtchn_port_t ports[WINDOWS];
static uint32_t nr_ports, parts;

static void *window(uint32_t i)
{
	return (void *)(WINDOW + i * PAGE_SIZE);
}

static void map_grant(uint32_t i)
{
	struct gnttab_map_grant_ref m = {
		.host_addr = (uint32_t)window(i),
		.flags = GNTMAP_host_map | (one_in(2) ? GNTMAP_readonly : 0) |
			 (one_in(4) ? GNTMAP_device_map : 0),
		.ref = below(16),
		.dom = peer,
		.status = GNTST_general_error,
	};

	ringone_grant_table_op(GNTTABOP_map_grant_ref, &m, 1);
	windows[i].granted = !m.status;
	windows[i].handle = m.handle;
	windows[i].device = m.dev_bus_addr;
	parts += !m.status;
}

static void unmap(uint32_t i)
{
	struct gnttab_unmap_grant_ref u = {
		.host_addr = (uint32_t)window(i),
		.dev_bus_addr = windows[i].device,
		.handle = windows[i].handle,
	};

	if (windows[i].granted) {
		ringone_grant_table_op(GNTTABOP_unmap_grant_ref, &u, 1);
		if (u.status)
			guest_printf("fuzz: AUDIT unmapping a grant: %d\n", u.status);
	} else if (windows[i].foreign) {
		second_map(window(i), DOMID_SELF, 0, 0);
	}
	windows[i].granted = windows[i].foreign = 0;
}

static void map_something(void)
{
	uint32_t i = below(WINDOWS);

	unmap(i);
	if (one_in(2)) {
		map_grant(i);
		return;
	}
	windows[i].foreign = !second_map(window(i), peer, peer_frames[below(PEER_FRAMES)],
					 one_in(2) ? PTE_RW : PTE_RO);
	parts += windows[i].foreign;
}

static void bind_something(void)
{
	struct evtchn_bind_interdomain b = { .remote_dom = peer, .remote_port = 1 + below(24) };
	struct evtchn_alloc_unbound a = { .dom = DOMID_SELF, .remote_dom = peer };

	if (nr_ports == WINDOWS)
		return;
	if (one_in(3)) {
		if (!ringone_event_channel_op(EVTCHNOP_alloc_unbound, &a))
			ports[nr_ports++] = a.port;
	} else if (!ringone_event_channel_op(EVTCHNOP_bind_interdomain, &b)) {
		ports[nr_ports++] = b.local_port;
		parts++;
	}
}

/* What tools ask; a domain that such a call makes is swept away with the rest. */
static void ask_something(void)
{
	struct call c;

	room_reset();
	make_control_call(&c);
	ringone_trap_call(c.nr, c.a[0], c.a[1], c.a[2], c.a[3], c.a[4]);
}

static void let_go(void)
{
	for (uint32_t i = 0; i < WINDOWS; i++)
		unmap(i);
	while (nr_ports)
		port_close(ports[--nr_ports]);
	neighbours_sweep();
}

static uint32_t one_life(void)
{
	uint32_t calls = 0;

	if (!neighbour_make())
		return 0;
	neighbour_start();
	for (uint32_t i = 1 + below(30); i; i--) {
		neighbour_let_run(below(3));
		switch (below(6)) {
		case 0:
			bind_something();
			break;
		case 1:
			if (nr_ports)
				port_send(ports[below(nr_ports)]);
			break;
		case 2:
			map_something();
			break;
		case 3:
			ask_something();
			break;
		default:
			neighbour_act_gently();
		}
		calls++;
	}
	if (neighbour.mail->word[CHILD_CALLS] < 100000) /* it may have written over that, too */
		calls += neighbour.mail->word[CHILD_CALLS];
	if (one_in(2)) { /* before or after: either must do */
		let_go();
		audit();
	}
	neighbour_end();
	let_go();
	return calls;
}

struct balance {
	uint64_t pages;
	long objects;
};

static struct balance balance(void)
{
	return (struct balance){ second_free_pages(),
				 ringone_call(RINGONE_HYPERCALL_AUDIT, RINGONE_AUDIT_HEAP, 0, 0, 0,
					      0) };
}

/* Entries and their tables, a bucket of ports, a page of handles: what stays after the first use. */
static void warm_up(void)
{
	gnttab_setup_table_t setup = { .dom = DOMID_SELF, .nr_frames = 1 };
	static xen_pfn_t frame;
	struct gnttab_map_grant_ref m = { .host_addr = WINDOW, .flags = GNTMAP_host_map, .dom = 0 };

	set_xen_guest_handle(setup.frame_list, &frame);
	map_page(WINDOW, virt_to_mfn(play), PTE_RO);
	ringone_grant_table_op(GNTTABOP_setup_table, &setup, 1);
	ringone_grant_table_op(GNTTABOP_map_grant_ref, &m, 1);
	map_page(WINDOW, 0, 0);
	port_close(bind_ipi());
}

/* The number of calls that were made in all these lives. */
uint32_t keeper(uint32_t calls, uint32_t seed)
{
	uint32_t done = 0, empty = 0;
	struct balance before, after;

	warm_up();
	while (done < calls && empty < 4) {
		before = balance();
		uint32_t n = one_life();

		done += n;
		empty = n ? 0 : empty + 1;
		after = balance();
		if (before.pages != after.pages || before.objects != after.objects)
			guest_printf(
				"fuzz: AUDIT seed %u life %u: %d pages and %d objects are lost\n",
				seed, neighbour_lives(), (int)(before.pages - after.pages),
				(int)(after.objects - before.objects));
		audit();
	}
	guest_printf("fuzz: seed %u calls %u in %u lives, %u grants, frames and ports shared\n",
		     seed, done, neighbour_lives(), parts);
	return done;
}
