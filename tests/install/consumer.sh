#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# consumer.sh HOW BUILD SOURCE WORK CMAKE CC [CFLAGS...]: a program outside the
# tree finds the library by HOW, builds, and runs.
set -eu

how=$1 build=$2 source=$3 work=$4 cmake=$5 cc=$6
shift 6
here=$(cd "$(dirname "$0")" && pwd)
rm -rf "$work"
mkdir -p "$work"

# A sanitizer's leak check has nothing to do with installing.
build_consumer() {
	"$cmake" -S "$here/consumer" -B "$work/build" \
		-DCMAKE_C_COMPILER="$cc" -DCMAKE_C_FLAGS="$cflags" "$@"
	"$cmake" --build "$work/build"
	"$work/build/consumer"
}

cflags="$*"
case $how in
add_subdirectory)
	# One format is enough to see that a parent project can have us.
	build_consumer -DMMSIM_SOURCE="$source" -DMMSIM_INSTANCES=arm64_4k
	[ ! -e "$work/build/mmsim/tests" ] ||
		{ echo "our tests are built in a parent project" >&2; exit 1; }
	exit 0
	;;
esac

DESTDIR='' "$cmake" --install "$build" --prefix "$work/prefix" >"$work/log"
case $how in
find_package_static)
	build_consumer -DCMAKE_PREFIX_PATH="$work/prefix"
	;;
find_package_shared)
	build_consumer -DCMAKE_PREFIX_PATH="$work/prefix" \
		-DBUILD_SHARED_LIBS=ON
	;;
cplusplus)
	command -v c++ >/dev/null 2>&1 ||
		{ echo "skipped: no C++ compiler"; exit 77; }
	build_consumer -DCMAKE_PREFIX_PATH="$work/prefix" -DCONSUMER_CXX=ON \
		-DCMAKE_CXX_FLAGS="$cflags"
	;;
pkg_config)
	command -v pkg-config >/dev/null 2>&1 ||
		{ echo "skipped: no pkg-config"; exit 77; }
	pc=$(find "$work/prefix" -name mmsim.pc)
	# The tree may be moved: the package says where it lies now.
	mv "$work/prefix" "$work/moved"
	pc=$work/moved${pc#"$work/prefix"}
	export PKG_CONFIG_PATH=${pc%/*}
	libdir=$(pkg-config --variable=libdir mmsim)
	# shellcheck disable=SC2046,SC2086 # lists of options
	"$cc" $cflags "$here/consumer/consumer.c" -o "$work/consumer" \
		$(pkg-config --cflags --libs mmsim)
	LD_LIBRARY_PATH=$libdir "$work/consumer"
	;;
*)
	echo "found $how, expected a way to find the library" >&2
	exit 1
	;;
esac
