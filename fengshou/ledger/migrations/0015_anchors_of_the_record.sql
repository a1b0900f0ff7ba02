-- From version 2 on an anchor stands for both desks' records: up to which numbers, and `beside` is over their hashes.
ALTER TABLE ledger.anchor
  ADD COLUMN version smallint NOT NULL DEFAULT 1 CHECK (version IN (1, 2)),
  ADD COLUMN record bigint NOT NULL DEFAULT 0,
  ADD COLUMN office bigint NOT NULL DEFAULT 0,
  DROP CONSTRAINT anchor_pkey,
  ADD PRIMARY KEY (institution_id, position, record, office);
