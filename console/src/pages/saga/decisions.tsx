import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { post } from '../../api/client.ts'
import { Failure } from '../../app/failure.tsx'
import { useMe, useMissing } from '../../app/session.tsx'
import { common } from '../../i18n/common.ts'
import { useText } from '../../i18n/text.ts'
import { Button } from '../../kit/button.tsx'
import { Dialog } from '../../kit/dialog.tsx'
import { TextField } from '../../kit/field.tsx'
import type { IconName } from '../../kit/icon.tsx'
import { Panel } from '../../kit/panel.tsx'
import { Status } from '../../kit/status.tsx'
import { useTell } from '../../kit/toast.tsx'
import type { Saga } from './lanes.ts'
import { sagaText } from './text.ts'

type Choice = Saga['next'][number]

/** About the saga as a whole: these stand in the head of the page. */
const attentions: readonly Choice['do'][] = ['pause', 'continue', 'take', 'release']

/** Where it needs a person, and what that person can do; each with a reason. */
export function Decisions({ saga }: { readonly saga: Saga }) {
  const t = useText(sagaText)
  const words = useText(common)
  const missing = useMissing('decide')
  const me = useMe()
  const [asked, setAsked] = useState<Choice>()
  const { person } = saga
  const others = person !== undefined && person.by !== me.name ? t.othersHave(person.by) : undefined
  const refused = missing ? words.missing(missing) : others
  const next = saga.next.filter(({ do: what }) => !attentions.includes(what))
  const label = useLabel(saga)
  return (
    <Panel title={t.decide}>
      <div className="stack">
        {saga.needs.map(({ step, doing, code, reason, unsure }) => (
          <div key={step} className="stack tight">
            <Status state="needs person">{doing === 'undo' ? `${t.takesBack} ${step}` : step}</Status>
            <span className="mono">{`${code} ${reason}`}</span>
            {unsure && <span className="status warn">{t.unsure}</span>}
          </div>
        ))}
        {saga.waits.map(({ step, for: what }) => (
          <Status key={step} state="waiting">
            {`${step}: ${what}`}
          </Status>
        ))}
        {next.length === 0 && <span className="muted">{t.nothing}</span>}
        <div className="row">
          {next.map(choice => (
            <Button
              key={`${choice.do} ${choice.step} ${choice.choice}`}
              look={choice.do === 'undo' ? 'danger' : undefined}
              refused={refused}
              onClick={() => setAsked(choice)}
            >
              {label(choice)}
            </Button>
          ))}
        </div>
        {next.length > 0 && <p className="muted">{t.decideHint}</p>}
      </div>
      {asked && (
        <Decide saga={saga} choice={asked} title={label(asked)} onClose={() => setAsked(undefined)} />
      )}
    </Panel>
  )
}

/** In the head of the page: lets the saga rest or go on, and says who works on it. */
export function Attention({ saga }: { readonly saga: Saga }) {
  const t = useText(sagaText)
  const words = useText(common)
  const missing = useMissing('decide')
  const me = useMe()
  const [asked, setAsked] = useState<Choice>()
  const label = useLabel(saga)
  const isOthers = saga.person !== undefined && saga.person.by !== me.name
  const why = (what: Choice['do']) => {
    if (missing) return words.missing(missing)
    return isOthers && what !== 'take' ? t.othersHave(saga.person?.by ?? '') : undefined
  }
  const shown = saga.next.filter(({ do: what }) => {
    if (what === 'take') return saga.person === undefined || isOthers
    return what === 'release' ? saga.person !== undefined && !isOthers : attentions.includes(what)
  })
  return (
    <>
      {shown.map(choice => (
        <Button
          key={choice.do}
          icon={icons[choice.do]}
          refused={why(choice.do)}
          onClick={() => setAsked(choice)}
        >
          {label(choice)}
        </Button>
      ))}
      {asked && (
        <Decide saga={saga} choice={asked} title={label(asked)} onClose={() => setAsked(undefined)} />
      )}
    </>
  )
}

const icons: Partial<Record<Choice['do'], IconName>> = { pause: 'pause', continue: 'play', take: 'user' }

function useLabel({ person }: Saga): (choice: Choice) => string {
  const t = useText(sagaText)
  return ({ do: what, step = '', choice = '' }) => {
    switch (what) {
      case 'decide':
        return t.decideStep(step, choice)
      case 'retry':
        return t.retry(step)
      case 'confirm':
        return t.confirm(step)
      case 'take':
        return person ? t.takeOver : t.take
      default:
        return t[what]
    }
  }
}

function Decide(props: {
  readonly saga: Saga
  readonly choice: Choice
  readonly title: string
  onClose(): void
}) {
  const { saga, choice, title, onClose } = props
  const t = useText(sagaText)
  const words = useText(common)
  const me = useMe()
  const tell = useTell()
  const queries = useQueryClient()
  const [why, setWhy] = useState('')
  const [result, setResult] = useState('')
  const [error, setError] = useState<Error>()
  const isJson = result.trim() === '' || readable(result)
  const decide = async () => {
    const { do: what, step, choice: chosen } = choice
    const data = what === 'confirm' && result.trim() !== '' ? { result: JSON.parse(result) as unknown } : {}
    const order = { do: what, step, choice: chosen, by: me.name, why, ...data }
    try {
      await post('/api/v1/sagas/{saga}/{key}/decision', order, { saga: saga.saga, key: saga.key })
      tell(t.done)
      void queries.invalidateQueries({ queryKey: ['sagas'] })
      onClose()
    } catch (thrown) {
      setError(thrown as Error)
    }
  }
  return (
    <Dialog
      title={`${title} · ${saga.key}`}
      confirm={t.doIt}
      look={choice.do === 'undo' ? 'danger' : 'primary'}
      refused={why.trim() === '' ? words.reasonNeeded : isJson ? undefined : t.notJson}
      onConfirm={() => void decide()}
      onClose={onClose}
    >
      <p>{t.told[choice.do]}</p>
      <TextField label={t.why} value={why} onChange={setWhy} rows={2} hint={words.reasonNeeded} />
      {choice.do === 'confirm' && (
        <TextField
          label={t.result}
          value={result}
          onChange={setResult}
          rows={3}
          problem={isJson ? undefined : t.notJson}
        />
      )}
      {error && <Failure error={error} />}
    </Dialog>
  )
}

function readable(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
