# SPDX-License-Identifier: MIT
"""Published prices of other ports, and why they are not the same thing as ours.

Only figures that were published; each with where it is from. They are shown beside our own and
never subtracted from them.
"""

# "Xen and the Art of Virtualization", SOSP 2003, Table 2: rows and the XenoLinux column.
PAPER = "SOSP 2003, Table 2"
PAPER_ROWS = (
    ("independent", "architecture-independent", 78),
    ("net", "virtual network driver", 484),
    ("block", "virtual block-device driver", 1070),
    ("specific", "Xen-specific (non-driver)", 1363),
)
PAPER_TOTAL = 2995
PAPER_PERCENT = 1.36
# What 2,995 lines are 1.36 % of: the paper does not print the number it divides by.
PAPER_BASE = 220000

PEERS = (
    ("XenoLinux 2.4.21", 2995, "1.36 % of its x86 code base", PAPER),
    ("Windows XP on Xen, unfinished", 4620, "0.04 %", PAPER),
    ("Afterburner, Linux 2.6.22, in 32 existing files", 443, "", "pre-virtualization"),
    ("Afterburner, Linux 2.6.22, with new files", 1261, "", "pre-virtualization"),
    ("Linux 3.11, arch/x86/xen, 32 and 64 bit", 6324, "", ""),
    ("FreeBSD 10.4, i386/xen (pmap copied whole)", 6705, "", ""),
    ("NetBSD 7, arch/xen machine-dependent", 3691, "besides 1080 guarded lines", ""),
)

# Goals for Linux, from the project's own design: lines in tree, lines with shim and glue,
# percent of base P.
GOAL_IN_TREE, GOAL_ALL, GOAL_PERCENT = 500, 2000, 0.30

NOTES = (
    "A line is what is left after comments and blank lines are stripped, by one lexer for every "
    "figure of ours, above and below the fraction bar.",
    "In tree counts lines added or changed in files the stock tree has; a line that only "
    "disappeared is in the column `gone`. New files are glue and shim and stand by hand.",
    "The paper counts lines modified or added and does not say how it treats comments and "
    "blanks; its tree is Linux 2.4, its port had no Xen code upstream to start from.",
    "The rows `already upstream` are Xen code that the stock tree brings and the build compiles. "
    "The paper had to write the like; we did not, and do not count it as ours.",
    "The paper's share is of some 220,000 lines (2,995 are 1.36 % of them), Linux 2.4's; ours is "
    "of a kernel that has grown since. The same lines are a smaller share of it, which is no "
    "merit: compare lines first.",
    "The share of `upstream used` is what the stock tree's own Xen code is of P. Whoever ports a "
    "kernel without such code has that to write as well.",
    "Base P is near to what the paper divides by: the compiled files of the architecture and of "
    "the core, with their headers, no drivers. X is the whole architecture folder, both word "
    "sizes, compiled or not.",
    "SmPL, edits and configuration are lines we maintain but that never reach the tree as such; "
    "what they do to the tree is in tree. Adding both would count one change twice.",
    "Afterburner rewrites most privileged instructions by machine at assembly time; those "
    "changes are in none of its figures.",
    "The figures of Linux 3.11 and of the BSDs are whole folders of their source, taken as "
    "published beside ours; their comments may or may not be in them.",
)
