#!/bin/sh
# Copies the database once a day, whole on Sundays and what has changed on other days, on the machine whose database leads:
# `copies.sh [SECONDS]` between two looks. PGPASSWORD is the owner's; where and how stands in pgbackrest.conf.
set -eu
pause=${1:-3600}
marked=${COPIES_FOLDER:-/copies}/last-copy

leads() {
    [ "$(psql --host=/run/postgresql --username=cityops --dbname=postgres --tuples-only --no-align \
        --command='SELECT NOT pg_is_in_recovery()' 2>/dev/null)" = t ]
}

while :; do
    today=$(date -u +%F)
    if [ "$(cat "$marked" 2>/dev/null)" != "$today" ] && leads; then
        kind=incr
        [ "$(date -u +%u)" = 7 ] && kind=full
        # the mark is common to both machines: a pair that hands over copies no second time
        if pgbackrest --stanza=cityops stanza-create && pgbackrest --stanza=cityops --type="$kind" backup; then
            echo "$today" >"$marked"
        else
            echo "copies.sh: no copy was made; trying again in $pause s" >&2
        fi
    fi
    sleep "$pause"
done
