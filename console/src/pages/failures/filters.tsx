import { useRef, useState } from 'react'
import { useKeys } from '../../app/keys.ts'
import { common } from '../../i18n/common.ts'
import { useText } from '../../i18n/text.ts'
import { SelectField } from '../../kit/field.tsx'
import { Icon } from '../../kit/icon.tsx'
import { failuresText } from './text.ts'
import { type FailureSearch, type FilterName, filterNames, type Report } from './types.ts'

/** What narrows the list, each part to be taken away or changed in its place. */
export function Filters(props: {
  readonly filters: Partial<Record<FilterName, string>>
  readonly report: Report | undefined
  onChange(part: FailureSearch): void
}) {
  const { filters, report, onChange } = props
  const t = useText(failuresText)
  const words = useText(common)
  const [open, setOpen] = useState(false)
  const button = useRef<HTMLButtonElement>(null)
  const names = { flow: words.flow, system: words.system, code: t.code, state: words.state }
  const shown = (name: FilterName, value: string) =>
    name === 'state' ? words.states[value as 'parked' | 'doubt'] : value
  const toggle = () => setOpen(!open)
  useKeys({ f: toggle, ...(open && { Escape: toggle }) })
  return (
    <section className="stack tight" aria-label={t.filters}>
      <div className="row">
        {filterNames.flatMap(name => {
          const value = filters[name]
          if (value === undefined) return []
          return [
            <button key={name} type="button" className="chip" onClick={() => onChange({ [name]: undefined })}>
              <span>{`${names[name]}: ${shown(name, value)}`}</span>
              <Icon name="close" />
              <span className="hidden-text">{t.removeFilter}</span>
            </button>,
          ]
        })}
        <button ref={button} type="button" className="chip" aria-expanded={open} onClick={toggle}>
          <Icon name="filter" />
          {t.addFilter}
          <kbd aria-hidden="true">{'f'}</kbd>
        </button>
      </div>
      {open && (
        <div className="row filter-fields">
          {filterNames.map(name => (
            <SelectField
              key={name}
              label={names[name]}
              value={filters[name] ?? ''}
              options={[
                ['', t.anything],
                ...valuesOf(report, name, filters[name]).map(value => [value, shown(name, value)] as const),
              ]}
              onChange={value => onChange({ [name]: value === '' ? undefined : value })}
            />
          ))}
        </div>
      )}
    </section>
  )
}

/** What there is to choose from. */
function valuesOf(report: Report | undefined, name: FilterName, chosen: string | undefined): string[] {
  if (name === 'state') return ['parked', 'doubt']
  const groups = report?.groups.map(group => group[name]) ?? []
  const flows = name === 'flow' ? (report?.flows.map(({ flow }) => flow) ?? []) : []
  return [...new Set([...groups, ...flows, chosen])].filter(value => value !== undefined).sort()
}
