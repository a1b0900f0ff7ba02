-- Who writes, until when, and where others reach it. The lock tells at once that a writer's session ended; the
-- lease tells that a writer is stuck though its session lives; the epoch keeps both out for good.
-- kind: local
CREATE TABLE ledger.lease (
  shard integer PRIMARY KEY,
  epoch bigint NOT NULL,
  until timestamptz NOT NULL,
  address text NOT NULL DEFAULT ''
);
INSERT INTO ledger.lease VALUES (0, 0, '-infinity');
GRANT SELECT, UPDATE ON ledger.lease TO fs_writer;
