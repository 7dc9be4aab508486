import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router'
import type { AnswerOf } from '../../../../src/client/answers.ts'
import { get } from '../../api/client.ts'
import { Asked } from '../../app/ask.tsx'
import { useText } from '../../i18n/text.ts'
import { Button } from '../../kit/button.tsx'
import { TextField } from '../../kit/field.tsx'
import { Empty } from '../../kit/panel.tsx'
import { ModelView } from './model.tsx'
import './models.css'
import { modelsText } from './text.ts'

type Models = AnswerOf<'/api/v1/models'>['models']

/** Which data standards there are, and where a field comes from. */
export function ModelsPage() {
  const t = useText(modelsText)
  const query = useQuery({
    queryKey: ['models'],
    queryFn: ({ signal }) => get('/api/v1/models', { signal }),
    staleTime: 60_000,
  })
  return (
    <div className="page">
      {query.data === undefined && <h1>{t.title}</h1>}
      <Asked query={query}>
        {({ models }) =>
          models.length === 0 ? (
            <>
              <h1>{t.title}</h1>
              <Empty>{t.empty}</Empty>
            </>
          ) : (
            <Models models={models} />
          )
        }
      </Asked>
    </div>
  )
}

function Models({ models }: { readonly models: Models }) {
  const t = useText(modelsText)
  const navigate = useNavigate()
  const { env = '', model } = useParams({ strict: false }) as { env?: string; model?: string }
  const { q = '' } = useSearch({ strict: false }) as { q?: string }
  const setFind = (text: string) =>
    void navigate({
      to: '.',
      search: (before: object) => ({ ...before, q: text || undefined }),
      replace: true,
    } as never)
  const wanted = q.trim().toLowerCase()
  const fitting = models.filter(
    ({ model, key, flows, pipeline }) =>
      pipeline?.includes(wanted) ||
      model.toLowerCase().includes(wanted) ||
      key?.toLowerCase().includes(wanted) ||
      flows.some(flow => flow.includes(wanted)),
  )
  return (
    <>
      <header>
        <div className="row">
          <h1>{t.title}</h1>
          <span className="muted">{t.count(models.length)}</span>
        </div>
      </header>
      <div className="models">
        <div className="stack">
          <TextField label={t.find} type="search" value={q} onChange={setFind} />
          {fitting.length === 0 && (
            <Empty>
              <p>{t.nothingFits}</p>
              <Button onClick={() => setFind('')}>{t.showAll}</Button>
            </Empty>
          )}
          <ul className="panel model-list">
            {fitting.map(each => (
              <li key={each.model}>
                <Link
                  to={`/${env}/models/${each.model}` as never}
                  search={((before: object) => before) as never}
                  aria-current={each.model === model ? 'true' : undefined}
                >
                  <span className="strong">{each.model}</span>
                  <span className="muted">{`${each.fields} · ${each.pipeline === undefined ? each.flows.join(', ') : `${t.table} · ${each.pipeline}`}`}</span>
                </Link>
              </li>
            ))}
          </ul>
        </div>
        <ModelView model={model ?? fitting[0]?.model} env={env} />
      </div>
    </>
  )
}
