/* SPDX-License-Identifier: MIT */
/* The one thing that differs between two guests' frameworks: the folder's name. */
extern const char test_name[];
const char test_name[] = TEST_NAME;
