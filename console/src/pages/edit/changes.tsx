import { useText } from '../../i18n/text.ts'
import { type Change, changesOf } from './diff.ts'
import { editText } from './text.ts'

const shown = (value: unknown) => (value === undefined ? '' : JSON.stringify(value))

/** Field by field, marked by sign and not by tint alone. */
export function Changes({ before, after }: { readonly before: unknown; readonly after: unknown }) {
  const t = useText(editText)
  const changes = changesOf(before, after)
  if (changes.length === 0) return <span className="muted">{t.same}</span>
  return (
    <ul className="changes mono">
      {changes.slice(0, 200).map(change => (
        <Line key={change.path} change={change} />
      ))}
    </ul>
  )
}

const marks = { '+': 'added', '−': 'lost', '~': 'changed' } as const

function Line({ change: { path, mark, before, after } }: { readonly change: Change }) {
  return (
    <li className={marks[mark]}>
      <span className="gutter">{mark}</span>
      <span>{path}</span>
      {mark !== '+' && <del>{shown(before)}</del>}
      {mark !== '−' && <ins>{shown(after)}</ins>}
    </li>
  )
}
