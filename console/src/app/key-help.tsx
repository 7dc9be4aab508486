import { common } from '../i18n/common.ts'
import { useText } from '../i18n/text.ts'
import { Dialog } from '../kit/dialog.tsx'
import { places } from './places.ts'
import { shellText } from './text.ts'

export function KeyHelp({ onClose }: { onClose(): void }) {
  const t = useText(shellText)
  const words = useText(common)
  return (
    <Dialog title={t.helpTitle} confirm={words.ok} onConfirm={onClose} onClose={onClose}>
      <dl className="facts">
        {Object.entries(t.keyTexts).map(([keys, meaning]) => (
          <Key key={keys} keys={keys} meaning={meaning} />
        ))}
        {places.map(({ id, key }) => (
          <Key key={id} keys={`g ${key}`} meaning={t.places[id]} />
        ))}
      </dl>
    </Dialog>
  )
}

function Key({ keys, meaning }: { readonly keys: string; readonly meaning: string }) {
  return (
    <>
      <dt>
        <kbd>{keys}</kbd>
      </dt>
      <dd>{meaning}</dd>
    </>
  )
}
