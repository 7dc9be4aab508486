import { Link, useParams } from '@tanstack/react-router'
import { useText } from '../../i18n/text.ts'
import { failuresText } from './text.ts'

interface Ref {
  readonly flow: string
  readonly seq: number
  readonly key: string
}

/** A key that is masked leads nowhere by itself: then the message is found by its number. */
const placeOf = ({ flow, seq, key }: Ref) => encodeURIComponent(/^\**$/.test(key) ? `${flow}/${seq}` : key)

export function MessageLink({ message }: { readonly message: Ref }) {
  const { env } = useParams({ strict: false })
  const { flow, seq, key } = message
  return (
    <Link
      to={`/${env}/messages/${placeOf(message)}` as never}
      search={{ flow, seq } as never}
      className="mono"
    >
      {/^\**$/.test(key) ? `${flow}/${seq}` : key}
    </Link>
  )
}

export function EditLink({ message }: { readonly message: Ref }) {
  const t = useText(failuresText)
  const { env } = useParams({ strict: false })
  const { flow, seq } = message
  return (
    <Link to={`/${env}/messages/${placeOf(message)}/edit` as never} search={{ flow, seq } as never}>
      {t.edit}
    </Link>
  )
}
