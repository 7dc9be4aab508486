import { env, flow, landscape, model, system, Type } from 'isthmus'
import { out, sql, sqlText } from 'isthmus/sql'

const Text = Type.String()
const Issue = model('Issue', {
  version: 1,
  key: 'no',
  schema: Type.Object({ no: Text, material: Text, quantity: Text }), // quantity is text: 12.50 keeps its zero
})
const Material = model('Material', { version: 1, schema: Type.Object({ name: Text, unit: Text }) })
const Posting = model('Posting', {
  version: 1,
  schema: Type.Object({ no: Text, text: Text, quantity: Text }),
})
const Posted = model('Posted', { version: 1, schema: Type.Object({ document: Type.Integer() }) })
const Entry = model('Entry', { version: 1, schema: Type.Object({ no: Text, document: Type.Integer() }) })

const mes = system('mes', { kind: 'mes', connector: sql({ url: env('MES_DB', 'mysql://localhost/mes') }) })
const issues = mes.outbox('issues', Issue, { table: 'issue_outbox', id: 'id', payload: 'payload' })

const erp = system('erp', { kind: 'erp', connector: sql({ url: env('ERP_DB', 'mysql://localhost/erp') }) })
const material = erp.query('material', {
  request: Issue,
  response: Material,
  one: true,
  sql: ({ material }) => sqlText`select name, unit from materials where code = ${material}`,
})
const post = erp.procedure('post', {
  procedure: 'post_issue',
  request: Posting,
  response: Posted,
  arguments: ({ no, text, quantity }) => [no, text, quantity, out('document')],
})
const entries = erp.table('entries', Entry, { table: 'issue_entries', mode: 'upsert', key: ['no'] })

const posting = flow('posting')
  .from(issues)
  .key(issue => issue.no)
  .enrich('item', material, issue => issue)
  .enrich('posted', post, ({ no, quantity, item }) => ({ no, quantity, text: `${item.name} (${item.unit})` }))
  .map(Entry, { no: i => i.no, document: i => i.posted.document })
  .to(entries)

export default landscape({ name: 'sql', systems: [mes, erp], flows: [posting] })
