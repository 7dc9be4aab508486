import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { IsthmusError } from '../../src/errors.ts'
import { sqliteStore } from '../../src/store/sqlite/sqlite-store.ts'
import { verifySqliteStore } from '../../src/store/sqlite/verify.ts'
import type { NewMessage, Store } from '../../src/store/store.ts'
import { ended, message, settlement } from '../../src/testing/store-suite/fixture.ts'

const ballastBytes = 2 * 2 ** 20
const body = Buffer.alloc(40_000, 'x')
const large = (n: number): NewMessage => message(n, { body })

/** A disk of 24 MB, which can be filled and emptied. */
class SmallDisk {
  readonly path = mkdtempSync(join(tmpdir(), 'isthmus-small-'))
  readonly #filler = join(this.path, 'filler')

  static mount(): SmallDisk | undefined {
    const disk = new SmallDisk()
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', disk.path])
    if (mounted.status === 0) return disk
    rmSync(disk.path, { recursive: true })
    return undefined
  }

  /** Leaves so many bytes, or nothing at all. */
  fill(left = 0): void {
    if (left === 0) this.#write(4096, Number.POSITIVE_INFINITY)
    else this.#write(2 ** 20, 24 - Math.ceil(left / 2 ** 20))
  }

  empty(): void {
    rmSync(this.#filler, { force: true })
  }

  unmount(): void {
    spawnSync('umount', ['-l', this.path])
    rmSync(this.path, { recursive: true })
  }

  #write(size: number, times: number): void {
    try {
      for (let n = 0; n < times; n++) appendFileSync(this.#filler, Buffer.alloc(size, 1))
    } catch (error) {
      assert.equal((error as NodeJS.ErrnoException).code, 'ENOSPC')
    }
  }
}

const probe = SmallDisk.mount()
probe?.unmount()
if (probe === undefined && process.env.CI === 'true')
  throw new Error('these tests mount a small disk: run them as root')

describe('a disk that is full', { skip: probe === undefined && 'only root can mount a small disk' }, () => {
  const onDisk = (use: (disk: SmallDisk, path: string) => Promise<void>) => async () => {
    const disk = SmallDisk.mount()
    if (disk === undefined) throw new Error('the disk could be mounted before')
    try {
      await use(disk, join(disk.path, 'data'))
    } finally {
      disk.unmount()
    }
  }

  it(
    'refuses intake, goes on reading and settling, and accepts again once there is space',
    onDisk(async (disk, path) => {
      const store = sqliteStore({ path, ballastBytes })
      const claim = await store.claim('test')
      disk.fill(10 * 2 ** 20)
      const accepted = await acceptUntilFull(store)
      assert.ok(accepted > 10)
      await assert.rejects(store.accept([large(900)], { source: 'mes', position: 1 }), isFull)
      assert.equal((await store.read.entries({ flow: 'orders', limit: 9999 })).length, accepted)
      assert.equal(await store.read.position('mes'), undefined)
      for (let seq = 1; seq <= 20; seq++)
        await store.settle(settlement(claim, seq, { settled: [ended(seq)] }))
      assert.equal(
        (await store.read.settled({ flow: 'orders', from: 1, to: 99 })).length,
        Math.min(accepted, 20),
      )
      disk.empty()
      await acceptWhenPossible(store, accepted + 1)
      await store.close()
      await requireWhole(path, accepted + 1)
    }),
  )

  it(
    'keeps a settlement waiting while not even its reserve is left',
    onDisk(async (disk, path) => {
      const store = sqliteStore({ path, ballastBytes })
      const claim = await store.claim('test')
      disk.fill(8 * 2 ** 20)
      const accepted = await acceptUntilFull(store)
      disk.fill()
      let settled = 0
      const settling = Promise.all(
        Array.from({ length: accepted }, async (_, n) => {
          const results = { answer: 'y'.repeat(30_000) }
          await store.settle(settlement(claim, n + 1, { settled: [ended(n + 1, { results })] }))
          settled++
        }),
      )
      await assert.rejects(store.accept([large(900)]), isFull)
      assert.ok(settled < accepted)
      disk.empty()
      await settling
      assert.equal((await store.read.settled({ flow: 'orders', from: 1, to: accepted })).length, accepted)
      await store.close()
      await requireWhole(path, accepted)
    }),
  )

  it(
    'starts on a full disk by giving up its reserve',
    onDisk(async (disk, path) => {
      const first = sqliteStore({ path, ballastBytes })
      await first.claim('test')
      for (let n = 1; n <= 20; n++) await first.accept([large(n)])
      await first.close()
      disk.fill()
      const store = sqliteStore({ path, ballastBytes })
      const claim = await store.claim('test')
      assert.ok(!existsSync(join(path, 'ballast')))
      assert.equal((await store.read.entries({ flow: 'orders', limit: 99 })).length, 20)
      await store.settle(settlement(claim, 1, { settled: [ended(1)] }))
      await assert.rejects(store.accept([large(21)]), isFull)
      disk.empty()
      await acceptWhenPossible(store, 21)
      await store.close()
      await requireWhole(path, 21)
    }),
  )

  it(
    'says that there is no space when it cannot even be created',
    onDisk(async (disk, path) => {
      mkdirSync(path)
      disk.fill()
      const store = sqliteStore({ path, ballastBytes })
      await assert.rejects(store.claim('test'), isFull)
      await store.close()
    }),
  )
})

const isFull = (error: unknown): boolean => error instanceof IsthmusError && error.code === 'STORE-FULL'

async function acceptUntilFull(store: Store): Promise<number> {
  for (let n = 1; ; n++) {
    try {
      await store.accept([large(n)])
    } catch (error) {
      assert.ok(isFull(error), String(error))
      return n - 1
    }
  }
}

async function acceptWhenPossible(store: Store, n: number): Promise<void> {
  for (;;) {
    try {
      await store.accept([large(n)])
      return
    } catch (error) {
      assert.ok(isFull(error), String(error))
    }
  }
}

async function requireWhole(path: string, count: number): Promise<void> {
  assert.deepEqual(verifySqliteStore(path), [])
  const store = sqliteStore({ path, ballastBytes })
  const { clean } = await store.claim('again')
  assert.equal(clean, true)
  const ids = (await store.read.entries({ flow: 'orders', limit: 99_999 })).map(entry => entry.id)
  assert.deepEqual(
    ids,
    Array.from({ length: count }, (_, n) => `id-${n + 1}`),
  )
  await store.close()
}
