-- An approved proposal is used up by the entry that carries it out, in that entry's commit.
ALTER TABLE party.proposal
  ADD COLUMN spent_at timestamptz,
  ADD CONSTRAINT spent_when_approved CHECK (spent_at IS NULL OR state = 'approved');
CREATE POLICY all_banks_written ON party.proposal TO fs_writer USING (true);
GRANT SELECT, UPDATE (spent_at) ON party.proposal TO fs_writer;
