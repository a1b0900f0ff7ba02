"""Paper: receipts and statements as files, in the reader's language side by side with Chinese."""

from fengshou.channels.app.paper.receipt import receipt_pdf
from fengshou.channels.app.paper.statement import Sheet, statement_csv, statement_pdf

__all__ = ["Sheet", "receipt_pdf", "statement_csv", "statement_pdf"]
