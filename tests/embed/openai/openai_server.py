#!/usr/bin/env python3
"""A server that speaks the OpenAI protocol, well or badly, for the tests of embed/openai and embed/chain.

Prints its port on the first line. --program PROGRAM: see vectors. The first part of a path chooses a server of its own with its options:

    /NAME,ctx=64,dims=8/v1/embeddings

  ctx=N        texts of more than N words are refused with 400, as vLLM does
  ctx500=N     likewise with 500, as llama.cpp's server does
  truncate=N   only the first N words of a text are read, and nobody is told
  dims=N       length of the vectors (16)
  seed=N       another model: its words mean something else
  noise=X      the vectors differ by up to X each time
  models=0     there is no /models
  key=K        requests must carry that key
  fail=NxS     the first N requests beside /models get status S; retry=T adds Retry-After: T
  hang=N       the first N requests beside /models get no answer for 30 s
  strict=F     a request with the field F is refused with 400
  lines=crlf   line ends of event streams
  vectors=1    vectors come from PROGRAM: a line with a JSON list of texts in, one of vectors out

GET /NAME,…/told gives the requests so far, GET /NAME,…/set?OPTION=VALUE changes an option. A text with "FAULT:X" in it
has the answer spoilt in the way X, see spoil() and the streams below.
"""

import base64
import hashlib
import json
import random
import socket
import struct
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

servers = {}
lock = threading.Lock()
program = None


class State:
    """One of the servers: its options, and what it was asked."""

    def __init__(self, name):
        self.options = dict(part.split("=", 1) for part in name.split(",")[1:])
        self.told = []
        self.failed = 0
        self.hung = 0

    def number(self, option, default=0):
        return int(self.options.get(option, default))


def bag_of_words(text, state):
    """A vector that depends on the words of the text and their order, a little."""
    limit = state.number("truncate")
    words = text.split()[: limit or None]
    vector = [0.0] * state.number("dims", 16)
    for place, word in enumerate(words):
        digest = hashlib.md5((state.options.get("seed", "") + word).encode()).digest()
        vector[digest[0] % len(vector)] += 1.0 + 0.01 * (place % 7)
        vector[digest[1] % len(vector)] -= 0.5
    noise = float(state.options.get("noise", 0))
    return [value + random.uniform(-noise, noise) for value in vector] if noise else vector


def vectors_of(texts, state):
    if "vectors" not in state.options:
        return [bag_of_words(text, state) for text in texts]
    with lock:
        program.stdin.write(json.dumps(texts).encode() + b"\n")
        program.stdin.flush()
        return json.loads(program.stdout.readline())


def fault_in(text):
    return text.split("FAULT:")[1].split()[0] if "FAULT:" in text else None


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def answer(self, status, body, headers=(), kind="application/json"):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def refuse(self, status, message, **more):
        self.answer(status, {"error": {"message": message, "type": "error", "code": status, **more}})

    def reset(self):
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def do_GET(self):
        self.handle_request(None)

    def do_POST(self):
        self.handle_request(self.rfile.read(int(self.headers.get("Content-Length", "0"))))

    def handle_request(self, body):
        url = urlsplit(self.path)
        _, name, rest = url.path.split("/", 2)
        with lock:
            state = servers.setdefault(name, State(name))
        try:
            if rest == "told":
                return self.answer(200, state.told)
            if rest == "set":
                state.options.update(parse_qsl(url.query, keep_blank_values=True))
                state.failed = state.hung = 0
                return self.answer(200, {})
            return self.serve(state, rest, json.loads(body) if body else {})
        except (BrokenPipeError, ConnectionResetError, ValueError):
            self.close_connection = True

    def serve(self, state, path, request):
        with lock:
            state.told.append({"path": path, "request": request, "authorization": self.headers.get("Authorization")})
        key = state.options.get("key")
        if key and self.headers.get("Authorization") != "Bearer " + key:
            return self.refuse(401, "wrong key: " + str(self.headers.get("Authorization")))
        if path == "v1/models":
            return self.models(state)
        if self.spoilt_by_options(state, request):
            return None
        known = {"v1/embeddings": self.embeddings, "v1/chat/completions": self.chat, "v1/rerank": self.rerank}
        if path not in known:
            return self.refuse(404, "no such path")
        return known[path](state, request)

    def spoilt_by_options(self, state, request):
        count, status = (state.options.get("fail") or "0x0").split("x")
        with lock:
            fails, hangs = state.failed < int(count), state.hung < state.number("hang")
            state.failed += fails
            state.hung += hangs and not fails
        if fails:
            retry = [("Retry-After", state.options["retry"])] if "retry" in state.options else []
            self.answer(int(status), {"error": {"message": "not now"}}, retry)
        elif hangs:
            time.sleep(30)
            self.close_connection = True
        elif state.options.get("strict") in request:
            self.refuse(400, "unknown field " + state.options["strict"])
        else:
            return False
        return True

    def models(self, state):
        if state.options.get("models") == "0":
            return self.refuse(404, "not found")
        entry = {"id": "test-model", "object": "model", "root": "weights-of-" + state.options.get("seed", "0")}
        if "len" in state.options:
            entry["max_model_len"] = state.number("len")
        return self.answer(200, {"object": "list", "data": [{"id": "another"}, entry]})

    # /embeddings

    def embeddings(self, state, request):
        texts = request["input"]
        for option, status in (("ctx", 400), ("ctx500", 500)):
            limit = state.number(option)
            for text in texts:
                if limit and len(text.split()) > limit:
                    said = f"This model's maximum context length is {limit} tokens, you sent {len(text.split())}"
                    return self.refuse(status, said)
        data = []
        for index, vector in enumerate(vectors_of(texts, state)):
            if request.get("encoding_format") == "base64":
                vector = base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
            data.append({"object": "embedding", "index": index, "embedding": vector, "more": {"unknown": [1]}})
        fault = next(filter(None, map(fault_in, texts)), None)
        if fault:
            return self.spoil(fault, data)
        return self.answer(200, {"object": "list", "data": data, "model": request["model"], "usage": {}})

    def spoil(self, fault, data):
        body = {"data": data}
        first = data[0]["embedding"]
        if fault == "count":
            data.pop()
        elif fault == "dims":
            first.append(1.0)
        elif fault == "null":
            first[1] = None
        elif fault == "nan":
            first[1] = float("nan")
        elif fault == "huge-number":
            first[1] = 1e39
        elif fault == "text":
            first[1] = "0.5"
        elif fault == "index":
            data[0]["index"] = 99
        elif fault == "negative":
            data[0]["index"] = -1
        elif fault == "twice":
            data[0]["index"] = len(data) - 1
        elif fault == "permuted":
            data.reverse()
        elif fault == "no-index":
            for entry in data:
                del entry["index"]
        elif fault == "base64":
            for entry in data:
                entry["embedding"] = base64.b64encode(struct.pack(f"<{len(first)}f", *entry["embedding"])).decode()
        elif fault == "bad-base64":
            data[0]["embedding"] = "!!!!"
        elif fault == "half-base64":
            data[0]["embedding"] = "AAAA"
        elif fault == "no-data":
            body = {"result": "fine"}
        elif fault == "deep":
            return self.answer(200, b'{"data":' + b"[" * 100000 + b"]" * 100000 + b"}")
        elif fault == "html":
            return self.answer(200, b"<html>a gateway's page</html>", kind="text/html")
        elif fault == "huge":
            return self.answer(200, b'{"data":"' + b"x" * (80 << 20) + b'"}')
        elif fault == "refused":
            sender = str(self.headers.get("Authorization"))  # some servers repeat what they should not
            return self.refuse(400, f"this text is not taken from {sender}: input_value='FAULT:secret text'")
        elif fault == "crash":
            return self.refuse(500, "internal error")
        elif fault == "cut":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{")
            self.close_connection = True
            return None
        elif fault == "reset":
            return self.reset()
        elif fault == "redirect":
            return self.answer(307, b"", [("Location", "http://127.0.0.1:1/")])
        elif fault == "endless":
            self.begin_stream("application/json")
            while True:
                self.chunk(b" " * 65536)
        elif fault == "slow":
            time.sleep(30)
        return self.answer(200, body)

    # /chat/completions

    def begin_stream(self, kind="text/event-stream"):
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def chunk(self, data):
        self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
        self.wfile.flush()

    def event(self, value, end=b"\n"):
        data = value if isinstance(value, bytes) else json.dumps(value).encode()
        self.chunk(b"data: " + data + end + end)

    def piece(self, content, finish=None, **more):
        choice = {"index": 0, "delta": {"content": content} if content is not None else {}, "finish_reason": finish}
        return {"id": "x", "object": "chat.completion.chunk", "choices": [choice], **more}

    def chat(self, state, request):
        last = request["messages"][-1]["content"]
        limit = state.number("ctx")
        if limit and len(last.split()) > limit:
            said = f"This model's maximum context length is {limit} tokens. However, you requested {len(last.split())}"
            return self.refuse(400, said)
        fault = fault_in(last)
        most = request.get("max_tokens") or request["max_completion_tokens"]
        words = [word + " " for word in last.split()[:most]]
        finish = "stop" if len(words) == len(last.split()) else "length"
        if fault == "whole":
            choice = {"index": 0, "message": {"role": "assistant", "content": "all at once"}, "finish_reason": "stop"}
            return self.answer(200, {"choices": [choice], "usage": {"prompt_tokens": 3, "completion_tokens": 4}})
        if fault == "refused":
            return self.refuse(400, "no")
        if fault == "html-stream":
            return self.answer(200, b"<html>hello</html>", kind="text/html")
        self.begin_stream()
        end = b"\r\n" if state.options.get("lines") == "crlf" else b"\n"
        self.chunk(b": a comment" + end + end)
        self.event(self.piece(None), end)
        if fault:
            return self.spoil_stream(fault, request)
        for word in words:
            self.event(self.piece(word), end)
        self.event(self.piece(None, finish), end)
        if request.get("stream_options", {}).get("include_usage"):
            used = {"prompt_tokens": 11, "completion_tokens": len(words)}
            self.event({"choices": [], "usage": used}, end)
        self.event(b"[DONE]", end)
        return self.chunk(b"")

    def spoil_stream(self, fault, request):
        self.event(self.piece("one "))
        self.event(self.piece("two "))
        if fault == "cut":
            self.close_connection = True
            return None
        if fault == "reset":
            return self.reset()
        if fault == "no-end":  # a whole HTTP answer, but the model's own end is missing
            return self.chunk(b"")
        if fault == "no-done":
            self.event(self.piece(None, "stop"))
        elif fault == "error":
            self.event({"error": {"message": "out of memory", "type": "server_error", "code": 503}})
        elif fault == "error-text":
            self.event({"error": "out of memory"})
        elif fault == "garbage":
            self.event(b"{not json")
        elif fault == "filter":
            self.event(self.piece(None, "content_filter"))
        elif fault == "tool":
            self.event(self.piece(None, "tool_calls"))
        elif fault == "huge-event":
            self.chunk(b"data: " + b"x" * (3 << 20))
        elif fault == "loop":
            while True:
                self.event(self.piece("again "))
        elif fault == "silent":
            time.sleep(30)
        elif fault == "half":  # a character in two pieces is not possible in JSON; in two events it is a lone surrogate
            self.event(b'{"choices":[{"index":0,"delta":{"content":"\\ud83d"},"finish_reason":null}]}')
        elif fault == "other-choice":
            self.event({"choices": [{"index": 1, "delta": {"content": "another"}, "finish_reason": "stop"}]})
            self.event(self.piece("three", "stop"))
        elif fault == "reasoning":
            self.event({"choices": [{"index": 0, "delta": {"reasoning_content": "hm", "content": None}}]})
            self.event(self.piece("three", "stop"))
        return self.chunk(b"")

    # /rerank

    def rerank(self, state, request):
        if state.options.get("shape") == "tei" and "texts" not in request:
            return self.refuse(422, "missing field texts")
        documents = request.get("texts", request.get("documents"))
        wanted = set(request["query"].split())
        scores = [float(len(wanted & set(document.split()))) for document in documents]
        order = sorted(range(len(scores)), key=lambda place: -scores[place])
        fault = next(filter(None, map(fault_in, documents)), None)
        if fault == "null":
            scores[0] = None
        if fault == "count":
            order.pop()
        if state.options.get("shape") == "tei":
            return self.answer(200, [{"index": place, "score": scores[place]} for place in order])
        found = [{"index": place, "relevance_score": scores[place]} for place in order]
        return self.answer(200, {"results": found, "model": request["model"]})


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, *_):
        pass


def main():
    global program
    if sys.argv[1:2] == ["--program"]:
        program = subprocess.Popen(sys.argv[2:3], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    server = Server(("127.0.0.1", 0), Handler)
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    sys.exit(main())
