# SPDX-License-Identifier: MIT
# Ringone.  `make help` lists what a person types.  Only deps, demo and check install packages.

$(if $(word 2,$(CURDIR))$(findstring :,$(CURDIR)),$(error make cannot build in "$(CURDIR)": move the tree to a path without blanks and colons))

OUT := build
Q   := $(if $(V),,@)

help:	## this list
	@awk -F ':.*## ' '/^[a-z0-9_.-]+:.*## / { printf "  make %-22s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

all: hypervisor guests kit	## hypervisor, test guests, kit; no kernel, no dom0

deps:	## install the Debian packages that are missing (root or sudo)
	$(Q)sh .ci/install

hypervisor:	## build/ringone
	$(Q)$(MAKE) -s -C hypervisor

guests: hypervisor	## the tiny test kernels, build/guests/
	$(Q)$(MAKE) -s -C tests/guests

kit:	## pvkit's compiled tools
	$(Q)$(MAKE) -s -C pvops-kit

kernel: hypervisor kit	## Debian's stock Linux: unpacked, ported, measured, built; KERNEL=5.10, 6.12 or 7
	$(Q)tests/boot/kernel $(KERNEL)

dom0: kernel	## Xen's own tools, dom0's initial file system, a disk with Debian for a guest
	$(Q)$(MAKE) -s -C backends dom0 disk $(if $(KERNEL),GUEST_KERNEL=$(or $(GUEST_KERNEL),$(CURDIR)/build/linux-$(KERNEL)/boot-image))

run: dom0	## dom0 on this terminal: xl create -c /etc/xen/a.cfg (docs/guests.md)
	$(Q)tests/boot/dom0-shell

demo: deps	## the whole story on a fresh machine, ending in dom0's shell
	$(Q)$(MAKE) -s hypervisor kit
	$(Q)tests/boot/demo

check: deps	## the tests of an ordinary day (20 minutes); closes with `N passed, N failed`
	$(Q)$(MAKE) -s hypervisor guests kit
	$(Q)tests/check lint unit kit tour guests machines fuzz fuzz_bochs bochs porting port rules@6.12 rules@5.10 rules@7 linux row hardware processors tools elf

check-mutants: hypervisor guests	## every TRUST_CHECK taken out once; a test must notice
	$(Q)tests/check mutants

check-freebsd: hypervisor kit	## FREEBSD_SRC=TREE: that FreeBSD 11 tree ported, verified, booted; else SKIP
	$(Q)tests/check freebsd

check-netbsd: hypervisor kit	## NETBSD_SRC=TREE: that NetBSD tree's own Xen kernels and the ported one, booted; else SKIP
	$(Q)tests/check netbsd

check-all: check check-mutants	## and Linux on four processors, GRUB and Mach, 6.12, 7.x and 5.10 in full, an hour of fuzzing
	$(Q)tests/check guests_long smp foreign port@6.12 linux@6.12 hardware@6.12 port@7 linux@7 hardware@7 port@5.10 linux@5.10 hardware@5.10 fuzz_long fuzz_bochs_long backends_long

lint:	## formatting, static analysis, generated documents
	$(Q)tests/lint

bench: hypervisor guests	## instructions per operation beside Xen's and the goals
	$(Q)tests/run-bench
	$(Q)$(MAKE) -s -C tests/bench && tests/run-user-bench || [ $$? -eq 2 ]

gdb: hypervisor guests	## QEMU waiting for gdb: make gdb GUEST=boot-modern
	$(Q)tests/gdb $(GUEST)

trace: hypervisor guests	## the last trap frames and hypercalls of a run: make trace GUEST=boot-modern
	$(Q)tests/trace $(GUEST)

compile_commands.json: hypervisor	## for clangd
	$(Q)$(MAKE) -s -C hypervisor compile-commands > $@

clean:	## remove build/
	$(Q)rm -rf $(OUT)

.PHONY: help all deps hypervisor guests kit kernel dom0 run demo check check-mutants check-freebsd check-netbsd check-all lint bench gdb trace clean
.DEFAULT_GOAL := help
