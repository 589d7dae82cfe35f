"""A small HTTP service with a health check, for what runs beside the web application."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from openlibrary.release import RELEASE


class Handler(BaseHTTPRequestHandler):
    """Answers /health and /version."""

    def do_GET(self):
        bodies = {"/health": b"OK", "/version": json.dumps({"release": RELEASE}).encode()}
        body = bodies.get(self.path)
        self.send_response(404 if body is None else 200)
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")


def serve(name, port):
    """Serves until it is told to end."""
    print(f"{name} of release {RELEASE} listens on {port}", flush=True)
    ThreadingHTTPServer(("0.0.0.0", port), Handler).serve_forever()
