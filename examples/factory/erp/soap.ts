import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createServerless, passwordDigest } from 'soap'
import type { Call, Reply } from '../simulated/service.ts'
import { issueGoods, reserve, standardCost } from './books.ts'
import type { ErpDatabase } from './database.ts'
import { Refusal } from './refusal.ts'

/** What the server of the npm package `soap` hands over: numbers are read as numbers already. */
type Fields = Readonly<Record<string, unknown>>

interface UsernameToken {
  readonly Username: string
  readonly Password: { readonly $value: string }
  readonly Nonce: { readonly $value: string }
  readonly Created: string
}

interface Headers {
  readonly Security?: { readonly UsernameToken?: UsernameToken }
}

export const wsdl = readFileSync(join(import.meta.dirname, 'erp.wsdl'), 'utf8')

/** The SOAP service of the ERP. Who logs in is who changes things; all have the same password. */
export async function erpSoap(db: ErpDatabase, password: string): Promise<(call: Call) => Promise<Reply>> {
  const path = '/soap'
  const services = { ErpService: { Erp: operations(db) } }
  const server = await createServerless({ path, services, xml: wsdl, suppressStack: true })
  server.authenticate = ({ UsernameToken: token }: Required<Headers>['Security'] = {}) =>
    token !== undefined &&
    token.Password.$value === passwordDigest(token.Nonce.$value, token.Created, password)
  return async ({ body, headers }) => {
    const answer = await server.processRequest(body, { url: path, headers: { ...headers } })
    return { status: answer.statusCode, type: 'text/xml; charset=utf-8', body: answer.body }
  }
}

/** What it answers while it is being maintained. */
export function maintenance(): Reply {
  const fault =
    '<faultcode>soap:Server</faultcode><faultstring>Maintenance. Try again later.</faultstring>' +
    '<detail><Maintenance xmlns="urn:factory:erp"/></detail>'
  return {
    status: 500,
    type: 'text/xml; charset=utf-8',
    body:
      '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/">' +
      `<soap:Body><soap:Fault>${fault}</soap:Fault></soap:Body></soap:Envelope>`,
  }
}

function operations(db: ErpDatabase) {
  return {
    GetStandardCost: ({ material }: Fields) => orFault(() => standardCost(db, String(material))),
    PostGoodsIssue: ({ requestId, ...fields }: Fields) =>
      once(db, requestId, fields, () =>
        issueGoods(db, texts(fields, ['reference', 'workOrder', 'material', 'quantity', 'unit'])),
      ),
    ReserveGoods: ({ requestId, ...fields }: Fields) =>
      once(db, requestId, fields, () => {
        // One element is read as itself, several are a list.
        const lines = [fields.line ?? []].flat() as Fields[]
        return reserve(db, {
          order: String(fields.order),
          lines: lines.map(line => texts(line, ['material', 'quantity', 'unit'])),
        })
      }),
    ReserveStock: ({ requestId, ...fields }: Fields) =>
      once(db, requestId, fields, () =>
        db.sales.reserve(String(fields.order), String(fields.product), Number(fields.pieces)),
      ),
    ReleaseStock: ({ requestId, ...fields }: Fields) =>
      once(db, requestId, fields, () => db.sales.release(String(fields.order))),
    ReceiveProducts: ({ requestId, ...fields }: Fields) =>
      once(db, requestId, fields, () =>
        db.sales.receive(String(fields.order), String(fields.product), Number(fields.pieces)),
      ),
    ShipOrder: ({ requestId, ...fields }: Fields) =>
      once(db, requestId, fields, () => db.sales.ship(String(fields.order), String(fields.shipTo ?? ''))),
    FindDocument({ requestId }: Fields) {
      const document = db.remembered(String(requestId))
      return document ? { document: JSON.parse(document.answer) } : {}
    },
    PutCustomer: ({ requestId, ...fields }: Fields, _: unknown, headers: Headers) =>
      once(db, requestId, fields, () => {
        const user = headers.Security?.UsernameToken?.Username ?? ''
        return db.customers.put(texts(fields, ['number', 'name', 'city']), user)
      }),
  }
}

function once(db: ErpDatabase, requestId: unknown, fields: Fields, book: () => number | object) {
  return orFault(() => {
    const request = JSON.stringify(fields)
    const answer = () => {
      const booked = book()
      return JSON.stringify(typeof booked === 'number' ? { number: booked } : booked)
    }
    return JSON.parse(db.once(String(requestId), request, answer))
  })
}

/** A refusal is a fault of the client, with its reason. */
function orFault<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const faultstring = `${error.code} ${error.message}`
    throw { Fault: { faultcode: 'soap:Client', faultstring, detail: { Refusal: error.code } } }
  }
}

function texts<N extends string>(fields: Fields, names: readonly N[]): Record<N, string> {
  return Object.fromEntries(names.map(name => [name, String(fields[name] ?? '')])) as Record<N, string>
}
