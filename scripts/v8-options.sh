#!/bin/sh
# Prints V8's options for this machine's memory: a young generation of twice the usual size, where there are 2 GB or more
# for us. Only a process that is about to start can be told. $1: another root than /, for tests.
case "$NODE_OPTIONS" in *semi-space-size*) exit 0 ;; esac
least_kb=$((2 * 1024 * 1024))
total_kb=$(awk '/^MemTotal:/ { print $2 }' "$1/proc/meminfo" 2>/dev/null)
[ "${total_kb:-0}" -ge "$least_kb" ] || exit 0
for limit in "$1/sys/fs/cgroup/memory.max" "$1/sys/fs/cgroup/memory/memory.limit_in_bytes"; do
  bytes=$(cat "$limit" 2>/dev/null)
  case "$bytes" in '' | max) continue ;; esac
  # More digits than a shell can count with are no limit.
  [ "${#bytes}" -gt 15 ] || [ $((bytes / 1024)) -ge "$least_kb" ] || exit 0
done
echo --max-semi-space-size=32
