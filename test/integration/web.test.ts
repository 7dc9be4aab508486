import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type TestContext, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { Type } from 'typebox'
import { type ListOptions, type WebOptions, web } from '../../src/connectors/web/index.ts'
import type { IsthmusError } from '../../src/errors.ts'
import type { Delivery } from '../../src/message/message.ts'
import { model } from '../../src/model/model.ts'
import type { ConnectContext } from '../../src/system/connector.ts'
import { idempotent, irreversible } from '../../src/system/effect.ts'
import type { Outgoing } from '../../src/system/roles.ts'
import { secret } from '../../src/system/setting.ts'
import { system } from '../../src/system/system.ts'
import { connectContext } from '../../src/testing/connect-context.ts'
import { type Offer, SupplierSite } from './web-site.ts'

const OfferModel = model('Offer', {
  version: 1,
  schema: Type.Object({ sku: Type.String(), price: Type.String() }),
})
const Order = model('Order', { version: 1, schema: Type.Object({ sku: Type.String(), qty: Type.Integer() }) })
const price = { at: '.price', read: (text: string) => text.replace(' €', '').replace(',', '.') }
const list: ListOptions<Offer> = {
  path: '/prices',
  records: 'tr.offer',
  fields: { sku: '.sku', price },
  expect: { '.heading': 'Price' },
  empty: '.none',
  pages: { next: 'a.next' },
  key: ({ sku }) => sku,
  every: '1h',
}
const never = new AbortController().signal

async function connected(
  t: TestContext,
  site: SupplierSite,
  options: Partial<WebOptions> = {},
  context: Partial<ConnectContext> & { settings?: Record<string, string> } = {},
) {
  const connector = web({ url: site.url, pause: '0s', ...options })
  const owner = system('supplier', { kind: 'other', connector })
  let turned = () => {}
  const turn = async () => () => turned()
  const connection = await connector.connect(connectContext({ system: 'supplier', turn, ...context }))
  t.after(() => connection.close())
  /** What one look at a list delivers, which is so many records. */
  const look = async (over: Partial<ListOptions<Offer>> = {}, count = 5) => {
    let pages = 0
    turned = () => {
      pages++
    }
    const channel = owner.list('offers', OfferModel, { ...list, ...over })
    const stop = new AbortController()
    const found: Delivery[] = []
    const running = connection.source?.(channel).run(
      {
        position: async () => undefined,
        async accept(deliveries) {
          found.push(...deliveries)
          return deliveries.map(({ id = '' }) => ({ status: 'accepted', id }))
        },
      },
      stop.signal,
    )
    const rests = async () => {
      while (!stop.signal.aborted && (found.length < count || pages === 0)) await delay(5)
    }
    try {
      await Promise.race([rests(), running])
    } finally {
      stop.abort()
    }
    await running
    return found
  }
  const submit = async (data: { sku: string; qty: number }) => {
    const channel = owner.submit('order', Order, {
      path: '/order',
      values: ({ data: { sku, qty } }) => ({ sku, qty: String(qty) }),
      done: '.done',
      failed: '.error',
      effect: irreversible,
    })
    const item: Outgoing = { data, effectKey: 'e', key: 'k', messageId: 'm', attempt: 1 }
    const [answer] = (await connection.sink?.(channel).write([item], never)) ?? []
    if (!answer || answer.ok) return answer && 'ok'
    const { code, message } = answer.error as IsthmusError
    return `${code}: ${message}`
  }
  return { owner, connection, look, submit }
}

const skus = (found: readonly Delivery[]) => found.map(({ data }) => (data as Offer).sku)

test('a list is read page by page, by its links', async t => {
  const site = await new SupplierSite().start(t)
  const { look } = await connected(t, site)
  const found = await look()
  assert.deepEqual(skus(found), ['螺栓-1', '螺栓-2', '螺栓-3', '螺栓-4', '螺栓-5'])
  assert.deepEqual(found[0]?.data, { sku: '螺栓-1', price: '1.50' })
})

test('a page in GBK is read by what it says of itself', async t => {
  const site = await new SupplierSite().start(t)
  const { look } = await connected(t, site)
  assert.deepEqual(skus(await look({ path: '/zh', pages: undefined }))[4], '螺栓-5')
})

for (const [layout, reason] of [
  ['other heading', /"\.heading" says "Price per 100" and not Price/],
  ['other columns', /price \(\.price\) is there 0 times and not once/],
  ['away', /nothing is found by "\.heading", which is expected to say Price/],
] as const)
  test(`a layout that changes (${layout}) is told, and nothing of it delivered`, async t => {
    const site = await new SupplierSite().start(t)
    site.layout = layout
    const { look } = await connected(t, site)
    await assert.rejects(look(), { code: 'TARGET-CONTRACT', fate: 'pause', message: reason })
  })

test('a page without records is a changed layout, unless it says that there are none', async t => {
  const site = await new SupplierSite().start(t)
  site.layout = 'empty'
  const { look } = await connected(t, site)
  assert.deepEqual(await look({ expect: {} }, 0), [])
  await assert.rejects(look({ expect: {}, empty: undefined }), { message: /nothing is found by "tr\.offer"/ })
})

test('one record among good ones that is not whole is set aside with the reason', async t => {
  const site = await new SupplierSite().start(t)
  site.layout = 'one bad row'
  const { look } = await connected(t, site)
  const found = await look({ pages: undefined }, 2)
  assert.equal(found.length, 2)
  assert.match(found[1]?.defect ?? '', /price \(\.price\) is there 0 times/)
  assert.match(Buffer.from(found[1]?.body ?? []).toString(), /螺栓-2/)
})

test('a search is filled in with what the page has put there, and sent', async t => {
  const site = await new SupplierSite().start(t)
  const { look } = await connected(t, site)
  const found = await look(
    {
      path: '/search',
      search: { form: '#search', values: { q: '-3' } },
      pages: undefined,
    },
    1,
  )
  assert.deepEqual(skus(found), ['螺栓-3'])
  await assert.rejects(look({ path: '/search', search: { values: { term: 'x' } } }), {
    message: /its form "form" has no field "term"/,
  })
})

test('a login is made once, kept, and made again when the site has forgotten it', async t => {
  const site = await new SupplierSite().start(t)
  const login = {
    path: '/login',
    values: { user: 'buyer', password: secret('PASSWORD') },
    inside: 'a.logout',
  }
  const { look } = await connected(t, site, { login }, { settings: { PASSWORD: 'p&ss' } })
  const logins = () =>
    site.asked.filter(({ path, cookie }) => path === '/login' && cookie === undefined).length
  assert.equal((await look({ path: '/inside', pages: undefined })).length, 5)
  const before = logins()
  assert.equal((await look({ path: '/inside', pages: undefined })).length, 5)
  assert.equal(logins(), before)
  site.forgetSessions()
  assert.equal((await look({ path: '/inside', pages: undefined })).length, 5)
  const wrong = await connected(t, site, { login }, { settings: { PASSWORD: 'no' } })
  const failure = await wrong.look({ path: '/inside' }).catch(error => error)
  assert.equal(failure.code, 'TARGET-CREDENTIALS')
  assert.doesNotMatch(failure.message, /\bno\b/)
})

test('robots.txt is heeded: what it forbids is not asked for', async t => {
  const site = await new SupplierSite().start(t)
  site.robots = { status: 200, text: 'User-agent: *\nDisallow: /prices\n' }
  const { look } = await connected(t, site)
  await assert.rejects(look(), {
    code: 'CONFIG-INVALID',
    message: /does not allow isthmus to ask for \/prices/,
  })
  assert.deepEqual(
    site.asked.map(({ path }) => path),
    ['/robots.txt'],
  )
  site.robots = { status: 200, text: 'User-agent: *\nDisallow: /\nUser-agent: isthmus\nAllow: /\n' }
  const allowed = await connected(t, site)
  assert.equal((await allowed.look()).length, 5)
})

test('while robots.txt cannot be had nothing is asked, and without one everything is', async t => {
  const site = await new SupplierSite().start(t)
  site.robots = { status: 503, text: '' }
  const { look } = await connected(t, site)
  await assert.rejects(look(), { code: 'TARGET-UNAVAILABLE' })
  site.robots = { status: 404, text: '' }
  assert.equal((await look()).length, 5)
  const unheeded = await connected(t, site, { robots: false })
  site.robots = { status: 200, text: 'User-agent: *\nDisallow: /\n' }
  assert.equal((await unheeded.look()).length, 5)
})

test('a form is sent once with its hidden token, and the answer tells what became of it', async t => {
  const site = await new SupplierSite().start(t)
  const { submit } = await connected(t, site)
  assert.equal(await submit({ sku: '螺栓-1', qty: 2 }), 'ok')
  assert.deepEqual({ ...site.orders[0] }, { token: 't7', sku: '螺栓-1', qty: '2' })
  assert.match(String(await submit({ sku: 'x', qty: 0 })), /TARGET-REFUSED.*the site says: Too few/)
  assert.match(
    String(await submit({ sku: 'x', qty: 13 })),
    /TARGET-UNANSWERED.*neither "\.done" nor a failure/,
  )
  assert.equal(site.orders.length, 2)
})

test('nothing is asked of another site, wherever a page or a redirect leads', async t => {
  const site = await new SupplierSite().start(t)
  const { look } = await connected(t, site)
  await assert.rejects(look({ path: '/elsewhere' }), { message: /leads to another site/ })
})

const chromium = process.env.ISTHMUS_TEST_CHROMIUM
const skip =
  chromium === undefined &&
  process.env.ISTHMUS_REQUIRE_SERVERS !== '1' &&
  'ISTHMUS_TEST_CHROMIUM names no browser'

test('a page that scripts make is read in a browser, which asks only the site', {
  skip,
  timeout: 240_000,
}, async t => {
  const site = await new SupplierSite().start(t)
  const { look } = await connected(t, site, { browser: { executable: chromium ?? '' } })
  const scripted = { path: '/scripted', expect: {}, pages: undefined, rendered: 'tr.offer' }
  assert.deepEqual(skus(await look(scripted)), ['螺栓-1', '螺栓-2', '螺栓-3', '螺栓-4', '螺栓-5'])
  await assert.rejects(look({ ...scripted, rendered: undefined }), {
    message: /nothing is found by "tr\.offer"/,
  })
})

test('what cannot work is refused when it is declared', async t => {
  assert.throws(() => web({ url: 'https://x.test/shop' }), { message: /paths are given with the channels/ })
  const site = await new SupplierSite().start(t)
  const { owner, connection } = await connected(t, site)
  assert.throws(() => owner.list('a', OfferModel, { ...list, path: 'prices' }), { code: 'FLOW-DEFINITION' })
  assert.throws(() => owner.list('a', OfferModel, { ...list, most: 0 }), { code: 'FLOW-DEFINITION' })
  const bad = owner.submit('x', Order, {
    path: '/order',
    form: 'form[',
    values: () => ({}),
    done: 'p',
    effect: idempotent,
  })
  const item: Outgoing = { data: {}, effectKey: 'e', key: 'k', messageId: 'm', attempt: 1 }
  const [answer] = (await connection.sink?.(bad).write([item], never)) ?? []
  assert.match(String(answer?.ok === false && answer.error), /"form\[" is no selector/)
})

/** A site of one page. */
async function siteOf(t: TestContext, answer: (response: ServerResponse) => void): Promise<string> {
  const server = createServer(({ url }, response) => {
    if (url === '/page') return answer(response)
    response.statusCode = 404
    response.end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** What is read as the heading of a page, or the code and the text of the error. */
async function headingAt(t: TestContext, url: string, rendered?: string): Promise<string> {
  const browser = { executable: chromium ?? '' }
  const owner = system('supplier', { kind: 'other', connector: web({ url, pause: '0s', browser }) })
  const Any = model('Any', { version: 1, schema: Type.Unknown() })
  const channel = owner.page('page', {
    request: Any,
    response: Any,
    path: '/page',
    fields: { heading: 'h1' },
    rendered,
  })
  const connection = await owner.connector.connect(connectContext({ system: 'supplier' }))
  t.after(() => connection.close())
  const item: Outgoing = { data: {}, effectKey: 'e', key: 'k', messageId: 'm', attempt: 1 }
  const [answer] = (await connection.requester?.(channel).ask([item], never)) ?? []
  assert.ok(answer)
  if (answer.ok) return (answer.result as { heading: string }).heading
  const { code, message } = answer.error as IsthmusError
  return `${code} ${message}`
}

test('a page that is not in the encoding that it says is refused, and so is a guess of too little', async t => {
  const utf8 = Buffer.from('<h1>螺栓价格 Größe</h1>')
  for (const [contentType, body, expected] of [
    ['text/html; charset=iso-8859-1', utf8, /said to be in windows-1252, and is in UTF-8/],
    ['text/html; charset=gbk', utf8, /said to be in gbk, and is in UTF-8/],
    ['text/html; charset=utf-8', Buffer.from('<h1>Gr\xf6\xdfe</h1>', 'latin1'), /is not utf-8/],
    ['text/html', Buffer.from('<h1>Gr\xf6\xdfe</h1>', 'latin1'), /does not say its encoding/],
    ['text/html; charset=iso-8859-1', Buffer.from('<h1>Gr\xf6\xdfe</h1>', 'latin1'), /^Größe$/],
    ['text/html', utf8, /^螺栓价格 Größe$/],
  ] as const) {
    const url = await siteOf(t, response => {
      response.setHeader('content-type', contentType)
      response.end(body)
    })
    assert.match(await headingAt(t, url), expected)
  }
})

test('a browser gets nowhere but to the site, and what it shows of elsewhere is no page', {
  skip,
  timeout: 240_000,
}, async t => {
  let reached = 0
  const elsewhere = createServer((_, response) => response.end('<h1>elsewhere</h1>')).listen(0, '127.0.0.1')
  elsewhere.on('connection', () => reached++)
  await once(elsewhere, 'listening')
  t.after(() => elsewhere.close())
  const other = `127.0.0.1:${(elsewhere.address() as AddressInfo).port}`
  const scripted = (script: string) =>
    siteOf(t, response => {
      response.setHeader('content-type', 'text/html')
      response.end(`<h1>a</h1><script>${script}</script>`)
    })
  // The page is shown only when its script has failed to get out.
  const tries = `const shown = () => document.body.insertAdjacentHTML('beforeend', '<p id="tried">')
    window.open('http://${other}/popup'); const socket = new WebSocket('ws://${other}/'); socket.onclose = shown`
  assert.equal(await headingAt(t, await scripted(tries), '#tried'), 'a')
  const away = await headingAt(t, await scripted(`location = 'http://${other}/'`), 'h1')
  assert.match(away, /^TARGET-CONTRACT .*(leads to another site|did not show)/)
  assert.equal(reached, 0)
})

test('a page for a browser that does not come, or with which the browser ends, is no other layout', {
  skip,
  timeout: 240_000,
}, async t => {
  for (const [status, code] of [
    [503, 'TARGET-UNAVAILABLE'],
    [401, 'TARGET-CREDENTIALS'],
    [404, 'TARGET-REFUSED'],
  ] as const) {
    const url = await siteOf(t, response => {
      response.statusCode = status
      response.end('<h1>no</h1>')
    })
    assert.match(await headingAt(t, url, 'h1'), new RegExp(`^${code} `))
  }
  const url = await siteOf(t, response => {
    // While it waits for the page.
    const own = execFileSync('pgrep', ['-P', String(process.pid), 'chrom'])
      .toString()
      .split('\n')
    for (const pid of own.filter(Boolean)) process.kill(Number(pid), 'SIGKILL')
    setTimeout(() => response.end('<p>late'), 200)
  })
  assert.match(await headingAt(t, url, 'h1'), /^TARGET-UNAVAILABLE .*the browser ended/)
})
