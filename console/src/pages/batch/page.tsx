import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { get, post } from '../../api/client.ts'
import { Asked } from '../../app/ask.tsx'
import { Failure } from '../../app/failure.tsx'
import { useKeys } from '../../app/keys.ts'
import { useMissing } from '../../app/session.tsx'
import { common } from '../../i18n/common.ts'
import { useFormat } from '../../i18n/format.ts'
import { useText } from '../../i18n/text.ts'
import { Button } from '../../kit/button.tsx'
import { Dialog } from '../../kit/dialog.tsx'
import { TextField } from '../../kit/field.tsx'
import { Panel } from '../../kit/panel.tsx'
import { Time, useNow } from '../../kit/time.tsx'
import '../failures/failures.css'
import { type Batch, BatchStatus } from './batch-status.tsx'
import { ItemTable } from './item-table.tsx'
import { Stages } from './stages.tsx'
import { batchText } from './text.ts'

/** How far a batch has come, and what it waits for. */
export function BatchPage() {
  const { batch: id } = useParams({ from: '/inside/$env/failures/batch/$batch' })
  const query = useQuery({
    queryKey: ['batches', id],
    queryFn: ({ signal }) => get('/api/v1/batches/{batch}', { params: { batch: id }, signal }),
    refetchInterval: ({ state }) => (state.data?.state === 'running' ? 2_000 : 10_000),
  })
  return (
    <div className="page">
      <Asked query={query} title={id}>
        {batch => <Shown batch={batch} />}
      </Asked>
    </div>
  )
}

function Shown({ batch }: { readonly batch: Batch }) {
  const t = useText(batchText)
  const words = useText(common)
  const format = useFormat()
  const now = useNow()
  const { env } = useParams({ strict: false })
  return (
    <>
      <header>
        <div className="row">
          <h1>{t.doing[batch.do](format.number(batch.count))}</h1>
          <span role="status" className="row">
            <BatchStatus batch={batch} />
            <span className="muted numbers">
              {t.of(format.number(batch.next), format.number(batch.count))}
            </span>
          </span>
        </div>
        <Acts batch={batch} />
      </header>
      <p className="muted">
        <Link className="underlined" to={`/${env}/failures` as never}>
          {t.toFailures}
        </Link>
        {' · '}
        {t.by(batch.by)}
        {' · '}
        <Time at={batch.at} now={now} />
        {' · '}
        {t.rate(format.number(batch.rate))}
      </p>
      <p>{`${words.reason}: ${batch.why}`}</p>
      {batch.reason && <p className="notice warn">{batch.reason}</p>}
      <Panel title={t.stages}>
        <Stages batch={batch} />
      </Panel>
      <ItemTable selection={batch.batch} count={batch.count} />
    </>
  )
}

/** How many the next go lets run. */
function nextSize({ stage, stages }: Batch): number {
  const current = stages[stage]
  if (!current) return 0
  if (current.ended !== undefined) return stages[stage + 1]?.size ?? 0
  return current.size - current.done - current.failed - current.skipped
}

function Acts({ batch }: { readonly batch: Batch }) {
  const t = useText(batchText)
  const words = useText(common)
  const format = useFormat()
  const queries = useQueryClient()
  const missing = useMissing(batch.do === 'discard' ? 'discard' : 'operate')
  const [aborting, setAborting] = useState(false)
  const [why, setWhy] = useState('')
  const [error, setError] = useState<Error>()
  const { state, stage, stages } = batch
  const decide = async (what: 'go' | 'pause' | 'abort') => {
    const meant = stages[stage]?.ended === undefined ? stage : stage + 1
    const order = { do: what, ...(what === 'go' && { stage: meant }), ...(why !== '' && { why }) }
    try {
      const now = await post('/api/v1/batches/{batch}/decision', order, { batch: batch.batch })
      queries.setQueryData(['batches', batch.batch], now)
      setError(undefined)
      setAborting(false)
    } catch (thrown) {
      setError(thrown as Error)
    }
  }
  const waits = state === 'waiting' || state === 'paused' || state === 'stopped'
  const go = waits && !missing ? () => void decide('go') : undefined
  useKeys({ r: go, p: state === 'running' && !missing ? () => void decide('pause') : undefined })
  if (state === 'ended' || state === 'aborted') return null
  const refused = missing && words.missing(missing)
  const label = state === 'stopped' ? t.goOnAnyway : t.goOn
  return (
    <div className="row">
      <Button refused={refused} onClick={() => setAborting(true)}>
        {t.abort}
      </Button>
      {state === 'running' && (
        <Button icon="pause" hint="p" refused={refused} onClick={() => void decide('pause')}>
          {t.pause}
        </Button>
      )}
      {waits && (
        <Button look="primary" hint="r" refused={refused} onClick={go}>
          {label(format.number(nextSize(batch)))}
        </Button>
      )}
      {error && <Failure error={error} />}
      {aborting && (
        <Dialog
          title={t.abortTitle}
          confirm={t.abortDo}
          look="danger"
          refused={why.trim() === '' ? words.reasonNeeded : undefined}
          onConfirm={() => void decide('abort')}
          onClose={() => setAborting(false)}
        >
          <p>{t.abortTold}</p>
          <TextField label={t.why} value={why} onChange={setWhy} rows={2} hint={words.reasonNeeded} />
        </Dialog>
      )}
    </div>
  )
}
