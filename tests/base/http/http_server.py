#!/usr/bin/env python3
"""An HTTP server for the tests of base/http: each path is one way to answer, or to fail to.

Prints its port on the first line. --tls CERTIFICATE KEY: speaks TLS.
"""

import argparse
import json
import socket
import ssl
import struct
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

PATTERN = bytes(range(256)) * 256
sent = {"endless": 0}
lock = threading.Lock()


def pattern(first, count):
    """`count` bytes of the endless pattern from `first`."""
    start = first % 256
    return (PATTERN * (count // len(PATTERN) + 2))[start : start + count]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", headers=()):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def raw(self, data):
        self.wfile.write(data)
        self.wfile.flush()
        self.close_connection = True

    def chunk(self, data):
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def begin_chunks(self):
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def do_GET(self):
        self.url = urlsplit(self.path)
        name, *words = self.url.path.strip("/").split("/")
        try:
            getattr(self, "on_" + name.replace("-", "_"))(*words)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def do_POST(self):
        self.body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.do_GET()

    def on_hello(self):
        self.answer(200, b"hello", [("ETag", '"abc"'), ("X-Spaces", "   a b \t")])

    def on_status(self, status):
        self.answer(int(status), b"status " + status.encode())

    def on_echo(self):
        body = getattr(self, "body", b"")
        told = {
            "method": self.command,
            "path": self.path,
            "headers": {k.lower(): v for k, v in self.headers.items()},
            "length": len(body),
            "port": self.client_address[1],
        }
        self.answer(200, json.dumps(told).encode())

    def on_size(self, size):
        self.answer(200, pattern(0, int(size)))

    def on_chunks(self, count, size):
        self.begin_chunks()
        for number in range(int(count)):
            self.chunk(pattern(number * int(size), int(size)))
        self.wfile.write(b"0\r\nX-Trailer: late\r\n\r\n")

    def on_range(self, size):
        whole = pattern(0, int(size))
        asked = self.headers.get("Range")
        if not asked:
            return self.answer(200, whole, [("ETag", '"v1"')])
        first = int(asked.removeprefix("bytes=").split("-")[0])
        said = f"bytes {first}-{len(whole) - 1}/{len(whole)}"
        return self.answer(206, whole[first:], [("ETag", '"v1"'), ("Content-Range", said)])

    def on_late(self, milliseconds):
        time.sleep(int(milliseconds) / 1000)
        self.answer(200, b"late")

    def on_silent_after(self, count):
        self.begin_chunks()
        self.chunk(pattern(0, int(count)))
        time.sleep(30)

    def on_drip(self):
        self.begin_chunks()
        while True:
            self.chunk(b".")
            time.sleep(0.02)

    def on_endless(self):
        with lock:
            sent["endless"] = 0
        self.begin_chunks()
        while True:
            self.chunk(PATTERN)
            with lock:
                sent["endless"] += len(PATTERN)

    def on_sent(self):
        with lock:
            self.answer(200, str(sent["endless"]).encode())

    def on_cut(self):
        self.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789")

    def on_cut_chunks(self):
        self.raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n")

    def on_reset(self):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def on_garbage(self):
        self.raw(b"SSH-2.0-not-a-web-server\r\n" * 4)

    def on_no_answer(self):
        self.close_connection = True

    def on_interim(self):
        self.raw(
            b"HTTP/1.1 103 Early Hints\r\nX-Early: yes\r\n\r\n"
            b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nlast"
        )

    def on_long_header(self, size):
        self.answer(200, b"", [("X-Long", "x" * int(size))])

    def on_many_headers(self, count):
        self.answer(200, b"", [(f"X-{n}", "1") for n in range(int(count))])

    def on_redirect(self):
        self.answer(302, b"this body is of nobody's interest", [("Location", parse_qs(self.url.query)["to"][0])])

    def on_loop(self):
        self.answer(302, b"", [("Location", "/loop")])

    def __getattr__(self, name):
        if name.startswith("on_"):
            return lambda *_: self.answer(404, b"no such path")
        raise AttributeError(name)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, *_):
        pass


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tls", nargs=2)
    arguments = parser.parse_args()
    server = Server(("127.0.0.1", 0), Handler)
    if arguments.tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*arguments.tls)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
