import { Link } from '@tanstack/react-router'
import { useText } from '../../i18n/text.ts'
import { Panel } from '../../kit/panel.tsx'
import type { FlowDetail } from './flows.ts'
import './flows.css'
import { flowsText } from './text.ts'

type Step = FlowDetail['steps'][number]

/** The steps in the order of the code, those inside of others further in; the functions are one click away. */
export function Steps({ flow, env }: { readonly flow: FlowDetail; readonly env: string }) {
  const t = useText(flowsText)
  return (
    <Panel title={t.steps}>
      <ol className="steps">
        <li className="step end">
          <div className="row">
            <strong>{t.source}</strong>
            <Place env={env} channel={flow.source.channel} />
            <span className="muted">{flow.source.model}</span>
          </div>
        </li>
        {flow.steps.map(step => (
          <li
            key={`${step.within ?? ''} ${step.branch ?? ''} ${step.step}`}
            className={`step depth-${Math.min(step.depth, 3)}`}
          >
            <StepHead step={step} env={env} />
            {step.code.length > 0 && <Code step={step} />}
          </li>
        ))}
      </ol>
    </Panel>
  )
}

function StepHead({ step, env }: { readonly step: Step; readonly env: string }) {
  const t = useText(flowsText)
  const kinds: Readonly<Record<string, string>> = t.stepKinds
  const { kind, branch, channel, effect, model } = step
  return (
    <div className="row">
      {branch !== undefined && <span className="muted">{t.branch(branch)}</span>}
      <strong>{kinds[kind] ?? kind}</strong>
      {channel === undefined ? (
        <span className="mono">{step.step}</span>
      ) : (
        <Place env={env} channel={channel} />
      )}
      {model !== undefined && <span className="muted">{model}</span>}
      {effect !== undefined && <span className="muted">{effect}</span>}
    </div>
  )
}

function Code({ step }: { readonly step: Step }) {
  const t = useText(flowsText)
  return (
    <details>
      <summary>{t.source_}</summary>
      {step.code.map(({ role, field, text, file, line }) => (
        <figure key={`${role} ${field ?? ''} ${line ?? ''}`}>
          <figcaption className="muted">
            {[field ?? role, file && `${file}${line === undefined ? '' : `:${line}`}`]
              .filter(Boolean)
              .join(' · ')}
          </figcaption>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: code wider than the page is scrolled by keys */}
          <pre tabIndex={0}>{text}</pre>
        </figure>
      ))}
    </details>
  )
}

/** A channel, leading to its system. */
export function Place({ env, channel }: { readonly env: string; readonly channel: string }) {
  const [system = ''] = channel.split('.')
  return <Link to={`/${env}/systems/${system}` as never}>{channel}</Link>
}
