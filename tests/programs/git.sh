#!/bin/sh
# SPDX-License-Identifier: MIT
# git clones a repository, this one where the sources are a clone and one made here otherwise, then
# packs, checks and reads it.
. "$ALLOC_SRCDIR/tests/programs/compare.sh"

need git git
GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
GIT_AUTHOR_NAME=Tester GIT_AUTHOR_EMAIL=tester@example.org GIT_AUTHOR_DATE='2024-01-01T00:00:00Z'
GIT_COMMITTER_NAME=Tester GIT_COMMITTER_EMAIL=tester@example.org GIT_COMMITTER_DATE='2024-01-01T00:00:00Z'
export GIT_CONFIG_GLOBAL GIT_CONFIG_SYSTEM GIT_AUTHOR_NAME GIT_AUTHOR_EMAIL GIT_AUTHOR_DATE
export GIT_COMMITTER_NAME GIT_COMMITTER_EMAIL GIT_COMMITTER_DATE
# A frozen copy, since commits may arrive between the two runs.
if ! git -c safe.directory='*' clone -q --bare --no-local "$ALLOC_SRCDIR" "$folder/source.git" 2> /dev/null; then
  git init -q "$folder/made"
  for i in $(seq 1 60); do
    seq "$i" 2000 > "$folder/made/numbers"
    cp "$ALLOC_SRCDIR"/liballoc/run/*.c "$folder/made"
    git -C "$folder/made" add . && git -C "$folder/made" commit -q -m "Count from $i"
  done
  git clone -q --bare --no-local "$folder/made" "$folder/source.git"
fi
cat > "$folder/job" <<'END'
set -e
git clone -q --no-local "$1" copy
cd copy
git gc -q --aggressive --prune=now
git fsck --full --no-progress
git log --stat --format='%H %s' > ../log
git count-objects -v | grep -v size
git repack -q -a -d -f --depth=20 --threads=2
git rev-list --objects --all | sort | sha256sum
git grep -c '' HEAD | sort | sha256sum
for file in $(git ls-files | head -5); do git blame -s "$file"; done | sha256sum
echo change >> "$(git ls-files | head -1)"
git diff --stat
git commit -q -a -m change
git format-patch -1 --stdout | head -20
cp ../log ../result
END
compare git 240 sh "$folder/job" "$folder/source.git"
