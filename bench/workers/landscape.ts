import {
  flow,
  type Intake,
  type idempotent,
  landscape,
  model,
  type SinkChannel,
  type SourceChannel,
  system,
  Type,
} from 'isthmus'

// One flow whose mapping takes a few milliseconds of a processor, from a source in this process into a sink that does nothing.
const Part = model('Part', { version: 1, schema: Type.Object({ n: Type.Integer(), key: Type.String() }) })
const Checked = model('Checked', {
  version: 1,
  schema: Type.Object({ n: Type.Integer(), sum: Type.Integer() }),
})

/** The intake of the source, where it runs. */
export const feed = Promise.withResolvers<Intake>()

const connector = {
  name: 'plant',
  summary: {},
  channels: () => ({}),
  connect: async () => ({
    source: () => ({
      run: (intake: Intake, signal: AbortSignal) => {
        feed.resolve(intake)
        return new Promise<void>(resolve => signal.addEventListener('abort', () => resolve()))
      },
    }),
    sink: () => ({
      batch: 100,
      concurrency: 4,
      write: async (items: readonly unknown[]) => items.map(() => ({ ok: true }) as const),
    }),
    check: async () => {},
    close: async () => {},
  }),
}
const plant = system('plant', { kind: 'mes', connector })
const channel = { system: 'plant', options: undefined }
const made: SourceChannel<{ n: number; key: string }> = {
  ...{ ...channel, role: 'source', name: 'made', model: Part, listens: true },
}
const stock: SinkChannel<{ n: number; sum: number }, typeof idempotent> = {
  ...{
    ...channel,
    role: 'sink',
    name: 'stock',
    model: Checked,
    effect: { kind: 'idempotent', probe: false },
  },
}

function work(): number {
  let sum = 0
  for (let n = 0; n < 400_000; n++) sum = (sum * 31 + n) % 1_000_003
  return sum
}

export default landscape({
  name: 'bench-workers',
  systems: [plant],
  flows: [
    flow('checking')
      .from(made)
      .key(part => part.key)
      .map(Checked, { n: part => part.n, sum: () => work() })
      .to(stock),
  ],
})
