import type { FrequentTexts } from './frequent.ts'
import type { Defect, FieldProfile } from './profile.ts'
import type { TextCounts } from './text-counts.ts'

type Seen = Omit<FieldProfile, 'defects'>

/** What looks wrong with a field; values are named only where they may be shown. */
export function defectsOf(field: Seen, texts: TextCounts, frequent: FrequentTexts): Defect[] {
  return [
    ...mixedTypes(field),
    ...dates(field),
    ...counted(
      'white space at ends',
      texts.spaced,
      'begin or end with white space or an invisible character',
    ),
    ...counted('full width', texts.fullWidth, 'have full-width letters, digits or signs'),
    ...counted('mojibake', texts.mojibake, 'look as if they were read in the wrong encoding'),
    ...placeholders(field, texts),
    ...outliers(field),
    ...spellings(field, frequent),
    ...checkDigits(field, texts),
    ...repeatedKeys(field),
  ]
}

const valuesOf = ({ types }: Seen) => Object.values(types).reduce((sum, count) => sum + count, 0)

function counted(kind: Defect['kind'], count: number, reason: string): Defect[] {
  return count === 0 ? [] : [{ kind, count, reason: `${count} ${reason}` }]
}

function mixedTypes(field: Seen): Defect[] {
  const types = Object.entries(field.types)
  if (types.length > 1) {
    const told = types.map(([type, count]) => `${count} ${type}`).join(', ')
    return [{ kind: 'mixed types', reason: `values of several types: ${told}` }]
  }
  const texts = field.types.text ?? 0
  const numbers = field.number?.count ?? 0
  if (texts === 0 || numbers === texts || numbers / texts < 0.8) return []
  const others = texts - numbers
  return [
    {
      kind: 'numbers among texts',
      count: others,
      reason: `${others} of ${texts} are no numbers, the others are`,
    },
  ]
}

function dates(field: Seen): Defect[] {
  const { date } = field
  if (!date) return []
  const values = valuesOf(field)
  const told = date.notations.map(({ text, count }) => `${count} ${text}`).join(', ')
  return [
    ...(date.notations.length > 1
      ? [{ kind: 'several date notations', reason: `dates are written in several ways: ${told}` } as const]
      : []),
    ...counted(
      'texts among dates',
      values - date.count,
      `of ${values} are no dates that exist, the others are`,
    ),
    ...counted('ambiguous dates', date.ambiguous, 'have a day and a month that could change places'),
  ]
}

function placeholders({ personal }: Seen, { placeholders: count, placeholderTexts }: TextCounts): Defect[] {
  const told = personal ? '' : `: ${[...placeholderTexts].map(text => JSON.stringify(text)).join(', ')}`
  return counted('placeholders', count, `stand for no value${told}`)
}

/** Far outside: five times the width of the middle half beyond it. */
const far = 5

function outliers({ number, personal }: Seen): Defect[] {
  const { min, max, tenths } = number ?? {}
  if (!tenths || tenths.length < 9 || min === undefined || max === undefined) return []
  const [low, high] = [tenths[1] as number, tenths[7] as number]
  const width = high - low
  const beyond = [Number(min) < low - far * width && min, Number(max) > high + far * width && max]
  const values = beyond.filter(value => value !== false)
  if (width <= 0 || values.length === 0) return []
  const told = personal ? 'some values are' : `${values.join(' and ')} ${values.length > 1 ? 'are' : 'is'}`
  return [{ kind: 'outliers', reason: `${told} far from most, which lie between ${low} and ${high}` }]
}

function spellings({ personal, distinct }: Seen, frequent: FrequentTexts): Defect[] {
  if (!distinct.exact || distinct.count > 500) return []
  const groups = Map.groupBy(frequent.all, ({ text }) => folded(text))
  const several = [...groups.values()].filter(group => group.length > 1)
  if (several.length === 0) return []
  const first = several[0]?.map(({ text }) => JSON.stringify(text)).join(', ')
  const told = personal ? '' : `, such as ${first}`
  return [
    {
      kind: 'spellings',
      count: several.length,
      reason: `${several.length} values are written in several ways${told}`,
    },
  ]
}

const folded = (text: string) => text.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim()

/** Most look like the code and most of these hold: then those that do not are wrong. A check holds by chance for a tenth. */
function checkDigits(field: Seen, { codes }: TextCounts): Defect[] {
  const values = valuesOf(field)
  return [...codes].flatMap(([{ name }, { looks, fails }]) => {
    const isCode = looks >= 0.8 * values && looks - fails >= 0.6 * looks
    return isCode ? counted('check digits', fails, `have a wrong check digit for a ${name}`) : []
  })
}

/** Numbers of things, all written in one way, of which one in a hundred at most comes twice. Amounts and dates may repeat. */
function repeatedKeys(field: Seen): Defect[] {
  const { distinct, date, number, patterns, places } = field
  const values = valuesOf(field)
  const repeated = values - distinct.count
  const isCode = (patterns[0]?.count ?? 0) >= 0.95 * values && !date && !(number && number.scale > 0)
  if (!distinct.exact || !isCode || values < 50 || values < places || repeated > 0.01 * values) return []
  return counted('repeated keys', repeated, 'come again in a field that looks like a key')
}
