import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams } from '@tanstack/react-router'
import { useState } from 'react'
import { get } from '../../api/client.ts'
import { Asked } from '../../app/ask.tsx'
import { useKeys } from '../../app/keys.ts'
import { useMissing } from '../../app/session.tsx'
import { common } from '../../i18n/common.ts'
import { useFormat } from '../../i18n/format.ts'
import { useText } from '../../i18n/text.ts'
import { Button } from '../../kit/button.tsx'
import { ItemTable } from '../batch/item-table.tsx'
import { type BatchDo, StartBatch } from './start-batch.tsx'
import { failuresText } from './text.ts'
import type { Selection } from './types.ts'

/** What was frozen: how much it is, what speaks against it, and what can be done with it. */
export function FrozenSelection({ id, onDrop }: { readonly id: string; onDrop(): void }) {
  const query = useQuery({
    queryKey: ['selection', id],
    queryFn: ({ signal }) => get('/api/v1/selections/{selection}', { params: { selection: id }, signal }),
    staleTime: 5_000,
  })
  return (
    <Asked query={query}>
      {selection => (
        <>
          <Frozen selection={selection} onDrop={onDrop} />
          <ItemTable selection={selection.selection} count={selection.count} />
        </>
      )}
    </Asked>
  )
}

function Frozen({ selection, onDrop }: { readonly selection: Selection; onDrop(): void }) {
  const t = useText(failuresText)
  const words = useText(common)
  const format = useFormat()
  const { env } = useParams({ strict: false })
  const navigate = useNavigate()
  const [doing, setDoing] = useState<BatchDo>()
  const mayOperate = useMissing('operate')
  const mayDiscard = useMissing('discard')
  const { count, at, overtaken, repeatable, unreadable, doubt, state } = selection
  const open = (what: BatchDo) => () => setDoing(what)
  const isFree = state === 'frozen'
  useKeys({ r: isFree && !mayOperate ? open('retry') : undefined, Escape: doing ? undefined : onDrop })
  return (
    <section className="frozen stack" aria-labelledby="frozen">
      <div className="row apart">
        <h2 id="frozen">{t.frozen(format.number(count), format.clock(at))}</h2>
        <span className="muted numbers">
          {[
            t.overtaken(format.number(overtaken.count), format.number(overtaken.looked)),
            t.repeatable(format.number(repeatable)),
            t.inDoubt(format.number(doubt)),
            t.unreadable(format.number(unreadable)),
          ].join(' · ')}
        </span>
      </div>
      <div className="row apart">
        <span className="muted">
          {state === 'expired' ? t.frozenGone : state === 'used' ? t.frozenUsed : t.frozenHint}
        </span>
        {state === 'used' && (
          <Link to={`/${env}/failures/batch/${selection.selection}` as never}>{t.toBatch}</Link>
        )}
        <div className="row">
          <Button look="quiet" onClick={onDrop}>
            {t.drop}
          </Button>
          {isFree && (
            <>
              <Button refused={mayDiscard && words.missing(mayDiscard)} onClick={open('discard')}>
                {t.doDiscard}
              </Button>
              {doubt > 0 && (
                <Button refused={mayOperate && words.missing(mayOperate)} onClick={open('confirm')}>
                  {t.doConfirm}
                </Button>
              )}
              <Button
                look="primary"
                hint="r"
                refused={mayOperate && words.missing(mayOperate)}
                onClick={open('retry')}
              >
                {t.doRetry(format.number(count))}
              </Button>
            </>
          )}
        </div>
      </div>
      {doing && (
        <StartBatch
          selection={selection}
          what={doing}
          onClose={() => setDoing(undefined)}
          onStarted={batch => void navigate({ to: `/${env}/failures/batch/${batch}` as never })}
        />
      )}
    </section>
  )
}
