#!/usr/bin/env bash
# Builds these sources and runs the quick tests on Debian 13, whose LibTorch is 2.6, in a chroot.
#   tests/on_debian13.sh [FOLDER]     the chroot's folder; /var/cache/qsweep-debian13 if not given
# Needs root, a Debian mirror, and 5 GB of disk. A second run keeps the chroot, its packages and
# its build. Of this machine it takes the mirror and apt's settings for the way there.
set -euo pipefail
cd "$(dirname "$0")/.."
root=${1-/var/cache/qsweep-debian13}
suite=trixie

say() { echo "on_debian13: $SECONDS s: $*"; }
fail() { echo "on_debian13: $*" >&2; exit 1; }

# Its mounts are of its own, so that they go away with the command however that ends.
in_chroot() {
  unshare --mount bash -euc '
    mount -t proc proc "$0/proc"
    mount --rbind /dev "$0/dev"
    exec chroot "$0" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 "$@"' "$root" "$@"
}

# Where this machine gets Debian from.
mirror() {
  local uri
  uri=$(apt-get indextargets --format '$(REPO_URI)' 'Identifier: Packages' 'Origin: Debian' \
                'Label: Debian' 2>/dev/null | head -n 1)
  echo "${uri:-http://deb.debian.org/debian}"
}

make_chroot() {
  local proxy=''
  command -v debootstrap >/dev/null || {
    say "installing debootstrap"
    apt-get -qq update && apt-get -qq install --no-install-recommends debootstrap >/dev/null
  }
  say "making the chroot $root from $(mirror)"
  eval "$(apt-config shell proxy Acquire::http::Proxy)"
  [ -z "$proxy" ] || export http_proxy=$proxy
  unshare --mount debootstrap --variant=minbase "$suite" "$root" "$(mirror)" >"$root.log" ||
    fail "debootstrap failed, see $root.log"
  apt-config dump | grep -E '^Acquire::(https?|Check|Retries)' >"$root/etc/apt/apt.conf.d/90host" || true
  # What is thrown away need neither survive a power cut nor have manuals.
  printf '%s\n' force-unsafe-io 'path-exclude=/usr/share/doc/*' 'path-exclude=/usr/share/man/*' \
         >"$root/etc/dpkg/dpkg.cfg.d/90lean"
  touch "$root/made-by-qsweep"
}

# The files of the working tree that git knows, with their times, beside the build that is there.
copy_sources() {
  mkdir -p "$root/qsweep"
  find "$root/qsweep" -mindepth 1 -maxdepth 1 ! -name build -exec rm -rf {} +
  git ls-files -z --cached --others --exclude-standard --deduplicate |
    tar -c --null --files-from=- --ignore-failed-read | tar -x -C "$root/qsweep"
}

[ "$(id -u)" = 0 ] || fail "needs root: it makes a chroot and installs packages in it"
if [ ! -e "$root/made-by-qsweep" ]; then
  if [ -d "$root" ] && [ ! -d "$root/debootstrap" ] && [ -n "$(ls -A "$root")" ]; then
    fail "$root is there and no chroot of this script"
  fi
  rm -rf --one-file-system "$root"
  mkdir -p "$(dirname "$root")"
  make_chroot
fi
say "copying the sources"
copy_sources
in_chroot bash -c 'cd /qsweep && ./build.sh --tests' | while IFS= read -r line; do
  case $line in
    'build.sh:'*) say "$line" ;;
    *) echo "$line" ;;
  esac
done
say "the quick tests"
in_chroot ctest --test-dir /qsweep/build/release -L fast --output-on-failure
say "done"
