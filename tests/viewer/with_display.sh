#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs COMMAND with a display and a session bus of its own, so that tests can run side by side:
#
#     with_display.sh [--screen WxH] COMMAND ARGUMENTS
#
# Exits with COMMAND's status; with 124 after 20 minutes; with 77, saying why, where there is no Xvfb or no dbus-run-session.

screen=1280x900
if [ "$1" = --screen ]; then
  screen=$2
  shift 2
fi
for tool in Xvfb dbus-run-session; do
  if ! command -v "$tool" >/dev/null 2>&1; then
    echo "skipped: $tool is not installed"
    exit 77
  fi
done

scratch=$(mktemp -d "${TMPDIR:-/tmp}/hv-display.XXXXXX") || exit 99
xvfb=
cleanup () {
  [ -n "$xvfb" ] && kill "$xvfb" 2>/dev/null && wait "$xvfb" 2>/dev/null
  rm -rf "$scratch"
}
trap cleanup EXIT
trap 'exit 143' INT TERM

# Xvfb chooses a free display number and writes it when it is ready.
Xvfb -displayfd 3 -screen 0 "${screen}x24" -nolisten tcp -noreset \
  3>"$scratch/display" 2>"$scratch/xvfb.log" &
xvfb=$!
tries=0
until [ -s "$scratch/display" ]; do
  tries=$((tries + 1))
  if [ "$tries" -gt 100 ] || ! kill -0 "$xvfb" 2>/dev/null; then
    echo "Xvfb did not start:"
    cat "$scratch/xvfb.log"
    exit 99
  fi
  sleep 0.1
done
mkdir -p "$scratch/home" "$scratch/run"
chmod 700 "$scratch/run"

# The cairo renderer draws the same pixels everywhere; CSD off puts the window at 0,0 of the screen.
DISPLAY=:$(cat "$scratch/display")
export DISPLAY
unset WAYLAND_DISPLAY
export GDK_BACKEND=x11
export GSK_RENDERER="${HV_TEST_RENDERER:-cairo}"
export GTK_CSD=0
export GSETTINGS_BACKEND="${GSETTINGS_BACKEND:-memory}"
export GSETTINGS_SCHEMA_DIR="${GSETTINGS_SCHEMA_DIR-$ALLOC_BUILDDIR/viewer/data}"
export GIO_USE_VFS=local
export GTK_USE_PORTAL=0
# Without an accessibility bus, which a bare machine lacks, GTK warns; and warnings are fatal here.
export GTK_A11Y="${GTK_A11Y:-none}"
export G_DEBUG=fatal-warnings
export HOME="$scratch/home" XDG_CONFIG_HOME="$scratch/home/config"
export XDG_DATA_HOME="$scratch/home/data" XDG_CACHE_HOME="$scratch/home/cache"
export XDG_RUNTIME_DIR="$scratch/run"
# Under AddressSanitizer: fontconfig never frees its caches, and GL drivers are unloaded with blocks
# of their own, which then have no name to be known by. Without them cairo draws all the same.
leaks=1
if [ "$GSK_RENDERER" = cairo ]; then
  export GDK_DEBUG=gl-disable
else
  leaks=0
fi
export LSAN_OPTIONS="suppressions=$ALLOC_SRCDIR/tests/viewer/leaks.supp:print_suppressions=0"
export ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=$leaks"

# One that waits for what never comes fails, instead of holding up all others.
timeout 1200 dbus-run-session -- "$@" &
child=$!
wait "$child"
exit $?
