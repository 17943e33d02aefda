# SPDX-License-Identifier: MIT
"""pvkit boot"""

from __future__ import annotations

import argparse
import os
import shlex
import sys
import tempfile

from . import boot as booting
from . import stamp
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
`pvkit-status: N`), 0 for a power-off, 2 the port is wrong, 4 no such tree, 7 the emulator ended
oddly, 8 the guest crashed, 9 the hypervisor panicked or refused, 10 the time ran out. $ACCEL sets
QEMU's accelerator, $RINGONE the hypervisor."""


def arguments(p: argparse.ArgumentParser) -> None:
    p.add_argument("port", metavar="PORT")
    p.add_argument("tree", metavar="TREE")
    machine_arguments(p)
    p.add_argument("--gdb", action="store_true", help="wait for gdb on port 1234 (QEMU)")
    p.add_argument("--hv-args", metavar="LINE",
                   help="the hypervisor's command line instead of ours")
    p.add_argument("--build", metavar="DIR", help="the build's output folder")
    p.add_argument("--variant", metavar="NAME", help="which build, as in `pvkit build`")
    p.add_argument("--image", metavar="FILE", help="boot this kernel instead")
    p.add_argument("-n", "--dry-run", action="store_true", help="print the command")


def mebibytes(text: str) -> int:
    if not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError("'%s' is not a number of MiB; 256 is one" % text)
    return int(text)


def machine_arguments(p: argparse._ActionsContainer) -> None:
    """Options that say what machine a kernel is booted on; `pvkit verify --run` has them too."""
    p.add_argument("--cmd", metavar="LINE", help="kernel command line (default: port.conf's)")
    p.add_argument("--memory", metavar="MIB", type=mebibytes, help="of the machine, in MiB")
    p.add_argument("--initrd", metavar="FILE",
                   help="default: port.conf's, in the folder of builds, where it is there")
    p.add_argument("--disk", metavar="FILE", help="a raw disk image (QEMU)")
    p.add_argument("--first", choices=("dom0", "plain"), default="dom0",
                   help="start the guest privileged or as an ordinary one (%(default)s)")
    p.add_argument("--emulator", choices=("qemu", "bochs"), default="qemu")
    p.add_argument("--hypervisor", metavar="FILE", default=os.environ.get("RINGONE"),
                   help="default: $RINGONE, else build/ringone")
    p.add_argument("--qemu", metavar="PROGRAM", default="qemu-system-i386")
    p.add_argument("--cpu", metavar="MODEL", help="of QEMU's machine")
    p.add_argument("--timeout", metavar="S", type=int,
                   help="seconds (default: none on a terminal, 300 otherwise; 0 is none)")
    p.add_argument("--log", metavar="FILE", help="where the console is kept")


def default_initrd(port: Port) -> str | None:
    """port.conf's [boot] initrd, a file below the folder of builds; None where it is not there."""
    name = port.get("boot", "initrd")
    path = os.path.join(build_root(), name)
    return path if name and os.path.exists(path) else None


def machine(args: argparse.Namespace, port: Port, image: str, hv_args: str) -> booting.Machine:
    cmd = args.cmd if args.cmd is not None else port.get("boot", "cmd", "console=hvc0")
    return booting.Machine(
        args.hypervisor or os.path.join(build_root(), "ringone"), image, hv_args, cmd,
        args.memory or int(port.get("boot", "memory", "256")),
        args.initrd or default_initrd(port), args.disk, args.cpu)


def hypervisor_words(args: argparse.Namespace) -> str:
    return "console=com1 debugexit" + (" first=plain" if args.first == "plain" else "")


class Boot:
    """One boot of a Machine as the arguments want it. After run(): `text`, the console."""

    def __init__(self, args: argparse.Namespace, m: booting.Machine, gdb: bool = False) -> None:
        self.args, self.machine = args, m
        self.timeout = args.timeout
        if self.timeout is None:
            self.timeout = 0 if sys.stdin.isatty() else 300
        self.log = args.log or os.path.join(tempfile.gettempdir(),
                                            "pvkit-boot-%d.log" % os.getpid())
        self.qemu = booting.qemu_command(m, self.log, args.qemu, gdb)
        self.text = ""

    def commands(self) -> str:
        """What run() would start, for -n."""
        if self.args.emulator == "bochs":
            return "grub-mkrescue -o boot.iso iso/; bochs -q -f bochsrc -rc go"
        return " ".join(shlex.quote(w) for w in self.qemu)

    def run(self, expect_announcement: bool = True, quiet: bool = False) -> int:
        """The guest's exit status; raises what booting.verdict() raises."""
        for path in self.machine.files():
            if not os.path.isfile(path):
                raise BootError("%s does not exist; `make hypervisor` and `pvkit build` make what "
                                "is booted, or name another (see --help)" % path)
        if self.args.emulator == "bochs":
            status = booting.run_bochs(self.machine, self.log, self.timeout, quiet)
        else:
            need(self.args.qemu, "qemu-system-x86")
            status = booting.run_qemu(self.qemu, self.timeout, quiet)
        self.text = booting.read_log(self.log)
        return booting.verdict(status, self.text, self.log, self.timeout, expect_announcement)


def run(args: argparse.Namespace) -> int:
    port = Port(args.port)
    build = args.build or default_out(port, args.tree, args.variant)
    image = args.image or os.path.join(build, BOOT_IMAGE)
    hv_args = args.hv_args if args.hv_args is not None else hypervisor_words(args)
    boot = Boot(args, machine(args, port, image, hv_args), args.gdb)
    if args.dry_run:
        print(boot.commands())
        return 0
    if not args.image and os.path.exists(image):
        stamp.check(args.tree, build, args.port, image)
    if args.gdb:
        product = os.path.join(os.path.dirname(image), port.get("build", "product", "vmlinux"))
        warn("waiting for: gdb %s -ex 'target remote :1234'"
             % (product if os.path.exists(product) else image))
    # A person may leave by Ctrl-a x, and another hypervisor announces nothing we know.
    return boot.run(expect_announcement=args.hv_args is None and not sys.stdin.isatty())
