# The image of the service: built in one stage, run as an ordinary user in another.
# By digest, if it is given as python:3.11-slim@sha256:…
ARG PYTHON_IMAGE=python:3.11-slim
FROM ${PYTHON_IMAGE} AS build
WORKDIR /build
# requirements-otel.txt for traces, too; requirements-agent.txt for an agent.
ARG REQUIREMENTS=requirements.txt
COPY requirements.txt requirements-otel.txt requirements-agent.txt ./
RUN python -m venv /opt/venv && /opt/venv/bin/pip install --no-cache-dir --require-hashes -r "$REQUIREMENTS"

FROM ${PYTHON_IMAGE}
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    DJANGO_SETTINGS_MODULE=scale.settings.production \
    BIND=0.0.0.0:8000 \
    PROBE_BIND=0.0.0.0:8001
# A volume that is mounted at /credentials belongs to the same user.
RUN useradd --system --uid 10001 --no-create-home scale && install --directory --owner scale --mode 700 /credentials
WORKDIR /app
COPY --from=build /opt/venv /opt/venv
COPY . .
# The keys of this step are random and go with it: collecting static files uses none of them.
RUN export $(DJANGO_SETTINGS_MODULE=scale.settings.embedded python manage.py write_env --print | tr -d "'") \
    && python manage.py collectstatic --no-input
USER scale
EXPOSE 8000 8001
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8001/readyz', timeout=4)"]
CMD ["gunicorn"]
