/* SPDX-License-Identifier: MIT */
/* sources: hypervisor/peer/console_io.c */
/* cflags: -include mm/host.h -Wno-unused-parameter */
/*
 * CONSOLEIO_write against a line that has little room, and changes its mind while it is asked: every
 * byte once, none that the guest did not name, and the call ends.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "domain/domain.h"
#include "event/event.h"
#include "mm/mm.h"
#include "peer/peer.h"
#include "call/call.h"
#include "say/say.h"

#define BASE 0x1000 /* where the guest's buffer begins, in its own addresses */

static char guest[4096], line[8192];
static uint32_t written, rooms[64], nr_rooms, asked;
static bool again, wanted; /* the call asks to run once more; something else is due */
static uint32_t next_count;
static gva_t next_from;

struct domain *hardware_domain;
static struct domain caller;
static struct vcpu running = { .domain = &caller };
struct vcpu *host_current = &running;

uint32_t console_room(void)
{
	return nr_rooms ? rooms[asked++ % nr_rooms] : ~0U;
}

void console_write(const char *s, uint32_t bytes)
{
	assert_true(written + bytes <= sizeof(line));
	memcpy(line + written, s, bytes);
	written += bytes;
}

uint32_t copy_from_guest_raw(void *to, gva_t from, uint32_t bytes)
{
	assert_true(from.a >= BASE && from.a + bytes <= BASE + sizeof(guest));
	memcpy(to, guest + (from.a - BASE), bytes);
	return 0;
}

uint32_t copy_to_guest_raw(gva_t to, const void *from, uint32_t bytes)
{
	return bytes;
}

bool preempt_needed(void)
{
	return wanted;
}

int32_t hypercall_continue(uint32_t nr, uint32_t nr_args, uint32_t a1, uint32_t a2, uint32_t a3,
			   uint32_t a4)
{
	assert_int_equal(nr, __HYPERVISOR_console_io);
	assert_int_equal(nr_args, 3);
	assert_int_equal(a1, CONSOLEIO_write);
	again = true;
	next_count = a2;
	next_from = (gva_t){ a3 };
	return nr;
}

int32_t trace_error_at(const char *file, int at, int32_t error)
{
	return error;
}
int32_t subop_failed(const struct subop_table *t, const struct subop_call *c, int32_t rc)
{
	return rc;
}
int32_t subop_refused(const struct subop_table *t, uint32_t cmd)
{
	return -XEN_ENOSYS;
}
int32_t subop_not_permitted(const struct subop_table *t, uint32_t cmd)
{
	return -XEN_EPERM;
}
int serial_getc(void)
{
	return -1;
}
void send_global_virq(struct domain *d, uint32_t virq)
{
}
void console_ring_output(struct domain *d)
{
}
void console_ring_input(struct domain *d)
{
}
void console_ring_halts(struct domain *d)
{
}
void heap_free_page(void *page)
{
}

/* As the guest's int 0x82 does: again, until the call has nothing left. */
static void write_all(uint32_t count)
{
	int rounds = 0;

	written = asked = 0;
	next_count = count;
	next_from = (gva_t){ BASE };
	do {
		again = false;
		assert_true(++rounds < 100000);
		assert_true(next_count <= count);
		do_console_io(CONSOLEIO_write, next_count, next_from);
	} while (again);
	assert_int_equal(written, count);
	assert_memory_equal(line, guest, count);
}

static void fill(void)
{
	for (uint32_t i = 0; i < sizeof(guest); i++)
		guest[i] = 'a' + i % 26;
}

static void test_plain(void **state)
{
	fill();
	nr_rooms = 0;
	wanted = false;
	for (uint32_t count = 0; count < 600; count++)
		write_all(count);
}

/* Full, and free again when it is asked next: more room than the guest has bytes left. */
static void test_room_comes_meanwhile(void **state)
{
	static const uint32_t turns[] = { 0, 8, 0, 64, 0, 1000 };

	fill();
	wanted = false;
	memcpy(rooms, turns, sizeof(turns));
	nr_rooms = ARRAY_SIZE(turns);
	for (uint32_t count = 0; count < 600; count++)
		write_all(count);
}

static void test_random_room(void **state)
{
	unsigned int seed = 20261128;

	fill();
	print_message("seed %u\n", seed);
	srand(seed);
	for (int round = 0; round < 500; round++) {
		nr_rooms = 1 + rand() % ARRAY_SIZE(rooms);
		for (uint32_t i = 0; i < nr_rooms; i++)
			rooms[i] = rand() % 3 ? rand() % 200 : 0;
		rooms[0] = 1; /* it may be slow, but it is not dead */
		wanted = rand() % 2;
		write_all(rand() % sizeof(guest));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_room_comes_meanwhile),
		cmocka_unit_test(test_random_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
