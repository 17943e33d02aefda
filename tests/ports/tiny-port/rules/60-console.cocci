// SPDX-License-Identifier: MIT
// what: console output goes to the hypervisor's console
// why: the serial port is not ours
// files: console.c
// match: 2
@@
@@
 console_init(...)
 {
-	...
 }

@@
@@
-static void send(char c)
-{
-	...
-}

@@
identifier text, len;
@@
 console_write(const char *text, size_t len)
 {
-	...
+	pv_console_write(text, len);
 }
