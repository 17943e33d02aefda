// SPDX-License-Identifier: MIT
// What Coccinelle must know to read these trees.
#define __dead2
#define __pure2
#define __FBSDID(s)             struct __hack
#define CTASSERT(x)             struct __hack
#define PMAP_INLINE             inline
#define IDTVEC(name)            X##name
#define TAILQ_HEAD(name, type)  struct name
#define LIST_HEAD(name, type)   struct name
#define SLIST_HEAD(name, type)  struct name
#define STAILQ_HEAD(name, type) struct name
