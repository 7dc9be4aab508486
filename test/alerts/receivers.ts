import { createHmac } from 'node:crypto'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'

/** What a robot or a webhook was sent and has taken. */
export interface Taken {
  readonly headers: IncomingHttpHeaders
  readonly body: Record<string, unknown>
  readonly text: string
}

export interface Receiver {
  readonly url: string
  readonly taken: Taken[]
  /** What was refused, by the code that was answered. */
  readonly refused: (number | string)[]
  /** While it is set, everything is answered by this status. */
  failWith: number | undefined
}

interface Verdict {
  readonly status?: number
  readonly answer: unknown
  readonly code: number | string
}

/** Looks at a request as the receiver's manual says that it does; undefined for one that it takes. */
type Judge = (request: Taken & { readonly url: URL }, recent: number) => Verdict | undefined

/** Messages that a robot takes within a minute. */
async function receiver(t: TestContext, path: string, judge: Judge, thanks: unknown): Promise<Receiver> {
  const times: number[] = []
  const state: { failWith: number | undefined } = { failWith: undefined }
  const taken: Taken[] = []
  const refused: (number | string)[] = []
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const text = Buffer.concat(parts).toString('utf8')
    const answer = (status: number, body: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    if (state.failWith !== undefined) return answer(state.failWith, {})
    const url = new URL(request.url ?? '/', 'http://receiver')
    const isPost =
      request.method === 'POST' && /^application\/json/.test(request.headers['content-type'] ?? '')
    if (!isPost || url.pathname !== path) return answer(404, {})
    const read = { headers: request.headers, body: JSON.parse(text) as Record<string, unknown>, text, url }
    const now = Date.now()
    times.push(now)
    const verdict = judge(read, times.filter(time => time > now - 60_000).length)
    if (verdict) refused.push(verdict.code)
    else taken.push(read)
    return answer(verdict?.status ?? 200, verdict?.answer ?? thanks)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}${path}`,
    taken,
    refused,
    get failWith() {
      return state.failWith
    },
    set failWith(status) {
      state.failWith = status
    },
  }
}

const hour = 3_600_000

/** Source: DingTalk, custom robots: signed with the time in milliseconds, 20 messages a minute, 20,000 bytes. */
export async function dingtalkReceiver(t: TestContext, token: string, secret: string): Promise<Receiver> {
  const code = (errcode: number, errmsg: string): Verdict => ({ code: errcode, answer: { errcode, errmsg } })
  const judge: Judge = ({ url, body, text }, recent) => {
    const { access_token, timestamp = '', sign } = Object.fromEntries(url.searchParams)
    if (access_token !== token) return code(300001, 'token is not exist')
    if (Math.abs(Date.now() - Number(timestamp)) > hour) return code(310000, 'invalid timestamp')
    const expected = createHmac('sha256', secret).update(`${timestamp}\n${secret}`).digest('base64')
    if (sign !== expected) return code(310000, 'sign not match')
    if (recent > 20) return code(130101, 'send too fast')
    if (Buffer.byteLength(text) > 20_000) return code(460101, 'message too long')
    const { title, text: content } = (body.markdown ?? {}) as Record<string, unknown>
    if (body.msgtype !== 'markdown' || !title || !content) return code(400105, 'unsupported msgtype')
    return undefined
  }
  const made = await receiver(t, '/robot/send', judge, { errcode: 0, errmsg: 'ok' })
  return Object.defineProperties({ ...made, url: `${made.url}?access_token=${token}` }, failing(made))
}

/** Source: WeCom, group robots: the key is in the address, 20 messages a minute, 4,096 bytes of Markdown. */
export async function wecomReceiver(t: TestContext, key: string): Promise<Receiver> {
  const code = (errcode: number, errmsg: string): Verdict => ({ code: errcode, answer: { errcode, errmsg } })
  const judge: Judge = ({ url, body }, recent) => {
    if (url.searchParams.get('key') !== key) return code(93000, 'invalid webhook url')
    if (recent > 20) return code(45009, 'api freq out of limit')
    const { content } = (body.markdown ?? {}) as Record<string, unknown>
    if (body.msgtype !== 'markdown' || typeof content !== 'string') return code(40008, 'invalid message type')
    if (Buffer.byteLength(content) > 4096) return code(40058, 'markdown.content exceed max length 4096')
    return undefined
  }
  const made = await receiver(t, '/cgi-bin/webhook/send', judge, { errcode: 0, errmsg: 'ok' })
  return Object.defineProperties({ ...made, url: `${made.url}?key=${key}` }, failing(made))
}

/** Source: Feishu, custom robots: signed with the time in seconds, 5 messages a second, 20 KB. */
export function feishuReceiver(t: TestContext, secret: string): Promise<Receiver> {
  const code = (number: number, msg: string): Verdict => ({
    code: number,
    answer: { code: number, msg, data: {} },
  })
  const judge: Judge = ({ body, text }, recent) => {
    const { timestamp, sign, msg_type, content } = body
    const inTime = typeof timestamp === 'string' && Math.abs(Date.now() - Number(timestamp) * 1000) < hour
    const expected = createHmac('sha256', `${timestamp}\n${secret}`).update('').digest('base64')
    if (!inTime || sign !== expected)
      return code(19021, 'sign match fail or timestamp is not within one hour from current time')
    if (recent > 100) return code(11232, 'frequency limited')
    if (Buffer.byteLength(text) > 20 * 1024) return code(9499, 'Bad Request')
    const { post } = (content ?? {}) as { post?: Record<string, { title?: unknown; content?: unknown[][] }> }
    const said = post?.zh_cn ?? post?.en_us
    if (msg_type !== 'post' || typeof said?.title !== 'string' || !Array.isArray(said.content?.[0]))
      return code(9499, 'Bad Request')
    return undefined
  }
  return receiver(t, '/open-apis/bot/v2/hook/abc', judge, { code: 0, msg: 'success', data: {} })
}

/** Source: Standard Webhooks 1.0, as any of its libraries checks it. */
export function webhookReceiver(t: TestContext, key: Buffer): Promise<Receiver> {
  const judge: Judge = ({ headers, text }) => {
    const { 'webhook-id': id, 'webhook-timestamp': time, 'webhook-signature': signature } = headers
    const inTime = Math.abs(Date.now() / 1000 - Number(time)) < 300
    const expected = `v1,${createHmac('sha256', key).update(`${id}.${time}.${text}`).digest('base64')}`
    return inTime && signature === expected ? undefined : { status: 401, code: 401, answer: {} }
  }
  return receiver(t, '/hooks/alerts', judge, {})
}

function failing(made: Receiver): PropertyDescriptorMap {
  return { failWith: { get: () => made.failWith, set: status => (made.failWith = status) } }
}
