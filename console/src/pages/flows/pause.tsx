import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { post } from '../../api/client.ts'
import { useMissing } from '../../app/session.tsx'
import { common } from '../../i18n/common.ts'
import { useText } from '../../i18n/text.ts'
import { Button } from '../../kit/button.tsx'
import { Dialog } from '../../kit/dialog.tsx'
import { SelectField, TextField } from '../../kit/field.tsx'
import { useTell } from '../../kit/toast.tsx'
import { flowsText } from './text.ts'

const hour = 3_600_000
const lengths = { ever: undefined, '1h': hour, '4h': 4 * hour, '1d': 24 * hour } as const
type Length = keyof typeof lengths

/** Pauses a flow, with a reason, or lets it go on. */
export function PauseOrders({ flow, isPaused }: { readonly flow: string; readonly isPaused: boolean }) {
  const t = useText(flowsText)
  const words = useText(common)
  const [asks, setAsks] = useState(false)
  const tell = useTell()
  const queries = useQueryClient()
  const missing = useMissing('operate')
  const refused = missing === undefined ? undefined : words.missing(missing)
  const done = (text: string) => {
    tell(text)
    void queries.invalidateQueries({ queryKey: ['flows'] })
  }
  const failed = (error: Error) => tell(error.message, { tone: 'failed' })
  const resume = useMutation({
    mutationFn: () => post('/api/v1/flows/{flow}/resume', {}, { flow }),
    onSuccess: () => done(t.resumed(flow)),
    onError: failed,
  })
  const pause = useMutation({
    mutationFn: (order: { why: string; until?: number }) =>
      post('/api/v1/flows/{flow}/pause', order, { flow }),
    onSuccess: () => {
      done(t.paused(flow))
      setAsks(false)
    },
    onError: failed,
  })
  if (isPaused)
    return (
      <Button look="primary" icon="play" refused={refused} onClick={() => resume.mutate()}>
        {t.resume}
      </Button>
    )
  return (
    <>
      <Button icon="pause" refused={refused} onClick={() => setAsks(true)}>
        {t.pause}
      </Button>
      {asks && (
        <PauseDialog flow={flow} onPause={order => pause.mutate(order)} onClose={() => setAsks(false)} />
      )}
    </>
  )
}

function PauseDialog(props: {
  readonly flow: string
  onPause(order: { why: string; until?: number }): void
  onClose(): void
}) {
  const { flow, onPause, onClose } = props
  const t = useText(flowsText)
  const words = useText(common)
  const [why, setWhy] = useState('')
  const [length, setLength] = useState<Length>('ever')
  const confirm = () => {
    const ms = lengths[length]
    onPause({ why: why.trim(), ...(ms !== undefined && { until: Date.now() + ms }) })
  }
  return (
    <Dialog
      title={t.pauseTitle(flow)}
      confirm={t.pause}
      refused={why.trim() === '' ? words.reasonNeeded : undefined}
      onConfirm={confirm}
      onClose={onClose}
    >
      <p className="muted">{t.pauseAbout}</p>
      <TextField label={words.reason} value={why} onChange={setWhy} hint={words.reasonNeeded} autoFocus />
      <SelectField<Length>
        label={t.howLong}
        value={length}
        options={(Object.keys(lengths) as Length[]).map((each): readonly [Length, string] => [
          each,
          t.lengths[each],
        ])}
        onChange={setLength}
      />
    </Dialog>
  )
}
