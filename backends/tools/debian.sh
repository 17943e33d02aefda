# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# debian.sh - Debian's packages and sources, without touching the host's own package database.
#
# To be sourced. An apt with a state of its own knows one architecture, i386, and the same mirrors
# as the host, sources included; it installs nothing. What it fetches stays in $debian_cache. The
# caller may set $debian_cache before; the functions return non-zero with a sentence on stderr.

debian_cache=${debian_cache:-${XDG_CACHE_HOME:-$HOME/.cache}/ringone/debian}

debian_apt()	# TOOL ARGUMENT...: apt-get or apt-cache in the private state
{
	tool=$1
	shift
	"$tool" -q -o Dir::State="$debian_cache/state" -o Dir::State::status="$debian_cache/status" \
		-o Dir::Cache="$debian_cache/apt" -o Dir::Etc::sourcelist="$debian_cache/sources.list" \
		-o Dir::Etc::sourceparts=/nonexistent -o APT::Architecture=i386 \
		-o APT::Architectures=i386 -o Debug::NoLocking=1 -o APT::Sandbox::User=root "$@"
}

# The host's own mirrors for Debian 12, once as binaries and once as sources.
debian_sources()
{
	key=/usr/share/keyrings/debian-archive-keyring.gpg
	option=
	[ ! -e "$key" ] || option="[signed-by=$key] "
	# shellcheck disable=SC2016 # the fields are apt's to fill in
	apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(CODENAME) $(COMPONENT)' \
		'Created-By: Packages' | sort -u |
		while read -r uri release codename component; do
			case "$component $release $codename" in
			main\ bookworm* | main\ *\ bookworm*)
				echo "deb $option$uri $release $component"
				echo "deb-src $option$uri $release $component" ;;
			esac
		done
}

debian_update()	# the package lists, fetched anew each time
{
	mkdir -p "$debian_cache/state/lists/partial" "$debian_cache/apt/archives/partial"
	: > "$debian_cache/status"
	debian_sources > "$debian_cache/sources.list"
	[ -s "$debian_cache/sources.list" ] || {
		echo "debian: apt knows no mirror of Debian 12 (bookworm, main); add one to" \
			"/etc/apt/sources.list" >&2
		return 1
	}
	# A mirror in the middle of its own update fails for some of its lists only: go on then.
	debian_apt apt-get update > "$debian_cache/log" 2>&1 || true
}

debian_fetch()	# DIR PACKAGE...: the newest .deb of each into DIR
{
	dir=$1
	shift
	mkdir -p "$dir"
	(cd "$dir" && debian_apt apt-get download "$@") >> "$debian_cache/log" 2>&1 || {
		echo "debian: apt could not fetch all of: $*; see $debian_cache/log" >&2
		return 1
	}
}

debian_source()	# DIR NAME: the source package NAME, its files into DIR, their sums as in the .dsc
{
	mkdir -p "$1"
	(cd "$1" && debian_apt apt-get source --download-only "$2") >> "$debian_cache/log" 2>&1 || {
		echo "debian: apt could not fetch the source of '$2'; see $debian_cache/log" >&2
		return 1
	}
	(cd "$1" && sed -n '/^Checksums-Sha256:/,/^[^ ]/s/^ \([0-9a-f]*\) [0-9]* \(.*\)/\1  \2/p' ./*.dsc |
		sha256sum --quiet -c) || {
		echo "debian: $1: a file does not have the sum that its .dsc names; remove the folder" \
			"and try again" >&2
		return 1
	}
}
