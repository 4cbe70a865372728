from __future__ import annotations

import importlib
import json
from importlib.metadata import entry_points, version
from pathlib import Path

import airflow
import jsonschema
import pytest
from airflow.providers_manager import ProvidersManager

from airflow_lambda_bridge import __version__
from airflow_lambda_bridge.get_provider_info import get_provider_info
from airflow_lambda_bridge.hooks import LambdaBridgeHook


def test_airflow_finds_the_provider_by_its_entry_point() -> None:
    [entry] = [
        entry
        for entry in entry_points(group="apache_airflow_provider")
        if entry.value.startswith("airflow_lambda_bridge.")
    ]

    assert entry.load() is get_provider_info
    assert version("airflow-provider-lambda-bridge") == __version__


def test_the_provider_info_matches_airflow_s_schema() -> None:
    schema = json.loads((Path(airflow.__path__[0]) / "provider_info.schema.json").read_text())

    jsonschema.validate(get_provider_info(), schema)


def test_the_modules_and_classes_in_it_exist() -> None:
    info = get_provider_info()
    for part in ("operators", "sensors", "hooks", "triggers"):
        for module in info[part][0]["python-modules"]:
            importlib.import_module(module)
    for path in (*info["extra-links"], info["connection-types"][0]["hook-class-name"]):
        module, name = path.rsplit(".", 1)
        assert hasattr(importlib.import_module(module), name)


@pytest.mark.filterwarnings("ignore:ProvidersManager.hooks is deprecated")
def test_airflow_knows_the_connection_type_and_its_form() -> None:
    manager = ProvidersManager()

    hook = manager.hooks[LambdaBridgeHook.conn_type]
    assert hook is not None
    assert hook.connection_id_attribute_name == "bridge_conn_id"
    fields = {name for name in manager.connection_form_widgets if name.startswith("extra__lambda_bridge__")}
    assert {name.rsplit("__", 1)[-1] for name in fields} == {"timeout_seconds", "retry_seconds", "verify"}
    assert manager.field_behaviours["lambda_bridge"]["relabeling"]["password"] == "Token"
