import { useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { post } from '../api/client.ts'
import { useText } from '../i18n/text.ts'
import { Dialog } from '../kit/dialog.tsx'
import { CheckField, TextField } from '../kit/field.tsx'
import { useTell } from '../kit/toast.tsx'
import { Failure } from './failure.tsx'
import { viewsText } from './views-text.ts'

/** Gives what a list shows a name. */
export function SaveView(props: {
  readonly place: string
  readonly search: string
  /** Of the view that is shown, which may be replaced. */
  readonly name: string | undefined
  onClose(): void
}) {
  const { place, search, onClose } = props
  const t = useText(viewsText)
  const tell = useTell()
  const queries = useQueryClient()
  const [name, setName] = useState(props.name ?? '')
  const [shared, setShared] = useState(false)
  const [error, setError] = useState<Error>()
  const save = async () => {
    try {
      await post('/api/v1/views/new', { name: name.trim(), place, search, shared })
      tell(t.saved(name.trim()))
      void queries.invalidateQueries({ queryKey: ['views'] })
      onClose()
    } catch (thrown) {
      setError(thrown as Error)
    }
  }
  return (
    <Dialog
      title={t.saveTitle}
      confirm={t.saveIt}
      refused={name.trim() === '' ? t.nameNeeded : undefined}
      onConfirm={() => void save()}
      onClose={onClose}
    >
      <p>{t.saveTold}</p>
      <TextField label={t.name} value={name} onChange={setName} autoFocus />
      <CheckField label={t.share} checked={shared} onChange={setShared} />
      {error && <Failure error={error} />}
    </Dialog>
  )
}
