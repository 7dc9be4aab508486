import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { inspect } from 'node:util'
import ssh2 from 'ssh2'
import { ftp, jsonLines, sftp } from '../../src/connectors/files/index.ts'
import { IsthmusError } from '../../src/errors.ts'
import { addressRule } from '../../src/system/network.ts'
import { secret } from '../../src/system/setting.ts'
import { system } from '../../src/system/system.ts'
import { Anything, Kept, namesIn, runUntil } from '../integration/files-harness.ts'
import {
  connectTo,
  parameter,
  portOf,
  settings,
  sshdUrl,
  testPlace,
  withoutFtp,
  withoutSftp,
} from '../integration/files-remote-harness.ts'

const fast = { pattern: '*.jsonl', format: jsonLines(), every: '5ms', settle: '0s' } as const

/** Nothing that a secret holds may be in an error or what it was caused by. */
function isSafe(error: unknown, code: string, message: RegExp): boolean {
  assert.ok(error instanceof IsthmusError, String(error))
  assert.equal(error.code, code, error.message)
  assert.match(error.message, message)
  let text = ''
  for (let each: unknown = error; each instanceof Error; each = each.cause)
    text += inspect(each, { depth: 4 })
  for (const hidden of [settings.PASSWORD, settings.KEY.split('\n')[2]])
    assert.ok(!hidden || !text.includes(hidden), 'a secret is in the error')
  return true
}

describe('SFTP', { skip: withoutSftp }, () => {
  const check = async (t: TestContext, options: object, over: object = {}) => {
    const { shop } = await testPlace(t, 'SFTP', false, options)
    const connection = await connectTo(shop, over)
    await connection.check().finally(() => connection.close())
  }
  const hostKey = (text: string) => ({ hostKey: text })
  const publicKey = () =>
    readFileSync(join(parameter(sshdUrl, 'key'), '../host.pub'), 'utf8')
      .split(' ')
      .slice(0, 2)
      .join(' ')

  test('a server is known by its fingerprint, its key, or a line of known_hosts', async t => {
    const other = `SHA256:${'A'.repeat(43)}`
    for (const text of [
      publicKey(),
      `[127.0.0.1]:22 ${publicKey()} comment`,
      `${other}\n${parameter(sshdUrl, 'host')}`,
    ])
      await check(t, hostKey(text))
  })

  test('a server with another key is refused before the user is named', async t => {
    const known = [`SHA256:${'A'.repeat(43)}`, readFileSync(`${parameter(sshdUrl, 'key')}.pub`, 'utf8')]
    for (const text of known)
      await assert.rejects(check(t, hostKey(text)), error =>
        isSafe(error, 'TARGET-CREDENTIALS', /shows the ssh-ed25519 key SHA256:.*not the "hostKey"/),
      )
  })

  test('what is no key is refused, and nobody is trusted without one', async t => {
    for (const text of ['', 'SHA256:short', 'ssh-ed25519 AAAA', 'yes'])
      await assert.rejects(check(t, hostKey(text)), error => isSafe(error, 'CONFIG-INVALID', /hostKey/))
  })

  test('an encrypted key needs its passphrase', async t => {
    await check(t, { key: secret('LOCKED'), passphrase: secret('PASSPHRASE') })
    for (const options of [{ key: secret('LOCKED') }, { key: secret('LOCKED'), passphrase: secret('KEY') }])
      await assert.rejects(check(t, options), error => isSafe(error, 'CONFIG-INVALID', /key of the user/))
  })

  test('credentials that are not accepted pause the flow', async t => {
    await assert.rejects(check(t, { key: undefined, password: secret('PASSPHRASE') }), error =>
      isSafe(error, 'TARGET-CREDENTIALS', /does not let the user in/),
    )
    const nothing = { key: undefined, password: undefined }
    await assert.rejects(check(t, nothing), error => isSafe(error, 'CONFIG-INVALID', /a key or a password/))
  })

  test('only allowed addresses are called', async t => {
    const allows = addressRule([])
    await assert.rejects(check(t, {}, { allows }), { code: 'TARGET-ADDRESS' })
    const url = `sftp://localhost:${sshdUrl.port}/tmp`
    await assert.rejects(check(t, { url }, { allows }), { code: 'TARGET-ADDRESS' })
    await check(t, { url })
  })

  test('a url that leads elsewhere or holds a user is refused without being repeated', async t => {
    for (const url of [
      'sftp://u:geheim@host/',
      'ftp://host/',
      'host',
      'sftp://host/a%2F..%2Fb',
      'sftp://host/a%0Ab',
    ])
      await assert.rejects(check(t, { url }), error => {
        assert.ok(!String(error).includes('geheim'))
        return isSafe(error, 'CONFIG-INVALID', /The url of system shop/)
      })
  })
})

describe('FTP', { skip: withoutFtp }, () => {
  const check = async (
    t: TestContext,
    kind: 'FTP' | 'FTPS' | 'implicit FTPS',
    options: object,
    over: object = {},
  ) => {
    const { shop } = await testPlace(t, kind, false, options)
    const connection = await connectTo(shop, over)
    await connection.check().finally(() => connection.close())
  }

  test('a certificate of another authority, or for another name, is refused before the user is named', async t => {
    for (const kind of ['FTPS', 'implicit FTPS'] as const) {
      await check(t, kind, {})
      await assert.rejects(check(t, kind, { tls: undefined }), error =>
        isSafe(error, 'TARGET-UNAVAILABLE', /certificate/),
      )
      // The certificate is not for this address.
      const tap = await wiretap(t, portOf(kind))
      const url = `ftp://127.0.0.3:${tap.port}/`
      await assert.rejects(check(t, kind, { url }), error =>
        isSafe(error, 'TARGET-UNAVAILABLE', /not match|altnames/i),
      )
    }
  })

  test('nothing is said in clear to a server without encryption, unless that is asked for by name', async t => {
    const tap = await wiretap(t, portOf('FTP'))
    const url = `ftp://127.0.0.1:${tap.port}/`
    for (const kind of ['FTPS', 'implicit FTPS'] as const)
      await assert.rejects(check(t, kind, { url, connectTimeout: '2s' }), error =>
        isSafe(error, 'TARGET-UNAVAILABLE', /./),
      )
    assert.doesNotMatch(tap.heard(), /USER|PASS/)
    await check(t, 'FTP', { url })
    assert.match(tap.heard(), /PASS/)
  })

  test('a password that is not accepted pauses the flow', async t => {
    await assert.rejects(check(t, 'FTPS', { password: secret('PASSPHRASE') }), error =>
      isSafe(error, 'TARGET-CREDENTIALS', /does not let the user in/),
    )
  })

  test('only allowed addresses are called', async t => {
    const allows = addressRule([])
    for (const kind of ['FTPS', 'implicit FTPS'] as const)
      for (const host of ['127.0.0.1', 'localhost'])
        await assert.rejects(check(t, kind, { url: `ftp://${host}:${portOf(kind)}/` }, { allows }), {
          code: 'TARGET-ADDRESS',
        })
  })

  test('a data connection to another host than the server is refused', async t => {
    const other = createServer(() => assert.fail('it was called')).listen(0, '127.0.0.1')
    await once(other, 'listening')
    t.after(() => other.close())
    const { port } = other.address() as AddressInfo
    const server = await scripted(t, {
      PASV: `227 Entering Passive Mode (10,1,2,3,${port >> 8},${port & 255})`,
    })
    const shop = system('shop', {
      kind: 'files',
      connector: ftp({
        url: `ftp://127.0.0.1:${server}`,
        user: 'u',
        password: secret('PASSWORD'),
        encryption: 'none',
      }),
    })
    const connection = await connectTo(shop)
    await assert.rejects(connection.check(), /PASV returned another host/)
    await connection.close()
  })

  test('names in GB18030 are read and written as they are', async t => {
    const { disk, shop } = await testPlace(t, 'FTP', false, { names: 'gb18030' })
    const name = Buffer.concat([Buffer.from([0xb6, 0xa9, 0xb5, 0xa5]), Buffer.from('.jsonl')])
    const path = Buffer.concat([Buffer.from(`${disk}/`), name])
    await writeFile(path, '"订单"\n')
    // No character in either encoding: left alone, as it could not be asked for.
    await writeFile(Buffer.concat([Buffer.from(`${disk}/`), Buffer.from([0xff]), name]), '"no"\n')
    const kept = new Kept()
    const connection = await connectTo(shop)
    const channel = shop.read('rows', Anything, fast)
    await runUntil(channel, kept, connection, async () => (await namesIn(disk, 'done')).length === 1)
    await connection.close()
    assert.deepEqual(kept.data, ['订单'])
    assert.equal(kept.deliveries[0]?.headers?.file, '订单.jsonl')
  })
})

test('a password is said to the server that is known, and to no other', async t => {
  const { private: key, public: shown } = ssh2.utils.generateKeyPairSync('ed25519')
  const heard: string[] = []
  const server = new ssh2.Server({ hostKeys: [key] }, client => {
    client.on('error', () => {})
    client.on('authentication', context => {
      if (context.method === 'password') heard.push(context.password)
      context.reject(['password'])
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const check = async (hostKey: string) => {
    const url = `sftp://127.0.0.1:${(server.address() as AddressInfo).port}`
    const connector = sftp({ url, user: 'u', password: secret('PASSPHRASE'), hostKey })
    const connection = await connectTo(system('shop', { kind: 'files', connector }))
    await assert.rejects(connection.check(), { code: 'TARGET-CREDENTIALS' })
    await connection.close()
  }
  await check(`SHA256:${'A'.repeat(43)}`)
  assert.deepEqual(heard, [])
  await check(shown)
  assert.deepEqual(heard, [settings.PASSPHRASE])
})

test('a hostile listing cannot lead out of the folder', async t => {
  const listing = [
    '-rw-r--r-- 1 0 0 2 Jan 01 10:00 ../../etc/x.jsonl',
    '-rw-r--r-- 1 0 0 2 Jan 01 10:00 a\\b.jsonl',
  ]
  const asked: string[] = []
  const server = await scripted(t, { SIZE: '550 no' }, listing.join('\r\n'), asked)
  const shop = system('shop', {
    kind: 'files',
    connector: ftp({
      url: `ftp://127.0.0.1:${server}`,
      user: 'u',
      password: secret('PASSWORD'),
      encryption: 'none',
    }),
  })
  const connection = await connectTo(shop)
  const channel = shop.read('rows', Anything, fast)
  await runUntil(
    channel,
    new Kept(),
    connection,
    () => asked.filter(each => each.startsWith('LIST')).length > 3,
  )
  await connection.close()
  assert.ok(!asked.some(each => /etc|a\\b/.test(each)), asked.join())
})

test('a silent server is given up', async t => {
  const server = createServer(socket => void socket.resume()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const { port } = server.address() as AddressInfo
  const late = { connectTimeout: '300ms', user: 'u', password: secret('PASSWORD') }
  const connectors = [
    sftp({ url: `sftp://127.0.0.1:${port}`, hostKey: `SHA256:${'A'.repeat(43)}`, ...late }),
    ftp({ url: `ftp://127.0.0.1:${port}`, encryption: 'implicit', ...late }),
    ftp({ url: `ftp://127.0.0.1:${port}`, ...late }),
  ]
  for (const connector of connectors) {
    const connection = await connectTo(system('shop', { kind: 'files', connector }))
    await assert.rejects(connection.check(), { code: 'TARGET-UNAVAILABLE' })
    await connection.close()
  }
})

/** Stands before a server and keeps what clients say. */
async function wiretap(t: TestContext, port: number): Promise<{ port: number; heard(): string }> {
  let heard = ''
  const sockets = new Set<Socket>()
  const server = createServer(client => {
    const upstream = connect(port, '127.0.0.1')
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => {})
    }
    client.on('data', chunk => {
      heard += chunk.toString('latin1')
    })
    client.pipe(upstream).pipe(client)
  }).listen(0)
  await once(server, 'listening')
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { port: (server.address() as AddressInfo).port, heard: () => heard }
}

/** A server that says what it is told to say, and for the rest that all is well. */
async function scripted(
  t: TestContext,
  answers: Record<string, string>,
  listing = '',
  asked: string[] = [],
): Promise<number> {
  const data = createServer(socket => socket.end(`${listing}\r\n`)).listen(0, '127.0.0.1')
  await once(data, 'listening')
  const { port: dataPort } = data.address() as AddressInfo
  const usual: Record<string, string> = {
    USER: '331 password',
    PASS: '230 in',
    FEAT: '211-features\r\n SIZE\r\n MDTM\r\n211 end',
    PWD: '257 "/"',
    EPSV: '500 no',
    PASV: `227 (127,0,0,1,${dataPort >> 8},${dataPort & 255})`,
    LIST: '150 here\r\n226 done',
    SIZE: '550 no',
  }
  const server = createServer(socket => {
    socket.on('error', () => {})
    socket.write('220 welcome\r\n')
    socket.on('data', chunk => {
      for (const line of chunk.toString().split('\r\n').filter(Boolean)) {
        asked.push(line)
        const command = line.split(' ')[0] ?? ''
        socket.write(`${answers[command] ?? usual[command] ?? '250 well'}\r\n`)
      }
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    data.close()
  })
  return (server.address() as AddressInfo).port
}
