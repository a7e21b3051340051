# Sightline's image. Its steps are make targets, as in development and tests.
ARG PYTHON=3.11

FROM python:${PYTHON}-slim AS build
RUN apt-get update && apt-get install --yes --no-install-recommends make && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY Makefile requirements-uv.txt requirements-dev.txt ./
RUN make install
COPY . .
RUN make static
# The second stage has only what production needs: no test tools, no embedded servers, no Node.
RUN make install REQUIREMENTS=requirements.txt \
    && rm -rf node_modules tests \
    && .venv/bin/python -m compileall -q -j 0 .

FROM python:${PYTHON}-slim
RUN useradd --system --no-create-home --uid 10001 sightline
WORKDIR /app
COPY --from=build /app /app
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 WEB_HOST=0.0.0.0
USER sightline
EXPOSE 8000
CMD ["python", "-m", "gunicorn", "--config", "config/gunicorn.py"]
