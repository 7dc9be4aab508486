/**
 * What the compiler must refuse. Each `@ts-expect-error` is itself an error when the line below it compiles, so
 * `npm run check` fails when one of these mistakes becomes possible.
 */
import type { StandardSchemaV1 } from '@standard-schema/spec'
import {
  type Effect,
  env,
  flow,
  type idempotent,
  type irreversible,
  mapping,
  model,
  probed,
  type RequesterChannel,
  type read,
  type SinkChannel,
  type SourceChannel,
  system,
  Type,
} from 'isthmus'
import { chain, cleanRow, decimal, each, oneOf, optional, rule, trim, upperCase } from 'isthmus/clean'
import type { Delivery, OptionNames } from 'isthmus/connector'
import { rest } from 'isthmus/rest'

const Consumption = model('Consumption', {
  version: 1,
  key: 'eventId',
  schema: Type.Object({
    eventId: Type.String(),
    material: Type.String(),
    quantity: Type.String(),
    remark: Type.Optional(Type.String()),
    lines: Type.Array(Type.Object({ no: Type.Integer() })),
  }),
})
const Issue = model('Issue', {
  version: 1,
  schema: Type.Object({
    issueNo: Type.String(),
    quantity: Type.String(),
    note: Type.Optional(Type.String()),
  }),
})
const Level = model('Level', {
  version: 1,
  schema: Type.Object({ level: Type.Union([Type.Literal('low'), Type.Literal('high')]) }),
})
const _Cost = model('Cost', { version: 1, schema: Type.Object({ cost: Type.Number() }) })
const _Query = model('Query', { version: 1, schema: Type.Object({ material: Type.String() }) })

type Data<M> = M extends { validate(data: unknown): infer V }
  ? V extends { ok: true; data: infer D }
    ? D
    : never
  : never
const probedIrreversible = probed({ kind: 'irreversible', probe: false })

declare const consumed: SourceChannel<Data<typeof Consumption>>
declare const level: SinkChannel<Data<typeof Level>>
declare const stock: SinkChannel<Data<typeof Issue>, typeof idempotent>
declare const mail: SinkChannel<Data<typeof Issue>, typeof irreversible>
declare const payment: SinkChannel<Data<typeof Issue>, typeof probedIrreversible>
declare const cost: RequesterChannel<{ material: string }, { cost: number }, typeof read>
declare const anyEffect: Effect

const toIssue = {
  issueNo: (c: { eventId: string }) => c.eventId,
  quantity: (c: { quantity: string }) => c.quantity,
}
const begun = flow('consumption').from(consumed)

// What is right compiles, with the types of every step carried on.
begun
  .key(c => c.material)
  .clean({ material: [trim, upperCase], quantity: decimal({ scale: 3 }) })
  .enrich('price', cost, c => ({ material: c.material }))
  .filter('free', c => c.price.cost > 0)
  .map(Issue, { issueNo: c => c.eventId, quantity: c => `${c.quantity}`, note: c => c.remark })
  .to(stock)
  .to(mail, undefined, { unanswered: 'park' })
  .to(payment, undefined, { unanswered: 'probe' })
begun
  .split('lines', c => c.lines)
  .filter('first', line => line.no > 0)
  .aggregate((lines, whole) => ({ issueNo: whole.eventId, quantity: String(lines.length) }))
  .to(stock)
// A text of the author's is taken for the literal that the model wants.
begun.map(Level, { level: () => 'low' })
begun.map(Level, { level: c => (c.lines.length > 9 ? 'high' : 'low') })
begun.to(level, { level: () => 'low' })
system('bank', { kind: 'treasury', connector: rest() })

// A key must name a field.
// @ts-expect-error there is no field "number"
model('Bad', { version: 1, key: 'number', schema: Type.Object({ id: Type.String() }) })

// A validator meets what it gave before.
declare const filled: StandardSchemaV1<{ id?: string }, { id: string }>
declare const dated: StandardSchemaV1<{ at: string }, { at: Date }>
model('Filled', { version: 1, schema: filled, jsonSchema: {} })
// @ts-expect-error it takes a text and gives a Date, which it does not take
model('Dated', { version: 1, schema: dated, jsonSchema: {} })

// A mapping must give every required field, of the right type, and no other.
// @ts-expect-error quantity is missing
mapping<Data<typeof Consumption>, Data<typeof Issue>>(Issue, { issueNo: c => c.eventId })
// @ts-expect-error quantity is a string
begun.map(Issue, { issueNo: c => c.eventId, quantity: () => 5 })
// @ts-expect-error this literal is none of the model's
begun.map(Level, { level: () => 'middle' })
// @ts-expect-error there is no field "colour" in Issue
begun.map(Issue, { ...toIssue, colour: () => 'red' })
// @ts-expect-error there is no field "amount" in Consumption
begun.map(Issue, { issueNo: c => c.eventId, quantity: c => c.amount })

// Steps see the data that the step before left.
// @ts-expect-error the source has no field "price"
begun.filter('free', c => c.price.cost > 0)
// @ts-expect-error a cleaner of texts on a list
begun.clean({ lines: [trim] })
// @ts-expect-error there is no field "colour" to clean
begun.clean({ colour: trim })

// @ts-expect-error the rules of a list are those of its elements, and these have no field "colour"
begun.clean({ lines: { colour: trim } })
// @ts-expect-error a cleaner of texts on a number in a list
begun.clean({ lines: { no: trim } })
// @ts-expect-error a list of cleaners keeps the type; chain() may change it
begun.clean({ material: [trim, (text: string) => text.length] })
begun
  .clean({
    material: chain(trim, text => text.length),
    remark: optional(trim),
    lines: { no: (no: number) => `${no}` },
  })
  .filter('long', c => c.material > 5 && c.lines.every(({ no }) => no.length > 0) && c.remark?.length !== 0)
// @ts-expect-error behind the cleaner it is a number
begun.clean({ material: chain(trim, text => text.length) }).filter('long', c => c.material === 'A')
// @ts-expect-error the second cleaner takes a number, and gets a text
chain(trim, (no: number) => no + 1)
// @ts-expect-error this is none of the values
oneOf(['low', 'high'])('low') satisfies 'middle'
each(trim)(['a']) satisfies string[]
cleanRow({ a: trim }, { a: 'x', b: 1 }) satisfies { a: string; b: number }
// @ts-expect-error a number is no text
cleanRow({ b: trim }, { a: 'x', b: 1 })

// Rules see the data at their place.
begun.validate([rule('some', { reason: 'an issue without lines' }, c => c.lines.length > 0)])
// @ts-expect-error there is no field "colour"
begun.validate([rule('red', { reason: 'it must be red' }, c => c.colour === 'red')])
// @ts-expect-error a rule is set aside or warns, nothing else
rule('red', { reason: 'it must be red', severity: 'fatal' }, () => true)
// @ts-expect-error a rule of other data
begun.validate([rule<{ readonly price: number }>('dear', { reason: 'too dear' }, ({ price }) => price < 9)])

// A channel takes what its model says.
// @ts-expect-error a Consumption is not an Issue: a conversion is needed
begun.to(stock)
// @ts-expect-error the request needs "material"
begun.enrich('price', cost, c => ({ code: c.material }))
// @ts-expect-error a sink cannot be asked
begun.enrich('price', stock, c => ({ material: c.material }))
// @ts-expect-error a requester is not a sink
begun.to(cost, c => ({ material: c.material }))
// @ts-expect-error a flow begins at a source
flow('wrong').from(stock)

// What may happen only once must not be repeated blindly.
// @ts-expect-error a call on an irreversible channel cannot be retried when it was not answered
begun.to(mail, toIssue, { unanswered: 'retry' })
// @ts-expect-error this channel cannot be probed
begun.to(mail, toIssue, { unanswered: 'probe' })
// @ts-expect-error a probed irreversible channel is probed, not retried
begun.to(payment, toIssue, { unanswered: 'retry' })
// @ts-expect-error nothing is known of the effect, so it cannot be repeated
begun.to({} as SinkChannel<Data<typeof Issue>, typeof anyEffect>, toIssue, { unanswered: 'retry' })

// Every route ends in a branch for the rest.
const isSteel = (c: Data<typeof Consumption>) => c.material === 'STEEL'
// @ts-expect-error `otherwise` is missing
begun.route('by-material', routes => routes.when('steel', isSteel, branch => branch.to(stock, toIssue)))

// Only what was split can be aggregated.
// @ts-expect-error nothing is split here
begun.aggregate(items => items.length)

// A setting is named, not made up from several.
// @ts-expect-error the name of a variable is a text
env(5)

// A delivery carries data, or bytes, or the bytes of a defect.
const _delivered: Delivery[] = [
  { data: { id: 'A-1' }, id: 'A-1' },
  { body: new Uint8Array(1) },
  { body: new Uint8Array(1), data: { id: 'A-1' } },
  { body: new Uint8Array(1), defect: 'no comma in line 3' },
]
// @ts-expect-error it carries nothing
const _nothing: Delivery = {}
// @ts-expect-error an identity alone is nothing
const _onlyId: Delivery = { id: 'A-1' }
// @ts-expect-error a defect comes with its bytes
const _noBytes: Delivery = { defect: 'no comma in line 3' }
// @ts-expect-error what cannot be read has no data
const _both: Delivery = { body: new Uint8Array(1), defect: 'no comma in line 3', data: {} }

// The names of all options are written down, no more and no fewer; those of each member of a union, too.
type Options = { readonly url: string; readonly every?: string } | { readonly folder: string }
const _names: OptionNames<Options> = { url: true, every: true, folder: true }
const _needed: OptionNames<{ readonly url: string; readonly every?: string }> = { url: 'needed', every: true }
// @ts-expect-error it must not be left out
const _optional: OptionNames<{ readonly url: string }> = { url: true }
// @ts-expect-error it may be left out
const _tooNeeded: OptionNames<{ readonly every?: string }> = { every: 'needed' }
// @ts-expect-error it lacks one
const _tooFew: OptionNames<Options> = { url: true, folder: true }
// @ts-expect-error it has one that there is none of
const _tooMany: OptionNames<Options> = { url: true, every: true, folder: true, colour: true }
