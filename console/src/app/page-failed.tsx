import type { ErrorComponentProps } from '@tanstack/react-router'
import { useText } from '../i18n/text.ts'
import { Button } from '../kit/button.tsx'
import { shellText } from './text.ts'

/** In the place of a page that threw: the rest of the console goes on. */
export function PageFailed({ error, reset }: ErrorComponentProps) {
  const t = useText(shellText)
  return (
    <div className="page">
      <h1>{t.pageFailed}</h1>
      <p>{t.pageFailedMore}</p>
      <pre className="notice failed">{String(error)}</pre>
      <div>
        <Button onClick={reset}>{t.reload}</Button>
      </div>
    </div>
  )
}
