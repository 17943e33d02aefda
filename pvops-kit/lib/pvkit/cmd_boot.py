# SPDX-License-Identifier: MIT
"""pvkit boot"""

import os
import shlex
import sys
import tempfile

from . import boot as booting
from .build import BOOT_IMAGE
from .cmd_build import default_out
from .errors import BootError
from .port import Port
from .term import warn
from .tools import build_root, need

HELP = "boot hypervisor and built kernel in an emulator"
DESCRIPTION = """\
Boot the image `pvkit build` made as the first domain of the hypervisor. The console is the
terminal (Ctrl-a x leaves QEMU); without a terminal nothing is read and --timeout holds."""
EPILOG = """\
Exit codes: the guest command's own status when the guest reports one (a console line
`pvkit-status: N`), 0 for a power-off, 7 the emulator ended oddly, 8 the guest crashed,
9 the hypervisor panicked, 10 the time ran out. $ACCEL sets QEMU's accelerator, $RINGONE the
hypervisor."""


def arguments(p):
    p.add_argument("port", metavar="PORT")
    p.add_argument("tree", metavar="TREE")
    p.add_argument("--cmd", metavar="LINE", help="kernel command line (default: port.conf's)")
    p.add_argument("--memory", metavar="MIB", type=int, help="of the machine, in MiB")
    p.add_argument("--initrd", metavar="FILE")
    p.add_argument("--disk", metavar="FILE", help="a raw disk image (QEMU)")
    p.add_argument("--first", choices=("dom0", "plain"), default="dom0",
                   help="start the guest privileged or as an ordinary one (%(default)s)")
    p.add_argument("--emulator", choices=("qemu", "bochs"), default="qemu")
    p.add_argument("--gdb", action="store_true", help="wait for gdb on port 1234 (QEMU)")
    p.add_argument("--hypervisor", metavar="FILE", default=os.environ.get("RINGONE"),
                   help="default: $RINGONE, else build/ringone")
    p.add_argument("--hv-args", metavar="LINE",
                   help="the hypervisor's command line instead of ours")
    p.add_argument("--qemu", metavar="PROGRAM", default="qemu-system-i386")
    p.add_argument("--build", metavar="DIR", help="the build's output folder")
    p.add_argument("--variant", metavar="NAME", help="which build, as in `pvkit build`")
    p.add_argument("--image", metavar="FILE", help="boot this kernel instead")
    p.add_argument("--timeout", metavar="S", type=int,
                   help="seconds (default: none on a terminal, 300 otherwise; 0 is none)")
    p.add_argument("--log", metavar="FILE", help="where the console is kept")
    p.add_argument("-n", "--dry-run", action="store_true", help="print the command")


def machine(args, port):
    image = args.image
    if not image:
        build = args.build or default_out(port, args.tree, args.variant)
        image = os.path.join(build, BOOT_IMAGE)
    hv_args = args.hv_args
    if hv_args is None:
        hv_args = "console=com1 debugexit" + (" first=plain" if args.first == "plain" else "")
    cmd = args.cmd if args.cmd is not None else port.get("boot", "cmd", "console=hvc0")
    memory = args.memory or int(port.get("boot", "memory", "256"))
    hypervisor = args.hypervisor or os.path.join(build_root(), "ringone")
    return booting.Machine(hypervisor, image, hv_args, cmd, memory, args.initrd, args.disk)


def run(args):
    port = Port(args.port)
    m = machine(args, port)
    timeout = args.timeout
    if timeout is None:
        timeout = 0 if sys.stdin.isatty() else 300
    log = args.log or os.path.join(tempfile.gettempdir(), "pvkit-boot-%d.log" % os.getpid())
    command = booting.qemu_command(m, log, args.qemu, args.gdb)
    if args.dry_run:
        if args.emulator == "bochs":
            print("grub-mkrescue -o boot.iso iso/; bochs -q -f bochsrc -rc go")
        else:
            print(" ".join(shlex.quote(w) for w in command))
        return 0
    for path in m.files():
        if not os.path.isfile(path):
            raise BootError("%s does not exist; build it, or name another (see --help)" % path)
    if args.emulator == "bochs":
        status = booting.run_bochs(m, log, timeout)
    else:
        need(args.qemu, "qemu-system-x86")
        if args.gdb:
            warn("waiting for: gdb %s -ex 'target remote :1234'" % m.kernel)
        status = booting.run_qemu(command, timeout)
    # A person may leave by Ctrl-a x, and another hypervisor announces nothing we know.
    return booting.verdict(status, booting.read_log(log), log, timeout,
                           expect_announcement=args.hv_args is None and not sys.stdin.isatty())
