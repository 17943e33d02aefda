/* SPDX-License-Identifier: MIT */
#ifndef RINGONE_XEN_H
#define RINGONE_XEN_H

/*
 * Xen's public headers, in the one order and at the one interface version the shim is built
 * for. They are Debian's libxen-dev, staged under build/include by the build.
 */
#ifndef __XEN_INTERFACE_VERSION__
#define __XEN_INTERFACE_VERSION__ 0x00040e00
#endif

#ifndef __ASSEMBLY__
#include <stddef.h>
#include <stdint.h>
#endif

#include <xen/xen.h>
#include <xen/elfnote.h>
#include <xen/features.h>

#ifndef __ASSEMBLY__
#include <xen/callback.h>
#include <xen/event_channel.h>
#include <xen/grant_table.h>
#include <xen/memory.h>
#include <xen/physdev.h>
#include <xen/sched.h>
#include <xen/vcpu.h>
#include <xen/version.h>

/* What the ring macros below order memory with: x86 keeps all orders but store, then load. */
#define xen_mb()  __sync_synchronize()
#define xen_rmb() asm volatile("" : : : "memory")
#define xen_wmb() asm volatile("" : : : "memory")

#include <xen/io/console.h>
#include <xen/io/xs_wire.h>
#include <xen/io/xenbus.h>
#include <xen/io/ring.h>
#include <xen/io/blkif.h>
#include <xen/io/netif.h>
#endif

#endif
