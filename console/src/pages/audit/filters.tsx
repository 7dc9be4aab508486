import { useEffect, useState } from 'react'
import { useText } from '../../i18n/text.ts'
import { Button } from '../../kit/button.tsx'
import { SelectField, TextField } from '../../kit/field.tsx'
import { useAuditSearch } from './page.tsx'
import { auditText } from './text.ts'

const outcomes = ['ok', 'denied', 'refused', 'failed'] as const

/** What was typed is asked for by Enter, or when the field is left. */
export function Filters() {
  const t = useText(auditText)
  const { search, change } = useAuditSearch()
  const { no, before, ...filters } = search
  const [draft, setDraft] = useState(filters)
  const key = JSON.stringify(filters)
  useEffect(() => setDraft(JSON.parse(key)), [key])
  const set = (part: object) => setDraft(known => ({ ...known, ...part }))
  const apply = (more: object = {}) => {
    const asked = { ...draft, ...more }
    const given = Object.fromEntries(Object.entries(asked).map(([name, value]) => [name, value || undefined]))
    change({ ...given, before: undefined, no: undefined })
  }
  const nothing = { actor: '', object: '', action: '', outcome: undefined, operation: '', from: '', to: '' }
  return (
    <form
      className="audit-filters"
      onSubmit={event => {
        event.preventDefault()
        apply()
      }}
    >
      <TextField label={t.actor} value={draft.actor ?? ''} onChange={actor => set({ actor })} />
      <TextField label={t.action} value={draft.action ?? ''} onChange={action => set({ action })} />
      <TextField label={t.object} value={draft.object ?? ''} onChange={object => set({ object })} />
      <SelectField
        label={t.outcome}
        value={draft.outcome ?? 'any'}
        options={[['any', t.any] as const, ...outcomes.map(each => [each, t.outcomes[each]] as const)]}
        onChange={outcome => apply({ outcome: outcome === 'any' ? undefined : outcome })}
      />
      <Day label={t.fromDay} value={draft.from} onChange={from => apply({ from })} />
      <Day label={t.toDay} value={draft.to} onChange={to => apply({ to })} />
      <div className="row">
        <Button type="submit" icon="filter">
          {t.filter}
        </Button>
        <Button look="quiet" onClick={() => apply(nothing)}>
          {t.clear}
        </Button>
      </div>
    </form>
  )
}

function Day(props: {
  readonly label: string
  readonly value: string | undefined
  onChange(value: string): void
}) {
  const { label, value = '', onChange } = props
  return (
    <label className="field">
      <span className="label">{label}</span>
      <input className="input" type="date" value={value} onChange={event => onChange(event.target.value)} />
    </label>
  )
}
