#!/bin/sh
# Runs Mosquitto so that a clean restart loses nothing: `broker CONFIG`. Mosquitto forgets shared subscriptions over a
# restart (2.0.21), and what came before the workers subscribe again would be acknowledged and dropped. So where it has
# run before, it runs once for a moment on a port that no sender reaches, to be given a session that subscribes to
# everything: the guard, which the first worker to be back relieves (docs/decisions/0010).
# The embedded broker does the same in src/cityops/local/broker.py.
set -eu
config=$1
port=${GUARD_PORT:-1884} # free in the container
data=$(sed -n 's/^persistence_location //p' "$config")
if [ -e "${data}mosquitto.db" ]; then
    private=$(mktemp)
    grep -vE '^(listener|allow_anonymous|password_file|acl_file) ' "$config" >"$private"
    printf 'listener %s 127.0.0.1\nallow_anonymous true\n' "$port" >>"$private"
    mosquitto -c "$private" &
    broker=$!
    trap 'kill "$broker"; wait "$broker"; exit 143' TERM INT
    # A large queue takes its time to be read back. The guard reads with the workers' name, or the access list would
    # keep everything from it; -E leaves once the subscription is acknowledged, and the session stays.
    until mosquitto_sub -p "$port" -V 5 -c -x 4294967295 -i cityops-ingest-guard -u ingest -q 1 -t '#' -E -W 10; do
        kill -0 "$broker" # it has ended: so do we, and are started again
        sleep 0.2
    done 2>/dev/null
    kill "$broker"
    wait "$broker" || true
    trap - TERM INT
    rm "$private"
fi
exec mosquitto -c "$config"
