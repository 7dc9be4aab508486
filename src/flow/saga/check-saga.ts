import { channelId } from '../../system/channel.ts'
import { isRepeatable } from '../../system/effect.ts'
import { checkCall } from '../check-call.ts'
import type { LandscapeProblem } from '../problem.ts'
import type { SagaDefinition } from './stage.ts'
import { allStages, type Stage, type StepStage } from './stage.ts'

/** Every problem of a saga that can be found without running it. Types refuse most of them already. */
export function checkSaga(saga: SagaDefinition): LandscapeProblem[] {
  const problems: LandscapeProblem[] = []
  const report = (id: string, reason: string, remedy: string, level: LandscapeProblem['level'] = 'error') =>
    void problems.push({ at: saga.at, where: `saga ${saga.name}, step ${id}`, reason, remedy, level })
  let isBehindPivot = false
  for (const stage of allStages(saga.stages)) {
    if (stage.kind !== 'step') continue
    checkStep(stage, isBehindPivot, report)
    isBehindPivot ||= stage.isPivot
  }
  for (const { id, written } of blindWrites(saga.stages))
    report(
      id,
      `it writes to ${written}, which was read before a wait, and may have changed since`,
      'Lock what it is about (.lock), read it again (.recheck), let the write compare ({ compares }), or say that it adds instead of overwriting: { commutes: true }.',
      'warning',
    )
  for (const { id, compares } of blindCompares(saga.stages, new Set()))
    report(
      id,
      `it compares with "${compares}", which is no stage that has read before it`,
      'Name a .recheck, or a step on a channel that reads, which stands before it, and not in a part that may be left out.',
    )
  return [...problems, ...checkVersions(saga)]
}

type Report = (id: string, reason: string, remedy: string, level?: LandscapeProblem['level']) => void

function checkStep(stage: StepStage, isBehindPivot: boolean, report: Report): void {
  const { id, channel, policy, undo, isPivot } = stage
  checkCall(channel, policy, (reason, remedy) => report(id, reason, remedy))
  if (undo) checkCall(undo.channel, undo.policy, (reason, remedy) => report(`${id}, undo`, reason, remedy))
  if (undo && !isRepeatable(undo.channel.effect) && !undo.channel.effect.probe)
    report(
      `${id}, undo`,
      `${channelId(undo.channel)} is ${undo.channel.effect.kind} and cannot be probed: when it is not answered, a person has to look`,
      'Undo by a channel that may be repeated, or give it a probe.',
      'warning',
    )
  if (isBehindPivot || isPivot || undo) return
  if (channel.effect.kind === 'irreversible')
    report(
      id,
      `${channelId(channel)} is irreversible, stands before the pivot and has no undo`,
      'Give it one: .undo(channel, ...), or make it the pivot.',
    )
  else if (channel.effect.kind !== 'read')
    report(
      id,
      `${channelId(channel)} changes something that is not taken back when the saga turns`,
      'Give it an undo: .undo(channel, ...). If what it leaves does no harm, leave it so.',
      'warning',
    )
}

/** Steps that write to a system that an earlier step read, with a wait between, and nothing against changes meanwhile. */
function blindWrites(stages: readonly Stage[]): { readonly id: string; readonly written: string }[] {
  const read = new Set<string>()
  const stale = new Set<string>()
  const found: { id: string; written: string }[] = []
  for (const stage of allStages(stages)) {
    if (stage.kind === 'lock') return found
    if (stage.kind === 'wait' || stage.kind === 'delay' || stage.kind === 'decide')
      for (const each of read) stale.add(each)
    if (stage.kind !== 'step') continue
    const { system } = stage.channel
    if (stage.unchanged) stale.delete(system)
    if (stage.channel.effect.kind === 'read') read.add(system)
    else if (stale.has(system) && !stage.commutes && stage.compares === undefined)
      found.push({ id: stage.id, written: system })
  }
  return found
}

/** Steps that compare with what was not read on every way to them. Adds to `read` what has been read behind the stages. */
function blindCompares(stages: readonly Stage[], read: Set<string>): StepStage[] {
  return stages.flatMap(stage => {
    if (stage.kind === 'when') return blindCompares(stage.stages, new Set(read))
    if (stage.kind === 'together') {
      const parts = stage.branches.map(branch => ({ branch, inside: new Set(read) }))
      const found = parts.flatMap(({ branch, inside }) => blindCompares(branch.stages, inside))
      for (const { inside } of parts) for (const id of inside) read.add(id)
      return found
    }
    if (stage.kind !== 'step') return []
    const isBlind = stage.compares !== undefined && !read.has(stage.compares)
    if (stage.channel.effect.kind === 'read') read.add(stage.id)
    return isBlind ? [stage] : []
  })
}

/** Of two definitions with one version, nobody could tell which a saga began with. */
function checkVersions({ name, version, earlier, at }: SagaDefinition): LandscapeProblem[] {
  const versions = [version, ...earlier.map(each => each.version)]
  const doubled = versions.filter((each, n) => versions.indexOf(each) !== n)
  const foreign = earlier.filter(each => each.name !== name)
  const where = `saga ${name}`
  return [
    ...doubled.map(each => ({
      at,
      where,
      reason: `two of its versions are ${each}`,
      remedy: 'Raise the version of the current one.',
      level: 'error' as const,
    })),
    ...foreign.map(each => ({
      at,
      where,
      reason: `"earlier" has a saga of another name, ${each.name}`,
      remedy: 'Earlier versions have the same name.',
      level: 'error' as const,
    })),
  ]
}
