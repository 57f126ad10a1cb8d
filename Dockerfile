# One image for every process of the platform; docker-compose.yml gives each its command.

FROM python:3.11-slim-bookworm AS packages
RUN pip install --no-cache-dir uv==0.13.9
RUN python -m venv /opt/venv
COPY requirements.txt /tmp/
RUN uv pip install --no-cache --python /opt/venv/bin/python --compile-bytecode -r /tmp/requirements.txt

FROM python:3.11-slim-bookworm
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=config.settings \
    DATA_DIR=/srv/atelier-data \
    LOG_FORMAT=json
RUN useradd --system --uid 10001 --home-dir /srv/atelier --shell /usr/sbin/nologin atelier \
    && mkdir -p /srv/atelier "$DATA_DIR/metrics" \
    && chown -R atelier:atelier "$DATA_DIR"
WORKDIR /srv/atelier
COPY --from=packages /opt/venv /opt/venv
COPY . .
USER atelier
# The static files lie in the image, under their hashed names. The secrets of this one command are thrown away.
RUN SECRET_KEY=build FIELD_ENCRYPTION_KEY=build DEBUG=0 python manage.py collectstatic --noinput --verbosity 0
EXPOSE 8000
CMD ["gunicorn", "--config", "config/gunicorn.py", "config.wsgi"]
