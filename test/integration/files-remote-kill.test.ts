import assert from 'node:assert/strict'
import { chownSync, mkdirSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { KillableServer } from '../../scripts/servers/server.ts'
import { startKillableSshd } from '../../scripts/servers/sshd.ts'
import { startKillableVsftpd } from '../../scripts/servers/vsftpd.ts'
import {
  type FilesChannels,
  ftp,
  jsonLines,
  type ReadOptions,
  sftp,
} from '../../src/connectors/files/index.ts'
import type { Outgoing } from '../../src/system/roles.ts'
import { secret } from '../../src/system/setting.ts'
import { type System, system } from '../../src/system/system.ts'
import { connectContext } from '../../src/testing/connect-context.ts'
import { Anything, Kept, namesIn, putFile, runUntil, until } from './files-harness.ts'
import { parameter, proxyHost, withoutServer } from './files-remote-harness.ts'
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts'

const fast = { pattern: '*.jsonl', format: jsonLines(), every: '5ms', settle: '0s' } satisfies ReadOptions
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n)
const signal = new AbortController().signal

for (const kind of ['SFTP', 'FTP'] as const) {
  describe(`files over ${kind} whose server is killed`, { skip: withoutServer(kind) }, () => {
    let server: KillableServer
    let proxy: TcpProxy
    before(async () => {
      server = await (kind === 'SFTP' ? startKillableSshd() : startKillableVsftpd())
      const url = new URL(server.url)
      const first = Number(parameter(url, 'data'))
      const ftpPlace = { host: proxyHost, data: range(first, first + 40) }
      proxy = await startTcpProxy(Number(url.port), kind === 'FTP' ? ftpPlace : {})
    })
    after(async () => {
      await proxy?.close()
      await server?.stop()
    })

    let restarted: Promise<void> | undefined
    /** Kills it in whatever it does when it has sent so many bytes. Nobody is connected before it is there again. */
    const killAfter = async (bytes: number) => {
      await restarted
      restarted = undefined
      proxy.actAfter(bytes, () => {
        restarted = server.killAndRestart()
      })
    }

    test('while it lists, reads or renames: each file is read once', { timeout: 240_000 }, async () => {
      const { disk, shop } = placeOf(kind, server, proxy, 'read')
      const kept = new Kept()
      const connection = await connectTo(shop, server)
      const channel = shop.read('rows', Anything, fast)
      const count = 3
      for (const n of range(0, count)) await putFile(disk, `rows-${n}.jsonl`, `${2 * n}\n${2 * n + 1}\n`)
      const isDone = async () => (await namesIn(disk, 'done')).length === count
      let [kills, bytes] = [0, kind === 'SFTP' ? 2000 : 500]
      while (!(await isDone())) {
        bytes += kind === 'SFTP' ? 701 : 149
        await killAfter(bytes)
        await runUntil(channel, kept, connection, isDone).catch(error => {
          kills++
          assert.match(error.code, /^(SOURCE-FAILED|TARGET-UNAVAILABLE)$/)
        })
      }
      await restarted
      await connection.close()
      assert.ok(kills >= 3, `${kills} kills`)
      assert.deepEqual((kept.data as number[]).sort(), range(0, 2 * count))
      assert.deepEqual(await namesIn(disk), [])
    })

    test('in the middle of a large file: it is gone on with', { timeout: 240_000 }, async () => {
      const { disk, shop } = placeOf(kind, server, proxy, 'large')
      const kept = new Kept()
      const connection = await connectTo(shop, server)
      const channel = shop.read('rows', Anything, fast)
      const rows = range(0, 40_000)
      await putFile(disk, 'rows.jsonl', rows.map(n => `{"n":${n},"text":"${'x'.repeat(60)}"}\n`).join(''))
      const isDone = async () => (await namesIn(disk, 'done')).length === 1
      let kills = 0
      await until(async () => {
        await killAfter(1_200_000)
        await runUntil(channel, kept, connection, isDone).catch(() => void kills++)
        return isDone()
      })
      await restarted
      await connection.close()
      assert.ok(kills >= 1, `${kills} kills`)
      assert.deepEqual(
        kept.data.map(each => (each as { n: number }).n),
        rows,
      )
    })

    test('while files are written: each is there once, and whole', { timeout: 240_000 }, async () => {
      const { disk, shop } = placeOf(kind, server, proxy, 'written')
      const channel = shop.write('out', Anything, { format: jsonLines(), file: data => `order-${data}.json` })
      const connection = await connectTo(shop, server)
      const sink = connection.sink?.(channel) ?? assert.fail()
      let items = range(0, 5).map(n => outgoing(n))
      let [kills, bytes] = [0, kind === 'SFTP' ? 2000 : 500]
      while (items.length > 0) {
        bytes += kind === 'SFTP' ? 701 : 149
        await killAfter(bytes)
        const answers = await sink.write(items, signal).catch(error => [{ ok: false as const, error }])
        for (const answer of answers)
          if (!answer.ok) assert.match((answer.error as { code: string }).code, /^TARGET-UNA/)
        items = items.filter((_, n) => answers[n]?.ok !== true)
        if (items.length > 0) kills++
      }
      await restarted
      await connection.close()
      assert.ok(kills >= 2, `${kills} kills`)
      const names = await namesIn(disk)
      assert.deepEqual(
        names,
        range(0, 5).map(n => `order-${n}.key${n}.json`),
      )
      for (const [n, name] of names.entries())
        assert.equal(await readFile(join(disk, name), 'utf8'), `${n}\n`)
    })
  })
}

function outgoing(n: number): Outgoing {
  return { data: n, effectKey: `key${n}`, key: 'k', messageId: 'm', attempt: 1 }
}

function placeOf(kind: 'SFTP' | 'FTP', server: KillableServer, proxy: TcpProxy, name: string) {
  const url = new URL(server.url)
  const disk = join(url.pathname, name)
  mkdirSync(disk)
  const owner = Number(parameter(url, 'owner'))
  if (process.getuid?.() === 0) chownSync(disk, owner, owner)
  const connector =
    kind === 'SFTP'
      ? sftp({
          url: `sftp://127.0.0.1:${proxy.port}${disk}`,
          user: url.username,
          key: secret('KEY'),
          hostKey: parameter(url, 'host'),
        })
      : ftp({
          url: `ftp://${proxyHost}:${proxy.port}/${name}`,
          user: url.username,
          password: secret('PASSWORD'),
          encryption: 'none',
        })
  return { disk, shop: system('shop', { kind: 'files', connector }) as System & FilesChannels }
}

function connectTo(shop: System, { url }: KillableServer) {
  const { password, searchParams } = new URL(url)
  const key = searchParams.get('key')
  const settings = { PASSWORD: password, KEY: key ? readFileSync(key, 'utf8') : '' }
  return shop.connector.connect(connectContext({ system: shop.name, settings }))
}
