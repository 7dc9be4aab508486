/** What the compiler must refuse about MQTT; see must-not-compile.ts. */
import { idempotent, type irreversible, model, system, Type } from 'isthmus'
import type { SinkChannel } from 'isthmus/connector'
import { mqtt } from 'isthmus/mqtt'

const Reading = model('Reading', { version: 1, schema: Type.Object({ machine: Type.String() }) })
const plant = system('plant', { kind: 'mes', connector: mqtt({ url: 'mqtt://broker' }) })
const alarm = plant.publish('alarm', Reading, { topic: ({ machine }) => machine, effect: idempotent })

// A source without a session would miss what comes while it is away.
// @ts-expect-error
plant.subscribe('readings', Reading, { topics: ['a'] })

// Nobody forgets by accident to say what repeating does.
// @ts-expect-error
plant.publish('unknown', Reading, { topic: 'a' })

// Topics and identities are made of the data of the model.
// @ts-expect-error
plant.publish('typed', Reading, { topic: ({ device }) => device, effect: idempotent })
// @ts-expect-error
plant.subscribe('typed', Reading, { topics: ['a'], session: 's', id: reading => reading.device })

// The effect and the model stand in the channel's type.
export const sent: SinkChannel<{ machine: string }, typeof idempotent> = alarm
// @ts-expect-error
export const other: SinkChannel<{ machine: string }, typeof irreversible> = alarm
