#!/bin/sh
# Writes haproxy.cfg for three machines from the shipped one, and runs it: `proxy.sh SHIPPED WRITTEN [PROGRAM...]`. The shipped
# one names two machines by example addresses; of each of its parts there are three here, at ports that the proxy's own do
# not take. The dashboard of this machine asks the API at 8080, which is not published; it has the address given there.
set -eu
shipped=$1
written=$2
shift 2
sed -e '/^    server b .*:80[05][01]/{p;s/server b/server c/;s/10\.0\.0\.12/10.0.0.13/;}' "$shipped" |
    sed -e '/^    acl from_dashboard /s/src .*/src 172.30.86.10/' \
        -e 's/^listen api$/&\n    bind :8080/' \
        -e '/^    server /s/10\.0\.0\.1\([123]\):80/machine-\1:180/' \
        -e '/^    server /s/10\.0\.0\.1\([123]\):8883/machine-\1:8883/' >"$written"
[ $# -gt 0 ] || set -- haproxy -W -db -f "$written"
exec "$@"
