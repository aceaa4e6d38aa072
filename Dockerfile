# The pages and the HTTP service on a processor, with the shipped model inside.
#
#   docker build -t ages .
#   docker run -p 127.0.0.1:8501:8501 -e AGE_OPEN_TO_NETWORK=yes ages      # a trial on this computer
#
# compose.yaml runs it with PostgreSQL and HTTPS, and roles in access.toml.
FROM python:3.11-slim-bookworm AS build
COPY requirements.txt requirements-cpu.txt /build/
RUN python -m venv /opt/venv \
 && torch="$(sed -nE 's/^(torch(vision)?==[^ ;\\]+).*/\1/p' /build/requirements.txt)" \
 && /opt/venv/bin/pip install --no-cache-dir $torch --index-url https://download.pytorch.org/whl/cpu \
 && /opt/venv/bin/pip install --no-cache-dir -r /build/requirements-cpu.txt

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --create-home --home-dir /home/ages ages \
 && install -d -o ages /app/data
COPY --from=build /opt/venv /opt/venv
WORKDIR /app
COPY age_model age_model
COPY app_pages app_pages
COPY assets assets
COPY .streamlit/config.toml .streamlit/config.toml
COPY serve.py streamlit_app.py ./
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER ages
EXPOSE 8501
VOLUME /app/data
HEALTHCHECK --interval=30s --timeout=10s --start-period=120s \
    CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8501/_stcore/health')"]
CMD ["streamlit", "run", "serve.py", "--server.address", "0.0.0.0", "--server.port", "8501", "--server.headless", "true"]
