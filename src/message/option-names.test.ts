import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkOptionNames, nearest, type OptionNames } from './option-names.ts'

interface Hours {
  readonly from: string
  readonly until?: string | undefined
}

type Options =
  | { readonly verify: string; readonly hours?: Hours | 'always' | undefined }
  | { readonly rate: number }

const hourNames: OptionNames<Hours> = { from: 'needed', until: true }
const names: OptionNames<Options> = { verify: true, hours: hourNames, rate: true }
const check = (options: unknown) => checkOptionNames('mes.moved', options as Options, names)

const refused = (options: unknown, text: string) =>
  assert.throws(() => check(options), { code: 'FLOW-DEFINITION', message: text })

test('options that there are pass, whatever their values', () => {
  check({ verify: 'x', hours: { from: '8', until: undefined } })
  check({ verify: 'x', hours: 'always' })
  check({ rate: { any: 'thing' } })
  check({})
})

test('a misspelt option is refused with the one that was probably meant', () => {
  refused({ verfiy: 'x' }, 'mes.moved has the option "verfiy", which is none. Did you mean "verify"?')
  refused(
    { hours: { til: '8' } },
    'mes.moved has the option "hours.til", which is none. There are from, until.',
  )
  refused(
    { hours: { Until: '8' } },
    'mes.moved has the option "hours.Until", which is none. Did you mean "hours.until"?',
  )
})

test('a strange option is refused with those that there are', () => {
  refused({ colour: 1 }, 'mes.moved has the option "colour", which is none. There are verify, hours, rate.')
  refused(
    { constructor: 1 },
    'mes.moved has the option "constructor", which is none. There are verify, hours, rate.',
  )
})

test('missing options are refused, nested ones and undefined ones too', () => {
  refused(undefined, 'mes.moved needs its options: { verify: ... }.')
  refused({ hours: { until: '8' } }, 'mes.moved lacks the option "hours.from".')
  refused({ hours: { from: undefined } }, 'mes.moved lacks the option "hours.from".')
})

test('an option that only some members of a union need may be left out', () => check({ hours: 'always' }))

test('the nearest name is one of few other letters', () => {
  assert.equal(nearest('paramter', ['parameter', 'first']), 'parameter')
  assert.equal(nearest('idempotency-header', ['idempotencyHeader']), 'idempotencyHeader')
  assert.equal(nearest('ur', ['url', 'auth']), 'url')
  assert.equal(nearest('by', ['id', 'at']), undefined)
})
