import assert from 'node:assert/strict'
import { globSync } from 'node:fs'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { flow, idempotent, irreversible, model, secret, system, Type, topic } from 'isthmus'
import type { Connector } from 'isthmus/connector'
import { duckdb } from 'isthmus/duckdb'
import { csv, files, jsonLines, xml } from 'isthmus/files'
import { graphql } from 'isthmus/graphql'
import { kafka } from 'isthmus/kafka'
import { ldap } from 'isthmus/ldap'
import { mail } from 'isthmus/mail'
import { mongodb } from 'isthmus/mongodb'
import { mqtt } from 'isthmus/mqtt'
import { odata } from 'isthmus/odata'
import { program } from 'isthmus/process'
import { rabbitmq } from 'isthmus/rabbitmq'
import { hmac, json, oauth2, rest, signed, xml as xmlBody } from 'isthmus/rest'
import { rpc } from 'isthmus/rpc'
import { soap, usernameToken } from 'isthmus/soap'
import { sql } from 'isthmus/sql'
import { web } from 'isthmus/web'

const url = 'https://erp.example.com/api'

/** Of every connector one, with some more options. */
const made: Readonly<Record<string, (more: object) => Connector>> = {
  duckdb: more => duckdb({ file: ':memory:', ...more }),
  files: more => files({ folder: '/tmp', ...more }),
  graphql: more => graphql({ url, ...more }),
  kafka: more => kafka({ brokers: 'kafka.example.com:9092', ...more }),
  ldap: more => ldap({ url: 'ldaps://hrm.example.com', ...more }),
  mail: more => mail({ imap: 'imaps://mail.example.com', ...more }),
  mongodb: more => mongodb({ url: 'mongodb://mes.example.com/mes', ...more }),
  mqtt: more => mqtt({ url: 'mqtts://mqtt.example.com', ...more }),
  odata: more => odata({ url, version: 'V4', ...more }),
  process: more => program({ command: ['true'], ...more }),
  rabbitmq: more => rabbitmq({ url: 'amqps://mq.example.com', ...more }),
  rest: more => rest({ url, ...more }),
  rpc: more => rpc({ url, protocol: 'json', ...more }),
  soap: more => soap({ wsdl: './erp.wsdl', url, ...more }),
  sql: more => sql({ url: 'postgres://mes.example.com/mes', ...more }),
  web: more => web({ url: 'https://shop.example.com', ...more }),
}

const record = model('Record', { version: 1, key: 'id', schema: Type.Object({ id: Type.String() }) })

type Factory = (...given: unknown[]) => unknown

const refusal = (given: () => unknown): string => {
  try {
    given()
    return 'nothing was refused'
  } catch (error) {
    return (error as Error).message
  }
}

test('every connector is among those tried here', () => {
  const root = fileURLToPath(new URL('../../src/connectors', import.meta.url))
  const names = globSync('*/connector.ts', { cwd: root }).map(path => path.split(/[\\/]/)[0])
  assert.deepEqual(names.sort(), Object.keys(made).sort())
})

for (const [name, make] of Object.entries(made)) {
  test(`${name}() refuses an option that there is none of`, () => {
    make({})
    assert.match(
      refusal(() => make({ colour: 1 })),
      new RegExp(`^${name === 'process' ? 'program' : name}\\(\\) has the option "colour"`),
    )
  })

  const factories = Object.entries(make({}).channels('erp') as Record<string, Factory>)
  for (const [factory, channel] of factories)
    test(`a channel of ${name}.${factory} refuses an option that there is none of`, () => {
      const given = [[{ colour: 1 }], [record, { colour: 1 }]]
      const refusals = given.map(each => refusal(() => channel('orders', ...each)))
      refusals.push(refusal(() => channel(topic('orders', record), { colour: 1 })))
      assert.ok(
        refusals.some(text => text.startsWith('erp.orders has the option "colour", which is none.')),
        refusals.join('\n'),
      )
    })
}

test('a misspelt option is refused with the one that was meant, nested ones too', () => {
  const erp = system('erp', { kind: 'erp', connector: rest({ url }) }) as unknown as Record<string, Factory>
  const db = system('db', { kind: 'mes', connector: sql({ url: 'x.db' }) }) as unknown as Record<
    string,
    Factory
  >
  const cases: readonly (readonly [() => unknown, string])[] = [
    [
      () => rest({ url, timouts: {} } as object),
      'rest() has the option "timouts", which is none. Did you mean "timeouts"?',
    ],
    [
      () => rest({ url, tls: { pasphrase: secret('P') } } as object),
      'rest() has the option "tls.pasphrase", which is none. Did you mean "tls.passphrase"?',
    ],
    [
      () => rest({ url, endpoints: { health: { path: '/', evry: '5s' } } } as object),
      'rest() has the option "endpoints.health.evry", which is none. Did you mean "endpoints.health.every"?',
    ],
    [
      () => erp.webhook?.('moved', record, { verfiy: hmac(secret('HOOK')) }),
      'erp.moved has the option "verfiy", which is none. Did you mean "verify"?',
    ],
    [
      () => erp.list?.('orders', record, { path: '/orders', pages: { by: 'page', paramter: 'p' } }),
      'erp.orders has the option "pages.paramter", which is none. Did you mean "pages.parameter"?',
    ],
    [
      () => db.table?.('rows', record, { table: 'rows', mode: 'upsert', keys: ['id'] }),
      'db.rows has the option "keys", which is none. Did you mean "key"?',
    ],
    [
      () => oauth2({ tokenUrl: url, clientId: 'x', scope: ['a'] } as never),
      'oauth2() has the option "scope", which is none. Did you mean "scopes"?',
    ],
    [
      () => signed({ secrets: {}, header: () => ({}) } as never),
      'signed() has the option "header", which is none. Did you mean "headers"?',
    ],
    [
      () => usernameToken('me', secret('P'), { digset: true } as object),
      'usernameToken() has the option "digset", which is none. Did you mean "digest"?',
    ],
    [
      () => csv({ delimeter: ';' } as object),
      'csv() has the option "delimeter", which is none. Did you mean "delimiter"?',
    ],
    [
      () => jsonLines({ max: 1 } as object),
      'jsonLines() has the option "max", which is none. There are maxLineBytes.',
    ],
    [
      () => xml({ records: 'Order' } as never),
      'xml() has the option "records", which is none. Did you mean "record"?',
    ],
    [
      () => json({ maxdepth: 7 } as object),
      'json() has the option "maxdepth", which is none. Did you mean "maxDepth"?',
    ],
    [
      () => xmlBody({ root: 'Order', namespace: { '': 'urn:orders' } } as object),
      'xml() has the option "namespace", which is none. Did you mean "namespaces"?',
    ],
  ]
  for (const [given, text] of cases) assert.equal(refusal(given), text)
})

test('an option that is needed is missed before anything else is looked at', () => {
  const erp = system('erp', { kind: 'erp', connector: rest({ url }) }) as unknown as Record<string, Factory>
  const db = system('db', { kind: 'mes', connector: sql({ url: 'x.db' }) }) as unknown as Record<
    string,
    Factory
  >
  const cases: readonly (readonly [() => unknown, string])[] = [
    [() => erp.webhook?.('moved', record, {}), 'erp.moved lacks the option "verify".'],
    [
      () => erp.list?.('orders', record, { path: '/orders', pages: {} }),
      'erp.orders lacks the option "pages.by".',
    ],
    [
      () => erp.send?.('orders', record, { method: 'POST', path: '/orders' }),
      'erp.orders lacks the option "effect".',
    ],
    [() => db.table?.('rows', record, { mode: 'insert' }), 'db.rows lacks the option "table".'],
    [() => mongodb({} as never), 'mongodb() lacks the option "url".'],
  ]
  for (const [given, text] of cases) assert.equal(refusal(given), text)
})

test('channels without options say that they need some', () => {
  const erp = system('erp', { kind: 'erp', connector: rest({ url }) }) as unknown as Record<string, Factory>
  assert.equal(
    refusal(() => erp.webhook?.('moved', record)),
    'erp.moved needs its options: { verify: ... }.',
  )
})

test('what is declared with a probe is not refused', () => {
  const erp = system('erp', { kind: 'erp', connector: rest({ url }) })
  const probe = { path: () => '/orders', done: () => true }
  erp.send('orders', record, { method: 'POST', path: '/orders', effect: irreversible, probe })
  erp.operation('post', {
    method: 'POST',
    path: '/',
    effect: idempotent,
    request: record,
    response: record,
    probe: { ...probe, result: () => ({ id: '1' }) },
  })
})

test('a misspelt policy of a step is refused with the flow', () => {
  const erp = system('erp', { kind: 'erp', connector: rest({ url }) })
  const moved = erp.webhook('moved', record, { verify: hmac(secret('HOOK')) })
  const orders = erp.send('orders', record, { method: 'POST', path: '/orders', effect: idempotent })
  const begun = flow('movements').from(moved)
  const refused = (given: () => unknown) => refusal(given).replace(/^.*\.ts:\d+: /, '')
  assert.equal(
    refused(() => begun.to(orders, undefined, { retry: { atempts: 3 } } as object)),
    'flow movements: erp.orders has the option "retry.atempts", which is none. Did you mean "retry.attempts"?',
  )
  assert.equal(
    refused(() => begun.key(({ id }) => id, { afterpark: 'skip' } as object)),
    'flow movements: key() has the option "afterpark", which is none. Did you mean "afterPark"?',
  )
  begun.to(orders, undefined, { id: 'again', retry: { attempts: 3 }, unanswered: 'retry' })
})
