# SPDX-License-Identifier: MIT
"""The command line: one small module per command registers itself, this one dispatches."""

from __future__ import annotations

import argparse
import errno
import importlib
import os
import sys
from typing import Any

from . import VERSION, manual, schema
from .errors import INTERRUPTED, KitError, TreeError, exit_code_table
from .term import table, warn

# Order is the order of work, and of `pvkit --help`.
COMMANDS = ("doctor", "apply", "restore", "build", "measure", "verify", "boot", "patches",
            "drift", "refresh", "scan", "new")
TOPICS = ("exit-codes", "man", "schema", "completion")


def build_parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="pvkit", description="Turn a stock kernel tree into a paravirtual guest, measure the "
        "price, prove that nothing privileged is left, and boot the result.",
        epilog="PORT is a port's folder or its name beside the kit; TREE is the kernel tree.")
    top.add_argument("--version", action="version", version="pvkit " + VERSION)
    subs = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name in COMMANDS:
        module = importlib.import_module("pvkit.cmd_" + name)
        sub = subs.add_parser(name, help=module.HELP, description=module.DESCRIPTION or module.HELP,
                              epilog=getattr(module, "EPILOG", None),
                              formatter_class=argparse.RawDescriptionHelpFormatter)
        module.arguments(sub)
        sub.set_defaults(run=module.run)
    sub = subs.add_parser("help", help="help on a command; or " + ", ".join(TOPICS))
    sub.add_argument("topic", nargs="?")
    sub.add_argument("command", nargs="?",
                     help="of `help man COMMAND`, `help schema NAME`, `help completion SHELL`")
    sub.set_defaults(run=lambda args: show_help(top, subs, args.topic, args.command))
    return top


def show_help(top: argparse.ArgumentParser, subs: Any, topic: str | None,
              command: str | None) -> int:
    if topic == "man" and (command is None or command in COMMANDS):
        print(manual.page(top, command, subs.choices.get(command), COMMANDS), end="")
    elif topic == "schema" and command in schema.names():
        print(schema.text(command), end="")
    elif topic == "schema" and command is None:
        print("\n".join(schema.names()))
    elif topic == "completion" and (command is None or command in manual.SHELLS):
        print(manual.SHELLS[command or "bash"]({c: subs.choices[c] for c in COMMANDS}, TOPICS,
                                               {a.dest: a.help for a in subs._choices_actions}),
              end="")
    elif topic == "exit-codes":
        print(table(exit_code_table(), ("code", "meaning"), right=(0,)))
    elif topic in subs.choices and command is None:
        subs.choices[topic].print_help()
    elif topic:
        warn("no help on '%s'; there is help on: %s"
             % (" ".join(filter(None, (topic, command))), " ".join(COMMANDS + TOPICS)))
        return 2
    else:
        top.print_help()
    return 0


def main(argv: list[str]) -> int:
    """Run one command; returns the exit status (see errors.py). Errors are one message on
    standard error, never a Python traceback: that would be a bug of ours and is shown as one."""
    args = build_parser().parse_args(argv)
    try:
        status = args.run(args) or 0
        sys.stdout.flush()
        return status
    except KitError as e:
        warn(str(e))
        return e.code
    except KeyboardInterrupt:
        warn("interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()      # `pvkit ... | head`: nobody is left to read
        return 0
    except OSError as e:
        full = e.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
        if e.filename is None and not full:
            raise
        target = "standard output" if e.filename is None else os.fsdecode(e.filename)
        warn("%s: %s; %s" % (target, e.strerror, "free some space there, or write elsewhere" if full
                             else "name another file or folder, or make this one accessible"))
        if e.filename is None:      # what is still to be written would fail again, at the exit
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return TreeError.code
