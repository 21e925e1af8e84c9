#!/usr/bin/env bash
# consumer_test.sh BUILD COMPILER FLAGS: installs BUILD into a fresh prefix, moves the prefix, and
# builds and runs a program against it twice: by find_package and by pkg-config.
set -euo pipefail
build=$1 compiler=$2 flags=$3
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cmake --install "$build" --prefix "$work/first" >/dev/null
mv "$work/first" "$work/prefix"

foreign=$(cd "$work/prefix/include" && find . -type f ! -path './reprise/*')
if [[ -n $foreign ]]; then
  echo "installed outside include/reprise: $foreign" && exit 1
fi
if grep -rIlF -e "$work/first" -e "$(cd "$here/../.." && pwd)/" "$work/prefix" --include='*.cmake' \
  --include='*.pc' --include='*.h'; then
  echo "these installed files name the build's own folders" && exit 1
fi

cmake -G Ninja -S "$here/consumer" -B "$work/build" --log-level=WARNING \
  -DCMAKE_PREFIX_PATH="$work/prefix" -DCMAKE_CXX_COMPILER="$compiler" \
  -DCMAKE_CXX_FLAGS="$flags" -DCMAKE_BUILD_TYPE=Debug
cmake --build "$work/build"
"$work/build/consumer"
"$work/build/shop_test"
for tool in "$work/build/own_tool" "$work/prefix/bin/reprise"; do
  "$tool" --help | grep --quiet verify
  "$tool" --help | grep --quiet "Usage: $(basename "$tool") "
done
"$work/build/consumer" "$work/store"
"$work/prefix/bin/reprise" --workflows "$work/build/libgreetings.so" replay "$work/store" |
  grep --quiet '1 history: all replay'
named=$({ "$work/prefix/bin/reprise" ls "$work/none" 2>&1 || true; } |
  grep -o 'errors/[a-z_]*\.md')
test -s "$work/prefix/share/doc/reprise/$named"

config=$(find "$work/prefix" -name reprise.pc)
PKG_CONFIG_PATH=$(dirname "$config")
export PKG_CONFIG_PATH
# shellcheck disable=SC2046,SC2086
"$compiler" -std=c++20 $flags "$here/consumer/main.cc" -o "$work/by_pkg_config" \
  $(pkg-config --cflags --libs reprise)
"$work/by_pkg_config"
# shellcheck disable=SC2046,SC2086
"$compiler" -std=c++20 -no-pie $flags "$here/consumer/shop_tests.cc" \
  -o "$work/tests_by_pkg_config" \
  $(pkg-config --cflags --libs reprise-testing)
"$work/tests_by_pkg_config"
