import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { AnswerOf } from '../../../../src/client/answers.ts'
import { post } from '../../api/client.ts'
import { Failure } from '../../app/failure.tsx'
import { useMe, useMissing } from '../../app/session.tsx'
import { common } from '../../i18n/common.ts'
import { useText } from '../../i18n/text.ts'
import { Button } from '../../kit/button.tsx'
import { Dialog } from '../../kit/dialog.tsx'
import { TextField } from '../../kit/field.tsx'
import { Panel } from '../../kit/panel.tsx'
import { Scroll } from '../../kit/scroll.tsx'
import { Status } from '../../kit/status.tsx'
import { Time, useNow } from '../../kit/time.tsx'
import { useTell } from '../../kit/toast.tsx'
import { indoubtText } from './text.ts'

type Transaction = AnswerOf<'/api/v1/indoubt'>['transactions'][number]
type Act = Transaction['next'][number]['do']

/** A transaction with what our log and each database say, and what a person can do. */
export function OneInDoubt({ transaction }: { readonly transaction: Transaction }) {
  const t = useText(indoubtText)
  const words = useText(common)
  const now = useNow()
  const missing = useMissing('resolve')
  const [act, setAct] = useState<Act>()
  const { gid, state, began, reason, branches, next, needsPerson } = transaction
  return (
    <Panel
      title={`${transaction.transaction} · ${gid}`}
      actions={next.map(each => (
        <Button
          key={each.do}
          look={each.do === 'acknowledge' ? undefined : 'danger'}
          refused={missing && words.missing(missing)}
          onClick={() => setAct(each.do)}
        >
          {t.acts[each.do]}
        </Button>
      ))}
      flush
    >
      <div className="stack content">
        <div className="row">
          <Status state={needsPerson ? 'needs person' : 'doubt'}>{t.states[state]}</Status>
          {began !== undefined && <Time at={began} now={now} />}
          {reason && <span className="muted">{reason}</span>}
          {!needsPerson && <span className="muted">{t.itself}</span>}
        </div>
      </div>
      <Scroll label={t.branch}>
        <table className="table">
          <thead>
            <tr>
              <th scope="col">{words.system}</th>
              <th scope="col">{t.branch}</th>
              <th scope="col">{t.logged}</th>
              <th scope="col">{t.database}</th>
              <th scope="col">{t.holding}</th>
            </tr>
          </thead>
          <tbody>
            {branches.map(branch => (
              <tr key={`${branch.system} ${branch.id}`}>
                <td>{branch.system}</td>
                <td className="mono">{branch.id}</td>
                <td>{t.loggeds[branch.logged]}</td>
                <td>
                  {t.databases[branch.database]}
                  {branch.reason && <div className="muted">{branch.reason}</div>}
                </td>
                <td>{branch.since !== undefined && <Time at={branch.since} now={now} />}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
      {act && <Resolve gid={gid} act={act} onClose={() => setAct(undefined)} />}
    </Panel>
  )
}

function Resolve({ gid, act, onClose }: { readonly gid: string; readonly act: Act; onClose(): void }) {
  const t = useText(indoubtText)
  const words = useText(common)
  const me = useMe()
  const tell = useTell()
  const queries = useQueryClient()
  const [why, setWhy] = useState('')
  const [typed, setTyped] = useState('')
  const [error, setError] = useState<Error>()
  const resolve = async () => {
    try {
      await post('/api/v1/indoubt/{gid}/decision', { do: act, by: me.name, why }, { gid })
      tell(t.done)
      void queries.invalidateQueries({ queryKey: ['transactions'] })
      onClose()
    } catch (thrown) {
      setError(thrown as Error)
    }
  }
  return (
    <Dialog
      title={`${t.acts[act]} · ${gid}`}
      confirm={t.acts[act]}
      look={act === 'acknowledge' ? 'primary' : 'danger'}
      refused={why.trim() === '' ? words.reasonNeeded : typed === gid ? undefined : t.type(gid)}
      onConfirm={() => void resolve()}
      onClose={onClose}
    >
      <p className="notice warn">{t.told[act]}</p>
      <TextField label={t.why} value={why} onChange={setWhy} rows={2} hint={words.reasonNeeded} />
      <TextField label={t.type(gid)} value={typed} onChange={setTyped} autoComplete="off" />
      {error && <Failure error={error} />}
    </Dialog>
  )
}
