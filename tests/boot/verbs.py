# SPDX-License-Identifier: MIT
"""What each verb of the tools must do. A verb is a function that is given the machine with dom0's
shell and raises Wrong with a sentence; its docstring is the question that `--list` prints.

A verb that needs a guest makes one if there is none (guest()), so that each can run alone."""
import json
import re

import dom0

ALL, NAMES = [], {}
CFG = "/etc/xen/a.cfg"
ALONE = "'vif=[]'"              # a guest without devices: what fails is not the back ends' fault


class Wrong(Exception):
    pass


class Verb:
    def __init__(self, name, run):
        self.name, self.run, self.question = name, run, run.__doc__.split("\n")[0].rstrip(".")


def verb(run):
    v = Verb(run.__name__.replace("_", "-"), run)
    ALL.append(v)
    NAMES[v.name] = v
    return run


def need(condition, sentence):
    if not condition:
        raise Wrong(sentence)


def ok(m, command, seconds=60):
    """What a command printed that must end with status 0."""
    status, out = m.run(command, seconds)
    lines = [x for x in out.splitlines() if x.strip()]
    need(status == 0, f"`{command}` ended with {status}: {' / '.join(lines[-3:])}")
    return out


def listed(m):
    """xl list as {name: (id, MiB, VCPUs, state)}."""
    found = {}
    for line in ok(m, "xl list").splitlines():
        f = re.match(r"(\S+)\s+(\d+)\s+(\d+)\s+(\d+)\s+([-a-z]+)\s+[\d.]+$", line)
        if f:
            found[f.group(1)] = (int(f.group(2)), int(f.group(3)), int(f.group(4)), f.group(5))
    return found


def free(m):
    return int(re.search(r"free_memory\s*:\s*(\d+)", ok(m, "xl info")).group(1))


def present(m, name):
    return m.run(f"xl domid {name}")[0] == 0


def up(m, name, seconds=90):
    """The guest has reached its shell: it answers on its console."""
    with m.console(name, seconds) as g:
        status, out = g.run("echo $((6 * 7)) from $(uname -s)")
        need(status == 0 and "42 from Linux" in out, f"{name}'s console says {out!r}")


def guest(m, name="a", more=ALONE, seconds=120):
    if not present(m, name):
        ok(m, f"xl create /etc/xen/{name}.cfg {more}", seconds)
        up(m, name)


def gone(m, name, seconds=30):
    ok(m, f"n=0; while xl domid {name} >/dev/null 2>&1; do n=$((n+1)); [ $n -lt {seconds} ] || "
          f"break; sleep 1; done; [ $n -lt {seconds} ]", seconds * 4)


def destroyed(m, name):
    if present(m, name):
        ok(m, f"xl destroy {name}")
        gone(m, name)


def recover(m):
    """After a verb that failed: back to dom0's shell, no guests; whatever it takes."""
    try:
        for key in (dom0.LEAVE_CONSOLE, "\x03"):   # what is typed right behind a ^C is lost
            m.send(key)
            m.settle()
        m.run("true", 20)
        for name in ("a", "b", "renamed", "disk"):
            m.run(f"xl destroy {name} 2>/dev/null", 60)
    except (dom0.Gone, OSError):
        m.kill()


@verb
def start(m):
    """xenstored, xen-init-dom0 and xenconsoled are up."""
    out = ok(m, "dom0-start")
    need("are up" in out, f"dom0-start says {out!r}")
    need(ok(m, "xenstore-read /local/domain/0/name") == "Domain-0", "dom0 has no name in the store")


@verb
def info(m):
    """Capabilities, memory and processors of the host."""
    out = ok(m, "xl info")
    for pattern in (r"xen_caps\s*:.*xen-3\.0-x86_32p", r"nr_cpus\s*:\s*[1-9]",
                    r"total_memory\s*:\s*[1-9]", r"free_memory\s*:\s*[1-9]",
                    r"xen_scheduler\s*:\s*\w+", r"xen_version\s*:\s*\d"):
        need(re.search(pattern, out), f"xl info has no line like {pattern}")
    need("libxl: error" not in out, "xl info complains: " +
         " / ".join(x for x in out.splitlines() if "error" in x))


@verb
def list(m):
    """Domain-0 is there and running."""
    d = listed(m)
    need("Domain-0" in d and d["Domain-0"][0] == 0 and d["Domain-0"][3].startswith("r"),
         f"xl list shows {d}")


@verb
def dmesg(m):
    """The hypervisor's own console ring."""
    out = m.run("xl dmesg | head -n 40", raw=True)[1]
    need(len(out.splitlines()) > 3 and re.search("Ringone|Xen", out), f"it says {out[:200]!r}")


@verb
def create(m):
    """A guest from a config file is in the list, with its memory and one VCPU."""
    destroyed(m, "a")
    ok(m, f"xl create {CFG} {ALONE}", 120)
    d = listed(m)
    need("a" in d and d["a"][1] in (63, 64) and d["a"][2] == 1, f"xl list shows {d}")


@verb
def console(m):
    """The guest has booted and its shell answers."""
    guest(m)
    up(m, "a")


@verb
def create_c(m):
    """xl create -c shows the guest's boot to the end."""
    destroyed(m, "a")
    m.at = len(m.text)
    m.send(f"xl create -c {CFG} {ALONE}\n")
    m.wait(r"^guest: up, Linux", 150, "`guest: up` on the console of xl create -c")
    m.leave_console()


@verb
def pause(m):
    """A paused guest is listed so, and does nothing."""
    guest(m)
    ok(m, "xl pause a")
    need(listed(m)["a"][3][2] == "p", f"its state is {listed(m)['a'][3]}")
    before = ok(m, "xl list a | tail -n 1").split()[-1]
    ok(m, "sleep 2")
    need(ok(m, "xl list a | tail -n 1").split()[-1] == before, "its CPU time grows")
    ok(m, "xl unpause a")


@verb
def unpause(m):
    """An unpaused guest answers again."""
    guest(m)
    ok(m, "xl pause a && xl unpause a")
    need(listed(m)["a"][3][2] == "-", f"its state is {listed(m)['a'][3]}")
    up(m, "a")


@verb
def list_l(m):
    """xl list -l a is the guest's configuration as JSON."""
    guest(m)
    out = ok(m, "xl list -l a")
    try:
        d = json.loads(out)[0]
    except (ValueError, IndexError) as e:
        raise Wrong(f"not JSON: {e}: {out[:80]!r}")
    need(d["config"]["c_info"]["name"] == "a", "it names another guest")


@verb
def domid(m):
    """xl domid and domname agree."""
    guest(m)
    n = ok(m, "xl domid a")
    need(n.isdigit() and ok(m, f"xl domname {n}") == "a", f"domid is {n!r}")


@verb
def rename(m):
    """A guest gets another name and its own back."""
    guest(m)
    ok(m, "xl rename a renamed")
    need(present(m, "renamed") and not present(m, "a"), "xl list has the old name")
    ok(m, "xl rename renamed a")


@verb
def uptime(m):
    """xl uptime knows dom0 and the guest."""
    guest(m)
    out = ok(m, "xl uptime")
    need(re.search(r"^Domain-0\s", out, re.M) and re.search(r"^a\s", out, re.M), out)


@verb
def date(m):
    """The guest's clock shows the time that dom0's does."""
    guest(m)
    with m.console("a") as g:
        there = int(ok(g, "date +%s"))
    here = int(ok(m, "date +%s"))
    need(abs(here - there) < 60 and here > 1 << 30, f"the guest's clock says {there}, dom0's {here}")


@verb
def vcpu_list(m):
    """One line for the guest's VCPU, on a processor."""
    guest(m)
    out = ok(m, "xl vcpu-list a")
    need(re.search(r"^a\s+\d+\s+0\s+[-\d]+\s+[-rbp]+\s+[\d.]+\s+\S+", out, re.M), out)


@verb
def vcpu_pin(m):
    """A VCPU is pinned to processor 0 and listed so; a processor that is not there is refused."""
    guest(m)
    ok(m, "xl vcpu-pin a 0 0")
    out = ok(m, "xl vcpu-list a")
    need(re.search(r"^a\s.*\s(0|all) / \S+$", out, re.M), out)     # the only one is all there are
    need(m.run("xl vcpu-pin a 0 63")[0] != 0, "processor 63 was accepted")


@verb
def vcpu_set(m):
    """One VCPU is what it has and keeps."""
    guest(m)
    ok(m, "xl vcpu-set a 1")
    need(listed(m)["a"][2] == 1, "the number changed")


@verb
def sched_credit2(m):
    """Weight and cap are set and read back, and the rate limit of all."""
    guest(m)
    ok(m, "xl sched-credit2 -d a -w 512")
    ok(m, "xl sched-credit2 -d a -c 50")
    out = ok(m, "xl sched-credit2 -d a")
    need(re.search(r"^a\s+\d+\s+512\s+50$", out, re.M), out)
    ok(m, "xl sched-credit2 -d a -c 0")
    for us in (5000, 1000):
        ok(m, f"xl sched-credit2 -s -r {us}")
        out = ok(m, "xl sched-credit2 -s")
        need(re.search(rf"ratelimit={us}us", out), out)


@verb
def mem_set(m):
    """The guest gives memory back and takes it again (its balloon driver)."""
    guest(m)
    for size in (48, 64):
        ok(m, f"xl mem-set a {size}")
        ok(m, f"n=0; until xl list a | grep -qE ' ({size}|{size - 1}) '; do n=$((n+1)); "
              "[ $n -lt 20 ] || break; sleep 1; done; [ $n -lt 20 ]", 120)


@verb
def top(m):
    """xentop in batch mode lists both domains."""
    guest(m)
    out = ok(m, "xentop -b -i 1")
    need(re.search(r"^\s*Domain-0\s", out, re.M) and re.search(r"^\s*a\s", out, re.M), out)


@verb
def debug_keys(m):
    """A debug key makes the hypervisor say something."""
    before = ok(m, "xl dmesg | wc -l")
    ok(m, "xl debug-keys q")
    need(int(ok(m, "xl dmesg | wc -l")) > int(before), "its console ring has no new line")


@verb
def sysrq(m):
    """SysRq h reaches the guest's kernel."""
    guest(m)
    with m.console("a") as g:
        g.run("echo 7 > /proc/sys/kernel/printk")
    ok(m, "xl sysrq a h")
    with m.console("a") as g:
        status, out = g.run("dmesg | grep -i sysrq | tail -n 3")
        need("HELP" in out, f"its log says {out!r}")


@verb
def reboot(m):
    """The guest comes back as another domain."""
    guest(m)
    before = ok(m, "xl domid a")
    ok(m, "xl reboot a")
    ok(m, f"n=0; until [ \"$(xl domid a 2>/dev/null)\" -gt {before} ]; do n=$((n+1)); "
          "[ $n -lt 60 ] || break; sleep 1; done; [ $n -lt 60 ]", 240)
    up(m, "a")


def counting(m, name):
    """A loop in the guest's memory that counts seconds; it goes on wherever its memory goes."""
    with m.console(name) as g:
        ok(g, "[ -e /tmp/count ] || (n=9; while :; do n=$((n+1)); echo $n > /tmp/count; "
              "sleep 1; done) & sleep 1")


def still_counting(m, name):
    with m.console(name, 60) as g:
        first = int(ok(g, "cat /tmp/count"))
        ok(g, "sleep 2")
        second = int(ok(g, "cat /tmp/count"))
    need(10 <= first < second, f"its count went from {first} to {second}")


@verb
def save(m):
    """A guest is saved into a file: it is gone, and its memory is free again."""
    guest(m)
    counting(m, "a")
    before = free(m)
    ok(m, "xl save a /tmp/a.saved", 120)
    gone(m, "a")
    ok(m, "sleep 1")
    need(free(m) >= before + 63, f"free memory is {free(m)} MiB and was {before} beside it")
    size = int(ok(m, "wc -c < /tmp/a.saved"))
    need(size > 60 << 20, f"the file has {size} bytes")


@verb
def restore(m):
    """A saved guest is back under another number and goes on counting where it was."""
    if m.run("[ -e /tmp/a.saved ]")[0]:
        save(m)
    ok(m, "xl restore /tmp/a.saved", 120)
    ok(m, "rm /tmp/a.saved")
    still_counting(m, "a")


@verb
def migrate(m):
    """A guest that runs is copied to the same machine, live, and goes on counting there."""
    guest(m)
    counting(m, "a")
    before = int(ok(m, "xl domid a"))
    # No ssh: the other end is run as it is.
    ok(m, "xl migrate -s '' a 'xl migrate-receive'", 240)
    need(int(ok(m, "xl domid a")) > before, "it has its old number")
    still_counting(m, "a")
    need([*listed(m)] == ["Domain-0", "a"], f"xl list shows {listed(m)}")


@verb
def save_c(m):
    """A checkpoint: xl save -c leaves the guest running, and its file is the guest as it was."""
    guest(m)
    counting(m, "a")
    ok(m, "xl save -c a /tmp/a.saved", 120)
    # libxl of 4.14 forgets to tell a PV guest that its suspend was cancelled, so that Linux registers
    # its VCPU info a second time and panics; on Xen 4.14, too.
    if not m.tools_4_14:
        still_counting(m, "a")
    destroyed(m, "a")           # whoever waited for its end took the checkpoint for it, as on Xen
    ok(m, "xl restore /tmp/a.saved", 120)
    ok(m, "rm /tmp/a.saved")
    still_counting(m, "a")
    destroyed(m, "a")


@verb
def shutdown(m):
    """xl shutdown -w returns when the guest has switched itself off."""
    guest(m)
    ok(m, "xl shutdown -w a", 120)
    gone(m, "a")


@verb
def create_p(m):
    """A guest created paused runs when it is unpaused."""
    destroyed(m, "a")
    ok(m, f"xl create -p {CFG} {ALONE}", 120)
    need(listed(m)["a"][3][2] == "p", f"its state is {listed(m)['a'][3]}")
    ok(m, "xl unpause a")
    up(m, "a")


@verb
def crash(m):
    """A guest whose kernel panics is gone, and dom0 goes on."""
    destroyed(m, "a")
    guest(m, more=ALONE + " 'on_crash=\"destroy\"'")
    with m.console("a") as g:
        m.send("echo c > /proc/sysrq-trigger\n")
    gone(m, "a", 60)


@verb
def destroy(m):
    """A destroyed guest is gone and its memory is free again."""
    destroyed(m, "a")
    before = free(m)
    guest(m)
    during = free(m)
    need(before - during >= 60, f"free memory went from {before} to {during} MiB only")
    ok(m, "xl destroy a")
    gone(m, "a")
    ok(m, "sleep 1")
    need(free(m) >= before - 1, f"free memory is {free(m)} MiB and was {before}")


@verb
def two_guests(m):
    """Two guests with network cards ping each other and fetch a page by HTTP."""
    destroyed(m, "a")
    guest(m, "a", "")
    guest(m, "b", "")
    with m.console("b") as g:
        ok(g, "ping -c 3 -W 5 192.168.77.11", 60)
    with m.console("a") as g:
        ok(g, "dd if=/dev/urandom of=/www/page bs=1024k count=2 2>/dev/null")
        there = ok(g, "sha256sum < /www/page")
    with m.console("b") as g:
        ok(g, "wget -q -O /tmp/page http://192.168.77.11/page", 120)
        need(ok(g, "sha256sum < /tmp/page") == there, "what arrived is something else")
    destroyed(m, "b")
    destroyed(m, "a")
    need([*listed(m)] == ["Domain-0"], f"xl list shows {listed(m)}")
