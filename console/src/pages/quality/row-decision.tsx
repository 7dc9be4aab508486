import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { post } from '../../api/client.ts'
import { Failure } from '../../app/failure.tsx'
import { useMe, useMissing } from '../../app/session.tsx'
import { common } from '../../i18n/common.ts'
import { useFormat } from '../../i18n/format.ts'
import { useText } from '../../i18n/text.ts'
import { Button } from '../../kit/button.tsx'
import { Dialog } from '../../kit/dialog.tsx'
import { TextField } from '../../kit/field.tsx'
import { useTell } from '../../kit/toast.tsx'
import { qualityText } from './text.ts'

/** Gives rows up, or takes back what was decided of them; of those named, and no others. */
export function RowDecision(props: {
  readonly what: 'discard' | 'restore'
  readonly pipeline: string
  readonly ids: readonly string[]
  onDone(): void
}) {
  const { what, pipeline, ids, onDone } = props
  const t = useText(qualityText)
  const words = useText(common)
  const format = useFormat()
  const me = useMe()
  const [mayNot, mayNotDiscard] = [useMissing('operate'), useMissing('discard')]
  const missing = mayNot ?? (what === 'discard' ? mayNotDiscard : undefined)
  const tell = useTell()
  const queries = useQueryClient()
  const [isAsked, setAsked] = useState(false)
  const [why, setWhy] = useState('')
  const sent = useMutation({
    mutationFn: () => {
      const order = { do: what, ids: [...ids], by: me.name, why: why.trim() }
      return post('/api/v1/pipelines/{pipeline}/rows/decision', order, { pipeline })
    },
    onSuccess: ({ done }) => {
      tell(t.decided(format.number(done)))
      setAsked(false)
      setWhy('')
      void queries.invalidateQueries({ queryKey: ['pipelines'] })
      onDone()
    },
  })
  if (ids.length === 0) return null
  const [title, about, confirm] =
    what === 'discard'
      ? [t.discardTitle(format.number(ids.length)), t.discardAbout, t.discardConfirm]
      : [t.restoreTitle(format.number(ids.length)), t.restoreAbout, t.restoreConfirm]
  return (
    <>
      <Button
        size="small"
        look={what === 'discard' ? 'danger' : undefined}
        refused={missing && words.missing(missing)}
        onClick={() => setAsked(true)}
      >
        {t[what]}
      </Button>
      {isAsked && (
        <Dialog
          title={title}
          confirm={confirm}
          look={what === 'discard' ? 'danger' : 'primary'}
          refused={sent.isPending ? words.loading : why.trim() === '' ? words.reasonNeeded : undefined}
          onConfirm={() => sent.mutate()}
          onClose={() => setAsked(false)}
        >
          <p className="muted">{about}</p>
          <TextField label={words.reason} value={why} onChange={setWhy} hint={words.reasonNeeded} autoFocus />
          {sent.error && <Failure error={sent.error} />}
        </Dialog>
      )}
    </>
  )
}
