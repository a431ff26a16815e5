ARG PYTHON_IMAGE=docker.io/library/python:3.13-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
WORKDIR /src
COPY requirements.txt ./
RUN python3 -m venv /opt/targetwatch \
    && /opt/targetwatch/bin/pip install --no-cache-dir --require-hashes -r requirements.txt
COPY pyproject.toml README.md LICENSE ./
COPY config config
COPY bot bot
RUN /opt/targetwatch/bin/pip install --no-cache-dir --no-deps --no-build-isolation . \
    && /opt/targetwatch/bin/pip uninstall --yes setuptools pip

FROM ${PYTHON_IMAGE}
COPY --from=build /opt/targetwatch /opt/targetwatch

# Everybody may write to /data, so that the image runs under any user id, its own or one given by --user.
RUN install -d -m 1777 /data
VOLUME /data

# Only /data is written to: the root file system may be read-only.
# One numeric thread: the sums are small, and a pool per core counts against the limit of processes.
ENV PATH=/opt/targetwatch/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    OPENBLAS_NUM_THREADS=1 \
    HOME=/data \
    XDG_CACHE_HOME=/data/.cache \
    MPLCONFIGDIR=/data/.cache/matplotlib \
    TARGETWATCH_STORAGE__PATH=/data/targetwatch.db

# A config/targetwatch.toml mounted here is read; without one the shipped defaults apply.
WORKDIR /app
USER 10001:10001
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=60s --timeout=15s --start-period=60s --retries=3 CMD ["targetwatch", "health"]
ENTRYPOINT ["targetwatch"]
CMD ["run"]
