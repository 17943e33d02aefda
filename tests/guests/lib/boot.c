/* SPDX-License-Identifier: MIT */
/* From the first C line to the verdict. */
#include "second.h"
#include "internal.h"

struct start_info *start_info;
struct shared_info *shared_info;
struct vcpu_info *vcpu;
unsigned int features;
int on_ringone;
struct ringone_console console;

static unsigned int failures;
static char first_reason[200];

void guest_fail(const char *fmt, ...)
{
	char text[200];
	__builtin_va_list ap;

	__builtin_va_start(ap, fmt);
	guest_vsnprintf(text, sizeof(text), fmt, ap);
	__builtin_va_end(ap);
	guest_printf("# failed: %s\n", text);
	if (!failures++)
		memcpy(first_reason, text, sizeof(first_reason));
}

void (*guest_main)(void) = test_main;

/* A second domain (second.h) has no verdict of its own: its reason says whether it is content. */
static void __attribute__((noreturn)) power_off(void)
{
	struct sched_shutdown how = { .reason = second_mail && failures ? SHUTDOWN_crash
									: SHUTDOWN_poweroff };

	for (;;)
		ringone_sched_op(SCHEDOP_shutdown, &how);
}

void guest_finish(void)
{
	if (second_mail)
		power_off();
	if (failures)
		guest_printf("FAIL %s: %s\n", test_name, first_reason);
	else
		guest_printf("PASS %s\n", test_name);
	power_off();
}

void guest_skip(const char *why)
{
	guest_printf("SKIP %s: %s\n", test_name, why);
	power_off();
}

int guest_option(const char *word)
{
	const char *p = (const char *)start_info->cmd_line;
	size_t n = strlen(word);

	while (*p) {
		while (*p == ' ')
			p++;
		size_t len = 0;

		while (p[len] && p[len] != ' ')
			len++;
		if (len == n && !memcmp(p, word, n))
			return 1;
		p += len;
	}
	return 0;
}

void guest_start(struct start_info *si)
{
	start_info = si;
	features = ringone_features();
	struct ringone_cpuid id;

	ringone_forced_cpuid(RINGONE_CPUID_LEAF, 0, &id);
	on_ringone = id.ebx == RINGONE_CPUID_EBX;
	mm_init();
	if (!(si->flags & SIF_INITDOMAIN)) {
		console.ring = mfn_to_virt(si->console.domU.mfn);
		console.port = si->console.domU.evtchn;
	}
	shared_info = map_shared_info();
	vcpu = &shared_info->vcpu_info[0];
	trap_init();
	guest_main();
	guest_finish();
}
