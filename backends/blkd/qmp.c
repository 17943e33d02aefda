/* SPDX-License-Identifier: MIT */
/*
 * libxl wants a greeting, and an answer with the number of its question for everything it asks
 * while a guest is made: qmp_capabilities, query-chardev, that of 4.14 also query-vnc. Nothing of a
 * machine is here, so the answers are empty.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include "qmp.h"

#define GREETING                                                                          \
	"{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 0, \"minor\": 2, \"major\": 7}, " \
	"\"package\": \"blkd\"}, \"capabilities\": []}}\r\n"

void qmp_init(struct qmp *q)
{
	for (int i = 0; i < QMP_SOCKETS; i++)
		q->listening[i] = -1;
	for (int i = 0; i < QMP_CLIENTS; i++)
		q->client[i] = -1;
}

static int listen_at(const char *path, size_t len)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || len >= sizeof(at.sun_path))
		return -1;
	memcpy(at.sun_path, path, len);
	unlink(at.sun_path);
	if (bind(fd, (struct sockaddr *)&at, sizeof(at)) || listen(fd, 4)) {
		perror("blkd: the control socket");
		close(fd);
		return -1;
	}
	return fd;
}

void qmp_chardev(struct qmp *q, const char *argument)
{
	const char *path = strstr(argument, "path=");

	for (int i = 0; path && i < QMP_SOCKETS; i++)
		if (q->listening[i] < 0) {
			q->listening[i] = listen_at(path + 5, strcspn(path + 5, ","));
			break;
		}
}

unsigned int qmp_poll(const struct qmp *q, struct pollfd *p)
{
	unsigned int n = 0;

	for (int i = 0; i < QMP_SOCKETS; i++)
		if (q->listening[i] >= 0)
			p[n++] = (struct pollfd){ .fd = q->listening[i], .events = POLLIN };
	for (int i = 0; i < QMP_CLIENTS; i++)
		if (q->client[i] >= 0)
			p[n++] = (struct pollfd){ .fd = q->client[i], .events = POLLIN };
	return n;
}

static void tell(int fd, const char *text)
{
	if (send(fd, text, strlen(text), MSG_NOSIGNAL) < 0)
		perror("blkd: the control socket");
}

static const char *answer_to(const char *question)
{
	if (strstr(question, "query-chardev"))
		return "[]";
	return strstr(question, "query-vnc") ? "{\"enabled\": false}" : "{}";
}

/* One question a line; what has come of it is here at once, they are short. */
static int answer(int fd)
{
	char text[2048], reply[128];
	ssize_t len = read(fd, text, sizeof(text) - 1);

	if (len <= 0)
		return 0;
	text[len] = 0;
	for (char *line = strtok(text, "\r\n"); line; line = strtok(NULL, "\r\n")) {
		const char *id = strstr(line, "\"id\"");
		unsigned int number = 0;

		if (id && sscanf(id + 4, " : %u", &number) != 1)
			number = 0;
		snprintf(reply, sizeof(reply), "{\"return\": %s, \"id\": %u}\r\n", answer_to(line),
			 number);
		tell(fd, reply);
	}
	return 1;
}

static void accept_one(struct qmp *q, int listening)
{
	int fd = accept(listening, NULL, NULL);

	for (int i = 0; fd >= 0 && i < QMP_CLIENTS; i++)
		if (q->client[i] < 0) {
			q->client[i] = fd;
			tell(fd, GREETING);
			return;
		}
	if (fd >= 0)
		close(fd);
}

void qmp_serve(struct qmp *q, const struct pollfd *p, unsigned int n)
{
	for (unsigned int k = 0; k < n; k++) {
		if (!p[k].revents)
			continue;
		for (int i = 0; i < QMP_SOCKETS; i++)
			if (q->listening[i] == p[k].fd)
				accept_one(q, p[k].fd);
		for (int i = 0; i < QMP_CLIENTS; i++)
			if (q->client[i] == p[k].fd && !answer(p[k].fd)) {
				close(p[k].fd);
				q->client[i] = -1;
			}
	}
}
