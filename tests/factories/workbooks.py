"""Workbooks as another program works them out, after somebody typed into their cells."""

import io
import subprocess
from pathlib import Path
from typing import Any

import openpyxl

from app.messaging.rules.excel import name_in_excel

ALWAYS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry"><item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item></oor:items>"""


def named(book: Any, key: str) -> Any:
    sheet, _, cell = book.defined_names[name_in_excel(key)].attr_text.partition("!")
    return book[sheet.strip("'")][cell.replace("$", "")].value


def recalculated(tmp_path: Path, contents: dict[str, bytes]) -> dict[str, Any]:
    """The workbooks after LibreOffice has worked out every formula anew; read as values."""
    profile = tmp_path / "profile" / "user"
    profile.mkdir(parents=True)
    (profile / "registrymodifications.xcu").write_text(ALWAYS, encoding="utf-8")
    for name, content in contents.items():
        (tmp_path / f"{name}.xlsx").write_bytes(content)
    command = [
        "soffice",
        "--headless",
        f"-env:UserInstallation=file://{profile.parent}",
        "--convert-to",
        "xlsx",
        "--outdir",
        str(tmp_path / "out"),
    ]
    subprocess.run([*command, *(str(tmp_path / f"{name}.xlsx") for name in contents)], check=True, capture_output=True, timeout=180)
    return {name: openpyxl.load_workbook(tmp_path / "out" / f"{name}.xlsx", data_only=True) for name in contents}


def changed(content: bytes, figures: dict[str, float], outlook: str = "") -> bytes:
    """The workbook after somebody typed into its yellow cells; what was worked out before is gone."""
    book: Any = openpyxl.load_workbook(io.BytesIO(content))
    for key, value in figures.items():
        sheet, _, cell = book.defined_names[key].attr_text.partition("!")
        book[sheet.strip("'")][cell.replace("$", "")].value = value
    if outlook:
        book["Inputs"]["B3"].value = outlook
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
