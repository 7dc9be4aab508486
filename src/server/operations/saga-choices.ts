import { isPivotDone } from '../../engine/saga/perform.ts'
import type { SagaTrace, StageTrace } from '../../engine/saga/saga-trace.ts'
import type { SagaDetail } from './saga-schemas.ts'

type Choice = SagaDetail['next'][number]

/** What a person can do about a saga now, as commands. */
export function choicesFor(trace: SagaTrace, key: string): Choice[] {
  const { saga, state, definition, stages } = trace
  if (state.ended || !definition) return []
  const order = (verb: string, ...rest: string[]) =>
    [`isthmus saga ${verb} ${saga} ${quoted(key)}`, ...rest.map(quoted), '--why TEXT'].join(' ')
  const found = stages.flatMap(stage => [
    ...decisions(stage, order, state.turned !== undefined),
    ...mendings(stage, order, state.turned !== undefined),
  ])
  found.push(...attentions(trace, order))
  const isBound = state.turned !== undefined || isPivotDone(definition.stages, state)
  const perhaps = stages.find(
    ({ stage, known }) => stage?.kind === 'step' && stage.isPivot && known === 'unknown',
  )
  const caution = perhaps ? `, only if ${perhaps.id} did not happen` : ''
  const undo: Choice = {
    do: 'undo',
    command: order('undo'),
    what: `takes back what has happened, the last first${caution}`,
  }
  return isBound ? found : [...found, undo]
}

/** A saga as a whole can rest, and somebody can work on it. */
function attentions({ state: { paused, person } }: SagaTrace, order: Order): Choice[] {
  const rest: Choice = paused
    ? { do: 'continue', command: order('continue'), what: 'lets it go on' }
    : { do: 'pause', command: order('pause'), what: 'begins nothing new; what runs ends' }
  const take: Choice = {
    do: 'take',
    command: order('take'),
    what: person ? `takes it over from ${person.by}` : 'says that you work on it; nobody else decides then',
  }
  const release: Choice = { do: 'release', command: order('release'), what: 'works on it no more' }
  return person ? [rest, take, release] : [rest, take]
}

type Order = (verb: string, ...rest: string[]) => string

function decisions({ id, stage, known }: StageTrace, order: Order, isTurned: boolean): Choice[] {
  if (stage?.kind !== 'decide' || known !== 'waits' || isTurned) return []
  return stage.options.map(choice => {
    return { do: 'decide', step: id, choice, command: order('decide', id, choice), what: `decides ${id}` }
  })
}

function mendings({ id, state, known }: StageTrace, order: Order, isTurned: boolean): Choice[] {
  const { status } = isTurned ? state.undo : state.do
  if (status !== 'stuck') return []
  const what = isTurned ? `taking back ${id}` : id
  const caution = known === 'unknown' ? ': it did not happen' : ''
  return [
    { do: 'retry', step: id, command: order('retry', id), what: `tries ${what} again${caution}` },
    {
      do: 'confirm',
      step: id,
      command: order('confirm', id),
      what: `says that ${what} has happened, and goes on behind it`,
    },
  ]
}

/** As a shell reads it as one word. */
export function quoted(text: string): string {
  return /^[\w.:@%+=,/-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}
