import { isDeepStrictEqual } from 'node:util'
import type { Flow } from '../../../flow/flow.ts'
import { allSteps, type Step } from '../../../flow/step.ts'
import { type CleanChange, cleanersOf, type RowRules, rowCleaner } from '../../../model/clean/clean-row.ts'
import type { Mapping } from '../../../model/mapping.ts'
import { flowShapes } from '../../../observe/data-shape.ts'
import type { SourceFiles } from '../../../observe/lineage/source-text.ts'
import { masked } from '../../../observe/personal-data.ts'
import type { TracedMessage } from '../schemas.ts'
import { stepId } from '../traced-message.ts'
import type { HopStep } from './schemas.ts'
import { valueAt } from './value-at.ts'

type Hop = TracedMessage['hops'][number]
type Change = HopStep['changes'][number]
type Rule = Change['why']['rules'][number]
type Code = (...given: never[]) => unknown

/** Changes told of one step. */
const listed = 500

const noWhy = { rules: [], sources: [], complete: true }

/** Which fields a step changed, and by which of its rules. Works on what is shown: masked values stay masked. */
export class StepChanges {
  readonly #flow: Flow
  readonly #files: SourceFiles
  readonly #steps: ReadonlyMap<string, Step>
  readonly #shapes: ReturnType<typeof flowShapes>

  constructor(flow: Flow, files: SourceFiles) {
    this.#flow = flow
    this.#files = files
    this.#steps = new Map([...allSteps(flow.steps)].map(step => [step.id, step]))
    this.#shapes = flowShapes(flow)
  }

  of(hop: Hop): Change[] {
    const step = this.#steps.get(stepId(hop.step))
    return (step ? this.#ofStep(step, hop) : this.#compared(hop, 'validate')).slice(0, listed)
  }

  #ofStep(step: Step, { before, after, call, step: path, kind }: Hop): Change[] {
    switch (step.kind) {
      case 'map':
        return after === undefined ? [] : this.#mapped(step, step.mapping, before, after)
      case 'to':
        // What is sent is made from the data before; the data go on as they are.
        return step.mapping && call ? this.#mapped(step, step.mapping, before, call.request) : []
      case 'clean':
        return this.#cleaned(step.rules, before, after)
      case 'enrich':
        return this.#compared({ before, after, step: path, kind }, 'enrich', [this.#code(step.request)])
      case 'validate':
        return this.#compared({ before, after, step: path, kind }, 'validate')
      case 'split':
        return step.aggregate
          ? this.#compared({ before, after, step: path, kind }, 'aggregate', [this.#code(step.aggregate)])
          : []
      default:
        return []
    }
  }

  #mapped(step: Step, { fields }: Mapping<unknown, unknown>, before: unknown, after: unknown): Change[] {
    const lineage = this.#shapes.get(step.id)?.lineage?.fields ?? {}
    const made = Object.entries(fields as Readonly<Record<string, Code>>).map(([field, code]): Change => {
      const { sources = [], complete = false } = lineage[field] ?? {}
      const value = (after as Record<string, unknown> | undefined)?.[field]
      const read = sources.map(source => ({ field: source, ...valued(valueAt(before, source)) }))
      const [only] = read
      const isSame = read.length === 1 && only?.field === field && isDeepStrictEqual(only.value, value)
      return {
        field,
        kind: isSame ? 'same' : only?.field === field && read.length === 1 ? 'changed' : 'added',
        ...(read.length === 1 && only && 'value' in only ? { before: only.value } : {}),
        ...(value === undefined ? {} : { after: value }),
        why: { by: 'map', rules: [this.#code(code)], sources: read, complete },
      }
    })
    const used = Object.values(lineage).flatMap(({ sources }) => sources)
    const isUsed = (field: string) =>
      used.some(each => each === field || each.startsWith(`${field}.`) || each.startsWith(`${field}[]`))
    const lost = Object.entries((before ?? {}) as Record<string, unknown>)
      .filter(([field, value]) => value !== undefined && !isUsed(field))
      .map(([field, value]): Change => {
        return { field, kind: 'removed', before: value, why: { by: 'none', ...noWhy } }
      })
    return [...made, ...lost]
  }

  #cleaned(rules: RowRules, before: unknown, after: unknown): Change[] {
    const [old, fresh] = [before, after] as (Record<string, unknown> | undefined)[]
    if (!old || !fresh) return []
    return Object.entries(rules).flatMap(([name, rule]) => {
      const [from, to] = [old[name], fresh[name]]
      if (rule === undefined || isDeepStrictEqual(from, to)) return []
      const isMasked = JSON.stringify([from, to]).includes(`"${masked}"`)
      return isMasked
        ? differences(from, to, name).map(each => ({
            ...each,
            why: cleanedBy(
              cleanersOf({ [name]: rule }).map(([, cleaner]) => this.#code(cleaner)),
              each,
            ),
          }))
        : this.#recleaned({ [name]: rule }, { [name]: from })
    })
  }

  /** By the same rules again: one change per field, with the cleaners that made it. */
  #recleaned(rules: RowRules, row: Readonly<Record<string, unknown>>): Change[] {
    const changes = new Map<string, Change>()
    const told = ({ field, cleaner, before, after }: CleanChange) => {
      const first = changes.get(field)
      const step = { ...this.#code(cleaner), before, ...valuedAfter(after) }
      const from = first ? first.before : before
      const made = [...(first?.why.rules ?? []), step]
      changes.set(field, {
        field,
        kind: 'changed',
        before: from,
        ...valuedAfter(after),
        why: cleanedBy(made, { field, before: from }),
      })
    }
    rowCleaner(rules)(row, told)
    return [...changes.values()]
  }

  #compared({ before, after }: Hop, by: Change['why']['by'], rules: Rule[] = []): Change[] {
    if (after === undefined || typeof after === 'string') return []
    return differences(before, after).map(each => ({ ...each, why: { by, ...noWhy, rules } }))
  }

  #code(code: Code): Rule {
    const told = this.#files.of(code, this.#flow.at)
    return { ...(code.name && !told.file ? { name: code.name } : {}), ...told }
  }
}

function cleanedBy(rules: Rule[], { field, before }: Pick<Change, 'field' | 'before'>): Change['why'] {
  return { by: 'clean', rules, sources: [{ field, value: before }], complete: true }
}

function valuedAfter(after: unknown): { after?: unknown } {
  return after === undefined ? {} : { after }
}

type Difference = Pick<Change, 'field' | 'kind' | 'before' | 'after'>

/** Field by field; lists of different lengths are told as a whole. */
function differences(before: unknown, after: unknown, path = ''): Difference[] {
  if (isDeepStrictEqual(before, after)) return []
  const isRecord = (value: unknown) => typeof value === 'object' && value !== null
  const comparable =
    isRecord(before) &&
    isRecord(after) &&
    Array.isArray(before) === Array.isArray(after) &&
    (!Array.isArray(before) || before.length === (after as unknown[]).length)
  if (!comparable) {
    const kind = before === undefined ? 'added' : after === undefined ? 'removed' : 'changed'
    return [
      {
        field: path,
        kind,
        ...(before === undefined ? {} : { before }),
        ...(after === undefined ? {} : { after }),
      },
    ]
  }
  const [old, fresh] = [before, after] as Record<string, unknown>[]
  const names = [...new Set([...Object.keys(old ?? {}), ...Object.keys(fresh ?? {})])]
  return names.flatMap(name => {
    const inner = Array.isArray(before) ? `${path}[${name}]` : path === '' ? name : `${path}.${name}`
    return differences(old?.[name], fresh?.[name], inner)
  })
}

function valued(value: unknown): { value?: unknown } {
  return value === undefined ? {} : { value }
}
