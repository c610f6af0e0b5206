#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs a test with a /dev/shm of its own where the kernel lets it: tests run side by side, and what one
# does there (a killed writer's file, a full file system, a hundred watchers) is not another's matter.
#
#     isolated.sh COMMAND ARGUMENTS
# shellcheck disable=SC2016 -- expanded inside
alone='for at in /dev/shm /dev /; do
    mount --make-rprivate "$at" 2> /dev/null && break # the deepest that is a mount
  done && mount -t tmpfs -o mode=1777 liballoc-test /dev/shm 2> /dev/null'
if unshare --mount --propagation unchanged sh -c "$alone" 2> /dev/null; then
  exec unshare --mount --propagation unchanged sh -c "$alone"' && exec "$@"' isolated "$@"
fi
exec "$@"
