import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { post } from '../../api/client.ts'
import { useMissing } from '../../app/session.tsx'
import { common } from '../../i18n/common.ts'
import { useFormat } from '../../i18n/format.ts'
import { useLanguage, useText } from '../../i18n/text.ts'
import { Button } from '../../kit/button.tsx'
import { Dialog } from '../../kit/dialog.tsx'
import { SelectField, TextField } from '../../kit/field.tsx'
import { useTell } from '../../kit/toast.tsx'
import { type Alert, type Length, lengths } from './alerts.ts'
import { alertsText } from './text.ts'

/** What a person can say of an alert that fires. */
export function AlertOrders({ alert }: { readonly alert: Alert }) {
  const t = useText(alertsText)
  const words = useText(common)
  const [asks, setAsks] = useState(false)
  const tell = useTell()
  const queries = useQueryClient()
  const language = useLanguage() === 'zh' ? 'zh' : 'en'
  const missing = useMissing('alerts')
  const refused = missing === undefined ? undefined : words.missing(missing)
  const take = useMutation({
    mutationFn: () => post('/api/v1/alerts/{id}/acknowledge', {}, { id: alert.id }),
    onSuccess: () => {
      tell(t.taken(alert.text[language]))
      void queries.invalidateQueries({ queryKey: ['alerts'] })
    },
    onError: error => tell(error.message, { tone: 'failed' }),
  })
  return (
    <div className="row">
      {alert.acknowledged === undefined && (
        <Button size="small" refused={refused} onClick={() => take.mutate()}>
          {t.take}
        </Button>
      )}
      {alert.silenced === undefined && (
        <Button size="small" refused={refused} onClick={() => setAsks(true)}>
          {t.silence}
        </Button>
      )}
      {asks && <SilenceDialog alert={alert} onClose={() => setAsks(false)} />}
    </div>
  )
}

/** A silence has an end and a reason. Its name is made when it is asked for, so that sending it twice is once. */
function SilenceDialog({ alert, onClose }: { readonly alert: Alert; onClose(): void }) {
  const t = useText(alertsText)
  const words = useText(common)
  const format = useFormat()
  const tell = useTell()
  const queries = useQueryClient()
  const [length, setLength] = useState<Length>('1h')
  const [why, setWhy] = useState('')
  const [order] = useState(() => `console-${Date.now()}-${Math.floor(Math.random() * 1e9)}`)
  const silence = useMutation({
    mutationFn: (until: number) =>
      post('/api/v1/alerts/{id}/silence', { why: why.trim(), until, order }, { id: alert.id }),
    onSuccess: ({ until }) => {
      tell(t.silenced(format.time(until, Date.now())))
      void queries.invalidateQueries({ queryKey: ['alerts'] })
      onClose()
    },
    onError: error => tell(error.message, { tone: 'failed' }),
  })
  return (
    <Dialog
      title={t.silenceTitle}
      confirm={t.silence}
      refused={why.trim() === '' ? words.reasonNeeded : undefined}
      onConfirm={() => silence.mutate(Date.now() + lengths[length])}
      onClose={onClose}
    >
      <p className="muted">{t.silenceAbout}</p>
      <SelectField<Length>
        label={t.howLong}
        value={length}
        options={(Object.keys(lengths) as Length[]).map((each): readonly [Length, string] => [
          each,
          t.lengths[each],
        ])}
        onChange={setLength}
      />
      <TextField label={words.reason} value={why} onChange={setWhy} hint={words.reasonNeeded} autoFocus />
    </Dialog>
  )
}
