"""The files of `deploy/` against what can judge them without a cloud or a container engine.

Ray's own launcher reads `aws.yaml` and starts its machines in an AWS that moto makes inside this
process, with the rights that `aws-access.yaml` gives; no request leaves it.
"""

import re
import shlex
import subprocess
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from photochrom.cli.main import cli

ROOT = Path(__file__).resolve().parent.parent
CLUSTER = (ROOT / "deploy/aws.yaml").read_text(encoding="utf-8")
ACCESS = (ROOT / "deploy/aws-access.yaml").read_text(encoding="utf-8")
SHARED = re.compile(r"^  # (- .*|  .*)$", re.MULTILINE)  # commented commands
REGION = "us-west-2"
BUCKET = "pictures"
KINDS = ("head", "worker")

boto3 = pytest.importorskip("boto3")
botocore = pytest.importorskip("botocore.exceptions")
moto = pytest.importorskip("moto")
yaml = pytest.importorskip("yaml")
ray_aws = pytest.importorskip("ray.autoscaler._private.aws.utils")
ray_tags = pytest.importorskip("ray.autoscaler.tags")
ray_util = pytest.importorskip("ray.autoscaler._private.util")


def read(text: str = CLUSTER) -> dict[str, Any]:
    config = yaml.safe_load(text)
    assert isinstance(config, dict)
    return config


def with_shared_folder() -> str:
    """The cluster file with the commands for the shared folder taken in."""
    before, shared = CLUSTER.split("  # A training keeps", maxsplit=1)
    return before + SHARED.sub(r"  \1", f"  # A training keeps{shared}")


def prepared(config: dict[str, Any]) -> dict[str, Any]:
    """What Ray makes of a cluster file before it asks any cloud; raises on a wrong one."""
    whole: dict[str, Any] = ray_util.prepare_config(config)
    ray_util.validate_config(whole)
    return whole


@pytest.mark.parametrize("text", [CLUSTER, with_shared_folder()], ids=["plain", "shared folder"])
def test_ray_accepts_the_cluster_file(text: str) -> None:
    whole = prepared(read(text))
    head, worker = (whole["available_node_types"][name] for name in KINDS)
    assert (head["min_workers"], head["max_workers"]) == (0, 0)
    assert (worker["min_workers"], worker["max_workers"]) == (0, whole["max_workers"])
    assert whole["idle_timeout_minutes"] == 5
    mounted = any("mount -t nfs4" in command for command in whole["setup_commands"])
    assert mounted == (text != CLUSTER)


def broken() -> Iterator[tuple[str, dict[str, Any]]]:
    yield "an unknown key", {**read(), "idle_timeout": 5}
    yield "no such head", {**read(), "head_node_type": "chief"}
    config = read()
    config["available_node_types"]["worker"]["min_workers"] = 9
    yield "more machines at least than at most", config
    config = read()
    config["setup_commands"].append({"pip": "install"})
    yield "a command that is none", config
    config = read()
    del config["available_node_types"]["worker"]["node_config"]
    yield "a machine without a description", config


@pytest.mark.parametrize("what", [what for what, _ in broken()])
def test_ray_refuses_a_broken_copy_of_it(what: str) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    with pytest.raises((ValueError, jsonschema.ValidationError)):
        prepared(dict(broken())[what])


@pytest.mark.parametrize("text", [CLUSTER, with_shared_folder()], ids=["plain", "shared folder"])
def test_every_command_of_the_machines_is_one_a_shell_can_read(text: str) -> None:
    config = read(text)
    kinds = [key for key in config if key.endswith("_commands")]
    commands = [command for kind in kinds for command in config[kind]]
    assert len(commands) > 8
    for command in commands:
        found = subprocess.run(
            ["bash", "-n"], check=False, input=command, text=True, capture_output=True
        )
        assert found.stderr == "", command


def test_what_the_machines_install_is_what_the_project_offers() -> None:
    (command,) = (c for c in read()["setup_commands"] if "photochrom-*.whl" in c)
    (wanted,) = re.findall(r"\.whl\)\[([a-z0-9,]+)\]", command)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    assert set(wanted.split(",")) <= set(extras)
    requirement = pytest.importorskip("packaging.requirements").Requirement
    (allowed,) = (requirement(each) for each in extras["cluster"] if each.startswith("ray["))
    (version,) = set(re.findall(r"'ray\[default\]==([0-9.]+)'", CLUSTER))
    assert allowed.specifier.contains(version)


@pytest.fixture
def cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An AWS of its own, with the roles of `aws-access.yaml` and two buckets."""
    monkeypatch.setenv("HOME", str(tmp_path))  # Ray keeps the key there
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))  # and what it found out here
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    with moto.mock_aws():
        boto3.client("cloudformation").create_stack(
            StackName="photochrom-access",
            TemplateBody=ACCESS,
            Parameters=[{"ParameterKey": "Bucket", "ParameterValue": BUCKET}],
            Capabilities=["CAPABILITY_NAMED_IAM"],
        )
        for name in (BUCKET, "others"):
            place = {"LocationConstraint": REGION}
            boto3.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration=place)
        yield


def become(role: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Do all that follows with the rights of a role, as its machines do."""
    arn = f"arn:aws:iam::123456789012:role/{role}"
    keys = boto3.client("sts").assume_role(RoleArn=arn, RoleSessionName="test")["Credentials"]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", keys["AccessKeyId"])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", keys["SecretAccessKey"])
    monkeypatch.setenv("AWS_SESSION_TOKEN", keys["SessionToken"])
    boto3.setup_default_session()
    ray_aws.resource_cache.cache_clear()  # Ray keeps its connections
    ray_aws.client_cache.cache_clear()


def refused(what: str, **options: Any) -> bool:
    """Whether AWS denies a request, such as `s3.put_object`."""
    service, action = what.split(".")
    try:
        getattr(boto3.client(service), action)(**options)
    except botocore.ClientError as error:
        assert error.response["Error"]["Code"] in ("AccessDenied", "UnauthorizedOperation")
        return True
    return False


@pytest.mark.usefixtures("cloud")
@pytest.mark.parametrize("role", ["photochrom-head", "photochrom-worker"])
def test_machines_reach_one_bucket_and_nothing_else(
    role: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    become(role, monkeypatch)

    @moto.core.set_initial_no_auth_action_count(0)
    def judge() -> None:
        assert not refused("s3.put_object", Bucket=BUCKET, Key="a.jpg", Body=b"a")
        assert not refused("s3.get_object", Bucket=BUCKET, Key="a.jpg")
        assert not refused("s3.list_objects_v2", Bucket=BUCKET)
        assert not refused("s3.delete_object", Bucket=BUCKET, Key="a.jpg")
        assert refused("s3.put_object", Bucket="others", Key="a.jpg", Body=b"a")
        assert refused("s3.list_objects_v2", Bucket="others")
        assert refused("s3.delete_bucket", Bucket=BUCKET)
        assert refused("iam.list_users")
        assert refused("ec2.describe_instances") == (role == "photochrom-worker")

    judge()


def machines() -> dict[str, list[dict[str, Any]]]:
    """Every machine that runs, by its kind for Ray."""
    found: dict[str, list[dict[str, Any]]] = {"head": [], "worker": []}
    running = [{"Name": "instance-state-name", "Values": ["pending", "running"]}]
    for group in boto3.client("ec2").describe_instances(Filters=running)["Reservations"]:
        for machine in group["Instances"]:
            tags = {tag["Key"]: tag["Value"] for tag in machine["Tags"]}
            found[tags[ray_tags.TAG_RAY_NODE_KIND]].append(machine)
    return found


def few_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave those of the cluster file of AWS' thousand, whose whole list Ray asks for thrice."""
    asked = {read()["available_node_types"][name]["node_config"]["InstanceType"] for name in KINDS}
    backend = pytest.importorskip("moto.ec2.models.instance_types").InstanceTypeBackend
    known = [kind for kind in backend.instance_types if kind["InstanceType"] in asked]
    assert len(known) == len(asked)  # each of them is one that AWS has
    monkeypatch.setattr(backend, "instance_types", known)


@pytest.mark.usefixtures("cloud")
@pytest.mark.filterwarnings("ignore::ResourceWarning")  # Ray leaves its own files open
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_ray_starts_the_head_and_the_head_starts_and_stops_workers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    commands = pytest.importorskip("ray.autoscaler._private.commands")
    providers = pytest.importorskip("ray.autoscaler._private.providers")
    monkeypatch.setattr(commands, "POLL_INTERVAL", 0)
    few_machines(monkeypatch)

    config = commands._bootstrap_config(read(), no_config_cache=True)
    head, worker = (config["available_node_types"][name] for name in KINDS)
    assert head["resources"] == {"CPU": 0}
    assert worker["resources"]["CPU"] == 16  # as AWS says of this machine
    provider = providers._get_node_provider(config["provider"], config["cluster_name"], False)
    tags = {ray_tags.TAG_RAY_NODE_KIND: "head"}
    provider.create_node(head["node_config"], tags, 1)
    _, taken_along = commands._set_up_config_for_head_node(config, provider, False)

    become("photochrom-head", monkeypatch)

    @moto.core.set_initial_no_auth_action_count(0)
    def on_the_head() -> None:
        config = commands._bootstrap_config(read(Path(taken_along.name).read_text()), True)
        provider = providers._get_node_provider(config["provider"], config["cluster_name"], False)
        tags = {ray_tags.TAG_RAY_NODE_KIND: "worker"}
        provider.create_node(config["available_node_types"]["worker"]["node_config"], tags, 2)
        began = machines()
        assert [each.get("InstanceLifecycle") for each in began["head"]] == [None]
        assert {each["InstanceLifecycle"] for each in began["worker"]} == {"spot"}
        for kind, several in began.items():
            for each in several:
                assert each["IamInstanceProfile"]["Arn"].endswith(f"/photochrom-{kind}")
        commands.teardown_cluster(taken_along.name, True, True, None, False)
        left = machines()
        assert (len(left["head"]), len(left["worker"])) == (1, 0)

    on_the_head()


def shell_lines() -> list[tuple[str, str]]:
    """Every command of the cluster file's head and of the shell blocks of the pages."""
    commented = re.sub(r"\\\n#", "", CLUSTER)
    found = [("aws.yaml", line) for line in re.findall(r"^#   \$ (.*)$", commented, re.MULTILINE)]
    for name in ("docs/how-to/aws.md", "docs/how-to/container.md", "deploy/README.md"):
        page = ROOT / name
        text = page.read_text(encoding="utf-8") if page.exists() else ""
        for block in re.findall(r"^```shell\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
            found += [(name, line) for line in block.replace("\\\n", " ").splitlines()]
    return found


def accept(command: click.Command, words: list[str]) -> None:
    while isinstance(command, click.Group):
        command, words = command.commands[words[0]], words[1:]
    command.make_context("example", words)  # raises on unknown or missing options


@pytest.mark.parametrize(("page", "line"), [x for x in shell_lines() if x[1].startswith("ray ")])
def test_every_command_for_the_cluster_is_accepted(page: str, line: str) -> None:
    programs = {"ray": pytest.importorskip("ray.scripts.scripts").cli, "photochrom": cli}
    words = shlex.split(line)
    lines = [words]
    if words[1] == "exec":  # what the head is told
        lines += [shlex.split(each) for each in words[-1].split(";")]
    for program, *rest in lines:
        assert program in (*programs, "sudo"), page
        if program in programs:
            accept(programs[program], rest)
