/* SPDX-License-Identifier: MIT */
/* Grant tables: nothing but the hypercall and the unit calls in here (grant/grant.c). */
#ifndef RINGONE_GRANT_H
#define RINGONE_GRANT_H

#endif
