// SPDX-License-Identifier: MIT
// What Coccinelle must know to read these trees: macros that look like no C at all.
#define __init
#define __ref
#define __initdata
#define __visible
#define asmlinkage
#define noinstr
#define notrace
#define __always_inline inline
#define __noreturn
#define __ro_after_init
#define __read_mostly
#define __page_aligned_bss
#define DEFINE_IDTENTRY_RAW(func) void func(struct pt_regs *regs)
#define DEFINE_IDTENTRY_RAW_ERRORCODE(func) \
	void func(struct pt_regs *regs, unsigned long error_code)
#define PV_CALLEE_SAVE_REGS_THUNK(func) extern int func##_thunk_marker
