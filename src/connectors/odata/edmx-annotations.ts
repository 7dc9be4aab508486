import { attribute, children, type Edmx, type Element } from './edmx.ts'

/** The annotations with a term, such as `Core.V1.Computed`, whatever its namespace is called in the document. */
function annotations(edmx: Edmx, element: Element, target: string, term: RegExp): Element[] {
  const all = [...children(element, 'Annotation'), ...edmx.about(target)]
  return all.filter(each => term.test(edmx.resolve(attribute(each, 'Term') ?? '')))
}

/** The service makes the value. Sources: Core.Computed, Core.Permissions, and SAP's annotations of V2. */
export function isComputed(edmx: Edmx, element: Element, target: string): boolean {
  if (attribute(element, 'sap:creatable') === 'false') return true
  const [computed] = annotations(edmx, element, target, /(^|\.)Core(\.V1)?\.Computed$/)
  if (computed) return attribute(computed, 'Bool') !== 'false'
  return annotations(edmx, element, target, /(^|\.)Core(\.V1)?\.ComputedDefaultValue$/).length > 0
}

const restrictions: Readonly<Record<string, { readonly term: RegExp; readonly property: string }>> = {
  creatable: { term: /\.InsertRestrictions$/, property: 'Insertable' },
  updatable: { term: /\.UpdateRestrictions$/, property: 'Updatable' },
  deletable: { term: /\.DeleteRestrictions$/, property: 'Deletable' },
  addressable: { term: /\.ReadRestrictions$/, property: 'Readable' },
}

/** Whether a set is said not to be `creatable`, `updatable`, `deletable` or `addressable`. */
export function forbids(edmx: Edmx, element: Element, target: string, word: string): boolean {
  if (attribute(element, `sap:${word}`) === 'false') return true
  const { term = /^$/, property = '' } = restrictions[word] ?? {}
  return annotations(edmx, element, target, term).some(each =>
    children(each, 'Record')
      .flatMap(record => children(record, 'PropertyValue'))
      .some(value => attribute(value, 'Property') === property && attribute(value, 'Bool') === 'false'),
  )
}

export function describe(edmx: Edmx, element: Element, target: string): string | undefined {
  const [described] = annotations(edmx, element, target, /\.(Description|Label)$/)
  return described ? attribute(described, 'String') : attribute(element, 'sap:label')
}
