#!/usr/bin/env bash
# Installs what is missing from Debian's packages, configures and builds; run it again at any time.
#   ./build.sh                the programs
#   ./build.sh --tests        the tests too, and what they need
#   ./build.sh --benchmarks   the benchmarks too
# The programs end up in build/release/bin.
set -euo pipefail
cd "$(dirname "$0")"

packages=(cmake ninja-build g++ libtorch-dev libyaml-cpp-dev libspdlog-dev libfmt-dev libcli11-dev
          nlohmann-json3-dev libssl-dev libjpeg-dev libpng-dev zlib1g-dev libcurl4-openssl-dev
          libarchive-dev)
tests=OFF benchmarks=OFF
test_packages=(catch2 python3 python3-torch python3-torchvision python3-pil xz-utils
               slurmctld slurmd slurm-client parallel)
case ${1-} in
  '') ;;
  --tests) tests=ON; packages+=("${test_packages[@]}") ;;
  --benchmarks) tests=ON benchmarks=ON; packages+=("${test_packages[@]}" libbenchmark-dev) ;;
  *) echo "build.sh: unknown option '$1'; known are --tests and --benchmarks" >&2; exit 2 ;;
esac

is_installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

missing=()
for package in "${packages[@]}"; do
  is_installed "$package" || missing+=("$package")
done
if [ ${#missing[@]} -gt 0 ]; then
  if [ "$(id -u)" != 0 ]; then
    echo "build.sh: these packages are missing; please have them installed:" >&2
    echo "  apt-get install ${missing[*]}" >&2
    exit 1
  fi
  echo "build.sh: installing ${missing[*]}"
  apt-get -qq update
  DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends "${missing[@]}" >/dev/null
fi

echo "build.sh: configuring build/release"
cmake --preset release -DQSWEEP_BUILD_TESTS=$tests -DQSWEEP_BUILD_BENCHMARKS=$benchmarks >/dev/null
echo "build.sh: building"
cmake --build --preset release
