# SPDX-License-Identifier: MIT
"""A toy tree and a toy port in a scratch folder, for tests that need both.

The tree has a C file per situation; a test changes what it is about and leaves the rest."""

import hashlib
import os
import shutil
import subprocess
import tempfile
import unittest

from pvkit import stamp

HERE = os.path.dirname(os.path.realpath(__file__))
TOP = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
PVKIT = os.path.join(TOP, "pvops-kit", "pvkit")

PORT_CONF = """\
# SPDX-License-Identifier: MIT
[port]
name = toy
os = ToyOS
identify =
	Makefile: ^VERSION = (?P<version>\\d+)
"""

RULE = """\
// SPDX-License-Identifier: MIT
// what: foo becomes bar
// why: the test asks for it
// files: %(files)s
// match: %(match)s
@@
expression e;
@@
- foo(e)
+ bar(e)
"""

EDIT = """\
# SPDX-License-Identifier: MIT
# what: builds the glue
# why: nobody would link it otherwise
file: Makefile
after: /^obj-y/
| obj-y += glue.o
"""

A_C = """\
/* two calls, far enough apart to be two hunks */
int first(int a)
{
	return foo(a);
}

int second(int a)
{
	a++;
	a++;
	return foo(a + 1);
}
"""

B_C = "int other(int a)\n{\n\treturn a;\n}\n"

BROKEN_C = """\
int good(int a)
{
	return a;
}

int broken(int a)
{
	ODD_LOOP(a) BEGIN
		%s(a);
	END ]] ;
	return a;
}
"""


class Toy(unittest.TestCase):
    """self.tree and self.port are fresh; self.pvkit(...) runs the command as a person would."""

    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="kit-test-")
        self.addCleanup(self.sweep)
        self.tree, self.port = os.path.join(self.dir, "tree"), os.path.join(self.dir, "port")
        self.write("tree/Makefile", "VERSION = 3\nobj-y += a.o b.o\n")
        self.write("tree/kernel/a.c", A_C)
        self.write("tree/kernel/b.c", B_C)
        os.chmod(os.path.join(self.tree, "kernel/b.c"), 0o640)
        self.write("port/port.conf", PORT_CONF)
        self.rule("01-foo")
        self.write("port/edits/02-make.edit", EDIT)
        self.write("port/glue/kernel/glue.c", "/* ours */\nint glue;\n")

    def sweep(self):
        for base, _, _ in os.walk(self.dir):
            os.chmod(base, 0o755)
        shutil.rmtree(self.dir)

    def write(self, name, text):
        path = os.path.join(self.dir, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8", newline="") as f:
            f.write(text)
        return path

    def read(self, name):
        with open(os.path.join(self.dir, name), encoding="utf-8", newline="") as f:
            return f.read()

    def rule(self, name, files="kernel/*.c", match="2", text=RULE):
        return self.write("port/rules/%s.cocci" % name, text % {"files": files, "match": match})

    def pvkit(self, *args, status=0, env=None, prefix=()):
        p = subprocess.run([*prefix, PVKIT, *args], capture_output=True, text=True, check=False,
                           env=dict(os.environ, **(env or {})), stdin=subprocess.DEVNULL)
        self.assertEqual(p.returncode, status, "pvkit %s\n%s%s" % (" ".join(args), p.stdout,
                                                                  p.stderr))
        self.assertNotIn("Traceback", p.stderr)
        self.out, self.err = p.stdout, p.stderr
        return p.stdout + p.stderr

    def apply(self, *args, **kw):
        return self.pvkit("apply", self.port, self.tree, *args, **kw)

    def stamped(self, out, *images):
        """Say in build folder `out` that it was built from the tree as it is now."""
        claim = stamp.Claim(self.tree, out, "toy")
        claim.finish([os.path.join(out, i) for i in images])
        return out

    def snapshot(self):
        """Everything that `bit for bit` promises: names, modes, times, content."""
        out = []
        for base, dirs, files in os.walk(self.tree):
            for name in dirs + files + ["."]:
                path = os.path.normpath(os.path.join(base, name))
                st = os.lstat(path)
                digest = ""
                if os.path.isfile(path):
                    with open(path, "rb") as f:
                        digest = hashlib.sha256(f.read()).hexdigest()
                out.append((os.path.relpath(path, self.tree), st.st_mode, st.st_mtime_ns, digest))
        return sorted(set(out))


class Assembled(Toy):
    """Tests of verify, each on a few lines of assembly."""

    def assemble(self, body, name="x"):
        src = self.write(name + ".S", ".text\n.globl f\n.type f, @function\nf:\n" + body)
        obj = os.path.join(self.dir, name + ".o")
        subprocess.run(["gcc", "-m32", "-c", "-o", obj, src], check=True)
        return obj

    def check(self, obj, whitelist, status):
        self.write("port/verify.whitelist", whitelist)
        return self.pvkit("verify", self.port, self.tree, "--image", obj, status=status)
