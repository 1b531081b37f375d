# One image for every part of the platform: the command says which (`cityops --help`).
FROM python:3.11-slim-bookworm AS build
WORKDIR /build
RUN python -m venv /opt/cityops
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
# Dependencies change less often than our code: a layer of their own.
COPY pyproject.toml constraints.txt ./
RUN python -c "import tomllib; told = tomllib.load(open('pyproject.toml', 'rb'))['project']; \
    print(*told['dependencies'], *(one for extra in ('cluster', 'parquet') for one in told['optional-dependencies'][extra]), \
    sep='\n')" > requirements.txt \
    && /opt/cityops/bin/pip install -c constraints.txt -r requirements.txt
COPY . .
RUN /opt/cityops/bin/pip install --no-deps .

FROM python:3.11-slim-bookworm
RUN useradd --uid 10001 --user-group --home-dir /nonexistent --shell /usr/sbin/nologin cityops \
    && install -d -o cityops -g cityops /var/lib/cityops/workers /var/lib/cityops/packs \
    # a new volume takes its owner from here: the broker's own account in its image
    && install -d -o 1883 -g 1883 /mosquitto/data
COPY --from=build /opt/cityops /opt/cityops
COPY --chmod=755 ingest/replica.sh /usr/local/bin/replica
COPY --chmod=755 <<'EOF' /usr/local/bin/answers
#!/opt/cityops/bin/python
import sys, urllib.request
urllib.request.urlopen(sys.argv[1], timeout=4)
EOF
ENV PATH=/opt/cityops/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER cityops
ENTRYPOINT ["cityops"]
CMD ["--help"]
