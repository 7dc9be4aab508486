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
]
