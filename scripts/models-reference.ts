import * as catalogue from '../src/model/canonical/index.ts'
import { ownTerms } from '../src/model/canonical/term.ts'
import type { Model } from '../src/model/model.ts'
import type { JsonSchema } from '../src/model/schema-validator.ts'

/** The models of `isthmus/models`, in the order of the alphabet. */
export function catalogueModels(): Model[] {
  const models = Object.values(catalogue).filter(each => typeof each === 'object' && 'jsonSchema' in each)
  return (models as Model[]).sort((a, b) => a.name.localeCompare(b.name))
}

/** A table for each model, and one for each shape that several have. */
export function modelSections(): string {
  const shapes = new Map<string, JsonSchema>()
  const models = catalogueModels().map(model => modelSection(model, shapes))
  const shared: string[] = []
  // Shapes are found in shapes: the list grows while it is read.
  for (const [title, schema] of shapes) shared.push(`### ${title}\n\n${tableOf(schema, shapes)}`)
  return [...models, ...shared.sort()].join('\n\n')
}

function modelSection(
  { name, version, key, pii, jsonSchema }: Model,
  shapes: Map<string, JsonSchema>,
): string {
  const personal = pii.length > 0 ? ` Personal: ${pii.map(path => `\`${path}\``).join(', ')}.` : ''
  const head = `\`${name}.v${version}\`, known by \`${key}\`: ${termsText(jsonSchema)}.${personal}`
  return `### ${name}\n\n${head}\n\n${tableOf(jsonSchema, shapes)}`
}

function tableOf(schema: JsonSchema, shapes: Map<string, JsonSchema>): string {
  const rows = rowsOf(schema, '', shapes).map(cells => `| ${cells.join(' | ')} |`)
  return ['| Field | Type | Terms |', '| --- | --- | --- |', ...rows].join('\n')
}

function rowsOf(schema: JsonSchema, path: string, shapes: Map<string, JsonSchema>): string[][] {
  const required = new Set((schema.required ?? []) as string[])
  return Object.entries((schema.properties ?? {}) as Record<string, JsonSchema>).flatMap(([name, field]) => {
    const inner = (field.items ?? field) as JsonSchema
    const at = `${path}${name}${field.items ? '[]' : ''}`
    const title = inner.title as string | undefined
    if (title !== undefined && !shapes.has(title)) shapes.set(title, inner)
    const type = `${typeOf(inner)}${required.has(name) ? ', required' : ''}`
    const row = [`\`${at}\``, type, termsText(inner)]
    return title === undefined && inner.properties ? [row, ...rowsOf(inner, `${at}.`, shapes)] : [row]
  })
}

function typeOf({ title, type, format, pattern, enum: values, properties }: JsonSchema): string {
  if (typeof title === 'string') return `[${title}](#${title.toLowerCase().replaceAll(' ', '-')})`
  if (Array.isArray(values))
    return values.length > 15 ? 'one of a list' : values.map(each => `\`${each}\``).join(', ')
  if (properties) return 'object'
  if (type === 'boolean') return 'true or false'
  if (typeof format === 'string') return format
  if (typeof pattern !== 'string') return 'text'
  return pattern.includes('(\\.\\d+)?$') ? 'decimal, as text' : `text \`${pattern}\``
}

function termsText(schema: JsonSchema): string {
  return ownTerms(schema)
    .map(([standard, term]) => `${standard}${term && ` \`${term.replace(/^\/|\*/g, '')}\``}`)
    .join('; ')
}
