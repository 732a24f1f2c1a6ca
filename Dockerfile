# framechain without windows (docs/install.md, "Lean"), with the page, workers and stores. It needs no X and no system library.
#
#   docker build -t framechain .
#   docker run --rm -p 127.0.0.1:8484:8484 framechain                                               # the page
#   docker run --rm --user "$(id -u)" -v "$PWD:/work" framechain framechain clip.mp4                # a file of this folder
#
# Checked with hadolint. The build itself was not run, as no base image was at hand; its commands were run in an empty environment.
FROM python:3.13-slim-bookworm AS build
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
WORKDIR /source
RUN python -m venv /opt/framechain
ENV PATH=/opt/framechain/bin:$PATH PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
# What changes seldom comes first: it is built once.
COPY requirements-lean.txt pyproject.toml ./
RUN python -c "import tomllib; extras = tomllib.load(open('pyproject.toml', 'rb'))['project']['optional-dependencies']; \
print(*extras['web'], *extras['cluster'], *extras['s3'], *extras['watch'], sep='\n')" > requirements-extras.txt \
    && pip install -r requirements-lean.txt -r requirements-extras.txt
COPY . .
RUN pip install --no-deps .

FROM python:3.13-slim-bookworm
COPY --from=build /opt/framechain /opt/framechain
ENV PATH=/opt/framechain/bin:$PATH PYTHONUNBUFFERED=1
RUN useradd --create-home --uid 1000 framechain && install -d -o framechain /work
USER 1000
WORKDIR /work
EXPOSE 8484
# That of the page, which is what runs unless another command is given: whatever it answers, it is alive.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import http.client as h; c = h.HTTPConnection('127.0.0.1', 8484, timeout=4); c.request('GET', '/static/icon.svg'); raise SystemExit(c.getresponse().status >= 500)"]
CMD ["framechain", "serve", "--host", "0.0.0.0", "--no-browser"]
