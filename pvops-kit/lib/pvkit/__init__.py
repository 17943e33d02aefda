# SPDX-License-Identifier: MIT
"""The porting kit. One module per idea; a reading order:

port      what a port folder holds         steps     one rule or edit, its header and its count
smpl      running Coccinelle on one file   needs     what a rule must find to match at all
edits     anchored edits, where SmPL ends   scan      the to-do list of a port
source    the structure of source          patterns  what is no instruction of its own
apply     the plan, staging, the verdicts  state     originals, manifest, install, restore
build     the OS's own build               boot      hypervisor and image in an emulator
stamp     whose build a folder is          stale      objects that make would wrongly keep
measure   the price of a port              verify    no privileged instruction left
cli       the command line                 errors    every way to fail, and its exit code
"""

VERSION = "0.1"
