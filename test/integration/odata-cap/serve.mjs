// Serves shop.cds by SAP CAP over SQLite in a temporary folder, which is the only argument; prints its address.

import { dirname, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import cds from '@sap/cds'
import express from 'express'

const folder = process.argv[2]
process.on('disconnect', () => process.exit())
Object.assign(cds.env.requires, {
  db: {
    kind: 'sqlite',
    impl: '@cap-js/sqlite',
    driver: 'node',
    credentials: { url: join(folder, 'shop.db') },
  },
  auth: { kind: 'dummy' },
})
cds.env.server.body_parser = { limit: '20mb' }
cds.log.Logger = () => ({ trace() {}, debug() {}, log() {}, info() {}, warn() {}, error() {} })
const here = dirname(fileURLToPath(import.meta.url))
const model = await cds.load(join(here, 'shop.cds'))
cds.model = cds.compile.for.nodejs(model)
cds.db = await cds.connect.to('db')
await cds.deploy(model).to(cds.db)

const done = new Map()
const app = express()
await cds
  .serve('all')
  .in(app)
  .with(service => {
    if (service.name !== 'shop.Shop') return
    const { INSERT, SELECT, UPDATE, DELETE } = cds.ql
    service.before(['CREATE', 'UPDATE', 'UPSERT'], ['Rows', 'Entries'], request => {
      if (request.data.text === 'refuse me') request.reject(400, 'this text is refused')
    })
    service.on('cancel', async request => {
      await UPDATE(request.subject).with({ note: request.data.reason })
      return SELECT.one.from(request.subject)
    })
    service.on('total', async request => (await SELECT.one.from(request.subject)).amount)
    service.on('rate', request =>
      request.data.currency === 'EUR' ? '1.50' : request.reject(404, 'no such currency'),
    )
    service.on('count', async request => {
      const { n } = request.data
      const key = request.headers['idempotency-key']
      const row = await SELECT.one.from('shop.Rows').where({ n })
      if (!row) return request.reject(404, 'there is no such row')
      if (!done.has(key)) await INSERT.into('shop.Entries').entries({ ID: cds.utils.uuid(), n, text: key })
      done.set(key, n)
      return row.text
    })
    service.on('fill', async request => {
      const changed = request.data.changed ?? new Date().toISOString()
      await INSERT.into('shop.Changes').entries(request.data.records.map(each => ({ ...each, changed })))
    })
    service.on('clear', async () => {
      done.clear()
      for (const entity of ['Orders', 'Lines', 'Prices', 'Rows', 'Entries', 'Changes'])
        await DELETE.from(`shop.${entity}`)
    })
  })
const server = app.listen(0, '127.0.0.1', () => process.send(server.address().port))
