"""What is shipped: the locks, the wheel, the image and how it is run."""

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version
from ruamel.yaml import YAML

ROOT = Path(__file__).parent.parent
LOCKS = ["requirements.txt", "requirements-dev.txt"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def read(name: str) -> str:
    return (ROOT / name).read_text()


def locked(name: str) -> dict[str, set[str]]:
    """Every pinned package of a lock and its versions; some differ between Python versions."""
    pins: dict[str, set[str]] = {}
    for package, version in re.findall(r"^([\w.-]+)==([\w.]+)", read(name), re.MULTILINE):
        pins.setdefault(package, set()).add(version)
    return pins


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_names_no_index_and_no_address(lock: str) -> None:
    assert "://" not in read(lock)
    assert not re.search(r"^-", read(lock), re.MULTILINE)


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_a_hash(lock: str) -> None:
    entries = re.split(r"^(?=[\w.-]+==)", read(lock), flags=re.MULTILINE)[1:]
    assert entries
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize(
    ("lock", "wanted"),
    [
        ("requirements.txt", PROJECT["project"]["dependencies"]),
        ("requirements.txt", PROJECT["dependency-groups"]["build"]),
        ("requirements-dev.txt", PROJECT["dependency-groups"]["dev"]),
    ],
)
def test_a_lock_satisfies_what_the_project_asks_for(lock: str, wanted: list[str]) -> None:
    pins = locked(lock)
    for requirement in map(Requirement, wanted):
        versions = pins.get(requirement.name, set())
        assert versions, f"{requirement.name} is not locked: make lock"
        assert all(Version(version) in requirement.specifier for version in versions)


def test_what_is_tested_is_what_is_run() -> None:
    assert locked("requirements.txt").items() <= locked("requirements-dev.txt").items()


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[zipfile.ZipFile]:
    """The wheel built from a copy of what the image is built from."""
    tree = tmp_path_factory.mktemp("tree")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tree)
    for name in ("bot", "config"):
        shutil.copytree(ROOT / name, tree / name, symlinks=True)
    build = "from setuptools.build_meta import build_wheel; build_wheel('dist')"
    subprocess.run([sys.executable, "-c", build], cwd=tree, check=True, capture_output=True)
    with zipfile.ZipFile(next(tree.glob("dist/*.whl"))) as archive:
        yield archive


def test_an_installed_package_carries_the_settings_that_people_read(wheel: zipfile.ZipFile) -> None:
    shipped = wheel.read("bot/targetwatch.toml")
    assert shipped == (ROOT / "config/targetwatch.toml").read_bytes()


def test_an_installed_package_is_whole(wheel: zipfile.ZipFile) -> None:
    files = (path for path in ROOT.glob("bot/**/*") if path.suffix in {".py", ".csv"})
    missing = {str(path.relative_to(ROOT)) for path in files} - set(wheel.namelist())
    assert missing == set()


def test_an_installed_package_is_nothing_but_the_bot(wheel: zipfile.ZipFile) -> None:
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"bot"}


def test_the_image_is_made_of_listed_files_only() -> None:
    rules = [line for line in read(".dockerignore").splitlines() if line and not line.startswith("#")]
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", read("Dockerfile"), re.MULTILINE)
    allowed = {rule.removeprefix("!") for rule in rules if rule.startswith("!")}
    assert rules[0] == "*"
    assert {source for sources in copied for source in sources.split()} == allowed


@pytest.mark.parametrize("novelty", ["--link", "--start-interval", "<<", "--mount"])
def test_old_builders_understand_the_dockerfile(novelty: str) -> None:
    assert novelty not in read("Dockerfile")


def test_the_container_has_no_more_rights_than_it_needs() -> None:
    service = YAML(typ="safe").load(read("docker-compose.yml"))["services"]["targetwatch"]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert {"mem_limit", "cpus", "pids_limit"} <= set(service)


def test_the_container_comes_up_without_a_token_and_gives_up_on_a_rejected_one() -> None:
    service = YAML(typ="safe").load(read("docker-compose.yml"))["services"]["targetwatch"]
    assert service["env_file"] == [{"path": ".env", "required": False}]
    assert re.fullmatch(r"on-failure:\d+", service["restart"])


def test_the_example_environment_names_keys_that_exist() -> None:
    named = re.findall(r"^#?TARGETWATCH_(\w+?)__(\w+)=", read(".env.example"), re.MULTILINE)
    assert named
    for section, key in named:
        table = read("config/targetwatch.toml").split(f"[{section.lower()}]")[1].split("\n[")[0]
        assert re.search(rf"^#? ?{key.lower()} *=", table, re.MULTILINE), f"{section}.{key}"


def test_make_alone_lists_every_target() -> None:
    targets = re.search(r"^\.PHONY: (.+)$", read("Makefile"), re.MULTILINE)
    assert targets
    explained = re.findall(r"^(\w+):.* ## \S", read("Makefile"), re.MULTILINE)
    assert sorted(explained) == sorted(targets[1].split())
