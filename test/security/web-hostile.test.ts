import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { Type } from 'typebox'
import { web } from '../../src/connectors/web/index.ts'
import { model } from '../../src/model/model.ts'
import { system } from '../../src/system/system.ts'
import { connectContext } from '../../src/testing/connect-context.ts'

const Offer = model('Offer', { version: 1, schema: Type.Object({ sku: Type.String() }) })
const many = 500_000
const distinct = Array.from({ length: many }, (_, n) => ` a${n}`).join('')

/** Each of them would keep the parser busy for minutes or hours. */
const pages: Readonly<Record<string, readonly [html: string, reason: RegExp]>> = {
  'a tag with very many attributes': [`<p${distinct}>`, /a tag with over 512 attributes/],
  'such a tag that never ends': [`<p${distinct}`, /a tag with over 512 attributes/],
  'an end tag with very many attributes': [`</p${distinct}>`, /a tag with over 512 attributes/],
  'elements nested without end': ['<b>'.repeat(many), /nests its elements deeper than 512/],
}

for (const [what, [html, reason]] of Object.entries(pages))
  test(`a page is refused with ${what}`, { timeout: 240_000 }, async t => {
    const server = createServer((request, response) => {
      if (request.url === '/robots.txt') response.writeHead(404).end()
      else response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(html)
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    t.after(() => server.close())
    const { port } = server.address() as AddressInfo
    const connector = web({ url: `http://127.0.0.1:${port}`, pause: '0s' })
    const shop = system('shop', { kind: 'other', connector })
    const list = shop.list('offers', Offer, {
      path: '/',
      records: 'p',
      fields: { sku: 'p' },
      key: ({ sku }) => sku,
      every: '1h',
    })
    const turn = async () => () => {}
    const connection = await connector.connect(connectContext({ system: 'shop', turn }))
    t.after(() => connection.close())
    const intake = {
      position: async () => undefined,
      accept: async () => assert.fail('something of it was delivered'),
    }
    const running = connection.source?.(list).run(intake, new AbortController().signal)
    await assert.rejects(async () => running, { code: 'TARGET-CONTRACT', message: reason })
  })
