-- The most an account may hold; NULL is unbounded. The book refuses what would go over it.
ALTER TABLE ledger.account ADD COLUMN ceiling bigint;
ALTER TABLE ledger.account ADD CONSTRAINT never_above_ceiling CHECK (ceiling IS NULL OR balance <= ceiling);
GRANT UPDATE (ceiling) ON ledger.account TO fs_writer;
