import { useQueries } from '@tanstack/react-query'
import { useParams, useRouter } from '@tanstack/react-router'
import { useCallback, useState } from 'react'
import type { AnswerOf } from '../../../../src/client/answers.ts'
import { get } from '../../api/client.ts'
import { common } from '../../i18n/common.ts'
import { useFormat } from '../../i18n/format.ts'
import { useText } from '../../i18n/text.ts'
import { type Column, LongTable } from '../../kit/long-table.tsx'
import { Panel } from '../../kit/panel.tsx'
import { type StateName, Status } from '../../kit/status.tsx'
import { useNow } from '../../kit/time.tsx'
import { MessageLink } from '../failures/links.tsx'
import { batchText } from './text.ts'

type Item = AnswerOf<'/api/v1/selections/{selection}/items'>['items'][number]

const pageSize = 100

/** How results look. */
const looks: Readonly<Record<NonNullable<Item['result']>['outcome'], StateName>> = {
  delivered: 'delivered',
  filtered: 'filtered',
  discarded: 'discarded',
  parked: 'parked',
  doubt: 'doubt',
  trying: 'retrying',
  refused: 'down',
  changed: 'waiting',
  gone: 'waiting',
}

/** The messages of a selection, however many: those looked at are asked for. */
export function ItemTable({ selection, count }: { readonly selection: string; readonly count: number }) {
  const t = useText(batchText)
  const [current, setCurrent] = useState(0)
  const [[from, to], setSeen] = useState<readonly [number, number]>([0, 0])
  const onNeed = useCallback((first: number, last: number) => {
    const [begin, end] = [Math.floor(first / pageSize), Math.floor(last / pageSize)]
    setSeen(before => (before[0] === begin && before[1] === end ? before : [begin, end]))
  }, [])
  const pages = Array.from({ length: to - from + 1 }, (_, n) => from + n)
  const found = useQueries({
    queries: pages.map(page => ({
      queryKey: ['batches', 'items', selection, page],
      queryFn: ({ signal }: { readonly signal: AbortSignal }) =>
        get('/api/v1/selections/{selection}/items', {
          params: { selection },
          query: { after: page * pageSize, limit: pageSize },
          signal,
        }),
    })),
  })
  const columns = useColumns()
  const router = useRouter()
  const { env } = useParams({ strict: false })
  const open = ({ flow, seq, key }: Item) =>
    void router.navigate({
      to: `/${env}/messages/${encodeURIComponent(key)}` as never,
      search: { flow, seq } as never,
    })
  return (
    <Panel title={t.items} flush>
      <LongTable
        label={t.items}
        columns={columns}
        count={count}
        row={index => found[Math.floor(index / pageSize) - from]?.data?.items[index % pageSize]}
        keyOf={({ n }) => String(n)}
        current={current}
        onMove={setCurrent}
        onOpen={open}
        onNeed={onNeed}
      />
    </Panel>
  )
}

function useColumns(): Column<Item>[] {
  const t = useText(batchText)
  const words = useText(common)
  const format = useFormat()
  const now = useNow(60_000)
  return [
    {
      id: 'key',
      title: words.key,
      width: 'minmax(120px, 1fr)',
      cell: item => <MessageLink message={item} />,
    },
    {
      id: 'message',
      title: t.message,
      width: 'minmax(120px, 1fr)',
      cell: ({ flow, seq }) => `${flow}/${seq}`,
    },
    { id: 'state', title: words.state, width: '130px', cell: ({ state }) => <StateOf state={state} /> },
    {
      id: 'code',
      title: words.reason,
      width: 'minmax(120px, 1fr)',
      cell: ({ code = '' }) => <code>{code}</code>,
    },
    { id: 'tries', title: t.tries, width: '60px', cell: ({ attempts }) => format.number(attempts) },
    {
      id: 'since',
      title: words.since,
      width: '120px',
      cell: ({ since }) => (since ? format.time(since, now) : ''),
    },
    {
      id: 'result',
      title: t.result,
      width: '170px',
      cell: ({ result }) => result && <Outcome result={result} />,
    },
    { id: 'took', title: t.took, width: '80px', cell: ({ result }) => result && format.duration(result.ms) },
  ]
}

function StateOf({ state }: { readonly state: string }) {
  const words = useText(common)
  return state in words.states ? <Status state={state as StateName} /> : <span>{state}</span>
}

function Outcome({ result }: { readonly result: NonNullable<Item['result']> }) {
  const t = useText(batchText)
  return <Status state={looks[result.outcome]}>{t.outcomes[result.outcome]}</Status>
}
