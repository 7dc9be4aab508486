/** What the compiler must refuse about programs; see must-not-compile.ts. */
import { flow, idempotent, model, read, system, Type } from 'isthmus'
import type { RequesterChannel } from 'isthmus/connector'
import { program } from 'isthmus/process'

const Part = model('Part', { version: 1, schema: Type.Object({ no: Type.String() }) })
const Plan = model('Plan', { version: 1, schema: Type.Object({ next: Type.Integer() }) })
const planner = system('planner', { kind: 'other', connector: program({ command: ['python3', 'plan.py'] }) })
const plan = planner.operation('plan', { request: Part, response: Plan, effect: read })
const typed: RequesterChannel<{ no: string }, { next: number }, typeof read> = plan

// A program without a command is none.
// @ts-expect-error
program({ command: [] })

// Nobody forgets by accident to say what repeating does.
// @ts-expect-error
planner.operation('unknown', { request: Part, response: Plan })
// @ts-expect-error
planner.send('unknown', Part, {})

// It cannot be asked whether it has done something.
const sent = planner.send('sent', Part, { effect: idempotent })
const parts = { role: 'source', system: 'planner', name: 'parts', model: Part, options: {} } as const
// @ts-expect-error
flow('a').from(parts).to(sent, undefined, { unanswered: 'probe' })
const asked = flow('b').from(parts)
// @ts-expect-error
asked.enrich('plan', typed, ({ number }) => ({ no: number }))
