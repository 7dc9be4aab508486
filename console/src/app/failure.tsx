import { ApiProblem } from '../api/client.ts'
import { common } from '../i18n/common.ts'
import { useText } from '../i18n/text.ts'
import { Button } from '../kit/button.tsx'
import { Icon } from '../kit/icon.tsx'
import { errorTexts } from './error-texts.ts'

/** What failed, alone: the rest of the page stays. The raw message is one click away, and the reference can be copied. */
export function Failure({
  error,
  onRetry,
}: {
  readonly error: Error
  readonly onRetry?: (() => void) | undefined
}) {
  const t = useText(common)
  const texts = useText(errorTexts)
  const problem = error instanceof ApiProblem ? error : undefined
  const known = problem && texts.codes[problem.code as keyof typeof texts.codes]
  return (
    <div className="notice failed" role="alert">
      <Icon name="failed" />
      <div className="grow stack tight">
        <strong>{known ?? (problem?.status === 403 ? t.notYours : t.failed)}</strong>
        <details>
          <summary>{problem?.code ?? error.name}</summary>
          <p className="mono">{error.message}</p>
          {problem?.reference && <p className="mono">{t.reference(problem.reference)}</p>}
        </details>
      </div>
      {onRetry && (
        <Button size="small" onClick={onRetry}>
          {t.retry}
        </Button>
      )}
    </div>
  )
}
