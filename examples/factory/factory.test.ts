import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { CrmDatabase } from './crm/database.ts'
import { drained } from './drain.ts'
import { ErpDatabase } from './erp/database.ts'
import { assertBalanced, startFactory } from './harness.ts'
import { clerk } from './order-to-cash/clerk.ts'
import { PartnersDatabase } from './partners/database.ts'
import { Plant } from './plant.ts'
import { ask } from './processes.ts'
import { verdict } from './verdict.ts'

test('after chaos, Ctrl-C drains and proves that every event and change is accounted for', async t => {
  const { factory, stop, ended } = startFactory(t, ['--chaos', '--rate=40'])
  // Until enough has been sent that some of it must be parked.
  factory.stdout.on('data', line => {
    if (Number(/MES sent (\d+)/.exec(String(line))?.[1]) > 500) stop()
  })
  const { code, output } = await ended
  assert.equal(code, 0, output)
  assertBalanced(output)
  assert.match(output, /parked +[1-9]\d*\n {4}MC-1-\d+ {2}\S.*/)
})

test('days before the start are in the warehouse, and what came after them too', async t => {
  const args = ['--history=20d', '--history-orders=60', '--seconds=4']
  const { code, output } = await startFactory(t, args).ended
  assert.equal(code, 0, output)
  assert.match(output, /\n20 days before this one, with 1\d\d\d orders, were written in /)
  assert.match(output, /\nThe warehouse has them after /)
  const [, all] = /The warehouse has +\d+ goods issues, (\d+) orders/.exec(output) ?? []
  assert.ok(Number(all) > 1000, output)
})

test('what --with does not know is refused with what it knows, and a broker that is not there too', async t => {
  const unknown = await startFactory(t, ['--with', 'kafka,mysql']).ended
  assert.equal(unknown.code, 2)
  assert.match(
    unknown.output,
    /^--with takes postgres, mariadb, kafka, rabbitmq, mqtt, several with commas between; "mysql" is none of them\.\nUsage/,
  )
  const data = mkdtempSync(join(tmpdir(), 'isthmus-used-'))
  t.after(() => rmSync(data, { recursive: true }))
  mkdirSync(join(data, 'isthmus'))
  const used = await startFactory(t, ['--with=mqtt', '--data', data], { MQTT_URL: '' }).ended
  assert.equal(used.code, 1)
  assert.match(used.output, /^The folder of --data has been used before, .* MQTT_URL=mqtt:/)
})

test('without the PostgreSQL that is wanted it says so and starts nothing', async t => {
  const env = { ISTHMUS_POSTGRES: 'postgres://isthmus:confidential@127.0.0.1:1/factory' }
  const { code, output } = await startFactory(t, ['--with', 'postgres'], env).ended
  assert.equal(code, 1)
  assert.match(
    output,
    /^PostgreSQL at 127\.0\.0\.1:1 does not let us in: .*ECONNREFUSED.* Start it, or [^\n]+\n$/,
  )
  assert.doesNotMatch(output, /confidential/)
})

/** Orders that wait for a decision do not end by themselves. */
function withClerk(t: TestContext, plant: Plant): void {
  const over = new AbortController()
  void clerk(plant, over.signal)
  t.after(() => over.abort())
}

test('a price list that was remade stops its source, which is shown, and nothing wrong is delivered', async t => {
  const data = mkdtempSync(join(tmpdir(), 'isthmus-layout-'))
  const plant = await Plant.start({ data, rate: 0, seed: 1 })
  withClerk(t, plant)
  t.after(async () => {
    await plant.stop()
    rmSync(data, { recursive: true })
  })
  await plant.rest()
  assert.ok(await drained(plant, () => {}))
  const before = (await plant.truths()).erp.purchasePrices
  const remake = (remade: boolean) => ask(`${plant.url('partners')}/layout`, { remade })
  const flowNow = async () => (await plant.status()).flows.find(({ flow }) => flow === 'supplier-pricing')

  await remake(true)
  const partners = new PartnersDatabase(join(data, 'partners.db'))
  partners.setPrice('PT-BOLT-M8', '0.2999')
  const shown = async () => (await flowNow())?.sourceFailed ?? (await flowNow())?.paused
  while ((await shown()) === undefined) await delay(50)
  assert.match(
    String(await shown()),
    /the page \/prices(\?page=\d)? has another layout.*货号 名称 起订量 单价 版本/,
  )
  assert.deepEqual((await plant.truths()).erp.purchasePrices, before)

  await remake(false)
  await plant.crash('isthmus')
  await plant.start('isthmus')
  assert.ok(await drained(plant, () => {}))
  const { balanced, lines } = verdict(await plant.truths(), await plant.parked(), await plant.balance())
  assert.ok(balanced, lines.join('\n'))
  const after = (await plant.truths()).erp.purchasePrices
  assert.equal(after.find(({ article }) => article === 'PT-BOLT-M8')?.price, '0.2999')
})

test('changes by people travel, also right before and after ours; ours do not come back', async t => {
  const data = mkdtempSync(join(tmpdir(), 'isthmus-echo-'))
  const plant = await Plant.start({ data, rate: 0, seed: 1 })
  withClerk(t, plant)
  t.after(async () => {
    await plant.stop()
    rmSync(data, { recursive: true })
  })
  await plant.rest()
  assert.ok(await drained(plant, () => {}))
  const crm = new CrmDatabase(join(data, 'crm.db'))
  const erp = new ErpDatabase(join(data, 'erp.db'))
  t.after(() => crm.close())
  t.after(() => erp.close())
  const before = crm.changes().length

  // Both sides change the same customer again and again, while what they changed is on its way.
  const number = 'C1001'
  for (let round = 1; round <= 30; round++) {
    crm.put({ number, name: `name ${round}` }, 'wu.fang')
    erp.transaction(() => erp.customers.put({ number, creditLimit: round }, 'sun.yan'))
    await plant.balance()
  }
  assert.ok(await drained(plant, () => {}))

  const { balanced, lines } = verdict(await plant.truths(), await plant.parked(), await plant.balance())
  assert.ok(balanced, lines.join('\n'))
  const by = (who: string) => (change: { changedBy: string }) => change.changedBy === who
  const log = crm.changes().slice(before)
  assert.deepEqual([log.filter(by('wu.fang')).length, log.filter(by('isthmus')).length], [30, 30])
  const { name, creditLimit } = crm.customers().find(customer => customer.number === number) ?? {}
  assert.deepEqual([name, creditLimit], ['name 30', 30])
  assert.equal(erp.customers.get(number)?.name, 'name 30')
})
