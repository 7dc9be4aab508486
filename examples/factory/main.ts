// What `npm start` runs: the factory, until Ctrl-C, and then the proof.
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { type Broker, brokerNames, startBroker } from './brokers.ts'
import { chaos, type Harm } from './chaos.ts'
import { drained } from './drain.ts'
import { seedHistory } from './history/history.ts'
import { Observer } from './observer.ts'
import { clerk } from './order-to-cash/clerk.ts'
import { factoryName, Plant } from './plant.ts'
import { postgresStore } from './postgres.ts'
import { makeDatabases, type WarehouseDatabases } from './stock-transfer/databases.ts'
import { line, screen } from './summary.ts'
import { verdict } from './verdict.ts'
import { loadWarehouse, warehouseTotals } from './warehouse/load.ts'

const usage =
  'npm start -- [--chaos] [--history 1y] [--history-orders PER_DAY] [--with postgres,mariadb,kafka,rabbitmq,mqtt] [--workers N] [--rate EVENTS_PER_SECOND] [--seconds N] [--data DIR] [--seed N]'
const options = readOptions()
const stopping = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // Once: stop and prove. Twice: leave at once; the programs end with us.
    if (stopping.signal.aborted) process.exit(130)
    stopping.abort()
  })
}

try {
  process.exit((await run()) ? 0 : 1)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}

/** Whether everything balances. Its traces are removed then, unless a folder was given. */
async function run(): Promise<boolean> {
  const { rate, seed } = options
  const postgres = options.with.has('postgres') ? await postgresStore(options.data) : undefined
  if (postgres) console.log(`Isthmus keeps its journal in ${postgres.summary}`)
  const transport = postgres !== undefined && options.with.has('kafka')
  const brokers = await startBrokers()
  if (transport) console.log('Kafka carries to the workers what is accepted, too')
  const data = resolve(options.data ?? mkdtempSync(join(tmpdir(), 'isthmus-factory-')))
  mkdirSync(data, { recursive: true })
  const warehouses = await startWarehouses(data)
  console.log(
    `Starting ERP, CRM, HRM, MES, business partners and Isthmus. Their data and logs are in ${data}`,
  )
  seedPast(data)
  const plant = await Plant.start({
    ...{ data, rate, seed, store: postgres?.url, transport, warehouses: warehouses?.urls },
    workers: options.workers,
    ...(options.chaos && { night: '15s' }),
    companions: {
      names: brokerNames.filter(name => options.with.has(name)),
      env: Object.assign({}, ...brokers.map(({ env }) => env)),
    },
  })
  const [place] = links(plant)
  if (place) console.log(place.join(': '))
  await Promise.race([loadPast(plant), plant.lost])
  const balanced = await Promise.race([produceAndProve(plant), plant.lost])
  await plant.stop()
  if (balanced && options.data === undefined) {
    rmSync(data, { recursive: true })
    await postgres?.drop()
    await warehouses?.remove()
    for (const broker of brokers) await broker.remove(plant.name)
  }
  return balanced
}

/** What was before, where it is wanted and the folder is new. */
function seedPast(data: string): void {
  const { days, orders, seed } = options
  if (days === 0 || hasRun()) return
  const begin = performance.now()
  const { orders: all } = seedHistory(data, { days, orders, seed })
  console.log(`${days} days before this one, with ${all} orders, were written in ${secondsSince(begin)} s`)
}

async function loadPast(plant: Plant): Promise<void> {
  if (options.days === 0) return
  const begin = performance.now()
  console.log('They are loaded into the warehouse ...')
  const failure = await loadWarehouse(plant)
  const done = `The warehouse has them after ${secondsSince(begin)} s: npx isthmus query "select * from mart_sales_funnel" --data ${join(plant.options.data, 'isthmus')}`
  console.log(failure === undefined ? done : `The warehouse was not loaded: ${failure}`)
}

function secondsSince(begin: number): string {
  return ((performance.now() - begin) / 1000).toFixed(1)
}

/** Databases at servers, where there is MariaDB beside PostgreSQL. */
async function startWarehouses(data: string): Promise<WarehouseDatabases | undefined> {
  if (!options.with.has('mariadb')) return undefined
  const name = `isthmus_${factoryName(data).replace('-', '_')}`
  const databases = await makeDatabases(name, hasRun(), console.log)
  console.log(`Stock is moved between ${databases.summary}`)
  return databases
}

function hasRun(): boolean {
  return options.data !== undefined && existsSync(join(options.data, 'isthmus'))
}

/** One after the other: what starts says so. Those that have been started end with us. */
async function startBrokers(): Promise<Broker[]> {
  const brokers: Broker[] = []
  const on = hasRun()
  for (const name of brokerNames.filter(each => options.with.has(each))) {
    const broker = await startBroker(name, on, console.log)
    brokers.push(broker)
    console.log(`${name === 'mqtt' ? 'Sensors report by' : 'Events are carried by'} ${broker.summary}`)
  }
  return brokers
}

async function produceAndProve(plant: Plant): Promise<boolean> {
  void clerk(plant, new AbortController().signal)
  const harm = await produce(plant)
  await plant.rest()
  if (!(await drained(plant, console.log)))
    console.log('It does not end: nothing has got less for two minutes.')
  const failure = await loadWarehouse(plant)
  const warehouse = failure ?? (await warehouseTotals(plant))
  const { lines, balanced } = verdict(
    await plant.truths(),
    await plant.parked(),
    await plant.balance(),
    warehouse,
  )
  console.log(`\n${harm ? `${harmDone(harm)}\n` : ''}${lines.join('\n')}`)
  return balanced
}

function harmDone({ engine, others, faults, killed, paused }: Harm): string {
  const programs = `the engine killed ${engine} times with -9, other programs ${others} times`
  const workers = `workers killed ${killed} times with -9, paused ${paused} times for longer than a lease`
  // Threads die with the engine.
  const processes = options.workers !== undefined && options.with.has('postgres')
  return `Chaos: ${programs}; ${processes ? `${workers}; ` : ''}${faults} faults`
}

/** Until Ctrl-C or the end of --seconds. Gives what trouble was made, if any was. */
async function produce(plant: Plant): Promise<Harm | undefined> {
  const timer = setTimeout(() => stopping.abort(), Math.min(1000 * options.seconds, 2 ** 31 - 1))
  const observer = new Observer(plant)
  const trouble = options.chaos ? chaos(plant, observer.onTrouble, stopping.signal) : undefined
  // It ends early only by failing, which is told below.
  trouble?.catch(() => stopping.abort())
  const { isTTY = false, columns = 120 } = process.stdout
  while (!stopping.signal.aborted) {
    const now = await observer.look()
    console.log(isTTY ? `\x1b[2J\x1b[H${screen(now, links(plant), columns)}` : line(now))
    await delay(isTTY ? 1000 : 5000, undefined, { signal: stopping.signal }).catch(() => {})
  }
  clearTimeout(timer)
  return trouble
}

function links(plant: Plant): [string, string][] {
  const code = plant.ownerCode
  return [
    ['Console', `${plant.url('control')}${code ? `, its first owner is set with the code ${code}` : ''}`],
    ['Commands', `npx isthmus status --data ${join(plant.options.data, 'isthmus')}`],
    ['Control API', `${plant.url('control')}/api/v1/openapi.json`],
    ['Metrics', `${plant.url('control')}/metrics`],
    ['Their token', plant.token],
    ['MES', `${plant.url('mes')}/consumptions, ${plant.url('mes')}/operators`],
    ['ERP', `${plant.url('erp')}/soap?wsdl, ${plant.url('erp')}/truth`],
    ['CRM', `${plant.url('crm')}/graphql, ${plant.url('crm')}/truth`],
    ['HRM', `${plant.url('ldap')}, ${plant.url('hrm')}/truth`],
    ['Partners', `${plant.url('partners')}/prices, ${plant.url('partners')}/truth`],
    ['Logs', plant.options.data],
  ]
}

function readOptions() {
  try {
    const text = { type: 'string' } as const
    const { values } = parseArgs({
      options: {
        ...{ chaos: { type: 'boolean' }, with: text, rate: text, seconds: text, data: text, seed: text },
        ...{ workers: text, history: text, 'history-orders': text },
      },
    })
    return {
      with: companions(values.with),
      chaos: values.chaos === true,
      rate: number('rate', values.rate ?? '20'),
      seconds: number('seconds', values.seconds ?? 'Infinity'),
      data: values.data,
      workers: values.workers === undefined ? undefined : number('workers', values.workers),
      seed: number('seed', values.seed ?? '1'),
      days: daysOf(values.history),
      orders: number('history-orders', values['history-orders'] ?? '300'),
    }
  } catch (error) {
    console.error(`${(error as Error).message}\nUsage: ${usage}`)
    process.exit(2)
  }
}

/** What the factory runs with beside its systems. */
function companions(list = ''): ReadonlySet<string> {
  const known = ['postgres', 'mariadb', ...brokerNames]
  const names = list.split(',').filter(name => name !== '')
  const unknown = names.find(name => !known.includes(name))
  if (unknown === undefined && names.includes('mariadb') && !names.includes('postgres'))
    throw new Error('--with mariadb goes with postgres: stock is moved between the two.')
  if (unknown === undefined) return new Set(names)
  throw new Error(
    `--with takes ${known.join(', ')}, several with commas between; "${unknown}" is none of them.`,
  )
}

/** `1y`, `6m` or `30d`. */
function daysOf(text = '0d'): number {
  const [, count = '', unit = ''] = /^(\d{1,3})([dmy])$/.exec(text) ?? []
  const days = { d: 1, m: 30, y: 365 }[unit]
  if (days !== undefined) return Number(count) * days
  throw new Error(`--history is such as 1y, 6m or 30d, not "${text}".`)
}

function number(option: string, text: string): number {
  const value = Number(text)
  if (value >= 0) return value
  throw new Error(`--${option} is a number from 0 on, not "${text}".`)
}
