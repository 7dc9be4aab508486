/** What the compiler must refuse about sagas and transactions; see must-not-compile.ts. */
import {
  type Effect,
  type idempotent,
  type irreversible,
  model,
  type RequesterChannel,
  type SinkChannel,
  saga,
  sagaEvent,
  Type,
  transaction,
  type VotingChannel,
} from 'isthmus'

const Order = model('Order', {
  version: 1,
  key: 'no',
  schema: Type.Object({ no: Type.String(), quantity: Type.Number() }),
})
const Made = model('Made', {
  version: 1,
  key: 'no',
  schema: Type.Object({ no: Type.String(), good: Type.Number() }),
})

declare const reserve: RequesterChannel<{ no: string }, { slip: string }, typeof idempotent>
declare const release: SinkChannel<{ no: string; slip?: string }, typeof idempotent>
declare const charge: RequesterChannel<{ slip: string }, { paid: boolean }, Effect<'compensable', true>>
declare const mail: SinkChannel<{ no: string }, typeof irreversible>
declare const look: RequesterChannel<{ no: string }, { version: number }, Effect<'read', false>>
declare const rows: VotingChannel<{ no: string }, Effect<'idempotent', true>>
const made = sagaEvent('made', Made)

const begun = saga('orders', Order)
  .step('reserve', reserve, ({ input }) => ({ no: input.no }))
  .undo(release, s => ({ no: s.input.no, ...(s.reserve && { slip: s.reserve.slip }) }))

// What is right compiles, with what each stage came to carried on.
begun
  .step('charge', charge, s => ({ slip: s.reserve.slip }), { unanswered: 'probe' })
  .undo(mail, s => ({ no: `${s.charge?.paid}` }))
  .step('look', look, s => ({ no: s.input.no }))
  .when(
    'short',
    s => s.input.quantity > 2,
    part => part.wait('made', made, { within: '3d', late: 'go on' }),
  )
  .decide('credit', { question: s => s.input.no, options: ['yes', 'no'] })
  .require('credit', s => s.credit.choice === 'yes' && (s.made?.good ?? 0) >= 0)
  .recheck(
    'unchanged',
    look,
    s => ({ no: s.input.no }),
    (now, s) => now.version === s.look.version,
  )
  .together('both', part => ({
    a: part.step('x', reserve, s => ({ no: s.input.no })).undo(release, s => ({ no: s.input.no })),
    b: part.delay('pause', '1s').step('y', reserve, s => ({ no: s.input.no })),
  }))
  .pivot('ship', mail, s => ({ no: s.input.no + s.x.slip + s.y.slip }))
  .step('thanks', mail, s => ({ no: s.input.no }))
  .wait('again', made, { late: 'person' })
  .delay('later', s => s.again.good)

// @ts-expect-error a step before the pivot that is irreversible has an undo
begun.step('thanks', mail, s => ({ no: s.input.no })).delay('pause', '1s')

const second = begun.step('second', reserve, s => ({ no: s.input.no }))
// @ts-expect-error an undo is called as well when the step's own answer is missing
second.undo(release, s => ({ no: '', slip: s.second.slip }))

const behind = begun.pivot('ship', mail, s => ({ no: s.input.no }))
// @ts-expect-error nothing behind the pivot is taken back
behind.step('x', reserve, s => ({ no: s.input.no })).undo

// @ts-expect-error there is one pivot
begun.pivot('ship', mail, s => ({ no: s.input.no })).pivot('again', mail, s => ({ no: s.input.no }))

// @ts-expect-error behind the pivot nothing turns the saga back
begun.pivot('ship', mail, s => ({ no: s.input.no })).require('something', () => true)

// @ts-expect-error what is not answered must not be repeated on a channel that is not idempotent
begun.step('charge', charge, s => ({ slip: s.reserve.slip }), { unanswered: 'retry' })

const perhaps = begun.when(
  'short',
  () => true,
  p => p.step('y', reserve, s => ({ no: s.input.no })),
)
// @ts-expect-error the answer of a stage that may be left out may be missing
perhaps.step('z', charge, s => ({ slip: s.y.slip }))

// @ts-expect-error an event that may not come in time may be missing
begun.wait('made', made, { within: '1d', late: 'go on' }).delay('later', s => s.made.good)

const decided = begun.decide('credit', { question: () => '', options: ['yes', 'no'] })
// @ts-expect-error a choice is one of those that are offered
decided.require('credit', s => s.credit.choice === 'maybe')

// @ts-expect-error the request is what the channel takes
begun.step('charge', charge, () => ({ slip: 7 }))

const child = saga('child', Order).pivot('ship', mail, s => ({ no: s.input.no }))
// @ts-expect-error a child with a pivot cannot be taken back, and stands behind ours
begun.child('child', child, s => s.input)
begun.pivot('ship', mail, s => ({ no: s.input.no })).child('child', child, s => s.input)

const read = begun.recheck(
  'again',
  look,
  s => ({ no: s.input.no }),
  () => true,
)
// What was read again is known, and a write may name it as what its target compares with.
read.pivot('ship', mail, s => ({ no: `${s.input.no}${s.again.version}` }), { compares: 'again' })

// @ts-expect-error a step compares with a stage before it
read.pivot('ship', mail, s => ({ no: s.input.no }), { compares: 'look' })

// @ts-expect-error the input is not read again
read.pivot('ship', mail, s => ({ no: s.input.no }), { compares: 'input' })

transaction('transfer', Order).write(rows, o => ({ no: o.no }))

// @ts-expect-error a system that cannot vote takes no part in two-phase commit
transaction('transfer', Order).write(release, o => ({ no: o.no }))

// @ts-expect-error what is written is what the channel takes
transaction('transfer', Order).write(rows, o => ({ no: o.quantity }))
