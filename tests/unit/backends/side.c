/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>
#include "side.h"

#define KEYS 64

uint8_t (*side_page)[HOST_PAGE];
uint8_t side_grant[SIDE_PAGES];
unsigned int side_mapped, side_room, side_bound, side_notified, side_reads, side_said;
jmp_buf side_death;
int side_turns;
void (*side_turn)(void);
void (*side_wrote)(const char *path, const char *value);

static unsigned int steps_left;
static int memory = -1; /* the guest's */
static int fired;       /* a node has changed since the last wait() */
static struct {
	char path[160], value[160];
} keys[KEYS];

struct mapping {
	struct mapping *next;
	unsigned int n;
	void *at;
};

static struct mapping *mappings;

void side_kill_after(unsigned int n)
{
	steps_left = n;
}

void side_step(void)
{
	if (steps_left && !--steps_left)
		longjmp(side_death, 1);
}

/* Pages behind one another that are the guest's own, with the protection that was asked for. */
static void *map(struct host *h, uint16_t dom, const uint32_t *refs, unsigned int n, int write)
{
	int prot = PROT_READ | (write ? PROT_WRITE : 0);
	struct mapping *m;
	char *at;

	(void)h;
	side_step();
	assert_int_equal(dom, SIDE_GUEST);
	assert_in_range(n, 1, 64);
	if (side_mapped + n > side_room)
		return NULL;
	for (unsigned int i = 0; i < n; i++) {
		uint32_t p = refs[i] - SIDE_FIRST;

		if (p >= SIDE_PAGES || !side_grant[p] || (write && side_grant[p] < 2))
			return NULL;
	}
	at = mmap(NULL, n * HOST_PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(at, MAP_FAILED);
	for (unsigned int i = 0; i < n; i++)
		assert_ptr_not_equal(mmap(at + i * HOST_PAGE, HOST_PAGE, prot,
					  MAP_SHARED | MAP_FIXED, memory,
					  (refs[i] - SIDE_FIRST) * HOST_PAGE),
				     MAP_FAILED);
	m = malloc(sizeof(*m));
	*m = (struct mapping){ .next = mappings, .n = n, .at = at };
	mappings = m;
	side_mapped += n;
	return at;
}

static void give_back(struct mapping *m)
{
	munmap(m->at, m->n * HOST_PAGE);
	side_mapped -= m->n;
	free(m);
}

static void unmap(struct host *h, void *at, unsigned int n)
{
	(void)h;
	for (struct mapping **m = &mappings; *m; m = &(*m)->next)
		if ((*m)->at == at && (*m)->n == n) {
			struct mapping *gone = *m;

			*m = gone->next;
			give_back(gone);
			return;
		}
	fail_msg("unmaps what is not mapped");
}

static int bind_port(struct host *h, uint16_t dom, uint32_t port)
{
	(void)h;
	side_step();
	assert_int_equal(dom, SIDE_GUEST);
	if (port != 5)
		return -EINVAL;
	side_bound++;
	return 42;
}

static void unbind_port(struct host *h, int port)
{
	(void)h;
	assert_int_equal(port, 42);
	assert_int_equal(side_bound, 1);
	side_bound--;
}

static void notify(struct host *h, int port)
{
	(void)h;
	side_step();
	assert_int_equal(port, 42);
	assert_int_equal(side_bound, 1);
	side_notified++;
}

static int find(const char *path)
{
	for (int i = 0; i < KEYS; i++)
		if (keys[i].path[0] && !strcmp(keys[i].path, path))
			return i;
	return -1;
}

void side_put(const char *path, const char *value)
{
	int i = find(path);

	fired = 1;
	for (int j = 0; i < 0 && j < KEYS; j++)
		if (!keys[j].path[0])
			i = j;
	assert_true(i >= 0);
	snprintf(keys[i].path, sizeof(keys[i].path), "%s", path);
	snprintf(keys[i].value, sizeof(keys[i].value), "%s", value);
}

const char *side_get(const char *path)
{
	int i = find(path);

	return i < 0 ? NULL : keys[i].value;
}

void side_remove(const char *path)
{
	int i = find(path);

	if (i >= 0)
		keys[i].path[0] = 0;
	fired = 1;
}

static int store_read(struct host *h, const char *path, char *value, size_t size)
{
	const char *v = side_get(path);

	(void)h;
	side_reads++;
	if (!v)
		return -ENOENT;
	snprintf(value, size, "%s", v);
	return strlen(value);
}

static int store_write(struct host *h, const char *path, const char *value)
{
	(void)h;
	side_step();
	side_put(path, value);
	if (side_wrote)
		side_wrote(path, value);
	return 0;
}

static int watch(struct host *h, const char *path)
{
	(void)h, (void)path;
	return 0;
}

static int wait_turn(struct host *h, int ms)
{
	(void)h, (void)ms;
	side_step();
	if (side_turns-- <= 0)
		return -EINTR;
	if (side_turn)
		side_turn();
	if (!fired)
		return 0;
	fired = 0;
	return 1;
}

static void say(struct host *h, const char *sentence)
{
	(void)h;
	assert_non_null(sentence);
	side_said++;
}

struct host side = {
	.map = map,
	.unmap = unmap,
	.bind = bind_port,
	.unbind = unbind_port,
	.notify = notify,
	.read = store_read,
	.write = store_write,
	.watch = watch,
	.wait = wait_turn,
	.say = say,
};

void side_bury(void)
{
	while (mappings) {
		struct mapping *gone = mappings;

		mappings = gone->next;
		give_back(gone);
	}
	side_bound = 0;
	steps_left = 0;
}

void side_begin(void)
{
	side_bury();
	if (memory < 0) {
		memory = memfd_create("guest", 0);
		assert_int_equal(ftruncate(memory, SIDE_PAGES * HOST_PAGE), 0);
		side_page = mmap(NULL, SIDE_PAGES * HOST_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED,
				 memory, 0);
		assert_ptr_not_equal(side_page, MAP_FAILED);
	}
	memset(side_page, 0, SIDE_PAGES * HOST_PAGE);
	memset(side_grant, 0, sizeof(side_grant));
	memset(keys, 0, sizeof(keys));
	side_mapped = side_notified = side_reads = side_said = 0;
	side_room = SIDE_PAGES;
	side_turns = 0;
	side_turn = NULL;
	side_wrote = NULL;
}
