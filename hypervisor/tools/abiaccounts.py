# SPDX-License-Identifier: MIT
"""The rows of abi-names.def: what is wrong with them, and their chapter of docs/abi.md."""
import os
import re
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
ROWS = os.path.join(TOP, "hypervisor", "include", "abi-names.def")

CHAPTER = """
# Every name accounted for

The names are those that the headers of `libxen-dev` give (`hypervisor/tools/abi-names` lists them);
the rows stand in `hypervisor/include/abi-names.def`, and `make check` fails when a name has no row or
a row no name. *Implemented* rows name the test that shows it: a guest of `tests/guests` (`lib` is
what all of them stand on), or a file below `tests/`. Every *refused* row is tried by the guest
`abi-refused` as the first, privileged domain and must give the error of its row; it also looks at
*absent* features and binds *silent* virtual interrupts, which are never raised.

%s
"""

STATUS = {"YES": "implemented", "REFUSED": "refused", "ABSENT": "absent", "SILENT": "silent",
          "NOT": "not for 32-bit PV"}


class Row:
    """One line: its kind, its name, and its other arguments."""
    def __init__(self, kind, arguments, line):
        self.kind, self.line = kind, line
        self.name = arguments.split(",", 1)[0].strip()
        self.rest = [a.strip().strip('"') for a in arguments.split(",", 1)[1:]]
        if kind == "REFUSED":
            self.errno, self.how = [a.strip() for a in self.rest[0].split(",", 1)]


def test_text(test):
    """What the test says, to see that the name occurs; None if there is no such test."""
    path = os.path.join(TOP, "tests", "guests", test)
    if os.path.isdir(path):
        files = [os.path.join(path, f) for f in sorted(os.listdir(path))]
    else:
        files = [os.path.join(TOP, "tests", test)]
    text = ""
    for name in files:
        if not os.path.isfile(name):
            return None
        with open(name, encoding="utf-8") as f:
            text += f.read()
    return text


def names_it(text, name):
    """Does a test use it? Calls also go by the shim's names, fields by their last part."""
    word = re.escape(re.sub(r"^__HYPERVISOR_", "", name).split(".")[-1])
    # A guest that uses a call or a feature may only do so through these prefixes.
    return re.search(rf"\b(__HYPERVISOR_|ringone_|XENFEAT_)?{word}\b", text) is not None


class Accounts:
    """All rows, and all names of the headers."""
    def __init__(self, headers):
        tool = os.path.join(HERE, "abi-names")
        listing = subprocess.run([tool, headers], capture_output=True, text=True, check=True).stdout
        self.names = [line.rsplit(None, 1) for line in listing.splitlines()]
        self.names = [(family.strip(), name) for family, name in self.names]
        self.rows, self.sections = [], {}
        with open(ROWS, encoding="utf-8") as f:
            text = re.sub(r"/\*.*?\*/", lambda m: "\n" * m.group().count("\n"), f.read(), flags=re.S)
        for number, line in enumerate(text.splitlines(), 1):
            match = re.fullmatch(r"([A-Z]+)\((.*)\)", line.strip())
            if match and match.group(1) == "SECTION":
                family, remark = re.findall(r'"([^"]*)"', match.group(2))
                self.sections[family] = remark
            elif match and match.group(1) in STATUS:
                self.rows.append(Row(match.group(1), match.group(2), number))
            elif line.strip():
                raise SystemExit(f"{ROWS}:{number}: not a row: {line.strip()}")

    def wrong(self, declared):
        """Complaints, one line each; `declared` is what hypercalls.def implements."""
        calls, subops = declared
        known = {name for _, name in self.names}
        seen, out = {}, []
        for row in self.rows:
            if row.name in seen:
                out.append(f"line {row.line}: {row.name} has a row already, line {seen[row.name]}")
            seen[row.name] = row.line
            if row.name not in known:
                out.append(f"line {row.line}: the headers know no {row.name}; remove the row")
            if row.kind == "YES":
                text = test_text(row.rest[0])
                if text is None:
                    out.append(f"line {row.line}: {row.name}: there is no test {row.rest[0]}")
                elif not names_it(text, row.name):
                    out.append(f"line {row.line}: the test {row.rest[0]} never says {row.name}")
        for family, name in self.names:
            if name not in seen:
                out.append(f"{name} ({family}) has no row: say whether it is implemented, refused, "
                           "absent, silent or not for 32-bit PV")
        kinds = {row.name: row.kind for row in self.rows}
        implemented = [s[0] for ops in subops.values() for s in ops]
        for name in implemented:
            if kinds.get(name) == "NOT":
                out.append(f"{name} is NOT, but hypercalls.def declares it")
        families = {c[0] for c in calls}
        for family, name in self.names:
            if family in families and family in subops and kinds.get(name) == "YES" and \
               name not in implemented and not name.startswith("UVMF_"):
                out.append(f"{name} is implemented, but hypercalls.def has no SUBOP line for it")
        return out

    def chapter(self, _calls, _subops):
        """The chapter's text: a table a family, in the headers' order."""
        count = {kind: sum(r.kind == kind for r in self.rows) for kind in STATUS}
        summary = ", ".join(f"{count[k]} {STATUS[k]}" for k in STATUS)
        out = [CHAPTER % f"{len(self.rows)} names: {summary}."]
        rows = {row.name: row for row in self.rows}
        family = None
        for of, name in self.names:
            if of != family:
                family = of
                remark = self.sections.get(family, "")
                out.append(f"\n## Names: {family}\n\n" + (f"{remark}.\n\n" if remark else "") +
                           "| name | | |\n|---|---|---|\n")
            row = rows[name]
            last = {"YES": row.rest and row.rest[0], "NOT": row.rest and row.rest[0],
                    "REFUSED": "abi-refused", "ABSENT": "abi-refused",
                    "SILENT": "abi-refused"}[row.kind]
            status = f"-{row.errno}" if row.kind == "REFUSED" else STATUS[row.kind]
            out.append(f"| {name} | {status} | {last} |\n")
        return "".join(out)
