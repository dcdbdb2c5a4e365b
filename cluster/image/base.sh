#!/bin/sh
# Makes a base image from the `node` of this machine, for hosts that cannot pull one:
#
#   cluster/image/base.sh [IMAGE]        (default: conclave-base)
#
# It holds the node binary, the shared libraries that it names, certificates, and nothing else: no shell, no npm.
set -eu
image=${1:-conclave-base}
node=$(command -v node)
node=$(readlink -f "$node")
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

mkdir -p "$root/usr/local/bin" "$root/etc/ssl/certs" "$root/tmp" "$root/proc" "$root/sys" "$root/dev"
chmod 1777 "$root/tmp"
cp "$node" "$root/usr/local/bin/node"

# Every path that ldd prints is a library or the loader; each goes where the binary looks for it.
ldd "$node" | grep -o '/[^ )]*' | sort -u | while read -r library; do
  mkdir -p "$root$(dirname "$library")"
  cp -L "$library" "$root$library"
done

if [ -f /etc/ssl/certs/ca-certificates.crt ]; then
  cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
fi
printf 'root:x:0:0:root:/:/none\nnode:x:1000:1000:node:/tmp:/none\n' >"$root/etc/passwd"
printf 'root:x:0:\nnode:x:1000:\n' >"$root/etc/group"
printf 'hosts: files dns\n' >"$root/etc/nsswitch.conf"

tar -C "$root" -c . | docker import \
  --change 'ENV PATH=/usr/local/bin' --change 'CMD ["node"]' - "$image" >/dev/null
printf 'made %s from %s (%s)\n' "$image" "$node" "$("$node" --version)"
