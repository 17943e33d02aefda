// SPDX-License-Identifier: MIT
// Macros that look like no C to Coccinelle. `pvkit doctor TREE --port @NAME@-port` shows how much
// of each file parses; a macro that stands where a type, an attribute or a loop head belongs goes
// here, with just enough behind it to make the line look like C.
#define __init
