/* SPDX-License-Identifier: MIT */
/*
 * Question: is what sysctl says of the machine true, and in the form that tools of 4.17 and 4.14 expect?
 *
 * Because: xl asks a dozen of these before it creates anything, and stops at the first odd answer.
 *
 * Expected: answers as the interface's sysctl.h has them; lists that do not fit are cut, with the number
 * there would have been; nothing is written beyond what the caller said it had room for.
 */
#include "second.h"
#include "event.h"

#define VERSION_4_14 0x13

static struct xen_sysctl op;
static struct second s;

static long ask(uint32_t cmd)
{
	return second_sysctl(&op, cmd);
}

static long fresh(uint32_t cmd)
{
	memset(&op.u, 0, sizeof(op.u));
	return ask(cmd);
}

static void machine(void)
{
	static xen_sysctl_cputopo_t cpus[4];
	static xen_sysctl_meminfo_t nodes[2];
	static xen_sysctl_cpuinfo_t idle[4];
	uint32_t distance[4] = { 0 };

	EXPECT(fresh(XEN_SYSCTL_physinfo), 0);
	EXPECT(op.u.physinfo.nr_cpus, 1);
	EXPECT(op.u.physinfo.max_cpu_id, 0);
	CHECK(op.u.physinfo.capabilities & XEN_SYSCTL_PHYSCAP_pv, "no PV guests");
	CHECK(op.u.physinfo.capabilities & XEN_SYSCTL_PHYSCAP_gnttab_v1, "no grant tables");
	CHECK(op.u.physinfo.total_pages > op.u.physinfo.free_pages && op.u.physinfo.free_pages,
	      "%llu pages, %llu of them free", (long long)op.u.physinfo.total_pages,
	      (long long)op.u.physinfo.free_pages);
	uint64_t total = op.u.physinfo.total_pages;

	EXPECT(fresh(XEN_SYSCTL_cputopoinfo), 0);
	EXPECT(op.u.cputopoinfo.num_cpus, 1);
	memset(cpus, 0xa5, sizeof(cpus));
	op.u.cputopoinfo.num_cpus = 4;
	set_xen_guest_handle(op.u.cputopoinfo.cputopo, cpus);
	EXPECT(ask(XEN_SYSCTL_cputopoinfo), 0);
	EXPECT(op.u.cputopoinfo.num_cpus, 1);
	EXPECT(cpus[0].node, 0);
	EXPECT(cpus[1].node, 0xa5a5a5a5u);

	EXPECT(fresh(XEN_SYSCTL_numainfo), 0);
	EXPECT(op.u.numainfo.num_nodes, 1);
	op.u.numainfo.num_nodes = 2;
	set_xen_guest_handle(op.u.numainfo.meminfo, nodes);
	set_xen_guest_handle(op.u.numainfo.distance, distance);
	EXPECT(ask(XEN_SYSCTL_numainfo), 0);
	EXPECT(nodes[0].memsize, total * PAGE_SIZE);
	EXPECT(distance[0], 10);
	EXPECT(distance[1], 0);

	op.u.getcpuinfo.max_cpus = 4;
	set_xen_guest_handle(op.u.getcpuinfo.info, idle);
	EXPECT(ask(XEN_SYSCTL_getcpuinfo), 0);
	EXPECT(op.u.getcpuinfo.nr_cpus, 1);
	uint64_t before = idle[0].idletime;

	/* On a busy host the time to sleep may be over before the sleep begins. */
	for (unsigned int i = 0; i < 10; i++) {
		struct sched_poll p = { .timeout = now_ns() + 20 * NS_MS };

		ringone_sched_op(SCHEDOP_poll, &p);
	}
	set_xen_guest_handle(op.u.getcpuinfo.info, idle);
	EXPECT(ask(XEN_SYSCTL_getcpuinfo), 0);
	CHECK(idle[0].idletime - before > 5 * NS_MS, "asleep for 200 ms, idle for %llu ns",
	      (long long)(idle[0].idletime - before));

	EXPECT(fresh(XEN_SYSCTL_availheap), 0);
	EXPECT(op.u.availheap.avail_bytes, second_free_pages() * PAGE_SIZE);
	op.u.availheap.node = 1;
	EXPECT(ask(XEN_SYSCTL_availheap), -XEN_EINVAL);
}

static void scheduling(void)
{
	uint8_t map[4] = { 0xff, 0xff, 0xff, 0xff };

	EXPECT(fresh(XEN_SYSCTL_sched_id), 0);
	EXPECT(op.u.sched_id.sched_id, XEN_SCHEDULER_CREDIT2);
	memset(&op.u, 0, sizeof(op.u));
	op.u.cpupool_op.op = XEN_SYSCTL_CPUPOOL_OP_INFO;
	op.u.cpupool_op.cpumap.nr_bits = 17;
	set_xen_guest_handle(op.u.cpupool_op.cpumap.bitmap, map);
	EXPECT(ask(XEN_SYSCTL_cpupool_op), 0);
	EXPECT(op.u.cpupool_op.sched_id, XEN_SCHEDULER_CREDIT2);
	EXPECT(op.u.cpupool_op.n_dom, 1);
	EXPECT(map[0], 1);
	EXPECT(map[2], 0);
	EXPECT(map[3], 0xff);
	op.u.cpupool_op.cpupool_id = 1;
	EXPECT(ask(XEN_SYSCTL_cpupool_op), -XEN_ENOENT);
	op.u.cpupool_op.cpupool_id = 0;
	op.u.cpupool_op.cpumap.nr_bits = 0x7fffffff;
	EXPECT(ask(XEN_SYSCTL_cpupool_op), -XEN_EINVAL);
	op.u.cpupool_op.op = XEN_SYSCTL_CPUPOOL_OP_CREATE;
	EXPECT(ask(XEN_SYSCTL_cpupool_op), -XEN_EOPNOTSUPP);

	memset(&op.u, 0, sizeof(op.u));
	op.u.scheduler_op.sched_id = XEN_SCHEDULER_CREDIT2;
	op.u.scheduler_op.cmd = XEN_SYSCTL_SCHEDOP_getinfo;
	EXPECT(ask(XEN_SYSCTL_scheduler_op), 0);
	EXPECT(op.u.scheduler_op.u.sched_credit2.ratelimit_us, 1000);
	op.u.scheduler_op.cpupool_id = 1;
	EXPECT(ask(XEN_SYSCTL_scheduler_op), -XEN_ESRCH);
}

static void processor(void)
{
	static xen_cpuid_leaf_t leaves[256];
	uint32_t words[20], host[20], n;
	unsigned int found = 0;

	EXPECT(fresh(XEN_SYSCTL_get_cpu_featureset), 0);
	n = op.u.cpu_featureset.nr_features;
	CHECK(n >= 10 && n <= 20, "%u words", n);
	set_xen_guest_handle(op.u.cpu_featureset.features, host);
	op.u.cpu_featureset.index = XEN_SYSCTL_cpu_featureset_host;
	EXPECT(ask(XEN_SYSCTL_get_cpu_featureset), 0);
	set_xen_guest_handle(op.u.cpu_featureset.features, words);
	op.u.cpu_featureset.index = XEN_SYSCTL_cpu_featureset_pv;
	EXPECT(ask(XEN_SYSCTL_get_cpu_featureset), 0);
	CHECK(words[0] & 1 << 6, "guests have no PAE: %x", words[0]);
	CHECK(!(words[0] & 1 << 3) && !(words[1] & 1 << 3), "PSE or MONITOR: %x %x", words[0],
	      words[1]);
	CHECK(!(words[0] & ~host[0]), "guests have more than the processor");
	op.u.cpu_featureset.nr_features = 1;
	EXPECT(ask(XEN_SYSCTL_get_cpu_featureset), -XEN_ENOBUFS);
	op.u.cpu_featureset.index = XEN_SYSCTL_cpu_featureset_hvm;
	EXPECT(ask(XEN_SYSCTL_get_cpu_featureset), -XEN_EOPNOTSUPP);

	memset(&op.u, 0, sizeof(op.u));
	op.u.cpu_policy.index = XEN_SYSCTL_cpu_policy_pv_default;
	EXPECT(ask(XEN_SYSCTL_get_cpu_policy), 0);
	EXPECT(op.u.cpu_policy.nr_leaves, 256);
	set_xen_guest_handle(op.u.cpu_policy.leaves, leaves);
	EXPECT(ask(XEN_SYSCTL_get_cpu_policy), 0);
	n = op.u.cpu_policy.nr_leaves;
	/* Tools take this number for the room they have when they write it back: all they would write. */
	unsigned int last_cache = 0, second_range = 0;

	for (unsigned int i = 0; i < n; i++) {
		if (leaves[i].leaf == 4)
			last_cache = leaves[i].a & 31 ? 0 : i;
		second_range += leaves[i].leaf == 0x40000100;
	}
	CHECK(last_cache, "the list of caches has no end");
	EXPECT(second_range, 1);
	for (unsigned int i = 0; i < n; i++) {
		if (leaves[i].leaf != 1)
			continue;
		found++;
		EXPECT(leaves[i].d, words[0]);
		EXPECT(leaves[i].subleaf, XEN_CPUID_NO_SUBLEAF);
	}
	EXPECT(found, 1);
	op.u.cpu_policy.nr_leaves = n - 1;
	memset(&leaves[n - 1], 0xa5, sizeof(leaves[0]));
	EXPECT(ask(XEN_SYSCTL_get_cpu_policy), -XEN_ENOBUFS);
	EXPECT(leaves[n - 1].leaf, 0xa5a5a5a5u);
	op.u.cpu_policy.index = XEN_SYSCTL_cpu_policy_hvm_default;
	EXPECT(ask(XEN_SYSCTL_get_cpu_policy), -XEN_EOPNOTSUPP);
}

static void lists(void)
{
	static struct xen_domctl_getdomaininfo infos[4];

	second_create(&s);
	memset(infos, 0xa5, sizeof(infos));
	memset(&op.u, 0, sizeof(op.u));
	op.u.getdomaininfolist.max_domains = 3;
	set_xen_guest_handle(op.u.getdomaininfolist.buffer, infos);
	EXPECT(ask(XEN_SYSCTL_getdomaininfolist), 0);
	EXPECT(op.u.getdomaininfolist.num_domains, 2);
	EXPECT(infos[0].domain, 0);
	EXPECT(infos[0].tot_pages, start_info->nr_pages);
	EXPECT(infos[1].domain, s.id);
	EXPECT(infos[1].flags & XEN_DOMINF_paused, XEN_DOMINF_paused);
	EXPECT(infos[2].domain, 0xa5a5);
	op.u.getdomaininfolist.first_domain = 1;
	op.u.getdomaininfolist.max_domains = 1;
	EXPECT(ask(XEN_SYSCTL_getdomaininfolist), 0);
	EXPECT(op.u.getdomaininfolist.num_domains, 1);
	EXPECT(infos[0].domain, s.id);

	/* Tools of 4.14 have 104 bytes for each. */
	memset(infos, 0xa5, sizeof(infos));
	op.u.getdomaininfolist.first_domain = 0;
	op.u.getdomaininfolist.max_domains = 2;
	op.interface_version = VERSION_4_14;
	EXPECT(ringone_call(__HYPERVISOR_sysctl, (uint32_t)&op, 0, 0, 0, 0), 0);
	EXPECT(*((uint16_t *)infos + 104 / 2), s.id);
	EXPECT(*((uint8_t *)infos + 208), 0xa5);
	op.interface_version = VERSION_4_14;
	op.cmd = XEN_SYSCTL_physinfo;
	memset(&op.u, 0xa5, sizeof(op.u));
	EXPECT(ringone_call(__HYPERVISOR_sysctl, (uint32_t)&op, 0, 0, 0, 0), 0);
	CHECK(((uint64_t *)&op.u)[5] == second_free_pages(), "free pages of 4.14: %llx",
	      (long long)((uint64_t *)&op.u)[5]);
	EXPECT(((uint32_t *)&op.u)[26], 0xa5a5a5a5u);
	op.interface_version = 0x14;
	EXPECT(ringone_call(__HYPERVISOR_sysctl, (uint32_t)&op, 0, 0, 0, 0), -XEN_EACCES);
	second_destroy(&s);
}

static int contains(const char *text, unsigned int n, const char *word)
{
	for (unsigned int i = 0; i + strlen(word) <= n; i++)
		if (!memcmp(text + i, word, strlen(word)))
			return 1;
	return 0;
}

static void words(void)
{
	static char text[20000];
	evtchn_port_t port = bind_virq(VIRQ_CON_RING);
	uint32_t end;

	port_unmask(port);
	memset(&op.u, 0, sizeof(op.u));
	op.u.readconsole.count = sizeof(text) - 1;
	set_xen_guest_handle(op.u.readconsole.buffer, text);
	EXPECT(ask(XEN_SYSCTL_readconsole), 0);
	CHECK(contains(text, op.u.readconsole.count, "Ringone: first domain"), "of %u bytes",
	      op.u.readconsole.count);
	end = op.u.readconsole.index;

	unsigned int heard = event_count[port];

	op.u.debug_keys.nr_keys = 2;
	set_xen_guest_handle(op.u.debug_keys.keys, "q?");
	EXPECT(ask(XEN_SYSCTL_debug_keys), 0);
	events_on();
	events_off();
	CHECK(event_count[port] > heard, "no VIRQ_CON_RING");
	op.u.debug_keys.nr_keys = 2;
	set_xen_guest_handle(op.u.debug_keys.keys, "hm");
	EXPECT(ask(XEN_SYSCTL_debug_keys), 0);
	op.u.debug_keys.nr_keys = 1000;
	EXPECT(ask(XEN_SYSCTL_debug_keys), -XEN_E2BIG);

	memset(&op.u, 0, sizeof(op.u));
	op.u.readconsole.incremental = 1;
	op.u.readconsole.index = end;
	op.u.readconsole.count = sizeof(text) - 1;
	set_xen_guest_handle(op.u.readconsole.buffer, text);
	EXPECT(ask(XEN_SYSCTL_readconsole), 0);
	CHECK(contains(text, op.u.readconsole.count, "domain 0: privileged"), "key q said nothing");
	CHECK(!contains(text, op.u.readconsole.count, "first domain:"), "it began anew");
	CHECK(contains(text, op.u.readconsole.count, "frames free"), "key m said nothing");
	op.u.readconsole.index += 12345; /* not there yet */
	op.u.readconsole.count = sizeof(text) - 1;
	op.u.readconsole.clear = 1;
	EXPECT(ask(XEN_SYSCTL_readconsole), 0);
	op.u.readconsole.incremental = 0;
	op.u.readconsole.count = sizeof(text) - 1;
	EXPECT(ask(XEN_SYSCTL_readconsole), 0);
	EXPECT(op.u.readconsole.count, 0);
}

void test_main(void)
{
	second_need();
	machine();
	scheduling();
	processor();
	lists();
	words();
}
