import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import type { AnswerOf } from '../../../../src/client/answers.ts'
import { get } from '../../api/client.ts'
import { Asked } from '../../app/ask.tsx'
import { useText } from '../../i18n/text.ts'
import { Facts, Panel } from '../../kit/panel.tsx'
import { Lineage } from './lineage.tsx'
import { modelsText } from './text.ts'

type Model = AnswerOf<'/api/v1/models/{model}'>

export function ModelView({ model, env }: { readonly model: string | undefined; readonly env: string }) {
  const query = useQuery({
    queryKey: ['models', model],
    queryFn: ({ signal }) => get('/api/v1/models/{model}', { params: { model: model ?? '' }, signal }),
    enabled: model !== undefined,
    staleTime: 60_000,
  })
  if (model === undefined) return null
  return <Asked query={query}>{found => <About model={found} env={env} />}</Asked>
}

function About({ model, env }: { readonly model: Model; readonly env: string }) {
  const t = useText(modelsText)
  const navigate = useNavigate()
  const { field } = useSearch({ strict: false }) as { field?: string }
  const select = (to: string) =>
    void navigate({
      to: `/${env}/models/${model.model}`,
      search: (before: object) => ({ ...before, field: to }),
    } as never)
  const links = (names: readonly string[], place: string) =>
    names.map((name, index) => (
      <span key={name}>
        {index > 0 && ', '}
        <Link to={`/${env}/${place}/${name}` as never}>{name}</Link>
      </span>
    ))
  return (
    <div className="stack">
      <Panel
        title={
          <>
            <span translate="no">{model.model}</span>
            {model.kind === 'table' && <span className="muted">{` ${t.table}`}</span>}
          </>
        }
      >
        <Facts
          facts={[
            model.key !== undefined && [t.key, <code key="key">{model.key}</code>],
            [t.personal, t.personalCount(model.personal)],
            model.channels.length > 0 && [
              t.channels,
              model.channels.map(({ channel }) => channel).join(', '),
            ],
            model.flows.length > 0 && [t.flows, links(model.flows, 'flows')],
            model.pipeline !== undefined && [t.pipeline, model.pipeline],
            model.others.length > 0 && [t.others, links(model.others, 'models')],
          ]}
        />
      </Panel>
      {field === undefined ? (
        <p className="muted">{t.select}</p>
      ) : (
        <Lineage env={env} model={model.model} field={field} />
      )}
      <Panel title={t.fields} flush>
        <div className="scroll">
          <table className="table">
            <thead>
              <tr>
                <th>{t.field}</th>
                <th>{t.type}</th>
                <th>{t.rules}</th>
                <th className="number">{t.from}</th>
                <th className="number">{t.used}</th>
              </tr>
            </thead>
            <tbody>
              {model.rows.map(row => (
                <tr key={row.field} aria-selected={row.field === field}>
                  <td>
                    <button
                      type="button"
                      className="button quiet small mono"
                      onClick={() => select(row.field)}
                    >
                      {row.field}
                    </button>
                    {row.title && <span className="muted"> {row.title}</span>}
                  </td>
                  <td className="mono">{row.type}</td>
                  <td className="muted">
                    {[
                      row.key && t.isKey,
                      row.required && t.required,
                      row.personal && t.personal,
                      ...row.rules,
                    ]
                      .filter(Boolean)
                      .join(' · ')}
                  </td>
                  <td className="number">{row.upstream || t.noUse}</td>
                  <td className="number">{row.downstream || t.noUse}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </Panel>
    </div>
  )
}
