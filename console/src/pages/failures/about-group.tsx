import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { post } from '../../api/client.ts'
import { Failure } from '../../app/failure.tsx'
import { useMissing } from '../../app/session.tsx'
import { common } from '../../i18n/common.ts'
import { useText } from '../../i18n/text.ts'
import { Button } from '../../kit/button.tsx'
import { TextField } from '../../kit/field.tsx'
import { Facts, Panel } from '../../kit/panel.tsx'
import { Time, useNow } from '../../kit/time.tsx'
import { useTell } from '../../kit/toast.tsx'
import { EditLink, MessageLink } from './links.tsx'
import { failuresText } from './text.ts'
import type { Group } from './types.ts'

/** What a group is about, some of its messages, and who has it. */
export function AboutGroup({ group }: { readonly group: Group | undefined }) {
  const t = useText(failuresText)
  const words = useText(common)
  const now = useNow()
  if (!group) return null
  const { first, last, code, step, cause, flow, system, samples } = group
  return (
    <aside className="stack" aria-label={t.about}>
      <Panel title={t.about}>
        <div className="stack">
          <p className="mono">{cause === '*' ? t.others : cause}</p>
          <Facts
            facts={[
              [t.verdict, t.verdicts[group.verdict]],
              [words.flow, flow],
              step !== undefined && [t.step, <code key="step">{step}</code>],
              system !== undefined && [words.system, system],
              [t.code, <code key="code">{code}</code>],
              [words.since, <Time key="first" at={first} now={now} />],
              [words.time, <Time key="last" at={last} now={now} />],
            ]}
          />
          <h3>{t.samples}</h3>
          <ul className="stack tight">
            {samples.map(sample => (
              <li key={sample.seq} className="row apart">
                <MessageLink message={sample} />
                <EditLink message={sample} />
              </li>
            ))}
          </ul>
        </div>
      </Panel>
      <NoteOf key={group.group} group={group} />
    </aside>
  )
}

function NoteOf({ group }: { readonly group: Group }) {
  const t = useText(failuresText)
  const words = useText(common)
  const queries = useQueryClient()
  const tell = useTell()
  const missing = useMissing('operate')
  const [owner, setOwner] = useState(group.owner ?? '')
  const [note, setNote] = useState(group.note ?? '')
  const [error, setError] = useState<Error>()
  useEffect(() => {
    setOwner(group.owner ?? '')
    setNote(group.note ?? '')
  }, [group.owner, group.note])
  const save = async () => {
    try {
      await post('/api/v1/failures/{group}/note', { owner, note }, { group: group.group })
      setError(undefined)
      tell(t.saved)
      void queries.invalidateQueries({ queryKey: ['failures'] })
    } catch (thrown) {
      setError(thrown as Error)
    }
  }
  return (
    <Panel title={t.note}>
      <form
        className="stack"
        onSubmit={event => {
          event.preventDefault()
          void save()
        }}
      >
        <TextField label={t.owner} value={owner} onChange={setOwner} />
        <TextField label={t.note} value={note} onChange={setNote} rows={3} hint={t.noteHint} />
        <div className="row apart">
          <span className="muted">{group.notedBy && t.notedBy(group.notedBy)}</span>
          <Button type="submit" refused={missing && words.missing(missing)}>
            {t.save}
          </Button>
        </div>
        {error && <Failure error={error} />}
      </form>
    </Panel>
  )
}
