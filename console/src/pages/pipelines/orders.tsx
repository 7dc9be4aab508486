import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import { post } from '../../api/client.ts'
import { Failure } from '../../app/failure.tsx'
import { useMe, useMissing } from '../../app/session.tsx'
import { common } from '../../i18n/common.ts'
import { useText } from '../../i18n/text.ts'
import { Button } from '../../kit/button.tsx'
import { Dialog } from '../../kit/dialog.tsx'
import { CheckField, TextField } from '../../kit/field.tsx'
import type { IconName } from '../../kit/icon.tsx'
import { useTell } from '../../kit/toast.tsx'
import { useRunAddress } from './run-status.tsx'
import { pipelinesText } from './text.ts'

type Name = keyof (typeof pipelinesText)['en']['orders']

interface Person {
  readonly by: string
  readonly why: string
}

/**
 * A button that asks for the reason before it orders. An order is sent once: until it is answered it cannot be confirmed
 * again, and the engine refuses what is under way already.
 */
function Order(props: {
  readonly name: Name
  readonly pipeline: string
  readonly about: string
  readonly look?: 'primary' | 'danger' | undefined
  readonly size?: 'small' | undefined
  readonly icon?: IconName | undefined
  /** Why it makes no sense now. */
  readonly refused?: string | undefined
  /** Why what is filled in cannot be ordered. */
  readonly problem?: string | undefined
  readonly children?: ReactNode
  order(person: Person): Promise<unknown>
}) {
  const { name, pipeline, about, look, size, icon, refused, problem, children, order } = props
  const t = useText(pipelinesText)
  const words = useText(common)
  const missing = useMissing('operate')
  const me = useMe()
  const tell = useTell()
  const queries = useQueryClient()
  const [isAsked, setAsked] = useState(false)
  const [why, setWhy] = useState('')
  const sent = useMutation({
    mutationFn: () => order({ by: me.name, why: why.trim() }),
    onSuccess: () => {
      tell(t.ordered(pipeline))
      setAsked(false)
      setWhy('')
      void queries.invalidateQueries({ queryKey: ['pipelines'] })
    },
  })
  const reason = why.trim() === '' ? words.reasonNeeded : undefined
  return (
    <>
      <Button
        look={look}
        size={size}
        icon={icon}
        refused={missing ? words.missing(missing) : refused}
        onClick={() => {
          sent.reset()
          setAsked(true)
        }}
      >
        {t.orders[name]}
      </Button>
      {isAsked && (
        <Dialog
          title={`${pipeline}: ${t.orders[name].replace('…', '')}`}
          confirm={t.confirm[name]}
          look={look ?? 'primary'}
          refused={sent.isPending ? t.isUnderWay : (problem ?? reason)}
          onConfirm={() => sent.mutate()}
          onClose={() => setAsked(false)}
        >
          <p className="muted">{about}</p>
          <TextField label={words.reason} value={why} onChange={setWhy} hint={words.reasonNeeded} autoFocus />
          {children}
          {sent.error && <Failure error={sent.error} />}
        </Dialog>
      )}
    </>
  )
}

export function RunNow({ pipeline, isRunning }: { readonly pipeline: string; readonly isRunning: boolean }) {
  const t = useText(pipelinesText)
  const navigate = useNavigate()
  const address = useRunAddress()
  const [everything, setEverything] = useState(false)
  return (
    <Order
      name="run"
      pipeline={pipeline}
      about={t.aboutOrders.run(pipeline)}
      look="primary"
      icon="play"
      refused={isRunning ? t.isUnderWay : undefined}
      order={async person => {
        const order = { ...person, ...(everything && { everything }) } as const
        const { key } = await post('/api/v1/pipelines/{pipeline}/run', order, { pipeline })
        void navigate({ to: address({ pipeline, key }) as never })
      }}
    >
      <CheckField label={t.everything} checked={everything} onChange={setEverything} />
    </Order>
  )
}

/** The value of a field of times, in the zone of the browser. */
const localTime = (ms: number) =>
  new Date(ms - new Date(ms).getTimezoneOffset() * 60_000).toISOString().slice(0, 16)

const dayMs = 86_400_000

export function BackfillOrder(props: {
  readonly pipeline: string
  readonly hasSchedule: boolean
  /** End of the last period, with which the question begins. */
  readonly last: number | undefined
}) {
  const { pipeline, hasSchedule, last = Date.now() } = props
  const t = useText(pipelinesText)
  const [from, setFrom] = useState(() => localTime(last - 7 * dayMs))
  const [until, setUntil] = useState(() => localTime(last))
  const [parallel, setParallel] = useState('1')
  const [fromMs, untilMs, atOnce] = [Date.parse(from), Date.parse(until), Number(parallel)]
  const isRange = fromMs < untilMs
  const isCount = Number.isInteger(atOnce) && atOnce >= 1 && atOnce <= 32
  return (
    <Order
      name="backfill"
      pipeline={pipeline}
      about={t.aboutOrders.backfill}
      icon="replay"
      refused={hasSchedule ? undefined : t.needsSchedule}
      problem={!isRange ? t.needsRange : !isCount ? t.needsParallel : undefined}
      order={person => {
        const order = { ...person, from: fromMs, until: untilMs, parallel: atOnce }
        return post('/api/v1/pipelines/{pipeline}/backfill', order, { pipeline })
      }}
    >
      <div className="row">
        <TextField label={t.rangeFrom} type="datetime-local" value={from} onChange={setFrom} />
        <TextField label={t.rangeUntil} type="datetime-local" value={until} onChange={setUntil} />
        <TextField
          label={t.parallel}
          type="number"
          value={parallel}
          onChange={setParallel}
          hint={t.parallelHint}
        />
      </div>
    </Order>
  )
}

export function RunAgain(props: {
  readonly pipeline: string
  readonly until: number
  readonly refused?: string | undefined
}) {
  const { pipeline, until, refused } = props
  const t = useText(pipelinesText)
  const [everything, setEverything] = useState(false)
  return (
    <Order
      name="again"
      pipeline={pipeline}
      about={t.aboutOrders.again}
      icon="replay"
      refused={refused}
      order={person => {
        const order = { ...person, until, ...(everything && { everything }) } as const
        return post('/api/v1/pipelines/{pipeline}/run', order, { pipeline })
      }}
    >
      <CheckField label={t.everything} checked={everything} onChange={setEverything} />
    </Order>
  )
}

interface RunRef {
  readonly pipeline: string
  readonly run: string
}

/** Lets it go on from where it failed, or ends it. */
export function Decide({ what, pipeline, run }: RunRef & { readonly what: 'resume' | 'cancel' }) {
  const t = useText(pipelinesText)
  return (
    <Order
      name={what}
      pipeline={pipeline}
      about={t.aboutOrders[what]}
      look={what === 'resume' ? 'primary' : 'danger'}
      icon={what === 'resume' ? 'play' : 'close'}
      order={person =>
        post(
          '/api/v1/pipelines/{pipeline}/runs/{key}/decision',
          { ...person, do: what },
          { pipeline, key: run },
        )
      }
    />
  )
}

/** Loads the rows of one table that a run set aside; goes to the run that does so. */
export function Repair(props: RunRef & { readonly table: string; readonly refused?: string | undefined }) {
  const { pipeline, run, table, refused } = props
  const t = useText(pipelinesText)
  const navigate = useNavigate()
  const address = useRunAddress()
  return (
    <Order
      name="repair"
      pipeline={pipeline}
      about={t.aboutOrders.repair(table)}
      size="small"
      icon="replay"
      refused={refused}
      order={async person => {
        const order = { ...person, do: 'repair', table } as const
        const path = '/api/v1/pipelines/{pipeline}/runs/{key}/decision'
        const { key } = await post(path, order, { pipeline, key: run })
        void navigate({ to: address({ pipeline, key }) as never })
      }}
    />
  )
}
