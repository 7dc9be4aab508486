import { common } from '../i18n/common.ts'
import { useText } from '../i18n/text.ts'
import { Empty } from '../kit/panel.tsx'

export function NotFound() {
  const t = useText(common)
  return (
    <main className="page">
      <Empty>
        <h1>{t.gone}</h1>
        <a href="/">Isthmus</a>
      </Empty>
    </main>
  )
}
