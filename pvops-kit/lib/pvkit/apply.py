# SPDX-License-Identifier: MIT
"""Applying a port: plan, transform on a stage, judge, install.

Nothing in the tree changes before every step has succeeded. The work is cut into (step, file)
tasks; a task waits for the previous task on the same file and for nothing else, so two cores
stay busy although the steps are ordered.
"""

from __future__ import annotations

import concurrent.futures
import dataclasses
import functools
import glob
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from .edits import edit_text, parse_edits
from .errors import RuleError, TreeError, UsageError, naming, refuse_mark
from .glue import all_glue, code_only
from .needs import WORD, rule_needs
from .smpl import Coccinelle
from .state import DIR, State
from .term import Progress
from .unified import added_lines, changed_lines, diff

if TYPE_CHECKING:
    from .edits import Block
    from .port import Port
    from .steps import Step


COLUMNS = 100   # what a rule writes should be no wider


@dataclasses.dataclass(eq=False)
class Task:
    """One step on one file. `patch` and `hunks` are known once it ran."""

    step: Step
    file: str
    work: Callable[[Task], None]
    hunks: int = 0
    patch: str = ""
    error: str | None = None


class Run:
    """One application of `port` to the content of `state`'s tree, on the stage at `stage`."""

    def __init__(self, port: Port, state: State, stage: str, steps: list[Step] | None = None,
                 jobs: int = 2) -> None:
        self.port, self.state, self.stage = port, state, stage
        self.steps = port.steps if steps is None else steps
        self.jobs = max(1, jobs)
        self.manifest = state.manifest()
        self.tasks: list[Task] = []
        self.failures: list[tuple[Step, str]] = []
        self.copied: list[tuple[str, str]] = []
        self.needless: dict[str, str] = {}      # name of a step this tree does not need: why
        self.verdict: RuleError | None = None   # of dry_run()

    # ---- plan

    def expand(self, patterns: Iterable[str]) -> list[str]:
        """Files of the tree that globs name, sorted, each once and by its own name, whatever links
        lead to it; files the port added do not count."""
        found = set()
        for pattern in patterns:
            found.update(glob.glob(pattern, root_dir=self.state.tree, recursive=True))
        out = []
        for name in sorted(found):
            if name.split(os.sep)[0] == DIR or not os.path.isfile(self.state.path(name)):
                continue
            name = self.state.resolve(name)
            if self.state.original(name, self.manifest) is not None and name not in out:
                out.append(name)
        return sorted(out)

    def source(self, name: str) -> str:
        """Where the stock content is of a file that is known to have one."""
        path = self.state.original(name, self.manifest)
        if path is None:
            raise TreeError("%s is a file the port adds, no step can change it" % name)
        return path

    def stock_text(self, name: str) -> str | None:
        """A stock file's text; None when the tree has no such file."""
        path = self.state.original(self.state.resolve(name), self.manifest)
        if path is None or not os.path.isfile(path):
            return None
        with open(path, encoding="utf-8", errors="surrogateescape") as f:
            return f.read()

    def plan(self) -> None:
        cocci = None
        for step in self.steps:
            reason = step.needless(self.stock_text)
            if reason:
                self.needless[step.name] = reason
                continue
            if step.kind == "edit":
                blocks = parse_edits(step)
                for block in blocks:
                    block.file = self.state.resolve(block.file)
                for file in dict.fromkeys(b.file for b in blocks):
                    source = self.state.original(file, self.manifest)
                    if source is None or not os.path.isfile(source):
                        if step.low:
                            self.fail(step, "%s is not in the tree; a step that may find nothing "
                                      "says match: 0.." % file)
                        continue
                    mine = [b for b in blocks if b.file == file]
                    self.tasks.append(Task(step, file, functools.partial(self.edit, blocks=mine)))
                continue
            cocci = cocci or Coccinelle(self.port)
            files = self.expand(step.globs())
            if not files and step.low:
                self.fail(step, "no file of the tree is named by `files: %s`"
                          % " ".join(step.globs()))
            for file in files:
                if not file.endswith((".c", ".h")):
                    self.fail(step, "%s is not C; use an edit" % file)
                    continue
                self.tasks.append(Task(step, file, functools.partial(self.smpl, cocci=cocci)))
        self.check_sources()

    def check_sources(self) -> None:
        """Refuse what would go wrong later or lose somebody's work."""
        names: dict[tuple[int, int], str] = {}      # inode: the first name of it
        for file in sorted({t.file for t in self.tasks}):
            source = self.source(file)
            st = os.stat(source)
            other = names.setdefault((st.st_dev, st.st_ino), file)
            if other != file:
                raise TreeError("%s and %s are one file with two names (hard links), the port "
                                "would make two of it; make one a copy first" % (other, file))
            refuse_mark(source, TreeError)
            with open(source, "rb") as f:
                if b"\r\n" in f.read():
                    raise TreeError("%s has Windows line ends, its rules would match nothing; "
                                    "convert the tree (git config core.autocrlf false, or "
                                    "dos2unix) and apply again" % file)

    def fail(self, step: Step, reason: str) -> None:
        self.failures.append((step, reason))

    # ---- transform

    def stage_file(self, file: str) -> str:
        path = os.path.join(self.stage, file)
        if not os.path.exists(path):
            os.makedirs(os.path.dirname(path), exist_ok=True)
            shutil.copyfile(self.source(file), path)
        return path

    def smpl(self, task: Task, cocci: Coccinelle) -> None:
        path = self.stage_file(task.file)
        with open(path, encoding="utf-8", errors="surrogateescape") as f:
            before = f.read()
        needs, words = rule_needs(task.step.text), set(WORD.findall(before))
        if needs and not any(need.may_match(words) for need in needs):
            return
        said = cocci.run(task.step, self.stage, task.file)
        self.record(task, before)
        if changed_lines(said) != changed_lines(task.patch):
            raise TreeError("%s: what spatch wrote into %s is not what it says it wrote; is the "
                            "disk full? The tree is as it was" % (task.step.name, task.file))
        self.tidy(task, before)

    def tidy(self, task: Task, before: str) -> None:
        """Lines that Coccinelle leaves with nothing but a tab become empty ones."""
        path = os.path.join(self.stage, task.file)
        with open(path, encoding="utf-8", errors="surrogateescape", newline="") as f:
            lines = f.read().split("\n")
        bare = [n for n, text in added_lines(task.patch) if text and not text.strip()]
        for n in bare:
            lines[n - 1] = ""
        if bare:
            with open(path, "w", encoding="utf-8", errors="surrogateescape", newline="") as f:
                f.write("\n".join(lines))
            self.record(task, before)

    def edit(self, task: Task, blocks: list[Block]) -> None:
        path = self.stage_file(task.file)
        with open(path, encoding="utf-8", errors="surrogateescape", newline="") as f:
            before = f.read()
        after, sites = edit_text(task.step, blocks, before)
        with open(path, "w", encoding="utf-8", errors="surrogateescape", newline="") as f:
            f.write(after)
        self.record(task, before)
        task.hunks = sites      # an edit's anchors say more than how diff groups their lines

    def record(self, task: Task, before: str) -> None:
        """Count the sites of this step on this file and keep its patch."""
        path = os.path.join(self.stage, task.file)
        with open(path, encoding="utf-8", errors="surrogateescape", newline="") as f:
            if f.read() == before:
                return
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", errors="surrogateescape",
                                         newline="") as old:
            old.write(before)
            old.flush()
            task.hunks = len(re.findall(r"^@@ ", diff(0, old.name, path, task.file), re.M))
            task.patch = diff(3, old.name, path, task.file)

    def one(self, task: Task) -> Task:
        try:
            task.work(task)
        except RuleError as e:
            task.error = str(e)
        return task

    def transform(self) -> None:
        """Run all tasks; a task starts when the one before it on the same file has ended."""
        queues: dict[str, list[Task]] = {}
        for task in self.tasks:
            queues.setdefault(task.file, []).append(task)
        progress = Progress(len(self.tasks))
        with concurrent.futures.ThreadPoolExecutor(self.jobs) as pool:
            # Longest chains first: the last core must not wait for one busy file.
            order = sorted(queues.values(), key=len, reverse=True)
            running = {pool.submit(self.one, q.pop(0)): q for q in order}
            try:
                while running:
                    done, _ = concurrent.futures.wait(
                        running, return_when=concurrent.futures.FIRST_COMPLETED)
                    for future in done:
                        queue = running.pop(future)
                        task = future.result()
                        progress.step("%s %s" % (task.step.name, task.file))
                        if queue:
                            running[pool.submit(self.one, queue.pop(0))] = queue
            finally:
                for future in running:
                    future.cancel()
                progress.close()

    # ---- judge

    def results(self) -> list[tuple[Step, int, dict[str, int]]]:
        """[(step, hunks, {file: hunks})] in order."""
        out = []
        for step in self.steps:
            mine = {t.file: t.hunks for t in self.tasks if t.step is step}
            out.append((step, sum(mine.values()), {f: h for f, h in mine.items() if h}))
        return out

    def judge(self) -> None:
        """Fill `failures` from what the tasks found, in step order."""
        planned = {step.name for step, _ in self.failures}
        for step, hunks, files in self.results():
            errors = [e for t in self.tasks if t.step is step and t.error
                      for e in t.error.split("\n")]
            for e in errors:
                self.fail(step, e)
            if errors or step.name in planned or step.name in self.needless or \
                    step.allows(hunks):
                continue
            if step.kind == "edit" and "match" not in step.header:
                continue      # each anchor has been counted where it stands
            where = ", ".join("%s %d" % f for f in sorted(files.items())) or \
                ", ".join(sorted({t.file for t in self.tasks if t.step is step}))
            self.fail(step, "changes %d site(s), its header says %s (%s)"
                      % (hunks, step.allowed(), where))
        if self.steps == self.port.steps:
            self.judge_needs()
        order = {s.name: i for i, s in enumerate(self.steps)}
        self.failures.sort(key=lambda f: order[f[0].name])
        if self.failures:
            raise RuleError("%d step(s) of %s failed, the tree is as it was\n%s" % (
                len({s.name for s, _ in self.failures}), self.port.name,
                "\n".join("  %s: %s" % (s.name, reason) for s, reason in self.failures)))

    def final_words(self, step: Step) -> dict[str, set[str]]:
        """{file: identifiers left in its code} of a step's files when all steps are done."""
        if step.kind == "edit":
            files = list(dict.fromkeys(b.file for b in parse_edits(step)))
        else:
            files = self.expand(step.globs())
        out = {}
        for name in files:
            staged = os.path.join(self.stage, name)
            path = staged if os.path.exists(staged) else self.state.original(name, self.manifest)
            if path and os.path.isfile(path):
                with open(path, encoding="utf-8", errors="replace") as f:
                    out[name] = set(WORD.findall(code_only(f.read())))
        return out

    def judge_needs(self) -> None:
        """Steps that matched as often as they must and have not done what they are for."""
        failed = {step.name for step, _ in self.failures}
        for step in self.steps:
            if step.name in failed or step.name in self.needless or \
                    not (step.gone or step.defined):
                continue
            words = self.final_words(step)
            for name in step.gone:
                left = sorted(f for f, w in words.items() if name in w)
                if left:
                    self.fail(step, "matches often enough, but %s must be gone and is in %s"
                              % (name, ", ".join(left)))
            for name in step.defined:
                if not any(name in w for w in words.values()):
                    self.fail(step, "matches often enough, but %s must be there now and none of %s "
                              "has it" % (name, ", ".join(sorted(words)) or "its files"))

    # ---- glue

    def copy_files(self) -> None:
        """Stage glue and shim. A file the tree already has is only replaced when port.conf
        declares it a shadow: a glue file that hides an upstream one must be meant."""
        shadows = self.port.shadows()
        heads = {g.name: g for g in all_glue(self.port)}
        broken = ["  %s: %s" % (g.name, s) for g in heads.values()
                  if not g.needless(self.stock_text) for s in g.broken(self.stock_text)]
        if broken:
            raise RuleError("glue of %s does not fit, the tree is as it was\n%s"
                            % (self.port.name, "\n".join(broken)))
        for source, name, kind in self.port.copies():
            if heads[name].needless(self.stock_text):
                continue
            name = os.path.join(self.state.resolve(os.path.dirname(name)), os.path.basename(name))
            if os.path.islink(self.state.path(name)):
                raise TreeError("%s is a link (to %s), %s would replace it; name the file it leads "
                                "to" % (name, os.readlink(self.state.path(name)), source))
            exists = os.path.exists(self.state.path(name)) and \
                self.state.original(name, self.manifest) is not None
            if exists and name not in shadows:
                raise TreeError("%s is in the tree already; %s may replace it only when port.conf "
                                "says `[glue] shadow = %s`" % (name, source, name))
            path = os.path.join(self.stage, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            shutil.copyfile(source, path)
            os.chmod(path, 0o755 if os.access(source, os.X_OK) else 0o644)
            self.copied.append((name, kind))

    def wide(self) -> list[str]:
        """Sentences about lines over COLUMNS that a step has written and upstream has not."""
        out = []
        for t in self.tasks:
            width = max((len(s[1:].expandtabs(8)) for s in t.patch.split("\n")
                         if s.startswith("-") and not s.startswith("---")), default=0)
            out += ["%s: %s:%d has %d columns" % (t.step.name, t.file, n, len(s.expandtabs(8)))
                    for n, s in added_lines(t.patch)
                    if len(s.expandtabs(8)) > max(COLUMNS, width)]
        return out

    def changed(self) -> list[str]:
        """Files the steps changed, sorted."""
        return sorted({t.file for t in self.tasks if t.hunks})


def check_git(tree: str, files: list[str]) -> None:
    """In a git checkout, files with changes of their own are not touched: restore would give
    them back, but `git checkout` after apply would not."""
    if not os.path.exists(os.path.join(tree, ".git")) or not shutil.which("git"):
        return
    p = subprocess.run(["git", "-C", tree, "status", "--porcelain", "-z", "--untracked-files=no",
                        "--"] + files, capture_output=True, check=False)
    dirty = [s[3:] for s in p.stdout.decode("utf-8", "replace").split("\0") if s.strip()]
    if p.returncode == 0 and dirty:
        raise TreeError("uncommitted changes in files the port touches: %s; commit or stash them, "
                        "or say --allow-dirty" % ", ".join(dirty))


def check_writable(state: State, files: Iterable[str]) -> None:
    for d in sorted({os.path.dirname(f) for f in files} | {""}):
        path = state.path(d)
        while not os.path.isdir(path):
            path = os.path.dirname(path)
        if not os.access(path, os.W_OK | os.X_OK):
            raise TreeError("%s is read-only; make it writable, or apply to a copy with --out DIR"
                            % path)


def copy_tree(tree: str, out: str) -> None:
    """A second tree for --out: hard links where possible, which is safe because apply replaces
    files by rename and never writes into one."""
    if os.path.lexists(out):
        raise TreeError("%s exists; --out wants a folder that does not" % out)
    for flags in ("-al", "-a"):
        try:
            p = subprocess.run(["cp", flags, "--", tree, out], capture_output=True, check=False)
        except BaseException:
            shutil.rmtree(out, ignore_errors=True)
            raise
        if p.returncode == 0:
            return
        shutil.rmtree(out, ignore_errors=True)
    raise TreeError("cannot copy %s to %s: %s" % (tree, out,
                                                  p.stderr.decode("utf-8", "replace").strip()))


def dry_run(port: Port, tree: str, steps: list[Step] | None = None, jobs: int = 2) -> Run:
    """Transform on a stage outside of the tree and return the Run, judged: `verdict`. Works on a
    tree that has the port applied: the originals are what is transformed."""
    state = State(tree)
    port.identify(state)
    with tempfile.TemporaryDirectory(prefix="pvkit-") as stage, naming(stage):
        run = Run(port, state, stage, steps, jobs)
        run.plan()
        run.transform()
        if steps is None:
            run.copy_files()
        try:
            run.judge()      # now: it looks at what is on the stage
        except RuleError as e:
            run.verdict = e
        return run


def apply(port: Port, tree: str, jobs: int = 2, allow_dirty: bool = False,
          again: bool = False) -> tuple[Run | None, str | None]:
    """Apply `port` to `tree`. Returns (Run, None), or (None, sentence) when it is applied
    already. On any error the tree is as it was."""
    state = State(tree)
    state.lock()
    manifest = state.manifest()
    if manifest:
        done = manifest["state"] == "applied"
        same = manifest["port"] == port.name and manifest["digest"] == port.digest()
        if done and same and not again:
            return None, "%s is applied already to %s" % (port.name, tree)
        if done and not again:
            raise TreeError("%s carries %s of another state of its rules; `pvkit restore` first, "
                            "or `pvkit apply --again`" % (tree, manifest["port"]))
        state.restore()
    facts = port.identify(state)
    root_mtime = state.begin()
    try:
        run = Run(port, state, state.staged(""), jobs=jobs)
        run.plan()
        touched = sorted({t.file for t in run.tasks})
        if not allow_dirty:
            check_git(state.tree, touched)
        check_writable(state, touched)
        run.transform()
        run.judge()
        run.copy_files()
        files = {name: {"kind": "changed"} for name in run.changed()}
        for name, kind in run.copied:
            files[name] = {"kind": kind}
        if not files:
            raise UsageError("%s changes nothing in %s" % (port.name, tree))
        check_writable(state, files)
        for step in run.steps:
            patch = "".join(t.patch for t in run.tasks if t.step is step)
            with open(os.path.join(state.dir, "steps", step.name + ".patch"), "w",
                      encoding="utf-8", errors="surrogateescape", newline="") as f:
                f.write(patch)
        manifest = {
            "port": port.name, "port_dir": port.dir, "digest": port.digest(),
            "facts": facts, "files": files,
            "steps": [{"name": s.name, "kind": s.kind, "hunks": h, "files": f}
                      for s, h, f in run.results()],
        }
        state.install(manifest, root_mtime)
    except OSError as e:
        undo(state, root_mtime)
        raise TreeError("cannot write %s: %s; the tree is as it was"
                        % (e.filename or tree, e.strerror)) from None
    except BaseException:
        undo(state, root_mtime)
        raise
    return run, None


def undo(state: State, root_mtime: int) -> None:
    """After a failure or Ctrl-C: back to the original, whatever had been reached."""
    if state.manifest() is None:
        state.abandon(root_mtime)
    else:
        state.restore()
