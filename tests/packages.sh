# SPDX-License-Identifier: MIT
# Sourced by ./demo and ./check: the Debian/Ubuntu packages they need, and how they get them.

packages_build='autoconf automake gcc libc6-dev libglib2.0-dev libgtk-4-dev libcairo2-dev libdw-dev
  libpango1.0-dev libjson-glib-dev libtool libzstd-dev make pkg-config'
packages_headless='adwaita-icon-theme dbus fonts-dejavu-core imagemagick librsvg2-bin librsvg2-common poppler-utils
  x11-utils xauth xdotool xvfb'
packages_demo="$packages_build $packages_headless sqlite3"
packages_check="$packages_build $packages_headless binutils clang-14 clang-format-14 libclang-rt-14-dev file g++ git
  appstream desktop-file-utils shared-mime-info libglib2.0-bin groff-base libc-devtools libc6-dbg libcmocka-dev libxml2-utils man-db perl procps protobuf-compiler python3 redis-server redis-tools sqlite3 xz-utils at-spi2-core gettext gir1.2-atspi-2.0 python3-gi"

# For all programs of tests/programs, which `make check-long` runs; those that are missing are skipped.
packages_programs="apache2-bin apache2-utils chromium cmake curl default-jdk-headless emacs-nox ffmpeg gawk gdb
  ghostscript golang-go gtk-4-examples jq libpython3.11-testsuite lua5.4 mariadb-server memcached nginx-light
  nodejs openssl php-cli poppler-utils postgresql postgresql-contrib python3-numpy rsync ruby vim-nox zstd"

# packages_missing NAME...: prints those that are not installed.
packages_missing() {
  for package in "$@"; do
    state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2> /dev/null) || state=
    [ "$state" = installed ] || printf '%s\n' "$package"
  done
}

# packages_install NAME...: installs what is missing, after saying so. On a system without dpkg and
# apt-get it names the packages and leaves with status 1.
packages_install() {
  if ! command -v dpkg-query > /dev/null || ! command -v apt-get > /dev/null; then
    echo "This is no Debian or Ubuntu system. Please install what these Debian packages hold," >&2
    echo "then use ./configure && make (README.md):" >&2
    printf '  %s\n' "$@" >&2
    exit 1
  fi
  missing=$(packages_missing "$@")
  [ -n "$missing" ] || return 0
  echo "Installing missing packages:" $missing
  as_root=
  if [ "$(id -u)" -ne 0 ]; then
    if ! command -v sudo > /dev/null; then
      echo "Not root, and there is no sudo. Please have these packages installed:" $missing >&2
      exit 1
    fi
    as_root=sudo
  fi
  # shellcheck disable=SC2086 -- both are lists of words
  if ! $as_root apt-get -o DPkg::Lock::Timeout=300 update -qq < /dev/null ||
    ! $as_root env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install \
      -y -qq --no-install-recommends $missing < /dev/null; then
    echo "apt-get could not install:" $missing >&2
    exit 1
  fi
}
