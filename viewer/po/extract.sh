#!/bin/sh
# SPDX-License-Identifier: MIT
# Collects what alloc-viewer says, for translators:
#
#     extract.sh SOURCE-FOLDER OUTPUT.pot
#
# The sources are those that include <glib/gi18n.h>, and all templates.
set -eu
output=$2
case $output in /*) ;; *) output=$PWD/$output ;; esac
mkdir -p "$(dirname "$output")"
cd "$1"
# shellcheck disable=SC2046 -- a list of words
"${XGETTEXT:-xgettext}" --from-code=UTF-8 --no-wrap --add-location=file \
  --keyword --keyword=_ --keyword=N_ --keyword=C_:1c,2 --keyword=NC_:1c,2 --keyword=ngettext:1,2 \
  --package-name=liballoc --copyright-holder="The liballoc authors" --output="$output" \
  $(grep -l '^#include <glib/gi18n.h>' viewer/*/*.[ch]) viewer/data/ui/*.ui
