#!/bin/sh
# SPDX-License-Identifier: MIT
#
# mkinitrd.sh - the user space of every boot test: one static i386 busybox and an /init.
#
#   mkinitrd.sh [--add DIR]... [--out DIR]
#
# Writes DIR/initrd.cpio and DIR/initrd.cpio.gz (default: build/ of this repository). --add copies
# the content of a directory over the root, later ones last; a visit is such a directory with an
# executable /visit, which /init runs instead of a shell when the kernel command line says visit=1;
# with run="COMMAND" it runs that in a shell. How either ended is the last line of the console,
# `pvkit-status: N`, which `pvkit boot` relays.
#
# The busybox comes from Debian's busybox-static:i386, whatever the build host's architecture: a
# private apt state knows about i386, the host's own package database is not touched. Downloads are
# kept in ~/.cache/ringone. Exit status: 0 done, 1 a step failed, 2 wrong usage.
set -eu

top=$(CDPATH='' cd -- "$(dirname -- "$0")/../.." && pwd)
out=$top/build
cache=${XDG_CACHE_HOME:-$HOME/.cache}/ringone
adds=

usage()
{
	sed -n '3,12s/^# \{0,1\}//p' "$0"
}

while [ $# -gt 0 ]; do
	case $1 in
	--add)
		[ -d "${2:-}" ] || { echo "mkinitrd: --add: '${2:-}' is not a directory" >&2; exit 2; }
		adds="$adds
$(CDPATH='' cd -- "$2" && pwd)"
		shift 2 ;;
	--out)
		[ -n "${2:-}" ] || { echo "mkinitrd: --out wants a directory" >&2; exit 2; }
		out=$2
		shift 2 ;;
	-h | --help) usage; exit 0 ;;
	*) echo "mkinitrd: unknown argument '$1'; see --help" >&2; exit 2 ;;
	esac
done

for tool in apt-get dpkg-deb cpio gzip; do
	command -v "$tool" >/dev/null ||
		{ echo "mkinitrd: needs '$tool': apt-get install apt dpkg cpio gzip" >&2; exit 1; }
done

# apt with a state of its own, in which i386 is the only architecture.
apt_private()
{
	apt-get -q -o Dir::State="$cache/apt/state" -o Dir::State::status="$cache/apt/status" \
		-o Dir::Cache="$cache/apt/cache" -o APT::Architecture=i386 \
		-o APT::Architectures=i386 -o Debug::NoLocking=1 -o APT::Sandbox::User=root "$@"
}

# The package of busybox-static, fetched once.
fetch_busybox()
{
	deb=$(find "$cache" -maxdepth 1 -name 'busybox-static_*_i386.deb' 2>/dev/null | sort | tail -n 1)
	[ -n "$deb" ] && return
	mkdir -p "$cache/apt/state/lists/partial" "$cache/apt/cache/archives/partial"
	: >"$cache/apt/status"
	# A mirror in the middle of its own update fails for some of its lists only: go on then.
	apt_private update >"$cache/apt/log" 2>&1 || true
	if ! (cd "$cache" && apt_private download busybox-static:i386) >>"$cache/apt/log" 2>&1; then
		echo "mkinitrd: apt could not fetch busybox-static:i386; see $cache/apt/log" >&2
		exit 1
	fi
	deb=$(find "$cache" -maxdepth 1 -name 'busybox-static_*_i386.deb' | sort | tail -n 1)
}

mkdir -p "$cache" "$out"
fetch_busybox

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
root=$work/root
mkdir -p "$root/bin" "$root/sbin" "$root/dev" "$root/proc" "$root/sys" "$root/tmp" "$root/etc" \
	"$root/root"
dpkg-deb -x "$deb" "$work/deb"
busybox=$(find "$work/deb" -type f -path '*bin/busybox' | head -n 1)
install -m 755 "$busybox" "$root/bin/busybox"

cat >"$root/init" <<'INIT'
#!/bin/busybox sh
# PID 1 of a boot test: mounts, then a visit or a shell on the console.
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sysfs /sys
/bin/busybox mount -t devtmpfs devtmpfs /dev 2>/dev/null || /bin/busybox mdev -s
/bin/busybox --install -s /bin
export PATH=/bin:/sbin HOME=/root TERM=vt100
mkdir -p /dev/pts
mount -t devpts devpts /dev/pts 2>/dev/null
hostname ringone
exec </dev/console >/dev/console 2>&1

# What the kernel does not know of its command line it hands to its first program as variables.
if [ -n "${run:-}" ]; then
	sh -c "$run"
	echo "pvkit-status: $?"
elif grep -qw 'visit=1' /proc/cmdline && [ -x /visit ]; then
	/visit
	echo "pvkit-status: $?"
else
	echo "This is $(uname -srm). 'poweroff -f' leaves."
	# A controlling terminal, so that ^C and job control work.
	setsid cttyhack sh
fi
poweroff -f
INIT
chmod 755 "$root/init"
echo 'root::0:0:root:/root:/bin/sh' >"$root/etc/passwd"

IFS='
'
for dir in $adds; do
	cp -R "$dir/." "$root/"
done
unset IFS

# Same content, same archive: sorted names, and nobody's clock or user number.
find "$root" -exec touch -h -d @0 {} +
(cd "$root" && find . | LC_ALL=C sort | cpio -o -H newc -R 0:0 --reproducible --quiet) \
	>"$out/initrd.cpio.new"
mv "$out/initrd.cpio.new" "$out/initrd.cpio"
gzip -n -9 -c "$out/initrd.cpio" >"$out/initrd.cpio.gz.new"
mv "$out/initrd.cpio.gz.new" "$out/initrd.cpio.gz"
