import { useText } from '../../i18n/text.ts'
import { Button } from '../../kit/button.tsx'
import { SelectField, TextField } from '../../kit/field.tsx'
import { type DraftGrant, draftOf, roleNames } from './grants.ts'
import { accessText } from './text.ts'

export function GrantEditor(props: {
  readonly drafts: readonly DraftGrant[]
  onChange(drafts: readonly DraftGrant[]): void
}) {
  const { drafts, onChange } = props
  const t = useText(accessText)
  const set = (id: number, part: Partial<DraftGrant>) =>
    onChange(drafts.map(draft => (draft.id === id ? { ...draft, ...part } : draft)))
  return (
    <div className="stack">
      {drafts.map(draft => (
        <fieldset key={draft.id} className="grant">
          <legend className="hidden-text">{t.grants}</legend>
          <SelectField
            label={t.role}
            value={draft.role}
            options={roleNames.map(role => [role, t.roles[role]] as const)}
            onChange={role => set(draft.id, { role })}
          />
          <TextField label={t.flowsField} value={draft.flows} onChange={flows => set(draft.id, { flows })} />
          <TextField
            label={t.systemsField}
            value={draft.systems}
            onChange={systems => set(draft.id, { systems })}
          />
          <Button
            look="quiet"
            size="small"
            icon="close"
            onClick={() => onChange(drafts.filter(({ id }) => id !== draft.id))}
          >
            <span className="hidden-text">{t.removeGrant}</span>
          </Button>
        </fieldset>
      ))}
      <p className="muted">{t.scopeHint}</p>
      <span>
        <Button size="small" icon="plus" onClick={() => onChange([...drafts, draftOf({ role: 'viewer' })])}>
          {t.addGrant}
        </Button>
      </span>
    </div>
  )
}
