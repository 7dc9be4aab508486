import { fork } from 'node:child_process'
import { get } from 'node:http'
import { fileURLToPath } from 'node:url'
import {
  type Answer,
  flow,
  type Intake,
  idempotent,
  landscape,
  model,
  type SinkChannel,
  type SourceChannel,
  system,
  Type,
} from 'isthmus'
import { startInstance } from '../../src/server/instance.ts'
import { ratio, rounds, table } from '../support/harness.ts'
import { plantDirectory } from '../support/plant.ts'

// What 50 consoles that listen to the stream of changes cost an instance under load: the same messages with and without
// them, in turns. The listeners are in a process of their own.
const listeners = 50
const flows = 10
const perRound = 20_000

if (process.argv[2] === 'listen') listen(process.argv[3] as string, process.argv[4] as string)
else await measure()

/** A child process: opens the streams, and reads them until it is killed. */
function listen(url: string, token: string): void {
  let open = 0
  for (let n = 0; n < listeners; n++)
    get(`${url}/api/v1/stream`, { headers: { authorization: `Bearer ${token}` } }, response => {
      response.resume()
      if (++open === listeners) process.send?.('open')
    })
}

async function measure(): Promise<void> {
  const directory = plantDirectory()
  const { intakes, instance, written } = await plant(directory.path)
  const { url, token } = instance.control
  let child: ReturnType<typeof fork> | undefined
  let round = 0
  const run = async () => {
    const wanted = written() + perRound
    const id = ++round
    for (let n = 0; n < perRound; n += 500)
      await Promise.all(
        intakes.map((intake, at) => {
          const share = 500 / flows
          const messages = Array.from({ length: share }, (_, i) => {
            const name = `${id}-${at}-${n}-${i}`
            return { id: name, data: { no: name, text: 'a message of some length, as orders are' } }
          })
          return intake.accept(messages)
        }),
      )
    while (written() < wanted) await new Promise(resolve => setTimeout(resolve, 2))
    return perRound
  }
  const [alone, watched] = await rounds(
    [
      { name: 'alone', run },
      {
        name: `${listeners} listen`,
        run,
        async before() {
          child = fork(fileURLToPath(import.meta.url), ['listen', url, token])
          await new Promise(resolve => child?.once('message', resolve))
        },
        async after() {
          child?.kill()
        },
      },
    ],
    7,
  )
  await instance.stop()
  directory.remove()
  if (!alone || !watched) return
  const row = {
    'alone /s': alone.perSecond,
    [`${listeners} listen /s`]: watched.perSecond,
    ratio: ratio(watched, alone),
    'cpu us alone': alone.cpuMicroseconds,
    'cpu us watched': watched.cpuMicroseconds,
  }
  console.log(process.argv.includes('--json') ? JSON.stringify(row) : table([row]))
}

async function plant(data: string) {
  const Order = model('Order', {
    version: 1,
    key: 'no',
    schema: Type.Object({ no: Type.String(), text: Type.String() }),
  })
  type OrderData = { no: string; text: string }
  let written = 0
  const opened = Array.from({ length: flows }, () => Promise.withResolvers<Intake>())
  const shop = system('shop', {
    kind: 'other',
    connector: {
      name: 'shop',
      summary: {},
      channels: () => ({}),
      connect: async () => ({
        source: ({ name }) => ({
          run: (intake, signal) => {
            opened[Number(name.slice(1))]?.resolve(intake)
            return new Promise(resolve => signal.addEventListener('abort', () => resolve()))
          },
        }),
        sink: () => ({
          batch: 100,
          write: async items => {
            written += items.length
            return items.map((): Answer => ({ ok: true }))
          },
        }),
        check: async () => {},
        close: async () => {},
      }),
    },
  })
  const base = { system: 'shop', model: Order, options: {} }
  const all = Array.from({ length: flows }, (_, n) => {
    const source: SourceChannel<OrderData> = { ...base, role: 'source', name: `s${n}` }
    const sink: SinkChannel<OrderData, typeof idempotent> = {
      ...base,
      role: 'sink',
      name: `t${n}`,
      effect: idempotent,
    }
    return flow(`orders-${n}`).from(source).to(sink)
  })
  const instance = await startInstance({
    landscape: landscape({ name: 'bench', systems: [shop], flows: all }),
    data,
    port: 0,
    control: { port: 0 },
    environment: {},
    log: () => {},
  })
  return {
    intakes: await Promise.all(opened.map(({ promise }) => promise)),
    instance,
    written: () => written,
  }
}
