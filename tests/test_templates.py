"""Every template parses, keeps to the content security policy, and uses only what exists."""

import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import Environment, FileSystemLoader, nodes

from expo.navigation import NAVIGATION

ROOT = Path(__file__).resolve().parents[1]
TEMPLATES = ROOT / "templates"
PAGES = sorted(path for path in TEMPLATES.rglob("*.html"))
# Templates of papers are rendered to PDF, never sent to a browser: they carry their own style.
SENT = [path for path in PAGES if "pdf" not in path.relative_to(TEMPLATES).parts]
CONTROLLERS = {path.stem for path in (ROOT / "static" / "js").glob("*.js")}

environment = Environment(loader=FileSystemLoader(TEMPLATES), extensions=["jinja2.ext.i18n"], trim_blocks=True)


def name(path: Path) -> str:
    return str(path.relative_to(TEMPLATES))


def source(path: Path) -> str:
    """The template without its comments, which may show what must not be done."""
    return re.sub(r"\{#.*?#\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_a_template_parses_and_what_it_imports_exists(path: Path) -> None:
    tree = environment.parse(path.read_text(encoding="utf-8"))
    for node in tree.find_all((nodes.FromImport, nodes.Import, nodes.Extends, nodes.Include)):
        if isinstance(node.template, nodes.Const):
            wanted = TEMPLATES / node.template.value
            assert wanted.is_file(), f"{node.template.value} does not exist"
            if isinstance(node, nodes.FromImport):
                offered = {macro.name for macro in environment.parse(source(wanted)).find_all(nodes.Macro)}
                asked = {item[0] if isinstance(item, tuple) else item for item in node.names}
                assert asked <= offered, f"{node.template.value} has no {', '.join(sorted(asked - offered))}"


def test_a_template_knows_only_filters_that_the_site_has(app: Flask) -> None:
    for path in PAGES:
        app.jinja_env.compile(path.read_text(encoding="utf-8"), name=name(path))


@pytest.mark.parametrize("path", SENT, ids=name)
def test_a_page_has_no_inline_script_or_style(path: Path) -> None:
    text = source(path)
    for tag in re.findall(r"<script\b[^>]*>", text):
        assert "src=" in tag, f"inline script: {tag}"
    assert not re.search(r"<style\b", text), "inline style sheet"
    # A text such as "style = x" in a Jinja expression is no attribute: only what stands inside a tag counts.
    for tag in re.findall(r"<[a-zA-Z][^>]*>", text):
        assert not re.search(r"""\sstyle\s*=\s*["']""", tag), f"style attribute: {tag}"
        assert not re.search(r"""\son[a-z]+\s*=\s*["']""", tag), f"event attribute: {tag}"
        assert "javascript:" not in tag, f"script address: {tag}"


@pytest.mark.parametrize("path", SENT, ids=name)
def test_behaviours_named_by_a_page_exist(path: Path) -> None:
    named = re.findall(r"""data-controller="([^"{]*)["{]""", source(path))
    for names in named:
        for one in names.split():
            assert one in CONTROLLERS, f"static/js/{one}.js is missing"


def test_a_behaviour_exports_what_binds_it() -> None:
    shared = {"main", "bind", "texts"}
    for path in (ROOT / "static" / "js").glob("*.js"):
        text = path.read_text(encoding="utf-8")
        if path.stem not in shared and f'data-controller="{path.stem}' in "".join(source(p) for p in SENT):
            assert re.search(r"export default (async )?function", text), f"{path.name} has no default export"


def test_every_icon_that_is_used_is_in_the_sprite() -> None:
    offered = set(re.findall(r'id="([a-z0-9-]+)"', (ROOT / "static" / "img" / "icons.svg").read_text(encoding="utf-8")))
    for path in SENT:
        text = source(path)
        used = set(re.findall(r"""\bicon\(\s*["']([a-z0-9-]+)["']""", text))
        used |= set(re.findall(r"""\bicon=["']([a-z0-9-]+)["']""", text))
        assert used <= offered, f"{name(path)} uses {sorted(used - offered)}, not in the sprite: run scripts/icons"
    pictured = {entry.icon for group in NAVIGATION for entry in group.entries}
    assert pictured <= offered, f"expo/navigation.py uses {sorted(pictured - offered)}: run scripts/icons"


def test_colours_stand_in_the_tokens_only() -> None:
    linked = {sheet for path in SENT for sheet in re.findall(r"asset\('css/([a-z]+\.css)'\)", source(path))}
    assert "tokens.css" in linked
    for sheet in linked - {"tokens.css", "print.css"}:
        text = (ROOT / "static" / "css" / sheet).read_text(encoding="utf-8")
        found = re.findall(r":[^;{}]*(#[0-9a-fA-F]{3,8})\b", re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL))
        assert not found, f"{sheet}: give {sorted(set(found))} a name in tokens.css"


@pytest.mark.parametrize(("language", "word"), [("zh_Hans", "组件一览"), ("en", "Components")])
def test_all_components_are_shown_in_both_languages_and_without_inline_style(
    client: FlaskClient, language: str, word: str
) -> None:
    answer = client.get(f"/work/showcase?lang={language}&stage=5&q=隧道")
    assert answer.status_code == 200
    assert f"<h1>{word}</h1>" in answer.text
    assert not re.search(r"<[^>]*\s(style|on[a-z]+)=", answer.text)
    assert all("src=" in tag for tag in re.findall(r"<script\b[^>]*>", answer.text))


def test_a_page_that_is_not_there_is_answered_with_a_sentence(client: FlaskClient) -> None:
    answer = client.get("/nowhere")
    assert answer.status_code == 404
    assert "<h1>找不到页面</h1>" in answer.text
