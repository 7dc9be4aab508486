/** What happens to one call of a step. */
export type Trouble =
  /** The target refuses it, whenever it is called. */
  | 'refused'
  /** The target cannot be reached, once. */
  | 'unreachable once'
  /** The call is lost on its way, once. */
  | 'lost before its effect'
  /** It has its effect, and the answer is lost, once. */
  | 'lost after its effect'
  /** It has its effect, and no answer ever comes, once. */
  | 'never answered'
  /** The call is lost on its way; whatever is called after it is refused. */
  | 'lost before its effect, then refused'
  /** It has its effect, and the answer is lost; whatever is called after it is refused. */
  | 'lost after its effect, then refused'
  /** What the call compares with has changed, once. */
  | 'changed once'
  /** It has its effect, and the answer is lost; the next call finds changed what it compares with, by that very effect. */
  | 'lost after its effect, then changed'

export const troubles: readonly Trouble[] = [
  'refused',
  'unreachable once',
  'lost before its effect',
  'lost after its effect',
  'never answered',
  'lost before its effect, then refused',
  'lost after its effect, then refused',
]

/** What a step meets beside, whose target compares. */
export const troublesOfComparing: readonly Trouble[] = ['changed once', 'lost after its effect, then changed']

/** Whether a step is refused for good, at once or when it is repeated. */
export function isRefused(trouble: Trouble | undefined): boolean {
  return trouble === 'refused' || trouble?.endsWith(', then refused') === true
}

/** One run of a saga: what is done to it. */
export interface DrillCase {
  /** By step; `pay/charge` is the step of a child, `charge:undo` what takes it back. */
  readonly troubles: ReadonlyMap<string, Trouble>
  /** The process dies at this write to the journal, counted from 1; `kept`: after it was durable. */
  readonly death?: { readonly write: number; readonly kept: boolean } | undefined
  /** Whatever is called again is refused, though it may have happened. */
  readonly onlyOnce: boolean
  /** Every message that comes from outside comes twice. */
  readonly doubled: boolean
  /** Stages for which nothing comes in time. */
  readonly silent: ReadonlySet<string>
  /** What is decided, by stage, where it is not the first choice. */
  readonly choices: ReadonlyMap<string, string>
}

export const undisturbed: DrillCase = {
  troubles: new Map(),
  onlyOnce: false,
  doubled: false,
  silent: new Set(),
  choices: new Map(),
}

export function caseName({ troubles, death, onlyOnce, doubled, silent, choices }: DrillCase): string {
  const parts = [
    ...[...troubles].map(([step, trouble]) => `${step} ${trouble}`),
    ...[...silent].map(stage => `${stage} does not come in time`),
    ...[...choices].map(([stage, choice]) => `${stage}: ${choice}`),
    ...(onlyOnce ? ['every repeat refused'] : []),
    ...(doubled ? ['every message twice'] : []),
    ...(death ? [`the process dies ${death.kept ? 'behind' : 'at'} write ${death.write}`] : []),
  ]
  return parts.join(', ') || 'undisturbed'
}
