import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import type { AnswerOf } from '../../../../src/client/answers.ts'
import { get } from '../../api/client.ts'
import { Asked } from '../../app/ask.tsx'
import { useText } from '../../i18n/text.ts'
import { Panel } from '../../kit/panel.tsx'
import { modelsText } from './text.ts'

type Links = AnswerOf<'/api/v1/lineage'>['up']

const depths = [1, 2, 3, 5, 10]
const directions = ['both', 'up', 'down'] as const
/** Of more nobody reads a list, and no lines between lists can be followed. */
const mostShown = 100

/** One field in the middle, what it is made of before it, what is made of it behind it. */
export function Lineage({
  env,
  model,
  field,
}: {
  readonly env: string
  readonly model: string
  readonly field: string
}) {
  const t = useText(modelsText)
  const navigate = useNavigate()
  const { depth = 1, direction = 'both' } = useSearch({ strict: false }) as {
    depth?: number
    direction?: (typeof directions)[number]
  }
  const query = useQuery({
    queryKey: ['models', 'lineage', model, field, depth, direction],
    queryFn: ({ signal }) => get('/api/v1/lineage', { query: { model, field, depth, direction }, signal }),
  })
  const choose = (chosen: object) =>
    void navigate({ to: '.', search: (before: object) => ({ ...before, ...chosen }) } as never)
  const choice = (
    <div className="row">
      <label className="row">
        <span className="muted">{t.direction}</span>
        <select
          className="input"
          value={direction}
          onChange={event => choose({ direction: event.target.value })}
        >
          {directions.map(each => (
            <option key={each} value={each}>
              {t[each]}
            </option>
          ))}
        </select>
      </label>
      <label className="row">
        <span className="muted">{t.depth}</span>
        <select
          className="input"
          value={depth}
          onChange={event => choose({ depth: Number(event.target.value) })}
        >
          {depths.map(each => (
            <option key={each}>{each}</option>
          ))}
        </select>
      </label>
    </div>
  )
  return (
    <Panel title={t.lineageOf(`${model}.${field}`)} actions={choice}>
      <Asked query={query}>
        {({ up, down, impact, unknown, personal }) => (
          <div className="stack">
            <p className="strong">{t.impact(impact.fields, impact.models, impact.tables, impact.flows)}</p>
            {up.length + down.length > mostShown ? (
              <p role="status">{t.tooMany(up.length + down.length)}</p>
            ) : (
              <div className="lineage">
                {direction !== 'down' && <Side env={env} title={t.comesFrom} links={up} end="from" />}
                <div className="lineage-middle">
                  <code>{`${model}.${field}`}</code>
                  {personal && <span className="muted">{` ${t.isPersonal}`}</span>}
                </div>
                {direction !== 'up' && <Side env={env} title={t.goesTo} links={down} end="to" />}
              </div>
            )}
            {unknown.length > 0 && (
              <div className="stack tight">
                <h3>{t.unknown}</h3>
                <ul className="muted">
                  {unknown.map(each => (
                    <li key={each}>{each}</li>
                  ))}
                </ul>
              </div>
            )}
          </div>
        )}
      </Asked>
    </Panel>
  )
}

function Side(props: {
  readonly env: string
  readonly title: string
  readonly links: Links
  readonly end: 'from' | 'to'
}) {
  const { env, title, links, end } = props
  const t = useText(modelsText)
  return (
    <section aria-label={title} className="stack tight">
      <h3>{title}</h3>
      {links.length === 0 && <p className="muted">{t.none}</p>}
      <ul className="stack">
        {links.map(link => (
          <li
            key={`${link.flow} ${link.step} ${link.from.model}.${link.from.field} ${link.to.model}.${link.to.field}`}
            className={link.direct ? 'lineage-link' : 'lineage-link indirect'}
          >
            <Link
              to={`/${env}/models/${link[end].model}` as never}
              search={{ field: link[end].field } as never}
              className="mono"
            >
              {`${link[end].model}.${link[end].field}`}
            </Link>
            {link.by === 'flow' ? (
              <Link to={`/${env}/flows/${link.flow}` as never} className="muted">
                {`${link.flow} · ${link.step}`}
              </Link>
            ) : (
              <span className="muted">{`${link.flow} · ${link.step}`}</span>
            )}
            <span className="muted">
              {[...link.uses.map(use => t.uses[use] ?? use), link[end].personal && t.isPersonal]
                .filter(Boolean)
                .join(' · ')}
            </span>
            {link.text && <code className="muted">{link.text}</code>}
            {link.file && <span className="muted mono">{`${link.file}:${link.line}`}</span>}
            {!link.complete && <span className="muted">{t.incomplete}</span>}
          </li>
        ))}
      </ul>
    </section>
  )
}
