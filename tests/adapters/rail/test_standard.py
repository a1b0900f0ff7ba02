"""Our messages against the standard, as somebody else wrote it down.

pyiso20022 holds classes generated from the schemas of ISO 20022. Reading a message into them and writing it out
again keeps names, order and values only if all of them are the standard's.
"""

import importlib
from xml.etree.ElementTree import canonicalize, tostring

import pytest
from xsdata.formats.dataclass.parsers import XmlParser
from xsdata.formats.dataclass.parsers.config import ParserConfig
from xsdata.formats.dataclass.serializers import XmlSerializer

from fengshou.adapters.rail.forms import FORMS, HEAD
from fengshou.adapters.rail.mapping import to_xml
from fengshou.adapters.rail.messages import Envelope, Message
from tests.adapters.rail.test_codec import MESSAGES


def same(text: str, name: str, root: str) -> bool:
    """Whether `text` comes out of the classes of message `name` as it went in."""
    module = importlib.import_module(f"pyiso20022.{name.split('.', maxsplit=1)[0]}.{name.replace('.', '_')}")
    strict = XmlParser(config=ParserConfig(fail_on_unknown_properties=True, fail_on_converter_warnings=True))
    read = strict.from_string(text, getattr(module, root))
    again = XmlSerializer().render(read)
    return canonicalize(text, rewrite_prefixes=True) == canonicalize(again, rewrite_prefixes=True)


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: type(message).__name__)
def test_every_message_is_the_standard_s(message: Message) -> None:
    root = to_xml(Envelope("898000100000", "899999000000", message))
    header, document = list(root)
    name = document.tag.removeprefix("{urn:iso:std:iso:20022:tech:xsd:").partition("}")[0]

    assert name in FORMS
    assert same(tostring(document, encoding="unicode"), name, "Document")
    assert same(tostring(header, encoding="unicode"), HEAD, "AppHdr")


def test_the_witness_notices_a_wrong_order() -> None:
    root = to_xml(Envelope("898000100000", "899999000000", MESSAGES[0]))
    document = root[1]
    transaction = document.find(".//{*}CdtTrfTxInf")
    assert transaction is not None
    transaction.insert(0, transaction[-2])
    del transaction[-2]

    assert not same(tostring(document, encoding="unicode"), "pacs.008.001.08", "Document")
