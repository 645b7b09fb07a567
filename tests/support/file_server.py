#!/usr/bin/env python3
"""Serves one file over HTTP in the ways that servers serve files, and in those that they fail to.

  /ok              whole, or from where a Range with a fitting If-Range says
  /cut/N           likewise, but each answer breaks off after N bytes
  /half-then-gone/N  the first answer breaks off after N bytes, the others are 503
  /no-range        whole, whatever is asked for; breaks off in the middle the first time
  /no-etag         like /cut, without an ETag
  /changed         breaks off in the middle; from the second time on another file (its bytes in reverse)
  /liar            answers a Range with another one
  /short           fewer bytes than announced, each time
  /busy            429 with Retry-After the first time
  /status/CODE     that status
  /redirect        to /ok;  /away: to http on another name
  /chunked         whole, without saying how long
  /slow            a little, then nothing for long
  /slowly          to its end, 256 KiB at a time with pauses between
  /log             what was asked for: a JSON list of [path, Range, If-Range]

As a program: file_server.py FILE prints its port on the first line.
"""

import json
import pathlib
import re
import socket
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class FileServer(ThreadingHTTPServer):
    """Of `content`, on a port of 127.0.0.1."""

    daemon_threads = True

    def __init__(self, content, port=0):
        super().__init__(("127.0.0.1", port), Handler)
        self.content = content
        self.etag = '"first"'
        self.asked = []
        self.stopping = threading.Event()

    def url(self, path):
        return f"http://127.0.0.1:{self.server_address[1]}{path}"

    def start(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def stop(self):
        self.stopping.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, *_):
        pass


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        name, *words = self.path.strip("/").split("/")
        if name != "log":
            self.server.asked.append([self.path, self.headers.get("Range"), self.headers.get("If-Range")])
        self.times = sum(asked[0] == self.path for asked in self.server.asked)
        try:
            getattr(self, "on_" + name.replace("-", "_"))(*words)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def wanted(self, content, etag):
        """(status, first byte): as the request asks for and may get."""
        match = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if not match or self.headers.get("If-Range", etag) != etag:
            return 200, 0
        first = int(match[1])
        return (206, first) if first < len(content) else (416, 0)

    def head(self, status, first, content, etag, ranges=True):
        self.send_response(status)
        if etag:
            self.send_header("ETag", etag)
        if ranges:
            self.send_header("Accept-Ranges", "bytes")
        if status == 206:
            self.send_header("Content-Range", f"bytes {first}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(0 if status == 416 else len(content) - first))
        self.end_headers()

    def break_off(self):
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_RDWR)
        self.close_connection = True

    def serve(self, content, etag, limit=None):
        status, first = self.wanted(content, etag)
        self.head(status, first, content, etag)
        if status == 416:
            return
        if limit is None or first + limit >= len(content):
            self.wfile.write(content[first:])
            return
        self.wfile.write(content[first:first + limit])
        self.break_off()

    def on_ok(self):
        self.serve(self.server.content, self.server.etag)

    def on_cut(self, count):
        self.serve(self.server.content, self.server.etag, int(count))

    def on_half_then_gone(self, count):
        if self.times == 1:
            return self.serve(self.server.content, self.server.etag, int(count))
        self.on_status("503")

    def on_no_range(self):
        content = self.server.content
        self.head(200, 0, content, self.server.etag, ranges=False)
        if self.times > 1:
            return self.wfile.write(content)
        self.wfile.write(content[:len(content) // 2])
        self.break_off()

    def on_no_etag(self):
        self.serve(self.server.content, "", len(self.server.content) // 2)

    def on_changed(self):
        content = self.server.content
        if self.times == 1:
            return self.serve(content, '"old"', len(content) // 2)
        self.serve(content[::-1], '"new"')

    def on_liar(self):
        content = self.server.content
        if self.headers.get("Range"):
            return self.head(206, 1, content, self.server.etag) or self.break_off()
        self.serve(content, self.server.etag, len(content) // 2 if self.times == 1 else None)

    def on_short(self):
        self.head(200, 0, self.server.content, self.server.etag)
        self.break_off()

    def on_busy(self):
        if self.times > 1:
            return self.on_ok()
        self.send_response(429)
        self.send_header("Retry-After", "1")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def on_status(self, code):
        self.send_response(int(code))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def redirect(self, to):
        self.send_response(302)
        self.send_header("Location", to)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def on_redirect(self):
        self.redirect(self.server.url("/ok"))

    def on_away(self):
        self.redirect("http://models.invalid/file")

    def on_chunked(self):
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        content = self.server.content
        for first in range(0, len(content), 1000):
            piece = content[first:first + 1000]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n\r\n")

    def on_slow(self):
        content = self.server.content
        status, first = self.wanted(content, self.server.etag)
        self.head(status, first, content, self.server.etag)
        self.wfile.write(content[first:first + 100])
        self.wfile.flush()
        self.server.stopping.wait(60)
        self.close_connection = True

    def on_slowly(self):
        content = self.server.content
        status, first = self.wanted(content, self.server.etag)
        self.head(status, first, content, self.server.etag)
        for at in range(first, len(content), 256 << 10):
            self.wfile.write(content[at:at + (256 << 10)])
            self.wfile.flush()
            time.sleep(0.05)

    def on_log(self):
        body = json.dumps(self.server.asked).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def __getattr__(self, name):
        if name.startswith("on_"):
            return lambda *_: self.on_status("404")
        raise AttributeError(name)


if __name__ == "__main__":
    server = FileServer(pathlib.Path(sys.argv[1]).read_bytes())
    print(server.server_address[1], flush=True)
    server.serve_forever()
