import { useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate, useParams, useRouter, useRouterState } from '@tanstack/react-router'
import { useRef, useState } from 'react'
import type { AnswerOf } from '../../../src/client/answers.ts'
import { get, post } from '../api/client.ts'
import { useText } from '../i18n/text.ts'
import { Button } from '../kit/button.tsx'
import { CheckField } from '../kit/field.tsx'
import { Popover } from '../kit/popover.tsx'
import { useTell } from '../kit/toast.tsx'
import { withHidden } from './hidden.ts'
import { useKeys } from './keys.ts'
import { type ListColumn, useHidden } from './list-table.tsx'
import { SaveView } from './save-view.tsx'
import { useMe } from './session.tsx'
import { viewsText } from './views-text.ts'

export type View = AnswerOf<'/api/v1/views'>['views'][number]

/** In the head of a list: which view is shown, the saved ones, and the columns. `v` opens it. */
export function Views({
  place,
  columns,
}: {
  readonly place: string
  readonly columns: readonly ListColumn[]
}) {
  const t = useText(viewsText)
  const { history } = useRouter()
  const { env } = useParams({ strict: false })
  const search = useRouterState({ select: ({ location }) => location.searchStr.replace(/^\?/, '') })
  const [saving, setSaving] = useState(false)
  const root = useRef<HTMLDivElement>(null)
  const { data } = useQuery({
    queryKey: ['views'],
    queryFn: ({ signal }) => get('/api/v1/views', { signal }),
  })
  const views = (data?.views ?? []).filter(view => view.place === place)
  const current = views.find(view => view.search === search)
  useKeys({ v: () => root.current?.querySelector('button')?.click() })
  return (
    <div ref={root}>
      <Popover size="small" icon="filter" label={<Current name={current?.name} />}>
        {close => (
          <div className="settings">
            <Saved
              views={views}
              current={current}
              onOpen={view => {
                history.push(`/${env}/${place}${view.search === '' ? '' : `?${view.search}`}`)
                close()
              }}
            />
            <Button
              size="small"
              onClick={() => {
                setSaving(true)
                close()
              }}
            >
              {t.save}
            </Button>
            <Columns columns={columns} />
          </div>
        )}
      </Popover>
      {saving && (
        <SaveView place={place} search={search} name={current?.name} onClose={() => setSaving(false)} />
      )}
    </div>
  )
}

function Current({ name }: { readonly name: string | undefined }) {
  const t = useText(viewsText)
  return (
    <>
      {`${t.view}: `}
      {name === undefined ? t.none : <span translate="no">{name}</span>}
    </>
  )
}

function Saved(props: {
  readonly views: readonly View[]
  readonly current: View | undefined
  onOpen(view: View): void
}) {
  const { views, current, onOpen } = props
  const t = useText(viewsText)
  const { name: me, everywhere } = useMe()
  const remove = useRemove()
  if (views.length === 0) return <p className="muted">{t.noViews}</p>
  return (
    <ul className="plain stack tight" aria-label={t.views}>
      {views.map(view => (
        <li key={view.id} className="row nowrap apart">
          <button
            type="button"
            className="link"
            translate="no"
            aria-current={view === current || undefined}
            onClick={() => onOpen(view)}
          >
            {view.name}
          </button>
          {view.shared && <span className="muted">{view.by === me ? t.shared : t.sharedBy(view.by)}</span>}
          {(view.by === me || everywhere.includes('people')) && (
            <Button size="small" look="quiet" icon="close" onClick={() => remove(view)}>
              <span className="hidden-text">{t.remove(view.name)}</span>
            </Button>
          )}
        </li>
      ))}
    </ul>
  )
}

function useRemove(): (view: View) => void {
  const t = useText(viewsText)
  const tell = useTell()
  const queries = useQueryClient()
  return ({ id, name }) =>
    void post('/api/v1/views/{view}/remove', {}, { view: id }).then(
      () => {
        tell(t.removed(name))
        void queries.invalidateQueries({ queryKey: ['views'] })
      },
      (error: Error) => tell(error.message, { tone: 'failed' }),
    )
}

/** The first column says what a row is, and stays. */
function Columns({ columns: [, ...columns] }: { readonly columns: readonly ListColumn[] }) {
  const t = useText(viewsText)
  const hidden = useHidden()
  const navigate = useNavigate()
  return (
    <fieldset>
      <legend>{t.columns}</legend>
      {columns.map(({ id, title }) => (
        <CheckField
          key={id}
          label={title}
          checked={!hidden.has(id)}
          onChange={isShown =>
            void navigate({
              to: '.',
              search: (before: object) => ({ ...before, hide: withHidden(hidden, id, isShown) }),
              replace: true,
            } as never)
          }
        />
      ))}
    </fieldset>
  )
}
