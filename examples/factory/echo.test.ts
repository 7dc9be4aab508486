import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { CrmDatabase } from './crm/database.ts'
import { drained } from './drain.ts'
import { ErpDatabase } from './erp/database.ts'
import { Plant } from './plant.ts'
import { verdict } from './verdict.ts'

test('changes by people travel, also right before and after ours; ours do not come back', async t => {
  const data = mkdtempSync(join(tmpdir(), 'isthmus-echo-'))
  const plant = await Plant.start({ data, rate: 0, seed: 1 })
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
