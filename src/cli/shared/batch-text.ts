import type { Batch } from '../../server/operations/batches/batch-schemas.ts'
import { count, plural, safe, type Terminal } from './terminal.ts'

/** A batch with its stages, and what it waits for. */
export function printBatch(batch: Batch, terminal: Terminal): void {
  const { bold, dim, green, red, yellow } = terminal.colour
  const { batch: id, state, stages, next, reason, why, by } = batch
  const colour = state === 'ended' ? green : state === 'stopped' || state === 'aborted' ? red : yellow
  terminal.line(`${bold(id)}  ${batch.do} ${plural(batch.count, 'message')}  ${colour(state)}`)
  terminal.line(dim(`  by ${safe(by)}: ${safe(why)}`))
  for (const [n, { size, done, failed, skipped, ended }] of stages.entries()) {
    const mark = failed > 0 ? red('✖') : ended !== undefined ? green('✔') : ' '
    const rest = `${failed > 0 ? `, ${count(failed)} failed` : ''}${skipped > 0 ? `, ${count(skipped)} left alone` : ''}`
    terminal.line(`  ${mark} stage ${n + 1} of ${count(size)}: ${count(done)} done${rest}`)
  }
  if (reason !== undefined) terminal.line(`  ${yellow(safe(reason))}`)
  const waits = state === 'waiting' || state === 'stopped' || state === 'paused'
  if (waits)
    terminal.line(
      dim(`  ${count(next)} tried. isthmus batch go ${id}, or isthmus batch abort ${id} --why TEXT`),
    )
}
