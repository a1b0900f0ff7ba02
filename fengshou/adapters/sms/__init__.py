"""Text messages: hand one to the gateway, and learn later whether it arrived.

`SmsClient.send` returns a `SmsAnswer`: accepted, refused, or unknown when nobody answered. The gateway takes
a `message_id` once: sending again with it is safe and is how an unknown one is asked about.
"""

from fengshou.adapters.sms.client import SmsClient
from fengshou.adapters.sms.mapping import Receipt, ReceiptState, SmsAnswer

__all__ = ["Receipt", "ReceiptState", "SmsAnswer", "SmsClient"]
