import assert from 'node:assert/strict'
import { cpSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { IsthmusError } from '../../src/errors.ts'
import { verifySqliteStore } from '../../src/store/sqlite/verify.ts'
import { packedSettlement } from '../../src/store/sqlite/wire.ts'
import { Writer } from '../../src/store/sqlite/writer.ts'
import { seeded } from '../../src/testing/store-suite/fixture.ts'
import { inTemporary } from './sqlite-processes.ts'
import { acceptAll, contentsOf, messageOf, numberOf, settlementOf } from './sqlite-traffic.ts'

const options = (directory: string) => ({ directory, ballastBytes: 4096 })
const count = 1100
const perCall = 50
/** Of the log: a page of 8192 bytes and a header. */
const frameSize = 8216

/** A store with `count` messages, some settled and some unfinished, left as a kill leaves it or closed. */
function fill(directory: string, messages: number, ending: 'killed' | 'closed'): void {
  const writer = new Writer(options(directory), 'filler', 'here')
  for (let first = 1; first <= messages; first += perCall) {
    acceptAll(
      writer,
      Array.from({ length: Math.min(perCall, messages - first + 1) }, (_, n) => messageOf(first + n)),
    )
    for (let n = first; n < first + 10; n++) settle(writer, n)
  }
  if (ending === 'killed') cpSync(directory, `${directory}-killed`, { recursive: true })
  writer.close('clean')
  if (ending === 'killed') cpSync(`${directory}-killed`, directory, { recursive: true })
  if (ending === 'killed') rmSync(join(directory, 'journal.db-shm'))
}

function settle(writer: Writer, n: number): void {
  const settlement = packedSettlement(settlementOf(n, n, writer.claim.token))
  writer.run([{ number: 0, call: { what: 'settle', settlement }, buffer: new ArrayBuffer(0) }])
}

/** What comes of looking at a damaged store: an error that says so, or an answer. */
function attempt<T>(work: () => T): T | 'refused' {
  try {
    return work()
  } catch (error) {
    if (error instanceof IsthmusError && error.code === 'STORE-FAILED') return 'refused'
    // SQLite itself notices some damage in reading.
    if (error instanceof Error && 'errcode' in error && [11, 26].includes(Number(error.errcode) & 0xff))
      return 'refused'
    throw error
  }
}

describe('a log whose end is torn', () => {
  it('gives all earlier transactions, and the last one whole or not at all', () =>
    inTemporary(directory => {
      fill(directory, 100, 'killed')
      const log = join(directory, 'journal.db-wal')
      const whole = contentsOf(directory).entries.length
      assert.equal(whole, 100)
      const bytes = readFileSync(log)
      const end = bytes.length
      for (let size = end - 1; size > end - 3 * frameSize; size -= 811) {
        const copy = `${directory}-${size}`
        cpSync(directory, copy, { recursive: true })
        truncateSync(join(copy, 'journal.db-wal'), size)
        const writer = new Writer(options(copy), 'after', 'here')
        const { entries, settled, unfinished } = contentsOf(copy)
        assert.deepEqual(
          entries.map(numberOf),
          Array.from({ length: 100 }, (_, n) => n + 1),
        )
        const ended = settled.length + unfinished.length
        assert.ok(ended === 20 || ended >= 17, `${ended} of the last settlements`)
        assert.deepEqual(verifySqliteStore(copy), [])
        writer.close('clean')
        rmSync(copy, { recursive: true })
      }
    }))

  it('refuses a log that is damaged before its last transaction', () =>
    inTemporary(directory => {
      fill(directory, 100, 'killed')
      const bytes = readFileSync(join(directory, 'journal.db-wal'))
      const random = seeded(3)
      const frames = Math.floor((bytes.length - 32) / frameSize)
      let refused = 0
      for (let frame = 0; frame < frames; frame += 3) {
        const copy = `${directory}-${frame}`
        cpSync(directory, copy, { recursive: true })
        const damaged = Buffer.from(bytes)
        flip(damaged, 32 + frame * frameSize + Math.floor(random() * frameSize), random)
        writeFileSync(join(copy, 'journal.db-wal'), damaged)
        const answer = attempt(() => new Writer(options(copy), 'after', 'here'))
        if (answer === 'refused') refused++
        else {
          const found = contentsOf(copy)
          assert.deepEqual(
            found.entries.map(numberOf),
            Array.from({ length: 100 }, (_, n) => n + 1),
          )
          assert.ok(found.settled.length + found.unfinished.length >= 19)
          answer.close('clean')
        }
      }
      assert.ok(refused > 0)
    }))
})

describe('a flipped bit', () => {
  for (const seed of [1, 2]) {
    it(`in any block of the database is never served (seed ${seed})`, () =>
      inTemporary(directory => {
        fill(directory, count, 'closed')
        const file = join(directory, 'journal.db')
        const sound = readFileSync(file)
        const truth = contentsOf(directory)
        const random = seeded(seed)
        const outcome = { refused: 0, right: 0, foundByVerify: 0 }
        for (let block = 0; block < sound.length; block += 4096) {
          const damaged = Buffer.from(sound)
          flip(damaged, block + Math.floor(random() * 4096), random)
          writeFileSync(file, damaged)
          const got = attempt(() => contentsOf(directory))
          if (got === 'refused') outcome.refused++
          else {
            assert.deepEqual(got, truth, `block ${block / 4096} gives a wrong answer`)
            outcome.right++
            if (verifySqliteStore(directory).length > 0) outcome.foundByVerify++
          }
        }
        assert.ok(outcome.refused > outcome.right / 4, JSON.stringify(outcome))
      }))
  }

  it('in a name of an identity is found by verifying', () =>
    inTemporary(directory => {
      fill(directory, 200, 'closed')
      const file = join(directory, 'journal.db')
      const sound = readFileSync(file)
      const places = Array.from(sound.toString('latin1').matchAll(/mes\/123/g), match => match.index)
      assert.ok(places.length > 0)
      for (const at of places) sound[at + 6] = (sound[at + 6] ?? 0) ^ 4
      writeFileSync(file, sound)
      assert.match(verifySqliteStore(directory).join(), /identities/)
    }))
})

function flip(bytes: Buffer, at: number, random: () => number): void {
  bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(random() * 8))
}
