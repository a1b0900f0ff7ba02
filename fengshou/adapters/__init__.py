"""The outside systems the bank reaches, one folder each: `realname`, `sms`, `rail`.

An adapter is a manifest, a client that speaks the partner's protocol over a real socket, a pure mapping of
their words to ours, and a simulator that answers the same protocol. Rooms below declare what they need as a
`Protocol` in their `ports.py`; the clients here fit those protocols by shape, and only `runtime` knows both.
Adapters do not import each other; what all of them need of a line to the outside stands in `wire`.
"""
