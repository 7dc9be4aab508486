/**
 * Milliseconds for which what nobody waits for may wait for more of its kind, so that one transaction does for all: it costs nearly as
 * much for one as for many. `last`: how many came together the time before. Single ones hardly wait; from 200 a second on groups
 * grow until they wait for `most`.
 */
export function gatherTime(last: number, most = 20): number {
  return Math.min(most, 5 * last)
}
