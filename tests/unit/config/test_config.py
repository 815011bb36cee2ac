"""The configuration: what each variable becomes, and how mistakes are told."""

from __future__ import annotations

import pytest

from bridge import config
from bridge.config import Config
from bridge.config.settings import SETTINGS
from bridge.errors import ConfigError

CANARY = "canary-" + "x" * 32


def problems(**environment: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        config.read(environment)
    return caught.value.problems


def test_without_any_variable_the_documented_defaults_hold() -> None:
    """What DESIGN and the docs promise to whoever sets nothing."""
    read = config.read({})
    assert read.database_url == "sqlite:///bridge.db"
    assert read.intercom_access_token == ""
    assert (read.intercom_region, read.intercom_version) == ("us", "2.16")
    assert read.base_url == "https://api.intercom.io"
    assert read.intercom_calls_per_minute == 10_000
    assert read.mappings == ("mappings",)
    assert (dict(read.admin_token), dict(read.read_token)) == ({}, {})
    assert (read.dry_run, read.test_events, read.inline_worker) == (False, False, False)
    assert (read.worker_threads, read.fold_seconds, read.lease_seconds) == (16, 1.0, 60)
    assert (read.max_body, read.retention_days) == (1_048_576, 30)
    assert (read.public_url, read.trusted_proxies) == ("", 0)
    assert (read.host, read.port, read.web_concurrency) == ("", 8000, 1)
    assert read.log_level == "INFO"


def test_every_setting_is_a_field_of_the_configuration() -> None:
    """And no field of it is without a setting, but the environment itself."""
    assert {one.field for one in SETTINGS} == set(Config.__slots__) - {"environment"}


def test_every_default_is_one_its_setting_accepts() -> None:
    """A default is read like any text."""
    for setting in SETTINGS:
        setting.parse(setting.default)


def test_all_problems_are_told_at_once() -> None:
    """One start, one list: not one mistake per deploy."""
    told = problems(
        PORT="http", INTERCOM_REGION="mars", LOG_LEVEL="loud", BRIDGE_MAX_BODY="-1", DYNO="web.1"
    )
    assert {line.split()[0] for line in told} == {
        *("DATABASE_URL", "INTERCOM_REGION", "BRIDGE_MAX_BODY", "PORT", "LOG_LEVEL")
    }
    assert len(told) == 5


def test_an_empty_variable_counts_as_not_set() -> None:
    """Platforms and compose files set empty ones."""
    read = config.read({"PORT": "", "BRIDGE_MAPPINGS": " "})
    assert (read.port, read.mappings) == (8000, ("mappings",))


@pytest.mark.parametrize(
    ("spelling", "host"),
    [
        ("US", "api.intercom.io"),
        ("usa", "api.intercom.io"),
        ("North-America", "api.intercom.io"),
        ("EU", "api.eu.intercom.io"),
        ("Europe", "api.eu.intercom.io"),
        ("european_union", "api.eu.intercom.io"),
        ("Ireland", "api.eu.intercom.io"),
        ("au", "api.au.intercom.io"),
        ("Australia", "api.au.intercom.io"),
    ],
)
def test_a_region_is_read_in_any_usual_spelling(spelling: str, host: str) -> None:
    """The workspace's data is where its region says."""
    assert config.read({"INTERCOM_REGION": spelling}).base_url == f"https://{host}"


def test_a_base_url_wins_over_the_region() -> None:
    """Without the slash that people paste behind it."""
    read = config.read({"INTERCOM_REGION": "eu", "INTERCOM_BASE_URL": "https://proxy.example/ic/"})
    assert read.base_url == "https://proxy.example/ic"


@pytest.mark.parametrize(
    "url",
    [
        "http://api.intercom.io",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
        "ftp://localhost",
        "api.intercom.io",
        "https://",
        "https://me:secret@api.intercom.io",
        "https://api.intercom.io?x=1",
        "https://[::1",
        "https://api.intercom.io:99999",
    ],
)
def test_the_token_is_never_sent_in_the_open_or_to_an_address_that_is_none(url: str) -> None:
    """Plain http is for this machine alone."""
    (told,) = problems(INTERCOM_BASE_URL=url)
    assert told.startswith("INTERCOM_BASE_URL must be an https address")


@pytest.mark.parametrize("host", ["localhost:8400", "127.0.0.1:8400", "127.8.8.8", "[::1]:1"])
def test_an_address_on_this_machine_is_a_sandbox_that_applies_test_events(host: str) -> None:
    """Nothing real can be changed there."""
    read = config.read({"INTERCOM_BASE_URL": f"http://{host}"})
    assert read.is_sandbox
    assert read.applies_tests


def test_a_live_workspace_gets_no_test_events_unless_it_is_said() -> None:
    """A test payment must not make somebody a customer."""
    assert not config.read({}).applies_tests
    assert config.read({"BRIDGE_TEST_EVENTS": "yes"}).applies_tests


@pytest.mark.parametrize("platform", ["DYNO", "RENDER", "FLY_APP_NAME", "K_SERVICE"])
def test_sqlite_is_refused_where_the_disk_does_not_last(platform: str) -> None:
    """What is acknowledged must outlive a restart."""
    (told,) = problems(**{platform: "x"})
    assert "PostgreSQL" in told
    assert platform in told
    assert config.read({platform: "x", "BRIDGE_SQLITE_IS_DURABLE": "1"}).is_sqlite
    assert not config.read({platform: "x", "DATABASE_URL": "postgres://h/d"}).is_sqlite


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("BRIDGE_DRYRUN", "BRIDGE_DRY_RUN"),
        ("BRIDGE_MAPPING", "BRIDGE_MAPPINGS"),
        ("BRIDGE_WORKER_THREAD", "BRIDGE_WORKER_THREADS"),
        ("INTERCOM_ACESS_TOKEN", "INTERCOM_ACCESS_TOKEN"),
        ("INTERCOM_API_VERSION", "INTERCOM_VERSION"),
    ],
)
def test_a_slip_in_a_name_is_told(name: str, meant: str) -> None:
    """A setting that is not read protects nobody."""
    (told,) = problems(**{name: "1"})
    assert told.startswith(f"{name} is not a setting; {meant} is")


@pytest.mark.parametrize(
    "name",
    [
        "BRIDGE_PORT",
        "BRIDGE_PORT_8000_TCP_ADDR",
        "BRIDGE_SERVICE_HOST",
        "BRIDGE_SERVICE_PORT",
        "BRIDGE_WORKER_SERVICE_HOST",
        "INTERCOM_WEBHOOK_SECRET",
        "INTERCOM_APP_ID",
        "STRIPE_WEBHOOK_SECRET",
    ],
)
def test_what_platforms_and_others_set_is_no_slip(name: str) -> None:
    """Kubernetes sets BRIDGE_PORT where a service is called bridge."""
    config.read({name: "tcp://10.0.0.1:8000"})


@pytest.mark.parametrize("text", ["1", "true", "YES"])
def test_a_switch_is_on_in_any_usual_spelling(text: str) -> None:
    """And nothing else is a switch."""
    assert config.read({"BRIDGE_DRY_RUN": text}).dry_run
    assert not config.read({"BRIDGE_DRY_RUN": "no"}).dry_run
    (told,) = problems(BRIDGE_DRY_RUN="on please")
    assert "must be 1 or 0" in told


@pytest.mark.parametrize("version", ["2.12", "1.4", "2", "latest", "2.13.1", "٢.١٦"])
def test_a_version_without_what_we_call_is_refused(version: str) -> None:
    """Version 2.13 is the first that reads a contact by external_id."""
    (told,) = problems(INTERCOM_VERSION=version)
    assert "2.13 or later" in told


@pytest.mark.parametrize("text", ["9" * 5000, "1.5", "0", "70000", "-1", "１"])  # noqa: RUF001
def test_a_number_out_of_bounds_is_refused_in_words(text: str) -> None:
    """No limit of the language shows through."""
    (told,) = problems(PORT=text)
    assert told.startswith("PORT must be a whole number from 1 to 65535")


@pytest.mark.parametrize("text", ["nan", "inf", "-1", "3601", "soon"])
def test_seconds_are_a_number_of_seconds(text: str) -> None:
    """Nothing that is compared with everything as false."""
    (told,) = problems(BRIDGE_FOLD_SECONDS=text)
    assert "from 0 to 3600" in told


def test_tokens_have_names_and_are_long() -> None:
    """A bare one is the admin's."""
    first, second = "a" * 32, "b" * 32
    read = config.read({"BRIDGE_ADMIN_TOKEN": f"{first} ops:{second}"})
    assert read.admin_token == {"admin": first, "ops": second}
    assert "32 characters" in problems(BRIDGE_ADMIN_TOKEN="ops:short")[0]
    assert "name of its own" in problems(BRIDGE_ADMIN_TOKEN=f"{first} {second}")[0]


def test_no_secret_is_ever_shown() -> None:
    """Neither by the repr nor by a problem, right or wrong."""
    read = config.read(
        {
            "DATABASE_URL": f"postgres://u:{CANARY}@h/d",
            "INTERCOM_ACCESS_TOKEN": CANARY,
            "BRIDGE_ADMIN_TOKEN": CANARY,
            "BRIDGE_READ_TOKEN": f"ops:{CANARY}",
            "STRIPE_WEBHOOK_SECRET": CANARY,
        }
    )
    assert "canary" not in repr(read)
    told = problems(
        DATABASE_URL=f"mysql://u:{CANARY}@h",
        INTERCOM_ACCESS_TOKEN=f"{CANARY} two",
        INTERCOM_BASE_URL=f"http://u:{CANARY}@h",
        BRIDGE_ADMIN_TOKEN=f"{CANARY} canary:x",
        BRIDGE_READ_TOKEN="canary",
    )
    assert len(told) == 5
    assert "canary" not in str(told)


def test_folders_of_mappings_are_separated_by_colons() -> None:
    """Empty ones are none."""
    assert config.read({"BRIDGE_MAPPINGS": "mine: :shipped"}).mappings == ("mine", "shipped")
    assert "must name a folder" in problems(BRIDGE_MAPPINGS=":")[0]


def test_the_environment_is_kept_as_it_was() -> None:
    """The secrets of sources are read from it later; a change of ours or theirs does not show."""
    environment = {"STRIPE_WEBHOOK_SECRET": "x"}
    read = config.read(environment)
    environment.clear()
    assert read.environment == {"STRIPE_WEBHOOK_SECRET": "x"}
