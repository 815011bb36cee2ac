"""The sandbox's faults, its orders over HTTP, its file and its page."""

import json
import signal
import subprocess
import sys
import time

import pytest
import requests

from bridge.errors import IntercomBusy
from bridge.intercom import calls
from bridge.intercom.client import Client
from bridge.intercom.sandbox import (
    Fault,
    Keeper,
    Rules,
    Sandbox,
    SandboxAddress,
    SandboxFile,
    SandboxServer,
    create_sandbox,
    fault_of,
    held,
    plant,
)


@pytest.mark.parametrize("after", [False, True])
def test_a_failure_comes_before_or_after_the_write(client, state, after):
    """Both look the same from outside, which is why a 500 may be a success."""
    state.faults.add(Fault("status", status=503, after=after, path="/contacts"))
    with pytest.raises(IntercomBusy) as caught:
        calls.create_contact(client, {"role": "lead"})
    assert (caught.value.status, caught.value.lost) == (503, True)
    assert len(state.contacts) == int(after)


def test_a_resource_is_throttled_alone(client, state):
    """Searches wait, the rest goes on."""
    state.faults.add(Fault("throttle", times=0, path="/contacts/search"))
    for _ in range(2):
        with pytest.raises(IntercomBusy) as caught:
            calls.search_by_email(client, "a@example.com")
        assert caught.value.resource_only is True
    calls.create_contact(client, {"role": "lead"})


@pytest.mark.parametrize("kind", ["delay", "drip"])
def test_slow_answers_meet_the_deadline(server, kind):
    """A delay, or an answer byte by byte, ends where the client's patience does."""
    server.state.faults.add(Fault(kind, seconds=0.2, path="/me"))
    hurried = Client(server.url, "t", timeout=0.1)
    with pytest.raises(IntercomBusy, match="no answer within"):
        calls.me(hurried)
    hurried.close()


def test_a_dripping_answer_is_whole_in_the_end(client, state):
    """For those who wait."""
    state.faults.add(Fault("drip", seconds=0.0001))
    assert calls.me(client)["app"]["id_code"] == "sandbox"


def test_a_lost_answer_reaches_a_test_client_as_an_error():
    """Without a socket to cut, the caller gets what a cut would be."""
    state = Sandbox()
    state.faults.add(Fault("lose"))
    asked = create_sandbox(state).test_client()
    with pytest.raises(ConnectionResetError):
        asked.post("/contacts", json={"role": "lead"}, headers={"Authorization": "Bearer t"})
    assert len(state.contacts) == 1


def test_faults_are_ordered_seen_and_cancelled_over_http(server):
    """A developer or a test in another process can do all of it."""
    url = f"{server.url}/_sandbox/faults"
    order = {"kind": "status", "status": 500, "times": 2, "method": "GET", "path": "/me"}
    with requests.Session() as session:
        assert session.post(url, json=order).status_code == 200
        assert session.get(f"{server.url}/me", headers=BEARER).status_code == 500
        assert [fault["times"] for fault in session.get(url).json()] == [1]
        assert session.delete(url).json() == []
        assert session.get(f"{server.url}/me", headers=BEARER).status_code == 200
        assert session.post(url, json={"kind": "earthquake"}).status_code == 400


BEARER = {"Authorization": "Bearer t", "Accept": "application/json"}


def test_contents_are_planted_seen_and_reset_over_http(server):
    """State in, state out, and an empty workspace again."""
    url = f"{server.url}/_sandbox"
    rows = {"contacts": [{"external_id": "u1", "tags": ["a"]}]}
    with requests.Session() as session:
        assert session.post(f"{url}/state", json=rows).json()["contacts"][0]["tags"] == ["a"]
        assert session.get(f"{url}/state").json()["tags"] == ["a"]
        assert session.post(f"{url}/state", json={"contacts": [{"shoe": 1}]}).status_code == 400
        session.get(f"{server.url}/me", headers=BEARER)
        served = session.get(f"{url}/calls").json()
        assert [(call["method"], call["path"], call["status"]) for call in served] == [
            ("GET", "/me", 200)
        ]
        assert session.post(f"{url}/reset").json()["contacts"] == []


def test_pages_of_other_sites_cannot_give_orders(server):
    """A browser tells where a request comes from, and strangers are refused."""
    strange = {"Sec-Fetch-Site": "cross-site"}
    answer = requests.post(f"{server.url}/_sandbox/reset", headers=strange, timeout=5)
    assert answer.status_code == 403


@pytest.mark.parametrize(
    ("method", "path", "more", "status"),
    [
        ("GET", "/nowhere", {}, 404),
        ("PATCH", "/contacts", {}, 404),
        ("GET", "/me", {"Accept": "text/html"}, 406),
        ("GET", "/me", {"Authorization": "Basic x"}, 401),
        ("GET", "/me", {"Authorization": ""}, 401),
    ],
)
def test_what_is_no_call_gets_the_error_envelope(server, method, path, more, status):
    """Unknown paths and methods, Accept headers and tokens included."""
    answer = requests.request(method, server.url + path, headers=BEARER | more, timeout=5)
    assert answer.status_code == status
    told = answer.json()
    assert told["type"] == "error.list"
    assert told["request_id"] == answer.headers["X-Request-Id"]
    assert told["errors"][0]["code"]


@pytest.mark.parametrize("body", [b"{", b"[]", b'"a"', b"\xff"])
def test_what_is_no_json_object_is_refused(server, body):
    """With parameter_invalid, as described."""
    answer = requests.post(f"{server.url}/contacts", data=body, headers=BEARER, timeout=5)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "parameter_invalid")


def test_a_body_is_read_whatever_it_is_called(server):
    """curl calls every body a form unless it is told."""
    form = BEARER | {"Content-Type": "application/x-www-form-urlencoded"}
    body = '{"role": "lead", "name": "Ada"}'
    answer = requests.post(f"{server.url}/contacts", data=body, headers=form, timeout=5)
    assert answer.json()["name"] == "Ada"
    served = requests.get(f"{server.url}/_sandbox/calls", timeout=5).json()
    assert served[0]["body"] == {"role": "lead", "name": "Ada"}


# --- the file -----------------------------------------------------------------------------------


def test_people_survive_a_restart(tmp_path):
    """What was held when the sandbox ended is there when it begins."""
    path = tmp_path / "sandbox.json"
    first = Sandbox()
    keeper = Keeper(first, path)
    plant(first, {"contacts": [{"external_id": "u1", "tags": ["a"], "companies": ["c1"]}]})
    keeper.close()
    second = Sandbox()
    Keeper(second, path).close()
    assert held(second) == held(first)
    assert [each.name for each in tmp_path.iterdir()] == ["sandbox.json"]


def test_changes_are_written_without_being_asked(tmp_path):
    """A killed sandbox loses a moment, not the day."""
    path = tmp_path / "sandbox.json"
    state = Sandbox()
    keeper = Keeper(state, path)
    plant(state, {"contacts": [{"external_id": "u1"}]})
    for _ in range(100):
        if path.exists() and json.loads(path.read_text())["contacts"]:
            break
        time.sleep(0.02)
    assert json.loads(path.read_text())["contacts"][0]["external_id"] == "u1"
    keeper.close()


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"serial": 1, "contacts": [{"x": 1}]}'])
def test_a_file_that_is_no_sandbox_is_left_alone(tmp_path, text):
    """It is named, and not overwritten."""
    path = tmp_path / "sandbox.json"
    path.write_text(text)
    with pytest.raises(SandboxFile, match=r"sandbox\.json"):
        Keeper(Sandbox(), path)
    assert path.read_text() == text


def test_an_address_in_use_is_told(server):
    """With the address, and what to do."""
    host, port = "127.0.0.1", int(server.url.rpartition(":")[2])
    with pytest.raises(SandboxAddress, match=f"{host}:{port}.*another port"):
        SandboxServer(host=host, port=port)


def test_a_sandbox_is_served_until_it_is_interrupted(tmp_path):
    """A process of its own, its people in a file."""
    script = (
        "import pathlib, signal, sys; from bridge.intercom.sandbox import serve; "
        "signal.signal(signal.SIGINT, signal.default_int_handler); "
        "serve(port=0, file=pathlib.Path(sys.argv[1]), ready=lambda u: print(u, flush=True))"
    )
    path = tmp_path / "sandbox.json"
    command = [sys.executable, "-c", script, str(path)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        sender = Client(process.stdout.readline().strip(), "t")
        calls.create_contact(sender, {"role": "lead", "name": "Ada"})
        sender.close()
        process.send_signal(signal.SIGINT)
        process.wait(10)
    assert json.loads(path.read_text())["contacts"][0]["name"] == "Ada"


# --- the page -----------------------------------------------------------------------------------


def test_the_page_shows_people_companies_and_calls(server, client, state):
    """It stands without JavaScript: everything is in the first answer."""
    calls.create_contact(client, {"role": "lead", "name": "Ada", "email": "ada@example.com"})
    company = {"company_id": "c1", "name": "Acme", "custom_attributes": {"region": "North"}}
    row = {"external_id": "u1", "name": "Bo", "tags": ["vip"], "companies": ["c1"]}
    plant(state, {"companies": [company], "contacts": [row]})
    answer = requests.get(server.url, timeout=5)
    for shown in ("Ada", "ada@example.com", "Bo", "vip", "Acme", "North", "/contacts"):
        assert shown in answer.text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_the_page_escapes_what_people_are_called(server, state):
    """Names, keys, values, tags and paths are text, never markup."""
    evil = "<script>alert(1)</script>"
    row = {"external_id": evil, "name": evil, "phone": evil, "tags": [evil]}
    plant(state, {"contacts": [row], "companies": [{"company_id": evil, "name": evil}]})
    requests.get(f"{server.url}/{evil}?q={evil}", headers=BEARER, timeout=5)
    first = requests.get(server.url, timeout=5).text
    later = requests.get(f"{server.url}/_sandbox/view", timeout=5).json()["html"]
    for page in (first, later):
        assert evil not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_the_page_asks_for_changes_only(server, state):
    """Nothing new is 204; a new person is a new mark with the new page."""
    url = f"{server.url}/_sandbox/view"
    mark = requests.get(url, timeout=5).json()["mark"]
    assert requests.get(url, params={"mark": mark}, timeout=5).status_code == 204
    plant(state, {"contacts": [{"name": "Newcomer"}]})
    told = requests.get(url, params={"mark": mark}, timeout=5).json()
    assert "Newcomer" in told["html"]
    assert told["mark"] != mark


@pytest.mark.parametrize(
    ("name", "status"),
    [("sandbox.css", 200), ("sandbox.js", 200), ("../page.py", 404), ("none", 404)],
)
def test_the_page_brings_its_own_style_and_script(server, name, status):
    """From the sandbox's folder and from nowhere else."""
    answer = requests.get(f"{server.url}/_sandbox/static/{name}", timeout=5)
    assert answer.status_code == status


# --- the switches -------------------------------------------------------------------------------


def test_latency_is_added_to_every_call():
    """As far as Intercom is away."""
    pauses = []
    asked = create_sandbox(Sandbox(rules=Rules(latency=0.08)), sleep=pauses.append).test_client()
    for _ in range(2):
        assert asked.get("/me", headers=BEARER).status_code == 200
    assert pauses == [0.08, 0.08]


def test_a_race_for_a_company_is_lost_and_may_be_run_again(client, state):
    """The words of Intercom, and a repeat that succeeds; other calls do not meet it."""
    state.faults.add(Fault("race"))
    calls.list_companies(client)
    with pytest.raises(IntercomBusy, match="unique_company_constraint: Company already exists"):
        calls.upsert_company(client, {"company_id": "c1"})
    assert calls.upsert_company(client, {"company_id": "c1"})["company_id"] == "c1"


def test_rules_are_changed_over_http(server):
    """Some of them, by name; a rule or value that there is not is told and changes nothing."""
    url = f"{server.url}/_sandbox/rules"
    with requests.Session() as session:
        assert session.put(url, json={"search_lag": 60, "fail_unarchive": True}).ok
        told = session.get(url).json()
        assert (told["search_lag"], told["fail_unarchive"]) == (60, True)
        for wrong in (
            {"x": 1},
            {"search_lag": -1},
            {"email_conflict": "no"},
            {"latency": None},
            [],
        ):
            assert session.put(url, json=wrong).status_code == 400
        assert session.get(url).json() == told


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("lose:POST:/contacts:3", Fault("lose", 3, "POST", "/contacts")),
        ("status=503", Fault("status", status=503)),
        ("after=500:PUT", Fault("status", method="PUT", status=500, after=True)),
        ("delay=2::/me:0", Fault("delay", 0, "", "/me", seconds=2.0)),
        ("drip=0.5", Fault("drip", seconds=0.5)),
        ("throttle:post:/contacts/search", Fault("throttle", 1, "POST", "/contacts/search")),
        ("race", Fault("race")),
    ],
)
def test_a_fault_is_written_on_one_line(text, fault):
    """Kind and value, method, path, how often."""
    assert fault_of(text) == fault


@pytest.mark.parametrize(
    "text", ["", "x", "lose=1", "status=x", "status=99", "lose:::x", "lose:::-1", "lose:a:b:1:c"]
)
def test_what_is_no_fault_is_told(text):
    """With the kinds or the form that there are."""
    with pytest.raises(ValueError, match=r"fault"):
        fault_of(text)


def test_the_command_takes_every_switch_and_saves_when_it_is_told_to_end(tmp_path):
    """SIGTERM, as platforms and `bridge run` end a process, loses nobody."""
    path = tmp_path / "sandbox.json"
    command = [sys.executable, "-m", "bridge", "sandbox", "--port", "0", "--state", str(path)]
    command += ["--lag", "60", "--latency", "1", "--limit", "600", "--rule", "event_names=3"]
    command += ["--fault", "lose:POST:/contacts:1", "--fault", "status=503:GET:/me"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().split()[4].rstrip("/")
        sender = Client(url, "t")
        with pytest.raises(IntercomBusy, match="connection was cut"):
            calls.create_contact(sender, {"role": "lead", "name": "Ada", "email": "a@example.com"})
        with pytest.raises(IntercomBusy, match="503"):
            calls.me(sender)
        assert calls.search_by_email(sender, "a@example.com") == []
        rules = requests.get(f"{url}/_sandbox/rules", timeout=5).json()
        sender.close()
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    wanted = {"search_lag": 60, "latency": 0.001, "calls_per_minute": 600, "event_names": 3}
    assert wanted.items() <= rules.items()
    assert json.loads(path.read_text())["contacts"][0]["name"] == "Ada"
