import { useMutation } from '@tanstack/react-query'
import { get } from '../../api/client.ts'
import { useText } from '../../i18n/text.ts'
import { Button } from '../../kit/button.tsx'
import { useTell } from '../../kit/toast.tsx'
import { type Entry, useAuditSearch } from './page.tsx'
import { type AuditSearch, queryOf } from './search.ts'
import { auditText } from './text.ts'

/** Everything that fits the filter, as JSON lines: one record each, with its hashes. */
export function Export() {
  const t = useText(auditText)
  const tell = useTell()
  const { search } = useAuditSearch()
  const exporting = useMutation({
    mutationFn: () => allOf(search),
    onSuccess: records => {
      save(records.map(record => JSON.stringify(record)).join('\n'))
      tell(t.exported(records.length))
    },
    onError: error => tell(error.message, { tone: 'failed' }),
  })
  return (
    <Button onClick={() => exporting.mutate()} refused={exporting.isPending ? t.exporting : undefined}>
      {exporting.isPending ? t.exporting : t.export}
    </Button>
  )
}

async function allOf(search: AuditSearch): Promise<Entry[]> {
  const { before: _page, no: _row, ...filter } = search
  const records: Entry[] = []
  for (let before: number | undefined; ; ) {
    const asked = { ...queryOf(filter), limit: 500, ...(before !== undefined && { before }) }
    const page = await get('/api/v1/audit', { query: asked })
    records.push(...page.records)
    if (page.next === undefined) return records
    before = page.next
  }
}

function save(text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: 'application/x-ndjson' }))
  const link = document.createElement('a')
  link.href = address
  link.download = 'audit.jsonl'
  link.click()
  URL.revokeObjectURL(address)
}
