# SPDX-License-Identifier: MIT
"""Anchored edits: every verb, every complaint."""

from toy import EDIT, Toy

HEAD = EDIT.split("file:")[0]
TEXT = "one\ntwo\nthree\ntwo again\nfour\n"


class Edits(Toy):
    def setUp(self):
        super().setUp()
        self.write("tree/Kconfig", TEXT)

    def edit(self, body, head=HEAD):
        self.write("port/edits/03-k.edit", head + "file: Kconfig\n" + body)

    def gives(self, body, text, head=HEAD):
        self.edit(body, head)
        self.apply()
        self.assertEqual(self.read("tree/Kconfig"), text)

    def complains(self, body, *words, status=3, head=HEAD):
        self.edit(body, head)
        before = self.snapshot()
        out = self.apply(status=status)
        for word in words:
            self.assertIn(word, out)
        self.assertEqual(self.snapshot(), before)

    def test_after(self):
        self.gives("after: /^one$/\n| new\n|\ttab\n", "one\nnew\n\ttab\n" + TEXT[4:])

    def test_before(self):
        self.gives("before: /^one$/\n| new\n", "new\n" + TEXT)

    def test_replace(self):
        self.gives("replace: /^three$/\n| 3\n| 3b\n", TEXT.replace("three", "3\n3b"))

    def test_delete(self):
        self.gives("delete: /^three$/\n", TEXT.replace("three\n", ""))

    def test_range(self):
        self.gives("delete: /^one$/\nto: /^three$/\n", "two again\nfour\n")

    def test_count(self):
        self.gives("after: /two/\ncount: 2\n| x\n",
                   "one\ntwo\nx\nthree\ntwo again\nx\nfour\n")

    def test_several_blocks(self):
        self.gives("after: /^one$/\n| x\ndelete: /^four$/\n", "one\nx\ntwo\nthree\ntwo again\n")

    def test_empty_line(self):
        self.gives("after: /^one$/\n|\n| x\n", "one\n\nx\n" + TEXT[4:])

    def test_anchor_missing(self):
        self.complains("after: /^nine$/\n| x\n", "03-k", "Kconfig", "/^nine$/", "matches 0")

    def test_anchor_ambiguous(self):
        self.complains("after: /two/\n| x\n", "03-k", "matches 2 (2, 4)")

    def test_range_without_end(self):
        self.complains("delete: /^one$/\nto: /^nine$/\n", "no later line")

    def test_missing_file(self):
        self.write("port/edits/03-k.edit", HEAD + "file: Nothing\nafter: /a/\n| b\n")
        self.assertIn("Nothing is not in the tree", self.apply(status=3))

    def test_optional_anchor(self):
        self.gives("after: /^nine$/\n| x\n", TEXT, head=HEAD + "# match: 0..1\n")

    def test_match_is_held(self):
        self.complains("after: /two/\ncount: 2\n| x\n", "changes 2 site(s)",
                       head=HEAD + "# match: 1\n")

    def test_text_without_anchor(self):
        self.complains("| x\n", "03-k.edit:5", "before any anchor", status=2)

    def test_bad_regex(self):
        self.complains("after: /(/\n| x\n", "03-k.edit:5", status=2)

    def test_unknown_key(self):
        self.complains("behind: /one/\n| x\n", "behind", status=2)

    def test_nothing_to_insert(self):
        self.complains("after: /one/\n", "without text", status=2)
