/* SPDX-License-Identifier: MIT */
/* sources: backends/linux/store.c backends/linux/socket.c */
/* cflags: -I$(ROOT)/backends/include -I$(ROOT)/backends/linux */
/*
 * Writing into the store while somebody else removes what is written to: a thread plays xenstored,
 * notes what it is asked, and answers as each test has it.
 */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <cmocka.h>
#include "linux.h"
#include "socket.h"
#include <xen/io/xs_wire.h>

#define NODE   "/local/domain/0/backend/qdisk/7/51712/state"
#define FOLDER "/local/domain/0/backend/qdisk/7/51712"

static struct linux_host host;
static int listener;
static pthread_t thread;
static char path[64], asked[1024];
static int folder_is_there,
	refusals; /* ends of a transaction that somebody else got in the way of */

static void answer(int fd, struct xsd_sockmsg m, const char *body, size_t len)
{
	if (!strcmp(body, "ENOENT") || !strcmp(body, "EAGAIN"))
		m.type = XS_ERROR;
	m.len = len;
	socket_send(fd, &m, sizeof(m));
	socket_send(fd, body, len);
}

static void *plays_xenstored(void *unused)
{
	int fd = accept(listener, NULL, NULL);
	struct xsd_sockmsg m;
	char body[512];

	(void)unused;
	while (!socket_receive(fd, &m, sizeof(m))) {
		const char *says = "OK";
		size_t n = strlen(asked);

		socket_receive(fd, body, m.len);
		body[m.len] = 0;
		switch (m.type) {
		case XS_TRANSACTION_START:
			says = "41";
			snprintf(asked + n, sizeof(asked) - n, "start;");
			break;
		case XS_READ:
			says = folder_is_there ? "" : "ENOENT";
			snprintf(asked + n, sizeof(asked) - n, "read %u %s;", m.tx_id, body);
			break;
		case XS_WRITE:
			snprintf(asked + n, sizeof(asked) - n, "write %u %s=%s;", m.tx_id, body,
				 body + strlen(body) + 1);
			break;
		case XS_TRANSACTION_END:
			says = *body == 'T' && refusals-- > 0 ? "EAGAIN" : "OK";
			snprintf(asked + n, sizeof(asked) - n, "end %u %s;", m.tx_id, body);
			break;
		}
		answer(fd, m, says, *says ? strlen(says) + 1 : 0);
	}
	close(fd);
	return NULL;
}

static int begin(void **state)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };

	(void)state;
	snprintf(path, sizeof(path), "/tmp/store.%d", (int)getpid());
	unlink(path);
	strcpy(at.sun_path, path);
	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(listener, 1), 0);
	assert_int_equal(pthread_create(&thread, NULL, plays_xenstored, NULL), 0);
	setenv("XENSTORED_PATH", path, 1);
	asked[0] = 0;
	refusals = 0;
	folder_is_there = 1;
	return store_open(&host);
}

static int end(void **state)
{
	(void)state;
	close(host.store);
	pthread_join(thread, NULL);
	close(listener);
	return unlink(path);
}

static void test_folder_is_there(void **state)
{
	(void)state;
	assert_int_equal(store_write(&host.host, NODE, "4"), 0);
	assert_string_equal(asked, "start;read 41 " FOLDER ";write 41 " NODE "=4;end 41 T;");
}

/* The tools have removed the guest's folders: nothing is written, so that they do not come back. */
static void test_folder_is_gone(void **state)
{
	(void)state;
	folder_is_there = 0;
	assert_int_equal(store_write(&host.host, NODE, "6"), -ENOENT);
	assert_string_equal(asked, "start;read 41 " FOLDER ";end 41 F;");
}

/* It went between the look and the end: the store says so, and it is looked at again. */
static void test_somebody_else_was_quicker(void **state)
{
	(void)state;
	refusals = 1;
	assert_int_equal(store_write(&host.host, NODE, "6"), 0);
	assert_string_equal(asked, "start;read 41 " FOLDER ";write 41 " NODE "=6;end 41 T;"
				   "start;read 41 " FOLDER ";write 41 " NODE "=6;end 41 T;");
}

static void test_no_folder(void **state)
{
	(void)state;
	assert_int_equal(store_write(&host.host, "state", "6"), -EINVAL);
	assert_string_equal(asked, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_folder_is_there, begin, end),
		cmocka_unit_test_setup_teardown(test_folder_is_gone, begin, end),
		cmocka_unit_test_setup_teardown(test_somebody_else_was_quicker, begin, end),
		cmocka_unit_test_setup_teardown(test_no_folder, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
