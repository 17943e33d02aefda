// SPDX-License-Identifier: MIT
// Macros that look like no C to Coccinelle. `pvkit doctor` says that it parses all of tiny, so
// there is nothing to teach it.
