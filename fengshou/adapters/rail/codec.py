"""Fills a form into XML and reads it back, strictly: every element known, in order, once, and well-formed.

What does not fit its form exactly is `BadMessage`; nobody guesses what a bank might have meant.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from xml.etree.ElementTree import Element as Node
from xml.etree.ElementTree import SubElement, register_namespace, tostring

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from fengshou.adapters.rail.forms import FORMS, HEADER, KINDS, Form

WRAPPER = "urn:fengshou:rail:1"
CURRENCY = "CNY"
MESSAGES_MAX = 500
Values = Mapping[str, str]

# Prefixes that a person can read; to a program they mean nothing.
register_namespace("rail", WRAPPER)
for _form in (HEADER, *FORMS.values()):
    register_namespace("".join(_form.name.split(".")[:2]), _form.namespace)


class BadMessage(Exception):
    """XML that is not one of the rail's messages."""


def write(header: Values, name: str, body: Values) -> Node:
    """One message with its header, as `BizMsg`. Raises `BadMessage` when a value does not fit its form."""
    wrapper = Node(f"{{{WRAPPER}}}BizMsg")
    _fill(SubElement(wrapper, _tag(HEADER, "AppHdr")), HEADER, header)
    form = FORMS[name]
    document = SubElement(wrapper, _tag(form, "Document"))
    _fill(SubElement(document, _tag(form, form.root)), form, body)
    return wrapper


def read(wrapper: Node) -> tuple[dict[str, str], str, dict[str, str]]:
    """The header's values, the message's name and its values. Raises `BadMessage`."""
    parts = list(wrapper)
    if wrapper.tag != f"{{{WRAPPER}}}BizMsg" or wrapper.attrib or len(parts) != 2:
        raise BadMessage("not a BizMsg of a header and a document")
    head, document = parts
    if head.tag != _tag(HEADER, "AppHdr"):
        raise BadMessage("no business application header")
    header = _read(head, HEADER)
    form = FORMS.get(header["MsgDefIdr"])
    if form is None or document.tag != _tag(form, "Document") or len(document) != 1:
        raise BadMessage("the document is not what the header says")
    if document[0].tag != _tag(form, form.root):
        raise BadMessage("the document holds another message")
    return header, form.name, _read(document[0], form)


def to_bytes(node: Node) -> bytes:
    """XML with declaration, UTF-8."""
    return bytes(tostring(node, encoding="utf-8", xml_declaration=True))


def from_bytes(data: bytes) -> Node:
    """Parse without document types, entities or anything from outside. Raises `BadMessage`."""
    try:
        return fromstring(data, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:  # LookupError: an encoding
        raise BadMessage("not well-formed XML") from error


def bind(nodes: list[Node], cursor: str) -> Node:
    """A batch of messages and the cursor to ask with next."""
    batch = Node(f"{{{WRAPPER}}}Batch", {"next": cursor})
    batch.extend(nodes)
    return batch


def unbind(batch: Node) -> tuple[list[Node], str]:
    """The messages of a batch, unread, and its cursor. Raises `BadMessage`."""
    cursor = batch.get("next")
    if batch.tag != f"{{{WRAPPER}}}Batch" or not cursor or len(cursor) > 64 or len(batch) > MESSAGES_MAX:
        raise BadMessage("not a batch")
    return list(batch), cursor


def _tag(form: Form, name: str) -> str:
    return f"{{{form.namespace}}}{name}"


def _fill(root: Node, form: Form, values: Values) -> None:
    """Add the form's elements below `root`; elements that share a beginning share the nodes of it."""
    open_: list[tuple[str, Node]] = []
    for element in form.elements:
        text = values.get(element.path)
        if text is None:
            if element.required:
                raise BadMessage(f"{form.name}: {element.path} is missing")
            continue
        if not KINDS[element.kind].fullmatch(text):
            raise BadMessage(f"{form.name}: {element.path} is not of kind {element.kind}")
        names = element.path.split("/")
        shared = 0
        while shared < min(len(open_), len(names)) and open_[shared][0] == names[shared]:
            shared += 1
        del open_[shared:]
        for name in names[shared:]:
            open_.append((name, SubElement(open_[-1][1] if open_ else root, _tag(form, name))))
        leaf = open_[-1][1]
        leaf.text = text
        if element.kind == "amount":
            leaf.set("Ccy", CURRENCY)


def _read(root: Node, form: Form) -> dict[str, str]:
    """Walk document and form side by side; the document may skip optional lines, nothing else."""
    found: dict[str, str] = {}
    lines = iter(form.elements)
    for path, node in _leaves(root, form):
        for element in lines:
            if element.path == path:
                break
            if element.required:
                raise BadMessage(f"{form.name}: {element.path} is missing or out of place")
        else:
            raise BadMessage(f"{form.name}: {path} is unknown, repeated or out of place")
        text = node.text or ""
        if not KINDS[element.kind].fullmatch(text):
            raise BadMessage(f"{form.name}: {path} is not of kind {element.kind}")
        if node.attrib != ({"Ccy": CURRENCY} if element.kind == "amount" else {}):
            raise BadMessage(f"{form.name}: {path} carries other attributes")
        found[path] = text
    if missing := next((element.path for element in lines if element.required), None):
        raise BadMessage(f"{form.name}: {missing} is missing")
    return found


def _leaves(root: Node, form: Form, above: str = "") -> Iterator[tuple[str, Node]]:
    space = f"{{{form.namespace}}}"
    seen: set[str] = set()
    for child in root:
        if not isinstance(child.tag, str) or not child.tag.startswith(space):
            raise BadMessage(f"{form.name}: foreign element below {above or form.root}")
        if (child.tail or "").strip():
            raise BadMessage(f"{form.name}: text between elements")
        name = child.tag.removeprefix(space)
        if name in seen:
            raise BadMessage(f"{form.name}: {above}{name} is repeated")
        seen.add(name)
        if len(child) == 0:
            yield above + name, child
            continue
        if child.attrib or (child.text or "").strip() or len(above) > 120:
            raise BadMessage(f"{form.name}: {above}{name} is not as expected")
        yield from _leaves(child, form, f"{above}{name}/")
