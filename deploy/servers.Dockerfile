# The servers of a cluster in one image (compose.cluster.yaml): Debian's packages, the versions that tests and trials kill.
FROM debian:trixie-slim
ENV DEBIAN_FRONTEND=noninteractive
# One account for all: a key of TLS then needs one owner. What Debian would start is started by nobody in a container.
RUN useradd --uid 10002 --user-group --home-dir /var/lib/servers --create-home --shell /usr/sbin/nologin servers \
    && apt-get update \
    && apt-get install -y --no-install-recommends postgresql-common \
    && sed -i 's/^#* *create_main_cluster.*/create_main_cluster = false/' /etc/postgresql-common/createcluster.conf \
    && apt-get install -y --no-install-recommends \
        postgresql-17 postgresql-17-timescaledb patroni python3-etcd python3-psycopg2 pgbackrest etcd-server rabbitmq-server haproxy \
    && rm -rf /var/lib/apt/lists/* /var/lib/rabbitmq /var/lib/postgresql /var/lib/etcd \
    # a new volume takes its owner from here; PostgreSQL wants its folder closed
    && install -d -o servers -g servers -m 700 \
        /var/lib/rabbitmq /var/lib/postgresql /var/lib/postgresql/data /var/lib/etcd /run/postgresql /copies
COPY --chmod=755 <<'EOS' /usr/local/bin/answers
#!/usr/bin/python3
import sys, urllib.request
urllib.request.urlopen(sys.argv[1], timeout=4)
EOS
ENV PATH=/usr/lib/rabbitmq/bin:/usr/lib/postgresql/17/bin:$PATH LANG=C.UTF-8 HOME=/var/lib/servers
USER servers
