import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { get } from '../../api/client.ts'
import { Asked } from '../../app/ask.tsx'
import { useFormat } from '../../i18n/format.ts'
import { useText } from '../../i18n/text.ts'
import { Button } from '../../kit/button.tsx'
import { Icon } from '../../kit/icon.tsx'
import { Panel } from '../../kit/panel.tsx'
import { Status } from '../../kit/status.tsx'
import { Tabs } from '../../kit/tabs.tsx'
import { CallView } from './call-view.tsx'
import { ChangesView } from './changes-view.tsx'
import { RulesView } from './rules-view.tsx'
import { traceText } from './text.ts'
import { type Hop, type HopStep, selectedStep, type TraceHop } from './trace.ts'
import { TriesView } from './tries-view.tsx'

const stepsAtMost = 100
const tabs = ['changes', 'mapping', 'calls', 'tries'] as const
type Tab = (typeof tabs)[number]

interface Change {
  readonly step?: string | undefined
  readonly tab?: string
  readonly from?: number | undefined
}

/** What one hop did: its steps, and of the one selected what it changed, why, whom it called and how often it was tried. */
export function HopPanel(props: {
  readonly env: string
  readonly number: number
  readonly hop: TraceHop
  readonly step: string | undefined
  readonly tab: string | undefined
  readonly from: number
  readonly showPii: boolean
  onChange(search: Change): void
}) {
  const { env, number, hop, step, tab, from, showPii, onChange } = props
  const t = useText(traceText)
  const format = useFormat()
  const { flow, seq } = hop
  const query = useQuery({
    queryKey: ['messages', 'hop', flow, seq, from, showPii],
    queryFn: ({ signal }) =>
      get('/api/v1/flows/{flow}/messages/{seq}/hop', {
        params: { flow, seq },
        query: { after: from, limit: stepsAtMost, ...(showPii && { showPii }) },
        signal,
      }),
  })
  const title = (
    <span className="row">
      <span>{t.hop(format.number(number))}</span>
      <span className="mono" translate="no">
        {hop.message}
      </span>
      <Status state={hop.state} />
    </span>
  )
  const open = (
    <Link className="button small" to={`/${env}/flows/${flow}` as never}>
      {t.openFlow}
    </Link>
  )
  return (
    <Panel title={title} actions={open} flush>
      {hop.error && (
        <div className="content">
          <div className="notice failed">
            <Icon name="failed" />
            <span className="grow">
              <code>{hop.error.code}</code> <span translate="no">{hop.error.reason}</span>
            </span>
          </div>
        </div>
      )}
      <Asked query={query}>
        {data => <Steps hop={hop} data={data} step={step} tab={tabOf(tab)} from={from} onChange={onChange} />}
      </Asked>
    </Panel>
  )
}

function tabOf(text: string | undefined): Tab {
  return tabs.find(each => each === text) ?? 'changes'
}

function Steps(props: {
  readonly hop: TraceHop
  readonly data: Hop
  readonly step: string | undefined
  readonly tab: Tab
  readonly from: number
  onChange(search: Change): void
}) {
  const { hop, data, step, tab, from, onChange } = props
  const t = useText(traceText)
  const at = selectedStep(data.steps, step)
  const selected = data.steps[at]
  return (
    <div className="content stack">
      <Reservations data={data} />
      {data.payload === 'purged' ? null : (
        <div className="steps">
          <nav aria-label={t.steps}>
            <ol>
              {data.steps.map((each, index) => (
                <li key={each.step}>
                  <StepButton
                    step={each}
                    current={index === at}
                    onSelect={() => onChange({ step: each.step })}
                  />
                </li>
              ))}
            </ol>
            <MoreSteps data={data} from={from} onFrom={next => onChange({ from: next, step: undefined })} />
          </nav>
          <div className="stack grow">
            <Tabs
              label={t.views}
              tabs={tabs.map(each => [each, t.tabs[each]] as const)}
              selected={tab}
              onSelect={next => onChange({ tab: next })}
            />
            <View hop={hop} data={data} step={selected} index={from + at} tab={tab} />
          </div>
        </div>
      )}
    </div>
  )
}

/** A message that was split may have met ten thousand steps: they are told in pages. */
function MoreSteps(props: {
  readonly data: Hop
  readonly from: number
  onFrom(from: number | undefined): void
}) {
  const { data, from, onFrom } = props
  const t = useText(traceText)
  const format = useFormat()
  if (data.count <= stepsAtMost) return null
  const last = from + data.steps.length
  return (
    <div className="row">
      <span className="muted">{t.stepsOf(`${from + 1}–${last}`, format.number(data.count))}</span>
      {from > 0 && (
        <Button size="small" onClick={() => onFrom(Math.max(0, from - stepsAtMost) || undefined)}>
          {t.earlierSteps}
        </Button>
      )}
      {last < data.count && (
        <Button size="small" onClick={() => onFrom(last)}>
          {t.moreSteps}
        </Button>
      )}
    </div>
  )
}

function View(props: {
  readonly hop: TraceHop
  readonly data: Hop
  readonly step: HopStep | undefined
  readonly index: number
  readonly tab: Tab
}): ReactNode {
  const { hop, data, step, index, tab } = props
  if (tab === 'tries') return <TriesView hop={hop} message={data.message} />
  if (!step) return null
  if (tab === 'mapping') return <RulesView step={step} />
  if (tab === 'calls') return <CallView hop={hop} step={step} index={index} />
  return <ChangesView hop={hop} step={step} index={index} />
}

function StepButton(props: { readonly step: HopStep; readonly current: boolean; onSelect(): void }) {
  const { step, current, onSelect } = props
  const t = useText(traceText)
  const format = useFormat()
  const changed = step.changes.filter(({ kind }) => kind !== 'same').length
  return (
    <button type="button" className="step" aria-current={current ? 'step' : undefined} onClick={onSelect}>
      <span className="row">
        {step.error !== undefined && <Icon name="failed" />}
        <span translate="no">{step.step}</span>
      </span>
      {changed > 0 && <span className="muted">{t.changed(format.number(changed))}</span>}
    </button>
  )
}

/** What is to be known before the data are looked at: gone, masked and unreadable are different things. */
function Reservations({ data }: { readonly data: Hop }) {
  const t = useText(traceText)
  const format = useFormat()
  const { payload, version, current } = data
  const isOther = version !== undefined && current !== undefined && version !== current
  return (
    <>
      {payload === 'purged' && <Notice text={t.purged} />}
      {payload === 'masked' && <Notice text={t.masked} />}
      {payload === 'unreadable' && <Notice text={t.unreadable} />}
      {isOther && <Notice text={t.otherVersion(format.number(version), format.number(current))} />}
    </>
  )
}

function Notice({ text }: { readonly text: string }) {
  return (
    <div className="notice">
      <Icon name="lock" />
      <span>{text}</span>
    </div>
  )
}
