/**
 * How the tables came to be, oldest first: number n brings a store from version n - 1 to n. Each runs in a transaction
 * of its own, with the store's schema as search path. What has been released is never changed, only followed.
 *
 * `oldest` is the lowest version whose code can still work on a store that has this migration: one that only adds
 * leaves it, so that two adjacent releases share a store during a rolling restart; one that takes away raises it.
 */
export interface Migration {
  readonly oldest: number
  readonly sql: string
}

export const migrations: readonly Migration[] = [
  {
    oldest: 1,
    sql: `
-- head: the highest number given; bytes: of all messages ever accepted. Locked by every acceptance until its commit.
CREATE TABLE flows (
  no integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text COLLATE "C" NOT NULL UNIQUE,
  head bigint NOT NULL DEFAULT 0,
  bytes bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 20);

-- checksum: of the row's data, xor seq.
CREATE TABLE entries (
  flow integer NOT NULL,
  seq bigint NOT NULL,
  accepted_at bigint NOT NULL,
  checksum bigint NOT NULL,
  partition integer NOT NULL,
  bytes integer NOT NULL,
  id text COLLATE "C" NOT NULL,
  key text COLLATE "C" NOT NULL,
  head text NOT NULL,
  body bytea NOT NULL,
  PRIMARY KEY (flow, seq)
);
CREATE INDEX entries_id ON entries (id);
-- A beginning only: a B-tree cannot hold long keys. With seq, so that a key that comes often is read in pages.
CREATE INDEX entries_key ON entries (left(key, 100), seq);
CREATE INDEX entries_accepted_at ON entries (accepted_at);

-- name: see identityName in incoming.ts; content: its SHA-256 digest.
CREATE TABLE identities (
  name text COLLATE "C" PRIMARY KEY,
  content bytea NOT NULL,
  id text NOT NULL,
  accepted_at bigint NOT NULL
);
CREATE INDEX identities_accepted_at ON identities (accepted_at);

CREATE TABLE positions (
  source text COLLATE "C" PRIMARY KEY,
  position text NOT NULL
) WITH (fillfactor = 20);

-- start: the flow's head when the partition got its first message; cursor: 0 until something is settled.
CREATE TABLE partitions (
  flow integer NOT NULL,
  partition integer NOT NULL,
  start bigint NOT NULL,
  cursor bigint NOT NULL,
  PRIMARY KEY (flow, partition)
) WITH (fillfactor = 20);

-- detail: JSON of what has no column.
CREATE TABLE settled (
  flow integer NOT NULL,
  seq bigint NOT NULL,
  ended_at bigint NOT NULL,
  checksum bigint NOT NULL,
  attempts integer NOT NULL,
  outcome text NOT NULL,
  detail text,
  PRIMARY KEY (flow, seq)
);

CREATE TABLE unfinished (
  flow integer NOT NULL,
  seq bigint NOT NULL,
  checksum bigint NOT NULL,
  partition integer NOT NULL,
  status text NOT NULL,
  key text NOT NULL,
  detail text NOT NULL,
  PRIMARY KEY (flow, seq)
) WITH (fillfactor = 70);

-- What retention has removed.
CREATE TABLE retired (
  flow integer NOT NULL,
  outcome text NOT NULL,
  messages bigint NOT NULL,
  bytes bigint NOT NULL,
  PRIMARY KEY (flow, outcome)
) WITH (fillfactor = 20);

CREATE TABLE owner (
  single boolean PRIMARY KEY DEFAULT true CHECK (single),
  name text NOT NULL,
  token bigint NOT NULL,
  clean boolean NOT NULL,
  since timestamptz NOT NULL
) WITH (fillfactor = 20);
INSERT INTO owner (name, token, clean, since) VALUES ('nobody', 0, true, now());

-- One row for each connection that writes: last is the number of its last transaction.
CREATE TABLE sessions (
  id uuid PRIMARY KEY,
  last bigint NOT NULL,
  sealed boolean NOT NULL DEFAULT false,
  used_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 20);
`,
  },
  {
    oldest: 1,
    sql: `
-- kind, key, long: see stream-names.ts; closed: when it changed last, if it is not open; last, snapshot: the checksums
-- of the last event and of the snapshot.
CREATE TABLE streams (
  no bigint PRIMARY KEY,
  kind bytea NOT NULL,
  key bytea NOT NULL,
  long text,
  state text COLLATE "C" NOT NULL,
  open boolean NOT NULL,
  began double precision NOT NULL,
  changed double precision NOT NULL,
  closed double precision,
  version bigint NOT NULL,
  last bigint NOT NULL,
  snapshot bigint,
  checksum bigint NOT NULL
) WITH (fillfactor = 70);
CREATE UNIQUE INDEX streams_name ON streams (kind, key);
CREATE INDEX streams_state ON streams (left(state, 100), kind, key);
CREATE INDEX streams_open ON streams (kind, key) WHERE open;
CREATE INDEX streams_closed ON streams (closed) WHERE closed IS NOT NULL;

-- kind: a checksum of the kind of its stream; prev: the checksum of the event before.
CREATE TABLE events (
  position bigint PRIMARY KEY,
  stream bigint NOT NULL,
  version bigint NOT NULL,
  kind bigint NOT NULL,
  prev bigint NOT NULL,
  checksum bigint NOT NULL,
  data text NOT NULL
);
CREATE UNIQUE INDEX events_stream ON events (stream, version);
CREATE INDEX events_kind ON events (kind, position);

CREATE TABLE snapshots (
  stream bigint PRIMARY KEY,
  version bigint NOT NULL,
  checksum bigint NOT NULL,
  data text NOT NULL
) WITH (fillfactor = 70);

-- What was given out last. Locked by every append until its commit.
CREATE TABLE stream_numbers (
  single boolean PRIMARY KEY DEFAULT true CHECK (single),
  position bigint NOT NULL,
  stream bigint NOT NULL
) WITH (fillfactor = 20);
INSERT INTO stream_numbers (position, stream) VALUES (0, 0);
`,
  },
  {
    oldest: 1,
    sql: `
-- token: what the last claim, member or lease got, whichever came last; shared: the last one that was not a claim's;
-- partitions: chosen by the first who joins.
ALTER TABLE owner ADD COLUMN shared bigint NOT NULL DEFAULT 0, ADD COLUMN partitions integer;

-- load: JSON; seen: its last sign of life; expires: when it is thought dead, with all that it holds; turn: see
-- members-statement.ts.
CREATE TABLE members (
  id text COLLATE "C" PRIMARY KEY,
  token bigint NOT NULL UNIQUE,
  name text NOT NULL,
  roles text[] NOT NULL,
  version text NOT NULL,
  control text,
  leaving boolean NOT NULL DEFAULT false,
  load text NOT NULL DEFAULT 'null',
  turn bigint NOT NULL DEFAULT 0,
  joined timestamptz NOT NULL,
  seen timestamptz NOT NULL,
  expires timestamptz NOT NULL
) WITH (fillfactor = 20);

-- holder: a member, also one that is gone, or NULL if it was given back. The token is unique so that only another token
-- has to wait for a writer that has locked the row FOR KEY SHARE. clean: what was told to the holder.
CREATE TABLE leases (
  name text COLLATE "C" PRIMARY KEY,
  token bigint NOT NULL UNIQUE,
  holder text COLLATE "C",
  clean boolean NOT NULL
) WITH (fillfactor = 20);

-- request, answer: JSON, see requests.ts; until: when its asker gives up.
CREATE TABLE requests (
  id uuid PRIMARY KEY,
  lease text COLLATE "C" NOT NULL,
  asker text NOT NULL,
  request text NOT NULL,
  until timestamptz NOT NULL,
  answer text
);
CREATE INDEX requests_open ON requests (lease) WHERE answer IS NULL;
CREATE INDEX requests_until ON requests (until);
`,
  },
  // The journal in slices, see slices.ts. In three transactions, of which the first and the last lock the table for an
  // instant, and the second reads it while others write. Releases that know nothing of slices go on meanwhile and after it.
  {
    oldest: 1,
    sql: `
-- no: of the table entries_no, with the messages whose accepted_at is at least low (NULL: any) and below high.
-- accepted: by all flows when it was made; whole: it may go as a whole.
CREATE TABLE slices (
  no integer PRIMARY KEY,
  low bigint,
  high bigint NOT NULL,
  made bigint NOT NULL,
  accepted numeric NOT NULL,
  whole boolean NOT NULL DEFAULT true
);

-- seq: no higher one has been retired.
CREATE TABLE floors (
  flow integer PRIMARY KEY,
  seq bigint NOT NULL
) WITH (fillfactor = 20);
INSERT INTO floors (flow, seq) SELECT no, head FROM flows;

-- What there is becomes the first slice. If the upgrade is broken off here, it must be finished before that ends.
INSERT INTO slices (no, low, high, made, accepted, whole)
SELECT 0, NULL, greatest(now + CASE WHEN newest IS NULL THEN 3600000 ELSE 7 * 86400000 END, newest + 1), now, accepted, false
FROM (SELECT (extract(epoch FROM now()) * 1000)::bigint AS now, (SELECT max(accepted_at) FROM entries) AS newest,
  (SELECT coalesce(sum(head), 0) FROM flows) AS accepted) AS m;

SET LOCAL lock_timeout = '2s';
DO $$ BEGIN EXECUTE format('ALTER TABLE entries ADD CONSTRAINT entries_slice CHECK (accepted_at < %s) NOT VALID',
  (SELECT high FROM slices WHERE no = 0)); END $$;
`,
  },
  {
    oldest: 1,
    sql: `
ALTER TABLE entries VALIDATE CONSTRAINT entries_slice;
`,
  },
  {
    oldest: 1,
    sql: `
SET LOCAL lock_timeout = '2s';
ALTER TABLE entries RENAME TO entries_0;
ALTER INDEX entries_pkey RENAME TO entries_0_pkey;
ALTER INDEX entries_id RENAME TO entries_0_id;
ALTER INDEX entries_key RENAME TO entries_0_key;
ALTER INDEX entries_accepted_at RENAME TO entries_0_accepted_at;
CREATE TABLE entries (LIKE entries_0) PARTITION BY RANGE (accepted_at);
-- Not scanned, because of the constraint.
DO $$ BEGIN EXECUTE format('ALTER TABLE entries ATTACH PARTITION entries_0 FOR VALUES FROM (MINVALUE) TO (%s)',
  (SELECT high FROM slices WHERE no = 0)); END $$;
ALTER TABLE entries_0 DROP CONSTRAINT entries_slice;
CREATE TABLE entries_rest (LIKE entries_0 INCLUDING INDEXES);
ALTER TABLE entries ATTACH PARTITION entries_rest DEFAULT;
`,
  },
]
