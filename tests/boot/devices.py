# SPDX-License-Identifier: MIT
"""The verbs about devices: disks and network cards, the kernel's back ends and ours. As verbs.py."""
import random
import re

from verbs import ALONE, CFG, Wrong, destroyed, guest, need, ok, up, verb


@verb
def block(m):
    """A disk is attached, written by the guest, listed, detached; dom0 finds what was written."""
    guest(m)
    ok(m, "dd if=/dev/zero of=/tmp/disk bs=1024k count=4 2>/dev/null")
    ok(m, "xl block-attach a format=raw,vdev=xvdb,access=rw,script=block,target=/tmp/disk")
    need(re.search(r"^51728\s", ok(m, "xl block-list a"), re.M), "it is not listed")
    with m.console("a") as g:
        ok(g, "n=0; until [ -b /dev/xvdb ] || [ $n -ge 20 ]; do n=$((n+1)); sleep 1; done; "
              "echo written by a guest > /dev/xvdb && sync", 60)
    ok(m, "xl block-detach a xvdb")
    need("51728" not in ok(m, "xl block-list a"), "it is still listed")
    ok(m, "grep -q 'written by a guest' /tmp/disk")
    with m.console("a") as g:
        ok(g, "[ ! -b /dev/xvdb ]")
    ok(m, "rm /tmp/disk")


@verb
def disks(m):
    """A guest with four disks: the scripts that run side by side give each a device of its own."""
    destroyed(m, "a")
    some = range(4)
    ok(m, "; ".join(f"echo disk {n} | dd of=/tmp/disk{n} bs=64k conv=sync 2>/dev/null"
                    for n in some))
    words = ",".join(f'"format=raw,vdev=xvd{"abcd"[n]},access=ro,script=block,target=/tmp/disk{n}"'
                     for n in some)
    for _ in range(2):
        ok(m, f"xl create {CFG} {ALONE} 'disk=[{words}]'", 120)
        up(m, "a")
        with m.console("a") as g:
            for n in some:
                need(ok(g, f"head -n 1 /dev/xvd{'abcd'[n]}") == f"disk {n}", f"disk {n} is another")
        destroyed(m, "a")
    ok(m, "rm /tmp/disk[0-3]")


BLKD = "'device_model_override=\"/usr/sbin/blkd\"' 'device_model_version=\"qemu-xen\"'"
WRITER = ("dd if=/dev/urandom of=/tmp/r bs=64k count=32 2>/dev/null; { n=0; while [ ! -e /tmp/stop ]; "
          "do dd if=/tmp/r of=/dev/xvda bs=64k conv=fsync || echo BAD; n=$((n+1)); done; "
          "echo wrote $n times; } 2>&1 | grep -v records > /tmp/written & true")


def written(g):
    """WRITER is told to end and has seen no error; the sum of what is read is that of its data."""
    out = ok(g, "touch /tmp/stop; n=0; until grep -q wrote /tmp/written || [ $n -ge 60 ]; "
                "do n=$((n+1)); sleep 1; done; cat /tmp/written", 120)
    need(re.fullmatch(r"wrote [1-9]\d* times", out.strip()), f"the guest's writer says {out!r}")
    return equal(ok(g, "echo 3 > /proc/sys/vm/drop_caches; sha256sum < /tmp/r; "
                       "dd if=/dev/xvda bs=64k count=32 2>/dev/null | sha256sum"))


def killed(m, name, times, pauses, seed):
    """Kills the back end, seconds after seconds: the process that serves is the youngest of its name."""
    pause = random.Random(seed)
    for _ in range(times):
        ok(m, f"sleep {pause.uniform(*pauses):.2f}; "
              f"kill -9 $(pidof {name} | tr ' ' '\\n' | sort -n | tail -n 1)")


def equal(out):
    """The sum that two commands printed, among what the kernel said meanwhile."""
    sums = [x for x in out.split() if len(x) == 64]
    need(len(sums) == 2 and sums[0] == sums[1], f"it reads other data than it wrote: {out!r}")
    return sums[0]


@verb
def blkd(m):
    """Our back end in user space, killed while the guest writes: no error, and all of it is there."""
    destroyed(m, "a")
    ok(m, "truncate -s 4M /tmp/disk /tmp/other")
    disk = 'disk=["format=raw,vdev=xvda,access=rw,backendtype=qdisk,target=/tmp/disk"]'
    ok(m, f"xl create {CFG} {ALONE} '{disk}' {BLKD}", 120)
    up(m, "a")
    with m.console("a") as g:
        ok(g, WRITER, 60)
    killed(m, "blkd", 6, (0.1, 0.5), 1)
    with m.console("a") as g:
        sum_ = written(g)
    need(ok(m, "head -c 2097152 /tmp/disk | sha256sum").split()[0] == sum_,
         "the image has other data than the guest wrote")
    log = ok(m, "cat /var/log/xen/qemu-dm-a.log")
    need(log.count("goes on with the ring") == 6, f"blkd's log says {log!r}")
    ok(m, "xl block-attach a format=raw,vdev=xvdb,access=rw,backendtype=qdisk,target=/tmp/other")
    with m.console("a") as g:
        ok(g, "n=0; until [ -b /dev/xvdb ] || [ $n -ge 20 ]; do n=$((n+1)); sleep 1; done; "
              "echo also this > /dev/xvdb && sync", 60)
    ok(m, "xl block-detach a xvdb && grep -q 'also this' /tmp/other")
    need(m.run("xl block-list a | grep -q 51728")[0] != 0, "it is still listed")
    ok(m, "xl destroy a && sleep 1")
    need(m.run("pidof blkd")[0] != 0, "blkd outlives its guest")
    ok(m, "rm /tmp/disk /tmp/other")


@verb
def qcow2(m):
    """A qcow2 image, read and written through blkd and qemu-nbd, blkd killed meanwhile."""
    destroyed(m, "a")
    ok(m, "qemu-img create -q -f qcow2 /tmp/disk.qcow2 64M")
    disk = 'disk=["format=qcow2,vdev=xvda,access=rw,target=/tmp/disk.qcow2"]'
    ok(m, f"xl create {CFG} {ALONE} '{disk}' {BLKD}", 120)
    up(m, "a")
    with m.console("a") as g:
        need(ok(g, "cat /sys/block/xvda/size") == "131072", "the disk has another size")
        ok(g, WRITER, 60)
    killed(m, "blkd", 3, (0.5, 2), 3)
    with m.console("a") as g:
        written(g)
        # a file system, with the end of the image in it
        ok(g, "mke2fs /dev/xvda 2>/dev/null >&2 && mkdir -p /mnt && mount /dev/xvda /mnt && "
              "cp /bin/busybox /mnt/ && umount /mnt", 120)
        here = equal(ok(g, "sha256sum < /bin/busybox; echo 3 > /proc/sys/vm/drop_caches; "
                           "mount /dev/xvda /mnt && sha256sum < /mnt/busybox; umount /mnt", 60))
    ok(m, "xl destroy a && sleep 2")
    need(m.run("pidof qemu-nbd")[0] != 0, "qemu-nbd outlives the guest")
    ok(m, "qemu-img check -q /tmp/disk.qcow2", 120)
    ok(m, "qemu-img convert -O raw /tmp/disk.qcow2 /tmp/disk && rm /tmp/disk.qcow2", 120)
    need(int(ok(m, "stat -c %s /tmp/disk")) == 64 << 20, "the image has another size")
    ok(m, "mkdir -p /tmp/mnt && mount -o loop,ro /tmp/disk /tmp/mnt")
    there = ok(m, "sha256sum < /tmp/mnt/busybox; umount /tmp/mnt; rm /tmp/disk").split()[0]
    need(there == here, "the image has another file than the guest wrote")


def fetched(g, name, seconds=240):
    """The sum of a file that the guest fetches from dom0's web server."""
    out = ok(g, f"wget -q -O /tmp/{name} http://192.168.77.1:8080/{name} && sha256sum < /tmp/{name}",
             seconds)
    return out.split()[0]


@verb
def netd(m):
    """Our network back end in user space, killed while the guest fetches: all of it arrives."""
    destroyed(m, "a")
    bridge = ok(m, "cat /sys/class/net/xenbr0/address")
    ok(m, f"xl create {CFG} 'vif=[\"bridge=xenbr0,script=vif-netd\"]'", 120)
    up(m, "a")
    need(len(ok(m, "pidof netd").split()) == 2, "netd and its keeper are not there")
    need(m.run("ls -d /sys/bus/xen-backend/drivers/vif/vif-*")[0] != 0,
         "the kernel's back end still has the card")
    need(ok(m, "cat /sys/class/net/vif*/address") == "fe:ff:ff:ff:ff:ff",
         "its interface has an address that a bridge would take for its own")
    ok(m, "mkdir -p /tmp/www && dd if=/dev/urandom of=/tmp/www/netd bs=1024k count=8 2>/dev/null; "
          "{ busybox httpd -f -p 8080 -h /tmp/www & echo $! > /tmp/httpd; }")
    there = ok(m, "sha256sum < /tmp/www/netd").split()[0]
    with m.console("a") as g:
        ok(g, "ping -c 3 -W 5 192.168.77.1", 60)
        need(fetched(g, "netd") == there, "what arrived is something else")
        ok(g, "(n=0; while [ ! -e /tmp/stop ]; do "
              "wget -q -O /tmp/got http://192.168.77.1:8080/netd && n=$((n+1)); "
              f"[ \"$(sha256sum < /tmp/got)\" = '{there}  -' ] || echo BAD; done; "
              "echo fetched $n times) > /tmp/fetched 2>&1 & true")
    killed(m, "netd", 6, (0.3, 1), 2)
    with m.console("a") as g:
        out = ok(g, "touch /tmp/stop; n=0; until grep -q fetched /tmp/fetched || [ $n -ge 100 ]; "
                    "do n=$((n+1)); sleep 1; done; cat /tmp/fetched", 200)
        need(re.fullmatch(r"fetched [1-9]\d* times", out.strip()), f"the guest's fetcher says {out!r}")
        # and the other way
        ok(g, "dd if=/dev/urandom of=/www/page bs=1024k count=4 2>/dev/null")
        here = ok(g, "sha256sum < /www/page")
    need(ok(m, "wget -q -O - http://192.168.77.11/page | sha256sum", 240) == here,
         "dom0 got something else than the guest has")
    log = ok(m, "cat /var/log/xen/netd.log")
    need(log.count("goes on with the rings") == 6, f"netd's log says {log!r}")
    ok(m, "xl destroy a && sleep 1; kill $(cat /tmp/httpd); rm -r /tmp/www")
    need(m.run("pidof netd")[0] != 0, "netd outlives its guest")
    need(m.run("ls -d /sys/class/net/vif*")[0] != 0, "its interface is still there")
    need(ok(m, "cat /sys/class/net/xenbr0/address") == bridge,
         "the bridge has another address than before: guests go on writing to the old one")


@verb
def network(m):
    """A network card is attached, answers pings both ways, is listed, detached."""
    guest(m)
    ok(m, "xl network-attach a bridge=xenbr0")
    with m.console("a") as g:
        ok(g, "n=0; until [ -e /sys/class/net/eth0 ] || [ $n -ge 20 ]; do n=$((n+1)); sleep 1; "
              "done; ip addr add 192.168.77.20/24 dev eth0 && ip link set eth0 up", 60)
        ok(g, "ping -c 3 -W 5 192.168.77.1", 60)
    ok(m, "ping -c 3 -W 5 192.168.77.20", 60)
    need(len(ok(m, "xl network-list a").splitlines()) == 2, "it is not listed alone")
    ok(m, "xl network-detach a 0")
    with m.console("a") as g:
        ok(g, "n=0; while [ -e /sys/class/net/eth0 ]; do n=$((n+1)); [ $n -lt 20 ] || break; "
              "sleep 1; done; [ ! -e /sys/class/net/eth0 ]", 60)


# ---- moved while the devices are busy ----

FETCHER = ("(n=0; while [ ! -e /tmp/stop ]; do wget -q -O /tmp/got http://192.168.77.1:8080/page && "
           "n=$((n+1)); [ \"$(sha256sum < /tmp/got)\" = '{sum}  -' ] || echo BAD; "
           "echo $n > /tmp/fetches; done; echo fetched $n times) > /tmp/fetched 2>&1 & true")


def goes_on(m):
    """The guest's fetcher gets another page from now on; if not, what both sides know is told."""
    with m.console("a", 60) as g:
        n = int(ok(g, "cat /tmp/fetches"))
        status = g.run(f"n=0; until [ \"$(cat /tmp/fetches)\" -gt {n + 1} ] || [ $n -ge 300 ]; do "
                       "n=$((n+1)); sleep 1; done; [ $n -lt 300 ]", 500)[0]
        there = status and g.run("cat /proc/net/tcp /proc/net/arp /proc/net/dev /proc/interrupts")[1]
    if status:
        here = m.run("tail -n 5 /var/log/xen/netd.log; cat /proc/net/tcp /proc/net/arp /proc/net/dev; "
                     "xenstore-ls -f /local/domain/0/backend/vif")[1]
        raise Wrong(f"the guest's fetcher stands still; the guest: {there}; dom0: {here}")


def moved(m, disk, card, more=""):
    """A guest that writes to its disk and fetches by its card is saved, restored and migrated live; it
    goes on with both, sees no error, and the image has what it wrote."""
    destroyed(m, "a")
    ok(m, "truncate -s 4M /tmp/disk; mkdir -p /tmp/www && "
          "dd if=/dev/urandom of=/tmp/www/page bs=64k count=8 2>/dev/null; "
          "{ busybox httpd -f -p 8080 -h /tmp/www & echo $! > /tmp/httpd; }")
    there = ok(m, "sha256sum < /tmp/www/page").split()[0]
    ok(m, f"xl create {CFG} 'vif=[\"bridge=xenbr0{card}\"]' 'disk=[\"{disk}target=/tmp/disk\"]' {more}",
       120)
    up(m, "a")
    with m.console("a") as g:
        ok(g, WRITER, 60)
        ok(g, FETCHER.replace("{sum}", there))
        ok(g, "n=0; until [ -s /tmp/fetches ] || [ $n -ge 60 ]; do n=$((n+1)); sleep 1; done; "
              "[ $n -lt 60 ]", 120)
    goes_on(m)
    ok(m, "xl save a /tmp/a.saved", 240)
    need(m.run("ls -d /sys/class/net/vif*")[0] != 0, "its interface outlives it")
    ok(m, "xl restore /tmp/a.saved && rm /tmp/a.saved", 240)
    goes_on(m)
    for _ in range(2):
        ok(m, "xl migrate -s '' a 'xl migrate-receive'", 400)
        goes_on(m)
    with m.console("a", 60) as g:
        out = ok(g, "touch /tmp/stop; n=0; until grep -q fetched /tmp/fetched || [ $n -ge 100 ]; "
                    "do n=$((n+1)); sleep 1; done; cat /tmp/fetched", 200)
        need(re.fullmatch(r"fetched [1-9]\d* times", out.strip()), f"the guest's fetcher says {out!r}")
        sum_ = written(g)
    ok(m, "xl destroy a && sleep 2; kill $(cat /tmp/httpd)")
    need(ok(m, "head -c 2097152 /tmp/disk | sha256sum").split()[0] == sum_,
         "the image has other data than the guest wrote")
    ok(m, "rm -r /tmp/disk /tmp/www")


@verb
def save_devices(m):
    """A guest that writes and fetches is saved, restored, migrated (the kernel's back ends)."""
    moved(m, "format=raw,vdev=xvda,access=rw,script=block,", "")


@verb
def save_ours(m):
    """A guest that writes and fetches is saved, restored, migrated (blkd and netd)."""
    moved(m, "format=raw,vdev=xvda,access=rw,backendtype=qdisk,", ",script=vif-netd", BLKD)


def both_count(g):
    """Two loops of the guest's that count: each of them goes on."""
    ok(g, "n=0; x=$(cat /tmp/x); y=$(cat /tmp/y); until [ $(cat /tmp/x) -gt $x ] && [ $(cat /tmp/y) "
          "-gt $y ] || [ $n -ge 60 ]; do n=$((n+1)); sleep 1; done; [ $n -lt 60 ]", 120)


@verb
def save_smp(m):
    """A guest with two VCPUs, both busy, is saved, restored and migrated (--smp FILE)."""
    destroyed(m, "a")
    ok(m, f"xl create {CFG} {ALONE} vcpus=2 'kernel=\"/boot/smp\"'", 240)
    up(m, "a", 240)
    with m.console("a") as g:
        for name in "xy":
            ok(g, f"(n=9; while :; do n=$((n+1)); echo $n > /tmp/{name}.new; "
                  f"mv /tmp/{name}.new /tmp/{name}; done) & sleep 1")
    for way in ("xl save a /tmp/a.saved && xl restore /tmp/a.saved && rm /tmp/a.saved",
                "xl migrate -s '' a 'xl migrate-receive'"):
        ok(m, way, 400)
        with m.console("a", 120) as g:
            need(ok(g, "nproc") == "2", f"after `{way}` it has another number of processors")
            both_count(g)
    out = ok(m, "xl vcpu-list a")
    need(len(re.findall(r"^a\s+\d+\s+[01]\s+\d+\s+[-rb]+\s", out, re.M)) == 2, out)
    destroyed(m, "a")
