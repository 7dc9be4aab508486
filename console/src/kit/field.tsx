import { type ReactNode, useId } from 'react'

interface Common {
  readonly label: string
  readonly problem?: string | undefined
  readonly hint?: ReactNode
}

/** A line of text. Enter that ends a composition (Pinyin) is not an order: forms see it only afterwards. */
export function TextField(
  props: Common & {
    readonly value: string
    onChange(value: string): void
    readonly type?: 'password' | 'email' | 'number' | 'search' | 'datetime-local'
    readonly autoComplete?: string
    readonly autoFocus?: boolean
    readonly rows?: number
  },
) {
  const { label, value, onChange, problem, hint, rows, ...rest } = props
  const id = useId()
  const common = {
    id,
    value,
    className: 'input',
    'aria-invalid': problem !== undefined || undefined,
    'aria-describedby': problem || hint ? `${id}-more` : undefined,
  }
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {rows ? (
        <textarea {...common} rows={rows} onChange={event => onChange(event.target.value)} />
      ) : (
        <input {...common} {...rest} onChange={event => onChange(event.target.value)} />
      )}
      <More id={id} problem={problem} hint={hint} />
    </div>
  )
}

export function SelectField<V extends string>(
  props: Common & {
    readonly value: V
    readonly options: readonly (readonly [V, string])[]
    onChange(value: V): void
  },
) {
  const { label, value, options, onChange, problem, hint } = props
  const id = useId()
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select id={id} className="input" value={value} onChange={event => onChange(event.target.value as V)}>
        {options.map(([each, text]) => (
          <option key={each} value={each}>
            {text}
          </option>
        ))}
      </select>
      <More id={id} problem={problem} hint={hint} />
    </div>
  )
}

export function CheckField(props: {
  readonly label: ReactNode
  readonly checked: boolean
  onChange(checked: boolean): void
}) {
  const { label, checked, onChange } = props
  return (
    <label className="row">
      <input type="checkbox" checked={checked} onChange={event => onChange(event.target.checked)} />
      <span>{label}</span>
    </label>
  )
}

function More({ id, problem, hint }: { readonly id: string } & Omit<Common, 'label'>) {
  if (!problem && !hint) return null
  return (
    <div id={`${id}-more`} className={problem ? 'problem' : 'muted'} role={problem ? 'alert' : undefined}>
      {problem ?? hint}
    </div>
  )
}
