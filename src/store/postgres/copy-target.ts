import { IsthmusError } from '../../errors.ts'
import { partitionOf } from '../../message/partition.ts'
import type { CopiedIdentity, CopiedPosition, Progress, Target } from '../copy/ends.ts'
import { inParts } from '../copy/ranges.ts'
import { storeMoved } from '../copy/store-moved.ts'
import type { Entry, Settled } from '../store.ts'
import { byteaArray, int4Array, int8Array, textArray } from './binary-array.ts'
import { CopyConnection, originOver } from './copy-origin.ts'
import { StreamWriting } from './copy-streams.ts'
import { acceptCall, identityName, movedName } from './incoming.ts'
import { claimLockText } from './ownership.ts'
import type { PostgresStoreOptions } from './postgres-store.ts'
import { settledRow, unfinishedRow } from './progress-rows.ts'
import { toText } from './stored-text.ts'

/** A new store in a schema. */
export function postgresTarget(options: PostgresStoreOptions, place: string, partitions = 16): Target {
  const connection = new CopyConnection(options)
  const writing = new Writing(connection, partitions)
  const streams = new StreamWriting(connection)
  return {
    ...originOver(options, place, connection),
    partitions,
    begin: from => begin(connection, place, from),
    entries: (flow, entries) => writing.entries(flow, entries),
    settled: (flow, settled) => writing.settled(flow, settled),
    remove: (flow, seqs) => writing.remove(flow, seqs),
    progress: (flow, progress) => writing.progress(flow, progress),
    identities: identities => writing.identities(identities),
    forgetIdentities: async () => void (await connection.run('TRUNCATE {schema}.identities')),
    setPositions: positions => writing.positions(positions),
    stream: (head, events) => streams.write(head, events),
    removeStream: name => streams.remove(name),
    complete: lastPosition => streams.complete(lastPosition),
    finish: async clean => {
      await connection.run('UPDATE {schema}.owner SET clean = $1, partitions = $2', [clean, partitions])
      await connection.setMark(undefined)
    },
  }
}

/** What a copy fills. */
const tables = ['flows', 'entries', 'identities', 'positions', 'partitions', 'settled', 'unfinished']
  .concat('retired', 'streams', 'events', 'snapshots')
  .map(table => `{schema}.${table}`)

async function begin(connection: CopyConnection, place: string, from: string): Promise<void> {
  const [lock] = await connection.run<{ held: boolean }>(claimLockText(connection.schema))
  if (lock?.held !== true)
    throw new IsthmusError('STORE-IN-USE', `the store in ${place} is in use: copy into an empty one`)
  const mark = await connection.mark()
  const isOurs = mark?.state === 'copying' && mark.other === from
  if (mark !== undefined && !isOurs) throw storeMoved(place, mark)
  const filled = tables.map(table => `EXISTS (SELECT FROM ${table})`).join(' OR ')
  const [found] = await connection.run<{ filled: boolean }>(`SELECT ${filled} AS filled`)
  if (found?.filled && !isOurs)
    throw new IsthmusError('CLI-USAGE', `${place} holds a store already: copy into a new schema.`)
  await connection.setMark({ state: 'copying', other: from })
  await connection.run(`TRUNCATE ${tables.join(', ')} RESTART IDENTITY`)
  await connection.run('UPDATE {schema}.stream_numbers SET position = 0, stream = 0')
  // Whoever is killed begins anew: only the end must be durable.
  await connection.run(`SET synchronous_commit = off`)
}

/** Writes what was accepted elsewhere. */
class Writing {
  readonly #connection: CopyConnection
  readonly #partitions: number
  readonly #numbers = new Map<string, number>()

  constructor(connection: CopyConnection, partitions: number) {
    this.#connection = connection
    this.#partitions = partitions
  }

  async entries(flow: string, entries: readonly Entry[]): Promise<void> {
    const { messages } = acceptCall(
      entries.map(({ key, id, head, body, acceptedAt }) => {
        const flows = [{ flow, key, partition: partitionOf(key, this.#partitions) }]
        return { flows, id, head, body, acceptedAt }
      }),
      undefined,
    )
    const rows = messages.flatMap(each => each.rows)
    await this.#connection.run(entriesText, [
      await this.#number(flow),
      int8Array(entries.map(({ seq }) => seq)),
      int8Array(entries.map(({ acceptedAt }) => acceptedAt)),
      int8Array(rows.map(({ checksum }) => checksum)),
      int4Array(rows.map(({ address }) => address.partition)),
      int4Array(messages.map(({ bytes }) => bytes)),
      textArray(messages.map(({ id }) => id)),
      textArray(rows.map(({ key }) => key)),
      textArray(messages.map(({ head }) => head)),
      byteaArray(entries.map(({ body }) => body)),
    ])
  }

  async settled(flow: string, settled: readonly Settled[]): Promise<void> {
    const rows = settled.map(each => settledRow(flow, each))
    await this.#connection.run(settledText, [
      await this.#number(flow),
      int8Array(rows.map(({ seq }) => seq)),
      int8Array(rows.map(({ at }) => at)),
      int8Array(rows.map(({ checksum }) => checksum)),
      int4Array(rows.map(({ attempts }) => attempts)),
      textArray(rows.map(({ outcome }) => outcome)),
      textArray(rows.map(({ detail }) => detail)),
    ])
  }

  async remove(flow: string, seqs: readonly number[]): Promise<void> {
    const values = [await this.#number(flow), int8Array(seqs)]
    for (const table of ['settled', 'entries'])
      await this.#connection.run(
        `DELETE FROM {schema}.${table} WHERE flow = $1 AND seq = ANY ($2::int8[])`,
        values,
      )
  }

  async progress(flow: string, { head, retired, cursor, unfinished }: Progress): Promise<void> {
    const no = await this.#number(flow)
    const all = unfinished.map(each => unfinishedRow(flow, partitionOf(each.key, this.#partitions), each))
    for (const rows of inParts(all, 5000))
      await this.#connection.run(unfinishedText, [
        no,
        int8Array(rows.map(({ seq }) => seq)),
        int8Array(rows.map(({ checksum }) => checksum)),
        int4Array(rows.map(({ partition }) => partition)),
        textArray(rows.map(({ status }) => status)),
        textArray(rows.map(({ key }) => key)),
        textArray(rows.map(({ detail }) => detail)),
      ])
    const outcomes = Object.entries(retired).filter(([, count]) => count > 0)
    await this.#connection.run(retiredText, [
      no,
      outcomes.map(([outcome]) => outcome),
      outcomes.map(([, count]) => count),
    ])
    await this.#connection.run(cursorsText, [no, this.#partitions - 1, cursor])
    await this.#connection.run(headText, [no, head])
  }

  async identities(identities: readonly CopiedIdentity[]): Promise<void> {
    const nameOf = ({ name }: CopiedIdentity) =>
      typeof name === 'string' ? identityName(name) : movedName(name)
    await this.#connection.run(identitiesText, [
      textArray(identities.map(nameOf)),
      byteaArray(identities.map(({ content }) => content)),
      textArray(identities.map(({ id }) => toText(id))),
      int8Array(identities.map(({ at }) => at)),
    ])
  }

  async positions(positions: readonly CopiedPosition[]): Promise<void> {
    await this.#connection.run('DELETE FROM {schema}.positions')
    await this.#connection.run(
      'INSERT INTO {schema}.positions (source, position) SELECT * FROM unnest($1::text[], $2::text[])',
      [
        textArray(positions.map(({ source }) => toText(source))),
        textArray(positions.map(({ position }) => JSON.stringify(position))),
      ],
    )
  }

  async #number(flow: string): Promise<number> {
    const known = this.#numbers.get(flow)
    if (known !== undefined) return known
    const text = 'INSERT INTO {schema}.flows (name) VALUES ($1) RETURNING no'
    const [row] = await this.#connection.run<{ no: number }>(text, [toText(flow)])
    const no = Number(row?.no)
    this.#numbers.set(flow, no)
    return no
  }
}

const entriesText = `
INSERT INTO {schema}.entries (flow, seq, accepted_at, checksum, partition, bytes, id, key, head, body)
SELECT $1::int4, seq, accepted_at, checksum # seq, partition, bytes, id, key, head, body
FROM unnest($2::int8[], $3::int8[], $4::int8[], $5::int4[], $6::int4[], $7::text[], $8::text[], $9::text[], $10::bytea[])
  AS e (seq, accepted_at, checksum, partition, bytes, id, key, head, body)`

const settledText = `
INSERT INTO {schema}.settled (flow, seq, ended_at, checksum, attempts, outcome, detail)
SELECT $1::int4, seq, ended_at, checksum # seq, attempts, outcome, detail
FROM unnest($2::int8[], $3::int8[], $4::int8[], $5::int4[], $6::text[], $7::text[])
  AS s (seq, ended_at, checksum, attempts, outcome, detail)`

const unfinishedText = `
INSERT INTO {schema}.unfinished (flow, seq, checksum, partition, status, key, detail)
SELECT $1::int4, seq, checksum # seq, partition, status, key, detail
FROM unnest($2::int8[], $3::int8[], $4::int4[], $5::text[], $6::text[], $7::text[])
  AS u (seq, checksum, partition, status, key, detail)`

/** Their bytes are not counted here: `bytes` of the flow leaves them out, too. */
const retiredText = `
INSERT INTO {schema}.retired (flow, outcome, messages, bytes)
SELECT $1::int4, outcome, messages, 0 FROM unnest($2::text[], $3::int8[]) AS r (outcome, messages)`

const cursorsText = `
INSERT INTO {schema}.partitions (flow, partition, start, cursor)
SELECT $1::int4, partition, 0, $3::int8 FROM generate_series(0, $2::int4) AS partition`

const headText = `
UPDATE {schema}.flows SET head = $2::int8,
  bytes = (SELECT coalesce(sum(bytes), 0) FROM {schema}.entries WHERE flow = $1::int4)
WHERE no = $1::int4`

const identitiesText = `
INSERT INTO {schema}.identities (name, content, id, accepted_at)
SELECT * FROM unnest($1::text[], $2::bytea[], $3::text[], $4::int8[])
ON CONFLICT (name) DO UPDATE SET content = excluded.content, id = excluded.id, accepted_at = excluded.accepted_at`
