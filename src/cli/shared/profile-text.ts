import { type FieldProfile, missingRate, type Share } from '../../model/profile/profile.ts'
import type { Profiled } from './profiled.ts'
import { count, plural, safe, type Terminal, table } from './terminal.ts'

/** A profile as people read it: a line per field, and what looks wrong below. */
export function printProfile(
  { source, profile, unreadable, firstDefect, more }: Profiled,
  terminal: Terminal,
): void {
  const { bold, dim, yellow, red } = terminal.colour
  const { fields, records, pathsLeftOut } = profile
  const seen = `${plural(records, 'record')}, ${plural(fields.length, 'field')}${more ? ', the first ones' : ''}`
  terminal.line(`${bold(safe(source))}  ${seen}`)
  if (unreadable > 0) terminal.line(`  ${red(`${count(unreadable)} unreadable`)} ${safe(firstDefect ?? '')}`)
  if (pathsLeftOut > 0)
    terminal.line(`  ${yellow('left out')} ${count(pathsLeftOut)} more fields: keys that are values?`)
  if (fields.length === 0) return
  terminal.line()
  terminal.line(fieldTable(fields, terminal))
  const keys = fields.filter(({ key }) => key).map(({ path }) => path)
  if (keys.length > 0) terminal.line(`\n  ${dim('may be the key')} ${safe(keys.join(', '))}`)
  const suspected = fields.flatMap(({ path, defects }) => defects.map(defect => ({ path, ...defect })))
  if (suspected.length > 0) terminal.line()
  for (const { path, kind, reason } of suspected)
    terminal.line(`  ${yellow(kind)} ${bold(safe(path))}: ${safe(reason)}`)
}

function fieldTable(fields: readonly FieldProfile[], terminal: Terminal): string {
  const { yellow } = terminal.colour
  const columns = [
    { title: 'FIELD' },
    { title: 'TYPE' },
    { title: 'MISSING', right: true },
    { title: 'DISTINCT', right: true },
    { title: 'RANGE' },
    { title: 'MOST FREQUENT, OR HOW IT IS WRITTEN' },
  ]
  const rows = fields.map(field => {
    const missing = missingRate(field)
    const rate = percent(missing)
    const { distinct } = field
    const different = isInside(field) ? '' : `${distinct.exact ? '' : '~'}${count(distinct.count)}`
    return [
      safe(field.path),
      typeText(field),
      missing > 0.5 ? yellow(rate) : rate,
      different,
      safe(rangeText(field)),
      safe(valuesText(field)),
    ]
  })
  return table(terminal, columns, rows)
}

const isInside = ({ types }: FieldProfile) => types.object !== undefined || types.list !== undefined

export function percent(share: number): string {
  if (share === 0) return '0 %'
  return share < 0.001 ? '<0.1 %' : `${(share * 100).toFixed(share < 0.1 ? 1 : 0)} %`
}

/** What the texts say, where they say the same thing. */
function typeText({ types, date, number }: FieldProfile): string {
  const names = Object.keys(types)
  if (names.length === 0) return 'nothing'
  if (names.length > 1 || types.text === undefined) return names.join(', ')
  if (date) return 'date as text'
  return number && number.count === types.text ? 'number as text' : 'text'
}

function rangeText({ number, date, length, types }: FieldProfile): string {
  if (date?.min !== undefined && date.max !== undefined) return `${date.min} to ${date.max}`
  if (number?.min !== undefined && number.max !== undefined) return `${number.min} to ${number.max}`
  if (!length) return ''
  const unit = types.list === undefined ? 'long' : 'elements'
  return length.min === length.max ? `${length.min} ${unit}` : `${length.min} to ${length.max} ${unit}`
}

function valuesText({ top, patterns, personal, key, types }: FieldProfile): string {
  const all = Object.values(types).reduce((sum, some) => sum + some, 0)
  const shares = (list: readonly Share[]) =>
    list.slice(0, 3).map(({ text, count: some }) => `${clipped(text)} ${percent(some / Math.max(1, all))}`)
  if (personal) return `personal data; ${shares(patterns).join(', ')}`
  const values = key ? [] : (top?.values ?? []).filter(({ count: some }) => some > 1)
  return shares(values.length > 0 ? values : patterns).join(', ')
}

const clipped = (text: string) => (text.length > 24 ? `${text.slice(0, 23)}…` : text)
