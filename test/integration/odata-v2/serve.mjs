// Serves the V2 service of a metadata file by SAP's mock server, and tells its port. Arguments: the file, the root path,
// and `generated` where records are to be made up; else the sets begin with what is below.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import FEMockserver from '@sap-ux/fe-mockserver-core'
import express from 'express'

const [metadataPath, urlPath, kind] = process.argv.slice(2)
const mockdataPath = mkdtempSync(join(tmpdir(), 'isthmus-v2-'))
process.on('disconnect', () => process.exit())
process.on('exit', () => rmSync(mockdataPath, { recursive: true, force: true }))

if (kind !== 'generated') {
  // The mock server takes an empty set for one that has every record. No test looks at the record 0.
  const rows = `module.exports = {
    getInitialDataSet: () => [{ n: 0, text: '', changed: '/Date(0+0000)/' }],
    async onBeforeAddEntry(keys, data) {
      const error = { code: 'SHOP/001', message: { lang: 'en', value: 'this text is refused' },
        innererror: { errordetails: [{ message: 'text: choose another' }] } }
      const entries = await this.base.getAllEntries({})
      if (entries.some(({ n }) => n === data.n)) this.throwError('is there', 400, { error })
      if (data.text === 'refuse me') this.throwError('refused', 400, { error })
    },
  }`
  const container = `module.exports = {
    executeAction: async () => ({ Amount: '12.50', Currency: 'EUR' }),
  }`
  const orders = `module.exports = {
    getInitialDataSet: () => [],
    executeAction: async () => ({ OrderNo: 'A1', Amount: '99.10', CreatedBy: 'action' }),
  }`
  writeFileSync(join(mockdataPath, 'Rows.js'), rows)
  writeFileSync(join(mockdataPath, 'Orders.js'), orders)
  writeFileSync(join(mockdataPath, 'EntityContainer.js'), container)
}
const Server = FEMockserver.default ?? FEMockserver
const generateMockData = kind === 'generated'
const server = new Server({ services: [{ urlPath, metadataPath, mockdataPath, generateMockData }] })
await server.isReady
const app = express()
app.use(server.getRouter())
const listening = app.listen(0, '127.0.0.1', () => process.send(listening.address().port))
