# SPDX-License-Identifier: MIT
# Sourced by the scripts that watch the programs of story.c. Expects $ALLOC_BUILDDIR and $scratch,
# a folder of the test's own.

# start_story NAME: its process in $story, what it holds by its own account in $truth.
start_story () {
  rm -f "$scratch/story-input" "$scratch/story.log"
  mkfifo "$scratch/story-input"
  keep=
  [ "$1" = dirty ] && keep=MALLOC_TRIM_THRESHOLD_=-1
  # shellcheck disable=SC2086 -- a setting or none
  env MALLOC_MMAP_THRESHOLD_=524288 $keep "$ALLOC_BUILDDIR/tests/viewer/story" "$1" \
    <"$scratch/story-input" >"$scratch/story.log" 2>"$scratch/story.err" &
  story=$!
  exec 5>"$scratch/story-input"
  tries=200
  until grep -q ready "$scratch/story.log" 2>/dev/null; do
    tries=$((tries - 1))
    if [ "$tries" -eq 0 ] || ! kill -0 "$story" 2>/dev/null; then
      echo "story $1 did not start: $(cat "$scratch/story.err")"
      exit 1
    fi
    sleep 0.1
  done
  look_at_story
}

# look_at_story: what it holds by now into $truth; a slow machine watches one that grows for long.
look_at_story () {
  truth=$(sed -n -e 's/^ready [0-9]* //p' -e 's/^now //p' "$scratch/story.log" | tail -n 1)
}

end_story () {
  exec 5>&-
  wait "$story"
  story=
}

# reason_of NAME: the reason that story has.
reason_of () {
  case $1 in
  leak) echo growing ;;
  sparse) echo sparse ;;
  dirty) echo dirty ;;
  threads) echo caches ;;
  regions) echo regions ;;
  mapped) echo not-heap ;;
  esac
}

# near A B: whether A is within 5 % of B.
near () {
  [ $(($1 * 100)) -ge $(($2 * 95)) ] && [ $(($1 * 100)) -le $(($2 * 105)) ]
}
