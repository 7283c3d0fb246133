"""Names of WordprocessingML that several modules of the merge share."""

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
XML_SPACE = "{http://www.w3.org/XML/1998/namespace}space"


def w(name: str) -> str:
    """The qualified name of an element or attribute."""
    return W + name


P, R, T, RPR = w("p"), w("r"), w("t"), w("rPr")
TBL, TR, TC = w("tbl"), w("tr"), w("tc")
BR, TAB = w("br"), w("tab")
VAL = w("val")
