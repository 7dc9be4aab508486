import { useFormat } from '../i18n/format.ts'
import { useText } from '../i18n/text.ts'
import { Button } from '../kit/button.tsx'
import { useNow } from '../kit/time.tsx'
import { useLive } from './live.tsx'
import { shellText } from './text.ts'

/** Whether what is shown follows what happens; pressed, it stands still. */
export function LiveSwitch() {
  const t = useText(shellText)
  const format = useFormat()
  const now = useNow()
  const { state, since, on, setOn } = useLive()
  const lost = on && state === 'lost' && since !== undefined
  return (
    <>
      <Button
        size="small"
        look="quiet"
        icon={!on ? 'pause' : lost ? 'warn' : 'running'}
        pressed={on}
        onClick={() => setOn(!on)}
      >
        <span className="live-word">
          {lost ? t.offline : on && state === 'connecting' ? t.connecting : t.live}
        </span>
      </Button>
      <span role="status" className="hidden-text">
        {lost ? t.offlineFor(format.duration(now - since)) : ''}
      </span>
    </>
  )
}
