import { IsthmusError } from '../../errors.ts'
import { type Codec, quoted } from '../../message/codec/codec.ts'
import { fixed, group, many, type Part, token, within } from '../../message/codec/document/part.ts'
import { readRecord } from '../../message/codec/document/read.ts'
import { writeDocument } from '../../message/codec/document/write.ts'
import { type ElementLimits, readElements, type XmlElement } from '../../message/codec/xml-elements.ts'

export type Fields = Readonly<Record<string, unknown>>

/** One way in which records stand in a document. */
export interface Shape {
  /** The element: `OperationsSchedule`. */
  readonly noun: string
  readonly parts: readonly Part[]
  /** Whether there are business object documents of it: `SyncOperationsSchedule`. */
  readonly hasVerbs: boolean
  /** The records of one noun, and what has no place in them. */
  spread(noun: Fields): { readonly records: readonly Fields[]; readonly unmapped?: readonly string[] }
  /** The nouns of some records; undefined where they cannot stand so. */
  gather(records: readonly Fields[]): readonly Fields[] | undefined
}

export interface B2mmlOptions extends ElementLimits {
  /** Whose namespace is written; those of V0500 and V0600 are read, too. Default `V7`. */
  readonly version?: 'V7' | 'V0401' | undefined
  /** The units of the partner, and the codes of UN/ECE Recommendation 20 that they are: `{ KG: 'KGM' }`. Others stay as they are. */
  readonly units?: Readonly<Record<string, string>> | undefined
}

const namespaces = { V7: 'http://www.mesa.org/xml/B2MML', V0401: 'http://www.wbf.org/xml/B2MML-V0401' }
/** What V0500 and V0600 have is named as in V7. */
const readNamespaces: readonly string[] = [
  ...Object.values(namespaces),
  'http://www.mesa.org/xml/B2MML-V0600',
  'http://www.mesa.org/xml/B2MML-V0500',
]
const verbs = ['Get', 'Show', 'Process', 'Acknowledge', 'Change', 'Respond', 'Cancel', 'Sync']

/** Data are lists of records; one record alone is written, too. */
export function b2mmlCodec(shapes: readonly Shape[], options: B2mmlOptions): Codec {
  const { version = 'V7', units: _, ...limits } = options
  return {
    contentType: 'application/xml',
    decode: body => readShapes(readElements(body, limits), shapes),
    encode(data) {
      const records = (Array.isArray(data) ? data : [data]) as Fields[]
      return Buffer.from(writeShapes(records, shapes, namespaces[version]), 'utf8')
    },
  }
}

function readShapes(root: XmlElement, shapes: readonly Shape[]): Fields[] {
  const isKnown = readNamespaces.includes(root.namespace)
  const shape = shapes.find(({ noun }) => noun === root.name || verbs.includes(verbOf(root.name, noun)))
  if (!isKnown || !shape)
    throw new IsthmusError(
      'MSG-DECODE',
      `the document is ${quoted(root.name)} of ${quoted(root.namespace)}, not ${shapes.map(({ noun }) => noun).join(' or ')} of B2MML V7, V0600, V0500 or V0401`,
    )
  const isNoun = shape.noun === root.name
  const verb = verbOf(root.name, shape.noun)
  const parts = isNoun ? shape.parts : bodParts(verb, shape)
  const { record, unmapped } = readRecord(root, parts, { '': root.namespace })
  const { nouns, ...area } = isNoun ? { nouns: [record] } : (record as { nouns?: Fields[] })
  const found = (nouns ?? []).map(each => shape.spread(each))
  const all = [...new Set([...unmapped, ...found.flatMap(each => each.unmapped ?? [])])]
  const shared = {
    ...(!isNoun && { message: { verb, ...area } }),
    ...(all.length > 0 && { unmapped: all }),
  }
  const records = found.flatMap(each => each.records.map(record => ({ ...record, ...shared })))
  if (records.length > 0) return records
  throw new IsthmusError(
    'MSG-DECODE',
    `the document ${quoted(root.name)} has no record of the kind that is read`,
  )
}

/** '' where the name is another noun's. */
function verbOf(name: string, noun: string): string {
  return name.endsWith(noun) ? name.slice(0, -noun.length) : ''
}

function bodParts(verb: string, { noun, parts }: Shape): Part[] {
  return [
    within('ApplicationArea', [
      within('Sender', [token('LogicalID', 'sender')]),
      token('CreationDateTime', 'createdAt'),
      token('BODID', 'id'),
    ]),
    within('DataArea', [fixed(verb, ''), many(group(noun, 'nouns', parts))]),
  ]
}

function writeShapes(given: readonly Fields[], shapes: readonly Shape[], namespace: string): string {
  const messages = new Set(given.map(({ message }) => JSON.stringify(message)))
  if (messages.size > 1) throw refused('records of different messages cannot stand in one document')
  const message = given[0]?.message as Fields | undefined
  const records = given.map(({ message: _, unmapped: __, ...record }) => record)
  for (const shape of records.length > 0 ? shapes : []) {
    const nouns = shape.gather(records)
    if (nouns === undefined || (message ? !shape.hasVerbs : nouns.length !== 1)) continue
    if (!message) return writeDocument(shape.noun, nouns[0], shape.parts, { '': namespace })
    const { verb, ...area } = message as { verb: string }
    if (!verbs.includes(verb))
      throw refused(`${quoted(String(verb))} is no verb of a business object document`)
    const parts = bodParts(verb, shape)
    return writeDocument(
      `${verb}${shape.noun}`,
      { ...area, nouns },
      parts,
      { '': namespace },
      ' releaseID=""',
    )
  }
  throw refused(
    records.length === 0
      ? 'there is no record'
      : 'these records cannot stand in one document: give them a message',
  )
}

function refused(reason: string): IsthmusError {
  return new IsthmusError('MSG-ENCODE', reason)
}
