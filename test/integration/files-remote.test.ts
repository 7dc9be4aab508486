import assert from 'node:assert/strict'
import { appendFile, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { describe, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { Client } from 'basic-ftp'
import { FtpDrive } from '../../src/connectors/files/ftp/ftp-drive.ts'
import { jsonLines, type ReadOptions } from '../../src/connectors/files/index.ts'
import { Copies } from '../../src/connectors/files/remote/copied-file.ts'
import type { Outgoing } from '../../src/system/roles.ts'
import { Anything, Kept, namesIn, putFile, runUntil, until } from './files-harness.ts'
import {
  connectTo,
  kinds,
  portOf,
  proxyHost,
  testPlace,
  vsftpdUrl,
  withoutServer,
} from './files-remote-harness.ts'

const fast = { pattern: '*.jsonl', format: jsonLines(), every: '5ms', settle: '0s' } satisfies ReadOptions
const signal = new AbortController().signal
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n)
const lines = (from: number, to: number) =>
  range(from, to)
    .map(n => `${n}\n`)
    .join('')
const outgoing = (data: unknown, effectKey: string): Outgoing => ({
  data,
  effectKey,
  key: 'k',
  messageId: 'm',
  attempt: 1,
})

// Encryption from the first byte is tried in test/security.
for (const kind of kinds.filter(each => each !== 'implicit FTPS')) {
  describe(`files over ${kind}`, { skip: withoutServer(kind) }, () => {
    test('are read to the end and go to done; the same name again is another file', async t => {
      const { disk, shop } = await testPlace(t, kind)
      const kept = new Kept()
      const connection = await connectTo(shop)
      await connection.check()
      const channel = shop.read('rows', Anything, fast)
      for (const n of [1, 2, 3]) {
        await putFile(disk, '订单 rows.jsonl', '{"same":true}\n')
        await runUntil(channel, kept, connection, async () => (await namesIn(disk, 'done')).length === n)
      }
      await connection.close()
      assert.deepEqual(kept.data, [{ same: true }, { same: true }, { same: true }])
      assert.deepEqual(await namesIn(disk), [])
      for (const name of await namesIn(disk, 'done'))
        assert.equal(await readFile(join(disk, 'done', name), 'utf8'), '{"same":true}\n')
    })

    test('that cannot be read go to failed, with the reason', async t => {
      const { disk, shop } = await testPlace(t, kind)
      const kept = new Kept()
      const connection = await connectTo(shop)
      const channel = shop.read('rows', Anything, { ...fast, encoding: 'utf-8' })
      await putFile(disk, 'rows.jsonl', Buffer.from('\ufeff1\n', 'utf16le'))
      await runUntil(channel, kept, connection, async () => (await namesIn(disk, 'failed')).length === 2)
      await connection.close()
      assert.match(
        kept.defects[0]?.defect ?? '',
        /rows\.jsonl cannot be read: it begins with the mark of utf-16le/,
      )
      assert.deepEqual(await namesIn(disk, 'failed'), ['rows.jsonl', 'rows.jsonl.reason.txt'])
    })

    test('are not taken before they are complete, and not while they are written', async t => {
      const { disk, shop } = await testPlace(t, kind)
      const kept = new Kept()
      const connection = await connectTo(shop)
      await writeFile(join(disk, 'half.jsonl'), '1\n')
      await mkdir(join(disk, 'folder.jsonl'))
      const marked = shop.read('rows', Anything, { ...fast, marker: file => `${file}.ok` })
      await writeFile(join(disk, 'x.jsonl.part'), '0\n')
      let looks = 0
      await runUntil(marked, kept, connection, () => ++looks > 20)
      assert.deepEqual(kept.data, [])
      await appendFile(join(disk, 'half.jsonl'), '2\n')
      await writeFile(join(disk, 'half.jsonl.ok'), '')
      await runUntil(marked, kept, connection, async () => (await namesIn(disk, 'done')).length === 1)
      await connection.close()
      assert.deepEqual(kept.data, [1, 2])
      assert.deepEqual(await namesIn(disk), ['folder.jsonl', 'x.jsonl.part'])
    })

    test('of which a writer went on after the claim are read to their new end', async t => {
      const { disk, shop } = await testPlace(t, kind)
      const kept = new Kept()
      const connection = await connectTo(shop)
      const accept = kept.accept.bind(kept)
      let wrote = false
      kept.accept = async (deliveries, options) => {
        if (deliveries.length > 0 && !wrote) {
          wrote = true
          const claims = (await readdir(disk, { recursive: true })).filter(name => name.endsWith('.jsonl'))
          await appendFile(join(disk, claims[0] ?? ''), '2}\n500\n')
        }
        return accept(deliveries, options)
      }
      await putFile(disk, 'rows.jsonl', `${lines(0, 500)}{"half":`)
      const channel = shop.read('rows', Anything, { ...fast, settle: '20ms' })
      await runUntil(channel, kept, connection, async () => (await namesIn(disk, 'done')).length === 1)
      await connection.close()
      assert.deepEqual(kept.data.slice(-3), [499, { half: 2 }, 500])
      assert.equal(kept.deliveries.length, 502)
    })

    test('are taken once by two instances', async t => {
      const { disk, shop } = await testPlace(t, kind)
      const channel = shop.read('rows', Anything, fast)
      const both = [new Kept(), new Kept()]
      const count = () => both.reduce((sum, kept) => sum + kept.data.length, 0)
      for (const n of range(0, 20)) await putFile(disk, `rows-${n}.jsonl`, lines(n * 3, n * 3 + 3))
      await Promise.all(
        both.map(async kept => {
          const connection = await connectTo(shop)
          await runUntil(channel, kept, connection, () => count() >= 60)
          await connection.close()
        }),
      )
      assert.deepEqual(
        both.flatMap(kept => kept.data as number[]).sort((a, b) => a - b),
        range(0, 60),
      )
      assert.deepEqual(await namesIn(disk), [])
    })

    test('are gone on with behind the last record after a stop in their middle', async t => {
      const { disk, shop } = await testPlace(t, kind)
      const channel = shop.read('rows', Anything, fast)
      const kept = new Kept()
      await putFile(disk, 'rows.jsonl', lines(0, 3000))
      for (const batches of [1, 4, 100]) {
        const connection = await connectTo(shop)
        const before = kept.data.length
        await runUntil(
          channel,
          kept,
          connection,
          async () => kept.data.length >= Math.min(3000, before + batches * 200),
        )
        await connection.close()
      }
      assert.deepEqual(kept.data, range(0, 3000))
    })

    test('are written whole, under a name with the effect key, and not twice', async t => {
      const { disk, shop } = await testPlace(t, kind)
      const file = (data: unknown) => `order ${(data as { no: string }).no}.json`
      const channel = shop.write('out', Anything, { format: jsonLines(), folder: 'out/订单', file })
      const connection = await connectTo(shop)
      const sink = connection.sink?.(channel) ?? assert.fail()
      const items = ['a', 'é', '中'].map((no, n) =>
        outgoing({ no, text: 'x'.repeat(n * 300_000) }, `key${n}`),
      )
      const [first] = items as [Outgoing]
      assert.deepEqual(await sink.probe?.(first, signal), { outcome: 'absent' })
      const answers = await sink.write(items, signal)
      assert.deepEqual(answers[1], { ok: true, result: { file: 'order é.key1.json' } })
      assert.deepEqual(await sink.write(items, signal), answers)
      assert.equal((await sink.probe?.(first, signal))?.outcome, 'done')
      await connection.close()
      const folder = join(disk, 'out/订单')
      assert.deepEqual(await namesIn(folder), [
        'order a.key0.json',
        'order é.key1.json',
        'order 中.key2.json',
      ])
      for (const { data } of items) {
        const [name = ''] = (await namesIn(folder)).filter(each => each.startsWith(file(data).slice(0, 7)))
        assert.deepEqual(JSON.parse(await readFile(join(folder, name), 'utf8')), data)
      }
      assert.deepEqual(await namesIn(folder, '.isthmus', '.drafts'), [])
    })

    test('are written under just the name that is dictated, and known again by their content', async t => {
      const { disk, shop } = await testPlace(t, kind)
      const file = (data: unknown) => (data as { name: string }).name
      const channel = shop.write('out', Anything, { format: jsonLines(), exactName: true, file })
      const write = async (...items: Outgoing[]) => {
        const connection = await connectTo(shop)
        const sink = connection.sink?.(channel) ?? assert.fail()
        const answers = await sink.write(items, signal)
        const probes = await Promise.all(items.map(item => sink.probe?.(item, signal)))
        await connection.close()
        const codes = answers.map(answer => (answer.ok ? 'ok' : (answer.error as { code: string }).code))
        return codes.map((code, n) => `${code}, ${probes[n]?.outcome}`)
      }
      const texts = ['x'.repeat(700_000), '中']
      const items = texts.map((text, n) => outgoing({ name: `ORDRSP.${n}`, text }, `key${n}`))
      assert.deepEqual(await write(...items), ['ok, done', 'ok, done'])
      assert.deepEqual(await write(...items), ['ok, done', 'ok, done'])
      const foreign = ['y'.repeat(700_000), 'x'.repeat(9)].map((text, n) =>
        outgoing({ name: `ORDRSP.${n}`, text }, `other${n}`),
      )
      assert.deepEqual(await write(...foreign), ['TARGET-REFUSED, absent', 'TARGET-REFUSED, absent'])
      assert.deepEqual(await namesIn(disk), ['ORDRSP.0', 'ORDRSP.1'])
      for (const { data } of items)
        assert.deepEqual(JSON.parse(await readFile(join(disk, file(data)), 'utf8')), data)
      assert.deepEqual(await namesIn(disk, '.isthmus', '.drafts'), [])
    })

    test('lead nowhere else, and a folder that is not there is an error that says what to do', async t => {
      const { disk, shop } = await testPlace(t, kind)
      const connection = await connectTo(shop)
      const channel = shop.write('out', Anything, { format: jsonLines(), file: () => '../x' })
      const [answer] = (await connection.sink?.(channel).write([outgoing(1, 'k')], signal)) ?? []
      assert.ok(answer?.ok === false && (answer.error as { code: string }).code === 'TARGET-REFUSED')
      await connection.close()
      await rename(disk, `${disk}-away`)
      await assert.rejects(async () => (await connectTo(shop)).check(), {
        code: 'CONFIG-INVALID',
        message: /no folder .*Make it/,
      })
      await rename(`${disk}-away`, disk)
    })
  })
}

for (const kind of ['SFTP', 'FTP'] as const) {
  describe(`${kind} in trouble`, { skip: withoutServer(kind) }, () => {
    test('a connection that is cut in the middle of a file is gone on with', async t => {
      const { disk, shop, proxy } = await testPlace(t, kind, true)
      assert.ok(proxy)
      const kept = new Kept()
      const connection = await connectTo(shop)
      const channel = shop.read('rows', Anything, fast)
      const rows = range(0, 60_000)
      await putFile(disk, 'rows.jsonl', rows.map(n => `{"n":${n},"text":"${'x'.repeat(40)}"}\n`).join(''))
      let cuts = 0
      await until(async () => {
        proxy.cutAfter(1_200_000)
        await runUntil(
          channel,
          kept,
          connection,
          async () => (await namesIn(disk, 'done')).length === 1,
        ).catch(error => {
          cuts++
          assert.match(error.code, /^(SOURCE-FAILED|TARGET-UNAVAILABLE)$/)
        })
        return (await namesIn(disk, 'done')).length === 1
      })
      await connection.close()
      assert.ok(cuts >= 2, `${cuts} cuts`)
      assert.deepEqual(
        kept.data.map(each => (each as { n: number }).n),
        rows,
      )
    })

    test('whatever answer is lost, each file is read once', async t => {
      const { disk, shop, proxy } = await testPlace(t, kind, true)
      assert.ok(proxy)
      const kept = new Kept()
      const connection = await connectTo(shop)
      const channel = shop.read('rows', Anything, fast)
      const files = 5
      for (let n = 0; n < files; n++) await putFile(disk, `rows-${n}.jsonl`, lines(n * 2, n * 2 + 2))
      const isDone = async () => (await namesIn(disk, 'done')).length === files
      let bytes = 1500
      await until(async () => {
        // The login takes some of them; then another request meets the cut each time.
        bytes += 311
        assert.ok(bytes < 50_000, 'it does not come to an end')
        proxy.cutAfter(bytes)
        await runUntil(channel, kept, connection, isDone).catch(() => {})
        return isDone()
      })
      await connection.close()
      assert.deepEqual(
        (kept.data as number[]).sort((a, b) => a - b),
        range(0, files * 2),
      )
      assert.deepEqual(await namesIn(disk), [])
    })
  })
}

describe('a transfer over FTP', { skip: withoutServer('FTP') }, () => {
  test('that fails hands over nothing afterwards', async t => {
    const { disk, proxy } = await testPlace(t, 'FTP', true)
    assert.ok(proxy)
    await putFile(disk, 'rows.txt', 'x'.repeat(2_000_000))
    const client = new Client()
    t.after(() => client.close())
    const { username: user, password } = vsftpdUrl
    await client.access({ host: proxyHost, port: portOf('FTP'), user, password })
    const drive = await FtpDrive.at(basename(disk), client, 'utf-8', new Copies())
    const chunks: string[] = []
    const take = async () => {
      chunks.push('begun')
      await delay(100)
      proxy.cut()
      // Known to the client, however busy the machine is, before the first part has been dealt with.
      while (!client.closed) await delay(5)
      await delay(100)
      chunks.push('ended')
    }
    await assert.rejects(drive.fetch('rows.txt', 0, take), { code: 'ECONNRESET' })
    assert.deepEqual(chunks, ['begun', 'ended'])
    await delay(300)
    assert.deepEqual(chunks, ['begun', 'ended'])
  })
})
