import { linkSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { flow, model, type SourceChannel, system, Type } from 'isthmus'
import { files } from 'isthmus/files'
import { connectContext } from '../../src/testing/connect-context.ts'
import { CountingIntake } from '../connectors/reading.ts'
import { processEnds, runFlow } from '../connectors/runtime.ts'
import { parsers } from './bare.ts'
import { type Case, caseNamed } from './cases.ts'

// One reading of one file in a process of its own, so that its peak memory is its own: the arguments are the name of a
// case, the way (a parser alone, the channel, or a flow in an engine), the file and how many records it has.
export interface Reading {
  readonly seconds: number
  /** Processor time of the whole process but for its start, in seconds, of all its threads. */
  readonly cpu: number
  /** Of memory, in MB. */
  readonly peak: number
}

const Anything = model('Anything', { version: 1, schema: Type.Unknown() })

/** A folder in which the file is there to be taken. */
function channelFor({ format, encoding }: Case, path: string) {
  const folder = join(dirname(path), `in-${process.pid}`)
  mkdirSync(folder)
  linkSync(path, join(folder, 'orders'))
  const shop = system('shop', { kind: 'files', connector: files({ folder }) })
  const channel = shop.read('orders', Anything, { pattern: '*', format, encoding, settle: '0s' })
  return { shop, channel: channel as unknown as SourceChannel<unknown> }
}

async function byChannel(chosen: Case, path: string, count: number): Promise<number> {
  const { shop, channel } = channelFor(chosen, path)
  const connection = await shop.connector.connect(connectContext({ system: shop.name }))
  const intake = new CountingIntake(count)
  const start = performance.now()
  await connection.source?.(channel).run(intake, intake.enough)
  const seconds = (performance.now() - start) / 1000
  await connection.close()
  return seconds
}

async function byEngine(chosen: Case, path: string, count: number): Promise<number> {
  const { shop, channel } = channelFor(chosen, path)
  const { ends, counted } = processEnds()
  const start = performance.now()
  const running = await runFlow([ends, shop], () => flow('measured').from(channel).to(counted))
  await running.ended(count)
  const seconds = (performance.now() - start) / 1000
  await running.stop()
  return seconds
}

async function byParser(way: string, chosen: Case, path: string, count: number): Promise<number> {
  const start = performance.now()
  const found = await parsers[way as keyof typeof parsers](path, String(chosen.encoding ?? 'utf-8'))
  if (found !== count) throw new Error(`${way} read ${found} of ${count}`)
  return (performance.now() - start) / 1000
}

const [, , name = '', way = '', path = '', records = ''] = process.argv
const chosen = caseNamed(name)
const count = Number(records)
const read = way === 'channel' ? byChannel : way === 'engine' ? byEngine : byParser.bind(undefined, way)
const before = process.cpuUsage()
const seconds = await read(chosen, path, count)
const { user, system: kernel } = process.cpuUsage(before)
const peak = process.resourceUsage().maxRSS / 1024
const reading: Reading = { seconds, cpu: (user + kernel) / 1e6, peak }
console.log(JSON.stringify(reading))
process.exit()
