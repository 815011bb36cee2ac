"""The client over real sockets: it ends in time, keeps nothing, follows nothing."""

import gc
import shutil
import socket
import ssl
import subprocess
import threading
import time
from pathlib import Path

import pytest

from bridge.errors import IntercomBusy, IntercomRefused, IntercomUnauthorized
from bridge.intercom import calls
from bridge.intercom import client as client_module
from bridge.intercom.client import Client
from bridge.intercom.sandbox import Fault, SandboxServer
from bridge.model import Answer, Call

READ = Call("get contact", "GET", "/contacts/5f")
WRITE = Call("create contact", "POST", "/contacts", {"role": "lead", "name": "Zoë"})


def good(body=b'{"type":"contact"}', *headers):
    lines = [b"HTTP/1.1 200 OK", b"Content-Length: %d" % len(body), *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def always(answer):
    return lambda connection, request: connection.sendall(answer)


def trickle(piece, head=b""):
    """Send a piece again and again, slower than the deadline but faster than a single wait."""

    def script(connection, request):
        connection.sendall(head)
        for _ in range(600):
            connection.sendall(piece)
            time.sleep(0.05)

    return script


@pytest.mark.parametrize(
    "script",
    [
        trickle(b"x", b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"),
        trickle(b"x", b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"),
        trickle(b"1\r\nx\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
        trickle(b"0", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
        trickle(b"X-More: 1\r\n", b"HTTP/1.1 200 OK\r\n"),
        trickle(b"H"),
        lambda connection, request: connection.recv(1),
    ],
    ids=["length", "until close", "chunks", "chunk size", "headers", "status line", "silence"],
)
def test_no_answer_outlives_the_deadline(scripted, script):
    """However an answer drips, the call ends at its total timeout, as one that may be done."""
    sender = Client(scripted(script).url, "t", timeout=0.3)
    with pytest.raises(IntercomBusy, match=r"no answer within 0\.3 s") as caught:
        sender.send(WRITE)
    assert caught.value.lost is True
    assert caught.value.status == 0
    sender.close()


def test_calls_share_a_connection_until_the_client_is_closed(scripted):
    """A call after that opens a new one."""
    server = scripted(always(good()))
    sender = Client(server.url, "t")
    for _ in range(3):
        sender.send(READ)
    assert server.connections == 1
    sender.close()
    sender.send(READ)
    assert server.connections == 2
    sender.close()


def test_a_cut_connection_may_have_been_a_write(scripted):
    """The other side hung up after it had read the request."""
    server = scripted(lambda connection, request: connection.shutdown(socket.SHUT_RDWR))
    sender = Client(server.url, "t")
    with pytest.raises(IntercomBusy, match="cut before the answer was complete") as caught:
        sender.send(WRITE)
    assert caught.value.lost is True
    with pytest.raises(IntercomBusy) as caught:
        sender.send(READ)
    assert caught.value.lost is False
    sender.close()


def test_half_an_answer_is_no_answer(scripted):
    """A body shorter than its length is not taken for the whole."""

    def half(connection, request):
        connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{"type":"contact"}')
        connection.shutdown(socket.SHUT_RDWR)

    sender = Client(scripted(half).url, "t")
    with pytest.raises(IntercomBusy) as caught:
        sender.send(WRITE)
    assert caught.value.lost is True
    sender.close()


def test_what_was_never_sent_is_not_lost():
    """Nobody listens: the call can be repeated without a look."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    sender = Client(f"http://127.0.0.1:{port}", "t")
    with pytest.raises(IntercomBusy, match="not sent: Connection refused") as caught:
        sender.send(WRITE)
    assert caught.value.lost is False


def test_an_answer_too_large_is_refused(scripted, monkeypatch):
    """Memory has a bound, told by the length or not."""
    monkeypatch.setattr(client_module, "MAX_ANSWER", 1000)
    body = b'"' + b"x" * 1000 + b'"'
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n"
    for answer in (good(body), chunked % (len(body), body)):
        sender = Client(scripted(always(answer)).url, "t")
        with pytest.raises(IntercomRefused, match="larger than any"):
            sender.send(READ)
        sender.close()


def test_no_redirect_is_followed(scripted):
    """The token goes nowhere but to the host it is for."""
    target = scripted(always(good()))
    moved = b"HTTP/1.1 302 Found\r\nLocation: %b/\r\nContent-Length: 0\r\n\r\n"
    first = scripted(always(moved % target.url.encode()))
    sender = Client(first.url, "t")
    with pytest.raises(IntercomRefused) as caught:
        sender.send(READ)
    assert caught.value.status == 302
    assert target.requests == []
    sender.close()


def test_no_cookie_is_kept(scripted):
    """Intercom's recent_write cookie does not come back with the next call."""
    server = scripted(always(good(b"{}", b"Set-Cookie: recent_write=1; path=/")))
    sender = Client(server.url, "t")
    for _ in range(2):
        sender.send(READ)
    assert len(server.requests) == 2
    assert b"cookie" not in server.requests[1].lower()
    sender.close()


def test_the_environment_names_no_proxy(scripted, monkeypatch):
    """Nothing that stands in the environment by chance gets to see the token."""
    proxy, server = scripted(always(good())), scripted(always(good()))
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    monkeypatch.setenv("NO_PROXY", "")
    sender = Client(server.url, "t")
    sender.send(READ)
    assert (len(server.requests), len(proxy.requests)) == (1, 0)
    sender.close()


def test_every_call_says_who_asks_for_which_version(scripted):
    """Version, token, Accept and the product's name are on each call."""
    server = scripted(always(good()))
    sender = Client(server.url + "/", "the-token", version="2.15")
    sender.send(WRITE)
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    lines = {line.strip().lower() for line in head.split(b"\r\n")}
    assert b"intercom-version: 2.15" in lines
    assert b"authorization: bearer the-token" in lines
    assert b"accept: application/json" in lines
    assert b"content-type: application/json" in lines
    assert any(line.startswith(b"user-agent: intercom-bridge/") for line in lines)
    assert body == b'{"role": "lead", "name": "Zo\\u00eb"}'
    sender.close()


def test_a_thread_has_one_connection_of_its_own(scripted):
    """A thread's calls share a connection, two threads do not."""
    server = scripted(always(good()))
    sender = Client(server.url, "t")

    def work():
        for _ in range(5):
            sender.send(READ)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(server.requests), server.connections) == (15, 3)
    sender.close()


def test_the_connection_of_a_thread_ends_with_it(scripted):
    """A worker that comes and goes leaves no socket behind."""
    ended = threading.Event()

    def script(connection, request):
        connection.sendall(good())
        if connection.recv(1) == b"":
            ended.set()

    sender = Client(scripted(script).url, "t")
    thread = threading.Thread(target=sender.send, args=(READ,))
    thread.start()
    thread.join()
    gc.collect()
    assert ended.wait(5)


def test_a_recording_client_shares_the_connections_and_tells_all(scripted):
    """Answers good and bad are told before anything is raised; the first client stays silent."""
    replies = iter([good(), b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", good()])
    server = scripted(lambda connection, request: connection.sendall(next(replies)))
    told: list[Answer] = []
    sender = Client(server.url, "t")
    recording = sender.recording(told.append)
    recording.send(READ)
    with pytest.raises(IntercomBusy):
        recording.send(READ)
    sender.send(READ)
    assert [answer.status for answer in told] == [200, 500]
    assert server.connections == 1
    sender.close()


def test_permits_are_taken_before_and_learn_after(scripted):
    """No call is made without leave, and every answer's headers are learnt from."""
    seen = []

    class Permits:
        def take(self, call):
            seen.append(("take", len(server.requests)))

        def learn(self, answer):
            seen.append(("learn", answer.headers["x-ratelimit-remaining"]))

    server = scripted(always(good(b"{}", b"X-RateLimit-Remaining: 9")))
    sender = Client(server.url, "t", permits=Permits())
    sender.send(READ)
    assert seen == [("take", 0), ("learn", "9")]
    sender.close()


def test_the_token_is_in_no_message(scripted):
    """Neither in an error nor in what the client says of itself."""
    server = scripted(always(b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n"))
    sender = Client(server.url, "very-secret")
    with pytest.raises(IntercomUnauthorized) as caught:
        sender.send(READ)
    assert "very-secret" not in f"{caught.value!r} {sender!r}"
    sender.close()


@pytest.mark.parametrize("token", ["", "  ", "a b", "a\nb", "tøken"])
def test_a_token_that_cannot_be_sent_is_refused_at_once(token):
    """And is not repeated in the message."""
    with pytest.raises(ValueError, match="blank or holds characters") as caught:
        Client("http://127.0.0.1:1", token)
    assert token.strip() == "" or token not in str(caught.value)


def test_ids_cannot_lead_to_another_path(scripted):
    """Slashes, questions and dots in an id stay inside their segment of the path."""
    server = scripted(always(good()))
    sender = Client(server.url, "t")
    calls.find_by_external_id(sender, "a/../b?c=d&e#f%2F")
    assert server.requests[0].startswith(
        b"GET /contacts/find_by_external_id/a%2F..%2Fb%3Fc%3Dd%26e%23f%252F HTTP/1.1"
    )
    for name in ("", " ", ".", ".."):
        with pytest.raises(IntercomRefused, match="nothing was sent"):
            calls.get_contact(sender, name)
    assert len(server.requests) == 1
    sender.close()


def test_a_lost_answer_of_the_sandbox_was_carried_out():
    """What the ledger of the bridge must reckon with can be had on demand."""
    with SandboxServer() as server:
        sender = Client(server.url, "t")
        server.state.faults.add(Fault("lose", method="POST", path="/contacts"))
        with pytest.raises(IntercomBusy) as caught:
            calls.create_contact(sender, {"role": "lead", "name": "Twin"})
        assert caught.value.lost is True
        assert [each.name for each in server.state.contacts.values()] == ["Twin"]
        calls.create_contact(sender, {"role": "lead", "name": "Other"})
        sender.close()


# --- addresses and TLS --------------------------------------------------------------------------


@pytest.fixture
def dead():
    """Give an address whose queue of connections is full: who connects waits."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    waiting = []
    for _ in range(4):
        waiting.append(socket.socket())
        waiting[-1].setblocking(False)
        waiting[-1].connect_ex(listener.getsockname())
    yield listener.getsockname()
    for each in (*waiting, listener):
        each.close()


def resolve_to(monkeypatch, *addresses):
    rows = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", address) for address in addresses]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: rows)


def test_dead_addresses_leave_time_for_one_that_lives(dead, monkeypatch):
    """Each gets its share of the time, so that the last one is reached before the deadline."""
    with SandboxServer() as server:
        alive = ("127.0.0.1", int(server.url.rpartition(":")[2]))
        resolve_to(monkeypatch, dead, dead, dead, alive)
        sender = Client("http://intercom.test", "t", timeout=1.0)
        assert calls.me(sender)["type"] == "admin"
        sender.close()


def test_when_all_addresses_are_dead_nothing_was_sent(dead, monkeypatch):
    """And it is told so: the call can be repeated without a look."""
    resolve_to(monkeypatch, dead, dead)
    sender = Client("http://intercom.test", "t", timeout=0.2)
    with pytest.raises(IntercomBusy, match="not sent: ") as caught:
        sender.send(WRITE)
    assert caught.value.lost is False


def test_a_host_without_an_address_is_told(monkeypatch):
    """In the system's own words."""

    def nobody(*_, **__):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nobody)
    with pytest.raises(IntercomBusy, match="not sent: Name or service not known"):
        Client("http://intercom.test", "t").send(WRITE)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    """Give a certificate for 127.0.0.1 that nobody but itself vouches for."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl, which makes the certificate, is not installed")
    path = tmp_path_factory.mktemp("tls") / "own.pem"
    made = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    named = ["-subj", "/CN=sandbox", "-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-keyout", str(path), "-out", f"{path}.crt"]
    subprocess.run([*made, *named, *files], check=True, capture_output=True)
    path.write_text(path.read_text() + Path(f"{path}.crt").read_text())
    return path


@pytest.fixture
def secure(scripted, certificate):
    """Give a scripted server behind TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)

    def start(script):
        server = scripted(script)
        server.wrap = lambda plain: context.wrap_socket(plain, server_side=True)
        server.url = server.url.replace("http:", "https:")
        return server

    return start


def test_calls_go_over_tls(secure, certificate, monkeypatch):
    """Several over one connection, to a server whose certificate is trusted."""
    monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", str(certificate))
    server = secure(always(good()))
    sender = Client(server.url, "t")
    for _ in range(2):
        assert sender.send(WRITE).status == 200
    assert (len(server.requests), server.connections) == (2, 1)
    sender.close()


def test_no_answer_over_tls_outlives_the_deadline(secure, certificate, monkeypatch):
    """The cut reaches through the TLS layer while another thread reads from it."""
    monkeypatch.setattr("requests.adapters.DEFAULT_CA_BUNDLE_PATH", str(certificate))
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"
    sender = Client(secure(trickle(b"x", head)).url, "t", timeout=0.5)
    with pytest.raises(IntercomBusy, match=r"no answer within 0\.5 s") as caught:
        sender.send(WRITE)
    assert caught.value.lost is True
    sender.close()


def test_a_certificate_nobody_vouches_for_gets_no_token(secure):
    """Nothing is sent, and the reason is told."""
    server = secure(always(good()))
    sender = Client(server.url, "t")
    with pytest.raises(IntercomBusy, match="not sent: the server's certificate") as caught:
        sender.send(WRITE)
    assert caught.value.lost is False
    assert server.requests == []
    sender.close()


def test_a_handshake_that_never_comes_ends_in_time(scripted):
    """A server that takes the connection and is silent from then on."""
    server = scripted(lambda connection, request: None)
    sender = Client(server.url.replace("http:", "https:"), "t", timeout=0.3)
    with pytest.raises(IntercomBusy, match="not sent") as caught:
        sender.send(WRITE)
    assert caught.value.lost is False
    sender.close()
