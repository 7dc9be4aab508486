import { useNavigate, useSearch } from '@tanstack/react-router'
import { Failure } from '../../app/failure.tsx'
import { common } from '../../i18n/common.ts'
import { useFormat } from '../../i18n/format.ts'
import { useText } from '../../i18n/text.ts'
import { Empty, Panel } from '../../kit/panel.tsx'
import { Scroll } from '../../kit/scroll.tsx'
import { type Cause, useCauses } from './causes.ts'
import { RowStatus } from './row-status.tsx'
import { qualityText } from './text.ts'

/** Why rows are set aside, over all pipelines; one of them shows its rows. */
export function CauseTable({ pipelines }: { readonly pipelines: readonly string[] }) {
  const t = useText(qualityText)
  const words = useText(common)
  const { causes, isKnown, failed } = useCauses(pipelines)
  const titles = [words.state, t.pipeline, t.table, t.step, t.reason]
  return (
    <>
      {failed.map(({ pipeline, error }) => (
        <div key={pipeline} className="stack tight">
          <h2 translate="no">{t.notAsked(pipeline)}</h2>
          <Failure error={error} />
        </div>
      ))}
      {isKnown && causes.length === 0 && failed.length === 0 && (
        <Empty>
          <strong>{t.none}</strong>
          <span>{t.noneNext}</span>
        </Empty>
      )}
      {causes.length > 0 && (
        <Panel title={t.causes} flush>
          <Scroll label={t.causes}>
            <table className="table">
              <thead>
                <tr>
                  <th scope="col" className="number">
                    {t.rows}
                  </th>
                  {titles.map(title => (
                    <th key={title} scope="col">
                      {title}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {causes.map(cause => (
                  <Row key={Object.values(cause).join(' ')} cause={cause} />
                ))}
              </tbody>
            </table>
          </Scroll>
        </Panel>
      )}
    </>
  )
}

function Row({ cause }: { readonly cause: Cause }) {
  const format = useFormat()
  const navigate = useNavigate()
  const search = useSearch({ from: '/inside/$env/quality' })
  const { pipeline, table, code, step, state, reason, rows } = cause
  const filter = { pipeline, table, code, step, state }
  const isShown = Object.entries(filter).every(
    ([name, value]) => search[name as keyof typeof filter] === value,
  )
  return (
    <tr aria-selected={isShown || undefined}>
      <td className="number strong">{format.number(rows)}</td>
      <td>
        <RowStatus state={state} />
      </td>
      <td className="mono">{pipeline}</td>
      <td className="mono">{table}</td>
      <td className="mono">{step}</td>
      <td>
        <button
          type="button"
          className="link"
          translate="no"
          onClick={() => void navigate({ to: '.', search: filter } as never)}
        >
          {`${code} ${reason}`}
        </button>
      </td>
    </tr>
  )
}
