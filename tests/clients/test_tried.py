"""Generated clients and the guide's code for apps: compiled, and run against a gateway.

What has no compiler here is read by its grammar: Swift, and C#.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.clients.conftest import BIN, generated, run
from tests.contract.description import DOCUMENT
from tests.guides import blocks
from tests.running import Gateway, Simulator

PROGRAMS = Path(__file__).parent / "programs"
#: Android's own org.json, as Debian packages it.
ORG_JSON = Path("/usr/share/java/com.android.json.jar")
#: What a program prints of the call-back that it placed twice under one key, and of two refusals.
EXPECTED = {
    "same": True,
    "end": "Success",
    "fault": "number_impossible",
    "unknown": "outcome_unknown",
}


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A folder for what a test compiles."""
    return tmp_path


def placed(simulator: Simulator, number: str) -> int:
    return sum(call["form"]["fc_number"] == number for call in simulator.calls())


def test_the_client_for_python_places_follows_and_refuses(
    gateway: Gateway, simulator: Simulator
) -> None:
    output = run(
        BIN / "python", PROGRAMS / "place.py", gateway.origin,
        PYTHONPATH=str(generated("python").folder),
    )  # fmt: skip
    assert json.loads(output) == EXPECTED
    assert placed(simulator, "14163662811") == 1


def test_the_client_for_typescript_compiles_and_does_the_same(
    gateway: Gateway, simulator: Simulator, compilers: Path, program: Path
) -> None:
    sources = sorted(generated("typescript-fetch").folder.glob("**/*.ts"))
    assert sources
    (program / "client").symlink_to(generated("typescript-fetch").folder / "src")
    (program / "place.ts").write_text((PROGRAMS / "place.ts").read_text("utf-8"), "utf-8")
    (program / "node_modules").symlink_to(compilers)
    (program / "package.json").write_text('{"type": "commonjs"}')
    run(
        "node", compilers / "typescript" / "bin" / "tsc", "--strict", "--target", "es2022",
        "--module", "commonjs", "--preserveSymlinks", "--skipLibCheck", "--types", "node",
        "--outDir", "out", "place.ts", within=program,
    )  # fmt: skip
    output = run("node", "out/place.js", gateway.origin, within=program)
    assert json.loads(output) == EXPECTED
    assert placed(simulator, "14163662821") == 1


def test_the_types_of_the_client_for_kotlin_compile(compilers: Path, program: Path) -> None:
    folder = generated("kotlin").folder / "src" / "main" / "kotlin"
    types = [each for each in folder.rglob("*.kt") if each.parent.name == "models"]
    assert types
    kotlinc(compilers, program / "types.jar", *types, PROGRAMS / "Moshi.kt")


@pytest.mark.skipif(
    not ORG_JSON.exists(), reason="org.json is not here (apt-get install libandroid-json-java)"
)
def test_the_kotlin_of_the_guide_compiles_and_does_what_the_guide_says(
    gateway: Gateway, simulator: Simulator, compilers: Path, program: Path
) -> None:
    (program / "Guide.kt").write_text(blocks("mobile.md", "kotlin")[0], "utf-8")
    jar = program / "guide.jar"
    kotlinc(compilers, jar, program / "Guide.kt", PROGRAMS / "Place.kt", uses=str(ORG_JSON))
    library = compilers / "kotlin-compiler" / "lib" / "kotlin-stdlib.jar"
    output = run("java", "-cp", f"{jar}:{library}:{ORG_JSON}", "PlaceKt", gateway.origin)
    assert json.loads(output) == EXPECTED
    assert placed(simulator, "14163662831") == 1


@pytest.mark.parametrize("index", range(2))
def test_the_swift_of_the_guide_is_swift(program: Path, index: int) -> None:
    (program / "Guide.swift").write_text(blocks("mobile.md", "swift")[index], "utf-8")
    assert grammar("swift", program / "Guide.swift") == []


def test_the_client_for_swift_is_swift() -> None:
    # Not its Infrastructure, the same for every API: the grammar lags behind the newest Swift.
    folder = generated("swift6").folder / "Sources" / "CallbackGateway"
    sources = [*folder.glob("APIs/*.swift"), *folder.glob("Models/*.swift")]
    assert len(sources) > len(DOCUMENT["components"]["schemas"])
    assert grammar("swift", *sources) == []


@pytest.mark.parametrize("guide", ["backend.md", "identity.md"])
def test_the_c_sharp_of_a_guide_is_c_sharp(program: Path, guide: str) -> None:
    (program / "Guide.cs").write_text(blocks(guide, "csharp")[0], "utf-8")
    assert grammar("c_sharp", program / "Guide.cs") == []


@pytest.mark.parametrize(("language", "name"), [("swift", "swift6"), ("kotlin", "kotlin")])
def test_the_guides_calls_of_a_generated_client_name_what_it_has(language: str, name: str) -> None:
    sources = generated(name).sources()
    api = {"swift": "CallbacksAPI", "kotlin": "CallbacksApi"}[language]
    for word in (api, "startCallback", "callbackRequest", "CallbackRequest", "idempotencyKey"):
        assert word in blocks("mobile.md", language)[1]
        assert word in sources


def kotlinc(compilers: Path, jar: Path, *sources: Path, uses: str = "") -> None:
    """Compile to a jar; `uses` is another one that the sources need."""
    compiler = compilers / "kotlin-compiler" / "lib" / "kotlin-compiler.jar"
    home = compilers / "kotlin-compiler"
    classpath = ["-classpath", uses] if uses else []
    run(
        "java", "-cp", compiler, "org.jetbrains.kotlin.cli.jvm.K2JVMCompiler",
        "-kotlin-home", home, "-nowarn", *classpath, "-d", jar, *sources,
    )  # fmt: skip


def grammar(language: str, *sources: Path) -> list[str]:
    """List the places that are not of the language."""
    return run(BIN / "python", PROGRAMS / "grammar.py", language, *sources).splitlines()
