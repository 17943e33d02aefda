/* SPDX-License-Identifier: MIT */
/*
 * A client of xenstored (io/xs_wire.h). One question at a time; a watch that fires while an answer
 * is awaited is noted in @fired.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include "linux.h"
#include "socket.h"
#include <xen/io/xs_wire.h>

#define SOCKET "/run/xenstored/socket"

static struct linux_host *of(struct host *h)
{
	return (struct linux_host *)h;
}

int store_open(struct linux_host *h)
{
	const char *path = getenv("XENSTORED_PATH");
	struct sockaddr_un to = { .sun_family = AF_UNIX };

	snprintf(to.sun_path, sizeof(to.sun_path), "%s", path ? path : SOCKET);
	h->store = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (h->store < 0 || connect(h->store, (struct sockaddr *)&to, sizeof(to))) {
		int error = -errno;

		fprintf(stderr, "%s: %s: %s; is xenstored up (dom0-start)?\n", h->name, to.sun_path,
			strerror(-error));
		return error;
	}
	return 0;
}

/* Reads one message: @body gets at most @size - 1 bytes and a 0; its length. */
static int take(struct linux_host *h, struct xsd_sockmsg *m, char *body, size_t size)
{
	char all_of_it[XENSTORE_PAYLOAD_MAX + 1];
	int error = socket_receive(h->store, m, sizeof(*m));

	if (!error && m->len > XENSTORE_PAYLOAD_MAX)
		error = -EPROTO;
	if (!error)
		error = socket_receive(h->store, all_of_it, m->len);
	if (error)
		return error;
	if (size) {
		size_t n = m->len < size ? m->len : size - 1;

		memcpy(body, all_of_it, n);
		body[n] = 0;
	}
	return m->len;
}

static int error_of(const char *name)
{
	for (unsigned int i = 0; i < sizeof(xsd_errors) / sizeof(xsd_errors[0]); i++)
		if (!strcmp(name, xsd_errors[i].errstring))
			return -xsd_errors[i].errnum;
	return -EIO;
}

/*
 * Asks, in the transaction @tx (0: in none); the answer's length, its first @size - 1 bytes in
 * @answer.
 */
static int ask_in(struct linux_host *h, uint32_t tx, uint32_t type, const char *a, size_t a_len,
		  const char *b, size_t b_len, char *answer, size_t size)
{
	struct xsd_sockmsg m = {
		.type = type, .req_id = ++h->request, .tx_id = tx, .len = a_len + b_len
	};
	char local[64];
	int len = socket_send(h->store, &m, sizeof(m));

	if (!len)
		len = socket_send(h->store, a, a_len);
	if (!len && b_len)
		len = socket_send(h->store, b, b_len);
	if (!answer)
		answer = local, size = sizeof(local);
	while (!len) {
		len = take(h, &m, answer, size);
		if (len < 0)
			return len;
		if (m.type == XS_WATCH_EVENT) {
			h->fired = 1;
			len = 0;
			continue;
		}
		return m.type == XS_ERROR ? error_of(answer) : len;
	}
	return len;
}

static int ask(struct linux_host *h, uint32_t type, const char *a, size_t a_len, const char *b,
	       size_t b_len, char *answer, size_t size)
{
	return ask_in(h, 0, type, a, a_len, b, b_len, answer, size);
}

int store_read(struct host *h, const char *path, char *value, size_t size)
{
	return ask(of(h), XS_READ, path, strlen(path) + 1, NULL, 0, value, size);
}

int store_number(struct host *h, const char *dir, const char *name)
{
	char path[XENSTORE_ABS_PATH_MAX], value[16];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return store_read(h, path, value, sizeof(value)) > 0 ? atoi(value) : -1;
}

int store_write_while(struct host *host, const char *there, const char *path, const char *value)
{
	struct linux_host *h = of(host);
	int len = -EAGAIN;

	/* Whoever else changed these nodes meanwhile had to give way to somebody, too. */
	for (int tries = 0; tries < 100 && len == -EAGAIN; tries++) {
		char tx_text[16];
		uint32_t tx;
		int end;

		len = ask(h, XS_TRANSACTION_START, "", 1, NULL, 0, tx_text, sizeof(tx_text));
		if (len < 0)
			break;
		tx = strtoul(tx_text, NULL, 10);
		len = ask_in(h, tx, XS_READ, there, strlen(there) + 1, NULL, 0, NULL, 0);
		if (len >= 0)
			len = ask_in(h, tx, XS_WRITE, path, strlen(path) + 1, value, strlen(value),
				     NULL, 0);
		end = ask_in(h, tx, XS_TRANSACTION_END, len < 0 ? "F" : "T", 2, NULL, 0, NULL, 0);
		if (len >= 0)
			len = end;
	}
	return len < 0 ? len : 0;
}

int store_write(struct host *h, const char *path, const char *value)
{
	const char *slash = strrchr(path, '/');
	char folder[XENSTORE_ABS_PATH_MAX];
	size_t len = slash ? (size_t)(slash - path) : 0;

	if (!len || len >= sizeof(folder))
		return -EINVAL;
	memcpy(folder, path, len);
	folder[len] = 0;
	return store_write_while(h, folder, path, value);
}

int store_watch(struct host *h, const char *path)
{
	int len = ask(of(h), XS_WATCH, path, strlen(path) + 1, "w", 2, NULL, 0);

	return len < 0 ? len : 0;
}

int store_list(struct host *h, const char *path, char *names, size_t size)
{
	int len = ask(of(h), XS_DIRECTORY, path, strlen(path) + 1, NULL, 0, names, size);

	return len >= (int)size ? -E2BIG : len;
}

int store_heard(struct linux_host *h)
{
	struct pollfd p = { .fd = h->store, .events = POLLIN };
	struct xsd_sockmsg m;

	while (poll(&p, 1, 0) > 0) {
		int len = take(h, &m, NULL, 0);

		if (len < 0)
			return len;
		h->fired |= m.type == XS_WATCH_EVENT;
	}
	return 0;
}
