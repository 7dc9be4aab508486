import { add, multiply } from '../decimal.ts'
import { type FieldProfile, missingRate, type Profile, type Share } from './profile.ts'
import { populationStability, shareInTenths } from './stability.ts'

export type DriftKind =
  | 'new type'
  | 'null rate'
  | 'range'
  | 'new values'
  | 'pattern'
  | 'missing field'
  | 'new field'
  | 'distribution'

/** `critical`: what reads the field is likely to fail. `warning`: it may be wrong. `info`: to be known. */
export type DriftSeverity = 'critical' | 'warning' | 'info'

export interface DriftFinding {
  readonly field: string
  readonly kind: DriftKind
  readonly severity: DriftSeverity
  readonly reason: string
  /** The figure that was compared: a rate, a share, or the population stability index. */
  readonly figure?: number | undefined
}

/** What may change without being told. */
export interface DriftTolerance {
  /** By how much the share of missing values may grow. Default 0.05. */
  readonly missing?: number | undefined
  /** Share of values that may be new in a field that had few (50 at most), or in a new pattern. Default 0.05. */
  readonly unknown?: number | undefined
  /** Population stability index that a distribution may reach; above 0.25 is usually called a great change. Default 0.25. */
  readonly stability?: number | undefined
  /** Fewer live records are not compared. Default 50. */
  readonly records?: number | undefined
  /** Fields that are not looked at. */
  readonly except?: readonly string[] | undefined
}

type Limits = Required<DriftTolerance>

const defaults: Limits = { missing: 0.05, unknown: 0.05, stability: 0.25, records: 50, except: [] }

/** What is different in the live data, the worst first. Nothing is said of fewer live records than tolerated. */
export function drift(known: Profile, live: Profile, tolerance: DriftTolerance = {}): DriftFinding[] {
  const limits = {
    ...defaults,
    ...Object.fromEntries(Object.entries(tolerance).filter(([, each]) => each !== undefined)),
  } as Limits
  if (live.records < limits.records) return []
  const skipped = new Set(limits.except)
  const before = new Map(known.fields.map(field => [field.path, field]))
  const after = new Map(live.fields.map(field => [field.path, field]))
  const findings: DriftFinding[] = []
  for (const [path, field] of before) {
    if (skipped.has(path)) continue
    const now = after.get(path)
    findings.push(...(now ? changed(field, now, limits) : gone(field, before, after)))
  }
  for (const [path, field] of after) if (!before.has(path) && !skipped.has(path)) findings.push(added(field))
  return findings.sort((a, b) => rank[a.severity] - rank[b.severity])
}

const rank: Readonly<Record<DriftSeverity, number>> = { critical: 0, warning: 1, info: 2 }

const percent = (share: number) => `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`

/** A field whose object is gone is told by the object. */
function gone(
  field: FieldProfile,
  before: ReadonlyMap<string, FieldProfile>,
  after: ReadonlyMap<string, FieldProfile>,
): DriftFinding[] {
  const above = field.path.endsWith('[]')
    ? field.path.slice(0, -2)
    : field.path.slice(0, Math.max(0, field.path.lastIndexOf('.')))
  const parent = above.replace(/\[\]$/, '')
  if (parent !== '' && before.has(parent) && !after.has(parent)) return []
  const rate = missingRate(field)
  // What was hardly ever there may be missing by chance.
  if (rate > 0.9) return []
  const severity = rate === 0 ? 'critical' : 'warning'
  const reason = `it is in no record any more; it was in ${percent(1 - field.absent / Math.max(1, field.places))}`
  return [{ field: field.path, kind: 'missing field', severity, reason }]
}

function added({ path, places, absent }: FieldProfile): DriftFinding {
  const reason = `it was not there before, and is in ${percent(1 - absent / Math.max(1, places))} now`
  return { field: path, kind: 'new field', severity: 'info', reason }
}

function changed(before: FieldProfile, now: FieldProfile, limits: Limits): DriftFinding[] {
  return [
    ...types(before, now),
    ...missing(before, now, limits),
    ...ranges(before, now),
    ...values(before, now, limits),
    ...patterns(before, now, limits),
    ...distribution(before, now, limits),
  ]
}

function types(before: FieldProfile, now: FieldProfile): DriftFinding[] {
  const field = now.path
  const fresh = Object.entries(now.types).filter(([type]) => !(type in before.types))
  const had = Object.keys(before.types).join(', ')
  const found = fresh.map(([type, count]): DriftFinding => {
    const reason = `${count} values are of type ${type}; it was ${had || 'never filled'}`
    return { field, kind: 'new type', severity: had === '' ? 'info' : 'critical', reason }
  })
  const texts = now.types.text ?? 0
  const wereNumbers = before.number !== undefined && before.number.count === before.types.text
  const others = texts - (now.number?.count ?? 0)
  if (wereNumbers && others > 0)
    found.push({
      field,
      kind: 'new type',
      severity: 'critical',
      reason: `${others} texts are no numbers; all were`,
    })
  return found
}

function missing(before: FieldProfile, now: FieldProfile, limits: Limits): DriftFinding[] {
  const [was, is] = [missingRate(before), missingRate(now)]
  if (is - was <= limits.missing) return []
  const severity = was === 0 || is - was > 0.5 ? 'critical' : 'warning'
  const reason = `${percent(is)} have no value; it was ${percent(was)}`
  return [{ field: now.path, kind: 'null rate', severity, reason, figure: is }]
}

function ranges(before: FieldProfile, now: FieldProfile): DriftFinding[] {
  const field = now.path
  const findings: DriftFinding[] = []
  const told = (what: string, value: string, min: string, max: string) =>
    findings.push({
      field,
      kind: 'range',
      severity: 'warning',
      reason: `${what} ${value} is outside of ${min} to ${max}`,
    })
  const [a, b] = [before.number, now.number]
  if (a?.min !== undefined && a.max !== undefined && b?.min !== undefined && b.max !== undefined) {
    if (isLess(b.min, a.min)) told('the number', b.min, a.min, a.max)
    if (isLess(a.max, b.max)) told('the number', b.max, a.min, a.max)
  }
  if (a && b && b.scale > a.scale) {
    const reason = `numbers have ${b.scale} places behind the point; it were ${a.scale} at most`
    findings.push({ field, kind: 'range', severity: 'warning', reason })
  }
  const [c, d] = [before.length, now.length]
  if (c && d && d.max > c.max * 1.5 + 2)
    findings.push({
      field,
      kind: 'range',
      severity: 'warning',
      reason: `the longest is ${d.max} long; it was ${c.max}`,
    })
  return findings
}

const isLess = (a: string, b: string) => add(a, multiply(b, -1)).startsWith('-') && Number(a) <= Number(b)

const sumOf = (shares: readonly Share[]) => shares.reduce((sum, { count }) => sum + count, 0)

/** Where all values were known, as of a code. */
function values(before: FieldProfile, now: FieldProfile, { unknown }: Limits): DriftFinding[] {
  if (!before.top?.complete || !now.top || before.distinct.count > before.places / 4) return []
  const had = new Set(before.top.values.map(({ text }) => text))
  const fresh = now.top.values.filter(({ text }) => !had.has(text))
  const share = sumOf(fresh) / Math.max(1, sumOf(now.top.values))
  if (fresh.length === 0) return []
  const shown = fresh
    .slice(0, 5)
    .map(({ text }) => JSON.stringify(text))
    .join(', ')
  const reason = `${percent(share)} have a value that was not there before: ${shown}`
  const severity = share > unknown ? 'critical' : 'warning'
  return [{ field: now.path, kind: 'new values', severity, reason, figure: share }]
}

/** Where most values were written in a few ways. */
function patterns(before: FieldProfile, now: FieldProfile, { unknown }: Limits): DriftFinding[] {
  const all = before.types.text ?? 0
  if (all === 0 || sumOf(before.patterns) < 0.95 * all || before.top?.complete) return []
  const had = new Set(before.patterns.map(({ text }) => text))
  const fresh = now.patterns.filter(({ text }) => !had.has(text))
  const share = sumOf(fresh) / Math.max(1, now.types.text ?? 0)
  if (share <= unknown) return []
  const shown = fresh
    .slice(0, 3)
    .map(({ text }) => text)
    .join(', ')
  const usual = before.patterns
    .slice(0, 3)
    .map(({ text }) => text)
    .join(', ')
  const reason = `${percent(share)} are written in a new way: ${shown}; usual is ${usual}`
  return [
    {
      field: now.path,
      kind: 'pattern',
      severity: share > 0.5 ? 'critical' : 'warning',
      reason,
      figure: share,
    },
  ]
}

function distribution(before: FieldProfile, now: FieldProfile, { stability }: Limits): DriftFinding[] {
  const shares = sharesOf(before, now)
  if (!shares) return []
  const figure = populationStability(...shares)
  if (figure <= stability) return []
  const reason = `values are spread otherwise: population stability index ${figure.toFixed(2)}`
  return [{ field: now.path, kind: 'distribution', severity: 'warning', reason, figure }]
}

/** Shares of the same bins before and now: tenths of numbers, or single values where all are known. */
function sharesOf(before: FieldProfile, now: FieldProfile): [number[], number[]] | undefined {
  if (before.top?.complete && now.top?.complete && before.distinct.count <= 20) {
    const bins = [...new Set([...before.top.values, ...now.top.values].map(({ text }) => text))]
    const shares = (values: readonly Share[]) => {
      const counts = new Map(values.map(({ text, count }) => [text, count]))
      const all = Math.max(1, sumOf(values))
      return bins.map(text => (counts.get(text) ?? 0) / all)
    }
    return [shares(before.top.values), shares(now.top.values)]
  }
  const [a, b] = [pointsOf(before), pointsOf(now)]
  // Numbers that only grow, such as those of documents, are spread otherwise every day.
  if (!a || !b || before.key) return undefined
  return [shareInTenths(a, a), shareInTenths(a, b)]
}

function pointsOf({ number }: FieldProfile): number[] | undefined {
  if (!number?.tenths || number.min === undefined || number.max === undefined) return undefined
  return [Number(number.min), ...number.tenths, Number(number.max)]
}
