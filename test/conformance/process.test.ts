import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Type } from 'typebox'
import { program } from '../../src/connectors/process/index.ts'
import { model } from '../../src/model/model.ts'
import { idempotent, irreversible, read } from '../../src/system/effect.ts'
import { system } from '../../src/system/system.ts'
import { connectContext } from '../../src/testing/connect-context.ts'
import { describeRequester, type RequesterFixture } from '../../src/testing/describe-requester.ts'
import { describeSink, type SinkFixture, type SuiteRecord } from '../../src/testing/describe-sink.ts'

const Row = model('Row', { version: 1, schema: Type.Object({ n: Type.Integer(), text: Type.String() }) })
const Request = model('Request', { version: 1, schema: Type.Object({ n: Type.Integer() }) })
const target = join(import.meta.dirname, '../integration/process-target.py')
/** Bytes of a line. */
const limit = 2 ** 22

for (const effect of [idempotent, irreversible])
  describeSink(`program in Python (${effect.kind})`, () => sinkFixture(effect), { effect: effect.kind })
for (const effect of [read, idempotent])
  describeRequester(`program in Python (${effect.kind})`, () => requesterFixture(effect), {
    effect: effect.kind,
    unknown: 'refused',
    limit,
  })

async function targetIn() {
  const folder = await mkdtemp(join(tmpdir(), 'isthmus-process-'))
  const feel = (mood: string) => writeFile(join(folder, 'mood'), mood)
  const well = () => rm(join(folder, 'mood'), { force: true })
  return {
    folder,
    async open() {
      const connector = program({ command: ['python3', target, folder], workers: 2, lineLimit: limit })
      const owner = system('tool', { kind: 'other', connector })
      const connection = await connector.connect(connectContext({ system: 'tool' }))
      return { owner, connection }
    },
    down: () => feel('down'),
    up: well,
    stall: () => feel('stall'),
    resume: well,
    loseAnswer: () => feel('lose'),
    cutAnswer: () => feel('cut'),
    async effects(): Promise<SuiteRecord[]> {
      const text = await readFile(join(folder, 'effects'), 'utf8').catch(() => '')
      return text
        .split('\n')
        .filter(Boolean)
        .map(line => JSON.parse(line))
        .map(({ n, text }) => ({ n, text }))
    },
    destroy: () => rm(folder, { recursive: true, force: true, maxRetries: 5 }),
  }
}

async function sinkFixture(effect: typeof idempotent | typeof irreversible): Promise<SinkFixture> {
  const { open, ...rest } = await targetIn()
  return {
    ...rest,
    refused: 'a text that is refused',
    async open() {
      const { owner, connection } = await open()
      const channel = owner.send('rows', Row, { operation: 'add', batch: 7, effect })
      const sink = connection.sink?.(channel)
      return { sink: () => sink as NonNullable<typeof sink>, close: () => connection.close() }
    },
  }
}

async function requesterFixture(effect: typeof idempotent | typeof read): Promise<RequesterFixture> {
  const { open, effects, folder, ...rest } = await targetIn()
  return {
    ...rest,
    effects: async () => (await effects()).map(({ n }) => n),
    know: (n, text) => writeFile(join(folder, `text-${n}`), text),
    garble: n => writeFile(join(folder, `text-${n}`), 'garbled'),
    emptyAnswer: () => appendFile(join(folder, 'mood'), 'empty'),
    textOf: result => (result as { text: string }).text,
    async open() {
      const { owner, connection } = await open()
      const options = { operation: 'find', request: Request, response: Row, batch: 7, effect }
      const channel = owner.operation('find', options)
      const requester = connection.requester?.(channel)
      return {
        requester: () => requester as NonNullable<typeof requester>,
        close: () => connection.close(),
      }
    },
  }
}
