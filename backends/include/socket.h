/* SPDX-License-Identifier: MIT */
#ifndef BACKENDS_SOCKET_H
#define BACKENDS_SOCKET_H

#include <stddef.h>

/* All of @len bytes through a socket, however many pieces they come in. 0, -EPIPE at its end, or an error. */
int socket_receive(int fd, void *data, size_t len);
int socket_send(int fd, const void *data, size_t len);

#endif
