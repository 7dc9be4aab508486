import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { common } from '../i18n/common.ts'
import { useFormat } from '../i18n/format.ts'
import { useText } from '../i18n/text.ts'
import { Failure } from './failure.tsx'

/** Shows what was asked for: a skeleton while it is on its way, the failure alone, and stale data rather than none. */
export function Asked<T>({
  query,
  title,
  children,
}: {
  readonly query: UseQueryResult<T, Error>
  /** Of a page that has its heading of what was asked for: until that is there. */
  readonly title?: string
  children(data: T): ReactNode
}) {
  const t = useText(common)
  const format = useFormat()
  const { data, error, refetch, dataUpdatedAt } = query
  return (
    <>
      {title !== undefined && data === undefined && (
        <header>
          <h1 translate="no">{title}</h1>
        </header>
      )}
      {error && <Failure error={error} onRetry={() => void refetch()} />}
      {error && data !== undefined && (
        <p className="muted numbers">{t.stale(format.time(dataUpdatedAt, Date.now()))}</p>
      )}
      {data !== undefined && children(data)}
      {data === undefined && !error && (
        <div className="content stack" role="status" aria-label={t.loading}>
          <span className="skeleton" />
          <span className="skeleton" />
          <span className="skeleton" />
        </div>
      )}
    </>
  )
}
