"""A product of one page: it answers what the test has told it to answer."""

from __future__ import annotations

import base64
import json
import socket
import threading
from collections import defaultdict
from http.server import BaseHTTPRequestHandler
from urllib.parse import parse_qs, quote, urlsplit

from selftests.patient_server import PatientServer

HANG_SECONDS = 120.0
SLOW_SECONDS = 4.0
_CALLER = (
    "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:sts::{account}:assumed-role/reader/one</Arn>"
    "<UserId>AROA:one</UserId><Account>{account}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
)


class Product:
    """The answers for one project under test, by item; what is not named is "right".

    "once" is wrong the first time and right from then on; "hang" answers when the test is over; "slow" is right
    after a while.
    """

    def __init__(self, states: dict[str, str]) -> None:
        self.states = states
        self.things: dict[str, str] = {}
        self.made: list[str] = []
        self.asked: dict[str, int] = defaultdict(int)
        self.requests: list[str] = []
        """Method and path of every request, but for those to AWS."""
        self.account = "123456789012"
        """Whose login AWS says it is."""
        self.arrived = threading.Event()
        """Somebody waits for a hanging answer."""
        self.removing = threading.Event()
        """Somebody asks for a removal."""
        self.over = threading.Event()
        self._lock = threading.Lock()

    def state(self, item: str) -> str:
        with self._lock:
            self.asked[item] += 1
            state = self.states.get(item, "right")
            if state == "once":
                return "wrong" if self.asked[item] == 1 else "right"
        if state == "hang":
            self.arrived.set()
            self.over.wait(HANG_SECONDS)
        if state == "slow":
            self.over.wait(SLOW_SECONDS)
            return "right"
        return state

    def make(self, name: str) -> str:
        with self._lock:
            made = f"t{len(self.made)}"
            self.made.append(name)
            self.things[made] = name
        return made

    def remove(self, made: str) -> int:
        self.removing.set()
        if self.state("removal") == "refused":
            return 403
        if self.states.get("removal") == "held":
            self.over.wait(HANG_SECONDS)
        return 204 if self.things.pop(made, None) else 404


class Products(PatientServer):
    """One server on a free port for the products of all tests, each under a path of its own."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.products: dict[str, Product] = {}
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Nothing: runs are killed while they wait for an answer."""

    def stop(self) -> None:
        for product in self.products.values():
            product.over.set()
        self.shutdown()
        self.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    server: Products

    def do_GET(self) -> None:
        product, path, query = self._asked()
        match path:
            case ["state", item]:
                self._answer(200, product.state(item))
            case ["things", made]:
                product.state("use")
                self._answer(200, product.things.get(made, "gone"))
            case ["echo"]:
                token = query.get("token", [""])[0]
                coded = base64.b64encode(token.encode()).decode()
                self._answer(200, f"{token} {quote(token, safe='')} {coded} {json.dumps(token)}")
            case _:
                self._answer(404, "no such page")

    def do_POST(self) -> None:
        product, path, _ = self._asked()
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if path == ["aws"]:
            self._answer(200, _CALLER.format(account=product.account))
        else:
            self._answer(201, product.make(json.loads(body)["name"]))

    def do_DELETE(self) -> None:
        product, path, _ = self._asked()
        self._answer(product.remove(path[-1]), "")

    def _asked(self) -> tuple[Product, list[str], dict[str, list[str]]]:
        parts = urlsplit(self.path)
        name, *path = parts.path.strip("/").split("/")
        product = self.server.products[name]
        if path != ["aws"]:
            product.requests.append(f"{self.command} /{'/'.join(path)}")
        return product, path, parse_qs(parts.query)

    def _answer(self, status: int, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Nothing: the tests say what happened."""


def closed_port() -> str:
    """An address on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"http://127.0.0.1:{server.getsockname()[1]}"
