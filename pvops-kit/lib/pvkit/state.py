# SPDX-License-Identifier: MIT
"""What apply leaves behind in TREE/.pvkit/, and how restore uses it.

  manifest.json   what was done: state, port, every file with hash, mode and mtime, every step
  pristine/       the originals; hard links where the file system can, so that inode, mode and
                  mtime come back with the content
  stage/          the transformed files until they are renamed into place
  steps/          one patch per step, for `patches` and for people
  root-mtime      the tree folder's own mtime, which making .pvkit/ changes

The order makes a crash harmless at any point: originals and manifest are on the disk before the
first file of the tree changes, each file changes by one rename, and restore only ever moves
towards the original, so it can be interrupted and repeated as well.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import shutil
import stat

from .errors import TreeError, naming
from .shapes import FileEntry, Manifest

FORMAT = 1
DIR = ".pvkit"
# A test stops the process dead at one of these points to see what restore makes of it.
CRASH_AT = os.environ.get("PVKIT_TEST_CRASH", "")


def crash_point(name: str) -> None:
    if CRASH_AT == name:
        os.kill(os.getpid(), 9)


def sha256(path: str) -> str:
    h = hashlib.sha256()
    with open(path, "rb") as f:
        for block in iter(lambda: f.read(1 << 20), b""):
            h.update(block)
    return h.hexdigest()


def fsync_path(path: str) -> None:
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    except OSError as e:
        if e.errno != errno.EINVAL:   # some file systems cannot sync a directory
            raise
    finally:
        os.close(fd)


class State:
    """The .pvkit folder of one tree. Take `lock()` before changing anything."""

    def __init__(self, tree: str) -> None:
        self.tree = os.path.abspath(tree)
        if not os.path.isdir(self.tree):
            raise TreeError("%s is not a folder; name the kernel tree" % tree)
        self.dir = os.path.join(self.tree, DIR)
        self.manifest_path = os.path.join(self.dir, "manifest.json")
        self.lock_fd = -1

    def path(self, *parts: str) -> str:
        return os.path.join(self.tree, *parts)

    def resolve(self, name: str) -> str:
        """The one name of a file or folder of the tree, links on the way to it followed. A link
        that leads out of the tree is refused: what is there is somebody else's."""
        real, root = os.path.realpath(self.path(name)), os.path.realpath(self.tree)
        if real != root and not real.startswith(root + os.sep):
            raise TreeError("%s leads out of the tree, to %s; put a copy in its place"
                            % (name, real))
        return "" if real == root else os.path.relpath(real, root)

    def pristine(self, name: str) -> str:
        return os.path.join(self.dir, "pristine", name)

    def staged(self, name: str) -> str:
        return os.path.join(self.dir, "stage", name)

    def lock(self) -> None:
        """One pvkit per tree; the lock is on the folder itself and dies with the process."""
        self.lock_fd = os.open(self.tree, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(self.lock_fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise TreeError("%s is being worked on by another pvkit; wait for it" % self.tree) \
                from None

    def manifest(self) -> Manifest | None:
        """The manifest, or None when nothing of a port is in the tree."""
        try:
            with open(self.manifest_path, encoding="utf-8") as f:
                m: Manifest = json.load(f)
        except FileNotFoundError:
            return None
        except ValueError as e:
            raise TreeError("%s is damaged (%s); the originals are in %s, copy them back by hand"
                            % (self.manifest_path, e, self.pristine(""))) from None
        if m.get("format") != FORMAT:
            raise TreeError("%s has format %s, this pvkit knows %d; use the pvkit that wrote it"
                            % (self.manifest_path, m.get("format"), FORMAT))
        return m

    def original(self, name: str, manifest: Manifest | None = None) -> str | None:
        """Where the stock content of tree file `name` is now, whether applied or not; None for a
        file the port added."""
        entry = manifest["files"].get(name) if manifest else None
        if entry and entry["old"] is None:
            return None
        return self.pristine(name) if entry else self.path(name)

    def write_manifest(self, manifest: Manifest) -> None:
        tmp = self.manifest_path + ".new"
        with naming(tmp), open(tmp, "w", encoding="utf-8") as f:
            json.dump(manifest, f, indent=1, sort_keys=True)
            f.write("\n")
            f.flush()
            os.fsync(f.fileno())
        os.rename(tmp, self.manifest_path)
        fsync_path(self.dir)

    # ---- apply's half

    def begin(self) -> int:
        """Make an empty .pvkit; whatever an apply that never got to its manifest left is dropped.
        Returns the root folder's mtime from before."""
        mtime = self.root_mtime()
        try:
            shutil.rmtree(self.dir, ignore_errors=True)
            os.mkdir(self.dir)
            with open(os.path.join(self.dir, "root-mtime"), "w", encoding="utf-8") as f:
                f.write("%d\n" % mtime)
            os.makedirs(self.staged(""))
            os.makedirs(self.pristine(""))
            os.makedirs(os.path.join(self.dir, "steps"))
            with open(os.path.join(self.dir, ".gitignore"), "w", encoding="utf-8") as f:
                f.write("*\n")
        except OSError as e:
            self.abandon(mtime)
            raise TreeError("cannot write below %s: %s; %s, or apply to a copy with --out DIR"
                            % (self.tree, e.strerror, "free some space" if e.errno == errno.ENOSPC
                               else "make it writable")) from None
        return mtime

    def root_mtime(self) -> int:
        """The tree folder's mtime from before .pvkit came, also when a dead apply made it."""
        try:
            with open(os.path.join(self.dir, "root-mtime"), encoding="utf-8") as f:
                return int(f.read())
        except (OSError, ValueError):
            return os.stat(self.tree).st_mtime_ns

    def abandon(self, root_mtime: int | None = None) -> None:
        """Drop .pvkit when the tree itself is stock."""
        if not os.path.isdir(self.dir):
            return
        mtime = self.root_mtime() if root_mtime is None else root_mtime
        shutil.rmtree(self.dir, ignore_errors=True)
        if os.path.isdir(self.dir):
            raise TreeError("cannot remove %s, the tree itself is stock; remove it by hand"
                            % self.dir)
        os.utime(self.tree, ns=(os.stat(self.tree).st_atime_ns, mtime))

    def keep_original(self, name: str) -> FileEntry:
        """Put the original of `name` under pristine/ and return its entry."""
        src, dst = self.path(name), self.pristine(name)
        os.makedirs(os.path.dirname(dst), exist_ok=True)
        st = os.lstat(src)
        if not stat.S_ISREG(st.st_mode):
            raise TreeError("%s is no plain file; a port changes plain files only" % name)
        try:
            os.link(src, dst)
        except OSError as e:
            if st.st_nlink > 1:
                raise TreeError("%s has %d names and cannot get one more (%s), so restore could "
                                "not give them back; make it a copy" % (name, st.st_nlink,
                                                                        e.strerror)) from None
            shutil.copy2(src, dst)
            fsync_path(dst)
        return {"sha256": sha256(dst), "mode": st.st_mode & 0o7777, "mtime_ns": st.st_mtime_ns}

    def install(self, manifest: Manifest, root_mtime: int) -> None:
        """Bring the staged files into the tree. `manifest["files"]` names them with their kind;
        this fills in hashes and originals. After the manifest is written, the tree changes file
        by file; before, not at all."""
        files = manifest["files"]
        parents, new_dirs = {".": root_mtime}, []
        for name in sorted(files):
            parent = os.path.dirname(name)
            while parent and parent not in parents and parent not in new_dirs:
                if os.path.isdir(self.path(parent)):
                    parents[parent] = os.stat(self.path(parent)).st_mtime_ns
                else:
                    new_dirs.append(parent)
                parent = os.path.dirname(parent)
            entry = files[name]
            entry["old"] = self.keep_original(name) if os.path.exists(self.path(name)) else None
            staged = self.staged(name)
            if entry["old"]:
                os.chmod(staged, entry["old"]["mode"])
            fsync_path(staged)
            entry["new"] = {"sha256": sha256(staged), "mode": os.stat(staged).st_mode & 0o7777}
        crash_point("pristine")
        for base, _, _ in os.walk(self.dir):
            fsync_path(base)
        manifest.update(format=FORMAT, state="installing", dirs=parents, new_dirs=sorted(new_dirs))
        self.write_manifest(manifest)
        fsync_path(self.tree)
        crash_point("manifest")
        for d in manifest["new_dirs"]:
            os.makedirs(self.path(d), exist_ok=True)
        for i, name in enumerate(sorted(files)):
            os.rename(self.staged(name), self.path(name))
            if i == len(files) // 2:
                crash_point("install")
        manifest["state"] = "applied"
        self.write_manifest(manifest)
        shutil.rmtree(self.staged(""))

    # ---- restore's half

    def edited(self, manifest: Manifest) -> list[str]:
        """Files that are neither what was there before nor what apply wrote: somebody's work."""
        out = []
        for name, entry in sorted(manifest["files"].items()):
            path = self.path(name)
            if not os.path.lexists(path):
                continue
            allowed = {entry["new"]["sha256"], entry["old"] and entry["old"]["sha256"]}
            if os.path.islink(path) or not os.path.isfile(path) or sha256(path) not in allowed:
                out.append(name)
        return out

    def restore(self, force: bool = False) -> tuple[int, int] | None:
        """Give back the tree bit for bit. Returns (files given back, files removed), or None
        when nothing was applied. With `force`, edits made after apply are discarded."""
        manifest = self.manifest()
        if manifest is None:
            if not os.path.isdir(self.dir):
                return None
            self.abandon()
            return 0, 0
        edited = self.edited(manifest)
        if edited and not force:
            raise TreeError("changed since apply: %s; save what you want to keep, then "
                            "`pvkit restore --force` discards it" % ", ".join(edited))
        self.check_originals(manifest)
        back = removed = 0
        for i, (name, entry) in enumerate(sorted(manifest["files"].items())):
            if entry["old"] is None:
                if os.path.lexists(self.path(name)):
                    os.unlink(self.path(name))
                    removed += 1
            else:
                back += self.give_back(name, entry["old"])
            if i == len(manifest["files"]) // 2:
                crash_point("restore")
        for d in sorted(manifest["new_dirs"], key=len, reverse=True):
            try:
                os.rmdir(self.path(d))
            except FileNotFoundError:
                pass
            except OSError:
                pass      # the build put something there; that is not ours to delete
        self.check_result(manifest)
        for d, mtime in manifest["dirs"].items():
            if d != "." and os.path.isdir(self.path(d)):
                os.utime(self.path(d), ns=(mtime, mtime))
        os.unlink(self.manifest_path)
        self.abandon(manifest["dirs"]["."])
        return back, removed

    def check_originals(self, manifest: Manifest) -> None:
        for name, entry in manifest["files"].items():
            old = entry["old"]
            if not old:
                continue
            kept = self.pristine(name)
            if os.path.exists(kept):
                if sha256(kept) != old["sha256"]:
                    raise TreeError("%s is not the original any more (its hash differs from the "
                                    "manifest); nothing was changed, unpack the tree anew" % kept)
            elif not os.path.exists(self.path(name)) or sha256(self.path(name)) != old["sha256"]:
                raise TreeError("%s is missing; nothing was changed, unpack the tree anew" % kept)

    def check_result(self, manifest: Manifest) -> None:
        """The last word before the originals' records go: is every file as it was?"""
        for name, entry in sorted(manifest["files"].items()):
            path, old = self.path(name), entry["old"]
            if old is None:
                same = not os.path.lexists(path)
            else:
                st = os.lstat(path)
                same = stat.S_ISREG(st.st_mode) and sha256(path) == old["sha256"] and \
                    stat.S_IMODE(st.st_mode) == old["mode"] and st.st_mtime_ns == old["mtime_ns"]
            if not same:
                raise TreeError("%s is not what it was before apply, something else writes to it; "
                                "what is left of the originals is in %s" % (name, self.dir))

    def give_back(self, name: str, old: FileEntry) -> int:
        path, kept = self.path(name), self.pristine(name)
        changed = 0
        if os.path.exists(kept):
            same = os.path.exists(path) and not os.path.islink(path) and \
                os.path.samefile(kept, path)
            if not same:
                os.makedirs(os.path.dirname(path), exist_ok=True)
                os.rename(kept, path)
                changed = 1
        st = os.stat(path)
        if st.st_mode & 0o7777 != old["mode"]:
            os.chmod(path, old["mode"])
        if st.st_mtime_ns != old["mtime_ns"]:
            os.utime(path, ns=(st.st_atime_ns, old["mtime_ns"]))
        return changed
