#!/bin/sh
# Runs one of several equal ingest workers of a machine: `replica FOLDER COMMAND...` adds `--worker` and the first name
# that no other replica holds. The hold is a file lock: it ends with the process, however that ends, so that the next
# one takes up the same name and with it the broker's session and the messages waiting there.
set -eu
folder=$1
shift
number=1
while :; do
    exec 9>"$folder/worker-$number"
    if flock --nonblock 9; then
        exec "$@" --worker "worker-$number"
    fi
    number=$((number + 1))
done
