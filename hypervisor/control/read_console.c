/* SPDX-License-Identifier: MIT */
/* `xl dmesg`: what the hypervisor has printed (say/log.c), read by tools. */
#include "control.h"
#include "domain/domain.h"
#include "event/event.h"
#include "mm/mm.h"
#include "say/say.h"
#include "unit.h"

/* Something was printed since: whoever reads on is told, once for all of it. */
static void announce(void)
{
	static uint32_t announced;
	uint32_t first, end;

	message_log_bounds(&first, &end);
	if (announced == end || !hardware_domain)
		return;
	announced = end;
	send_global_virq(hardware_domain, VIRQ_CON_RING);
}

int32_t sysctl_readconsole(struct control_call *c, struct xen_sysctl_readconsole *a)
{
	gva_t to = GVA((uint32_t)(uintptr_t)a->buffer.p);
	uint32_t from, end, done = 0;

	message_log_bounds(&from, &end);
	/* A position of before is worth what is left behind it; one from the future nothing. */
	if (a->incremental && end - a->index <= end - from)
		from = a->index;
	while (done < a->count && from != end) {
		uint32_t n;
		const char *text = message_log_at(from, end, &n);

		n = MIN(n, a->count - done);
		if (copy_to_guest_raw(gva_add(to, done), text, n))
			return -XEN_EFAULT;
		from += n;
		done += n;
	}
	if (a->clear)
		message_log_clear(end);
	a->count = done;
	a->index = from;
	return 0;
}

UNIT(control, .softirqs = SOFTIRQ_CONSOLE, .softirq = announce);
