/** How systems are declared by HTTP, and what the compiler must refuse about it; see must-not-compile.ts. */
import { env, flow, idempotent, irreversible, model, probed, read, secret, system, Type } from 'isthmus'
import { apiKey, bearer, hmac, multipart, oauth2, rest, signed, xml } from 'isthmus/rest'

const Consumption = model('Consumption', { version: 1, schema: Type.Object({ eventId: Type.String() }) })
const Issue = model('Issue', { version: 1, schema: Type.Object({ no: Type.String() }) })
const Cost = model('Cost', { version: 1, schema: Type.Object({ price: Type.Number() }) })

const mes = system('mes', {
  kind: 'mes',
  connector: rest({ url: env('MES_URL'), auth: bearer(secret('MES_TOKEN')) }),
})
const consumed = mes.webhook('material-consumed', Consumption, { verify: hmac(secret('MES_HOOK')) })
const erp = system('erp', { kind: 'erp', connector: rest({ url: env('ERP_URL') }) })
const post = { method: 'POST', path: '/issues' } as const
const postIssue = erp.send('post-issue', Issue, {
  ...post,
  codec: xml({ root: 'Issue' }),
  effect: idempotent,
})
const cost = erp.operation('cost', {
  method: 'GET',
  path: issue => `/costs/${encodeURIComponent(issue.no)}`,
  request: Issue,
  response: Cost,
  effect: read,
})
const once = erp.send('once', Issue, { ...post, effect: irreversible })
const asked = erp.send('asked', Issue, {
  ...post,
  effect: irreversible,
  probe: { path: item => `/issues/${item.effectKey}` },
})

const issued = flow('issues')
  .from(consumed)
  .map(Issue, { no: c => c.eventId })
issued.to(postIssue, undefined, { unanswered: 'retry' })
issued.to(asked, undefined, { unanswered: 'probe' })
issued.enrich('cost', cost, issue => issue).filter('free', issue => issue.cost.price > 0)

// A call that must not be repeated is not repeated, and one that cannot be asked about is not asked.
// @ts-expect-error
issued.to(once, undefined, { unanswered: 'retry' })
// @ts-expect-error
issued.to(once, undefined, { unanswered: 'probe' })

// A probe is promised by giving one.
// @ts-expect-error
erp.send('promised', Issue, { ...post, effect: probed(irreversible) })

// Nobody forgets by accident to say who may call, or what repeating does.
// @ts-expect-error
mes.webhook('open', Consumption, {})
// @ts-expect-error
erp.send('unknown', Issue, { ...post })

// Credentials and keys are named, not written down.
// @ts-expect-error
bearer('token')
// @ts-expect-error
hmac('key')

// Functions of a channel are given the data of its model.
// @ts-expect-error
erp.send('typed', Issue, { method: 'POST', path: issue => `/${issue.number}`, effect: idempotent })
// @ts-expect-error
mes.webhook('typed', Consumption, { verify: 'unsigned', id: c => c.id })
erp.operation('typed', {
  ...post,
  request: Issue,
  response: Cost,
  effect: irreversible,
  // @ts-expect-error
  probe: { path: () => '/x', result: () => ({ price: 'free' }) },
})

// Secrets of every kind are named, and a signing function knows them by their names.
// @ts-expect-error
apiKey({ query: 'key' }, 'text')
// @ts-expect-error
oauth2({ tokenUrl: 'https://idp.example/token', clientId: 'me', clientSecret: 'text' })
signed({ secrets: { key: secret('KEY') }, headers: (_, { key }) => ({ 'x-key': key }) })
// @ts-expect-error
signed({ secrets: { key: secret('KEY') }, headers: (_, { other }) => ({ 'x-key': other }) })
// @ts-expect-error
rest({ tls: { key: 'text' } })

// A list is paged in one way, and its functions are given records of its model.
mes.list('rows', Issue, { path: '/issues', key: issue => issue.no, pages: { by: 'page', total: '/total' } })
// @ts-expect-error
mes.list('rows', Issue, { path: '/issues', key: issue => issue.number })
// @ts-expect-error
mes.list('rows', Issue, { path: '/issues', pages: { by: 'cursor' } })
// @ts-expect-error
mes.list('rows', Issue, { path: '/issues', since: { parameter: 'since', time: issue => issue.no } })

// What only writes reads no answers, and a failure that was found is none that is good.
// @ts-expect-error
erp.operation('typed', { ...post, request: Issue, responseCodec: multipart(), effect: read })
// @ts-expect-error
erp.send('typed', Issue, { ...post, failure: () => ({ outcome: 'ok' }), effect: idempotent })
