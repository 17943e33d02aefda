/* SPDX-License-Identifier: MIT */
#ifndef GUEST_ERRNO_H
#define GUEST_ERRNO_H

/* XEN_EPERM and its kin, from Xen's own list. */
#define XEN_ERRNO(name, value) XEN_##name = value,
enum {
#include <xen/errno.h>
};

#endif
