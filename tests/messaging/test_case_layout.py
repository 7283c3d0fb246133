"""How the files of a business case look once drawn, with a long name, long words and a logo: nothing covers anything else."""

import io
from base64 import b64encode
from typing import Any

import openpyxl
import pypdfium2
import pytest

from app.core.office.convert import convert
from app.messaging.rules.case import Filled
from app.web.valuecase import CasePlaces, build_case, make_file
from tests.factories.values import definition, model_of, picture

LONG = (
    "Norvik Freight and Cold Storage Holding International Beteiligungsgesellschaft mit beschränkter Haftung & Compagnie "
    "Kommanditgesellschaft, Hamburg"
)
LOGO = f"data:image/png;base64,{b64encode(picture(640, 40)).decode()}"
Box = tuple[float, float, float, float]


def made(key: str, name: str, filled: Filled) -> bytes:
    model = model_of(definition(name))
    return make_file(model, build_case(model, filled, CasePlaces("/x", "/x")), filled, key).content


def boxes(pdf: bytes) -> list[tuple[Box, list[Box]]]:
    """Each page's own box, and those of the words on it: left, bottom, right, top."""
    found = []
    for page in pypdfium2.PdfDocument(pdf):
        text, (width, height) = page.get_textpage(), page.get_size()
        found.append(((0.0, 0.0, width, height), [text.get_rect(number) for number in range(text.count_rects())]))
    return found


def over_one_another(one: Box, other: Box) -> bool:
    """Whether two boxes cover more of each other than the tails of letters do."""
    wide, high = min(one[2], other[2]) - max(one[0], other[0]), min(one[3], other[3]) - max(one[1], other[1])
    return wide > 1 and high > 0.3 * min(one[3] - one[1], other[3] - other[1])


@pytest.mark.office
@pytest.mark.parametrize("key", ["docx", "xlsx", "pptx"])
@pytest.mark.parametrize("name", ["value-model-waiting-fees", "value-model-gate-hours"])
def test_nothing_is_drawn_over_anything_else(name: str, key: str) -> None:
    filled = Filled(company=LONG, logo=LOGO, words={"why_now": "The new hall opens in May. " * 70})
    pages = boxes(convert(made(key, name, filled), key, "pdf"))
    assert sum(len(words) for _, words in pages) > 50
    for page, words in pages:
        assert all(page[0] <= left and page[1] <= bottom and right <= page[2] and top <= page[3] for left, bottom, right, top in words)
        assert [(one, other) for number, one in enumerate(words) for other in words[number + 1 :] if over_one_another(one, other)] == []


def test_units_stand_off_from_the_figures() -> None:
    book: Any = openpyxl.load_workbook(io.BytesIO(made("xlsx", "value-model-waiting-fees", Filled())))
    for sheet, row in (("Inputs", 6), ("Calculation", 1)):
        for cell in (one for one in book[sheet]["C"][row - 1 :] if one.value):
            assert (cell.alignment.horizontal, cell.alignment.indent) == ("left", 1), cell.coordinate
