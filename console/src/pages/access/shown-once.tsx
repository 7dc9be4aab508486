import { useText } from '../../i18n/text.ts'
import { Button } from '../../kit/button.tsx'
import { accessText } from './text.ts'

/** A secret that is told this once. */
export function ShownOnce(props: { readonly secret: string; readonly why: string; onDone(): void }) {
  const { secret, why, onDone } = props
  const t = useText(accessText)
  return (
    <div className="notice warn" role="status">
      <div className="stack grow">
        <p>{why}</p>
        <p className="secret" translate="no">
          {secret}
        </p>
        <div className="row">
          <Button size="small" icon="copy" onClick={() => void navigator.clipboard?.writeText(secret)}>
            {t.copy}
          </Button>
          <Button size="small" onClick={onDone}>
            {t.done}
          </Button>
        </div>
      </div>
    </div>
  )
}
