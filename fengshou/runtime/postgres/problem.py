"""The one exception of this room."""


class PostgresProblem(Exception):
    """The database cannot do what was asked; the message is one line that also says what to do about it."""

    def __init__(self, message: str) -> None:
        super().__init__(" ".join(message.split()))
