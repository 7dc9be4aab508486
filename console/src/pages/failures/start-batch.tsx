import { useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { post } from '../../api/client.ts'
import { Failure } from '../../app/failure.tsx'
import { common } from '../../i18n/common.ts'
import { useFormat } from '../../i18n/format.ts'
import { useText } from '../../i18n/text.ts'
import { Dialog } from '../../kit/dialog.tsx'
import { TextField } from '../../kit/field.tsx'
import { failuresText } from './text.ts'
import type { Selection } from './types.ts'

export type BatchDo = 'retry' | 'discard' | 'confirm'

/** What cannot be undone, or may happen twice, has to be typed. */
function hasToBeTyped(what: BatchDo, { doubt }: Selection): boolean {
  return what !== 'retry' || doubt > 0
}

/** Asks why, and how carefully; the selection's name makes one effect of a double click. */
export function StartBatch(props: {
  readonly selection: Selection
  readonly what: BatchDo
  onClose(): void
  onStarted(batch: string): void
}) {
  const { selection, what, onClose, onStarted } = props
  const t = useText(failuresText)
  const words = useText(common)
  const format = useFormat()
  const { env = '' } = useParams({ strict: false })
  const [why, setWhy] = useState('')
  const [first, setFirst] = useState('1')
  const [second, setSecond] = useState('10')
  const [rate, setRate] = useState('20')
  const [typed, setTyped] = useState('')
  const [error, setError] = useState<Error>()
  const { count, doubt } = selection
  const stages = [first, second].map(Number).filter(size => Number.isInteger(size) && size > 0)
  const rest = Math.max(0, count - stages.reduce((sum, size) => sum + size, 0))
  const isTyped = !hasToBeTyped(what, selection) || typed === String(count)
  const titles = { retry: t.retryTitle, discard: t.discardTitle, confirm: t.confirmTitle }
  const start = async () => {
    const order = { selection: selection.selection, do: what, stages, rate: Number(rate) || 20, why }
    try {
      onStarted((await post('/api/v1/batches', order)).batch)
    } catch (thrown) {
      setError(thrown as Error)
    }
  }
  return (
    <Dialog
      title={`${titles[what](format.number(count))} · ${t.inEnvironment(env.toUpperCase())}`}
      confirm={what === 'retry' ? t.startRetry(format.number(Math.min(count, stages[0] ?? count))) : t.go}
      look={what === 'discard' ? 'danger' : 'primary'}
      refused={why.trim() === '' ? words.reasonNeeded : isTyped ? undefined : t.typeCount(String(count))}
      onConfirm={() => void start()}
      onClose={onClose}
    >
      {what === 'discard' && <p className="notice warn">{t.discardTold}</p>}
      {what === 'confirm' && <p className="notice warn">{t.confirmTold}</p>}
      {what === 'retry' && doubt > 0 && <p className="notice warn">{t.doubtTold(format.number(doubt))}</p>}
      <TextField label={t.why} value={why} onChange={setWhy} rows={2} hint={words.reasonNeeded} />
      <div className="row">
        <span className="narrow-field">
          <TextField label={t.stageFirst} type="number" value={first} onChange={setFirst} />
        </span>
        <span className="narrow-field">
          <TextField label={t.stageSecond} type="number" value={second} onChange={setSecond} />
        </span>
        <span className="narrow-field">
          <TextField label={t.rate} type="number" value={rate} onChange={setRate} />
        </span>
      </div>
      <p className="muted">{`${t.stageRest(format.number(rest))} · ${t.version}: ${t.live}`}</p>
      {hasToBeTyped(what, selection) && (
        <TextField label={t.typeCount(String(count))} value={typed} onChange={setTyped} autoComplete="off" />
      )}
      {error && <Failure error={error} />}
    </Dialog>
  )
}
