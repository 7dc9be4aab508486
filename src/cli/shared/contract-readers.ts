import { statSync } from 'node:fs'
import type { Contract, ContractReader } from '../../contract/contract.ts'
import { openDocument } from '../../contract/open-document.ts'
import { IsthmusError } from '../../errors.ts'

/** Reads what stands at a path or URL, for a system of this name. */
type LocationReader = (location: string, system: string) => Promise<Contract>

/** By the kind of a contract. Each is loaded when it is needed. */
const readers: Readonly<Record<string, LocationReader>> = {
  openapi: documents(async () => (await import('../../contract/openapi/read.ts')).readOpenApi),
  wsdl: documents(async () => (await import('../../contract/wsdl/read-wsdl.ts')).readWsdl),
  xsd: documents(async () => (await import('../../contract/xsd/read-xsd.ts')).readXsd),
  graphql: documents(async () => (await import('../../connectors/graphql/contract/read.ts')).readGraphql),
  odata: documents(async () => (await import('../../connectors/odata/contract.ts')).readEdmx),
  asyncapi: documents(async () => (await import('../../contract/asyncapi/read.ts')).readAsyncApi),
  sql: async (location, system) =>
    (await import('../../connectors/sql/catalogue.ts')).readCatalogue(location, { system }),
  sample: async (location, system) =>
    (await import('../../contract/sample/read.ts')).readSamples(location, system),
}

export const contractKinds = Object.keys(readers)

/** Throws CLI-USAGE where there is no such kind. */
export function readerOf(kind: string): LocationReader {
  const reader = Object.hasOwn(readers, kind) ? readers[kind] : undefined
  if (reader) return reader
  const known = contractKinds.join(', ')
  throw new IsthmusError('CLI-USAGE', `There is no kind "${kind}" of contract. Known are ${known}.`)
}

function documents(load: () => Promise<ContractReader>): LocationReader {
  return async (location, system) => (await load())(await openDocument(location, process.cwd()), system)
}

const signs: readonly (readonly [string, RegExp])[] = [
  ['openapi', /^\s*[{]?\s*["']?(?:openapi|swagger)["']?\s*:/m],
  ['asyncapi', /^\s*[{]?\s*["']?asyncapi["']?\s*:/m],
  ['wsdl', /<(?:\w+:)?definitions\b[^>]*http:\/\/schemas\.xmlsoap\.org\/wsdl\//],
  ['odata', /<(?:\w+:)?Edmx\b/],
  ['xsd', /<(?:\w+:)?schema\b[^>]*http:\/\/www\.w3\.org\/2001\/XMLSchema/],
  ['graphql', /^\s*(?:extend\s+)?(?:type|input|interface|schema|enum|scalar|union|directive)\b[^\n]*[{@=]/m],
]

/** The kind of what stands at a location, told by its begin; CLI-USAGE where that cannot be told. */
export async function kindOf(location: string): Promise<string> {
  if (/^(?:postgres(?:ql)?|mysql|mariadb):/.test(location)) return 'sql'
  if (statSync(location, { throwIfNoEntry: false })?.isDirectory()) return 'sample'
  const { body } = await openDocument(location)
  if (body.length >= 16 && Buffer.from(body.subarray(0, 15)).toString('latin1') === 'SQLite format 3')
    return 'sql'
  const begin = Buffer.from(body.subarray(0, 20_000)).toString('utf8')
  const found = signs.find(([, sign]) => sign.test(begin))
  if (found) return found[0]
  const text = `It cannot be told what ${location} is. Say the kind: isthmus import KIND LOCATION`
  throw new IsthmusError('CLI-USAGE', `${text}, with one of ${contractKinds.join(', ')}.`)
}
