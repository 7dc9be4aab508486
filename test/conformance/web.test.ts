import { Type } from 'typebox'
import { web } from '../../src/connectors/web/index.ts'
import { model } from '../../src/model/model.ts'
import { irreversible } from '../../src/system/effect.ts'
import { system } from '../../src/system/system.ts'
import { describeRequester, type RequesterFixture } from '../../src/testing/describe-requester.ts'
import { describeSink, type SinkFixture, type SuiteRecord } from '../../src/testing/describe-sink.ts'
import { describeSource, type SourceFixture } from '../../src/testing/describe-source.ts'
import { contextOf } from '../integration/http-harness.ts'
import { type Business, HttpTarget, troubles } from '../integration/http-target.ts'
import { patientHttp } from '../integration/patience.ts'
import { escaped, page } from '../integration/web-pages.ts'

const Row = model('Row', { version: 1, schema: Type.Object({ n: Type.Integer(), text: Type.String() }) })
const Request = model('Request', { version: 1, schema: Type.Object({ n: Type.Integer() }) })
/** Bytes of an answer. */
const limit = 2 ** 23
const fields = {
  n: { at: '.n', read: Number },
  text: { at: '.text', attribute: 'data-text' },
}

const row = ({ n, text }: SuiteRecord) =>
  `<tr><td class="n">${n}</td><td class="text" data-text="${escaped(text)}">.</td></tr>`

for (const pages of ['one page', 'numbered pages'] as const)
  describeSource(`web list (${pages})`, () => listFixture(pages), {
    // What is added while numbered pages are read comes in between.
    ordered: pages === 'one page',
    identified: true,
    // All of it is read at every look.
    resumable: false,
    peeks: true,
    readAhead: 500,
    tooLong: 'failure',
  })
describeSink('web form (irreversible)', formFixture, { effect: 'irreversible', longest: 200_000 })
describeRequester('web page (reading)', pageFixture, { effect: 'read', unknown: 'refused', limit })

async function siteOf(business: Business) {
  const target = new HttpTarget(business)
  await target.up()
  const open = async () => {
    const connector = web({
      url: target.url,
      pause: '0s',
      robots: false,
      responseLimit: limit,
      ...patientHttp,
    })
    const owner = system('shop', { kind: 'other', connector })
    return { owner, connection: await connector.connect(contextOf()) }
  }
  return { target, open }
}

async function listFixture(pages: 'one page' | 'numbered pages'): Promise<SourceFixture> {
  const rows: SuiteRecord[] = []
  const size = pages === 'one page' ? Number.POSITIVE_INFINITY : 50
  const { target, open } = await siteOf(({ path }) => {
    const number = Number(new URL(path, 'http://x').searchParams.get('page') ?? 1)
    const from = number === 1 ? 0 : (number - 1) * size
    const shown = rows.slice(from, from + size)
    const table = `<table>${shown.map(row).join('')}</table>`
    return { status: 200, body: page(rows.length === 0 ? '<p class="none">Nothing</p>' : table) }
  })
  return {
    put: async records => void rows.push(...records),
    putTooLong: async () => void rows.push({ n: 1_000_000, text: 'x'.repeat(limit) }),
    emptyAnswer: () => target.emptyAnswer(),
    disconnect: () => target.disconnect(),
    async open() {
      const { owner, connection } = await open()
      const channel = owner.list('rows', Row, {
        path: '/rows',
        records: 'tr',
        fields,
        empty: '.none',
        pages: pages === 'one page' ? undefined : { parameter: 'page' },
        key: ({ n }) => n,
        every: '10ms',
      })
      const source = connection.source?.(channel)
      return {
        source: () => source as NonNullable<typeof source>,
        close: () => connection.close(),
        kill: () => connection.close(),
      }
    },
    recordOf: ({ data }) => data as SuiteRecord,
    destroy: () => target.down(),
  }
}

const refused = 'a text that is refused'

async function formFixture(): Promise<SinkFixture> {
  const rows: SuiteRecord[] = []
  let trouble: (() => Promise<void>) | undefined
  const { target, open } = await siteOf(async ({ method, body }) => {
    if (method === 'GET') {
      const form =
        '<form method="post" action="/add"><input type="hidden" name="token" value="t1"><input name="n"><textarea name="text"></textarea></form>'
      return { status: 200, body: page(form) }
    }
    await trouble?.()
    trouble = undefined
    const sent = new URLSearchParams(body.toString())
    if (sent.get('token') !== 't1') return { status: 400, body: page('no token') }
    // A browser sends line ends as CR LF, and so do we.
    const record = { n: Number(sent.get('n')), text: JSON.parse(sent.get('text') ?? '') }
    if (record.text === refused) return { status: 200, body: page('<p class="failed">No such text</p>') }
    return { status: 200, body: page('<p class="done">Thank you</p>'), apply: () => void rows.push(record) }
  })
  return {
    ...troubles(target),
    // Of the form, not of the page that it stands on.
    loseAnswer: async () => {
      trouble = () => target.loseAnswer()
    },
    cutAnswer: async () => {
      trouble = () => target.cutAnswer()
    },
    refused,
    effects: async () => rows,
    async open() {
      const { owner, connection } = await open()
      const channel = owner.submit('rows', Row, {
        path: '/new',
        values: ({ data: { n, text } }) => ({ n: String(n), text: JSON.stringify(text) }),
        done: '.done',
        failed: '.failed',
        effect: irreversible,
      })
      const sink = connection.sink?.(channel)
      return { sink: () => sink as NonNullable<typeof sink>, close: () => connection.close() }
    },
  }
}

async function pageFixture(): Promise<RequesterFixture> {
  const texts = new Map<number, string | undefined>()
  const { target, open } = await siteOf(({ path }) => {
    const n = Number(path.split('/').at(-1))
    if (!texts.has(n)) return { status: 404, body: page('not here') }
    const text = texts.get(n)
    const shown = text === undefined ? '<p class="other">made anew</p>' : `<table>${row({ n, text })}</table>`
    return { status: 200, body: page(shown) }
  })
  return {
    ...troubles(target),
    know: async (n, text) => void texts.set(n, text),
    garble: async n => void texts.set(n, undefined),
    textOf: result => (result as SuiteRecord).text,
    async open() {
      const { owner, connection } = await open()
      const channel = owner.page('row', {
        request: Request,
        response: Row,
        path: ({ n }) => `/rows/${n}`,
        fields,
      })
      const requester = connection.requester?.(channel)
      return {
        requester: () => requester as NonNullable<typeof requester>,
        close: () => connection.close(),
      }
    },
  }
}
