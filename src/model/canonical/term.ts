import type { Model } from '../model.ts'
import type { JsonSchema } from '../schema-validator.ts'

/**
 * By what name a standard knows a field. Each schema of the catalogue says it in its `$comment`, below what is around it:
 * `UBL cac:Price; B2MML Quantity`. Of a list, `*` marks the step that is repeated: `cac:PartyIdentification*\/cbc:ID`. A term with `/` before it stands for
 * itself, wherever its field is.
 */
export interface Term {
  /** Dotted, with `[]` for each element of a list; '' for the model itself. */
  readonly path: string
  readonly standard: string
  /** From the document on: `Order/cac:OrderLine/cac:LineItem/cbc:Quantity`. */
  readonly term: string
}

/** The terms of a model and its fields, those of models that are not of the catalogue too if they say them so. */
export function termsOf({ jsonSchema }: Pick<Model, 'jsonSchema'>): Term[] {
  return termsWithin(jsonSchema, '', new Map())
}

function termsWithin(schema: JsonSchema, path: string, around: ReadonlyMap<string, string>): Term[] {
  const terms = ownTerms(schema).map(([standard, marked]) => {
    const own = marked.replaceAll('*', '')
    const above = around.get(standard)
    if (own.startsWith('/')) return { path, standard, term: own.slice(1) }
    return { path, standard, term: above && own ? `${above}/${own}` : (above ?? own) }
  })
  // Of several terms of one standard the first is the one by which it is written.
  const below = new Map([
    ...around,
    ...terms.reverse().map(({ standard, term }) => [standard, term] as const),
  ])
  const items = schema.items as JsonSchema | undefined
  const properties = Object.entries((schema.properties ?? {}) as Record<string, JsonSchema>)
  return [
    ...terms.reverse(),
    ...(items ? termsWithin(items, `${path}[]`, below) : []),
    ...properties.flatMap(([name, inner]) => termsWithin(inner, path ? `${path}.${name}` : name, below)),
  ]
}

/** What a schema says of itself, each with the name of the standard. */
export function ownTerms({ $comment }: JsonSchema): (readonly [standard: string, term: string])[] {
  if (typeof $comment !== 'string') return []
  return $comment.split('; ').map(each => {
    const [standard = '', ...term] = each.split(' ')
    return [standard, term.join(' ')] as const
  })
}
