# SPDX-License-Identifier: MIT
# shellcheck shell=sh
# Xen's tools as Debian's package has them, by their own folder.
for dir in /usr/lib/xen-[0-9]*/bin; do
	PATH=$dir:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
done
export PATH
