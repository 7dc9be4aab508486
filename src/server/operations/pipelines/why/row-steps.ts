import type { Extraction } from '../../../../flow/pipeline/extraction.ts'
import type { Table } from '../../../../flow/pipeline/table.ts'
import { cleanersOf, type RowRules } from '../../../../model/clean/clean-row.ts'
import { stepShapes } from '../../../../observe/data-shape.ts'
import { handedOn } from '../../../../observe/handed-on.ts'
import { overlaps } from '../../../../observe/lineage/field-graph.ts'
import type { SourceFiles } from '../../../../observe/lineage/source-text.ts'
import { shapeOf } from '../../../../observe/shape.ts'
import { channelId } from '../../../../system/channel.ts'
import type { WhyRow } from './schemas.ts'

type Source = NonNullable<WhyRow['source']>
type Step = Source['steps'][number]
type Code = (...given: never[]) => unknown

/** What made a field of a table, from the table back to what its channel gives. */
export function sourceOf(
  table: Table,
  { source, steps }: Extraction<unknown>,
  field: string,
  files: SourceFiles,
): Source {
  const { channel } = source
  const start =
    source.kind === 'source'
      ? shapeOf(source.channel.model)
      : (handedOn(
          shapeOf(source.channel.answer),
          source.reading.rows as (data: unknown) => readonly unknown[],
        ) ?? {
          schema: {},
          personal: [],
        })
  const shapes = stepShapes(steps, start)
  const codeOf = (code: Code) => {
    const told = files.of(code, table.at)
    return { ...(code.name && !told.file ? { name: code.name } : {}), ...told }
  }
  let fields = [field]
  const told: Step[] = []
  for (const step of steps.toReversed()) {
    if (step.kind === 'clean')
      told.push(...fields.flatMap(each => cleaned(step.id, step.rules, each, codeOf)))
    if (step.kind !== 'map') continue
    const lineage = shapes.get(step.id)?.lineage?.fields ?? {}
    const functions = step.mapping.fields as Readonly<Record<string, Code>>
    const made = fields.map((each): Step => {
      const top = topOf(each)
      const { sources = [], complete = false } = lineage[top] ?? {}
      const code = functions[top]
      const rules = code ? [codeOf(code)] : []
      return { step: step.id, kind: 'map', field: each, rules, sources: [...sources], complete }
    })
    told.push(...made)
    fields = [...new Set(made.flatMap(({ sources }) => sources))]
  }
  return { channel: channelId(channel), steps: told, fields }
}

function cleaned(
  step: string,
  rules: RowRules,
  field: string,
  codeOf: (code: Code) => Step['rules'][number],
): Step[] {
  const own = cleanersOf(rules).filter(([name]) => overlaps(name, field.replaceAll('[]', '')))
  if (own.length === 0) return []
  const cleaners = own.map(([, cleaner]) => codeOf(cleaner as Code))
  return [{ step, kind: 'clean', field, rules: cleaners, sources: [field], complete: true }]
}

function topOf(field: string): string {
  return /^[^.[]+/.exec(field)?.[0] ?? field
}
