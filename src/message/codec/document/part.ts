/**
 * Where the fields of a record stand in an XML document: one declaration from which documents are read and written, in
 * the order in which the parts stand. Elements are named with the prefixes of `Prefixes`; those of documents do not matter.
 */
export type Part = Leaf | Group | Fixed

/** Prefix to namespace, '' for names without one. */
export type Prefixes = Readonly<Record<string, string>>

/**
 * What a text is: `text` as it stands; `token` without space around it; `decimal` in the notation of the decimals of
 * models; `date` without the zone that XML Schema allows behind it; `flag` true or false.
 */
export type ValueKind = 'text' | 'token' | 'decimal' | 'date' | 'flag'

/** An element with a text. */
export interface Leaf {
  readonly kind: 'leaf'
  readonly element: string
  /** Of the record. Without one, an object's fields are those of the record itself. */
  readonly field: string | undefined
  readonly value: ValueKind
  /** Attribute to field: the value is an object then, with the text in its field `text`. */
  readonly object:
    | { readonly text: string; readonly attributes: Readonly<Record<string, string>> }
    | undefined
  readonly many?: boolean
  readonly onlyRead?: boolean
  /** A word of the document to the one of the record; others stay. */
  readonly words?: Readonly<Record<string, string>> | undefined
}

/** An element with elements: an object in `field`, or, without one, more fields of the same record. */
export interface Group {
  readonly kind: 'group'
  readonly element: string
  readonly field: string | undefined
  readonly parts: readonly Part[]
  readonly many?: boolean
  readonly onlyRead?: boolean
  /** The value is that of its one leaf, whose field is ''. */
  readonly bare?: boolean
}

/** An element that always has this text where its group is written. One that `tells` must have it for the group to be meant. */
export interface Fixed {
  readonly kind: 'fixed'
  readonly element: string
  readonly text: string
  readonly tells: boolean
}

const leaf = (value: ValueKind) => (element: string, field: string) =>
  ({ kind: 'leaf', element, field, value, object: undefined }) satisfies Leaf

export const text = leaf('text')
export const token = leaf('token')
export const decimal = leaf('decimal')
export const date = leaf('date')
export const flag = leaf('flag')

/** A group of one value: `<AddressLine><Line>3rd floor</Line></AddressLine>` as the text alone. */
export function bare(element: string, field: string, part: Part): Group {
  return { kind: 'group', element, field, parts: [part], bare: true }
}

/** A token with another word in the document than in the record: `{ KG: 'KGM' }`. */
export function word(
  element: string,
  field: string,
  words: Readonly<Record<string, string>> | undefined,
): Leaf {
  return { ...token(element, field), words }
}

/** `<Amount currencyID="EUR">12.50</Amount>` as `{ value, currency }`. */
export function amount(element: string, field?: string): Leaf {
  return attributed('decimal', element, field, { text: 'value', attributes: { currencyID: 'currency' } })
}

/** `<Quantity unitCode="KGM">12.5</Quantity>` as `{ value, unit }`. */
export function quantity(element: string, field?: string): Leaf {
  return attributed('decimal', element, field, { text: 'value', attributes: { unitCode: 'unit' } })
}

/** `<ID schemeID="GLN" schemeAgencyID="9">...</ID>` as `{ id, scheme, agency }`. */
export function identifier(element: string, field?: string): Leaf {
  const attributes = { schemeID: 'scheme', schemeAgencyID: 'agency' }
  return attributed('token', element, field, { text: 'id', attributes })
}

/** `<Code listID="CPV" listAgencyID="2">...</Code>` as `{ code, list, agency }`. */
export function code(element: string, field?: string): Leaf {
  const attributes = { listID: 'list', listAgencyID: 'agency' }
  return attributed('token', element, field, { text: 'code', attributes })
}

function attributed(
  value: ValueKind,
  element: string,
  field: string | undefined,
  object: NonNullable<Leaf['object']>,
): Leaf {
  return { kind: 'leaf', element, field, value, object }
}

export function group(element: string, field: string, parts: readonly Part[]): Group {
  return { kind: 'group', element, field, parts }
}

/** Elements around fields of the record itself: `within('cac:PartyName', [text('cbc:Name', 'name')])`. */
export function within(element: string, parts: readonly Part[]): Group {
  return { kind: 'group', element, field: undefined, parts }
}

/** As often as it occurs: a list. */
export function many<P extends Leaf | Group>(part: P): P {
  return { ...part, many: true }
}

/** Another place of what is written elsewhere: read where that is missing. */
export function elsewhere<P extends Leaf | Group>(part: P): P {
  return { ...part, onlyRead: true }
}

export function fixed(element: string, value: string): Fixed {
  return { kind: 'fixed', element, text: value, tells: false }
}

/** The group is meant only where the element has this text: `<ID>BaseUnitOfMeasure</ID>`. */
export function told(element: string, value: string): Fixed {
  return { kind: 'fixed', element, text: value, tells: true }
}

/** The fields of a record that these parts read and write. */
export function fieldsOf(parts: readonly Part[]): Set<string> {
  const fields = parts.flatMap((part): string[] => {
    if (part.kind === 'fixed') return []
    if (part.field !== undefined) return [part.field]
    if (part.kind === 'group') return [...fieldsOf(part.parts)]
    return part.object ? [part.object.text, ...Object.values(part.object.attributes)] : []
  })
  return new Set(fields)
}
