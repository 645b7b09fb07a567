#!/usr/bin/env python3
"""A client of coppiced in another language, written from docs/protocol.md alone, and a test of it.

  protocol_client.py --endpoint ipc:///run/coppice/coppice.sock [--question TEXT]    against a running daemon
  protocol_client.py --spawn protocol_test_server                       against the server of tests/server

Needs pyzmq and msgpack; exits 77 where they are missing.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time

try:
    import msgpack
    import zmq
except ImportError as missing:
    print(f"SKIPPED: {missing}")
    sys.exit(77)

PREAMBLE = b"COP\x01"
NIL_ID = bytes(16)


class CoppiceError(Exception):
    def __init__(self, error):
        super().__init__(f"{error[1]}: {error[2]}")
        self.code = error[1]
        self.message = error[2]
        self.retryable = error.get(4, False)
        self.retry_after_ms = error.get(5)
        self.wire_majors = error.get(6, [])


class Client:
    """One connection. Answers to other requests than the one waited for are skipped."""

    def __init__(self, endpoint, timeout=10.0):
        self.timeout = timeout
        self.socket = zmq.Context.instance().socket(zmq.DEALER)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.setsockopt(zmq.MAXMSGSIZE, 8 << 20)
        self.socket.connect(endpoint)

    def close(self):
        self.socket.close()

    def send(self, method, body=None, credits=0, deadline_ms=None, request_id=None):
        request_id = request_id or os.urandom(16)
        header = {1: request_id, 2: method}
        header[3] = int(self.timeout * 1000) if deadline_ms is None else deadline_ms
        if credits:
            header[5] = credits
        self.socket.send_multipart([b"", PREAMBLE, msgpack.packb(header), msgpack.packb(body or {})])
        return request_id

    def receive(self, timeout=None):
        """(header, body) of the next reply; None when none comes in time."""
        if not self.socket.poll(int(1000 * (timeout or self.timeout))):
            return None
        frames = self.socket.recv_multipart()
        assert len(frames) == 4 and frames[0] == b"" and frames[1] == PREAMBLE, frames
        unpack = lambda frame: msgpack.unpackb(frame, strict_map_key=False)
        return unpack(frames[2]), unpack(frames[3])

    def replies(self, request_id):
        """Bodies of the parts, then of the final reply: (kind, seq, body). Raises CoppiceError."""
        while True:
            reply = self.receive()
            if reply is None:
                raise TimeoutError("no reply")
            header, body = reply
            if header[1] != request_id:
                continue
            if header[3] == "error":
                raise CoppiceError(header[4])
            yield header[3], header[2], body
            if header[3] == "final":
                return

    def call(self, method, body=None, **options):
        for kind, _, reply in self.replies(self.send(method, body, **options)):
            if kind == "final":
                return reply

    def stream(self, method, body, credits=8):
        """Parts and the final reply, with more credit granted when half of it is used."""
        request_id = self.send(method, body, credits=credits)
        used = 0
        for kind, seq, reply in self.replies(request_id):
            yield kind, seq, reply
            used += kind == "part"
            if used * 2 >= credits:
                self.send("credit", {1: request_id, 2: used})
                used = 0


def expect_error(code, action):
    try:
        answer = action()
    except CoppiceError as error:
        assert error.code == code, error
        return error
    raise AssertionError(f"expected {code}, got {answer}")


def test_basics(client):
    hello = client.call("hello")
    assert hello[1] and 1 in hello[2] and hello[3] == 1 << 20, hello
    assert client.call("ping") == {}
    assert client.call("health")[1] in ("ready", "starting", "degraded"), "health"
    # Keys that the daemon does not know are ignored.
    assert client.call("ping", {4711: "new"}) == {}
    assert client.call("cancel", {1: os.urandom(16)}) == {}
    assert client.call("credit", {1: os.urandom(16), 2: 5}) == {}


def test_refusals(client):
    error = expect_error("invalid_argument", lambda: client.call("frobnicate"))
    assert "frobnicate" in error.message
    error = expect_error("invalid_argument", lambda: client.call("search", {1: "x", 4: "ten"}))
    assert "limit" in error.message
    expect_error("deadline_exceeded", lambda: client.call("search", {1: "x"}, deadline_ms=0))
    assert client.call("ping") == {}


def test_versions(client):
    request_id = os.urandom(16)
    client.socket.send_multipart([b"", b"COP\x09", msgpack.packb({1: request_id, 2: "ping"}), b"\x80"])
    header, _ = client.receive()
    assert header[1] == request_id and header[4][1] == "unsupported_version" and header[4][6] == [1], header


def test_garbage(client):
    for frames in (
        [b"garbage"],
        [b"", b"COP\x01"],
        [b"", b"COP\x01", b"\xc1", b"\x80"],
        [b"", b"COP\x01", b"\xdd\x10\x00\x00\x00", b"\x80"],
        [b"", b"COP\x01", b"\x91" * 1_000_000, b"\x80"],
    ):
        client.socket.send_multipart(frames)
        header, _ = client.receive()
        assert header[1] == NIL_ID and header[4][1] == "invalid_argument", header
        assert client.call("ping") == {}


def test_many_at_once(client, hello):
    """More requests than allowed: each is answered, the surplus with a time to come back."""
    ids = {client.send("search", {1: "many at once"}) for _ in range(20 * hello[4])}
    while ids:
        header, _ = client.receive()
        ids.discard(header[1])
        if header[3] == "error" and header[4][1] == "resource_exhausted":
            assert header[4][4] is True and header[4][5] > 0, header


def test_stream(client):
    replies = list(client.stream("files", {1: "50"}))
    assert [kind for kind, _, _ in replies] == ["part"] * 50 + ["final"]
    assert [seq for _, seq, _ in replies] == list(range(51))
    assert replies[-1][2][2] == 50


def test_retry(client):
    request_id = os.urandom(16)
    first = client.call("add", {1: "/somewhere"}, request_id=request_id)
    assert client.call("add", {1: "/somewhere"}, request_id=request_id) == first
    assert client.call("add", {1: "/somewhere"}) != first


def test_search(client, question):
    """Against a daemon that serves a repository."""
    assert client.call("list")[1], "no repository to ask about"
    reply = client.call("search", {1: question, 4: 3})
    assert reply[1] == question and reply[2] and 0 < len(reply[3]) <= 3, reply
    hit = reply[3][0]
    assert isinstance(hit[6], bytes) and 1 <= hit[7] <= hit[8] and hit[4] == reply[2][0][3], hit
    shown = client.call("show", {1: hit[1]})
    assert shown[2][15] and shown[2][6] == hit[6], shown
    rows = [row for kind, _, body in client.stream("files", {1: hit[2]}) if kind == "part" for row in body[1]]
    assert hit[6] in [row[1] for row in rows]
    expect_error("not_found", lambda: client.call("status", {1: "no-such-repository"}))
    print(f"first hit: {hit[6].decode(errors='replace')}:{hit[7]}-{hit[8]}")


def run(endpoint, question, own_server):
    client = Client(endpoint)
    hello = client.call("hello")
    test_basics(client)
    test_refusals(client)
    test_versions(client)
    test_garbage(client)
    test_many_at_once(client, hello)
    if own_server:
        test_stream(client)
        test_retry(client)
    elif question:
        test_search(client, question)
    assert client.call("ping") == {}
    client.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--endpoint")
    where.add_argument("--spawn", metavar="PROGRAM")
    parser.add_argument("--question", help="search for this and look at the answers (with --endpoint)")
    arguments = parser.parse_args()
    if arguments.endpoint:
        run(arguments.endpoint, arguments.question, own_server=False)
    else:
        with tempfile.TemporaryDirectory() as folder:
            endpoint = f"ipc://{folder}/s.sock"
            server = subprocess.Popen([arguments.spawn, endpoint], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
            try:
                for _ in range(500):
                    if os.path.exists(f"{folder}/s.sock") or server.poll() is not None:
                        break
                    time.sleep(0.02)
                run(endpoint, None, own_server=True)
                server.stdin.close()
                assert server.wait(timeout=10) == 0, "the server did not end well"
            finally:
                server.kill()
                server.wait()
    print("protocol client: passed")


if __name__ == "__main__":
    main()
