# One process that serves and runs the background worker; see compose.yaml. The Python is the one the tests run with.
FROM python:3.11-slim-bookworm AS build
WORKDIR /srv/quiver
COPY requirements.lock ./
COPY tools tools
RUN tools/install.sh run

FROM python:3.11-slim-bookworm
ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    QUIVER_DATA_DIR=/data \
    QUIVER_HOST=0.0.0.0
WORKDIR /srv/quiver
# what makes PDFs; without it the portal prints from the browser only
RUN apt-get update && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin quiver && install -d -o quiver -g quiver -m 0700 /data
COPY --from=build /srv/quiver/.venv .venv
COPY . .
RUN .venv/bin/python -m compileall -q app migrations
USER quiver
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD [".venv/bin/python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4).close()"]
ENTRYPOINT [".venv/bin/python", "-m", "app.ops.cli"]
CMD ["serve"]
