"""House rules that no linter knows; each failure says what to do."""
