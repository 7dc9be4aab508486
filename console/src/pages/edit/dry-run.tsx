import type { AnswerOf } from '../../../../src/client/answers.ts'
import { useFormat } from '../../i18n/format.ts'
import { useText } from '../../i18n/text.ts'
import { Facts } from '../../kit/panel.tsx'
import { Status } from '../../kit/status.tsx'
import { Changes } from './changes.tsx'
import { editText } from './text.ts'

export type Tried = AnswerOf<'/api/v1/flows/{flow}/messages/{seq}/try', 'post'>

/** Whether the data may be put in. */
export function passes(tried: Tried | undefined): boolean {
  return tried !== undefined && tried.problems.length === 0 && tried.refused === undefined && !tried.stale
}

/** What these data would come to: the verdict, what would be sent, and each step. */
export function DryRun({ tried }: { readonly tried: Tried }) {
  const t = useText(editText)
  const format = useFormat()
  const { problems, refused, end = '' } = tried
  if (problems.length > 0)
    return (
      <div className="stack tight">
        <Status state="down">{t.unfit(format.number(problems.length))}</Status>
        <ul className="stack tight">
          {problems.map(({ path, problem }) => (
            <li key={`${path} ${problem}`}>
              <code>{path || t.theRecord}</code>
              {` ${problem}`}
            </li>
          ))}
        </ul>
      </div>
    )
  if (refused !== undefined)
    return (
      <div className="notice failed">
        <div className="stack tight">
          <strong>{t.refused}</strong>
          <span>{refused}</span>
        </div>
      </div>
    )
  const kind = end.split(':')[0] as keyof typeof t.ends
  const told = kind in t.ends ? `${t.ends[kind]}${end.slice(kind.length)}` : end
  return (
    <div className="stack">
      <Status state={kind === 'stops' ? 'slow' : 'ok'}>{t.fits}</Status>
      <Facts facts={[[t.end, told]]} />
      <h3>{t.effects}</h3>
      <Effects tried={tried} />
      <h3>{t.hops}</h3>
      <Hops tried={tried} />
    </div>
  )
}

function Effects({ tried: { effects } }: { readonly tried: Tried }) {
  const t = useText(editText)
  if (effects.length === 0) return <p className="muted">{t.noEffects}</p>
  return (
    <ul className="stack">
      {effects.map(({ path, channel, change, key, before, request }) => (
        <li key={path} className="stack tight">
          <span className="row">
            <code>{path}</code>
            {path !== channel && <span className="muted">{channel}</span>}
            <strong>{t.changeWords[change]}</strong>
            <span className="muted">{`${t.keys}: ${t.keyWords[key]}`}</span>
          </span>
          {change !== 'same' && <Changes before={before} after={request} />}
        </li>
      ))}
    </ul>
  )
}

/** Each step with what comes out of it now, against what came out before. */
function Hops({ tried: { hops, before } }: { readonly tried: Tried }) {
  const old = new Map(before.map(hop => [hop.step, hop]))
  return (
    <ol className="stack tight">
      {hops.map(hop => (
        <li key={hop.step} className="stack tight">
          <span className="row">
            <code>{hop.step}</code>
            <span className="muted">{hop.kind}</span>
          </span>
          {hop.error !== undefined && hop.call === undefined ? (
            <Status state="down">{hop.error}</Status>
          ) : (
            <Changes
              before={old.get(hop.step)?.after ?? old.get(hop.step)?.before}
              after={hop.after ?? hop.before}
            />
          )}
        </li>
      ))}
    </ol>
  )
}
