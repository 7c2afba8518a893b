"""Holds the deployment files to their schemas: check_manifests.py DOCKER_DIRECTORY

ManifestsIT lists the packages.
"""

import importlib
import importlib.resources
import importlib.util
import json
import pathlib
import re
import sys
import types

import jsonschema
import kubernetes_validate
import yaml


def without_code(package):
    """Makes the files of a package importable without running it, for it wants half a data centre."""
    directory = importlib.util.find_spec(package).submodule_search_locations[0]
    module = types.ModuleType(package)
    module.__path__ = [directory]
    sys.modules[package] = module
    return pathlib.Path(directory)


without_code("kserve")
without_code("kubernetes")
without_code("kubernetes.client")
COMPOSE = without_code("compose")


def model(name):
    """A generated class with the fields of a Kubernetes or KServe object."""
    for package in ("kserve.models", "kubernetes.client.models"):
        models = importlib.import_module(package)
        if hasattr(models, name):
            return getattr(models, name)
    raise AssertionError(f"no model {name}")


def check(value, kind, where):
    """Compares a value with its declared type, in depth; an unknown field ends it."""
    if match := re.fullmatch(r"[Ll]ist\[(.*)\]", kind):
        assert isinstance(value, list), f"{where}: no list"
        for index, element in enumerate(value):
            check(element, match[1], f"{where}[{index}]")
    elif match := re.fullmatch(r"[Dd]ict[\[(]str, (.*)[\])]", kind):
        assert isinstance(value, dict), f"{where}: no map"
        for key, element in value.items():
            check(element, match[1], f"{where}.{key}")
    elif kind == "object" or kind == "K8sIoApimachineryPkgApiResourceQuantity":
        pass
    elif kind in ("str", "bool", "int"):
        assert type(value) is {"str": str, "bool": bool, "int": int}[kind], f"{where}: not a {kind}"
    else:
        fields = model(kind)
        assert isinstance(value, dict), f"{where}: not a {kind}"
        types_by_key = {key: fields.openapi_types[name] for name, key in fields.attribute_map.items()}
        for key, element in value.items():
            assert key in types_by_key, f"{where}: {kind} has no field {key}"
            check(element, types_by_key[key], f"{where}.{key}")


KINDS = {"ServingRuntime": "V1alpha1ServingRuntime", "InferenceService": "V1beta1InferenceService"}


def documents(path):
    return [document for document in yaml.safe_load_all(path.read_text()) if document]


def main(docker):
    for path in sorted(docker.glob("kubernetes/*.yaml")):
        for document in documents(path):
            kubernetes_validate.validate(document, kubernetes_validate.latest_version(), strict=True)
            print(f"{path.name}: {document['kind']}")
    for path in sorted(docker.glob("kserve/*.yaml")):
        for document in documents(path):
            check(document, KINDS[document["kind"]], document["kind"])
            print(f"{path.name}: {document['kind']}")
    schema = json.loads((COMPOSE / "config" / "compose_spec.json").read_text())
    for path in sorted(docker.glob("compose*.yaml")):
        jsonschema.Draft7Validator(schema).validate(yaml.safe_load(path.read_text()))
        print(path.name)


main(pathlib.Path(sys.argv[1]))
