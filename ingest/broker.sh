#!/bin/sh
# Runs Mosquitto so that neither its first start nor a clean restart loses anything: `broker CONFIG`. At first no
# worker has subscribed, and over a restart Mosquitto forgets shared subscriptions (2.0.21): what comes before they do
# would be acknowledged and dropped. So it runs once for a moment on a port that no sender reaches, to be given a
# session that subscribes to everything: the guard, which the first worker to be there relieves (docs/decisions/0010).
# What that session is called stands in a file that `cityops broker users` has written: nobody can guess it.
# The embedded broker does the same in src/cityops/local/broker.py.
# Where a folder of certificates is mounted (compose.tls.yaml), it listens with TLS too; where durable.conf is
# (compose.durable.yaml), that says how messages are kept.
set -eu

refuse() {
    echo "broker.sh: $1" >&2
    exit 1
}

config=$1
port=${GUARD_PORT:-1884} # free in the container
tls=${TLS_FOLDER:-/mosquitto/tls}
durable=${DURABLE_CONFIG:-/mosquitto/config/durable.conf}
users=$(sed -n 's/^plugin_opt_config_file //p' "$config")
session=$(cat "${users%/*}/guard-session" || true)
if [ "${#session}" != 40 ]; then
    refuse "${users%/*}/guard-session is missing: run \`cityops broker users $users\` first"
fi

# The configuration without the settings that match, then what is durable.
without() {
    if [ -f "$durable" ]; then
        grep -vE "^($1|persistence|autosave_[a-z_]*|max_inflight_messages) " "$config"
        cat "$durable"
    else
        grep -vE "^($1) " "$config"
    fi
}

if [ -f "$durable" ]; then
    plugin=$(sed -n 's/^plugin //p' "$durable")
    [ -f "$plugin" ] || refuse "$durable asks for $plugin, which this broker lacks: take Mosquitto 2.1 (compose.durable.yaml does), or take that file away"
    other=mosquitto.db
else
    other=mosquitto.sqlite3
fi
[ ! -f "${users%/*}/$other" ] || refuse "${users%/*}/$other is the queue of a broker that kept it otherwise, which this one would not see: run it once more as it was (with or without $durable), stop it when the workers have taken all, and delete that file"

# What the guard says to the broker, byte by byte: the session of an earlier restart may still hold messages, which
# come at once, and mosquitto_sub would acknowledge, and lose, them. It has the workers' name: once users have roles
# again, the session receives what that user's role allows. MQTT 5, sections 3.1 and 3.8.
guard() {
    printf '\020\105\000\004MQTT\005\200\000\000' # CONNECT with a name, clean start off
    printf '\010\021\377\377\377\377\041\000\001' # the session never expires; one message at a time
    printf '\000\050%s\000\006ingest' "$session" # of this client, with this name
    printf '\202\007\000\001\000\000\001#\041' # SUBSCRIBE to '#': QoS 1, nothing retained
    sleep 1 # for the answer
}
subscribed=900400010001 # SUBACK: QoS 1 granted

private=$(mktemp)
without 'listener|allow_anonymous|plugin|plugin_opt_config_file' >"$private"
printf 'listener %s 127.0.0.1\nallow_anonymous true\n' "$port" >>"$private"
mosquitto -c "$private" &
broker=$!
trap 'kill "$broker"; wait "$broker"; exit 143' TERM INT
# a large queue takes its time to be read back
until guard | nc 127.0.0.1 "$port" | od -An -v -tx1 | tr -d ' \n' | grep -q "$subscribed"; do
    kill -0 "$broker" # it has ended: so do we, and are started again
    sleep 0.2
done 2>/dev/null
kill "$broker"
wait "$broker" || true
trap - TERM INT
rm "$private"
whole=$(mktemp)
without '#' >"$whole"
if [ -d "$tls" ]; then
    printf 'listener %s\ncertfile %s/broker.crt\nkeyfile %s/broker.key\n' "${TLS_PORT:-8883}" "$tls" "$tls" >>"$whole"
fi
exec mosquitto -c "$whole"
