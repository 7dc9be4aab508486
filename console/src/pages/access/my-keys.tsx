import { useState } from 'react'
import { post } from '../../api/client.ts'
import { useMe } from '../../app/session.tsx'
import { useText } from '../../i18n/text.ts'
import { Button } from '../../kit/button.tsx'
import { TextField } from '../../kit/field.tsx'
import { Time, useNow } from '../../kit/time.tsx'
import { createKey } from '../login/security-key.ts'
import { useOrder } from './order.ts'
import { RemoveDialog } from './remove-dialog.tsx'
import { accessText } from './text.ts'

/** The own security keys, and a place for another one. */
export function MyKeys() {
  const t = useText(accessText)
  const me = useMe()
  const now = useNow(60_000)
  const [label, setLabel] = useState('')
  const [removed, setRemoved] = useState<string>()
  const add = useOrder(
    async () => {
      const { options } = await post('/api/v1/me/keys/begin', {})
      const response = await createKey(options)
      return post('/api/v1/me/keys/confirm', { label: label.trim(), response })
    },
    () => setLabel(''),
  )
  return (
    <div className="stack">
      <ul className="stack tight">
        {me.keys.map(({ id, label: known, at }) => (
          <li key={id} className="row">
            <span className="status ok">{known}</span>
            <span className="muted">
              <Time at={at} now={now} />
            </span>
            <Button size="small" onClick={() => setRemoved(id)}>
              {t.removeFactor}
            </Button>
          </li>
        ))}
      </ul>
      <form
        className="row"
        onSubmit={event => {
          event.preventDefault()
          if (label.trim() !== '') add.mutate(undefined)
        }}
      >
        <TextField label={t.keyLabel} value={label} onChange={setLabel} />
        <Button type="submit" refused={label.trim() === '' ? t.keyLabel : undefined}>
          {t.addKey}
        </Button>
      </form>
      {removed !== undefined && (
        <RemoveDialog
          title={t.removeKey}
          remove={password => post('/api/v1/me/keys/{key}/remove', { password }, { key: removed })}
          onClose={() => setRemoved(undefined)}
        />
      )}
    </div>
  )
}
