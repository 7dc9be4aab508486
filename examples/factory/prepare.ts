// Makes what the factory's programs find when each is started by itself, as deploy/compose.yaml does:
// node examples/factory/prepare.ts FOLDER
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { filesIn } from './stock-transfer/databases.ts'
import { makeWarehouse } from './stock-transfer/warehouse.ts'

const [folder = '.'] = process.argv.slice(2)
for (const name of ['orders', 'hrm-files']) mkdirSync(join(folder, name), { recursive: true })
for (const url of Object.values(filesIn(folder))) await makeWarehouse(url)
