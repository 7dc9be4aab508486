import { type Static, Type } from 'typebox'
import { strict, Text, Time } from './schemas.ts'

const Count = Type.Integer({ minimum: 0 })
const Partition = Type.Integer({ minimum: 0, description: 'A share of the keys of all flows' })

const Load = Type.Object(
  {
    inMemory: Type.Optional(Type.Integer({ minimum: 0, description: 'Messages in memory' })),
    endedPerSecond: Type.Optional(Type.Number({ description: 'Over 10 seconds' })),
    cpu: Type.Optional(
      Type.Number({
        description: 'Share of one processor; a process counts its threads in, a thread only itself',
      }),
    ),
    lag: Type.Optional(Type.Number({ description: 'Milliseconds by which 1 in 100 timers was late' })),
    memory: Type.Optional(Type.Number({ description: 'Resident, bytes; a thread has none of its own' })),
  },
  strict,
)

const Worker = Type.Object(
  {
    id: Text,
    name: Type.String({ description: 'Where it runs' }),
    roles: Type.Array(
      Type.Union([Type.Literal('intake'), Type.Literal('worker'), Type.Literal('scheduler')]),
    ),
    version: Text,
    joined: Type.Optional(Time),
    silent: Type.Integer({ minimum: 0, description: 'Milliseconds since its last sign of life' }),
    state: Type.Union([Type.Literal('working'), Type.Literal('leaving'), Type.Literal('silent')], {
      description: '`leaving` gives back what it holds; of one that is silent others take over',
    }),
    self: Type.Boolean({ description: 'Whether it is the one that answers' }),
    partitions: Type.Array(Partition),
    sources: Type.Array(Text),
    coordinates: Type.Boolean({ description: 'Whether sagas, transactions and pipelines run here' }),
    load: Load,
  },
  strict,
)
export type Worker = Static<typeof Worker>

export const Workers = Type.Object(
  {
    shared: Type.Boolean({ description: 'False where one process has the store for itself' }),
    partitions: Count,
    lease: Type.Integer({
      minimum: 0,
      description: 'Milliseconds of silence after which others take over what a worker holds',
    }),
    unheld: Type.Array(Partition, { description: 'Partitions that nobody works off at this moment' }),
    unread: Type.Array(Text, { description: 'Sources of the landscape that nobody reads at this moment' }),
    workers: Type.Array(Worker),
  },
  strict,
)
export type Workers = Static<typeof Workers>
