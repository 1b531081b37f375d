#!/bin/sh
# Makes an authority and a certificate for each machine of a cluster: `certificates.sh FOLDER [MACHINE...]`, by default
# machine-1 to machine-3 (compose.cluster.yaml). Run it once, on a machine that is none of these, and keep FOLDER/ca.key there.
# Each machine is given ca.crt, and its own machine.crt and machine.key, which the account 10002 alone may read. Good for
# two years: run it again before; the authority stays, so machines may be renewed one after the other.
set -eu
folder=$1
shift
[ $# -gt 0 ] || set -- machine-1 machine-2 machine-3
mkdir -p "$folder"
umask 077
if [ ! -e "$folder/ca.key" ]; then
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj "/CN=cityops cluster" \
        -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign \
        -keyout "$folder/ca.key" -out "$folder/ca.crt"
fi
for machine in "$@"; do
    mkdir -p "$folder/$machine"
    # of its own name and of localhost, where its health is asked for; as server and as client, for members are both
    printf 'subjectAltName=DNS:%s,DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n' "$machine" \
        >"$folder/$machine/extensions"
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=$machine" \
        -keyout "$folder/$machine/machine.key" -out "$folder/$machine/request"
    openssl x509 -req -in "$folder/$machine/request" -days 730 -CA "$folder/ca.crt" -CAkey "$folder/ca.key" \
        -set_serial "0x$(openssl rand -hex 16)" -extfile "$folder/$machine/extensions" -out "$folder/$machine/machine.crt"
    rm "$folder/$machine/request" "$folder/$machine/extensions"
    cp "$folder/ca.crt" "$folder/$machine/ca.crt"
    chmod 644 "$folder/$machine/ca.crt" "$folder/$machine/machine.crt"
done
